"""Connecting a TikTok account, tokens that rotate, and what can go wrong on the way."""

from __future__ import annotations

import dataclasses
from datetime import timedelta
from typing import Any

import httpx
import pytest

from leadmetrics_pipelines.errors import AccessRevoked, InvalidInput, OutcomeUnknown, RateLimited
from leadmetrics_pipelines.kit.clock import FixedClock
from leadmetrics_pipelines.platforms.connecting import Grant
from leadmetrics_pipelines.platforms.tiktok.oauth import TikTokConnector
from leadmetrics_pipelines.platforms.tiktok.publisher import TikTokPublisher
from leadmetrics_pipelines.sandbox.faults import Effect
from leadmetrics_pipelines.sandbox.running import RunningSandbox
from tests.platforms.consenting import APP, answer_consent
from tests.platforms.tiktok.conftest import KEYS, let_in

TOKEN = "/oauth/token/"


def code_from(connector: TikTokConnector) -> str:
    """A code that nobody has used."""
    return answer_consent(connector.authorize_url(state="s", redirect_uri=APP, challenge=None))["code"]


def test_lives_and_scopes_are_read_from_the_answer(
    connector: TikTokConnector, grant: Grant, moving: FixedClock
) -> None:
    """Two hours and 180 days; nothing of it is shown."""
    assert grant.expires_at == moving.now() + timedelta(seconds=7200)
    assert grant.refresh_expires_at == moving.now() + timedelta(days=180)
    assert grant.scopes == frozenset(scope.name for scope in connector.scopes)
    assert sorted(grant.credentials) == ["access_token", "open_id", "refresh_token"]
    assert grant.credentials["refresh_token"] not in repr(grant)


def test_one_consent_reaches_one_account(connector: TikTokConnector, grant: Grant) -> None:
    """With its name and address."""
    (choice,) = connector.accounts(grant)
    assert (choice.account_id, choice.name, choice.detail) == (
        grant.credentials["open_id"], "Acme Garden Furniture", "@acmegarden",
    )  # fmt: skip
    assert choice.refusal == ""
    assert "Acme Garden Furniture" in httpx.get(choice.address, trust_env=False).text


@pytest.mark.parametrize(
    ("setup", "without", "why"),
    [
        ({"privacy_options": ["SELF_ONLY"]}, (), "private"),
        ({"is_banned": True}, (), "banned"),
        ({}, ("video.publish",), "every box"),
    ],
)
def test_an_account_that_cannot_post_publicly_says_why(
    sandbox: RunningSandbox, connector: TikTokConnector, setup: dict[str, Any], without: tuple[str, ...], why: str
) -> None:
    """And what to do."""
    sandbox.set_up("tiktok", **setup)
    (choice,) = connector.accounts(let_in(connector, without=without))
    assert why in choice.refusal


def test_a_denial_comes_back_as_one(connector: TikTokConnector) -> None:
    """With the state, without a code."""
    url = connector.authorize_url(state="a & b", redirect_uri=APP, challenge=None)
    back = answer_consent(url, decision="deny")
    assert (back["error"], back["state"], "code" in back) == ("access_denied", "a & b", False)


@pytest.mark.parametrize("as_200", [False, True])
def test_a_code_is_good_once_and_for_its_redirect(
    sandbox: RunningSandbox, connector: TikTokConnector, *, as_200: bool
) -> None:
    """Refusals come with status 200, too."""
    sandbox.set_up("tiktok", errors_as_200=as_200)
    code = code_from(connector)
    with pytest.raises(AccessRevoked, match="invalid_grant"):
        connector.exchange(code=code, redirect_uri=f"{APP}/other", verifier=None)
    connector.exchange(code=code, redirect_uri=APP, verifier=None)
    with pytest.raises(AccessRevoked, match="invalid_grant"):
        connector.exchange(code=code, redirect_uri=APP, verifier=None)


def test_a_wrong_secret_is_the_agencys_to_correct(connector: TikTokConnector, means: dict[str, Any]) -> None:
    """It says where."""
    wrong = TikTokConnector(keys=dataclasses.replace(KEYS, client_secret="wrong"), **means)
    with pytest.raises(InvalidInput, match="settings"):
        wrong.exchange(code=code_from(connector), redirect_uri=APP, verifier=None)


def test_renewing_rotates_both_tokens(connector: TikTokConnector, grant: Grant, means: dict[str, Any]) -> None:
    """The new ones work; the old refresh token does not."""
    fresh = connector.renew(grant.credentials)
    assert fresh.credentials["refresh_token"] != grant.credentials["refresh_token"]
    account = grant.credentials["open_id"]
    assert TikTokPublisher(account_id=account, credentials=fresh.credentials, **means).verify().name == "@acmegarden"
    with pytest.raises(AccessRevoked):
        connector.renew(grant.credentials)


@pytest.mark.parametrize("effect", ["drop_after", "slow_after", "status_after", "garbled_after"])
def test_a_renewal_without_an_answer_leaves_the_outcome_open(
    sandbox: RunningSandbox, connector: TikTokConnector, grant: Grant, effect: Effect
) -> None:
    """The old token may be dead: here it is."""
    sandbox.set_fault("tiktok", effect, path_regex=TOKEN, seconds=3)
    with pytest.raises(OutcomeUnknown):
        connector.renew(grant.credentials)
    with pytest.raises(AccessRevoked):
        connector.renew(grant.credentials)


@pytest.mark.parametrize(("headers", "wait"), [({"retry-after": "17"}, 17), ({}, 60)])
def test_a_renewal_that_must_wait(
    sandbox: RunningSandbox, connector: TikTokConnector, grant: Grant, headers: dict[str, str], wait: float
) -> None:
    """Nothing has rotated; a sliding minute where TikTok does not say."""
    sandbox.set_fault("tiktok", "status", path_regex=TOKEN, status=429, headers=headers)
    with pytest.raises(RateLimited) as caught:
        connector.renew(grant.credentials)
    assert caught.value.retry_after == wait
    assert connector.renew(grant.credentials).credentials


def test_access_that_ran_out_is_renewed_until_its_end(
    sandbox: RunningSandbox, connector: TikTokConnector, grant: Grant, account: TikTokPublisher
) -> None:
    """After two hours by the refresh token, after 180 days by a person."""
    sandbox.advance_clock(seconds=7201)
    with pytest.raises(AccessRevoked, match="run out"):
        account.verify()
    fresh = connector.renew(grant.credentials)
    sandbox.advance_clock(days=181)
    with pytest.raises(AccessRevoked, match="Connect the channel again"):
        connector.renew(fresh.credentials)


def test_revoking_ends_all_and_may_be_repeated(
    connector: TikTokConnector, grant: Grant, account: TikTokPublisher
) -> None:
    """What is gone already is no error."""
    connector.revoke(grant.credentials)
    connector.revoke(grant.credentials)
    with pytest.raises(AccessRevoked):
        account.verify()
    with pytest.raises(AccessRevoked):
        connector.renew(grant.credentials)


def test_a_scope_that_was_taken_back_is_named(sandbox: RunningSandbox, account: TikTokPublisher) -> None:
    """By the probe, before a post needs it."""
    assert account.verify().can_publish
    sandbox.set_up("tiktok", missing_scopes=["video.publish"])
    with pytest.raises(AccessRevoked, match=r"video\.publish"):
        account.verify()


def test_access_to_another_account_is_noticed(grant: Grant, means: dict[str, Any]) -> None:
    """A person who switched accounts in the browser."""
    with pytest.raises(AccessRevoked, match="another TikTok account"):
        TikTokPublisher(account_id="somebody-else", credentials=grant.credentials, **means).verify()
