"""Hashes of values, the same on every machine and in every process."""

from __future__ import annotations

import hashlib
import json


def sha256_bytes(data: bytes) -> str:
    """SHA-256 of the bytes, as 64 hexadecimal digits."""
    return hashlib.sha256(data).hexdigest()


def sha256_json(value: object) -> str:
    """SHA-256 of a JSON value in one canonical spelling (sorted keys, no spaces, UTF-8)."""
    return sha256_bytes(canonical_json(value))


def canonical_json(value: object) -> bytes:
    """The one spelling of a JSON value: sorted keys, no spaces, UTF-8, no NaN."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return text.encode()
