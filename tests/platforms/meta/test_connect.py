"""Connecting Pages, keeping them alive, and what can go wrong on the way."""

from __future__ import annotations

import dataclasses
from datetime import timedelta
from typing import Any

import pytest

from leadmetrics_pipelines.errors import AccessRevoked, InvalidInput, OutcomeUnknown, PlatformUnavailable, RateLimited
from leadmetrics_pipelines.kit.clock import FixedClock
from leadmetrics_pipelines.platforms.connecting import Grant
from leadmetrics_pipelines.platforms.meta.facebook.publisher import FacebookPublisher
from leadmetrics_pipelines.platforms.meta.oauth import FacebookConnector
from leadmetrics_pipelines.sandbox.faults import Effect
from leadmetrics_pipelines.sandbox.running import RunningSandbox
from tests.platforms.consenting import APP, answer_consent
from tests.platforms.meta.builders import NOT_OURS, OUTLET, PAGE, SHOWROOM
from tests.platforms.meta.conftest import KEYS, connect, credentials_for

TOKEN = "/oauth/access_token"


def code_from(connector: FacebookConnector) -> str:
    """A code that nobody has used."""
    return answer_consent(connector.authorize_url(state="s", redirect_uri=APP, challenge=None))["code"]


def exchange(connector: FacebookConnector) -> Grant:
    return connector.exchange(code=code_from(connector), redirect_uri=APP, verifier=None)


def test_a_code_becomes_a_token_of_sixty_days(facebook: FacebookConnector, moving: FixedClock) -> None:
    """The short-lived one is exchanged at once; the grant knows its scopes and shows no token."""
    grant = exchange(facebook)
    assert grant.expires_at is not None
    assert timedelta(days=59) < grant.expires_at - moving.now() < timedelta(days=60)
    assert grant.scopes == frozenset(scope.name for scope in facebook.scopes)
    assert grant.credentials["access_token"] not in repr(grant)


def test_the_accounts_are_the_pages(facebook: FacebookConnector) -> None:
    """By name, each once; those of a business too; one without the role says what to do."""
    _, choices = connect(facebook)
    assert [(choice.account_id, bool(choice.refusal)) for choice in choices] == [
        (PAGE, False),
        (OUTLET, False),
        (SHOWROOM, False),
        (NOT_OURS, True),
    ]
    assert "may not create content" in choices[-1].refusal
    assert choices[0].credentials["page_id"] == PAGE


def test_without_the_business_right_its_pages_are_missing(facebook: FacebookConnector) -> None:
    """And nothing else is."""
    _, choices = connect(facebook, without=("business_management",))
    assert [choice.account_id for choice in choices] == [PAGE, OUTLET, NOT_OURS]


def test_a_denial_comes_back_as_one(facebook: FacebookConnector) -> None:
    """In Meta's own words, with the state."""
    url = facebook.authorize_url(state="a & b", redirect_uri=APP, challenge=None)
    back = answer_consent(url, decision="deny")
    assert (back["error"], back["error_reason"], back["state"]) == ("access_denied", "user_denied", "a & b")


def test_a_code_is_good_once(facebook: FacebookConnector) -> None:
    """Used again it is refused."""
    code = code_from(facebook)
    facebook.exchange(code=code, redirect_uri=APP, verifier=None)
    with pytest.raises(AccessRevoked, match=r"used before.*Connect"):
        facebook.exchange(code=code, redirect_uri=APP, verifier=None)


def test_the_redirect_must_be_the_same(facebook: FacebookConnector) -> None:
    """Else the code is worth nothing."""
    with pytest.raises(AccessRevoked, match="redirect_uri"):
        facebook.exchange(code=code_from(facebook), redirect_uri=f"{APP}/other", verifier=None)


def test_a_wrong_secret_is_the_agencys_to_correct(facebook: FacebookConnector, means: dict[str, Any]) -> None:
    """It says where."""
    wrong = FacebookConnector(keys=dataclasses.replace(KEYS, client_secret="wrong"), **means)
    with pytest.raises(InvalidInput, match="settings"):
        wrong.exchange(code=code_from(facebook), redirect_uri=APP, verifier=None)


@pytest.mark.parametrize("effect", ["drop_after", "hang", "status", "html"])
def test_an_exchange_without_an_answer_leaves_the_outcome_open(
    sandbox: RunningSandbox, facebook: FacebookConnector, effect: Effect
) -> None:
    """The code may be used up."""
    code = code_from(facebook)
    sandbox.set_fault("meta", effect, path_regex=TOKEN, status=500, seconds=3)
    with pytest.raises(OutcomeUnknown):
        facebook.exchange(code=code, redirect_uri=APP, verifier=None)


