"""Connecting Klaviyo: PKCE, an access token for an hour, a refresh token as long as it is used (platform_apis.md 13.1).

Whether refresh tokens rotate is not documented: whatever comes back is kept.
"""

from __future__ import annotations

import base64
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from leadmetrics_pipelines.errors import AccessRevoked, OutcomeUnknown
from leadmetrics_pipelines.kit.clock import Clock
from leadmetrics_pipelines.kit.http import HttpClients
from leadmetrics_pipelines.kit.origins import Origins
from leadmetrics_pipelines.platforms.connecting import AccountChoice, AppKeys, Credentials, Grant, Scope
from leadmetrics_pipelines.platforms.json_api import JsonApi, doubting_shapes, oauth_dialect
from leadmetrics_pipelines.platforms.klaviyo.client import KlaviyoClient
from leadmetrics_pipelines.platforms.klaviyo.facts import API, AUTHORIZE, REFRESH_LIFE


class KlaviyoConnector:
    """The agency's app at Klaviyo, as a `Connector`."""

    scopes = (
        Scope(name="lists:read", purpose="Show your lists, to choose who gets the newsletter."),
        Scope(name="campaigns:read", purpose="See whether a newsletter went out."),
        Scope(name="campaigns:write", purpose="Create newsletters and send them once approved."),
        Scope(name="templates:read", purpose="Find a newsletter's text again."),
        Scope(name="templates:write", purpose="Put in the newsletter's text."),
        Scope(name="metrics:read", purpose="Read opens and clicks for the score.", required=False),
        Scope(name="accounts:read", purpose="Show your organisation's name.", required=False),
    )
    uses_pkce = True
    renews = True

    def __init__(self, *, keys: AppKeys, http: HttpClients, origins: Origins, clock: Clock) -> None:
        self._keys = keys
        self._http = http
        self._origins = origins
        self._clock = clock
        pair = base64.b64encode(f"{keys.client_id}:{keys.client_secret}".encode()).decode()
        self._tokens = JsonApi(
            dialect=oauth_dialect("Klaviyo"), http=http, origins=origins, headers={"Authorization": f"Basic {pair}"}
        )

    def authorize_url(self, *, state: str, redirect_uri: str, challenge: str | None) -> str:
        asked = {
            "response_type": "code", "client_id": self._keys.client_id, "redirect_uri": redirect_uri, "state": state,
            "scope": " ".join(scope.name for scope in self.scopes),
            "code_challenge_method": "S256", "code_challenge": challenge or "",
        }  # fmt: skip
        return self._origins.at(f"{AUTHORIZE}?{urlencode(asked)}")

    def exchange(self, *, code: str, redirect_uri: str, verifier: str | None) -> Grant:
        form = {
            "grant_type": "authorization_code", "code": code, "redirect_uri": redirect_uri,
            "code_verifier": verifier or "",
        }  # fmt: skip
        return self._take(form, doing="Connecting Klaviyo")

    @doubting_shapes
    def accounts(self, grant: Grant) -> tuple[AccountChoice, ...]:
        client = KlaviyoClient(grant.credentials, http=self._http, origins=self._origins)
        found = client.walk("lists", {}, doing="Listing Klaviyo's lists")
        choices = [
            AccountChoice(account_id=str(entry["id"]), name=str(entry["attributes"]["name"]), detail="List")
            for entry in found
        ]
        return tuple(sorted(choices, key=lambda choice: choice.name))

    def renew(self, credentials: Credentials) -> Grant:
        token = credentials.get("refresh_token")
        if not token:
            raise AccessRevoked("The channel has no refresh token of Klaviyo. Connect it again.")
        return self._take({"grant_type": "refresh_token", "refresh_token": token}, doing="Renewing Klaviyo's token")

    def revoke(self, credentials: Credentials) -> None:
        for kind in ("refresh_token", "access_token"):
            if credentials.get(kind):
                form = {"token": credentials[kind], "token_type_hint": kind}
                self._tokens.post_form(f"{API}/oauth/revoke", form, doing="Giving back Klaviyo's access")

    def _take(self, form: dict[str, str], *, doing: str) -> Grant:
        answer = self._tokens.post_form(f"{API}/oauth/token", form, doing=doing)
        given = self._tokens.object_of(answer, doing=doing, writing=True)
        access = given.get("access_token")
        if not isinstance(access, str) or not access:
            raise OutcomeUnknown(f"{doing}: the answer had no token. Connect the channel again if that stays so.")
        return self._read(given, access)

    def _read(self, given: dict[str, Any], access: str) -> Grant:
        now, life, scope = self._clock.now(), given.get("expires_in"), given.get("scope")
        credentials = {"access_token": access}
        if isinstance(given.get("refresh_token"), str) and given["refresh_token"]:
            credentials["refresh_token"] = given["refresh_token"]
        return Grant(
            credentials=credentials,
            expires_at=now + timedelta(seconds=float(life)) if isinstance(life, int | float) else None,
            refresh_expires_at=now + REFRESH_LIFE,
            scopes=frozenset(scope.split()) if isinstance(scope, str) else None,
        )
