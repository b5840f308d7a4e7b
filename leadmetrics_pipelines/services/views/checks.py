"""What a careful editor would look at before approving: rules of thumb over a post or a brief. Pure.

They advise; the person decides. Limits of the search result page are those Google cuts at (about 60 characters of a
title, about 160 of a description).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from leadmetrics_pipelines.domain.content import ContentKind, PostStatus
from leadmetrics_pipelines.domain.contents import AnyContent, BlogContent, NewsletterContent, SocialContent
from leadmetrics_pipelines.domain.lengths import NEEDS_PICTURE, NEWSLETTER_WORDS, Measure, has_alt_missing
from leadmetrics_pipelines.kit.text import count_words
from leadmetrics_pipelines.services.requests import RequestBrief
from leadmetrics_pipelines.services.views.repetitions import Repetition

TITLE_SHOWN = 60
EXCERPT_SHOWN = 160
FEW_WORDS = 300
SHORT_BRIEF_WORDS = 12
_NO_LINKS = frozenset({"instagram", "tiktok"})

_HEADING = re.compile(r"^##\s", re.MULTILINE)
_TOP_HEADING = re.compile(r"^#\s", re.MULTILINE)
_LINK = re.compile(r"\]\((?P<address>[^)\s]+)")
_IMAGE_WITHOUT_ALT = re.compile(r"!\[\s*\]\(")
_PLACEHOLDER = re.compile(r"lorem ipsum|\bTODO\b|\bTBD\b|\[insert|\[your ", re.IGNORECASE)


class CheckState(StrEnum):
    """How a check came out."""

    PASS = "pass"  # noqa: S105 - not a password
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True)
class Check:
    """One check and its outcome, in words."""

    state: CheckState
    text: str
    post_id: UUID | None = None
    """Another post it speaks of."""


def check_post(
    content: AnyContent, *, target_keyword: str = "", platform: str = "", measures: Sequence[Measure] = (),
    repetitions: Sequence[Repetition] = (),
) -> tuple[Check, ...]:  # fmt: skip
    """The checks of a post, failures first. `measures`: what was counted of it for its channel (`lengths.py`)."""
    checks = [*_check_lengths(measures), *_check_repetitions(repetitions)]
    if isinstance(content, SocialContent):
        checks += _check_social(content, platform)
    elif isinstance(content, NewsletterContent):
        checks += _check_newsletter(content)
    else:
        checks += [*_check_title(content.title), *_check_excerpt(content), *_check_body(content, target_keyword)]
    return _sorted(checks)


def check_request(brief: RequestBrief) -> tuple[Check, ...]:
    """The checks of a brief, failures first."""
    titles = _check_title(brief.title) if brief.kind is ContentKind.BLOG else ()
    return _sorted([*titles, *_check_brief(brief)])


def _check_lengths(measures: Sequence[Measure]) -> Iterator[Check]:
    """The platform's cap fails a post; our own target only advises."""
    for one in measures:
        target = one.target
        if one.over:
            yield Check(CheckState.FAIL, one.sentence)
        elif target and not target.low <= one.count <= target.high:
            advice = f"{one.sentence} Readers like {target.low} to {target.high}."
            yield Check(CheckState.WARN, advice)
        elif one.most is not None or target:
            yield Check(CheckState.PASS, one.sentence)


def _check_repetitions(repetitions: Sequence[Repetition]) -> Iterator[Check]:
    for one in repetitions:
        how = "went out" if one.status is PostStatus.PUBLISHED else "is approved to go out"
        when = f" on {one.at:%Y-%m-%d}" if one.at else ""
        yield Check(CheckState.WARN, f"The same words: '{one.title}' {how} on this channel{when}.", one.post_id)


def _check_social(content: SocialContent, platform: str) -> Iterator[Check]:
    if platform in NEEDS_PICTURE and not content.images:
        yield Check(CheckState.FAIL, "There is no picture, and the platform takes no post without one.")
    if has_alt_missing(content):
        yield Check(CheckState.WARN, "A picture has no description for people who cannot see it.")
    if content.link and platform in _NO_LINKS:
        yield Check(CheckState.WARN, "The link cannot be followed on this platform, and is left out.")
    if content.link and content.link.startswith("http://"):
        yield Check(CheckState.WARN, f"The link is without https: {content.link}.")
    yield from _check_placeholder(content.text)


