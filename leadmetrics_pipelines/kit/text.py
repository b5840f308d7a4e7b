"""Text helpers without a business word: slugs, Markdown to safe HTML, counting words.

The libraries are imported where they are needed: a run that publishes pays for none of them (0.2 s of each start).
"""

from __future__ import annotations

import functools
import re
import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from markdown_it import MarkdownIt

# WordPress cuts slugs at 200 characters and matches drafts without one for an empty slug
# (reference wordpress.md, 17): always ASCII, never empty, room left for a suffix.
SLUG_LENGTH = 190

_ALLOWED_TAGS = {
    "a", "abbr", "b", "blockquote", "br", "code", "dd", "del", "dl", "dt", "em", "figcaption", "figure",
    "h2", "h3", "h4", "hr", "i", "img", "li", "ol", "p", "pre", "s", "strong", "sub", "sup", "table",
    "tbody", "td", "th", "thead", "tr", "u", "ul",
}  # fmt: skip
_ALLOWED_ATTRIBUTES = {"a": {"href", "title"}, "img": {"src", "alt", "title"}, "ol": {"start"}, "*": set[str]()}


def make_slug(text: str, fallback: str) -> str:
    """A slug of [a-z0-9-], never empty: `fallback` where the text has no letter or digit (only emoji, say)."""
    from slugify import slugify  # noqa: PLC0415 - its tables are large

    return slugify(text, max_length=SLUG_LENGTH, word_boundary=True) or slugify(fallback, max_length=SLUG_LENGTH)


def has_letters_or_digits(text: str) -> bool:
    """Whether a reader would find at least one letter or digit, in any script."""
    return any(unicodedata.category(char)[0] in "LN" for char in text)


@functools.cache
def _markdown() -> MarkdownIt:
    from markdown_it import MarkdownIt  # noqa: PLC0415 - as above

    return MarkdownIt("commonmark", {"html": True, "typographer": False}).enable(["table", "strikethrough"])


def markdown_to_html(markdown: str) -> str:
    """CommonMark with tables, rendered and sanitised: no script, style, frame, event handler or odd URL scheme."""
    return sanitise_html(_markdown().render(markdown)).strip()


def sanitise_html(html: str) -> str:
    """The safe part of an HTML fragment (nh3)."""
    import nh3  # noqa: PLC0415 - as above

    return nh3.clean(
        html, tags=_ALLOWED_TAGS, attributes=_ALLOWED_ATTRIBUTES,
        url_schemes={"http", "https", "mailto"}, link_rel=None,
    )  # fmt: skip


def count_words(text: str) -> int:
    """Number of words, as an editor would count them."""
    return len(re.findall(r"\w+(?:['’-]\w+)*", text))
