"""Connecting LinkedIn Pages: consent, tokens of 60 and 365 days, and the pages a person may post on.

A renewal does not lengthen the 365 days of the refresh token and does not use it up (reference platform_apis.md 2.1).
Only approved apps get a refresh token at all; without one the person connects again every 60 days.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from leadmetrics_pipelines.errors import AccessRevoked, OutcomeUnknown, PlatformUnavailable
from leadmetrics_pipelines.kit.clock import Clock
from leadmetrics_pipelines.kit.http import Answer, HttpClients
from leadmetrics_pipelines.kit.origins import Origins
from leadmetrics_pipelines.platforms.connecting import AccountChoice, AppKeys, Credentials, Grant, Scope
from leadmetrics_pipelines.platforms.json_api import JsonApi, oauth_dialect
from leadmetrics_pipelines.platforms.linkedin.client import LinkedInClient
from leadmetrics_pipelines.platforms.linkedin.errors import RightMissing
from leadmetrics_pipelines.platforms.linkedin.facts import POSTING_ROLES, SCOPES

_AUTHORIZE = "https://www.linkedin.com/oauth/v2/authorization"
_TOKEN = "https://www.linkedin.com/oauth/v2/accessToken"  # noqa: S105 - an address
_FRESH_SECONDS = 5.0
_PAGE = 100


class LinkedInConnector:
    """LinkedIn as a `Connector`."""

    scopes: tuple[Scope, ...] = SCOPES
    uses_pkce = False
    renews = True

    def __init__(self, *, keys: AppKeys, http: HttpClients, origins: Origins, clock: Clock) -> None:
        self._keys = keys
        self._http = http
        self._origins = origins
        self._clock = clock
        self._tokens = JsonApi(dialect=oauth_dialect("LinkedIn"), http=http, origins=origins, headers={})

    def authorize_url(self, *, state: str, redirect_uri: str, challenge: str | None) -> str:  # noqa: ARG002 - no PKCE
        asked = {
            "response_type": "code",
            "client_id": self._keys.client_id,
            "redirect_uri": redirect_uri,
            "state": state,
            "scope": " ".join(scope.name for scope in self.scopes),
        }
        return self._origins.at(f"{_AUTHORIZE}?{urlencode(asked)}")

    def exchange(self, *, code: str, redirect_uri: str, verifier: str | None) -> Grant:  # noqa: ARG002 - no PKCE
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": redirect_uri}
        return self._read_grant(self._post_token(form, doing="Connecting LinkedIn"))

    def accounts(self, grant: Grant) -> tuple[AccountChoice, ...]:
        client = self._client(grant.credentials)
        roles = self._roles(client)
        choices = (self._choose(client, page, held) for page, held in roles.items())
        return tuple(sorted(choices, key=lambda choice: choice.name.casefold()))

    def renew(self, credentials: Credentials) -> Grant:
        refresh = credentials.get("refresh_token")
        if not refresh:
            raise AccessRevoked(
                "LinkedIn gave this app no refresh token, so the access ends 60 days after connecting. "
                "Connect the page again."
            )
        try:
            form = {"grant_type": "refresh_token", "refresh_token": refresh}
            return self._read_grant(self._post_token(form, doing="Renewing the access to LinkedIn"))
        except OutcomeUnknown as error:
            # The refresh token is the same before and after: asking again does no harm.
            raise PlatformUnavailable(str(error)) from error

    def revoke(self, credentials: Credentials) -> None:
        """LinkedIn's documents name no call for it: people remove the app in their own settings there."""

    def _post_token(self, form: Mapping[str, str], *, doing: str) -> Answer:
        signed = {**form, "client_id": self._keys.client_id, "client_secret": self._keys.client_secret}
        return self._tokens.post_form(_TOKEN, signed, doing=doing)

    def _read_grant(self, answer: Answer) -> Grant:
        now = self._clock.now()
        try:
            body = answer.json()
            credentials = {"access_token": _text(body["access_token"]), "issued_at": now.isoformat()}
            if body.get("refresh_token"):
                credentials["refresh_token"] = _text(body["refresh_token"])
            return Grant(
                credentials=credentials,
                expires_at=_after(now, body["expires_in"]),
                refresh_expires_at=_after(now, body.get("refresh_token_expires_in")),
                scopes=_scopes(body.get("scope")),
            )
        except (ValueError, KeyError, TypeError) as error:
            raise OutcomeUnknown(f"{answer.where} answered {answer.status} without tokens that can be read.") from error

    def _roles(self, client: LinkedInClient) -> dict[str, set[str]]:
        """The roles held on each page, by its number."""
        roles: dict[str, set[str]] = {}
        start = 0
        while True:
            query = f"q=roleAssignee&state=APPROVED&start={start}&count={_PAGE}"
            elements = self._read_patiently(client, query).get("elements") or []
            for element in elements:
                number = str(element.get("organization") or "").rpartition(":")[2]
                if number.isdigit():
                    roles.setdefault(number, set()).add(str(element.get("role")))
            start += _PAGE
            if len(elements) < _PAGE:
                return roles

    def _read_patiently(self, client: LinkedInClient, query: str) -> dict[str, Any]:
        """The first question after the exchange: a token this young may be refused once ([2.1])."""
        doing = "Listing the pages on LinkedIn"
        try:
            return client.read("/organizationAcls", query, doing=doing, finder=True)
        except PlatformUnavailable:
            self._clock.sleep(_FRESH_SECONDS)
            return client.read("/organizationAcls", query, doing=doing, finder=True)

    def _choose(self, client: LinkedInClient, page: str, roles: set[str]) -> AccountChoice:
        try:
            about = client.read_if_there(f"/organizations/{page}", doing="Reading a page on LinkedIn") or {}
        except RightMissing:
            about = {}
        vanity = str(about.get("vanityName") or "")
        address = self._origins.at(f"https://www.linkedin.com/company/{vanity}/") if vanity else ""
        return AccountChoice(
            account_id=page,
            name=str(about.get("localizedName") or f"Page {page}"),
            detail=_name_roles(roles),
            address=address,
            refusal="" if roles & POSTING_ROLES.keys() else _explain_refusal(roles),
            facts={"roles": sorted(roles), "vanity_name": vanity},
        )

    def _client(self, credentials: Credentials) -> LinkedInClient:
        return LinkedInClient(credentials=credentials, http=self._http, origins=self._origins, clock=self._clock)


def _name_roles(roles: Iterable[str]) -> str:
    return ", ".join(sorted(POSTING_ROLES.get(role, role.replace("_", " ").capitalize()) for role in roles))


def _explain_refusal(roles: Iterable[str]) -> str:
    return (
        f"Your role on this page ({_name_roles(roles)}) may not publish. Ask a Super admin of the page to make you "
        "Super admin or Content admin, then connect again."
    )


def _text(value: object) -> str:
    if not isinstance(value, str) or not value:
        raise TypeError
    return value


def _after(now: datetime, seconds: object) -> datetime | None:
    return now + timedelta(seconds=int(str(seconds))) if seconds is not None else None


def _scopes(value: object) -> frozenset[str] | None:
    """[2.1] Separated by spaces or commas, as LinkedIn pleases."""
    return frozenset(value.replace(",", " ").split()) if isinstance(value, str) else None
