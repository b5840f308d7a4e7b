"""A Webflow that misbehaves: what is said, and how many posts there are."""

from __future__ import annotations

import pytest

from leadmetrics_pipelines.errors import (
    AccessRevoked,
    ContentRejected,
    InvalidInput,
    OutcomeUnknown,
    PlatformUnavailable,
    RateLimited,
)
from leadmetrics_pipelines.kit.clock import FixedClock
from leadmetrics_pipelines.platforms.webflow.publisher import WebflowPublisher
from leadmetrics_pipelines.sandbox.faults import Effect
from leadmetrics_pipelines.sandbox.running import RunningSandbox
from tests.platforms.articles import a_picture, an_article
from tests.platforms.campaigns import Ledger

PUBLISH = "/items/publish$"


@pytest.mark.parametrize(
    ("effect", "status", "family", "public"),
    [
        ("drop_before", 500, OutcomeUnknown, 0),
        ("drop_after", 500, OutcomeUnknown, 1),
        ("html", 200, OutcomeUnknown, 0),
        ("status", 500, OutcomeUnknown, 0),
        ("status_after", 502, OutcomeUnknown, 1),
        ("status", 429, RateLimited, 0),
        ("status", 409, InvalidInput, 0),
        ("status", 400, ContentRejected, 0),
        ("status", 401, AccessRevoked, 0),
        ("status", 403, AccessRevoked, 0),
    ],
)
def test_a_publishing_that_went_wrong(
    sandbox: RunningSandbox, publisher: WebflowPublisher, moving: FixedClock,
    effect: Effect, status: int, family: type[Exception], public: int,
) -> None:  # fmt: skip
    """Not public only where that is certain; the look finds the truth; a second try makes no second post."""
    item, ledger = an_article(), Ledger()
    prepared = publisher.prepare(item, {})
    handles = publisher.place(prepared, {}, ledger.keep)
    sandbox.set_fault("webflow", effect, path_regex=PUBLISH, status=status)
    since = moving.now()
    with pytest.raises(family) as caught:
        publisher.send(prepared, handles)
    assert type(caught.value) is family
    moving.advance(seconds=300)
    look = publisher.look(item, handles, since=since, thorough=True)
    assert (look.ours is not None, look.is_certain) == (bool(public), True)
    publisher.send(prepared, handles)
    assert [held.is_public for held in sandbox.held("webflow")] == [True]


def test_an_accepted_call_with_an_error_inside_is_an_error(
    sandbox: RunningSandbox, publisher: WebflowPublisher
) -> None:
    """202 alone is no proof."""
    prepared, ledger = publisher.prepare(an_article(), {}), Ledger()
    handles = publisher.place(prepared, {}, ledger.keep)
    sandbox.set_up("webflow", publish_error="Item has invalid references")
    with pytest.raises(ContentRejected, match="invalid references"):
        publisher.send(prepared, handles)
    sandbox.set_fault("webflow", "status", path_regex=PUBLISH, status=202, body={"publishedItemIds": ["another"]})
    with pytest.raises(OutcomeUnknown, match="among the published"):
        publisher.send(prepared, handles)


def test_a_changed_structure_says_what_to_do(sandbox: RunningSandbox, publisher: WebflowPublisher) -> None:
    """The conflict of the reference."""
    prepared, ledger = publisher.prepare(an_article(), {}), Ledger()
    handles = publisher.place(prepared, {}, ledger.keep)
    sandbox.set_up("webflow", structure_changed=True)
    with pytest.raises(InvalidInput, match="Publish the whole site once"):
        publisher.send(prepared, handles)


@pytest.mark.parametrize("effect", ["drop_after", "status_after"])
@pytest.mark.parametrize("path", ["/assets$", "/webflow-prod-assets$", "/items$"])
def test_a_lost_step_is_resumed_without_a_second_item(
    sandbox: RunningSandbox, publisher: WebflowPublisher, effect: Effect, path: str
) -> None:
    """What was made without an answer is found by its slug, title and text."""
    item, ledger = an_article(image=a_picture()), Ledger()
    prepared = publisher.prepare(item, {})
    sandbox.set_fault("webflow", effect, method="POST", path_regex=path)
    with pytest.raises(PlatformUnavailable):
        publisher.place(prepared, {}, ledger.keep)
    handles = publisher.place(prepared, ledger.last, ledger.keep)
    publisher.send(prepared, handles)
    assert [(held.is_public, held.images) for held in sandbox.held("webflow")] == [(True, 1)]


@pytest.mark.parametrize(
    ("status", "family"), [(400, ContentRejected), (403, PlatformUnavailable), (503, PlatformUnavailable)]
)
def test_a_store_that_refuses_a_picture(
    sandbox: RunningSandbox, publisher: WebflowPublisher, status: int, family: type[Exception]
) -> None:
    """Of the picture only where the store says so; it never gets the token (the twin's store would refuse that)."""
    prepared = publisher.prepare(an_article(image=a_picture()), {})
    sandbox.set_fault("webflow", "status", path_regex="/webflow-prod-assets$", status=status)
    with pytest.raises(family, match="store"):
        publisher.place(prepared, {}, Ledger().keep)
    publisher.place(prepared, {}, Ledger().keep)


def test_a_pause_says_how_long(sandbox: RunningSandbox, publisher: WebflowPublisher) -> None:
    """Webflow's header."""
    sandbox.set_fault("webflow", "status", status=429, headers={"Retry-After": "60"})
    with pytest.raises(RateLimited) as caught:
        publisher.verify()
    assert caught.value.retry_after == 60


def test_a_lost_role_is_told(sandbox: RunningSandbox, publisher: WebflowPublisher) -> None:
    """The token lives, but may not write any more."""
    sandbox.set_up("webflow", role_lost=True)
    with pytest.raises(AccessRevoked, match="edit and publish the site"):
        publisher.place(publisher.prepare(an_article(), {}), {}, Ledger().keep)
    assert sandbox.held("webflow") == []
