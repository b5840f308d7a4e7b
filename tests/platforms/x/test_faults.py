"""An X that misbehaves: what is said, and what is there afterwards."""

from __future__ import annotations

import pytest

from leadmetrics_pipelines.errors import (
    AccessRevoked,
    ContentRejected,
    LeadmetricsError,
    OutcomeUnknown,
    PassingError,
    PlatformUnavailable,
    RateLimited,
)
from leadmetrics_pipelines.kit.clock import FixedClock
from leadmetrics_pipelines.platforms.x.publisher import XPublisher
from leadmetrics_pipelines.sandbox.faults import Effect
from leadmetrics_pipelines.sandbox.running import RunningSandbox
from tests.platforms.builders import an_image
from tests.platforms.social import a_social, place, publish

TWEETS = "/2/tweets$"


@pytest.mark.parametrize(
    ("effect", "status", "family", "there"),
    [
        ("drop_before", 500, OutcomeUnknown, 0),
        ("drop_after", 500, OutcomeUnknown, 1),
        ("hang", 500, OutcomeUnknown, 0),
        ("slow_after", 500, OutcomeUnknown, 1),
        ("html", 200, OutcomeUnknown, 0),
        ("garbled_after", 200, OutcomeUnknown, 1),
        ("status", 500, OutcomeUnknown, 0),
        ("status", 503, OutcomeUnknown, 0),
        ("status_after", 504, OutcomeUnknown, 1),
        ("status", 429, RateLimited, 0),
        ("status", 401, AccessRevoked, 0),
        ("status", 402, PlatformUnavailable, 0),
        ("status", 403, AccessRevoked, 0),
        ("status", 400, ContentRejected, 0),
        ("status", 413, PlatformUnavailable, 0),
    ],
)
def test_a_write_that_went_wrong(
    sandbox: RunningSandbox, publisher: XPublisher, moving: FixedClock,
    effect: Effect, status: int, family: type[Exception], there: int,
) -> None:  # fmt: skip
    """One call in every case; the look finds the truth."""
    item, since = a_social(), moving.now()
    moving.advance(seconds=90)
    sandbox.set_fault("x", effect, method="POST", path_regex=TWEETS, status=status, seconds=3)
    sandbox.forget_calls()
    with pytest.raises(LeadmetricsError) as caught:
        publisher.send(publisher.prepare(item, {}), {})
    assert type(caught.value) is family
    assert len([call for call in sandbox.calls("x") if call.method == "POST"]) <= 1
    look = publisher.look(item, {}, since=since, thorough=True)
    assert (len(sandbox.held("x")), look.ours is not None, look.is_certain) == (there, there == 1, True)


def test_a_success_without_an_id_proves_nothing(sandbox: RunningSandbox, publisher: XPublisher) -> None:
    """A 201 with an error inside, or without data."""
    bodies: list[dict[str, object]] = [{"errors": [{"title": "Oops"}]}, {"data": {}}, {"data": {"id": ""}}]
    for body in bodies:
        sandbox.set_fault("x", "status", method="POST", path_regex=TWEETS, status=201, body=body)
        with pytest.raises(OutcomeUnknown):
            publish(publisher, a_social())


def test_patience_lasts_until_the_reset(sandbox: RunningSandbox, publisher: XPublisher, moving: FixedClock) -> None:
    """X says when it counts anew; until then the quota is none."""
    sandbox.set_up("x", rate_limits={"POST /2/tweets": 1})
    publish(publisher, a_social(text="First"))
    with pytest.raises(RateLimited) as caught:
        publish(publisher, a_social(text="Second"))
    assert caught.value.retry_after is not None
    assert 890 < caught.value.retry_after <= 900
    quota = publisher.quota()
    assert quota is not None
    assert quota.left == 0
    assert len(sandbox.held("x")) == 1


@pytest.mark.parametrize(("headers", "wait"), [({"retry-after": "120"}, 120.0), ({}, None)])
def test_a_plea_for_patience_is_passed_on(
    sandbox: RunningSandbox, publisher: XPublisher, headers: dict[str, str], wait: float | None
) -> None:
    """With and without a word of how long."""
    sandbox.set_fault("x", "status", method="POST", path_regex=TWEETS, status=429, headers=headers)
    with pytest.raises(RateLimited) as caught:
        publish(publisher, a_social())
    assert caught.value.retry_after == wait


