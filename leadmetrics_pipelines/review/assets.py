"""Static files: served under an address that holds their digest, so that browsers keep them for ever."""

from __future__ import annotations

import functools
import mimetypes
from importlib.resources import files
from importlib.resources.abc import Traversable

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from leadmetrics_pipelines.kit.digests import sha256_bytes

FOREVER = "public, max-age=31536000, immutable"
_DIGEST_LENGTH = 12
_TYPES = {".woff2": "font/woff2", ".svg": "image/svg+xml", ".js": "text/javascript", ".css": "text/css"}
_ROOT = files("leadmetrics_pipelines.review") / "static"


@functools.cache
def load_assets() -> dict[str, bytes]:
    """Every static file by its path. Read once; there are a dozen."""
    return dict(_walk(_ROOT, ""))


def _walk(folder: Traversable, prefix: str) -> list[tuple[str, bytes]]:
    found: list[tuple[str, bytes]] = []
    for entry in folder.iterdir():
        if entry.is_dir():
            found += _walk(entry, f"{prefix}{entry.name}/")
        else:
            found.append((prefix + entry.name, entry.read_bytes()))
    return found


@functools.cache
def release_digest() -> str:
    """One digest for all files: they refer to each other by relative address."""
    return sha256_bytes("".join(sha256_bytes(data) for _, data in sorted(load_assets().items())).encode())[
        :_DIGEST_LENGTH
    ]


@functools.cache
def asset_url(path: str) -> str:
    """The address of a static file. An unknown one is a mistake in a template."""
    if path not in load_assets():
        msg = f"There is no static file {path}."
        raise LookupError(msg)
    return f"/static/{release_digest()}/{path}"


async def serve_asset(scope: Scope, receive: Receive, send: Send) -> None:
    """ASGI app for everything under /static."""
    path = scope["path"].removeprefix("/static/")
    digest, _, name = path.partition("/")
    data = load_assets().get(name)
    if data is None:
        await Response("Not found", 404)(scope, receive, send)
        return
    suffix = name[name.rfind(".") :]
    kind = _TYPES.get(suffix) or mimetypes.guess_type(name)[0] or "application/octet-stream"
    keep = FOREVER if digest == release_digest() else "no-cache"
    await Response(data, media_type=kind, headers={"Cache-Control": keep})(scope, receive, send)
