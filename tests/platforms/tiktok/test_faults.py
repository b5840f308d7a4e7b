"""A TikTok that misbehaves: every way a call can fail is sorted into the right family, and nothing is twice."""

from __future__ import annotations

import pytest

from leadmetrics_pipelines.errors import (
    AccessRevoked,
    ContentRejected,
    InvalidInput,
    LeadmetricsError,
    OutcomeUnknown,
    PlatformUnavailable,
    RateLimited,
)
from leadmetrics_pipelines.kit.clock import FixedClock
from leadmetrics_pipelines.platforms.tiktok.publisher import TikTokPublisher
from leadmetrics_pipelines.sandbox.faults import Effect
from leadmetrics_pipelines.sandbox.running import RunningSandbox
from tests.platforms.tiktok.test_publish import a_photo_post

INIT = "/content/init/"


@pytest.mark.parametrize(
    ("effect", "status", "family", "held"),
    [
        ("drop_before", 500, OutcomeUnknown, 0),
        ("drop_after", 500, OutcomeUnknown, 1),
        ("garbled_after", 500, OutcomeUnknown, 1),
        ("html", 500, OutcomeUnknown, 0),
        ("slow_after", 500, OutcomeUnknown, 1),
        ("status", 500, OutcomeUnknown, 0),
        ("status_after", 500, OutcomeUnknown, 1),
        ("status", 429, RateLimited, 0),
        ("status", 401, AccessRevoked, 0),
        ("status", 400, ContentRejected, 0),
    ],
)
def test_a_post_that_went_wrong(
    sandbox: RunningSandbox,
    account: TikTokPublisher,
    moving: FixedClock,
    effect: Effect,
    status: int,
    family: type[Exception],
    held: int,
) -> None:
    """Refused only where that is certain; one call; without an id a silent list is never taken for a no."""
    sandbox.set_up("tiktok", processing_polls=0)
    post, since = a_photo_post(), moving.now()
    prepared = account.prepare(post, {})
    sandbox.forget_calls()
    sandbox.set_fault("tiktok", effect, method="POST", path_regex=INIT, status=status, seconds=3)
    with pytest.raises(LeadmetricsError) as caught:
        account.send(prepared, {})
    assert type(caught.value) is family
    assert len(sandbox.calls("tiktok")) <= 1
    found = account.look(post, {}, since=since, thorough=True)
    assert (len(sandbox.held("tiktok")), found.ours is not None) == (held, held == 1)
    assert found.ours is not None or not found.is_certain


@pytest.mark.parametrize(
    ("code", "family", "told"),
    [
        ("access_token_invalid", AccessRevoked, "Connect"),
        ("scope_not_authorized", AccessRevoked, "Connect"),
        ("scope_permission_missed", AccessRevoked, "Connect"),
        ("rate_limit_exceeded", RateLimited, "later"),
        ("spam_risk_too_many_posts", RateLimited, "day"),
        ("spam_risk_too_many_pending_share", RateLimited, "finish"),
        ("reached_active_user_cap", RateLimited, "day"),
        ("spam_risk_user_banned_from_posting", AccessRevoked, "banned"),
        ("unaudited_client_can_only_post_to_private_accounts", AccessRevoked, "audit"),
        ("privacy_level_option_mismatch", AccessRevoked, "public"),
        ("url_ownership_unverified", InvalidInput, "domain"),
        ("invalid_params", ContentRejected, "approve"),
        ("invalid_file_upload", ContentRejected, "picture"),
        ("internal_error", OutcomeUnknown, "looked at"),
        ("something_new", OutcomeUnknown, "looked at"),
    ],
)
@pytest.mark.parametrize("status", [403, 200])
def test_an_error_is_one_whatever_the_status(
    sandbox: RunningSandbox, account: TikTokPublisher, code: str, family: type[Exception], told: str, status: int
) -> None:
    """Success is the code `ok` and nothing else."""
    body: dict[str, object] = {"data": {"publish_id": "p"}, "error": {"code": code, "message": "m", "log_id": "l"}}
    sandbox.set_fault("tiktok", "status", path_regex=INIT, status=status, body=body)
    with pytest.raises(family, match=told):
        account.send(account.prepare(a_photo_post(), {}), {})


@pytest.mark.parametrize("body", ['{"error": {"code": "ok"}, "data": {}}', '{"data": {"publish_id": "p"}}', "[]"])
def test_no_success_without_proof(sandbox: RunningSandbox, account: TikTokPublisher, body: str) -> None:
    """An `ok` without an id, an id without an `ok`, or neither."""
    sandbox.set_fault("tiktok", "status", path_regex=INIT, status=200, body=body)
    with pytest.raises(OutcomeUnknown):
        account.send(account.prepare(a_photo_post(), {}), {})


@pytest.mark.parametrize("effect", ["status", "drop_before", "html"])
def test_a_question_without_an_answer_is_asked_again(
    sandbox: RunningSandbox, account: TikTokPublisher, effect: Effect
) -> None:
    """Before a post (the account's options) nothing is lost."""
    prepared = account.prepare(a_photo_post(), {})
    sandbox.set_fault("tiktok", effect, path_regex="creator_info")
    with pytest.raises(PlatformUnavailable):
        account.place(prepared, {}, lambda _: None)
    assert account.place(prepared, {}, lambda _: None)["username"] == "acmegarden"


@pytest.mark.parametrize("as_200", [False, True])
def test_a_ban_is_found_before_the_post(sandbox: RunningSandbox, account: TikTokPublisher, *, as_200: bool) -> None:
    """By asking for the account's options, whatever the status."""
    sandbox.set_up("tiktok", is_banned=True, errors_as_200=as_200)
    with pytest.raises(AccessRevoked, match="banned"):
        account.place(account.prepare(a_photo_post(), {}), {}, lambda _: None)
    assert sandbox.held("tiktok") == []


def test_a_list_that_lags_leaves_a_lost_post_open(
    sandbox: RunningSandbox, account: TikTokPublisher, moving: FixedClock
) -> None:
    """For a person, at last; never for a second post."""
    sandbox.set_up("tiktok", processing_polls=0, lists_lag_seconds=3600)
    post, since = a_photo_post(), moving.now()
    sandbox.set_fault("tiktok", "drop_after", path_regex=INIT)
    with pytest.raises(OutcomeUnknown):
        account.send(account.prepare(post, {}), {})
    moving.advance(seconds=3000)
    found = account.look(post, {}, since=since, thorough=True)
    assert (found.ours, found.is_certain) == (None, False)
    assert "in the app" in found.detail
