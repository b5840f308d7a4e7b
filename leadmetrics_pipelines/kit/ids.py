"""Identifiers: UUID version 7, so that rows made later sort later and indexes stay dense."""

from __future__ import annotations

import secrets
from uuid import UUID

from uuid_utils.compat import uuid7


def new_id() -> UUID:
    """A new time-ordered identifier."""
    return uuid7()


def new_secret() -> str:
    """A URL-safe random secret with 256 bits; store only its hash."""
    return secrets.token_urlsafe(32)
