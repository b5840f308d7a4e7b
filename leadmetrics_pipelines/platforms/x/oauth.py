"""Connecting X accounts: PKCE, access for two hours, and refresh tokens that are good for one use.

A refresh token that is used twice ends the whole connection (reference platform_apis.md 1.3): `renew` is called by one
process at a time, and when its answer is lost nothing can tell whether the old token still lives.
"""

from __future__ import annotations

import base64
from datetime import timedelta
from typing import Any
from urllib.parse import quote, urlencode

from leadmetrics_pipelines.errors import AccessRevoked, InvalidInput, OutcomeUnknown, PlatformUnavailable
from leadmetrics_pipelines.kit.clock import Clock
from leadmetrics_pipelines.kit.http import Answer, HttpClients
from leadmetrics_pipelines.kit.origins import Origins
from leadmetrics_pipelines.platforms.connecting import AccountChoice, AppKeys, Credentials, Grant, Scope
from leadmetrics_pipelines.platforms.json_api import JsonApi, oauth_dialect
from leadmetrics_pipelines.platforms.x.client import XClient
from leadmetrics_pipelines.platforms.x.facts import SCOPES

_AUTHORIZE = "https://x.com/i/oauth2/authorize"
_TOKEN, _REVOKE = "https://api.x.com/2/oauth2/token", "https://api.x.com/2/oauth2/revoke"
_MOST_STATE = 500
PROFILE_FIELDS = "description,profile_image_url,public_metrics,url,location,verified,pinned_tweet_id"


class XConnector:
    """X as a `Connector`."""

    scopes: tuple[Scope, ...] = SCOPES
    uses_pkce = True
    renews = True

    def __init__(self, *, keys: AppKeys, http: HttpClients, origins: Origins, clock: Clock) -> None:
        self._client_id = keys.client_id
        self._http = http
        self._origins = origins
        self._clock = clock
        pair = f"{quote(keys.client_id, safe='')}:{quote(keys.client_secret, safe='')}"
        basic = {"Authorization": f"Basic {base64.b64encode(pair.encode()).decode()}"}
        self._tokens = JsonApi(dialect=oauth_dialect("X"), http=http, origins=origins, headers=basic)

    def authorize_url(self, *, state: str, redirect_uri: str, challenge: str | None) -> str:
        if not challenge:
            raise InvalidInput("X asks for a PKCE challenge.", field="challenge")
        if len(state) > _MOST_STATE:
            raise InvalidInput(f"X takes a state of at most {_MOST_STATE} characters.", field="state")
        asked = {
            "response_type": "code",
            "client_id": self._client_id,
            "redirect_uri": redirect_uri,
            "scope": " ".join(scope.name for scope in self.scopes),
            "state": state,
            "code_challenge": challenge,
            "code_challenge_method": "S256",
        }
        return self._origins.at(f"{_AUTHORIZE}?{urlencode(asked)}")

    def exchange(self, *, code: str, redirect_uri: str, verifier: str | None) -> Grant:
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": redirect_uri,
            "code_verifier": verifier or "",
        }
        return self._read_grant(self._tokens.post_form(_TOKEN, form, doing="Connecting X"))

    def accounts(self, grant: Grant) -> tuple[AccountChoice, ...]:
        client = XClient(credentials=grant.credentials, http=self._http, origins=self._origins, clock=self._clock)
        me = read_me(client, doing="Asking X which account it is")
        name = str(me.get("username") or "")
        followers = (me.get("public_metrics") or {}).get("followers_count")
        told = f"{followers:,} followers" if isinstance(followers, int) else ""
        choice = AccountChoice(
            account_id=str(me["id"]),
            name=str(me.get("name") or name),
            detail=", ".join(part for part in (f"@{name}", told) if part),
            address=self._origins.at(f"https://x.com/{name}"),
            facts={"username": name},
        )
        return (choice,)

    def renew(self, credentials: Credentials) -> Grant:
        refresh = credentials.get("refresh_token")
        if not refresh:
            raise AccessRevoked("X gave no refresh token: offline.access was not allowed. Connect the account again.")
        form = {"grant_type": "refresh_token", "refresh_token": refresh}
        return self._read_grant(self._tokens.post_form(_TOKEN, form, doing="Renewing the access to X"))

    def revoke(self, credentials: Credentials) -> None:
        for kind in ("refresh_token", "access_token"):
            token = credentials.get(kind)
            if token:
                self._revoke_one(token, kind)

    def _revoke_one(self, token: str, kind: str) -> None:
        form = {"token": token, "token_type_hint": kind}
        try:
            self._tokens.post_form(_REVOKE, form, doing="Giving the access to X back")
        except AccessRevoked:
            # X does not know it (any more): that is what was wanted.
            return
        except OutcomeUnknown as error:
            raise PlatformUnavailable(f"{error} It can be asked for again.") from error

    def _read_grant(self, answer: Answer) -> Grant:
        try:
            body = answer.json()
            credentials = {"access_token": _text(body["access_token"])}
            if body.get("refresh_token"):
                credentials["refresh_token"] = _text(body["refresh_token"])
            scope = body.get("scope")
            return Grant(
                credentials=credentials,
                expires_at=self._clock.now() + timedelta(seconds=int(body["expires_in"])),
                scopes=frozenset(scope.split()) if isinstance(scope, str) else None,
            )
        except (ValueError, KeyError, TypeError) as error:
            raise OutcomeUnknown(f"{answer.where} answered {answer.status} without tokens that can be read.") from error


def read_me(client: XClient, *, doing: str) -> dict[str, Any]:
    """The account that the access belongs to, with its profile."""
    data = client.read("/users/me", {"user.fields": PROFILE_FIELDS}, doing=doing).get("data")
    if not isinstance(data, dict) or not data.get("id"):
        raise PlatformUnavailable(f"{doing}: X answered 200 without an account. It is tried again later.")
    return data


def _text(value: object) -> str:
    if not isinstance(value, str) or not value:
        raise TypeError
    return value
