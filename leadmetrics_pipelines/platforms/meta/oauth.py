"""How Facebook Pages, Instagram accounts and ad accounts are connected: one login, three lists to choose from.

A code becomes a short-lived token, that a token of 60 days, and that the tokens of Pages, which do not end by
themselves but die in silence with the person's password or role (reference platform_apis.md 3.1). There is no refresh
token: a token is exchanged for a fresh one while it lives.
"""

from __future__ import annotations

import contextlib
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from leadmetrics_pipelines.errors import (
    AccessRevoked,
    InvalidInput,
    LeadmetricsError,
    OutcomeUnknown,
    PassingError,
    PlatformUnavailable,
)
from leadmetrics_pipelines.kit.clock import Clock
from leadmetrics_pipelines.kit.http import Answer, HttpClients
from leadmetrics_pipelines.kit.origins import Origins
from leadmetrics_pipelines.platforms.connecting import AccountChoice, AppKeys, Credentials, Grant, Scope
from leadmetrics_pipelines.platforms.meta.client import GRAPH, GraphClient, prove, read_success
from leadmetrics_pipelines.platforms.meta.errors import classify, read_error
from leadmetrics_pipelines.platforms.meta.facts import GRAPH_VERSION

PUBLISHING_TASKS = {"CREATE_CONTENT", "MANAGE"}
_PAGE_FIELDS = "id,name,username,link,tasks,access_token,instagram_business_account{id,username,name}"
_AD_FIELDS = "id,account_id,name,account_status,currency,timezone_name"
_ACTIVE = 1
_AD_STATES = {
    2: "It is disabled. Ask Meta's support why.",
    3: "It has unpaid bills. Pay them first.",
    7: "Meta is reviewing it. Wait for the result.",
    8: "A payment is pending. Wait until it is through.",
    9: "It is in its grace period for an unpaid bill. Pay it first.",
    100: "It is being closed.",
    101: "It is closed.",
}
# Read where the business's own documents list its Pages ([C] in the reference): the person's list lacks some.
_BUSINESS_EDGES = ("owned_pages", "client_pages")
_AGAIN = "Connect the channel again."
_UNKNOWN_APP = 101

_PAGES = Scope(name="pages_show_list", purpose="See which Pages you manage, so that you can choose one")
_READ = Scope(name="pages_read_engagement", purpose="Read the Page's posts, to make sure that each is there once")
_BUSINESS = Scope(
    name="business_management", purpose="See Pages and accounts that belong to a business portfolio", required=False
)


