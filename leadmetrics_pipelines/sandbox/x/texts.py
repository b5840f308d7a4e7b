"""How X weighs and changes a text: links become t.co, signs weigh 1 or 2 (reference platform_apis.md 10.2, 10.3)."""

from __future__ import annotations

import hashlib
import html
import re
import unicodedata

from leadmetrics_pipelines.sandbox.x.models import Link

_URL = re.compile(r"https?://[^\s]+[^\s.,;:!?)\"'»”’\]]")
_CASHTAG = re.compile(r"(?<![\w$])\$[A-Za-z]{1,6}\b")
_URL_WEIGHT = 23
_LIGHT = (range(0x10FF + 1), range(0x2000, 0x200D + 1), range(0x2010, 0x201F + 1), range(0x2032, 0x2037 + 1))
_JOINER = "\u200d"


def weigh(text: str) -> int:
    """The weighted length."""
    normal = unicodedata.normalize("NFC", text)
    bare, links = _URL.subn("", normal)
    weight, i = links * _URL_WEIGHT, 0
    while i < len(bare):
        end = _end_of_sign(bare, i)
        weight += 1 if end == i + 1 and any(ord(bare[i]) in light for light in _LIGHT) else 2
        i = end
    return weight


def count_cashtags(text: str) -> int:
    """How many `$TICKER` there are."""
    return len(_CASHTAG.findall(text))


def shorten(text: str) -> tuple[str, tuple[Link, ...]]:
    """The text as X shows it in its API: links shortened, `&`, `<` and `>` as entities; and the links."""
    links: list[Link] = []

    def one(found: re.Match[str]) -> str:
        short = f"https://t.co/{_letters(found[0] + str(len(links)))}"
        links.append(Link(url=short, expanded_url=found[0]))
        return short

    return html.escape(_URL.sub(one, text), quote=False), tuple(links)


def link_picture(number: str, key: str, username: str) -> Link:
    """The link that stands for the pictures of a post."""
    return Link(
        url=f"https://t.co/{_letters(number)}", expanded_url=f"https://x.com/{username}/status/{number}/photo/1",
        media_key=key,
    )  # fmt: skip


def _letters(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:10]


def _end_of_sign(text: str, start: int) -> int:
    """Where an emoji sequence that starts here ends; one further for anything else."""
    end = start + 1
    while end < len(text) and (text[end] == _JOINER or text[end - 1] == _JOINER or _is_modifier(text[end])):
        end += 1
    return end


def _is_modifier(char: str) -> bool:
    return 0xFE00 <= ord(char) <= 0xFE0F or 0x1F3FB <= ord(char) <= 0x1F3FF or ord(char) == 0x20E3  # noqa: PLR2004
