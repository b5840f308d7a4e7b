"""What every platform with OAuth offers to connect an account and keep it alive, and the values that go in and out.

Nothing here knows a platform; the differences (who rotates, who exchanges, who never expires) live in each room's
`oauth.py`. Whoever calls stores tokens encrypted, renews one channel at a time, and never logs what is in here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

Credentials = Mapping[str, str]
"""What is stored, encrypted, for one channel: `access_token`, `refresh_token` where there is one, and what else the
room needs to sign its calls (a page token, a data centre). Values are strings; the room alone knows the names."""


@dataclass(frozen=True, kw_only=True)
class AppKeys:
    """The agency's own app on a platform, from the settings."""

    client_id: str
    client_secret: str = field(repr=False)
    developer_token: str = field(default="", repr=False)
    """What Google Ads wants of the agency besides; empty for all others."""


@dataclass(frozen=True, kw_only=True)
class Scope:
    """One right that is asked for, in words that a person understands."""

    name: str
    purpose: str
    required: bool = True
    """Whether the channel cannot do its work without it."""


@dataclass(frozen=True, kw_only=True)
class Grant:
    """What a platform handed out: at the exchange of a code, or at a renewal. Never logged."""

    credentials: Credentials = field(repr=False)
    """Of a renewal: only what is new. A missing or empty refresh token means: keep the old one."""
    expires_at: datetime | None
    """When the access token ends, UTC; None when it does not end by itself."""
    refresh_expires_at: datetime | None = None
    scopes: frozenset[str] | None = None
    """The granted scopes; None when the platform does not say."""


@dataclass(frozen=True, kw_only=True)
class AccountChoice:
    """One page, account, location, property or list that the person may connect."""

    account_id: str
    """The platform's own id; with the platform it names the channel."""
    name: str
    detail: str = ""
    """A second line that tells two of the same name apart: a role, an address, a number of followers."""
    address: str = ""
    """Public address of the account, where there is one."""
    refusal: str = ""
    """Why this one cannot be connected (a missing role, a closed account) and what to do; empty: it can."""
    credentials: Credentials = field(default_factory=dict, repr=False)
    """What this account adds to the grant's credentials, e.g. its page token."""
    facts: Mapping[str, Any] = field(default_factory=dict)
    """What pages show of it. No secrets."""


class Connector(Protocol):
    """One platform's way to connect and to stay connected. Threads may share a connector.

    Raises the families of `errors.py` and nothing else. AccessRevoked: a person must connect again, the message says
    why. PlatformUnavailable and RateLimited: nothing changed, try later. OutcomeUnknown (from `renew` and `exchange`
    alone): the other side may have used up what we sent; a platform that rotates may have dropped the old token.
    """

    scopes: tuple[Scope, ...]
    uses_pkce: bool
    renews: bool
    """Whether credentials end and can be renewed without a person."""

    def authorize_url(self, *, state: str, redirect_uri: str, challenge: str | None) -> str:
        """Where the person's browser is sent. `challenge`: PKCE S256, where the platform takes one."""
        ...

    def exchange(self, *, code: str, redirect_uri: str, verifier: str | None) -> Grant:
        """Trade the code for tokens (and short-lived ones for long-lived, where the platform has both)."""
        ...

    def accounts(self, grant: Grant) -> tuple[AccountChoice, ...]:
        """What the person may choose from, by name; empty when the grant reaches nothing."""
        ...

    def renew(self, credentials: Credentials) -> Grant:
        """Fresh tokens. Called by one process at a time per channel."""
        ...

    def revoke(self, credentials: Credentials) -> None:
        """Give the access back, as far as the platform offers that. Repeatable: what is gone already is no error."""
        ...
