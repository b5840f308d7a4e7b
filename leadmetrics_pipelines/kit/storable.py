"""Whether a text can be written to Postgres and out as UTF-8 at all."""

from __future__ import annotations


def is_storable(text: str) -> bool:
    """False for a text with the character U+0000 (Postgres has no place for it) or half of a surrogate pair."""
    return "\0" not in text and not any("\ud800" <= char <= "\udfff" for char in text)
