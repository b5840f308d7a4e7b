"""What a role answers: output schemas with the rules every answer must keep.

Rules that depend on the facts (how many topics, which ones) are in `policies.py`.
An answer that breaks one is refused with a sentence that says which; it is never repaired in silence.
"""

from __future__ import annotations

import datetime as dt
import re
from typing import Annotated, Literal

from markdown_it import MarkdownIt
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from leadmetrics_pipelines.domain.content import SearchIntent
from leadmetrics_pipelines.kit.text import SLUG_LENGTH, has_letters_or_digits

TITLE_LENGTH = 160
KEYWORD_LENGTH = 120
AUDIENCE_LENGTH = 400
BRIEF_LENGTH = 4_000
EXCERPT_LENGTH = 600
BODY_LENGTH = 60_000
URL_LENGTH = 2_000

_TAG = re.compile(r"<[a-zA-Z/!?]")
_ACTIVE_TAG = re.compile(r"<\s*/?\s*(script|style|iframe|object|embed|form)\b", re.IGNORECASE)


def _require_words(text: str) -> str:
    if not has_letters_or_digits(text):
        msg = "must contain letters or digits"
        raise ValueError(msg)
    return text


def _require_plain_line(text: str) -> str:
    if any(char in text for char in "\n\r\t"):
        msg = "must be one line"
        raise ValueError(msg)
    if _TAG.search(text):
        msg = "must be plain text, without HTML"
        raise ValueError(msg)
    return text


def _require_plain_text(text: str) -> str:
    if _TAG.search(text):
        msg = "must be plain text, without HTML"
        raise ValueError(msg)
    return text


def _require_safe_markdown(markdown: str) -> str:
    for token in MarkdownIt("commonmark", {"html": True}).parse(markdown):
        if token.type == "heading_open" and token.tag == "h1":
            msg = "must not have a level-1 heading: the title is the page's only one; start sections with ##"
            raise ValueError(msg)
        for part in (token, *(token.children or ())):
            if part.type in {"html_block", "html_inline"}:
                _require_harmless_html(part.content)
    return markdown


def _require_harmless_html(html: str) -> None:
    found = _ACTIVE_TAG.search(html)
    if found:
        msg = f"must not contain <{found[1].lower()}>; write plain Markdown"
        raise ValueError(msg)
    if re.match(r"\s*<h1\b", html, re.IGNORECASE):
        msg = "must not have a level-1 heading: the title is the page's only one; start sections with ##"
        raise ValueError(msg)


Line = Annotated[str, AfterValidator(_require_words), AfterValidator(_require_plain_line)]
Slug = Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", min_length=1, max_length=SLUG_LENGTH)]


class Output(BaseModel):
    """Base of all answers: frozen, stripped, and no field that the schema does not name."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)


class Topic(Output):
    """A proposed blog post."""

    replaces: str | None = Field(description="request_id of the topic this one replaces; null for a new topic.")
    title: Line = Field(max_length=TITLE_LENGTH, description="Working title, plain text.")
    target_keyword: Line = Field(max_length=KEYWORD_LENGTH, description="The search phrase the post is written for.")
    search_intent: SearchIntent
    audience: Line = Field(max_length=AUDIENCE_LENGTH, description="Who reads it, in one line.")
    brief: Annotated[str, AfterValidator(_require_words)] = Field(
        max_length=BRIEF_LENGTH, description="What the post covers and why, for the writer."
    )


class TopicList(Output):
    """The topics of a month."""

    topics: tuple[Topic, ...] = Field(min_length=1)


class BlogDraft(Output):
    """A written blog post."""

    title: Line = Field(max_length=TITLE_LENGTH, description="Headline, plain text.")
    slug: Slug = Field(description="Lower-case letters, digits and single hyphens.")
    excerpt: Line = Field(max_length=EXCERPT_LENGTH, description="One or two plain sentences for search results.")
    body_markdown: Annotated[str, AfterValidator(_require_words), AfterValidator(_require_safe_markdown)] = Field(
        max_length=BODY_LENGTH, description="Markdown without a level-1 heading and without HTML."
    )


class CalendarEntry(Output):
    """A proposed social post, local post or newsletter."""

    replaces: str | None = Field(description="request_id of the entry this one replaces; null for a new one.")
    title: Line = Field(max_length=TITLE_LENGTH, description="The topic in one line, plain text.")
    platforms: tuple[str, ...] = Field(description="Platforms it goes to, as the facts name them.")
    format: Literal["text", "single_image", "carousel", "link", "question", "offer", "newsletter"]
    audience: Line = Field(max_length=AUDIENCE_LENGTH, description="Who it is for, in one line.")
    brief: Annotated[str, AfterValidator(_require_words)] = Field(
        max_length=BRIEF_LENGTH, description="What it says and why, for the writer."
    )
    date: dt.date = Field(description="The day it goes out, YYYY-MM-DD.")


class ContentCalendar(Output):
    """The posts or newsletters of a month."""

    entries: tuple[CalendarEntry, ...] = Field(min_length=1)


class SocialDraft(Output):
    """A written social or local post."""

    text: Annotated[str, AfterValidator(_require_words), AfterValidator(_require_plain_text)] = Field(
        max_length=BODY_LENGTH, description="The post as people read it, plain text with line breaks and hashtags."
    )
    link: str | None = Field(max_length=URL_LENGTH, description="A page of the client, or null.")
    first_comment: str = Field(max_length=BRIEF_LENGTH, description="A comment under the post; empty for none.")


class NewsletterDraft(Output):
    """A written newsletter."""

    subject: Line = Field(max_length=TITLE_LENGTH, description="Subject line, plain text.")
    preview_text: Line = Field(max_length=EXCERPT_LENGTH, description="The line behind the subject in a mailbox.")
    body_markdown: Annotated[str, AfterValidator(_require_words), AfterValidator(_require_safe_markdown)] = Field(
        max_length=BODY_LENGTH, description="Markdown without a level-1 heading and without HTML."
    )
