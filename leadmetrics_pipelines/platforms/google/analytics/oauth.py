"""Which properties of Google Analytics 4 a person may connect (reference platform_apis.md 15)."""

from __future__ import annotations

from typing import Any

from leadmetrics_pipelines.platforms.connecting import AccountChoice, Grant, Scope
from leadmetrics_pipelines.platforms.google.analytics.payloads import SUMMARIES_URL
from leadmetrics_pipelines.platforms.google.oauth import GoogleConnector

ANALYTICS_SCOPE = "https://www.googleapis.com/auth/analytics.readonly"
_PAGES = 50


class AnalyticsConnector(GoogleConnector):
    """Connects a property. `account_id`: `properties/401`."""

    scopes = (Scope(name=ANALYTICS_SCOPE, purpose="Read the visits of your website"),)

    def accounts(self, grant: Grant) -> tuple[AccountChoice, ...]:
        pages = self._client(grant).pages(
            SUMMARIES_URL, doing="Listing the properties of Google Analytics", params=[("pageSize", "200")], most=_PAGES
        )
        accounts = [account for page in pages for account in page.rows("accountSummaries")]
        choices = {choice.account_id: choice for account in accounts for choice in _choices(account)}
        return tuple(sorted(choices.values(), key=lambda choice: (choice.name, choice.account_id)))


def _choices(account: dict[str, Any]) -> list[AccountChoice]:
    """An account's properties: those with data of their own, and those that gather others' (roll-ups)."""
    properties = [
        one for one in account.get("propertySummaries") or [] if isinstance(one, dict) and one.get("property")
    ]
    owner = str(account.get("displayName", ""))
    return [
        AccountChoice(
            account_id=str(one["property"]),
            name=str(one.get("displayName") or one["property"]),
            detail=", ".join(part for part in (owner, str(one["property"]).removeprefix("properties/")) if part),
            facts={"account": owner},
        )
        for one in properties
    ]
