"""Login, tokens and what a person may reach: the dialog, the three kinds of token, permissions, lists of accounts."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl, urlencode

from fastapi import Request
from fastapi.responses import RedirectResponse, Response

from leadmetrics_pipelines.kit.clock import Clock
from leadmetrics_pipelines.sandbox.consent_page import decide_consent
from leadmetrics_pipelines.sandbox.meta.graph import Call, GraphRefusal, need, page_list, pick
from leadmetrics_pipelines.sandbox.meta.models import AD_ACCOUNTS, BUSINESS, PAGES, Page
from leadmetrics_pipelines.sandbox.meta.store import Store
from leadmetrics_pipelines.sandbox.oauth import PERSON, Consents, GrantRefused, OAuthRules, Token

# "about 1-2 h" and "~60 d (e.g. 5183944 s)" (reference 1.3, 3.1).
SHORT_SECONDS = 5400
LONG_SECONDS = 5_183_944
RULES = OAuthRules(access_seconds=SHORT_SECONDS, issues_refresh=False)
_PERSON_ID = "10200000000000001"


class MetaConsents(Consents):
    """Tokens of a person run out; those of Pages never do (1.3), they only die."""

    def expire_access(self, person: str = PERSON) -> int:
        """Let every token of a person run out now, those of Pages excepted."""
        return self._end(
            lambda token: token.kind == "access" and token.person == person and "page" not in token.note, by_time=True
        )


async def decide(request: Request, consents: Consents) -> Response:
    """Back to the app; a denial in Meta's own words."""
    if ("decision", "allow") in parse_qsl((await request.body()).decode()):
        return await decide_consent(request, consents)
    asked = request.query_params
    refusal = {
        "error": "access_denied", "error_code": "200", "error_reason": "user_denied",
        "error_description": "Permissions error", "state": asked.get("state", ""),
    }  # fmt: skip
    address = asked["redirect_uri"]
    return RedirectResponse(f"{address}{'&' if '?' in address else '?'}{urlencode(refusal)}", status_code=302)


class SigningIn:
    """The calls that are about access."""

    def __init__(self, store: Store, consents: Consents, clock: Clock) -> None:
        self._store = store
        self._consents = consents
        self._clock = clock

    def issue_token(self, call: Call) -> dict[str, Any]:
        """`oauth/access_token`: a code or a live token for a token."""
        try:
            self._consents.check_app(call.params.get("client_id"), call.params.get("client_secret", ""))
        except GrantRefused as refused:
            raise GraphRefusal(1, "Error validating client secret.") from refused
        if call.params.get("grant_type") == "fb_exchange_token":
            return _told(self._lengthen(call.params.get("fb_exchange_token")), LONG_SECONDS)
        try:
            issued = self._consents.exchange(
                app=call.params.get("client_id"),
                secret=call.params.get("client_secret"),
                code=call.params.get("code", ""),
                redirect_uri=call.params.get("redirect_uri", ""),
                verifier=None,
            )
        except GrantRefused as refused:
            raise GraphRefusal(100, f"Error validating verification code. {refused.description}") from refused
        return _told(issued.access, SHORT_SECONDS)

    def permissions(self, token: Token) -> dict[str, Any]:
        """`me/permissions`: what the person ticked, and what the set-up declines."""
        missing = self._store.setup.missing_scopes
        return {
            "data": [
                {"permission": scope, "status": "declined" if scope in missing else "granted"} for scope in token.scopes
            ]
        }

    def pages(self, call: Call, token: Token) -> dict[str, Any]:
        """`me/accounts`."""
        need(token, "pages_show_list", code=10)
        listed = [self.view_page(page, token, call) for page in PAGES if page.is_listed and self._has_role(page)]
        return page_list(listed, call)

    def businesses(self, call: Call, token: Token) -> dict[str, Any]:
        """`me/businesses`."""
        need(token, "business_management", code=10)
        return page_list([{"id": BUSINESS, "name": "Acme Group"}], call)

    def owned_pages(self, call: Call, token: Token) -> dict[str, Any]:
        """`{business}/owned_pages`: every Page of the business, those that the person's list lacks too."""
        need(token, "business_management", code=10)
        owned = [page for page in PAGES if page.name.startswith("Acme") and self._has_role(page)]
        return page_list([self.view_page(page, token, call) for page in owned], call)

    def ad_accounts(self, call: Call, token: Token) -> dict[str, Any]:
        """`me/adaccounts`."""
        need(token, "ads_read")
        return page_list([pick(_view_ad(key), call.fields) for key in range(len(AD_ACCOUNTS))], call)

    def ad_account(self, call: Call, token: Token, account: str) -> dict[str, Any]:
        """`act_<id>`."""
        need(token, "ads_read")
        for key, known in enumerate(AD_ACCOUNTS):
            if f"act_{known.id}" == account:
                return pick(_view_ad(key), call.fields)
        raise GraphRefusal(100, f"Unsupported get request. Object with ID '{account}' does not exist", subcode=33)

    def revoke(self, token: Token) -> dict[str, Any]:
        """`DELETE me/permissions`: the app is off the account; every token of the person ends."""
        self._consents.end_person(token.person)
        return {"success": True}

    def view_page(self, page: Page, token: Token, call: Call) -> dict[str, Any]:
        """A Page as lists show it, with its token."""
        linked = {"id": page.instagram, "username": page.instagram_username, "name": page.name}
        entry = {
            "id": page.id, "name": page.name, "username": page.username, "tasks": list(page.tasks),
            "link": f"{call.gateway}/www.facebook.com/{page.username}",
            "access_token": self.page_token(page, token),
            "instagram_business_account": linked if page.instagram else None,
        }  # fmt: skip
        return pick(entry, call.fields)

    def page_token(self, page: Page, token: Token) -> str:
        """The Page's token: without an end when it comes from a long-lived one."""
        digest = hashlib.sha256(f"{token.value} {page.id}".encode()).hexdigest()[:40]
        value = f"meta-page-{digest}"
        if self._consents.find(value) is None:
            ends_at = None if token.note.get("long") else token.ends_at
            note = {"page": page.id}
            self._consents.keep(token.model_copy(update={"value": value, "ends_at": ends_at, "note": note}))
        return value

    def _has_role(self, page: Page) -> bool:
        return page.id not in self._store.setup.lost_pages

    def _lengthen(self, value: str | None) -> Token:
        old = self._consents.live(value)
        if old is None:
            message = "Error validating access token: Session has expired or the app was removed."
            raise GraphRefusal(190, message, subcode=463)
        made = self._consents.issue(family=old.family, person=old.person, scopes=old.scopes, note={"long": "yes"})
        ends_at = self._clock.now() + timedelta(seconds=LONG_SECONDS)
        return self._consents.keep(made.access.model_copy(update={"ends_at": ends_at}))


def _told(token: Token, seconds: int) -> dict[str, Any]:
    return {"access_token": token.value, "token_type": "bearer", "expires_in": seconds}


def _view_ad(key: int) -> dict[str, Any]:
    account = AD_ACCOUNTS[key]
    return {
        "id": f"act_{account.id}", "account_id": account.id, "name": account.name, "account_status": account.status,
        "currency": account.currency, "timezone_name": account.time_zone,
    }  # fmt: skip


def view_person() -> dict[str, Any]:
    """`me` with a person's token."""
    return {"id": _PERSON_ID, "name": "Dana Demo"}
