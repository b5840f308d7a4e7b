"""How a TikTok account is connected. Both tokens rotate: a refresh token works once (reference platform_apis.md 1.3).

Lifetimes are read from the answers; documents of different years disagree on them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from leadmetrics_pipelines.errors import AccessRevoked, OutcomeUnknown, PlatformUnavailable, RateLimited
from leadmetrics_pipelines.kit.clock import Clock
from leadmetrics_pipelines.kit.http import Answer, HttpClients
from leadmetrics_pipelines.kit.origins import Origins
from leadmetrics_pipelines.platforms.connecting import AccountChoice, AppKeys, Credentials, Grant, Scope
from leadmetrics_pipelines.platforms.tiktok.client import account_client, post_form
from leadmetrics_pipelines.platforms.tiktok.errors import classify_oauth, read_code
from leadmetrics_pipelines.platforms.tiktok.payloads import PUBLIC

_SUCCESS = 2


class TikTokConnector:
    """The agency's app at TikTok. One consent reaches one account."""

    scopes: tuple[Scope, ...] = (
        Scope(name="user.info.basic", purpose="See the account's name"),
        Scope(name="video.publish", purpose="Publish the approved posts"),
        Scope(name="video.list", purpose="Read the account's posts, to make sure that each is there once"),
        Scope(name="user.info.profile", purpose="Read the profile for the health score", required=False),
        Scope(name="user.info.stats", purpose="Read followers and likes for the health score", required=False),
    )
    uses_pkce = False
    renews = True

    def __init__(self, *, keys: AppKeys, http: HttpClients, origins: Origins, clock: Clock) -> None:
        self._keys = keys
        self._http = http
        self._origins = origins
        self._clock = clock

    def authorize_url(self, *, state: str, redirect_uri: str, challenge: str | None) -> str:  # noqa: ARG002 - no PKCE
        query = {
            "client_key": self._keys.client_id,
            "response_type": "code",
            "scope": ",".join(scope.name for scope in self.scopes),
            "redirect_uri": redirect_uri,
            "state": state,
        }
        return self._origins.at(f"https://www.tiktok.com/v2/auth/authorize/?{urlencode(query)}")

    def exchange(self, *, code: str, redirect_uri: str, verifier: str | None) -> Grant:  # noqa: ARG002 - no PKCE
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": redirect_uri}
        return self._ask_tokens(form, doing="Exchanging the code")

    def accounts(self, grant: Grant) -> tuple[AccountChoice, ...]:
        client = account_client(grant.credentials, self._http, self._origins)
        fields = "open_id,display_name"
        if grant.scopes is None or "user.info.profile" in grant.scopes:
            fields += ",username"
        user = client.get("user/info/", {"fields": fields}, doing="Asking whose account it is").get("user") or {}
        handle = str(user.get("username") or "")
        choice = AccountChoice(
            account_id=str(user.get("open_id") or grant.credentials["open_id"]),
            name=str(user.get("display_name") or handle or "TikTok account"),
            detail=f"@{handle}" if handle else "",
            address=self._origins.at(f"https://www.tiktok.com/@{handle}") if handle else "",
            refusal=self._find_refusal(grant),
            facts={"username": handle},
        )
        return (choice,)

    def renew(self, credentials: Credentials) -> Grant:
        token = credentials.get("refresh_token", "")
        if not token:
            raise AccessRevoked("The channel has nothing to renew its access with. Connect it again.")
        form = {"grant_type": "refresh_token", "refresh_token": token}
        return self._ask_tokens(form, doing="Renewing the access")

    def revoke(self, credentials: Credentials) -> None:
        form = {**self._app(), "token": credentials.get("access_token", "")}
        try:
            answer = post_form("oauth/revoke/", form, http=self._http, origins=self._origins)
        except OutcomeUnknown as error:
            raise PlatformUnavailable(str(error)) from error
        code, _ = read_code(answer)
        if answer.status // 100 == _SUCCESS and code in {"", "ok"}:
            return
        refusal = classify_oauth(answer, doing="Disconnecting")
        if isinstance(refusal, OutcomeUnknown):
            raise PlatformUnavailable(str(refusal))
        # What is gone already is no error.
        if not isinstance(refusal, AccessRevoked):
            raise refusal

    def _find_refusal(self, grant: Grant) -> str:
        """Why the account cannot be published on; asked of TikTok where the right to publish was granted."""
        if grant.scopes is not None and "video.publish" not in grant.scopes:
            return "The right to publish (video.publish) was not granted. Connect again and leave every box ticked."
        client = account_client(grant.credentials, self._http, self._origins)
        try:
            info = client.question("post/publish/creator_info/query/", {}, doing="Asking what the account may do")
        except AccessRevoked as error:
            return str(error)
        except RateLimited:
            # A day that is used up says nothing of tomorrow.
            return ""
        if PUBLIC in (info.get("privacy_level_options") or ()):
            return ""
        return "The account is private, so that nothing on it is public. Make it public in the app, then connect again."

    def _app(self) -> dict[str, str]:
        return {"client_key": self._keys.client_id, "client_secret": self._keys.client_secret}

    def _ask_tokens(self, form: Mapping[str, str], *, doing: str) -> Grant:
        answer = post_form("oauth/token/", {**self._app(), **form}, http=self._http, origins=self._origins)
        found = _read_tokens(answer)
        if found is None:
            raise classify_oauth(answer, doing=doing)
        names = ("access_token", "refresh_token", "open_id")
        scopes = re.split(r"[,\s]+", str(found["scope"])) if found.get("scope") else None
        return Grant(
            credentials={name: str(found[name]) for name in names if found.get(name)},
            expires_at=self._end(found.get("expires_in")),
            refresh_expires_at=self._end(found.get("refresh_expires_in")),
            scopes=frozenset(scope for scope in scopes if scope) if scopes is not None else None,
        )

    def _end(self, seconds: object) -> datetime | None:
        return self._clock.now() + timedelta(seconds=seconds) if isinstance(seconds, int) and seconds > 0 else None


def _read_tokens(answer: Answer) -> dict[str, Any] | None:
    """The tokens of a success; an error may come with status 200 (11.1)."""
    if answer.status // 100 != _SUCCESS or read_code(answer)[0] not in {"", "ok"}:
        return None
    try:
        found = answer.json()
    except ValueError:
        return None
    return found if isinstance(found, dict) and found.get("access_token") else None
