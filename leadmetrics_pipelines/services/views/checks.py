"""What a careful editor would look at before approving: rules of thumb over a post or a brief. Pure.

They advise; the person decides. Limits of the search result page are those Google cuts at (about 60 characters of a
title, about 160 of a description).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from leadmetrics_pipelines.domain.contents import AnyContent, BlogContent
from leadmetrics_pipelines.kit.text import count_words
from leadmetrics_pipelines.services.requests import RequestBrief

TITLE_SHOWN = 60
EXCERPT_SHOWN = 160
FEW_WORDS = 300
SHORT_BRIEF_WORDS = 12

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


def check_post(content: AnyContent, *, target_keyword: str) -> tuple[Check, ...]:
    """The checks of a post, failures first."""
    if not isinstance(content, BlogContent):
        return ()
    return _sorted([*_check_title(content.title), *_check_excerpt(content), *_check_body(content, target_keyword)])


def check_request(brief: RequestBrief) -> tuple[Check, ...]:
    """The checks of a brief, failures first."""
    return _sorted([*_check_title(brief.title), *_check_brief(brief)])


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
    if found := _PLACEHOLDER.search(body):
        yield Check(CheckState.FAIL, f"A placeholder was left in the text: '{found[0]}'.")


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
    if not brief.target_keyword:
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
