"""Connecting a location of Google Business Profile, and staying connected, through the twin's pages and endpoints."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from leadmetrics_pipelines.errors import AccessRevoked, InvalidInput, OutcomeUnknown, PlatformUnavailable, RateLimited
from leadmetrics_pipelines.kit.clock import FixedClock
from leadmetrics_pipelines.kit.http import HttpClients
from leadmetrics_pipelines.platforms.connecting import AppKeys
from leadmetrics_pipelines.platforms.google.business.oauth import BUSINESS_SCOPE, GoogleBusinessConnector
from leadmetrics_pipelines.sandbox.running import RunningSandbox
from tests.platforms.consenting import APP, VERIFIER, answer_consent, challenge_of
from tests.platforms.google.world import KEYS, SHOP, Means, connect, connect_shop, means_of, publisher_of

NOON = datetime(2026, 11, 2, 12, tzinfo=UTC)
TOKEN_PATH = "oauth2.googleapis.com/token$"


@pytest.fixture
def means(sandbox: RunningSandbox, http: HttpClients) -> Means:
    return means_of(sandbox, http, FixedClock(NOON))


@pytest.fixture
def connector(means: Means) -> GoogleBusinessConnector:
    return GoogleBusinessConnector(keys=KEYS, **vars(means))


def ask_for_code(connector: GoogleBusinessConnector) -> str:
    url = connector.authorize_url(state="s1", redirect_uri=APP, challenge=challenge_of(VERIFIER))
    return answer_consent(url)["code"]


def test_a_consent_brings_both_tokens_their_end_and_the_rights(connector: GoogleBusinessConnector) -> None:
    """The access token ends when the answer says, counted from our question."""
    grant = connect(connector)
    assert set(grant.credentials) == {"access_token", "refresh_token"}
    assert grant.expires_at == NOON + timedelta(seconds=3599)
    assert grant.refresh_expires_at is None
    assert grant.scopes == frozenset({BUSINESS_SCOPE})
    assert grant.credentials["access_token"] not in repr(grant)


def test_locations_are_offered_once_with_the_reason_why_one_is_not(connector: GoogleBusinessConnector) -> None:
    """The shop shows in two accounts and is one choice; what cannot be used says what to do."""
    choices = {choice.account_id: choice for choice in connector.accounts(connect(connector))}
    assert list(choices) == ["locations/203", "locations/202", "locations/201", "locations/204"]
    shop = choices[SHOP]
    assert (shop.name, shop.refusal) == ("Acme Garden Furniture Zürich", "")
    assert shop.detail == "Seestrasse 12, Zürich, Dana Berg, primary owner"
    assert shop.credentials == {"account_name": "accounts/101", "language_code": "de-CH"}
    assert "/local.google.com/place?id=201" in shop.address
    assert "verify it" in choices["locations/203"].refusal
    assert "invitation" in choices["locations/204"].refusal


def test_lists_are_read_to_their_last_page(sandbox: RunningSandbox, connector: GoogleBusinessConnector) -> None:
    """Google may give fewer than asked for, and says that there is more."""
    sandbox.set_up("google", page_most=1)
    assert len(connector.accounts(connect(connector))) == 4


def test_one_account_that_is_closed_does_not_hide_the_others(
    sandbox: RunningSandbox, connector: GoogleBusinessConnector
) -> None:
    """It is shown with its refusal instead."""
    grant = connect(connector)
    sandbox.set_fault("google", "status", path_regex="accounts/102/locations", status=403)
    choices = {choice.account_id: choice for choice in connector.accounts(grant)}
    assert choices[SHOP].refusal == ""
    assert "403 PERMISSION_DENIED" in choices["accounts/102"].refusal


def test_a_denial_comes_back_as_googles_error(connector: GoogleBusinessConnector) -> None:
    """Nothing is exchanged."""
    url = connector.authorize_url(state="s1", redirect_uri=APP, challenge=None)
    back = answer_consent(url, decision="deny")
    assert (back["error"], back["state"]) == ("access_denied", "s1")


def test_an_unticked_right_is_named_before_anything_is_asked(
    sandbox: RunningSandbox, connector: GoogleBusinessConnector
) -> None:
    """Granular consent: the grant says what is missing, and choosing says it in words."""
    grant = connect(connector, without=[BUSINESS_SCOPE])
    assert grant.scopes == frozenset()
    with pytest.raises(AccessRevoked, match=r"Publish posts, and read reviews.*tick it"):
        connector.accounts(grant)
    assert not [call for call in sandbox.calls("google") if "mybusiness" in call.path]


def test_a_reconnection_without_a_refresh_token_is_told_as_one(connector: GoogleBusinessConnector) -> None:
    """Google gives it at the first consent only, unless asked by prompt=consent; empty would overwrite the old one."""
    connect(connector)
    url = connector.authorize_url(state="s1", redirect_uri=APP, challenge=None)
    assert "prompt=consent" in url
    assert "access_type=offline" in url
    back = answer_consent(url.replace("&prompt=consent", ""))
    grant = connector.exchange(code=back["code"], redirect_uri=APP, verifier=None)
    assert set(grant.credentials) == {"access_token"}


def test_an_app_in_testing_says_when_its_refresh_token_ends(
    sandbox: RunningSandbox, connector: GoogleBusinessConnector
) -> None:
    """Seven days, as the answer says."""
    sandbox.set_up("google", testing=True)
    assert connect(connector).refresh_expires_at == NOON + timedelta(days=7, seconds=-1)


def test_a_code_works_once(connector: GoogleBusinessConnector) -> None:
    """Used again, it also ends what its first use gave."""
    code = ask_for_code(connector)
    grant = connector.exchange(code=code, redirect_uri=APP, verifier=VERIFIER)
    with pytest.raises(AccessRevoked, match=r"invalid_grant: the code is used.*Connect the channel again"):
        connector.exchange(code=code, redirect_uri=APP, verifier=VERIFIER)
    with pytest.raises(AccessRevoked, match="401 UNAUTHENTICATED"):
        connector.accounts(grant)


@pytest.mark.parametrize("verifier", ["another-verifier-that-was-never-hashed-for-this", None])
def test_a_verifier_that_does_not_fit_is_refused(connector: GoogleBusinessConnector, verifier: str | None) -> None:
    """PKCE."""
    with pytest.raises(AccessRevoked, match="invalid_grant"):
        connector.exchange(code=ask_for_code(connector), redirect_uri=APP, verifier=verifier)


def test_another_redirect_address_is_the_agencys_mistake(connector: GoogleBusinessConnector) -> None:
    """No client can mend it by connecting again."""
    with pytest.raises(InvalidInput, match=r"redirect_uri_mismatch.*the agency's Google app"):
        connector.exchange(code=ask_for_code(connector), redirect_uri=f"{APP}/", verifier=VERIFIER)


def test_a_wrong_app_secret_does_not_tell_the_client_to_reconnect(
    means: Means, connector: GoogleBusinessConnector
) -> None:
    """Every channel would be called revoked for one wrong setting."""
    grant = connect(connector)
    wrong = GoogleBusinessConnector(keys=AppKeys(client_id="sandbox-google", client_secret="no"), **vars(means))
    with pytest.raises(InvalidInput, match="401 invalid_client"):
        wrong.renew(grant.credentials)


def test_renewing_brings_a_new_access_token_and_keeps_the_refresh_token(connector: GoogleBusinessConnector) -> None:
    """Google does not rotate: the answer has no refresh token, and none is invented."""
    grant = connect(connector)
    fresh = connector.renew(grant.credentials)
    assert set(fresh.credentials) == {"access_token"}
    assert fresh.credentials["access_token"] != grant.credentials["access_token"]
    assert connector.accounts(fresh)


def test_an_expired_access_token_is_refused_and_renewed(
    sandbox: RunningSandbox, connector: GoogleBusinessConnector
) -> None:
    """After an hour of the platform's clock."""
    grant = connect(connector)
    sandbox.advance_clock(seconds=3600)
    with pytest.raises(AccessRevoked, match="401 UNAUTHENTICATED"):
        connector.accounts(grant)
    assert connector.accounts(connector.renew(grant.credentials))