class MetaConnector(ABC):
    """What the three have in common.

    `revoke` takes the app off the person's account: every channel that this person connected with this app ends with
    it. Meta offers nothing smaller.
    """

    scopes: tuple[Scope, ...]
    uses_pkce = False
    renews = True

    def __init__(self, *, keys: AppKeys, http: HttpClients, origins: Origins, clock: Clock) -> None:
        self._keys = keys
        self._http = http
        self._origins = origins
        self._clock = clock

    def authorize_url(self, *, state: str, redirect_uri: str, challenge: str | None) -> str:  # noqa: ARG002 - no PKCE
        query = {
            "client_id": self._keys.client_id,
            "redirect_uri": redirect_uri,
            "state": state,
            "response_type": "code",
            "scope": ",".join(scope.name for scope in self.scopes),
        }
        return self._origins.at(f"https://www.facebook.com/{GRAPH_VERSION}/dialog/oauth?{urlencode(query)}")

    def exchange(self, *, code: str, redirect_uri: str, verifier: str | None) -> Grant:  # noqa: ARG002 - no PKCE
        short, _ = self._ask_token({"code": code, "redirect_uri": redirect_uri})
        try:
            token, expires_at = self._ask_token(_exchange_of(short))
        except PassingError as error:
            raise OutcomeUnknown(f"{error} The code is used up. {_AGAIN}") from error
        scopes: frozenset[str] | None = None
        # The code is used up by now: better a grant that does not know its scopes than none.
        with contextlib.suppress(PassingError):
            scopes = read_scopes(self._client(token))
        return Grant(credentials=self._sign(token), expires_at=expires_at, scopes=scopes)

    @abstractmethod
    def accounts(self, grant: Grant) -> tuple[AccountChoice, ...]: ...

    def renew(self, credentials: Credentials) -> Grant:
        token, expires_at = self._ask_token(_exchange_of(credentials["access_token"]))
        fresh = self._sign(token)
        page = credentials.get("page_id")
        if page:
            fresh |= self._fetch_page_token(token, page)
        return Grant(credentials=fresh, expires_at=expires_at)

    def revoke(self, credentials: Credentials) -> None:
        try:
            answer = self._client(credentials["access_token"]).delete("me/permissions")
        except OutcomeUnknown as error:
            raise PlatformUnavailable(str(error)) from error
        if read_success(answer) is None:
            refusal = classify(answer, doing="Disconnecting", call="read")
            if not isinstance(refusal, AccessRevoked):
                raise refusal

    def _client(self, token: str) -> GraphClient:
        proof = prove(token, self._keys.client_secret)
        return GraphClient(token=token, proof=proof, http=self._http, origins=self._origins)

    def _sign(self, token: str, prefix: str = "access") -> dict[str, str]:
        """A token with its proof, so that calls can be signed without the app's secret at hand."""
        return {f"{prefix}_token": token, f"{prefix}_token_proof": prove(token, self._keys.client_secret)}

    def _fetch_page_token(self, token: str, page: str) -> dict[str, str]:
        """The Page's token anew, so that the channel lives as long as the person's access. Nothing: keep the old."""
        try:
            found = self._client(token).get(page, {"fields": "access_token"}, doing="Renewing the Page's access")
        except PassingError:
            return {}
        fresh = found.get("access_token")
        return self._sign(fresh, "page") if isinstance(fresh, str) and fresh else {}

    def _ask_token(self, params: Mapping[str, str]) -> tuple[str, datetime | None]:
        """A token and when it ends. The secret goes in the body, which no log of addresses shows."""
        is_code = "code" in params
        form = {"client_id": self._keys.client_id, "client_secret": self._keys.client_secret, **params}
        try:
            answer = self._http.exchange(
                "POST",
                self._origins.at(f"{GRAPH}/oauth/access_token"),
                allow_loopback=self._origins.allow_loopback,
                headers={"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"},
                content=urlencode(form).encode(),
            )
        except OutcomeUnknown as error:
            if is_code:
                raise
            # Nothing rotates: asking again with the same token does no harm.
            raise PlatformUnavailable(str(error)) from error
        found = read_success(answer) or {}
        token = found.get("access_token")
        if not isinstance(token, str) or not token:
            raise _refuse_token(answer, is_code=is_code)
        seconds = found.get("expires_in")
        ends = self._clock.now() + timedelta(seconds=seconds) if isinstance(seconds, int) and seconds > 0 else None
        return token, ends

    def _walk_pages(self, grant: Grant) -> Iterator[dict[str, Any]]:
        """The Pages that the grant reaches, each once: the person's own list, then those of businesses."""
        client, doing = self._client(grant.credentials["access_token"]), "Listing the Pages"
        query = {"fields": _PAGE_FIELDS, "limit": "100"}
        seen: set[str] = set()
        yield from _skip_seen(client.walk("me/accounts", query, doing=doing), seen)
        if grant.scopes is not None and _BUSINESS.name not in grant.scopes:
            return
        # What a business lists is an extra: without it the person's own list stands.
        with contextlib.suppress(AccessRevoked, InvalidInput):
            for business in list(client.walk("me/businesses", {"fields": "id"}, doing=doing)):
                for edge in _BUSINESS_EDGES:
                    yield from _skip_seen(client.walk(f"{business['id']}/{edge}", query, doing=doing), seen)

    def _choose_page(self, page: Mapping[str, Any]) -> tuple[dict[str, str], str]:
        """What a Page adds to the credentials, and why it cannot be connected."""
        token = page.get("access_token")
        tasks = {str(task) for task in page.get("tasks") or ()}
        if not isinstance(token, str) or not token:
            return {}, "Meta gives no access to this Page. Ask one of its admins for a role on it."
        refusal = "" if tasks & PUBLISHING_TASKS else (
            "Your role on this Page may not create content. Ask one of its admins for it, then connect again."
        )  # fmt: skip
        return {"page_id": str(page["id"]), **self._sign(token, "page")}, refusal


class FacebookConnector(MetaConnector):
    """Facebook Pages."""

    scopes: tuple[Scope, ...] = (
        _PAGES,
        Scope(name="pages_manage_posts", purpose="Publish the approved posts on the Page"),
        _READ,
        Scope(name="read_insights", purpose="Read the Page's figures for the health score", required=False),
        Scope(name="pages_read_user_content", purpose="Read reviews for the health score", required=False),
        Scope(name="pages_manage_engagement", purpose="Write the first comment under a post", required=False),
        Scope(name="pages_messaging", purpose="See whether messages are answered, for the score", required=False),
        _BUSINESS,
    )  # fmt: skip

    def accounts(self, grant: Grant) -> tuple[AccountChoice, ...]:
        choices = []
        for page in self._walk_pages(grant):
            credentials, refusal = self._choose_page(page)
            choices.append(
                AccountChoice(
                    account_id=str(page["id"]),
                    name=str(page.get("name") or page["id"]),
                    detail=f"@{page['username']}" if page.get("username") else f"Page {page['id']}",
                    address=str(page.get("link") or self._origins.at(f"https://www.facebook.com/{page['id']}")),
                    refusal=refusal,
                    credentials=credentials,
                    facts={"tasks": sorted(str(task) for task in page.get("tasks") or ())},
                )
            )
        return tuple(sorted(choices, key=lambda choice: choice.name))


