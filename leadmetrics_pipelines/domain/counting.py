"""How long a text is, in each unit that a platform counts in: one rule while writing, at approval and at publishing.

Sources: reference/platform_apis.md 1.6, 2.3 (LinkedIn's escapes), 10.2 and 10.3 (X's weights), 11.2 (UTF-16).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable

from leadmetrics_pipelines.errors import InvalidInput

# X counts every address as 23, whatever its length (10.3).
X_LINK_WEIGHT = 23
# What ends a sentence or closes a bracket is not part of an address.
LINK = re.compile(r"https?://[^\s<>\"']*[^\s<>\"'.,;:!?)\]»”’]")
# Code points that weigh 1; all others weigh 2 (twitter-text v3 ranges).
_X_LIGHT = ((0x0000, 0x10FF), (0x2000, 0x200D), (0x2010, 0x201F), (0x2032, 0x2037))
# Characters that LinkedIn's "little text" reserves; each is sent with a backslash (2.3).
LINKEDIN_RESERVED = frozenset("\\|{}@[]()<>#*_~")
_ZERO_WIDTH_JOINER = "\u200d"
# Variation selectors, the keycap, skin tones, and the tags that flags of regions are made of.
_EMOJI_PARTS = ((0xFE00, 0xFE0F), (0x20E3, 0x20E3), (0x1F3FB, 0x1F3FF), (0xE0020, 0xE007F))


def count_characters(text: str) -> int:
    """Unicode code points."""
    return len(text)


def count_utf16(text: str) -> int:
    """UTF-16 code units: what most platforms written in JavaScript or Java count."""
    return len(text.encode("utf-16-le")) // 2


def count_graphemes(text: str) -> int:
    """What a reader takes for one sign: combining marks, joined emoji and flags count once.

    A simplification of Unicode's rules (UAX 29) that holds for letters with marks, emoji sequences and flags.
    """
    count, joined, flags = 0, False, 0
    for char in text:
        is_flag = "\U0001f1e6" <= char <= "\U0001f1ff"
        flags = flags + 1 if is_flag else 0
        extends = _extends(char) or joined or (is_flag and flags % 2 == 0)
        joined = char == _ZERO_WIDTH_JOINER
        if not extends or count == 0:
            count += 1
    return count


def count_x_weighted(text: str) -> int:
    """X's weight: links 23, emoji 2, signs outside Latin and its neighbours 2, everything else 1."""
    weight = 0
    rest = LINK.sub("", unicodedata.normalize("NFC", text))
    weight += X_LINK_WEIGHT * len(LINK.findall(unicodedata.normalize("NFC", text)))
    joined = False
    for char in rest:
        code = ord(char)
        if joined or _is_emoji_part(char):
            joined = char == _ZERO_WIDTH_JOINER
            continue
        joined = char == _ZERO_WIDTH_JOINER
        weight += 1 if any(low <= code <= high for low, high in _X_LIGHT) else 2
    return weight


def count_linkedin(text: str) -> int:
    """Characters as LinkedIn receives them: every reserved one with its backslash."""
    return len(text) + sum(char in LINKEDIN_RESERVED for char in text)


COUNTERS: dict[str, Callable[[str], int]] = {
    "characters": count_characters,
    "utf16": count_utf16,
    "graphemes": count_graphemes,
    "x_weighted": count_x_weighted,
    "linkedin_escaped": count_linkedin,
}


def count_text(text: str, unit: str) -> int:
    """The length of a text in a unit of `platforms/facts.py`. Raises InvalidInput for a unit there is not."""
    try:
        return COUNTERS[unit](text)
    except KeyError:
        msg = f"There is no way to count text in '{unit}'. Units: {', '.join(COUNTERS)}."
        raise InvalidInput(msg, field="unit") from None


def _extends(char: str) -> bool:
    """Whether a sign belongs to the one before it."""
    return unicodedata.combining(char) != 0 or unicodedata.category(char) in ("Mn", "Me") or _is_emoji_part(char)


def _is_emoji_part(char: str) -> bool:
    """Whether a sign only changes the emoji before it."""
    return char == _ZERO_WIDTH_JOINER or any(low <= ord(char) <= high for low, high in _EMOJI_PARTS)
