"""Ad accounts: connected and kept alive."""

from __future__ import annotations

from typing import Any

import pytest

from leadmetrics_pipelines.errors import AccessRevoked, PlatformUnavailable
from leadmetrics_pipelines.platforms.meta.ads.account import MetaAdsAccount
from leadmetrics_pipelines.platforms.meta.oauth import MetaAdsConnector
from leadmetrics_pipelines.sandbox.running import RunningSandbox
from tests.platforms.meta.conftest import connect, credentials_for

ACTIVE, DISABLED = "act_901000000000001", "act_901000000000002"


@pytest.fixture
def credentials(ads: MetaAdsConnector) -> dict[str, str]:
    """Of the active account."""
    return credentials_for(ads, ACTIVE)


@pytest.fixture
def ad_account(credentials: dict[str, str], means: dict[str, Any]) -> MetaAdsAccount:
    return MetaAdsAccount(account_id=ACTIVE, credentials=credentials, **means)


def test_the_accounts_come_with_their_state(ads: MetaAdsConnector) -> None:
    """One that is disabled says so, and what to do."""
    _, choices = connect(ads)
    assert [(choice.account_id, choice.refusal) for choice in choices] == [
        (ACTIVE, ""),
        (DISABLED, "It is disabled. Ask Meta's support why."),
    ]
    assert choices[0].detail == "901000000000001, EUR, Europe/Berlin"


def test_a_connected_account_is_verified(ad_account: MetaAdsAccount) -> None:
    """With its currency; nothing can be published on it."""
    account = ad_account.verify()
    assert (account.name, account.can_publish) == ("Acme Garden Furniture", False)
    assert account.facts == {"currency": "EUR", "time_zone": "Europe/Berlin"}


def test_a_disabled_account_cannot_be_used(credentials: dict[str, str], means: dict[str, Any]) -> None:
    """Whoever connected it before it was switched off learns why."""
    with pytest.raises(AccessRevoked, match="disabled"):
        MetaAdsAccount(account_id=DISABLED, credentials=credentials, **means).verify()


def test_a_right_that_was_taken_back_is_named(sandbox: RunningSandbox, ad_account: MetaAdsAccount) -> None:
    """By the daily probe."""
    sandbox.set_up("meta", missing_scopes=["ads_management"])
    with pytest.raises(AccessRevoked, match="ads_management"):
        ad_account.verify()


def test_the_token_is_renewed_while_it_lives(
    sandbox: RunningSandbox, ads: MetaAdsConnector, credentials: dict[str, str], means: dict[str, Any]
) -> None:
    """Every 60 days at the latest; nothing but the person's token belongs to the channel."""
    sandbox.advance_clock(days=50)
    fresh = ads.renew(credentials)
    assert sorted(fresh.credentials) == ["access_token", "access_token_proof"]
    sandbox.advance_clock(days=50)
    assert MetaAdsAccount(account_id=ACTIVE, credentials=fresh.credentials, **means).verify().name
    with pytest.raises(AccessRevoked, match="run out"):
        MetaAdsAccount(account_id=ACTIVE, credentials=credentials, **means).verify()


def test_revoked_or_out_of_reach_are_two_things(
    sandbox: RunningSandbox, ads: MetaAdsConnector, credentials: dict[str, str], ad_account: MetaAdsAccount
) -> None:
    """The one needs a person, the other passes."""
    sandbox.set_fault("meta", "status", status=503)
    with pytest.raises(PlatformUnavailable):
        ad_account.verify()
    ads.revoke(credentials)
    with pytest.raises(AccessRevoked, match="Connect"):
        ad_account.verify()
