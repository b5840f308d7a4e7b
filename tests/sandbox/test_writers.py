"""What the sandbox writes: topics that differ, drafts that read like posts, notes that are answered. No server."""

from __future__ import annotations

import itertools
import re

import pytest

from leadmetrics_pipelines.kit.text import count_words, markdown_to_html
from leadmetrics_pipelines.sandbox.anthropic.calendars import write_calendar
from leadmetrics_pipelines.sandbox.anthropic.drafts import write_draft
from leadmetrics_pipelines.sandbox.anthropic.generic import fitting
from leadmetrics_pipelines.sandbox.anthropic.library import all_articles
from leadmetrics_pipelines.sandbox.anthropic.newsletters import write_newsletter
from leadmetrics_pipelines.sandbox.anthropic.notes import read_notes
from leadmetrics_pipelines.sandbox.anthropic.social import write_post
from leadmetrics_pipelines.sandbox.anthropic.tenant import TenantFacts
from leadmetrics_pipelines.sandbox.anthropic.topics import find_idea, write_topics
from tests.sandbox.builders import TENANT, TOPIC_LIST


def topics(known: list[str] | None = None, month: str = "2026-11", **facts: object) -> list[dict]:
    asked = {"tenant": TENANT, "month": month, "wanted": 10, "existing_titles": known or [], "revise": [], **facts}
    listed: list[dict] = write_topics(asked)["topics"]  # type: ignore[assignment]
    return listed


def draft(topic: dict, *notes: str, **tenant: object) -> dict:
    given = [{"by": "Rita", "decision": "changes_requested", "text": text} for text in notes]
    return write_draft({"tenant": {**TENANT, **tenant}, "month": "2026-11", "request": topic, "notes": given})


def paragraphs(text: str) -> set[str]:
    return {part for part in text.split("\n\n") if count_words(part) > 12}


def test_a_year_of_topics_has_no_title_twice() -> None:
    """Ten a month and none seen before."""
    known: list[str] = []
    for month in range(1, 13):
        known += [topic["title"] for topic in topics(known, month=f"2026-{month:02d}")]
    assert len(set(known)) == 120


def test_a_months_topics_come_from_ten_angles() -> None:
    """No two of them are the same article about another product, for half a year at least."""
    known: list[str] = []
    for month in range(1, 7):
        titles = [topic["title"] for topic in topics(known, month=f"2026-{month:02d}")]
        ideas = [find_idea(TenantFacts.read({"tenant": TENANT}), title) for title in titles]
        assert len({idea.article.name for idea in ideas if idea}) == 10
        known += titles


def test_topics_are_about_the_tenant() -> None:
    """Each names a product, and the audience is the tenant's."""
    for topic in topics():
        assert re.search("standing desks|office chairs|acoustic panels", topic["title"].lower())
        assert (topic["audience"], topic["replaces"]) == ("Office managers", None)


def test_a_revised_topic_replaces_and_differs() -> None:
    """One per entry, with the note in its brief; a chain of rejections does not come back soon."""
    first = topics()
    known = [topic["title"] for topic in first]
    seen, title = set(known), known[0]
    for _ in range(4):
        entry = {"request_id": "r-1", "title": title, "decision": "rejected", "notes": "Too general"}
        (revised,) = topics(known[1:], revise=[entry])
        assert (revised["replaces"], "Too general" in revised["brief"]) == ("r-1", True)
        assert revised["title"] not in seen
        title = revised["title"]
        seen.add(title)


def test_two_revisions_at_once_differ_from_each_other() -> None:
    """Two rejected topics do not get the same replacement."""
    known = [topic["title"] for topic in topics()]
    entries = [{"request_id": str(place), "title": known[place], "notes": ""} for place in range(2)]
    one, two = topics(known, revise=entries)
    assert (one["replaces"], two["replaces"], one["title"] == two["title"]) == ("0", "1", False)


def test_ten_drafts_read_like_ten_posts() -> None:
    """600 to 900 words, a paragraph first, sections, a list or table, a call to action, hardly a shared paragraph."""
    written = [draft(topic) for topic in topics()]
    for post in written:
        body = post["body_markdown"]
        assert 600 <= count_words(body) <= 900
        assert not body.startswith("#")
        assert body.count("\n## ") >= 4
        assert "\n# " not in body
        assert "[Acme Office Furniture](https://acme.example)" in body.split("\n\n")[-1]
        assert not re.search(r"\{\w+\}", body + post["title"] + post["excerpt"])
        assert 0 < len(post["excerpt"]) <= 201
        assert re.fullmatch(r"[a-z0-9-]+", post["slug"])
    for one, two in itertools.combinations(written, 2):
        shared = paragraphs(one["body_markdown"]) & paragraphs(two["body_markdown"])
        assert len(shared) <= 2
    assert (
        sum(any(sign in post["body_markdown"] for sign in ("\n- ", "\n1. ", "\n| ", "\n**")) for post in written) == 10
    )


