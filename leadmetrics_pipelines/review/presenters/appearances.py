"""How each platform shows a post, as data: where it folds a text, how it crops pictures, what becomes of a link.

No platform documents its folds, and they change with the screen: these are figures that others observed, marked as such
on the page. Limits that a platform enforces are not here but in its `platforms/*/facts.py`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

_CHECKED = date(2026, 11, 21)
_TABLE = "posttruncate.com/en/platform-limits"
_CAPTIONS = "toolshake.xyz caption character counter"
_GBP = "advancedcharactercounter.com guide to Google posts, 2026; others say 100"


@dataclass(frozen=True, kw_only=True)
class Fold:
    """After how many code points or lines a text is folded, on a phone and on a wide screen: observed only."""

    phone: int
    wide: int
    lines: int | None = None
    word: str
    """What stands where the text is folded."""
    source: str
    checked: date = _CHECKED


class LinkShown(StrEnum):
    """What becomes of the link of a post."""

    CARD = "card"
    BUTTON = "button"
    NOWHERE = "nowhere"


@dataclass(frozen=True, kw_only=True)
class Appearance:
    """How one platform shows a post. `pictures`: how many are in sight at once, the others behind "+n" or a swipe."""

    name: str
    fold: Fold | None
    link: LinkShown
    marks: bool = True
    """Whether links, hashtags and mentions in the text can be followed."""
    pictures: int
    swipe: bool = False
    crop: str
    acts: tuple[tuple[str, str], ...]
    """The icons under a post, each with its word; decoration."""


_LIKE, _TALK, _AGAIN, _SEND, _SAVE = "thumb", "comment", "repeat", "send", "bookmark"

APPEARANCES = {
    "linkedin": Appearance(
        name="LinkedIn",
        fold=Fold(phone=140, wide=210, lines=3, word="…more", source=_TABLE),
        link=LinkShown.CARD, pictures=4,
        crop="One picture is shown whole, between 1.91:1 and 4:5; several are cropped to a mosaic.",
        acts=((_LIKE, "Like"), (_TALK, "Comment"), (_AGAIN, "Repost"), (_SEND, "Send")),
    ),
    "facebook": Appearance(
        name="Facebook",
        fold=Fold(phone=110, wide=480, lines=5, word="See more", source=_TABLE),
        link=LinkShown.CARD, pictures=5,
        crop="One picture is shown whole, down to 4:5; several are cropped to squares.",
        acts=((_LIKE, "Like"), (_TALK, "Comment"), (_AGAIN, "Share")),
    ),
    "instagram": Appearance(
        name="Instagram",
        fold=Fold(phone=125, wide=125, lines=2, word="more", source=_TABLE),
        link=LinkShown.NOWHERE, pictures=10, swipe=True,
        crop="The first picture sets the shape, between 1.91:1 and 4:5; the others are cropped to it.",
        acts=(("heart", ""), (_TALK, ""), (_SEND, ""), (_SAVE, "")),
    ),
    "x": Appearance(
        name="X",
        fold=None,
        link=LinkShown.CARD, pictures=4,
        crop="One picture is shown whole, down to 3:4; two to four are cropped to a 16:9 mosaic.",
        acts=((_TALK, ""), (_AGAIN, ""), ("heart", ""), (_SAVE, "")),
    ),
    "tiktok": Appearance(
        name="TikTok",
        fold=Fold(phone=150, wide=150, lines=2, word="more", source=_CAPTIONS),
        link=LinkShown.NOWHERE, pictures=35, swipe=True,
        crop="Pictures are shown whole on a 9:16 screen; what is left of it stays black.",
        acts=(("heart", ""), (_TALK, ""), (_SAVE, ""), (_SEND, "")),
    ),
    "google_business": Appearance(
        name="Google",
        fold=Fold(phone=250, wide=300, word="Read more", source=_GBP),
        link=LinkShown.BUTTON, marks=False, pictures=1,
        crop="The first picture is cropped to 4:3; keep what matters in its middle.",
        acts=(),
    ),
}  # fmt: skip
