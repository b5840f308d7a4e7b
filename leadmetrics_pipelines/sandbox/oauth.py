"""OAuth 2 as the platforms' twins share it: consent, codes, access and refresh tokens, rotation, replay, revocation.

Each twin says by `OAuthRules` how its platform is different and gives answers their platform's form. Tokens are kept in
the journal, so that a restarted sandbox still knows them. Who may do what with a token is the twin's business.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Literal, TypeVar

from pydantic import BaseModel, ConfigDict

from leadmetrics_pipelines.kit.clock import Clock
from leadmetrics_pipelines.sandbox.faults import Party
from leadmetrics_pipelines.sandbox.state import Journal

CLIENT_SECRET = "sandbox-secret"  # noqa: S105 - the sandbox is no secret
PERSON = "dana"
_Stored = TypeVar("_Stored", bound=BaseModel)


def client_id(party: Party) -> str:
    """The one app that is registered with a party."""
    return f"sandbox-{party}"


class OAuthRules(BaseModel):
    """How one platform hands out tokens. Seconds; None: does not end."""

    model_config = ConfigDict(frozen=True)

    access_seconds: int | None
    refresh_seconds: int | None = None
    issues_refresh: bool = True
    rotates: bool = False
    replay_ends_family: bool = False
    pkce: Literal["required", "optional", "none"] = "none"
    code_seconds: int = 600


class Code(BaseModel):
    """A code on its way back to the app."""

    code: str
    person: str
    scopes: tuple[str, ...]
    redirect_uri: str
    challenge: str | None
    ends_at: datetime
    used: bool = False


class Token(BaseModel):
    """One access or refresh token. `family`: all tokens that came from one consent."""

    value: str
    kind: Literal["access", "refresh"]
    family: str
    person: str
    scopes: tuple[str, ...]
    ends_at: datetime | None
    is_spent: bool = False
    is_revoked: bool = False
    note: dict[str, str] = {}

    def is_live(self, now: datetime) -> bool:
        """Whether it is accepted."""
        return not self.is_revoked and not self.is_spent and (self.ends_at is None or now < self.ends_at)


class Issued(BaseModel):
    """What the token endpoint hands out; the twin gives it its platform's form. Seconds."""

    access: Token
    refresh: Token | None
    access_seconds: int | None
    refresh_seconds: int | None


class GrantRefused(Exception):
    """The token endpoint says no. `reason` is one of OAuth's own error words; the twin gives it its platform's form."""

    def __init__(self, reason: str, description: str) -> None:
        super().__init__(description)
        self.reason = reason
        self.description = description


