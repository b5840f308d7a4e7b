"""What a Webflow collection tells of itself."""

from __future__ import annotations

from leadmetrics_pipelines.kit.clock import FixedClock
from leadmetrics_pipelines.platforms.webflow.publisher import WebflowPublisher
from leadmetrics_pipelines.platforms.webflow.reporter import WebflowReporter
from leadmetrics_pipelines.sandbox.running import RunningSandbox
from tests.platforms.articles import a_picture, an_article
from tests.platforms.campaigns import Ledger
from tests.platforms.webflow.test_publish import publish


def test_a_collection_without_posts_knows_only_that(reporter: WebflowReporter, moving: FixedClock) -> None:
    """A share of nothing is unknown."""
    today = moving.now().date()
    facts = {fact.name: fact for fact in reporter.snapshot(today.replace(day=1), today)}
    assert (facts["posts_total"].value, facts["posts_in_month"].value, facts["https"].value) == (0, 0, True)
    assert (facts["average_words"].value, facts["average_words"].why_unknown) == (None, "The site has no posts.")
    assert reporter.figures(today, today) == ()


def test_published_posts_are_measured(
    sandbox: RunningSandbox, publisher: WebflowPublisher, reporter: WebflowReporter, moving: FixedClock
) -> None:
    """Placed ones are not: nobody reads them."""
    publish(publisher, an_article(image=a_picture()))
    link = '<p>Read <a href="/blog/five-chairs-for-small-balconies/">about chairs</a> and more.</p>'
    publish(publisher, an_article(title="Tea", slug="tea", excerpt="", body_html=link))
    publisher.place(publisher.prepare(an_article(slug="a-draft"), {}), {}, Ledger().keep)
    today = moving.now().date()
    facts = {fact.name: fact.value for fact in reporter.snapshot(today.replace(day=1), today)}
    assert (facts["posts_total"], facts["posts_in_month"], facts["days_since_last_post"]) == (2, 2, 0)
    assert (facts["average_words"], facts["internal_links_per_post"], facts["orphan_share"]) == (5, 0.5, 0.5)
    assert (facts["image_share"], facts["summary_share"]) == (0.5, 0.5)
    assert (facts["good_slug_share"], facts["good_title_share"], facts["updated_share"]) == (1.0, 0.5, 1.0)
