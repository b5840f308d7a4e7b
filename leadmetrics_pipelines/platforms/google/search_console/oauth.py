"""Which properties of Search Console a person may connect (reference platform_apis.md 14)."""

from __future__ import annotations

from typing import Any

from leadmetrics_pipelines.platforms.connecting import AccountChoice, Grant, Scope
from leadmetrics_pipelines.platforms.google.oauth import GoogleConnector
from leadmetrics_pipelines.platforms.google.search_console.payloads import DOMAIN, SITES_URL, UNVERIFIED

SEARCH_SCOPE = "https://www.googleapis.com/auth/webmasters.readonly"
_ROLES = {"siteOwner": "owner", "siteFullUser": "full user", "siteRestrictedUser": "restricted user"}
_REFUSAL = "The Google account has not verified this property: verify it in Search Console, then connect."


class SearchConsoleConnector(GoogleConnector):
    """Connects a property. `account_id`: its siteUrl, `sc-domain:example.com` or `https://example.com/`."""

    scopes = (Scope(name=SEARCH_SCOPE, purpose="Read how your site is found in Google Search"),)

    def accounts(self, grant: Grant) -> tuple[AccountChoice, ...]:
        page = self._client(grant).get(SITES_URL, doing="Listing the properties of Search Console")
        choices = [_choice(site) for site in page.rows("siteEntry") if site.get("siteUrl")]
        return tuple(sorted(choices, key=lambda choice: (choice.name, choice.account_id)))


def _choice(site: dict[str, Any]) -> AccountChoice:
    url, level = str(site["siteUrl"]), str(site.get("permissionLevel", ""))
    is_domain = url.startswith(DOMAIN)
    kind = "all addresses of the domain" if is_domain else "addresses that begin so"
    return AccountChoice(
        account_id=url,
        name=url.removeprefix(DOMAIN),
        detail=", ".join(part for part in (kind, _ROLES.get(level, "")) if part),
        address=f"https://{url.removeprefix(DOMAIN)}/" if is_domain else url,
        refusal=_REFUSAL if level in {UNVERIFIED, ""} else "",
        facts={"permission": level},
    )
