"""Posts on a site at WordPress.com: WordPress's publisher over another client. Its own tests are WordPress's."""

from __future__ import annotations

import pytest

from leadmetrics_pipelines.errors import AccessRevoked, ContentRejected, OutcomeUnknown, RateLimited
from leadmetrics_pipelines.kit.clock import FixedClock
from leadmetrics_pipelines.platforms.publishing import LivePost, OutgoingArticle
from leadmetrics_pipelines.platforms.wordpress_com.publisher import WordPressComPublisher
from leadmetrics_pipelines.platforms.wordpress_com.reporter import WordPressComReporter
from leadmetrics_pipelines.sandbox.faults import Effect
from leadmetrics_pipelines.sandbox.running import RunningSandbox
from tests.platforms.articles import a_picture, an_article
from tests.platforms.campaigns import Ledger

POSTS = "/posts$"


def publish(publisher: WordPressComPublisher, item: OutgoingArticle) -> LivePost:
    """Prepare, place, prepare with what was placed, send."""
    ledger = Ledger()
    handles = publisher.place(publisher.prepare(item, {}), {}, ledger.keep)
    return publisher.send(publisher.prepare(item, handles), handles)


def test_a_post_is_public_as_it_was_written(sandbox: RunningSandbox, publisher: WordPressComPublisher) -> None:
    """With its picture, category and tags, at the site's own address."""
    item = an_article(image=a_picture(), categories=("Chairs",), tags=("teak",))
    live = publish(publisher, item)
    (held,) = sandbox.held("wordpress_com")
    assert (live.remote_id, live.slug, live.status, live.differences) == (held.id, item.slug, "publish", ())
    assert (held.account, held.is_public, held.images) == ("101", True, 1)
    assert "<h2>Teak</h2>" in sandbox.control.get(live.url).text
    assert publisher.look(item, {}, since=None, thorough=True).ours == live
    assert publisher.read_back(live.remote_id).state == "live"


def test_the_site_says_who_we_are(publisher: WordPressComPublisher, sandbox: RunningSandbox) -> None:
    """And that we may publish, until we may not."""
    account = publisher.verify()
    assert (account.site_name, account.can_publish) == ("Acme Garden Furniture", True)
    assert account.site_url == f"{sandbox.url}/acmegarden.wordpress.com"
    sandbox.set_up("wordpress_com", role="contributor")
    with pytest.raises(AccessRevoked, match="may not publish on Acme Garden Furniture"):
        publisher.verify()


@pytest.mark.parametrize(
    ("effect", "status", "family", "public"),
    [
        ("drop_before", 500, OutcomeUnknown, 0),
        ("drop_after", 500, OutcomeUnknown, 1),
        ("status_after", 502, OutcomeUnknown, 1),
        ("status", 429, RateLimited, 0),
        ("status", 401, AccessRevoked, 0),
        ("status", 400, ContentRejected, 0),
    ],
)
def test_a_write_that_went_wrong(
    sandbox: RunningSandbox, publisher: WordPressComPublisher,
    effect: Effect, status: int, family: type[Exception], public: int,
) -> None:  # fmt: skip
    """Refused or not written only where that is certain; the look finds the truth."""
    item = an_article()
    sandbox.set_fault("wordpress_com", effect, method="POST", path_regex=POSTS, status=status)
    with pytest.raises(family) as caught:
        publish(publisher, item)
    assert type(caught.value) is family
    found = publisher.look(item, {}, since=None, thorough=True).ours
    assert (len(sandbox.held("wordpress_com")), found is not None) == (public, bool(public))


def test_a_refusal_sends_nobody_to_application_passwords(
    sandbox: RunningSandbox, publisher: WordPressComPublisher
) -> None:
    """WordPress.com has no use for them."""
    sandbox.set_up("wordpress_com", role="subscriber")
    with pytest.raises(AccessRevoked) as refused:
        publish(publisher, an_article())
    sandbox.revoke_consent("wordpress_com")
    with pytest.raises(AccessRevoked) as revoked:
        publisher.look(an_article(), {}, since=None, thorough=False)
    for caught in (refused, revoked):
        assert "Connect the channel again" in str(caught.value)
        assert "application password" not in str(caught.value)


def test_the_site_is_measured_as_any_wordpress(
    sandbox: RunningSandbox, publisher: WordPressComPublisher, reporter: WordPressComReporter, moving: FixedClock
) -> None:
    """The facts of the health score."""
    publish(publisher, an_article(image=a_picture()))
    today = moving.now().date()
    facts = {fact.name: fact.value for fact in reporter.snapshot(today.replace(day=1), today)}
    assert (facts["posts_in_month"], facts["days_since_last_post"], facts["image_share"]) == (1, 0, 1.0)
