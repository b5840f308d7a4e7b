"""A LinkedIn that misbehaves: what is said, and what is there afterwards."""

from __future__ import annotations

import pytest

from leadmetrics_pipelines.errors import (
    AccessRevoked,
    ContentRejected,
    InvalidInput,
    LeadmetricsError,
    OutcomeUnknown,
    PassingError,
    PlatformUnavailable,
    RateLimited,
)
from leadmetrics_pipelines.kit.clock import FixedClock
from leadmetrics_pipelines.platforms.linkedin.publisher import LinkedInPublisher
from leadmetrics_pipelines.sandbox.faults import Effect
from leadmetrics_pipelines.sandbox.running import RunningSandbox
from tests.platforms.builders import an_image
from tests.platforms.linkedin.conftest import PAGE
from tests.platforms.social import a_social, place, publish

POSTS = "/rest/posts$"


@pytest.mark.parametrize(
    ("effect", "status", "family", "there"),
    [
        ("drop_before", 500, OutcomeUnknown, 0),
        ("drop_after", 500, OutcomeUnknown, 1),
        ("hang", 500, OutcomeUnknown, 0),
        ("slow_after", 500, OutcomeUnknown, 1),
        ("html", 200, OutcomeUnknown, 0),
        ("status", 500, OutcomeUnknown, 0),
        ("status", 503, OutcomeUnknown, 0),
        ("status_after", 504, OutcomeUnknown, 1),
        ("status_after", 201, OutcomeUnknown, 1),
        ("status", 429, RateLimited, 0),
        ("status", 401, AccessRevoked, 0),
        ("status", 403, AccessRevoked, 0),
        ("status", 400, ContentRejected, 0),
        ("status", 422, ContentRejected, 0),
        ("status", 426, InvalidInput, 0),
        ("status", 413, PlatformUnavailable, 0),
    ],
)
def test_a_write_that_went_wrong(
    sandbox: RunningSandbox, publisher: LinkedInPublisher, moving: FixedClock,
    effect: Effect, status: int, family: type[Exception], there: int,
) -> None:  # fmt: skip
    """One call in every case; the look finds the truth."""
    item, since = a_social(), moving.now()
    moving.advance(seconds=90)
    prepared = publisher.prepare(item, {})
    sandbox.set_fault("linkedin", effect, method="POST", path_regex=POSTS, status=status, seconds=3)
    sandbox.forget_calls()
    with pytest.raises(LeadmetricsError) as caught:
        publisher.send(prepared, {})
    assert caught.value.code == family.__name__
    assert len([call for call in sandbox.calls("linkedin") if call.method == "POST"]) <= 1
    look = publisher.look(item, {}, since=since, thorough=True)
    assert (len(sandbox.held("linkedin")), look.ours is not None, look.is_certain) == (there, there == 1, True)


@pytest.mark.parametrize(("headers", "wait"), [({"retry-after": "120"}, 120.0), ({}, None)])
def test_a_plea_for_patience_is_passed_on(
    sandbox: RunningSandbox, publisher: LinkedInPublisher, headers: dict[str, str], wait: float | None
) -> None:
    """LinkedIn itself sends no header; one from an edge is believed."""
    sandbox.set_fault("linkedin", "status", method="POST", path_regex=POSTS, status=429, headers=headers)
    with pytest.raises(RateLimited) as caught:
        publish(publisher, a_social())
    assert caught.value.retry_after == wait


def test_the_days_quota_ends_in_patience(sandbox: RunningSandbox, publisher: LinkedInPublisher) -> None:
    """429 without a header, and nothing written."""
    sandbox.set_up("linkedin", daily_posts=1)
    publish(publisher, a_social(text="First"))
    with pytest.raises(RateLimited):
        publish(publisher, a_social(text="Second"))
    assert len(sandbox.held("linkedin")) == 1


def test_a_retired_version_needs_an_update(sandbox: RunningSandbox, publisher: LinkedInPublisher) -> None:
    """426 on every call: permanent, and it says which version."""
    sandbox.set_up("linkedin", oldest_version="202610")
    for call in (publisher.verify, lambda: publish(publisher, a_social())):
        with pytest.raises(InvalidInput, match="202609"):
            call()


def test_a_lost_role_is_lost_access(sandbox: RunningSandbox, publisher: LinkedInPublisher) -> None:
    """Nothing is written, and the message says who can mend it."""
    sandbox.set_up("linkedin", roles={PAGE: ""})
    with pytest.raises(AccessRevoked, match="Content admin"):
        publish(publisher, a_social())


@pytest.mark.parametrize(("method", "path"), [("POST", "initializeUpload"), ("PUT", "dms-uploads"), ("GET", "images")])
@pytest.mark.parametrize("effect", ["drop_after", "status", "html"])
def test_placing_fails_for_the_moment_only(
    sandbox: RunningSandbox, publisher: LinkedInPublisher, method: str, path: str, effect: Effect
) -> None:
    """Nothing is public yet, so it is done again; the post has its picture once."""
    item = a_social(images=(an_image(),))
    kept: list[dict[str, str]] = [{}]
    sandbox.set_fault("linkedin", effect, method=method, path_regex=path, status=500)
    with pytest.raises(PassingError):
        publisher.place(publisher.prepare(item, {}), {}, lambda handles: kept.append(dict(handles)))
    handles, _ = place(publisher, item, kept[-1])
    publisher.send(publisher.prepare(item, handles), handles)
    (held,) = sandbox.held("linkedin")
    assert held.images == 1


def test_a_look_that_fails_is_no_answer(
    sandbox: RunningSandbox, publisher: LinkedInPublisher, moving: FixedClock
) -> None:
    """It raises; it never says "not there"."""
    sandbox.set_fault("linkedin", "drop_after", method="GET", path_regex="q=author")
    with pytest.raises(PlatformUnavailable):
        publisher.look(a_social(), {}, since=moving.now(), thorough=True)


def test_a_comparison_that_fails_is_told_not_raised(sandbox: RunningSandbox, publisher: LinkedInPublisher) -> None:
    """The post is live; only its text could not be compared."""
    sandbox.set_fault("linkedin", "status", method="GET", path_regex="/rest/posts/", status=500)
    live = publish(publisher, a_social())
    assert "could not be compared" in live.differences[0]


def test_a_lost_comment_is_looked_for(sandbox: RunningSandbox, publisher: LinkedInPublisher) -> None:
    """As a post is."""
    live = publish(publisher, a_social())
    sandbox.set_fault("linkedin", "drop_after", method="POST", path_regex="comments$")
    with pytest.raises(OutcomeUnknown):
        publisher.comment(live.remote_id, "First")
    assert publisher.find_comment(live.remote_id, "First").ours is not None


def test_messages_carry_no_token_and_no_text(sandbox: RunningSandbox, publisher: LinkedInPublisher) -> None:
    """Whatever went wrong."""
    for status in (401, 403, 429, 500):
        sandbox.set_fault("linkedin", "status", method="POST", path_regex=POSTS, status=status)
        with pytest.raises(LeadmetricsError) as caught:
            publish(publisher, a_social(text="A private sentence"))
        assert publisher._client._token not in str(caught.value)
        assert "private" not in str(caught.value)
