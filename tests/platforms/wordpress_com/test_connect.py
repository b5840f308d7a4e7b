"""Connecting a site at WordPress.com, keeping it alive, and what can go wrong on the way."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from leadmetrics_pipelines.errors import AccessRevoked, InvalidInput, OutcomeUnknown, RateLimited
from leadmetrics_pipelines.kit.clock import FixedClock
from leadmetrics_pipelines.platforms.connecting import AppKeys, Grant
from leadmetrics_pipelines.platforms.wordpress_com.oauth import WordPressComConnector
from leadmetrics_pipelines.platforms.wordpress_com.publisher import WordPressComPublisher
from leadmetrics_pipelines.sandbox.faults import Effect
from leadmetrics_pipelines.sandbox.oauth import client_id
from leadmetrics_pipelines.sandbox.running import RunningSandbox
from tests.platforms.consenting import APP, VERIFIER, answer_consent, challenge_of
from tests.platforms.wordpress_com.conftest import SITE


def answer(connector: WordPressComConnector, **answers: Any) -> dict[str, str]:  # noqa: ANN401  as answer_consent takes them
    """What comes back from the consent page."""
    url = connector.authorize_url(state="s", redirect_uri=APP, challenge=challenge_of(VERIFIER))
    return answer_consent(url, **answers)


def test_a_grant_has_two_weeks_and_a_refresh_token(
    grant: Grant, connector: WordPressComConnector, moving: FixedClock
) -> None:
    """As the answer says, with all scopes that were asked for."""
    assert grant.expires_at == moving.now() + timedelta(days=14)
    assert set(grant.credentials) == {"access_token", "refresh_token"}
    assert grant.scopes == frozenset(scope.name for scope in connector.scopes)


def test_the_accounts_are_sites_and_say_where_one_may_publish(connector: WordPressComConnector, grant: Grant) -> None:
    """A contributor may not."""
    choices = connector.accounts(grant)
    assert [(choice.account_id, choice.name, choice.detail) for choice in choices] == [
        ("102", "Acme Balcony Notes", "acmebalcony.wordpress.com"),
        ("101", "Acme Garden Furniture", "acmegarden.wordpress.com"),
        ("103", "Old Shed", "oldshed.wordpress.com"),
    ]
    assert [bool(choice.refusal) for choice in choices] == [False, False, True]
    assert "may not publish there" in choices[2].refusal


def test_a_denial_comes_back_as_one(connector: WordPressComConnector) -> None:
    """With the state, without a code."""
    back = answer(connector, decision="deny")
    assert (back["error"], back["state"], "code" in back) == ("access_denied", "s", False)


def test_without_a_challenge_there_is_no_code(connector: WordPressComConnector) -> None:
    """PKCE is required."""
    back = answer_consent(connector.authorize_url(state="s", redirect_uri=APP, challenge=None))
    assert back["error"] == "invalid_request"


def test_verifier_and_redirect_must_fit_and_the_code_be_unused(connector: WordPressComConnector) -> None:
    """Anything else is refused."""
    code = answer(connector)["code"]
    connector.exchange(code=code, redirect_uri=APP, verifier=VERIFIER)
    wrong = "another-verifier-of-more-than-forty-three-chars"
    unused = [answer(connector)["code"] for _ in range(2)]
    for used, redirect, verifier in ((code, APP, VERIFIER), (unused[0], APP, wrong), (unused[1], f"{APP}/x", VERIFIER)):
        with pytest.raises(AccessRevoked, match="invalid_grant"):
            connector.exchange(code=used, redirect_uri=redirect, verifier=verifier)


def test_a_wrong_secret_is_the_agencys_fault(connector: WordPressComConnector, means: dict[str, Any]) -> None:
    """Connecting again would not help."""
    other = WordPressComConnector(keys=AppKeys(client_id=client_id("wordpress_com"), client_secret="no"), **means)
    with pytest.raises(InvalidInput, match=r"app at WordPress\.com"):
        other.exchange(code=answer(connector)["code"], redirect_uri=APP, verifier=VERIFIER)


def test_a_scope_that_was_not_given_is_seen(connector: WordPressComConnector) -> None:
    """In the grant; without the sites there is nothing to choose."""
    code = answer(connector, without=["sites"])["code"]
    grant = connector.exchange(code=code, redirect_uri=APP, verifier=VERIFIER)
    assert grant.scopes is not None
    assert "sites" not in grant.scopes
    with pytest.raises(AccessRevoked, match="allow all that is asked for"):
        connector.accounts(grant)


def test_a_renewal_gives_a_token_that_works(
    sandbox: RunningSandbox, connector: WordPressComConnector, stored: dict[str, str], means: dict[str, Any]
) -> None:
    """After the old one has ended."""
    sandbox.expire_access("wordpress_com")
    with pytest.raises(AccessRevoked):
        WordPressComPublisher(account_id=SITE, credentials=stored, **means).verify()
    renewed = {**stored, **connector.renew(stored).credentials}
    assert WordPressComPublisher(account_id=SITE, credentials=renewed, **means).verify().can_publish


def test_a_rotated_refresh_token_is_handed_on(
    sandbox: RunningSandbox, connector: WordPressComConnector, grant: Grant
) -> None:
    """Whether it rotates is not documented: whatever comes back counts."""
    sandbox.set_up("wordpress_com", rotates=True)
    renewed = connector.renew(grant.credentials)
    assert renewed.credentials["refresh_token"] != grant.credentials["refresh_token"]
    with pytest.raises(AccessRevoked, match="Connect the channel again"):
        connector.renew(grant.credentials)
    connector.renew(renewed.credentials)


@pytest.mark.parametrize(
    ("effect", "status", "family"),
    [("drop_after", 500, OutcomeUnknown), ("status", 503, OutcomeUnknown), ("status", 429, RateLimited)],
)
def test_a_renewal_without_an_answer(
    sandbox: RunningSandbox, connector: WordPressComConnector, grant: Grant,
    effect: Effect, status: int, family: type[Exception],
) -> None:  # fmt: skip
    """Open where the token may have been used up."""
    sandbox.set_fault("wordpress_com", effect, path_regex="/token$", status=status)
    with pytest.raises(family):
        connector.renew(grant.credentials)


def test_giving_back_ends_everything_and_may_be_repeated(
    connector: WordPressComConnector, grant: Grant, publisher: WordPressComPublisher
) -> None:
    """Access and refresh token."""
    connector.revoke(grant.credentials)
    connector.revoke(grant.credentials)
    with pytest.raises(AccessRevoked, match="Connect the channel again"):
        publisher.verify()
    with pytest.raises(AccessRevoked):
        connector.renew(grant.credentials)


def test_credentials_that_cannot_be_used_say_so(connector: WordPressComConnector, means: dict[str, Any]) -> None:
    """Before anything is sent."""
    with pytest.raises(AccessRevoked, match="no access token"):
        WordPressComPublisher(account_id=SITE, credentials={}, **means)
    with pytest.raises(InvalidInput, match="no site"):
        WordPressComPublisher(account_id="../x", credentials={"access_token": "x"}, **means)
    with pytest.raises(AccessRevoked, match="no refresh token"):
        connector.renew({"access_token": "x"})
