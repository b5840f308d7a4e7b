"""Slugs and file names as WordPress makes them (reference wordpress.md, 15 to 18 and 20)."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Container
from urllib.parse import quote

SLUG_LENGTH = 200
_DASHES = re.compile(r"[\u00a0\u2010-\u2015/.]|&nbsp;|&#160;|&ndash;|&mdash;")
_SMART = re.compile(r"[\u2018-\u201f\u2026\u00a1\u00bf\u00ab\u00bb\u2039\u203a\u00a9\u00ae\u00b0\u2122\u200b-\u200f]")


def sanitize_title(text: str) -> str:
    """A slug: accents removed, other scripts percent-encoded in small letters; "" when nothing is left."""
    plain = _strip_accents(re.sub(r"<[^>]*>", "", text)).lower()
    plain = _SMART.sub("", _DASHES.sub("-", plain)).replace("\u00d7", "x")
    plain = re.sub(r"&[^;\s]+;", "", plain)
    kept = re.sub(r"%[0-9a-f]{2}", lambda found: found[0].replace("%", "\x00"), plain).replace("%", "")
    encoded = _encode(kept.replace("\x00", "%"))
    encoded = re.sub(r"[^%a-z0-9 _-]", "", re.sub(r"\s+", " ", encoded))
    return re.sub(r"-+", "-", encoded.strip().replace(" ", "-")).strip("-")


def unique(slug: str, taken: Container[str]) -> str:
    """The slug, with -2, -3... when it is taken."""
    if slug not in taken:
        return slug
    number = 2
    while True:
        suffix = f"-{number}"
        candidate = slug[: SLUG_LENGTH - len(suffix)].rstrip("-") + suffix
        if candidate not in taken:
            return candidate
        number += 1


def sanitize_file_name(name: str) -> str:
    """A file name for wp-content/uploads."""
    plain = re.sub(r"[?\[\]/\\=<>:;,'\"&$#*()|~`!{}%+\u2019\u00ab\u00bb\u201d\u201c]", "", _strip_accents(name))
    return re.sub(r"[\r\n\t -]+", "-", plain).strip(".-_") or "unnamed-file"


def unique_file_name(name: str, taken: Container[str]) -> str:
    """The file name, with -1, -2... when it is taken."""
    stem, dot, extension = name.rpartition(".")
    number, candidate = 0, name
    while candidate in taken:
        number += 1
        candidate = f"{stem or extension}-{number}{dot}{extension if stem else ''}"
    return candidate


def _strip_accents(text: str) -> str:
    """Accents off Latin letters only; other scripts stay composed."""
    special = text.translate({0xDF: "ss", 0xE6: "ae", 0xC6: "AE", 0xF8: "o", 0xD8: "O", 0x153: "oe", 0x142: "l"})
    letters: list[str] = []
    for char in special:
        base = unicodedata.normalize("NFKD", char)
        letters.append(base[0] if base[0].isascii() and len(base) > 1 else char)
    return "".join(letters)


def _encode(text: str) -> str:
    pieces: list[str] = []
    length = 0
    for char in text:
        piece = char if char.isascii() else quote(char).lower()
        if length + len(piece) > SLUG_LENGTH:
            break
        pieces.append(piece)
        length += len(piece)
    return "".join(pieces)
