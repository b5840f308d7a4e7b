"""Connects Google Ads accounts and finds out whether they can still be used. What is done with them is not here.

By the REST interface: it needs neither the SDK's two seconds of import nor a gRPC channel for a handful of questions
(reference sdk_recipes.md 1). Each call carries the agency's developer token.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from leadmetrics_pipelines.errors import AccessRevoked, InvalidInput
from leadmetrics_pipelines.kit.digests import canonical_json
from leadmetrics_pipelines.platforms.connecting import AccountChoice, Credentials, Grant, Scope
from leadmetrics_pipelines.platforms.google.client import GoogleClient, understanding
from leadmetrics_pipelines.platforms.google.facts import ADS_VERSION
from leadmetrics_pipelines.platforms.google.oauth import GoogleConnector
from leadmetrics_pipelines.platforms.publishing import Account

ADS_SCOPE = "https://www.googleapis.com/auth/adwords"
_URL = f"https://googleads.googleapis.com/{ADS_VERSION}/customers"
_CUSTOMER = (
    "SELECT customer.id, customer.descriptive_name, customer.currency_code, customer.time_zone, customer.manager,"
    " customer.status FROM customer LIMIT 1"
)
_CLIENTS = (
    "SELECT customer_client.id, customer_client.descriptive_name, customer_client.currency_code,"
    " customer_client.time_zone, customer_client.status FROM customer_client WHERE customer_client.manager = FALSE"
)
_PAGES = 100
_ENABLED = "ENABLED"
_MANAGER = "A manager account has no campaigns of its own: choose one of the accounts it manages."
_Raw = Mapping[str, Any]


class GoogleAdsConnector(GoogleConnector):
    """Connects an ads account. `account_id`: its ten digits.

    An account that is reached through a manager has the manager's digits as `login_customer_id` in its credentials.
    """

    scopes = (Scope(name=ADS_SCOPE, purpose="Read and change the campaigns of your ads accounts"),)

    def accounts(self, grant: Grant) -> tuple[AccountChoice, ...]:
        client = self._client(grant, self._headers())
        doing = "Listing the accounts of Google Ads"
        names = client.get(f"{_URL}:listAccessibleCustomers", doing=doing).content.get("resourceNames", [])
        found: dict[str, AccountChoice] = {}
        for customer_id in [str(name).rpartition("/")[2] for name in names]:
            for choice in self._choices(client, grant.credentials, customer_id):
                known = found.get(choice.account_id)
                # The direct way needs no manager; a way that works wins over one that does not.
                if known is None or (known.refusal and not choice.refusal) or choice.account_id == customer_id:
                    found[choice.account_id] = choice
        return tuple(sorted(found.values(), key=lambda choice: (choice.name, choice.account_id)))

    def verify(self, *, account_id: str, credentials: Credentials) -> Account:
        """Ask the account for itself: the daily probe. Raises AccessRevoked when it is closed, or not ours any more."""
        customer = self._read_customer(self._opened(credentials), account_id)
        if customer.get("status") != _ENABLED:
            raise AccessRevoked(_refuse(customer))
        name = str(customer.get("descriptiveName") or account_id)
        return Account(
            name=name, can_publish=False, site_name=name, site_url="",
            facts={"currency": customer.get("currencyCode"), "time_zone": customer.get("timeZone")},
        )  # fmt: skip

    def _choices(self, client: GoogleClient, credentials: Credentials, customer_id: str) -> list[AccountChoice]:
        try:
            customer = self._read_customer(client, customer_id)
        except AccessRevoked as error:
            # One account that is closed must not hide the others.
            return [AccountChoice(account_id=customer_id, name=_dashed(customer_id), refusal=str(error))]
        if customer.get("manager") is not True:
            return [_choice(customer, {})]
        manager = {"login_customer_id": customer_id}
        clients = self._search(self._opened({**credentials, **manager}), customer_id, _CLIENTS, "customerClient")
        return [_choice(customer, {}), *(_choice(one, manager) for one in clients)]

    def _read_customer(self, client: GoogleClient, customer_id: str) -> _Raw:
        rows = self._search(client, customer_id, _CUSTOMER, "customer")
        if not rows:
            raise AccessRevoked(f"Google Ads shows nothing of the account {_dashed(customer_id)}. Connect it again.")
        return rows[0]

    def _search(self, client: GoogleClient, customer_id: str, query: str, what: str) -> list[_Raw]:
        """All rows. The size of a page is Google's own (10,000)."""
        doing = f"Reading the account {_dashed(customer_id)} in Google Ads"
        rows: list[_Raw] = []
        asked = {"query": query}
        for _ in range(_PAGES):
            page = client.ask(f"{_URL}/{customer_id}/googleAds:search", canonical_json(asked), doing=doing)
            with understanding(doing):
                rows += [row[what] for row in page.rows("results")]
            if not page.next_token:
                break
            asked = {"query": query, "pageToken": page.next_token}
        return rows

    def _opened(self, credentials: Credentials) -> GoogleClient:
        headers = self._headers()
        if credentials.get("login_customer_id"):
            headers["login-customer-id"] = credentials["login_customer_id"]
        return GoogleClient(credentials=credentials, http=self._http, origins=self._origins, headers=headers)

    def _headers(self) -> dict[str, str]:
        if not self._keys.developer_token:
            msg = "Google Ads needs the agency's developer token: add developer_token to google in the platform apps."
            raise InvalidInput(msg, field="developer_token")
        return {"developer-token": self._keys.developer_token}


def _choice(customer: _Raw, credentials: Credentials) -> AccountChoice:
    customer_id = str(customer.get("id", ""))
    told = (_dashed(customer_id), str(customer.get("currencyCode", "")), str(customer.get("timeZone", "")))
    return AccountChoice(
        account_id=customer_id,
        name=str(customer.get("descriptiveName") or _dashed(customer_id)),
        detail=", ".join(part for part in told if part),
        refusal=_MANAGER if customer.get("manager") is True else _refuse(customer),
        credentials=credentials,
        facts={"currency": told[1], "time_zone": told[2]},
    )


def _refuse(customer: _Raw) -> str:
    status = str(customer.get("status", ""))
    if status == _ENABLED:
        return ""
    said = status.lower() or "not enabled"
    return f"The ads account {_dashed(str(customer.get('id', '')))} is {said}: open it in Google Ads, then connect."


def _dashed(customer_id: str) -> str:
    """555-000-1111, as Google Ads shows it."""
    return f"{customer_id[:3]}-{customer_id[3:6]}-{customer_id[6:]}"
