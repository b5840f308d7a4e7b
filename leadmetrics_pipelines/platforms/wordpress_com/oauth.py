"""Connecting a site at WordPress.com by its OAuth 2.1: PKCE, tokens for two weeks, refresh (platform_apis.md 8.6).

The older OAuth2 there has one token without an end for one blog, and no refresh; it is not used. Whether refresh tokens
rotate is not documented: whatever comes back is kept, and the answer alone says how long a token lives.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from leadmetrics_pipelines.errors import AccessRevoked, OutcomeUnknown
from leadmetrics_pipelines.kit.clock import Clock
from leadmetrics_pipelines.kit.http import HttpClients
from leadmetrics_pipelines.kit.origins import Origins
from leadmetrics_pipelines.platforms.connecting import AccountChoice, AppKeys, Credentials, Grant, Scope
from leadmetrics_pipelines.platforms.json_api import JsonApi, doubting_shapes, oauth_dialect
from leadmetrics_pipelines.platforms.wordpress_com.errors import DIALECT, RIGHTS
from leadmetrics_pipelines.platforms.wordpress_com.facts import API, OAUTH


class WordPressComConnector:
    """The agency's app at WordPress.com, as a `Connector`."""

    scopes = (
        Scope(name="sites", purpose="Show your sites, to choose one."),
        Scope(name="posts", purpose="Create posts and publish them once approved."),
        Scope(name="media", purpose="Upload the pictures of posts."),
        Scope(name="taxonomy", purpose="Set categories and tags.", required=False),
    )
    uses_pkce = True
    renews = True

    def __init__(self, *, keys: AppKeys, http: HttpClients, origins: Origins, clock: Clock) -> None:
        self._keys = keys
        self._http = http
        self._origins = origins
        self._clock = clock
        self._tokens = JsonApi(dialect=oauth_dialect("WordPress.com"), http=http, origins=origins, headers={})

    def authorize_url(self, *, state: str, redirect_uri: str, challenge: str | None) -> str:
        asked = {
            "response_type": "code", "client_id": self._keys.client_id, "redirect_uri": redirect_uri, "state": state,
            "scope": " ".join(scope.name for scope in self.scopes),
            "code_challenge_method": "S256", "code_challenge": challenge or "",
        }  # fmt: skip
        return self._origins.at(f"{OAUTH}/authorize?{urlencode(asked)}")

    def exchange(self, *, code: str, redirect_uri: str, verifier: str | None) -> Grant:
        form = {
            "grant_type": "authorization_code", "code": code, "redirect_uri": redirect_uri,
            "code_verifier": verifier or "",
        }  # fmt: skip
        return self._take(form, doing="Connecting WordPress.com")

    @doubting_shapes
    def accounts(self, grant: Grant) -> tuple[AccountChoice, ...]:
        token = grant.credentials["access_token"]
        api = JsonApi(
            dialect=DIALECT, http=self._http, origins=self._origins, headers={"Authorization": f"Bearer {token}"}
        )
        found = api.ask(f"{API}/rest/v1.1/me/sites", doing="Listing the sites at WordPress.com")
        return tuple(sorted((_choice(site) for site in found["sites"]), key=lambda choice: choice.name))

    def renew(self, credentials: Credentials) -> Grant:
        token = credentials.get("refresh_token")
        if not token:
            raise AccessRevoked("The channel has no refresh token of WordPress.com. Connect it again.")
        form = {"grant_type": "refresh_token", "refresh_token": token}
        return self._take(form, doing="Renewing WordPress.com's token")

    def revoke(self, credentials: Credentials) -> None:
        for kind in ("refresh_token", "access_token"):
            if credentials.get(kind):
                form = {**self._app(), "token": credentials[kind], "token_type_hint": kind}
                self._tokens.post_form(f"{OAUTH}/revoke", form, doing="Giving back WordPress.com's access")

    def _app(self) -> dict[str, str]:
        return {"client_id": self._keys.client_id, "client_secret": self._keys.client_secret}

    def _take(self, form: dict[str, str], *, doing: str) -> Grant:
        answer = self._tokens.post_form(f"{OAUTH}/token", {**self._app(), **form}, doing=doing)
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
            expires_at=now + timedelta(seconds=float(life)) if isinstance(life, int | float) and life else None,
            scopes=frozenset(scope.split()) if isinstance(scope, str) else None,
        )


def _choice(site: dict[str, Any]) -> AccountChoice:
    may = site.get("capabilities") or {}
    address = str(site["URL"])
    return AccountChoice(
        account_id=str(site["ID"]),
        name=str(site["name"]),
        detail=address.removeprefix("https://"),
        address=address,
        refusal="" if may.get("publish_posts") else f"You may not publish there. {RIGHTS}",
        credentials={"site_url": address, "site_name": str(site["name"])},
    )
