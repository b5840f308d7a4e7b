"""Choices that look varied and are the same every time: by digest instead of by chance."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from leadmetrics_pipelines.kit.digests import sha256_bytes

Option = TypeVar("Option")


def number(*keys: object) -> int:
    """A large number that depends on the keys alone."""
    return int(sha256_bytes("\x1f".join(map(str, keys)).encode())[:12], 16)


def pick(options: Sequence[Option], *keys: object) -> Option:
    """One of the options."""
    return options[number(*keys) % len(options)]


def shuffled(options: Sequence[Option], *keys: object) -> list[Option]:
    """The options in an order of their own."""
    places = sorted(range(len(options)), key=lambda place: number(place, *keys))
    return [options[place] for place in places]
