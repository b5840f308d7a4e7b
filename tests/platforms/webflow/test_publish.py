"""Posts through a Webflow that works: placed, published, looked for, read back."""

from __future__ import annotations

from typing import Any

import pytest

from leadmetrics_pipelines.errors import ContentRejected
from leadmetrics_pipelines.kit.clock import FixedClock
from leadmetrics_pipelines.platforms.publishing import LivePost, OutgoingArticle
from leadmetrics_pipelines.platforms.webflow.publisher import WebflowPublisher
from leadmetrics_pipelines.sandbox.running import RunningSandbox
from tests.platforms.articles import a_picture, an_article
from tests.platforms.campaigns import Ledger
from tests.platforms.webflow.conftest import COLLECTION


def publish(publisher: WebflowPublisher, item: OutgoingArticle, ledger: Ledger | None = None) -> LivePost:
    """Prepare, place and send."""
    ledger = ledger or Ledger()
    prepared = publisher.prepare(item, ledger.last)
    live = publisher.send(prepared, publisher.place(prepared, ledger.last, ledger.keep))
    assert isinstance(live, LivePost)
    return live


def act(sandbox: RunningSandbox, blog: dict[str, str], method: str, path: str, body: Any = None) -> Any:  # noqa: ANN401  JSON
    """What a person does in Webflow's own pages."""
    answer = sandbox.control.request(
        method, f"/api.webflow.com/v2/collections/{COLLECTION}/items{path}", json=body,
        headers={"Authorization": f"Bearer {blog['access_token']}"},
    ).raise_for_status()  # fmt: skip
    return answer.json() if answer.content else None


def test_a_post_is_public_as_it_was_written(sandbox: RunningSandbox, publisher: WebflowPublisher) -> None:
    """With picture, summary and tags; the page is where the address says."""
    item, ledger = an_article(image=a_picture(), tags=("teak", "balcony")), Ledger()
    live = publish(publisher, item, ledger)
    (held,) = sandbox.held("webflow")
    assert (live.remote_id, live.slug, live.status, live.differences) == (held.id, item.slug, "published", ())
    assert (held.is_public, held.images) == (True, 1)
    assert live.url == f"{sandbox.url}/acme-garden.webflow.io/blog/{item.slug}"
    page = sandbox.control.get(live.url).text
    assert "<h2>Teak</h2>" in page
    assert 'alt="A chair"' in page
    assert [sorted(kept) for kept in ledger.kept] == [["asset_url"], ["asset_url", "item_id"]]
    assert publisher.read_back(held.id).state == "live"


def test_sending_is_one_call_that_writes(sandbox: RunningSandbox, publisher: WebflowPublisher) -> None:
    """Everything else was done by `place`, and no reader saw it."""
    prepared, ledger = publisher.prepare(an_article(image=a_picture()), {}), Ledger()
    handles = publisher.place(prepared, {}, ledger.keep)
    assert [held.is_public for held in sandbox.held("webflow")] == [False]
    sandbox.forget_calls()
    publisher.send(prepared, handles)
    assert [call.method for call in sandbox.calls("webflow")] == ["POST", "GET"]


def test_placing_again_resumes(sandbox: RunningSandbox, publisher: WebflowPublisher, blog: dict[str, str]) -> None:
    """With the handles and without; what was edited meanwhile is what was approved again."""
    item, ledger = an_article(image=a_picture()), Ledger()
    prepared = publisher.prepare(item, {})
    first = publisher.place(prepared, {}, ledger.keep)
    act(sandbox, blog, "PATCH", f"/{first['item_id']}", {"fieldData": {"post-body": "<p>Buy now</p>"}})
    assert publisher.place(prepared, first, ledger.keep) == first
    assert publisher.place(prepared, {}, ledger.keep)["item_id"] == first["item_id"]
    (held,) = sandbox.held("webflow")
    assert "Buy now" not in held.text


def test_a_draft_that_was_deleted_is_made_anew(
    sandbox: RunningSandbox, publisher: WebflowPublisher, blog: dict[str, str]
) -> None:
    """Nothing was public before `send`."""
    prepared, ledger = publisher.prepare(an_article(), {}), Ledger()
    first = publisher.place(prepared, {}, ledger.keep)
    act(sandbox, blog, "DELETE", f"/{first['item_id']}")
    assert publisher.place(prepared, first, ledger.keep)["item_id"] != first["item_id"]