def _check_newsletter(content: NewsletterContent) -> Iterator[Check]:
    words = count_words(content.body_markdown)
    fits = NEWSLETTER_WORDS.low <= words <= NEWSLETTER_WORDS.high
    advice = "" if fits else f"; readers like {NEWSLETTER_WORDS.low} to {NEWSLETTER_WORDS.high}"
    yield Check(CheckState.PASS if fits else CheckState.WARN, f"{words} words{advice}.")
    if not content.preview_text:
        yield Check(CheckState.WARN, "There is no preview line: mailboxes show the first words of the text instead.")
    if not _LINK.search(content.body_markdown):
        yield Check(CheckState.WARN, "There is no link: readers have nowhere to go on.")
    yield from _check_placeholder(content.body_markdown)


def _check_placeholder(text: str) -> Iterator[Check]:
    if found := _PLACEHOLDER.search(text):
        yield Check(CheckState.FAIL, f"A placeholder was left in the text: '{found[0]}'.")


def _check_title(title: str) -> Iterator[Check]:
    if len(title) > TITLE_SHOWN:
        yield Check(CheckState.WARN, f"The title has {len(title)} characters; results cut it near {TITLE_SHOWN}.")
    else:
        yield Check(CheckState.PASS, f"The title fits a search result ({len(title)} of {TITLE_SHOWN} characters).")


def _check_excerpt(content: BlogContent) -> Iterator[Check]:
    if not content.excerpt:
        yield Check(CheckState.WARN, "There is no excerpt: the site shows the first words of the text instead.")
    elif len(content.excerpt) > EXCERPT_SHOWN:
        yield Check(
            CheckState.WARN, f"The excerpt has {len(content.excerpt)} characters; it is cut near {EXCERPT_SHOWN}."
        )
    else:
        yield Check(CheckState.PASS, "The excerpt fits a search result.")


def _check_body(content: BlogContent, keyword: str) -> Iterator[Check]:
    body = content.body_markdown
    words = count_words(body)
    enough = words >= FEW_WORDS
    yield Check(CheckState.PASS if enough else CheckState.WARN, f"{words} words{'' if enough else ', which is short'}.")
    yield from _check_keyword(content, keyword)
    if not _HEADING.search(body):
        yield Check(CheckState.WARN, "The text has no headings.")
    if _TOP_HEADING.search(body):
        yield Check(CheckState.WARN, "The text has a heading of the first rank; the site's title is that already.")
    if _IMAGE_WITHOUT_ALT.search(body) or (content.image_digest and not content.image_alt):
        yield Check(CheckState.WARN, "A picture has no description for people who cannot see it.")
    if insecure := [m["address"] for m in _LINK.finditer(body) if m["address"].startswith("http://")]:
        yield Check(CheckState.WARN, f"{len(insecure)} link(s) without https, e.g. {insecure[0]}.")
    yield from _check_placeholder(body)


def _check_keyword(content: BlogContent, keyword: str) -> Iterator[Check]:
    if not keyword:
        return
    wanted = set(_words(keyword))
    in_title = wanted <= set(_words(content.title))
    in_text = keyword.casefold() in " ".join(content.body_markdown.casefold().split())
    if in_title or in_text:
        where = " and ".join(place for place, there in (("title", in_title), ("text", in_text)) if there)
        yield Check(CheckState.PASS, f"The keyword '{keyword}' is in the {where}.")
    else:
        yield Check(CheckState.WARN, f"The keyword '{keyword}' is neither in the title nor in the text.")


def _check_brief(brief: RequestBrief) -> Iterator[Check]:
    if brief.kind is not ContentKind.BLOG:
        if brief.kind is ContentKind.SOCIAL and not brief.channel_ids:
            yield Check(CheckState.FAIL, "No channel is chosen, so there is nothing to write for.")
    elif not brief.target_keyword:
        yield Check(CheckState.WARN, "There is no target keyword.")
    else:
        yield Check(CheckState.PASS, f"Written for the keyword '{brief.target_keyword}'.")
    if not brief.audience:
        yield Check(CheckState.WARN, "The audience is not named.")
    if count_words(brief.brief) < SHORT_BRIEF_WORDS:
        yield Check(CheckState.WARN, "The brief is very short; the writer has little to go by.")
    else:
        yield Check(CheckState.PASS, f"The brief has {count_words(brief.brief)} words.")


def _sorted(checks: list[Check]) -> tuple[Check, ...]:
    order = [CheckState.FAIL, CheckState.WARN, CheckState.PASS]
    return tuple(sorted(checks, key=lambda check: order.index(check.state)))


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", text.casefold())
