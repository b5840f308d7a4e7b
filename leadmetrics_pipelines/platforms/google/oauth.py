"""Consent, tokens and their end at Google, as all its products share them (reference platform_apis.md 6).

What a person may choose from is each product's own: `<product>/oauth.py`. Each channel asks for its own product's
rights alone (no `include_granted_scopes`), so that one client's token opens no other channel.
"""

from __future__ import annotations

import contextlib
from abc import ABC, abstractmethod
from collections.abc import Mapping
from datetime import timedelta
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

from leadmetrics_pipelines.errors import (
    AccessRevoked,
    InvalidInput,
    LeadmetricsError,
    OutcomeUnknown,
    PlatformUnavailable,
    RateLimited,
)
from leadmetrics_pipelines.kit.clock import Clock
from leadmetrics_pipelines.kit.http import Answer, HttpClients
from leadmetrics_pipelines.kit.origins import Origins
from leadmetrics_pipelines.platforms.connecting import AccountChoice, AppKeys, Credentials, Grant, Scope
from leadmetrics_pipelines.platforms.google.client import GoogleClient

AUTHORIZE_URL = "https://accounts.google.com/o/oauth2/v2/auth"
TOKEN_URL = "https://oauth2.googleapis.com/token"  # noqa: S105  an address
REVOKE_URL = "https://oauth2.googleapis.com/revoke"
_RECONNECT = "Connect the channel again."
#: What Google says when it is the agency's app that is wrong: no client can help by connecting again.
_APP_ERRORS = {"invalid_client", "unauthorized_client", "redirect_uri_mismatch", "invalid_request", "invalid_scope"}