def test_a_slug_that_another_item_has_is_told_first(
    sandbox: RunningSandbox, publisher: WebflowPublisher, blog: dict[str, str]
) -> None:
    """Webflow would hang a suffix on it, without a word."""
    item = an_article()
    act(sandbox, blog, "POST", "", {"fieldData": {"name": "Another", "slug": item.slug}})
    look = publisher.look(item, {}, since=None, thorough=False)
    assert (look.ours, look.slug_taken, look.is_certain) == (None, True, True)
    with pytest.raises(ContentRejected, match="another item has the slug"):
        publish(publisher, item)
    assert len(sandbox.held("webflow")) == 1


def test_a_suffix_that_came_after_all_is_told(
    sandbox: RunningSandbox, publisher: WebflowPublisher, blog: dict[str, str]
) -> None:
    """Should another item take the slug between the question and the writing; and it is found under the suffix."""
    sandbox.set_up("webflow", lists_lag_seconds=60)
    item, ledger = an_article(), Ledger()
    act(sandbox, blog, "POST", "", {"fieldData": {"name": "Another", "slug": item.slug}})
    live = publish(publisher, item, ledger)
    assert live.slug.startswith(f"{item.slug}-")
    assert live.differences == (f"The slug is '{live.slug}' at Webflow instead of '{item.slug}'.",)
    sandbox.set_up("webflow", lists_lag_seconds=0)
    found = publisher.look(item, {}, since=None, thorough=True).ours
    assert found
    assert found.remote_id == live.remote_id


def test_a_look_tells_placed_published_and_deleted_apart(
    sandbox: RunningSandbox, publisher: WebflowPublisher, moving: FixedClock, blog: dict[str, str]
) -> None:
    """A placed item is certain only once the call is settled."""
    item, ledger = an_article(), Ledger()
    assert publisher.look(item, {}, since=None, thorough=True).is_certain
    prepared = publisher.prepare(item, {})
    handles, since = publisher.place(prepared, {}, ledger.keep), moving.now()
    assert not publisher.look(item, handles, since=since, thorough=True).is_certain
    moving.advance(seconds=61)
    settled = publisher.look(item, handles, since=since, thorough=True)
    assert (settled.ours, settled.is_certain) == (None, True)
    publisher.send(prepared, handles)
    assert publisher.look(item, handles, since=since, thorough=True).ours
    act(sandbox, blog, "DELETE", f"/{handles['item_id']}")
    assert not publisher.look(item, handles, since=since, thorough=True).is_certain


def test_what_became_of_a_published_post(
    sandbox: RunningSandbox, publisher: WebflowPublisher, blog: dict[str, str], moving: FixedClock
) -> None:
    """Edited, taken off, deleted."""
    live = publish(publisher, an_article())
    sandbox.advance_clock(seconds=5)
    act(sandbox, blog, "PATCH", f"/{live.remote_id}", {"fieldData": {"post-body": "<p>Other words</p>"}})
    edited = publisher.read_back(live.remote_id)
    assert (edited.state, edited.text) == ("edited", "<p>Other words</p>")
    act(sandbox, blog, "DELETE", f"/{live.remote_id}/live")
    assert publisher.read_back(live.remote_id).state == "deleted"
    act(sandbox, blog, "DELETE", f"/{live.remote_id}")
    assert publisher.read_back(live.remote_id).state == "deleted"


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"slug": "Not A Slug"}, "joined by single hyphens"),
        ({"title": "🪴"}, "no letters or digits"),
        ({"title": "x" * 257}, "257 characters; 256 fit"),
        ({"body_html": " "}, "no body"),
    ],
)
def test_what_does_not_fit_is_refused_before_any_call(
    publisher: WebflowPublisher, changes: dict[str, str], told: str
) -> None:
    """In words."""
    with pytest.raises(ContentRejected, match=told):
        publisher.prepare(an_article(**changes), {})
