"""What calendars, social posts and newsletters are refused for, each with a sentence that says why."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from leadmetrics_pipelines.agents.facts import (
    CalendarFacts,
    ChannelFacts,
    EntryFacts,
    LimitFacts,
    NewsletterFacts,
    PreviousPost,
    ReviewNote,
    SocialFacts,
)
from leadmetrics_pipelines.agents.policies import check_calendar, check_newsletter, check_social
from leadmetrics_pipelines.agents.schemas import CalendarEntry, ContentCalendar, NewsletterDraft, SocialDraft
from tests.unit.agents.builders import TENANT

X = ChannelFacts(
    name="Acme on X", platform="x", title="X", limits=(LimitFacts(name="text", most=280, unit="x_weighted"),)
)
INSTAGRAM = ChannelFacts(
    name="Acme", platform="instagram", title="Instagram",
    limits=(
        LimitFacts(name="text", most=2200, unit="characters"),
        LimitFacts(name="hashtags", most=5, unit="hashtags"),
    ),
)  # fmt: skip
REQUEST = EntryFacts(title="Tea", audience="Beginners", brief="Temperature.")
NOTE = ReviewNote(by="Rita", decision="changes_requested", text="Shorter")


def calendar_facts(**changes: Any) -> CalendarFacts:  # noqa: ANN401  any field
    return CalendarFacts.model_validate({
        "tenant": TENANT, "month": "2026-11", "unit": "social post", "wanted": 1, "earliest": date(2026, 11, 10),
        "latest": date(2026, 11, 30), "channels": (X,), **changes,
    })  # fmt: skip


def entry(**changes: Any) -> ContentCalendar:  # noqa: ANN401  any field
    values = {
        "replaces": None, "title": "Tea", "platforms": ("x",), "format": "text", "audience": "Beginners",
        "brief": "Temperature.", "date": date(2026, 11, 12), **changes,
    }  # fmt: skip
    return ContentCalendar(entries=(CalendarEntry(**values),))


def social(text: str, facts: SocialFacts | None = None, **changes: Any) -> tuple[str, ...]:  # noqa: ANN401  any field
    facts = facts or SocialFacts(tenant=TENANT, month="2026-11", channel=X, request=REQUEST)
    return check_social(facts, SocialDraft(text=text, **{"link": None, "first_comment": "", **changes}))


@pytest.mark.parametrize(
    ("facts", "answer", "problem"),
    [
        ({}, {}, None),
        ({"wanted": 2}, {}, "2 entries were wanted"),
        ({}, {"replaces": "r-9"}, "came, for r-9"),
        ({}, {"date": date(2026, 12, 1)}, "outside 2026-11-10 to 2026-11-30"),
        ({}, {"platforms": ("linkedin",)}, "which the client has not connected"),
        ({}, {"platforms": ()}, "for no platform"),
        ({"channels": ()}, {"platforms": ()}, None),
        ({"existing_titles": ("TEA",)}, {}, "is taken already"),
    ],
)  # fmt: skip
def test_a_calendar_keeps_to_what_was_asked(facts: dict[str, Any], answer: dict[str, Any], problem: str | None) -> None:
    """Count, days, platforms and titles."""
    found = check_calendar(calendar_facts(**facts), entry(**answer))
    assert (not found) if problem is None else any(problem in sentence for sentence in found)


def test_a_text_over_the_cap_by_one_is_refused() -> None:
    """In the unit of the platform: on X an emoji weighs 2, and a link that joins the text 23."""
    assert social("a" * 280) == ()
    assert "Shorten it by 1" in social("a" * 281)[0]
    assert "Shorten it by 1" in social("a" * 279 + "\N{GRINNING FACE}")[0]
    assert social("a" * 255, link="https://acme.example/a-very-long-address-that-counts-as-twenty-three") == ()
    assert "Shorten it by 1" in social("a" * 256, link="https://acme.example/")[0]


def test_hashtags_are_counted_too() -> None:
    """Five are taken, six are not."""
    facts = SocialFacts(tenant=TENANT, month="2026-11", channel=INSTAGRAM, request=REQUEST)
    assert social("Tea #a #b #c #d #e", facts) == ()
    assert "6 of at most 5 hashtags" in social("Tea #a #b #c #d #e #f", facts)[0]


def test_a_rework_that_changes_nothing_is_refused() -> None:
    """The notes were not followed."""
    previous = PreviousPost(text="Tea is good.", link=None, first_comment="")
    facts = SocialFacts(
        tenant=TENANT, month="2026-11", channel=X, request=REQUEST, previous_draft=previous, notes=(NOTE,)
    )
    assert "unchanged" in social("Tea is good.", facts)[0]
    assert social("Tea is warm.", facts) == ()


def test_a_newsletter_has_a_length_and_a_subject_that_fits() -> None:
    """The body by our rule, the subject by the mail platform's."""
    channel = ChannelFacts(
        name="List", platform="mailchimp", title="Mailchimp",
        limits=(LimitFacts(name="subject", most=20, unit="characters"),),
    )  # fmt: skip
    facts = NewsletterFacts(tenant=TENANT, month="2026-11", channel=channel, request=REQUEST)
    good = NewsletterDraft(subject="Tea in November", preview_text="And more", body_markdown="Tea is good. " * 60)
    assert check_newsletter(facts, good) == ()
    bad = good.model_copy(update={"subject": "Tea in November, and more of it", "body_markdown": "Tea."})
    assert ["Subject" in p or "words" in p for p in check_newsletter(facts, bad)] == [True, True]
