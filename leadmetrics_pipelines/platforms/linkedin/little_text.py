"""LinkedIn's "little text": how plain text is written into a post so that it stays plain, and read out of it again.

An unescaped reserved character makes LinkedIn cut the text there and still say 201 (reference platform_apis.md 2.3).
Comments are the opposite: they are plain, and a backslash in them is shown.
"""

from __future__ import annotations

import re

from leadmetrics_pipelines.domain.counting import LINKEDIN_RESERVED

_CLASS = re.escape("".join(sorted(LINKEDIN_RESERVED)))
# A hashtag stays as it is, so that it becomes a link; the sharp of "C# " or "a#b" is none.
_HASH = re.compile(r"(?<!\w)#(?=\w)")
_RESERVED = re.compile(f"[{_CLASS}]")
_HASHTAG = re.compile(r"\{hashtag\|\\?#\|((?:\\.|[^\\|{}])+)\}")
_MENTION = re.compile(r"@\[((?:\\.|[^\\\]])+)\]\(urn:li:[^)]+\)")
_ESCAPED = re.compile(rf"\\([{_CLASS}])")


def escape_text(text: str) -> str:
    """Plain text as little text."""
    hashtags = {found.start() for found in _HASH.finditer(text)}
    return _RESERVED.sub(lambda found: found[0] if found.start() in hashtags else f"\\{found[0]}", text)


def unescape_text(commentary: str) -> str:
    """What people read of a little text: hashtags and mentions as words, backslashes gone."""
    plain = _MENTION.sub(r"\1", _HASHTAG.sub(r"#\1", commentary))
    return _ESCAPED.sub(r"\1", plain)


def is_same_text(one: str, other: str) -> bool:
    """Whether two texts differ in nothing that a reader would see."""
    return _settle(one) == _settle(other)


def is_cut_of(sent: str, came: str) -> bool:
    """Whether a text is what LinkedIn leaves of another that it cut at a reserved character."""
    whole, rest = _settle(sent), _settle(came)
    after = whole[len(rest) :].lstrip()
    return bool(rest) and whole.startswith(rest) and after[:1] in LINKEDIN_RESERVED and bool(after)


def _settle(text: str) -> str:
    lines = text.replace("\r\n", "\n").strip().split("\n")
    return "\n".join(line.rstrip() for line in lines)
