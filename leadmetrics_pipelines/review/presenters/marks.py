"""What platforms mark in a text, and where they fold it: links, hashtags, mentions, the text behind "more".

How platforms differ in it is data in `appearances.py`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from leadmetrics_pipelines.domain.counting import LINK
from leadmetrics_pipelines.domain.lengths import HASHTAG, MENTION

_FOUND = re.compile(f"(?P<link>{LINK.pattern})|(?P<hashtag>{HASHTAG.pattern})|(?P<mention>{MENTION.pattern})")
_JOINERS = frozenset("\u200d\ufe0f\u20e3")
# A fold moves back to a space when there is one this near.
_NEAR = 14


class MarkKind(StrEnum):
    """What a run of a text is."""

    PLAIN = "plain"
    LINK = "link"
    HASHTAG = "hashtag"
    MENTION = "mention"


@dataclass(frozen=True)
class Mark:
    """A run of a text. `href`: where a link leads; empty for all else."""

    kind: MarkKind
    text: str
    href: str = ""


def mark_text(text: str) -> tuple[Mark, ...]:
    """The text in runs, in order, nothing lost."""
    marks: list[Mark] = []
    done = 0
    for found in _FOUND.finditer(text):
        kind = MarkKind(found.lastgroup or MarkKind.PLAIN)
        # A sentence may end in a mention: its full stop is not part of the name.
        run = found[0].rstrip(".") if kind is MarkKind.MENTION else found[0]
        if found.start() > done:
            marks.append(Mark(MarkKind.PLAIN, text[done : found.start()]))
        marks.append(Mark(kind, run, run if kind is MarkKind.LINK else ""))
        done = found.start() + len(run)
    if done < len(text):
        marks.append(Mark(MarkKind.PLAIN, text[done:]))
    return tuple(marks)


def find_fold(text: str, *, characters: int, lines: int | None) -> int:
    """Where the shown part of a text ends: the length of the text when nothing is folded.

    At most `characters` code points and `lines` lines are shown; no sign is cut in two, a word only when it is long.
    """
    end = _end_of_line(text, lines) if lines else len(text)
    if end > characters:
        end = _settle(text, characters)
    # A fold that would hide only empty lines hides nothing; one after an empty line stands before it.
    return len(text[:end].rstrip()) if text[end:].strip() else len(text)


def fold_marks(marks: Sequence[Mark], at: int) -> tuple[tuple[Mark, ...], tuple[Mark, ...]]:
    """The runs before and after a place in the text; a run that is cut keeps its kind on both sides."""
    return tuple(_between(marks, 0, at)), tuple(_between(marks, at, None))


def _between(marks: Sequence[Mark], start: int, end: int | None) -> Iterable[Mark]:
    place = 0
    for mark in marks:
        low = max(0, start - place)
        high = len(mark.text) if end is None else end - place
        run = mark.text[low : max(0, high)]
        place += len(mark.text)
        if run:
            yield replace(mark, text=run)


def _end_of_line(text: str, lines: int) -> int:
    place = -1
    for _ in range(lines):
        place = text.find("\n", place + 1)
        if place < 0:
            return len(text)
    return place


def _settle(text: str, at: int) -> int:
    space = max(text.rfind(" ", at - _NEAR, at), text.rfind("\n", at - _NEAR, at))
    if space > 0:
        return space
    while at > 0 and (_extends(text[at]) or text[at - 1] == "\u200d"):
        at -= 1
    return at


def _extends(char: str) -> bool:
    return char in _JOINERS or unicodedata.combining(char) != 0 or "\U0001f3fb" <= char <= "\U0001f3ff"