class Consents:
    """The consents of one party and their tokens."""

    def __init__(self, party: Party, rules: OAuthRules, journal: Journal, clock: Clock) -> None:
        self.party = party
        self.rules = rules
        self._journal = journal
        self._clock = clock

    def grant_code(
        self, *, redirect_uri: str, scopes: tuple[str, ...], challenge: str | None, person: str = PERSON
    ) -> str:
        """The person agreed: the code that goes back with the redirect. Raises GrantRefused (PKCE is missing)."""
        if self.rules.pkce == "required" and not challenge:
            raise GrantRefused("invalid_request", "code_challenge is required")
        code = Code(
            code=f"code-{secrets.token_urlsafe(18)}", person=person, scopes=scopes, redirect_uri=redirect_uri,
            challenge=challenge, ends_at=self._clock.now() + timedelta(seconds=self.rules.code_seconds),
        )  # fmt: skip
        self._journal.put(self._kind("code"), code.code, code.model_dump_json())
        return code.code

    def exchange(
        self, *, app: str | None, secret: str | None, code: str, redirect_uri: str, verifier: str | None
    ) -> Issued:
        """Trade a code. Raises GrantRefused; a code that is used twice also ends what its first use gave."""
        self.check_app(app, secret)
        found = self._read("code", code, Code)
        if found is None or found.ends_at <= self._clock.now():
            raise GrantRefused("invalid_grant", "The code is unknown or has expired")
        if found.used:
            self.end_family(code)
            raise GrantRefused("invalid_grant", "The code was used before")
        if found.redirect_uri != redirect_uri:
            raise GrantRefused("invalid_grant", "redirect_uri does not match")
        if found.challenge is not None and not _fits(found.challenge, verifier):
            raise GrantRefused("invalid_grant", "code_verifier does not match")
        self._journal.put(self._kind("code"), code, found.model_copy(update={"used": True}).model_dump_json())
        return self.issue(family=code, person=found.person, scopes=found.scopes)

    def refresh(self, *, app: str | None, secret: str | None, token: str) -> Issued:
        """Trade a refresh token. Raises GrantRefused; where tokens rotate, an old one may end the whole family."""
        self.check_app(app, secret)
        old = self.find(token, kind="refresh")
        if old is None:
            raise GrantRefused("invalid_grant", "The refresh token is unknown")
        if old.is_spent and self.rules.replay_ends_family:
            self.end_family(old.family)
        if not old.is_live(self._clock.now()):
            raise GrantRefused("invalid_grant", "The refresh token has expired or was revoked")
        if not self.rules.rotates:
            access = self._make("access", old.family, old.person, old.scopes, self.rules.access_seconds)
            left = None if old.ends_at is None else int((old.ends_at - self._clock.now()).total_seconds())
            return Issued(access=access, refresh=old, access_seconds=self.rules.access_seconds, refresh_seconds=left)
        self.keep(old.model_copy(update={"is_spent": True}))
        return self.issue(family=old.family, person=old.person, scopes=old.scopes)

    def issue(self, *, family: str, person: str, scopes: tuple[str, ...], note: dict[str, str] | None = None) -> Issued:
        """A fresh access token, and a refresh token where the platform has them."""
        rules = self.rules
        access = self._make("access", family, person, scopes, rules.access_seconds, note)
        refresh = self._make("refresh", family, person, scopes, rules.refresh_seconds) if rules.issues_refresh else None
        return Issued(
            access=access, refresh=refresh, access_seconds=rules.access_seconds, refresh_seconds=rules.refresh_seconds
        )

    def find(self, value: str | None, *, kind: Literal["access", "refresh"] = "access") -> Token | None:
        """A token by its value, live or not."""
        token = self._read("token", value or "", Token)
        return token if token is not None and token.kind == kind else None

    def live(self, value: str | None) -> Token | None:
        """An access token that is accepted now."""
        token = self.find(value)
        return token if token is not None and token.is_live(self._clock.now()) else None

    def keep(self, token: Token) -> Token:
        """Store a token as it is now."""
        self._journal.put(self._kind("token"), token.value, token.model_dump_json())
        return token

    def end_family(self, family: str) -> int:
        """Revoke every token of one consent; how many."""
        return self._end(lambda token: token.family == family)

    def end_person(self, person: str = PERSON) -> int:
        """Revoke every token of a person, as removing the app or changing the password does; how many."""
        return self._end(lambda token: token.person == person)

    def expire_access(self, person: str = PERSON) -> int:
        """Let every access token of a person run out now; how many."""
        return self._end(lambda token: token.kind == "access" and token.person == person, by_time=True)

    def check_app(self, app: str | None, secret: str | None) -> None:
        """Raise GrantRefused unless the app and its secret are the registered ones. No secret: a public client."""
        if app != client_id(self.party) or (secret is not None and secret != CLIENT_SECRET):
            raise GrantRefused("invalid_client", "Client authentication failed")

    def _end(self, chosen: Callable[[Token], bool], *, by_time: bool = False) -> int:
        change = {"ends_at": self._clock.now()} if by_time else {"is_revoked": True}
        tokens = [Token.model_validate_json(body) for body in self._journal.load(self._kind("token"))]
        ending = [token for token in tokens if chosen(token) and not token.is_revoked]
        for token in ending:
            self.keep(token.model_copy(update=change))
        return len(ending)

    def _make(
        self, kind: Literal["access", "refresh"], family: str, person: str, scopes: tuple[str, ...],
        seconds: int | None, note: dict[str, str] | None = None,
    ) -> Token:  # fmt: skip
        ends_at = None if seconds is None else self._clock.now() + timedelta(seconds=seconds)
        value = f"{self.party}-{kind}-{secrets.token_urlsafe(24)}"
        return self.keep(
            Token(value=value, kind=kind, family=family, person=person, scopes=scopes, ends_at=ends_at, note=note or {})
        )

    def _read(self, what: str, key: str, shape: type[_Stored]) -> _Stored | None:
        body = self._journal.get(self._kind(what), key)
        return shape.model_validate_json(body) if body is not None else None

    def _kind(self, what: str) -> str:
        return f"oauth.{self.party}.{what}"


def _fits(challenge: str, verifier: str | None) -> bool:
    digest = hashlib.sha256((verifier or "").encode()).digest()
    return base64.urlsafe_b64encode(digest).decode().rstrip("=") == challenge
