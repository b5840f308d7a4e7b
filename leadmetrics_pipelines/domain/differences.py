"""What changed between two versions of a text, word by word."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum

# Beyond this many words the matcher's quadratic worst case would be felt; we then compare line by line.
_MOST_WORDS = 20_000


class Change(StrEnum):
    """What happened to a run of words."""

    SAME = "same"
    ADDED = "added"
    REMOVED = "removed"


@dataclass(frozen=True)
class Piece:
    """A run of text with one fate."""

    change: Change
    text: str


def diff_words(before: str, after: str) -> tuple[Piece, ...]:
    """The pieces that lead from `before` to `after`.

    Joining the pieces that are same or removed gives `before`, same or added gives `after`, byte for byte.
    """
    words = [re.findall(r"\s+|\w+|[^\w\s]", text) for text in (before, after)]
    if max(map(len, words)) > _MOST_WORDS:  # both in lines: words have nothing in common with lines
        words = [text.splitlines(keepends=True) for text in (before, after)]
    return tuple(_pieces(*words))


def _pieces(before: list[str], after: list[str]) -> Iterator[Piece]:
    matcher = SequenceMatcher(None, before, after, autojunk=False)
    for tag, i1, i2, j1, j2 in matcher.get_opcodes():
        if tag == "equal":
            yield Piece(Change.SAME, "".join(before[i1:i2]))
            continue
        if i2 > i1:
            yield Piece(Change.REMOVED, "".join(before[i1:i2]))
        if j2 > j1:
            yield Piece(Change.ADDED, "".join(after[j1:j2]))