def test_a_withdrawn_consent_asks_for_a_reconnection(
    sandbox: RunningSandbox, connector: GoogleBusinessConnector
) -> None:
    """invalid_grant, without the token in the message."""
    grant = connect(connector)
    sandbox.revoke_consent("google")
    with pytest.raises(AccessRevoked, match=r"invalid_grant: the access was withdrawn.*Connect the channel again") as e:
        connector.renew(grant.credentials)
    assert grant.credentials["refresh_token"] not in str(e.value)


def test_without_a_refresh_token_renewing_says_so(connector: GoogleBusinessConnector) -> None:
    """Nothing is asked."""
    with pytest.raises(AccessRevoked, match="no refresh token"):
        connector.renew({"access_token": "a"})


@pytest.mark.parametrize(("effect", "status"), [("status", 503), ("drop_after", 0), ("html", 0)])
def test_a_lost_renewal_is_tried_again(
    sandbox: RunningSandbox, connector: GoogleBusinessConnector, effect: str, status: int
) -> None:
    """The refresh token is not used up by its use."""
    grant = connect(connector)
    sandbox.set_fault("google", effect, path_regex=TOKEN_PATH, status=status or 500)  # type: ignore[arg-type]
    with pytest.raises(PlatformUnavailable):
        connector.renew(grant.credentials)
    assert connector.renew(grant.credentials).credentials