def test_every_article_says_where_it_is_and_stays_in_bounds() -> None:
    """All angles, with a tenant of whom little is known."""
    for article in all_articles():
        body = write_draft({"request": {"title": f"On {min(article.signs)}", "brief": " ".join(article.signs)}})
        assert 600 <= count_words(str(body["body_markdown"])) <= 900, article.name
        assert len(article.titles) >= 3
        assert article.intent in {"informational", "commercial", "transactional"}


@pytest.mark.parametrize(
    ("note", "trace"),
    [
        ("Please mention our 5-year warranty.", "our 5-year warranty"),
        ("Add a section about delivery times", "delivery times"),
        ("You should mention that delivery is free", "Delivery is free"),
        ("Give an example please", "A customer of ours in Lyon"),
        ("This could be about anybody", "This could be about anybody"),
    ],
)
def test_a_note_is_answered_in_the_next_draft(note: str, trace: str) -> None:
    """What the reviewer asked for stands in the text, and most of the rest stays."""
    topic = topics()[0]
    before, after = draft(topic)["body_markdown"], draft(topic, note)["body_markdown"]
    assert trace not in before
    assert trace in after
    assert len(paragraphs(before) & paragraphs(after)) > 5
    assert 550 <= count_words(after) <= 950


def test_notes_on_form_change_the_form() -> None:
    """Title, length and tone."""
    topic = topics()[0]
    plain = draft(topic)
    assert draft(topic, "The title is clickbait")["title"] != plain["title"]
    assert draft(topic)["title"] == topic["title"]
    formal = draft(topic, "Needs a more formal tone")["body_markdown"]
    assert formal.split("\n\n")[-1] != plain["body_markdown"].split("\n\n")[-1]


def test_a_note_cannot_smuggle_markup() -> None:
    """Notes are data: tags, links and placeholders of a note never reach the page."""
    note = 'Mention <script>alert(1)</script> [click](javascript:x) {tenant} "quoted"'
    body = draft(topics()[0], note)["body_markdown"]
    assert "<script" not in body
    assert "javascript:x)" not in markdown_to_html(body).replace("(javascript:x)", "")
    assert 'href="javascript' not in markdown_to_html(body)


def test_no_notes_no_wishes() -> None:
    """An empty note leaves no passage."""
    assert read_notes(["", "  "], {}).passages == ()


def test_an_edited_title_still_finds_its_article() -> None:
    """A person may rename a request; the closest article is written, under the person's title."""
    post = draft({"title": "Ergonomic gear on a budget", "target_keyword": "standing desks cost", "brief": "price"})
    assert post["title"] == "Ergonomic gear on a budget"
    assert "A table you can copy" in post["body_markdown"]
    assert "standing desks" in post["body_markdown"]


def test_a_tenant_of_odd_words_is_written_about_too() -> None:
    """Abbreviations keep their capitals, braces stay text, missing facts are replaced."""
    odd = {"name": "{tenant}", "products": ["CRM software"], "audience": "", "location": None, "website": ""}
    body = draft({"title": "CRM software explained"}, **odd)["body_markdown"]
    assert "CRM software" in body
    assert "crm software" not in body


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "integer", "minimum": 3, "maximum": 5},
        {"type": "number", "minimum": 0.2, "maximum": 0.4},
        {"type": "string", "minLength": 80, "maxLength": 90},
        {"type": "array", "items": {"type": "boolean"}, "minItems": 3, "maxItems": 3},
        {"enum": ["a", "b"]},
        {"const": 7},
        {"anyOf": [{"type": "null"}, {"type": "string"}]},
        {"type": ["null", "integer"]},
    ],
)
def test_any_schema_gets_a_value_that_fits(schema: dict) -> None:
    """Bounds, enumerations, unions."""
    value = fitting(schema, seed="x")
    if schema.get("type") == "string":
        assert 80 <= len(value) <= 90  # type: ignore[arg-type]
    elif "maximum" in schema:
        assert schema["minimum"] <= value <= schema["maximum"]
    elif schema.get("type") == "array":
        assert value == [True] * 3
    else:
        assert value in schema.get("enum", [schema.get("const")]) or isinstance(value, str | int)


