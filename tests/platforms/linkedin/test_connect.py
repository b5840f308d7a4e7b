"""Connecting LinkedIn pages, keeping them alive, and what can go wrong on the way."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from leadmetrics_pipelines.errors import AccessRevoked, InvalidInput, OutcomeUnknown, PlatformUnavailable, RateLimited
from leadmetrics_pipelines.kit.clock import FixedClock
from leadmetrics_pipelines.platforms.connecting import AppKeys, Grant
from leadmetrics_pipelines.platforms.linkedin.oauth import LinkedInConnector
from leadmetrics_pipelines.platforms.linkedin.publisher import LinkedInPublisher
from leadmetrics_pipelines.sandbox.faults import Effect
from leadmetrics_pipelines.sandbox.oauth import client_id
from leadmetrics_pipelines.sandbox.running import RunningSandbox
from tests.platforms.consenting import APP, answer_consent
from tests.platforms.linkedin.conftest import PAGE

TOKEN = "/oauth/v2/accessToken$"


def code_from(connector: LinkedInConnector, **how: Any) -> str:  # noqa: ANN401
    """A code that nobody has used."""
    return answer_consent(connector.authorize_url(state="s", redirect_uri=APP, challenge=None), **how)["code"]


def test_a_grant_says_when_it_ends(connector: LinkedInConnector, moving: FixedClock) -> None:
    """60 days and 365 days, and the scopes; the state comes back; nothing secret in its text."""
    back = answer_consent(connector.authorize_url(state="a state & more", redirect_uri=APP, challenge=None))
    assert back["state"] == "a state & more"
    grant = connector.exchange(code=back["code"], redirect_uri=APP, verifier=None)
    assert grant.expires_at == moving.now() + timedelta(days=60)
    assert grant.refresh_expires_at == moving.now() + timedelta(days=365)
    assert grant.scopes == frozenset(scope.name for scope in connector.scopes)
    assert grant.credentials["access_token"] not in repr(grant)


def test_the_accounts_are_the_pages_with_a_reason_where_posting_is_not_allowed(
    connector: LinkedInConnector, grant: Grant
) -> None:
    """Two may be connected, the one where Dana only reads figures may not."""
    choices = connector.accounts(grant)
    assert [(choice.account_id, choice.name, choice.detail, bool(choice.refusal)) for choice in choices] == [
        ("2414183", "Acme Garden Furniture", "Super admin", False),
        ("2414184", "Acme Garden Furniture Germany", "Content admin", False),
        ("2414185", "Robinia Growers Association", "Analyst", True),
    ]
    assert "Ask a Super admin" in choices[2].refusal
    assert choices[0].address.endswith("/www.linkedin.com/company/acme-garden-furniture/")


def test_a_new_token_may_be_refused_at_first(
    connector: LinkedInConnector, grant: Grant, sandbox: RunningSandbox
) -> None:
    """LinkedIn calls it revoked for some seconds; one patient repeat is enough."""
    sandbox.set_up("linkedin", fresh_token_refusals=1)
    assert len(connector.accounts(grant)) == 3


def test_a_new_token_that_is_refused_is_no_lost_access(
    publisher: LinkedInPublisher, sandbox: RunningSandbox, moving: FixedClock
) -> None:
    """For a minute the refusal passes; later it means what it says."""
    sandbox.set_up("linkedin", fresh_token_refusals=2)
    with pytest.raises(PlatformUnavailable, match="new access"):
        publisher.verify()
    moving.advance(seconds=61)
    with pytest.raises(AccessRevoked):
        publisher.verify()


def test_a_denial_comes_back_in_linkedins_words(connector: LinkedInConnector) -> None:
    """With the state, without a code."""
    back = answer_consent(connector.authorize_url(state="s", redirect_uri=APP, challenge=None), decision="deny")
    assert (back["error"], back["state"], "code" in back) == ("user_cancelled_authorize", "s", False)


def test_a_code_is_good_once(connector: LinkedInConnector, means: dict[str, Any]) -> None:
    """Used again it is refused, and what its first use gave ends."""
    code = code_from(connector)
    grant = connector.exchange(code=code, redirect_uri=APP, verifier=None)
    with pytest.raises(AccessRevoked, match="invalid_grant"):
        connector.exchange(code=code, redirect_uri=APP, verifier=None)
    means["clock"].advance(seconds=120)
    with pytest.raises(AccessRevoked):
        LinkedInPublisher(account_id=PAGE, credentials=grant.credentials, **means).verify()


def test_the_redirect_must_be_the_same(connector: LinkedInConnector) -> None:
    """Else the code is worth nothing."""
    with pytest.raises(AccessRevoked):
        connector.exchange(code=code_from(connector), redirect_uri=f"{APP}/other", verifier=None)


def test_a_wrong_secret_is_the_agencys_matter(means: dict[str, Any]) -> None:
    """No person can mend it by connecting again."""
    connector = LinkedInConnector(keys=AppKeys(client_id=client_id("linkedin"), client_secret="wrong"), **means)
    with pytest.raises(InvalidInput, match="id, secret"):
        connector.exchange(code=code_from(connector), redirect_uri=APP, verifier=None)


def test_scopes_that_were_not_granted_are_missing_and_felt(connector: LinkedInConnector, means: dict[str, Any]) -> None:
    """The grant tells which; the call that needs one says what to do."""
    code = code_from(connector, without={"rw_organization_admin"})
    grant = connector.exchange(code=code, redirect_uri=APP, verifier=None)
    assert grant.scopes is not None
    assert "rw_organization_admin" not in grant.scopes
    with pytest.raises(AccessRevoked, match="allow every right"):
        connector.accounts(grant)


@pytest.mark.parametrize(
    ("effect", "status", "family"),
    [
        ("drop_after", 500, OutcomeUnknown),
        ("status", 500, OutcomeUnknown),
        ("html", 200, OutcomeUnknown),
        ("status", 429, RateLimited),
        ("status", 403, PlatformUnavailable),
    ],
)
def test_an_exchange_without_an_answer_may_have_used_the_code(
    connector: LinkedInConnector, sandbox: RunningSandbox, effect: Effect, status: int, family: type[Exception]
) -> None:
    """Only a refusal and a plea for patience are certain."""
    code = code_from(connector)
    body = "<h1>Forbidden</h1>" if status == 403 else None
    sandbox.set_fault("linkedin", effect, method="POST", path_regex=TOKEN, status=status, body=body)
    with pytest.raises(family):
        connector.exchange(code=code, redirect_uri=APP, verifier=None)


def test_a_renewal_does_not_lengthen_the_year(
    connector: LinkedInConnector, grant: Grant, sandbox: RunningSandbox, moving: FixedClock, means: dict[str, Any]
) -> None:
    """On day 59 the access lasts 60 days more, the refresh token 306; it is the same one."""
    ends = grant.refresh_expires_at
    sandbox.advance_clock(days=59)
    moving.advance(days=59)
    renewed = connector.renew(grant.credentials)
    assert renewed.expires_at == moving.now() + timedelta(days=60)
    assert renewed.refresh_expires_at is not None
    assert ends is not None
    assert abs(renewed.refresh_expires_at - ends) < timedelta(seconds=5)
    assert renewed.credentials["refresh_token"] == grant.credentials["refresh_token"]
    assert LinkedInPublisher(account_id=PAGE, credentials=renewed.credentials, **means).verify().can_publish


def test_a_lost_renewal_can_be_asked_for_again(
    connector: LinkedInConnector, grant: Grant, sandbox: RunningSandbox
) -> None:
    """Nothing rotates here: the answer is lost, the refresh token is not."""
    sandbox.set_fault("linkedin", "drop_after", method="POST", path_regex=TOKEN)
    with pytest.raises(PlatformUnavailable):
        connector.renew(grant.credentials)
    assert connector.renew(grant.credentials).credentials["access_token"]


def test_after_a_year_or_a_removal_a_person_connects_again(
    connector: LinkedInConnector, grant: Grant, sandbox: RunningSandbox
) -> None:
    """The renewal is refused for good."""
    sandbox.revoke_consent("linkedin")
    with pytest.raises(AccessRevoked):
        connector.renew(grant.credentials)


def test_an_app_without_refresh_tokens_says_so(connector: LinkedInConnector, sandbox: RunningSandbox) -> None:
    """Only approved apps get them."""
    sandbox.set_up("linkedin", issues_refresh=False)
    grant = connector.exchange(code=code_from(connector), redirect_uri=APP, verifier=None)
    assert grant.refresh_expires_at is None
    with pytest.raises(AccessRevoked, match="60 days"):
        connector.renew(grant.credentials)


def test_an_expired_token_is_refused(publisher: LinkedInPublisher, sandbox: RunningSandbox) -> None:
    """LinkedIn says so itself."""
    sandbox.expire_access("linkedin")
    with pytest.raises(AccessRevoked, match="has ended"):
        publisher.verify()


def test_verify_sees_a_lost_role(publisher: LinkedInPublisher, sandbox: RunningSandbox) -> None:
    """Before anything is sent."""
    assert publisher.verify().name == "Acme Garden Furniture"
    sandbox.set_up("linkedin", roles={PAGE: "ANALYST"})
    with pytest.raises(AccessRevoked, match="may not publish"):
        publisher.verify()


def test_giving_back_is_repeatable(connector: LinkedInConnector, grant: Grant) -> None:
    """LinkedIn has no call for it: nothing happens, nothing fails."""
    connector.revoke(grant.credentials)
    connector.revoke(grant.credentials)