def test_a_second_exchange_that_fails_uses_up_the_code(sandbox: RunningSandbox, facebook: FacebookConnector) -> None:
    """A token of two hours is not taken for one of sixty days."""
    code = code_from(facebook)
    sandbox.set_fault("meta", "status", path_regex=TOKEN, status=503, skip=1)
    with pytest.raises(OutcomeUnknown, match="Connect the channel again"):
        facebook.exchange(code=code, redirect_uri=APP, verifier=None)


def test_a_missing_scope_is_known_and_named(
    sandbox: RunningSandbox, facebook: FacebookConnector, means: dict[str, Any]
) -> None:
    """A box that was unticked: the grant lacks it, and verifying says which."""
    credentials = credentials_for(facebook, PAGE, without=("pages_manage_posts",))
    publisher = FacebookPublisher(account_id=PAGE, credentials=credentials, **means)
    with pytest.raises(AccessRevoked, match="pages_manage_posts"):
        publisher.verify()
    sandbox.set_up("meta", missing_scopes=["read_insights"])
    assert "read_insights" not in (exchange(facebook).scopes or ())


def test_renewing_exchanges_the_token_and_fetches_the_pages_anew(
    facebook: FacebookConnector, page_credentials: dict[str, str], means: dict[str, Any], moving: FixedClock
) -> None:
    """Both work afterwards."""
    grant = facebook.renew(page_credentials)
    assert grant.credentials["access_token"] != page_credentials["access_token"]
    assert grant.credentials["page_token"] != page_credentials["page_token"]
    assert grant.expires_at is not None
    assert grant.expires_at > moving.now() + timedelta(days=59)
    renewed = {**page_credentials, **grant.credentials}
    assert FacebookPublisher(account_id=PAGE, credentials=renewed, **means).verify().facts == {"followers": 1840}


def test_an_expired_token_cannot_be_exchanged(
    sandbox: RunningSandbox, facebook: FacebookConnector, page_credentials: dict[str, str], page: FacebookPublisher
) -> None:
    """The Page's token lives on, with a warning that nothing can be renewed."""
    sandbox.expire_access("meta")
    with pytest.raises(AccessRevoked):
        facebook.renew(page_credentials)
    assert "renewing does not" in page.verify().facts["warning"]


def test_a_page_token_has_no_end(sandbox: RunningSandbox, page: FacebookPublisher) -> None:
    """A year later it still works."""
    sandbox.advance_clock(days=365)
    assert page.verify().can_publish


@pytest.mark.parametrize(("status", "family"), [(429, RateLimited), (500, PlatformUnavailable)])
def test_a_renewal_may_be_tried_again(
    sandbox: RunningSandbox,
    facebook: FacebookConnector,
    page_credentials: dict[str, str],
    status: int,
    family: type[Exception],
) -> None:
    """Nothing rotates: even after a lost answer the old token is good."""
    sandbox.set_fault("meta", "status", path_regex=TOKEN, status=status)
    with pytest.raises(family):
        facebook.renew(page_credentials)
    sandbox.set_fault("meta", "drop_after", path_regex=TOKEN)
    with pytest.raises(PlatformUnavailable):
        facebook.renew(page_credentials)
    assert facebook.renew(page_credentials).credentials


def test_a_page_that_does_not_answer_keeps_its_token(
    sandbox: RunningSandbox, facebook: FacebookConnector, page_credentials: dict[str, str]
) -> None:
    """The person's token is renewed; nothing is written over the Page's."""
    sandbox.set_fault("meta", "status", path_regex=f"/{PAGE}", status=503)
    assert "page_token" not in facebook.renew(page_credentials).credentials


def test_revoking_ends_all_and_may_be_repeated(
    facebook: FacebookConnector, page_credentials: dict[str, str], page: FacebookPublisher
) -> None:
    """What is gone already is no error."""
    facebook.revoke(page_credentials)
    facebook.revoke(page_credentials)
    with pytest.raises(AccessRevoked, match="app was removed"):
        page.verify()


def test_a_lost_role_is_found_by_the_probe(sandbox: RunningSandbox, page: FacebookPublisher) -> None:
    """The Page's token dies in silence (subcode 492)."""
    assert page.verify().name == "Acme Garden Furniture"
    sandbox.set_up("meta", lost_pages=[PAGE])
    with pytest.raises(AccessRevoked, match="lost the role"):
        page.verify()


def test_no_secret_stands_in_an_address(sandbox: RunningSandbox, facebook: FacebookConnector) -> None:
    """Neither the app's nor a token, in no call of the whole way."""
    credentials = credentials_for(facebook, PAGE)
    seen = " ".join(call.query for call in sandbox.calls("meta"))
    for secret in (KEYS.client_secret, credentials["access_token"], credentials["page_token"]):
        assert secret not in seen
