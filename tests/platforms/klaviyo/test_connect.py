"""Connecting Klaviyo, keeping it alive, and what can go wrong on the way."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from leadmetrics_pipelines.errors import AccessRevoked, InvalidInput, OutcomeUnknown, RateLimited
from leadmetrics_pipelines.kit.clock import FixedClock
from leadmetrics_pipelines.platforms.connecting import AppKeys, Grant
from leadmetrics_pipelines.platforms.klaviyo.oauth import KlaviyoConnector
from leadmetrics_pipelines.platforms.klaviyo.publisher import KlaviyoPublisher
from leadmetrics_pipelines.sandbox.faults import Effect
from leadmetrics_pipelines.sandbox.oauth import client_id
from leadmetrics_pipelines.sandbox.running import RunningSandbox
from tests.platforms.consenting import APP, VERIFIER, answer_consent, challenge_of


def answer(connector: KlaviyoConnector, **answers: Any) -> dict[str, str]:  # noqa: ANN401  as answer_consent takes them
    """What comes back from the consent page."""
    url = connector.authorize_url(state="s", redirect_uri=APP, challenge=challenge_of(VERIFIER))
    return answer_consent(url, **answers)


def publisher_of(grant: Grant, means: dict[str, Any]) -> KlaviyoPublisher:
    """With the grant's credentials."""
    return KlaviyoPublisher(account_id="Y6nRLr", credentials=grant.credentials, **means)


def test_a_grant_has_an_hour_and_ninety_days(grant: Grant, connector: KlaviyoConnector, moving: FixedClock) -> None:
    """As the answer says, not as we believe; and all scopes that were asked for."""
    assert grant.expires_at == moving.now() + timedelta(hours=1)
    assert grant.refresh_expires_at == moving.now() + timedelta(days=90)
    assert grant.scopes == frozenset(scope.name for scope in connector.scopes)
    assert set(grant.credentials) == {"access_token", "refresh_token"}


def test_all_pages_of_lists_are_read(connector: KlaviyoConnector, grant: Grant) -> None:
    """By name."""
    assert [(choice.account_id, choice.name) for choice in connector.accounts(grant)] == [
        ("T4zQ8w", "Acme Garden Furniture balcony tips"),
        ("Y6nRLr", "Acme Garden Furniture newsletter"),
    ]


def test_a_denial_comes_back_as_one(connector: KlaviyoConnector) -> None:
    """With the state, without a code."""
    back = answer(connector, decision="deny")
    assert (back["error"], back["state"], "code" in back) == ("access_denied", "s", False)


def test_without_a_challenge_there_is_no_code(connector: KlaviyoConnector) -> None:
    """PKCE is required."""
    back = answer_consent(connector.authorize_url(state="s", redirect_uri=APP, challenge=None))
    assert back["error"] == "invalid_request"


def test_the_verifier_must_fit(connector: KlaviyoConnector) -> None:
    """And the redirect be the same, and the code be unused."""
    for redirect, verifier in ((APP, "another-verifier-of-more-than-forty-three-chars"), (f"{APP}/x", VERIFIER)):
        with pytest.raises(AccessRevoked, match="invalid_grant"):
            connector.exchange(code=answer(connector)["code"], redirect_uri=redirect, verifier=verifier)


def test_a_code_used_twice_ends_what_it_gave(connector: KlaviyoConnector, means: dict[str, Any]) -> None:
    """As OAuth demands."""
    code = answer(connector)["code"]
    grant = connector.exchange(code=code, redirect_uri=APP, verifier=VERIFIER)
    with pytest.raises(AccessRevoked, match="invalid_grant"):
        connector.exchange(code=code, redirect_uri=APP, verifier=VERIFIER)
    with pytest.raises(AccessRevoked):
        publisher_of(grant, means).verify()