def test_a_lost_exchange_leaves_the_code_in_doubt(sandbox: RunningSandbox, connector: GoogleBusinessConnector) -> None:
    """It may be used up."""
    code = ask_for_code(connector)
    sandbox.set_fault("google", "drop_after", path_regex=TOKEN_PATH)
    with pytest.raises(OutcomeUnknown):
        connector.exchange(code=code, redirect_uri=APP, verifier=VERIFIER)


def test_the_token_endpoint_may_ask_for_a_pause(sandbox: RunningSandbox, connector: GoogleBusinessConnector) -> None:
    """With its own number of seconds, where it gives one."""
    grant = connect(connector)
    sandbox.set_fault("google", "status", path_regex=TOKEN_PATH, status=429, headers={"retry-after": "17"})
    with pytest.raises(RateLimited) as caught:
        connector.renew(grant.credentials)
    assert caught.value.retry_after == 17


def test_access_is_given_back_and_may_be_given_back_again(connector: GoogleBusinessConnector) -> None:
    """The second time there is nothing left, which is what was wanted."""
    grant = connect(connector)
    connector.revoke(grant.credentials)
    connector.revoke(grant.credentials)
    connector.revoke({})
    with pytest.raises(AccessRevoked):
        connector.accounts(grant)
    with pytest.raises(AccessRevoked):
        connector.renew(grant.credentials)


def test_the_probe_names_the_location_and_its_page(means: Means) -> None:
    """What the daily probe reads."""
    account = publisher_of(means).verify()
    assert (account.name, account.can_publish) == ("Acme Garden Furniture Zürich", True)
    assert account.site_url.endswith("/local.google.com/place?id=201")


def test_the_probe_finds_a_lost_verification_and_a_lost_role(sandbox: RunningSandbox, means: Means) -> None:
    """Each says what to do."""
    publisher = publisher_of(means)
    sandbox.set_up("google", unverified=[SHOP])
    with pytest.raises(AccessRevoked, match="is not verified"):
        publisher.verify()
    sandbox.set_up("google", unverified=[], lost=[SHOP])
    with pytest.raises(AccessRevoked, match=r"403 PERMISSION_DENIED.*access again"):
        publisher.verify()


def test_a_project_without_approval_is_told_instead_of_tried_for_ever(sandbox: RunningSandbox, means: Means) -> None:
    """Google answers 429 with a quota of 0, which no waiting mends."""
    publisher = publisher_of(means)
    sandbox.set_up("google", no_quota=True)
    with pytest.raises(InvalidInput, match="not approved for this API"):
        publisher.verify()


def test_a_channel_without_its_account_asks_to_be_connected_again(means: Means) -> None:
    """The account goes with the credentials: posts have it in their address."""
    token = {"access_token": connect_shop(means)["access_token"]}
    with pytest.raises(AccessRevoked, match="Connect it again"):
        publisher_of(means, token).verify()