class InstagramConnector(MetaConnector):
    """Instagram business and creator accounts that are linked to a Facebook Page (5.1: the login of Facebook)."""

    scopes: tuple[Scope, ...] = (
        Scope(name="instagram_basic", purpose="See the Instagram account and its posts"),
        Scope(name="instagram_content_publish", purpose="Publish the approved posts"),
        _PAGES,
        _READ,
        Scope(name="instagram_manage_insights", purpose="Read the account's figures for the score", required=False),
        Scope(name="instagram_manage_comments", purpose="Write the first comment under a post", required=False),
        _BUSINESS,
    )  # fmt: skip

    def accounts(self, grant: Grant) -> tuple[AccountChoice, ...]:
        choices = []
        for page in self._walk_pages(grant):
            account = page.get("instagram_business_account")
            if not isinstance(account, dict) or not account.get("id"):
                continue
            credentials, refusal = self._choose_page(page)
            handle = str(account.get("username") or account["id"])
            choices.append(
                AccountChoice(
                    account_id=str(account["id"]),
                    name=str(account.get("name") or handle),
                    detail=f"@{handle}, linked to the Page {page.get('name') or page['id']}",
                    address=self._origins.at(f"https://www.instagram.com/{handle}/"),
                    refusal=refusal,
                    credentials=credentials,
                    facts={"username": handle, "page": str(page.get("name") or page["id"])},
                )
            )
        return tuple(sorted(choices, key=lambda choice: choice.name))


class MetaAdsConnector(MetaConnector):
    """Ad accounts: connected and kept alive; nothing is published."""

    scopes: tuple[Scope, ...] = (
        Scope(name="ads_read", purpose="Read campaigns and their figures"),
        Scope(name="ads_management", purpose="Apply the changes that you approve"),
        _BUSINESS,
    )

    def accounts(self, grant: Grant) -> tuple[AccountChoice, ...]:
        client = self._client(grant.credentials["access_token"])
        found = client.walk("me/adaccounts", {"fields": _AD_FIELDS, "limit": "100"}, doing="Listing the ad accounts")
        choices = [
            AccountChoice(
                account_id=str(account["id"]),
                name=str(account.get("name") or account["id"]),
                detail=f"{account.get('account_id')}, {account.get('currency')}, {account.get('timezone_name')}",
                refusal=explain_ad_status(account.get("account_status")),
                facts={"currency": account.get("currency"), "time_zone": account.get("timezone_name")},
            )
            for account in found
        ]
        return tuple(sorted(choices, key=lambda choice: choice.name))


def read_scopes(client: GraphClient) -> frozenset[str]:
    """The scopes that the person granted and has not taken back."""
    found = client.walk("me/permissions", {}, doing="Reading the rights")
    return frozenset(str(entry.get("permission")) for entry in found if entry.get("status") == "granted")


def explain_ad_status(status: object) -> str:
    """Why an ad account in this status cannot be used; empty when it can."""
    if status == _ACTIVE:
        return ""
    return _AD_STATES.get(status if isinstance(status, int) else 0, f"Its status is {status}. Look at it at Meta.")


def _exchange_of(token: str) -> dict[str, str]:
    return {"grant_type": "fb_exchange_token", "fb_exchange_token": token}


def _skip_seen(pages: Iterator[dict[str, Any]], seen: set[str]) -> Iterator[dict[str, Any]]:
    for page in pages:
        if page.get("id") and str(page["id"]) not in seen:
            seen.add(str(page["id"]))
            yield page


def _refuse_token(answer: Answer, *, is_code: bool) -> LeadmetricsError:
    """A token endpoint says no in the words of the API; what they mean is different there."""
    doing, error = "Asking Meta for a token", read_error(answer)
    if error is not None and ("client secret" in error.message.lower() or error.code == _UNKNOWN_APP):
        return InvalidInput(f"{doing}: {error.message}. Correct the app's id and secret in the settings.")
    found = classify(answer, doing=doing, call="read")
    if isinstance(found, InvalidInput):
        return AccessRevoked(f"{doing}: {error.message if error else answer.where}. {_AGAIN}")
    if is_code and isinstance(found, PlatformUnavailable):
        return OutcomeUnknown(f"{found} The code may be used up. {_AGAIN}")
    return found
