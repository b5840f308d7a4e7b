"""LinkedIn's "little text": what is markup, what is escaped, and where a text is cut (platform_apis.md 2.3)."""

from __future__ import annotations

import re

_RESERVED = r"\\|{}@\[\]()<>#*_~"
_PIECE = re.compile(
    rf"""
      \\[{_RESERVED}]                        # an escaped reserved character
    | \{{hashtag\|\\?\#\|(?:\\.|[^\\|{{}}])+\}}  # the formal hashtag
    | @\[[^\]]+\]\(urn:li:[A-Za-z]+:[^)]+\)  # a mention
    | \#(?=\w)                               # a plain hashtag
    | [^{_RESERVED}]                         # any other character
    """,
    re.VERBOSE | re.DOTALL,
)
_HASHTAG = re.compile(r"\{hashtag\|\\?#\|((?:\\.|[^\\|{}])+)\}")
_MENTION = re.compile(r"@\[([^\]]+)\]\(urn:li:[^)]+\)")
_ESCAPE = re.compile(rf"\\([{_RESERVED}])")


def cut_text(sent: str) -> str:
    """What is kept of a commentary: all before the first reserved character that is neither escaped nor markup."""
    end = 0
    while (piece := _PIECE.match(sent, end)) is not None:
        end = piece.end()
    return sent[:end]


def read_text(commentary: str) -> str:
    """What people read."""
    plain = _MENTION.sub(r"\1", _HASHTAG.sub(r"#\1", commentary))
    return _ESCAPE.sub(r"\1", plain)
