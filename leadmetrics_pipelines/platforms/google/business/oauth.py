"""Which business locations a person may connect (reference platform_apis.md 7.1).

A channel is a location, not a location within an account: the same location shows in several accounts of one person,
and connected twice it would get everything twice. The account it is reached through goes with the credentials.
"""

from __future__ import annotations

from typing import Any

from leadmetrics_pipelines.errors import PermanentError
from leadmetrics_pipelines.platforms.connecting import AccountChoice, Grant, Scope
from leadmetrics_pipelines.platforms.google.business.payloads import ACCOUNTS_URL, INFORMATION_URL, Profile
from leadmetrics_pipelines.platforms.google.client import GoogleClient
from leadmetrics_pipelines.platforms.google.oauth import GoogleConnector

BUSINESS_SCOPE = "https://www.googleapis.com/auth/business.manage"
_READ_MASK = "name,title,languageCode,storefrontAddress,websiteUri,openInfo,metadata"
_PAGES = 50
_UNVERIFIED = "Google has not verified this location for the account: verify it at business.google.com, then connect."
_NO_ROLE = "The Google account has no role here (an invitation may be open): accept it at business.google.com."


class GoogleBusinessConnector(GoogleConnector):
    """Connects a location of Google Business Profile. `account_id`: `locations/2`."""

    scopes = (Scope(name=BUSINESS_SCOPE, purpose="Publish posts, and read reviews and figures, of your locations"),)

    def accounts(self, grant: Grant) -> tuple[AccountChoice, ...]:
        client = self._client(grant)
        found: dict[str, AccountChoice] = {}
        doing = "Listing the accounts of Google Business Profile"
        for page in client.pages(f"{ACCOUNTS_URL}/accounts", doing=doing, params=[("pageSize", "20")], most=_PAGES):
            for account in page.rows("accounts"):
                for choice in _locations(client, account):
                    known = found.get(choice.account_id)
                    # The way that works wins: one account may lack the role that another one has.
                    if known is None or (known.refusal and not choice.refusal):
                        found[choice.account_id] = choice
        return tuple(sorted(found.values(), key=lambda choice: (choice.name, choice.account_id)))


def _locations(client: GoogleClient, account: dict[str, Any]) -> list[AccountChoice]:
    name, title = str(account.get("name", "")), str(account.get("accountName", ""))
    url, params = f"{INFORMATION_URL}/{name}/locations", [("readMask", _READ_MASK), ("pageSize", "100")]
    doing = f"Listing the locations of {title or name}"
    try:
        pages = list(client.pages(url, doing=doing, params=params, most=_PAGES))
    except PermanentError as error:
        # One account that is closed to the person must not hide the others.
        return [AccountChoice(account_id=name, name=title or name, refusal=str(error))]
    return [_choice(Profile(raw), account) for page in pages for raw in page.rows("locations")]


def _choice(profile: Profile, account: dict[str, Any]) -> AccountChoice:
    role = str(account.get("role", "")).removeprefix("ACCOUNT_ROLE_UNSPECIFIED")
    role_text = role.replace("_", " ").lower()
    return AccountChoice(
        account_id=profile.name,
        name=profile.title,
        detail=", ".join(part for part in (profile.address, str(account.get("accountName", "")), role_text) if part),
        address=profile.public_url,
        refusal=_refuse(profile, has_role=bool(role)),
        credentials={"account_name": str(account.get("name", "")), "language_code": profile.language},
        facts={"website": profile.website, "account": str(account.get("accountName", "")), "role": role_text},
    )


def _refuse(profile: Profile, *, has_role: bool) -> str:
    if not has_role:
        return _NO_ROLE
    if profile.is_closed:
        return "Google shows this location as permanently closed: open it again at business.google.com, then connect."
    return "" if profile.is_verified else _UNVERIFIED