def test_a_proposal_is_trimmed_and_completed() -> None:
    """What the schema does not know goes, what it requires is filled in, wrong values are replaced."""
    proposal = {"topics": [{"title": "T", "replaces": None, "search_intent": "nonsense", "extra": 1}], "more": 2}
    value = fitting(TOPIC_LIST, proposal)
    assert isinstance(value, dict)
    (topic,) = value["topics"]
    assert set(value) == {"topics"}
    assert (topic["title"], topic["replaces"], "extra" in topic) == ("T", None, False)
    assert topic["search_intent"] in {"informational", "commercial", "transactional", "navigational"}


def test_a_recursive_schema_ends() -> None:
    """Optional parts of a tree stop somewhere."""
    tree = {"type": "object", "properties": {"name": {"type": "string"}, "child": {"$ref": "#"}}, "required": ["name"]}
    assert isinstance(fitting(tree), dict)


CHANNELS = [{"platform": "linkedin"}, {"platform": "instagram"}]


def calendar(wanted: int = 6, **facts: object) -> list[dict]:
    asked = {
        "tenant": TENANT, "month": "2026-11", "unit": "social post", "wanted": wanted, "earliest": "2026-11-10",
        "latest": "2026-11-30", "channels": CHANNELS, "existing_titles": [], "revise": [], **facts,
    }  # fmt: skip
    listed: list[dict] = write_calendar(asked)["entries"]  # type: ignore[assignment]
    return listed


def social_text(platform: str, longest: int, *notes: str, most: int = 3000) -> str:
    channel = {"platform": platform, "target_high": longest, "limits": [{"name": "text", "most": most}]}
    given = [{"by": "Rita", "decision": "changes_requested", "text": text} for text in notes]
    return str(write_post({"tenant": TENANT, "request": calendar()[0], "channel": channel, "notes": given})["text"])


def test_a_calendar_has_new_topics_on_days_within_its_limits() -> None:
    """For every channel, none of them known, spread over the days."""
    first = calendar()
    assert len({entry["date"] for entry in first}) == 6
    assert all("2026-11-10" <= entry["date"] <= "2026-11-30" for entry in first)
    assert {tuple(entry["platforms"]) for entry in first} == {("linkedin", "instagram")}
    again = calendar(existing_titles=[entry["title"] for entry in first])
    assert not {entry["title"] for entry in first} & {entry["title"] for entry in again}


def test_an_entry_that_came_back_is_replaced() -> None:
    """By another topic, which says what it answers."""
    old = calendar()[0]
    (new,) = calendar(revise=[{"request_id": "r-1", "title": old["title"], "notes": "Too dry"}])
    assert (new["replaces"], new["title"] != old["title"], "Too dry" in new["brief"]) == ("r-1", True, True)


@pytest.mark.parametrize(
    ("platform", "longest"),
    [("linkedin", 1300), ("facebook", 500), ("instagram", 600), ("x", 260), ("google_business", 400)],
)
def test_a_post_keeps_to_the_length_and_manner_of_its_platform(platform: str, longest: int) -> None:
    """Never longer than the target, and nothing of Markdown in it."""
    text = social_text(platform, longest)
    assert 60 < len(text) <= longest
    assert not re.search(r"\*\*|\]\(|^#+ ", text, re.MULTILINE)
    tags = {"google_business": 0, "x": 1, "facebook": 2, "linkedin": 3, "instagram": 5}
    assert len(re.findall(r"#\w+", text)) == tags[platform]


def test_a_note_changes_a_social_post() -> None:
    """What it asks for stands in the text; a note for shortness shortens it."""
    plain = social_text("linkedin", 1300)
    assert "spare parts" in social_text("linkedin", 1300, "Please mention the spare parts")
    assert len(social_text("linkedin", 1300, "Too long")) < len(plain)


def test_a_newsletter_fits_a_mailbox() -> None:
    """A subject and a preview line that are not cut, and a text with sections and no level-1 heading."""
    letter = write_newsletter({"tenant": TENANT, "request": calendar(unit="newsletter")[0], "notes": []})
    assert len(str(letter["subject"])) <= 60
    assert len(str(letter["preview_text"])) <= 110
    body = str(letter["body_markdown"])
    assert 100 < count_words(body) <= 520
    assert "\n## " in body
    assert not body.startswith("#")