@pytest.mark.parametrize(
    ("change", "family", "says"),
    [
        ({"suspended": True}, AccessRevoked, "Sign in to X"),
        ({"credits": 0}, PlatformUnavailable, "credits"),
        ({"monthly_cap_reached": True}, RateLimited, "monthly share"),
    ],
)
def test_what_the_account_or_the_app_lacks_is_named(
    sandbox: RunningSandbox, publisher: XPublisher, change: dict[str, object], family: type[Exception], says: str
) -> None:
    """Nothing is public, and the message says who can mend it."""
    sandbox.set_up("x", **change)
    with pytest.raises(family, match=says):
        publish(publisher, a_social())
    assert sandbox.held("x") == []


@pytest.mark.parametrize("path", ["media/upload$", "media/metadata$"])
@pytest.mark.parametrize("effect", ["drop_after", "status", "html"])
def test_placing_fails_for_the_moment_only(
    sandbox: RunningSandbox, publisher: XPublisher, path: str, effect: Effect
) -> None:
    """Nothing is public yet, so it is done again; the post has its picture once."""
    item = a_social(images=(an_image(),))
    kept: list[dict[str, str]] = [{}]
    sandbox.set_fault("x", effect, method="POST", path_regex=path, status=500)
    with pytest.raises(PassingError):
        publisher.place(publisher.prepare(item, {}), {}, lambda handles: kept.append(dict(handles)))
    handles, _ = place(publisher, item, kept[-1])
    publisher.send(publisher.prepare(item, handles), handles)
    (held,) = sandbox.held("x")
    assert held.images == 1


def test_a_look_that_fails_is_no_answer(sandbox: RunningSandbox, publisher: XPublisher, moving: FixedClock) -> None:
    """It raises, for a lost answer as for a 200 with errors alone; it never says "not there"."""
    sandbox.set_fault("x", "drop_after", method="GET", path_regex="/tweets")
    with pytest.raises(PlatformUnavailable):
        publisher.look(a_social(), {}, since=moving.now(), thorough=True)
    body: dict[str, object] = {"errors": [{"title": "Service Unavailable", "detail": "Try later"}]}
    sandbox.set_fault("x", "status", method="GET", path_regex="/tweets", status=200, body=body)
    with pytest.raises(PlatformUnavailable, match="without a list"):
        publisher.look(a_social(), {}, since=moving.now(), thorough=True)
    sandbox.set_fault("x", "status", method="GET", path_regex="/tweets", status=200, body=body)
    with pytest.raises(PlatformUnavailable, match="without data"):
        publisher.read_back("1")


def test_a_lost_reply_is_looked_for(sandbox: RunningSandbox, publisher: XPublisher) -> None:
    """As a post is."""
    live = publish(publisher, a_social())
    sandbox.set_fault("x", "drop_after", method="POST", path_regex=TWEETS)
    with pytest.raises(OutcomeUnknown):
        publisher.comment(live.remote_id, "First")
    assert publisher.find_comment(live.remote_id, "First").ours is not None


def test_messages_carry_no_token_and_no_text(sandbox: RunningSandbox, publisher: XPublisher) -> None:
    """X quotes what was sent in its errors; we do not pass it on."""
    body: dict[str, object] = {
        "title": "Invalid Request", "type": "https://api.x.com/2/problems/invalid-request", "detail": "Invalid.",
        "errors": [{"message": "Bad text", "parameters": {"text": ["A private sentence"]}}],
    }  # fmt: skip
    for status in (400, 401, 403, 429, 500):
        sandbox.set_fault("x", "status", method="POST", path_regex=TWEETS, status=status, body=body)
        with pytest.raises(LeadmetricsError) as caught:
            publish(publisher, a_social(text="A private sentence"))
        assert publisher._client._token not in str(caught.value)
        assert "private" not in str(caught.value)