def test_a_wrong_secret_is_the_agencys_fault(connector: KlaviyoConnector, means: dict[str, Any]) -> None:
    """Connecting again would not help."""
    other = KlaviyoConnector(keys=AppKeys(client_id=client_id("klaviyo"), client_secret="no"), **means)
    with pytest.raises(InvalidInput, match="app at Klaviyo"):
        other.exchange(code=answer(connector)["code"], redirect_uri=APP, verifier=VERIFIER)


def test_a_scope_that_was_not_given_is_seen(connector: KlaviyoConnector, means: dict[str, Any]) -> None:
    """In the grant, and by the probe."""
    code = answer(connector, without=["campaigns:read"])["code"]
    grant = connector.exchange(code=code, redirect_uri=APP, verifier=VERIFIER)
    assert grant.scopes is not None
    assert "campaigns:read" not in grant.scopes
    with pytest.raises(AccessRevoked, match="allow all that is asked for"):
        publisher_of(grant, means).verify()


def test_a_renewal_gives_a_token_that_works(
    sandbox: RunningSandbox, connector: KlaviyoConnector, grant: Grant, means: dict[str, Any]
) -> None:
    """After the old one has ended."""
    sandbox.expire_access("klaviyo")
    with pytest.raises(AccessRevoked):
        publisher_of(grant, means).verify()
    renewed = connector.renew(grant.credentials)
    assert publisher_of(renewed, means).verify().can_publish
    assert renewed.credentials["refresh_token"] == grant.credentials["refresh_token"]


def test_a_rotated_refresh_token_is_handed_on(
    sandbox: RunningSandbox, connector: KlaviyoConnector, grant: Grant
) -> None:
    """Klaviyo does not say whether it rotates: whatever comes back counts, and the old one is spent."""
    sandbox.set_up("klaviyo", rotates=True)
    renewed = connector.renew(grant.credentials)
    assert renewed.credentials["refresh_token"] != grant.credentials["refresh_token"]
    with pytest.raises(AccessRevoked, match="Connect the channel again"):
        connector.renew(grant.credentials)
    connector.renew(renewed.credentials)


def test_a_refresh_token_dies_of_not_being_used(
    sandbox: RunningSandbox, connector: KlaviyoConnector, grant: Grant
) -> None:
    """After 90 days; use keeps it alive."""
    sandbox.advance_clock(days=89)
    connector.renew(grant.credentials)
    sandbox.advance_clock(days=89)
    connector.renew(grant.credentials)
    sandbox.advance_clock(days=91)
    with pytest.raises(AccessRevoked):
        connector.renew(grant.credentials)


@pytest.mark.parametrize(
    ("effect", "status", "family"),
    [("drop_after", 500, OutcomeUnknown), ("status", 503, OutcomeUnknown), ("status", 429, RateLimited)],
)
def test_a_renewal_without_an_answer(
    sandbox: RunningSandbox, connector: KlaviyoConnector, grant: Grant,
    effect: Effect, status: int, family: type[Exception],
) -> None:  # fmt: skip
    """Open where the token may have been used up."""
    sandbox.set_fault("klaviyo", effect, path_regex="/token$", status=status)
    with pytest.raises(family):
        connector.renew(grant.credentials)


def test_giving_back_ends_everything_and_may_be_repeated(
    connector: KlaviyoConnector, grant: Grant, means: dict[str, Any]
) -> None:
    """Access and refresh token."""
    connector.revoke(grant.credentials)
    connector.revoke(grant.credentials)
    with pytest.raises(AccessRevoked):
        publisher_of(grant, means).verify()
    with pytest.raises(AccessRevoked):
        connector.renew(grant.credentials)


def test_credentials_without_tokens_say_so(connector: KlaviyoConnector, means: dict[str, Any]) -> None:
    """Before anything is sent."""
    with pytest.raises(AccessRevoked, match="no access token"):
        KlaviyoPublisher(account_id="Y6nRLr", credentials={}, **means)
    with pytest.raises(AccessRevoked, match="no refresh token"):
        connector.renew({"access_token": "x"})