class GoogleConnector(ABC):
    """A `Connector` but for the choice of accounts."""

    scopes: tuple[Scope, ...]
    uses_pkce = True
    renews = True

    def __init__(self, *, keys: AppKeys, http: HttpClients, origins: Origins, clock: Clock) -> None:
        self._keys = keys
        self._http = http
        self._origins = origins
        self._clock = clock

    @abstractmethod
    def accounts(self, grant: Grant) -> tuple[AccountChoice, ...]: ...

    def authorize_url(self, *, state: str, redirect_uri: str, challenge: str | None) -> str:
        """Google's consent page. `prompt=consent`: without it a second consent brings no refresh token."""
        asked = {
            "client_id": self._keys.client_id,
            "redirect_uri": redirect_uri,
            "response_type": "code",
            "scope": " ".join(scope.name for scope in self.scopes),
            "state": state,
            "access_type": "offline",
            "prompt": "consent",
        }
        if challenge:
            asked |= {"code_challenge": challenge, "code_challenge_method": "S256"}
        return self._origins.at(f"{AUTHORIZE_URL}?{urlencode(asked)}")

    def exchange(self, *, code: str, redirect_uri: str, verifier: str | None) -> Grant:
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": redirect_uri}
        if verifier:
            form["code_verifier"] = verifier
        return self._ask_for_tokens(form, doing="Connecting with Google")

    def renew(self, credentials: Credentials) -> Grant:
        doing = "Renewing the access to Google"
        refresh = credentials.get("refresh_token")
        if not refresh:
            raise AccessRevoked(f"{doing}: Google gave no refresh token for this channel. {_RECONNECT}")
        try:
            return self._ask_for_tokens({"grant_type": "refresh_token", "refresh_token": refresh}, doing=doing)
        except OutcomeUnknown as error:
            # The refresh token is not used up by its use (reference 1.3), so an answer that is lost costs nothing.
            raise PlatformUnavailable(str(error)) from error

    def revoke(self, credentials: Credentials) -> None:
        """End the consent by its refresh token, which ends the access tokens, too."""
        token = credentials.get("refresh_token") or credentials.get("access_token")
        if not token:
            return
        doing = "Giving the access to Google back"
        try:
            answer = self._post(REVOKE_URL, {"token": token})
        except OutcomeUnknown as error:
            raise PlatformUnavailable(str(error)) from error
        gone_already = answer.status == HTTPStatus.BAD_REQUEST and _read_object(answer).get("error") == "invalid_token"
        if answer.status != HTTPStatus.OK and not gone_already:
            raise classify_token_error(answer, doing=doing, code_is_spent=False)

    def _client(self, grant: Grant, headers: Mapping[str, str] | None = None) -> GoogleClient:
        """Signed with a fresh grant. Raises AccessRevoked when the person unticked a right that is needed."""
        missing = [s for s in self.scopes if s.required and grant.scopes is not None and s.name not in grant.scopes]
        if missing:
            needed = ", ".join(scope.purpose for scope in missing)
            msg = f"On Google's page a box was not ticked that is needed here: {needed}. Connect again and tick it."
            raise AccessRevoked(msg)
        return GoogleClient(credentials=grant.credentials, http=self._http, origins=self._origins, headers=headers)

    def _ask_for_tokens(self, form: dict[str, str], *, doing: str) -> Grant:
        asked_at = self._clock.now()
        keys = {"client_id": self._keys.client_id, "client_secret": self._keys.client_secret}
        answer = self._post(TOKEN_URL, {**form, **keys})
        body = _read_object(answer)
        if answer.status != HTTPStatus.OK or not body.get("access_token"):
            raise classify_token_error(answer, doing=doing, code_is_spent="code" in form)
        tokens = {name: str(body[name]) for name in ("access_token", "refresh_token") if body.get(name)}
        refresh_seconds = _whole(body.get("refresh_token_expires_in"))
        return Grant(
            credentials=tokens,
            expires_at=asked_at + timedelta(seconds=_whole(body.get("expires_in")) or 0),
            # Only said of consents that end by themselves: an app in testing (7 days), a choice of the person.
            refresh_expires_at=asked_at + timedelta(seconds=refresh_seconds) if refresh_seconds else None,
            scopes=frozenset(str(body["scope"]).split()) if "scope" in body else None,
        )

    def _post(self, url: str, form: Mapping[str, str]) -> Answer:
        return self._http.exchange(
            "POST",
            self._origins.at(url),
            allow_loopback=self._origins.allow_loopback,
            headers={"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"},
            content=urlencode(form).encode(),
        )


def classify_token_error(answer: Answer, *, doing: str, code_is_spent: bool) -> LeadmetricsError:
    """The error of a token endpoint's answer. `code_is_spent`: whether a lost answer leaves a used-up code behind."""
    said = _read_object(answer).get("error")
    word = said if isinstance(said, str) else ""
    what = f"{doing}: {answer.where} answered {answer.status} {word}".rstrip()
    if answer.status == HTTPStatus.TOO_MANY_REQUESTS:
        return RateLimited(f"{what}. It is tried again later.", answer.retry_after())
    if word == "invalid_grant":
        why = "the code is used, too old or not ours" if code_is_spent else "the access was withdrawn or has run out"
        return AccessRevoked(f"{what}: {why}. {_RECONNECT}")
    if word in _APP_ERRORS:
        msg = f"{what}. Correct the agency's Google app: its client id, its secret and its redirect addresses."
        return InvalidInput(msg, field="client_id")
    if HTTPStatus.BAD_REQUEST <= answer.status < HTTPStatus.INTERNAL_SERVER_ERROR and word:
        return AccessRevoked(f"{what}. {_RECONNECT}")
    if code_is_spent:
        return OutcomeUnknown(f"{what}, without tokens. The code may be used up: start connecting again.")
    return PlatformUnavailable(f"{what}. It is tried again later.")


def _read_object(answer: Answer) -> dict[str, Any]:
    with contextlib.suppress(ValueError):
        body = answer.json()
        if isinstance(body, dict):
            return body
    return {}


def _whole(value: object) -> int | None:
    try:
        return int(str(value))
    except ValueError:
        return None
