"""Where outside hosts are reached: at their own addresses, or all of them behind one gateway.

A gateway serves each host under its name (`https://api.example.com/v2/x` is `<gateway>/api.example.com/v2/x`). The
sandbox is such a gateway, so is a recording proxy: no client knows which of them it speaks to.
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit


@dataclass(frozen=True, kw_only=True)
class Origins:
    """Rewrites addresses of outside platforms. `gateway` is an address without a slash at its end, or None."""

    gateway: str | None = None

    @property
    def allow_loopback(self) -> bool:
        """Whether the way leads through a gateway, which may be on this machine. Platforms themselves never are."""
        return self.gateway is not None

    def at(self, url: str) -> str:
        """The address to ask instead of `url`, a platform's own https address (with host, without credentials)."""
        if self.gateway is None:
            return url
        parts = urlsplit(url)
        query = f"?{parts.query}" if parts.query else ""
        return f"{self.gateway}/{parts.netloc}{parts.path}{query}"
