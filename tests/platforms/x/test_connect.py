"""Connecting X accounts, renewing tokens that are good once, and what can go wrong on the way."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from leadmetrics_pipelines.errors import AccessRevoked, InvalidInput, OutcomeUnknown, PlatformUnavailable, RateLimited
from leadmetrics_pipelines.kit.clock import FixedClock
from leadmetrics_pipelines.platforms.connecting import AppKeys, Grant
from leadmetrics_pipelines.platforms.x.oauth import XConnector
from leadmetrics_pipelines.platforms.x.publisher import XPublisher
from leadmetrics_pipelines.sandbox.faults import Effect
from leadmetrics_pipelines.sandbox.oauth import client_id
from leadmetrics_pipelines.sandbox.running import RunningSandbox
from tests.platforms.consenting import APP, VERIFIER, answer_consent, challenge_of
from tests.platforms.social import a_social, publish
from tests.platforms.x.conftest import USER

TOKEN = "/oauth2/token$"


def code_from(connector: XConnector, **how: Any) -> str:  # noqa: ANN401
    """A code that nobody has used."""
    url = connector.authorize_url(state="s", redirect_uri=APP, challenge=challenge_of(VERIFIER))
    return answer_consent(url, **how)["code"]


def test_a_grant_lasts_two_hours(connector: XConnector, moving: FixedClock) -> None:
    """With a refresh token whose end X does not tell; the state comes back; nothing secret in its text."""
    url = connector.authorize_url(state="a state & more", redirect_uri=APP, challenge=challenge_of(VERIFIER))
    back = answer_consent(url)
    assert back["state"] == "a state & more"
    grant = connector.exchange(code=back["code"], redirect_uri=APP, verifier=VERIFIER)
    assert grant.expires_at == moving.now() + timedelta(hours=2)
    assert grant.refresh_expires_at is None
    assert grant.scopes == frozenset(scope.name for scope in connector.scopes)
    assert grant.credentials["refresh_token"] not in repr(grant)


def test_the_account_is_the_persons_own(connector: XConnector, grant: Grant) -> None:
    """There is one, with its name and followers."""
    (choice,) = connector.accounts(grant)
    assert (choice.account_id, choice.name, choice.detail) == (
        USER, "Acme Garden Furniture", "@acmegarden, 912 followers",
    )  # fmt: skip
    assert choice.address.endswith("/x.com/acmegarden")
    assert choice.refusal == ""


def test_pkce_is_a_must(connector: XConnector) -> None:
    """Without a challenge the person is not even sent there; a wrong verifier is refused."""
    with pytest.raises(InvalidInput, match="PKCE"):
        connector.authorize_url(state="s", redirect_uri=APP, challenge=None)
    with pytest.raises(InvalidInput, match="500"):
        connector.authorize_url(state="s" * 501, redirect_uri=APP, challenge="c")
    with pytest.raises(AccessRevoked):
        connector.exchange(code=code_from(connector), redirect_uri=APP, verifier="another")
    with pytest.raises(AccessRevoked):
        connector.exchange(code=code_from(connector), redirect_uri=APP, verifier=None)


def test_a_denial_comes_back_as_one(connector: XConnector) -> None:
    """With the state, without a code."""
    url = connector.authorize_url(state="s", redirect_uri=APP, challenge=challenge_of(VERIFIER))
    back = answer_consent(url, decision="deny")
    assert (back["error"], back["state"], "code" in back) == ("access_denied", "s", False)


def test_a_code_is_good_once_and_for_thirty_seconds(
    connector: XConnector, sandbox: RunningSandbox, means: dict[str, Any]
) -> None:
    """Used again it ends what its first use gave."""
    code = code_from(connector)
    grant = connector.exchange(code=code, redirect_uri=APP, verifier=VERIFIER)
    with pytest.raises(AccessRevoked):
        connector.exchange(code=code, redirect_uri=APP, verifier=VERIFIER)
    with pytest.raises(AccessRevoked):
        XPublisher(account_id=USER, credentials=grant.credentials, **means).verify()
    late = code_from(connector)
    sandbox.advance_clock(seconds=31)
    with pytest.raises(AccessRevoked):
        connector.exchange(code=late, redirect_uri=APP, verifier=VERIFIER)


def test_the_redirect_must_be_the_same(connector: XConnector) -> None:
    """Else the code is worth nothing."""
    with pytest.raises(AccessRevoked):
        connector.exchange(code=code_from(connector), redirect_uri=f"{APP}/other", verifier=VERIFIER)


def test_a_wrong_secret_is_the_agencys_matter(means: dict[str, Any]) -> None:
    """No person can mend it by connecting again."""
    connector = XConnector(keys=AppKeys(client_id=client_id("x"), client_secret="wrong"), **means)
    with pytest.raises(InvalidInput, match="id, secret"):
        connector.exchange(code=code_from(connector), redirect_uri=APP, verifier=VERIFIER)


def test_scopes_that_were_not_granted_are_missing_and_felt(
    connector: XConnector, means: dict[str, Any], sandbox: RunningSandbox
) -> None:
    """Without offline.access there is nothing to renew with; without media.write no picture goes out."""
    code = code_from(connector, without={"offline.access", "tweet.write"})
    grant = connector.exchange(code=code, redirect_uri=APP, verifier=VERIFIER)
    assert grant.scopes == frozenset({"tweet.read", "users.read", "media.write"})
    with pytest.raises(AccessRevoked, match=r"offline\.access"):
        connector.renew(grant.credentials)
    with pytest.raises(AccessRevoked, match="lacks a right"):
        publish(XPublisher(account_id=USER, credentials=grant.credentials, **means), a_social())
    assert sandbox.held("x") == []


def test_a_renewal_gives_a_new_refresh_token(connector: XConnector, grant: Grant, means: dict[str, Any]) -> None:
    """And the old one is worth nothing any more."""
    renewed = connector.renew(grant.credentials)
    assert renewed.credentials["refresh_token"] != grant.credentials["refresh_token"]
    again = connector.renew(renewed.credentials)
    assert XPublisher(account_id=USER, credentials=again.credentials, **means).verify().can_publish


def test_a_refresh_token_that_is_used_twice_ends_everything(
    connector: XConnector, grant: Grant, means: dict[str, Any]
) -> None:
    """The new tokens, too: this is why one process at a time renews."""
    renewed = connector.renew(grant.credentials)
    with pytest.raises(AccessRevoked):
        connector.renew(grant.credentials)
    with pytest.raises(AccessRevoked):
        connector.renew(renewed.credentials)
    with pytest.raises(AccessRevoked):
        XPublisher(account_id=USER, credentials=renewed.credentials, **means).verify()


@pytest.mark.parametrize(
    ("effect", "status", "family"),
    [
        ("drop_after", 500, OutcomeUnknown),
        ("slow_after", 500, OutcomeUnknown),
        ("status_after", 503, OutcomeUnknown),
        ("html", 200, OutcomeUnknown),
        ("status", 429, RateLimited),
    ],
)
def test_a_renewal_without_an_answer_may_have_used_the_token(
    connector: XConnector, grant: Grant, sandbox: RunningSandbox, effect: Effect, status: int, family: type[Exception]
) -> None:
    """Whoever calls must know that the token may be gone."""
    sandbox.set_fault("x", effect, method="POST", path_regex=TOKEN, status=status, seconds=3)
    with pytest.raises(family):
        connector.renew(grant.credentials)


def test_a_lost_renewal_is_lost_for_good(connector: XConnector, grant: Grant, sandbox: RunningSandbox) -> None:
    """The new token never arrived, the old one is spent: a person connects again."""
    sandbox.set_fault("x", "drop_after", method="POST", path_regex=TOKEN)
    with pytest.raises(OutcomeUnknown):
        connector.renew(grant.credentials)
    with pytest.raises(AccessRevoked):
        connector.renew(grant.credentials)


def test_an_expired_access_is_renewed(
    connector: XConnector, grant: Grant, publisher: XPublisher, sandbox: RunningSandbox, means: dict[str, Any]
) -> None:
    """After two hours the old token is refused, the new one is not."""
    sandbox.advance_clock(seconds=7201)
    with pytest.raises(AccessRevoked):
        publisher.verify()
    renewed = connector.renew(grant.credentials)
    assert XPublisher(account_id=USER, credentials=renewed.credentials, **means).verify().name


def test_giving_back_ends_the_access_and_is_repeatable(
    connector: XConnector, grant: Grant, publisher: XPublisher, sandbox: RunningSandbox
) -> None:
    """What is gone already is no error; a lost answer may be asked for again."""
    sandbox.set_fault("x", "drop_before", method="POST", path_regex="revoke$")
    with pytest.raises(PlatformUnavailable):
        connector.revoke(grant.credentials)
    connector.revoke(grant.credentials)
    connector.revoke(grant.credentials)
    with pytest.raises(AccessRevoked):
        publisher.verify()


def test_another_persons_access_is_refused(grant: Grant, means: dict[str, Any]) -> None:
    """A channel stays with its account."""
    with pytest.raises(AccessRevoked, match="another account"):
        XPublisher(account_id="1", credentials=grant.credentials, **means).verify()
