"""Google Ads: connected, and found out when it cannot be used any more."""

from __future__ import annotations

import dataclasses

import pytest

from leadmetrics_pipelines.errors import AccessRevoked, InvalidInput
from leadmetrics_pipelines.kit.http import HttpClients
from leadmetrics_pipelines.platforms.connecting import AccountChoice
from leadmetrics_pipelines.platforms.google.ads.oauth import GoogleAdsConnector
from leadmetrics_pipelines.sandbox.running import RunningSandbox
from tests.platforms.google.world import KEYS, Means, choose, connect, means_of

ADS_KEYS = dataclasses.replace(KEYS, developer_token="a-developer-token")
DIRECT, MANAGED = "5550001111", "5550003333"


@pytest.fixture
def means(sandbox: RunningSandbox, http: HttpClients) -> Means:
    return means_of(sandbox, http)


@pytest.fixture
def connector(means: Means) -> GoogleAdsConnector:
    return GoogleAdsConnector(keys=ADS_KEYS, **vars(means))


def connect_account(connector: GoogleAdsConnector, account_id: str) -> tuple[AccountChoice, dict[str, str]]:
    """A choice, and the credentials of a channel that is this account."""
    grant = connect(connector)
    choice = choose(connector, grant, account_id)
    return choice, {**grant.credentials, **choice.credentials}


@pytest.mark.parametrize("page_most", [1, None])
def test_accounts_are_offered_directly_and_through_a_manager(
    sandbox: RunningSandbox, connector: GoogleAdsConnector, page_most: int | None
) -> None:
    """Each once, the direct way first; closed ones and managers say why not."""
    sandbox.set_up("google", page_most=page_most)
    choices = {choice.account_id: choice for choice in connector.accounts(connect(connector))}
    assert {account_id: bool(choice.refusal) for account_id, choice in choices.items()} == {
        DIRECT: False, MANAGED: False, "5550002222": True, "5550004444": True, "5550005555": True,
    }  # fmt: skip
    assert (choices[DIRECT].name, choices[DIRECT].credentials) == ("Acme Garden Furniture", {})
    assert choices[DIRECT].detail == "555-000-1111, CHF, Europe/Zurich"
    assert choices[MANAGED].credentials == {"login_customer_id": "5550002222"}
    assert "choose one of the accounts" in choices["5550002222"].refusal
    assert "closed or not yet set up" in choices["5550004444"].refusal
    assert "is suspended" in choices["5550005555"].refusal


@pytest.mark.parametrize("account_id", [DIRECT, MANAGED])
def test_the_probe_asks_the_account_for_itself(connector: GoogleAdsConnector, account_id: str) -> None:
    """Through its manager, where that is the way."""
    choice, credentials = connect_account(connector, account_id)
    account = connector.verify(account_id=account_id, credentials=credentials)
    assert (account.name, account.facts["currency"]) == (choice.name, "CHF")


def test_the_probe_finds_a_lost_account(sandbox: RunningSandbox, connector: GoogleAdsConnector) -> None:
    """Access taken away by the account's owner."""
    _, credentials = connect_account(connector, DIRECT)
    sandbox.set_up("google", lost=[f"customers/{DIRECT}"])
    with pytest.raises(AccessRevoked, match="access again"):
        connector.verify(account_id=DIRECT, credentials=credentials)


def test_access_is_renewed_and_given_back(sandbox: RunningSandbox, connector: GoogleAdsConnector) -> None:
    """As with every product of Google's."""
    _, credentials = connect_account(connector, MANAGED)
    sandbox.expire_access("google")
    with pytest.raises(AccessRevoked, match="401 UNAUTHENTICATED"):
        connector.verify(account_id=MANAGED, credentials=credentials)
    fresh = {**credentials, **connector.renew(credentials).credentials}
    assert connector.verify(account_id=MANAGED, credentials=fresh).name == "Acme Shop"
    connector.revoke(fresh)
    with pytest.raises(AccessRevoked):
        connector.renew(fresh)


def test_a_missing_developer_token_is_the_agencys_to_set(means: Means) -> None:
    """Nothing is asked."""
    bare = GoogleAdsConnector(keys=KEYS, **vars(means))
    grant = connect(bare)
    with pytest.raises(InvalidInput, match="developer_token"):
        bare.accounts(grant)


def test_a_developer_token_for_tests_and_a_retired_version_are_told(
    sandbox: RunningSandbox, connector: GoogleAdsConnector
) -> None:
    """Neither tells a client to connect again."""
    grant = connect(connector)
    sandbox.set_up("google", ads_token_approved=False)
    with pytest.raises(InvalidInput, match="test accounts only"):
        connector.verify(account_id=DIRECT, credentials=grant.credentials)
    sandbox.set_up("google", ads_token_approved=True, ads_retired=True)
    with pytest.raises(InvalidInput, match="retired"):
        connector.accounts(grant)
