"""Texts as X gives them back: links shortened to t.co, `&` as `&amp;`, a link more for pictures.

Compared with what was sent by what the links stand for, where X tells that (reference platform_apis.md 10.2).
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Iterable, Mapping
from typing import Any

_SHORT = re.compile(r"https://t\.co/\w+")
_CASHTAG = re.compile(r"(?<![\w$])\$[A-Za-z]{1,6}(?:[._][A-Za-z]{1,2})?\b")
_MEDIA = re.compile(r"/status/\d+/(?:photo|video)/\d+$")


def expand_text(post: Mapping[str, Any]) -> str:
    """A post's text as it was written: links in full where X tells them, without the link of its pictures."""
    links, pictures = _read_links(post)
    text = html.unescape(str(post.get("text") or ""))
    for short in pictures:
        text = text.replace(short, "")
    return _SHORT.sub(lambda found: links.get(found[0], found[0]), text).strip()


def is_same_text(sent: str, post: Mapping[str, Any]) -> bool:
    """Whether a post's text is the one that was sent. A link that X does not explain may be any link."""
    links, pictures = _read_links(post)
    came = _settle(html.unescape(str(post.get("text") or "")))
    wanted = _settle(html.unescape(sent))
    for short in pictures:
        came = _settle(came.replace(short, ""))
    candidates = [came]
    if not pictures and (last := list(_SHORT.finditer(came))) and last[-1].end() == len(came):
        # The answer to a new post tells no links: its last one may be that of the pictures.
        candidates.append(_settle(came[: last[-1].start()]))
    return any(re.fullmatch(_pattern(candidate, links), wanted) for candidate in candidates)


def count_cashtags(text: str) -> int:
    """How many `$TICKER` there are."""
    return len(_CASHTAG.findall(text))


def _read_links(post: Mapping[str, Any]) -> tuple[dict[str, str], list[str]]:
    """What each short link stands for, and the short links of pictures."""
    entities = post.get("entities")
    urls: Iterable[Any] = entities.get("urls") or () if isinstance(entities, dict) else ()
    links: dict[str, str] = {}
    pictures: list[str] = []
    for url in urls:
        short, full = str(url.get("url") or ""), str(url.get("expanded_url") or "")
        if url.get("media_key") or _MEDIA.search(full):
            pictures.append(short)
        elif short and full:
            links[short] = full
    return links, pictures


def _pattern(came: str, links: Mapping[str, str]) -> str:
    parts: list[str] = []
    at = 0
    for found in _SHORT.finditer(came):
        parts.append(re.escape(came[at : found.start()]))
        full = links.get(found[0])
        # "acme.example" is a link, too, and X adds the scheme.
        bare = re.sub(r"^https?://", "", full).rstrip("/") if full else ""
        parts.append(rf"(?:https?://)?{re.escape(bare)}/?" if bare else r"\S+")
        at = found.end()
    return "".join([*parts, re.escape(came[at:])])


def _settle(text: str) -> str:
    lines = unicodedata.normalize("NFC", text).replace("\r\n", "\n").strip().split("\n")
    return "\n".join(line.rstrip() for line in lines)
