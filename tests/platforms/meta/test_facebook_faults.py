"""A Facebook Page that misbehaves: every way a call can fail is sorted into the right family, and nothing is twice."""

from __future__ import annotations

import pytest

from leadmetrics_pipelines.errors import (
    AccessRevoked,
    ContentRejected,
    LeadmetricsError,
    OutcomeUnknown,
    PlatformUnavailable,
    RateLimited,
)
from leadmetrics_pipelines.kit.clock import FixedClock
from leadmetrics_pipelines.platforms.meta.facebook.publisher import FacebookPublisher
from leadmetrics_pipelines.sandbox.faults import Effect
from leadmetrics_pipelines.sandbox.running import RunningSandbox
from tests.platforms.meta.builders import a_jpeg, a_post, publish


@pytest.mark.parametrize(
    ("effect", "status", "family", "on_page"),
    [
        ("drop_before", 500, OutcomeUnknown, 0),
        ("drop_after", 500, OutcomeUnknown, 1),
        ("garbled_after", 500, OutcomeUnknown, 1),
        ("html", 500, OutcomeUnknown, 0),
        ("slow_after", 500, OutcomeUnknown, 1),
        ("status", 500, OutcomeUnknown, 0),
        ("status_after", 500, OutcomeUnknown, 1),
        ("status", 503, OutcomeUnknown, 0),
        ("status", 429, RateLimited, 0),
        ("status", 401, AccessRevoked, 0),
        ("status", 403, AccessRevoked, 0),
        ("status", 400, ContentRejected, 0),
    ],
)
def test_a_post_that_went_wrong(
    sandbox: RunningSandbox,
    page: FacebookPublisher,
    moving: FixedClock,
    effect: Effect,
    status: int,
    family: type[Exception],
    on_page: int,
) -> None:
    """Refused only where that is certain; one call; the look finds the truth."""
    post, since = a_post(), moving.now()
    prepared = page.prepare(post, {})
    sandbox.forget_calls()
    sandbox.set_fault("meta", effect, method="POST", path_regex="/feed", status=status, seconds=3)
    with pytest.raises(LeadmetricsError) as caught:
        page.send(prepared, {})
    assert type(caught.value) is family
    assert len(sandbox.calls("meta")) <= 1
    found = page.look(post, {}, since=since, thorough=True).ours
    assert (len(sandbox.held("meta")), found is not None) == (on_page, on_page == 1)


@pytest.mark.parametrize(("body", "family", "told"), [
    ({"code": 32, "message": "(#32) Page request limit reached"}, RateLimited, "Page has used up"),
    ({"code": 368, "message": "Blocked"}, AccessRevoked, "blocked"),
    ({"code": 190, "error_subcode": 460, "message": "Session invalid"}, AccessRevoked, "password was changed"),
    ({"code": 100, "error_subcode": 1609005, "message": "Bad link"}, ContentRejected, "cannot read the link"),
    ({"code": 1, "message": "Unknown"}, OutcomeUnknown, "looked at"),
])  # fmt: skip
@pytest.mark.parametrize("status", [400, 200])
def test_an_error_is_one_whatever_the_status(
    sandbox: RunningSandbox,
    page: FacebookPublisher,
    body: dict[str, object],
    family: type[Exception],
    told: str,
    status: int,
) -> None:
    """An answer of 200 with an error inside is an error, too."""
    prepared = page.prepare(a_post(), {})
    sandbox.set_fault("meta", "status", method="POST", path_regex="/feed", status=status, body={"error": body})
    with pytest.raises(family, match=told):
        page.send(prepared, {})


def test_a_limit_tells_how_long(sandbox: RunningSandbox, page: FacebookPublisher) -> None:
    """In minutes in its own header, in seconds in Retry-After; without either nothing is made up."""
    prepared = page.prepare(a_post(), {})
    sandbox.set_up("meta", usage_percent=100, regain_minutes=7)
    with pytest.raises(RateLimited) as caught:
        page.send(prepared, {})
    assert caught.value.retry_after == 420
    for headers, wait in (({"retry-after": "17"}, 17), ({}, None)):
        sandbox.set_fault("meta", "status", method="POST", path_regex="/feed", status=429, headers=headers)
        with pytest.raises(RateLimited) as caught:
            page.send(prepared, {})
        assert caught.value.retry_after == wait


@pytest.mark.parametrize("effect", ["drop_after", "status_after", "garbled_after"])
def test_a_photo_without_an_answer_is_only_a_fault(
    sandbox: RunningSandbox, page: FacebookPublisher, effect: Effect
) -> None:
    """Nothing is public; placing again ends well."""
    prepared = page.prepare(a_post(images=(a_jpeg(),)), {})
    sandbox.set_fault("meta", effect, method="POST", path_regex="/photos")
    with pytest.raises(PlatformUnavailable):
        page.place(prepared, {}, lambda _: None)
    page.send(prepared, page.place(prepared, {}, lambda _: None))
    assert [thing.images for thing in sandbox.held("meta")] == [1]


def test_a_link_that_leads_nowhere_is_refused(sandbox: RunningSandbox, page: FacebookPublisher) -> None:
    """With what to do; nothing was published."""
    sandbox.set_up("meta", unreachable_hosts=["gone.example"])
    with pytest.raises(ContentRejected, match="Check the link"):
        publish(page, a_post(link="https://gone.example/404"))
    assert sandbox.held("meta") == []


def test_a_blocked_page_tells_what_to_do(sandbox: RunningSandbox, page: FacebookPublisher) -> None:
    """368 is for a person, not for a retry."""
    sandbox.set_up("meta", blocked=True)
    with pytest.raises(AccessRevoked, match="Open the account"):
        publish(page, a_post())


def test_a_retired_version_is_for_the_agency(sandbox: RunningSandbox, page: FacebookPublisher) -> None:
    """Nothing was published, and no post is to blame."""
    body: dict[str, object] = {"error": {"code": 2500, "message": "Unknown path components: /v26.0"}}
    sandbox.set_fault("meta", "status", path_regex="/feed", status=400, body=body)
    with pytest.raises(LeadmetricsError, match="app must be updated") as caught:
        page.send(page.prepare(a_post(), {}), {})
    assert caught.value.code == "InvalidInput"


def test_no_token_comes_into_a_message(sandbox: RunningSandbox, page: FacebookPublisher) -> None:
    """Meta repeats a malformed token; we do not."""
    token = "EAAB" + "x" * 60
    body: dict[str, object] = {"error": {"code": 190, "message": f"Malformed access token {token}"}}
    sandbox.set_fault("meta", "status", status=401, body=body)
    with pytest.raises(AccessRevoked) as caught:
        page.verify()
    assert token not in str(caught.value)
