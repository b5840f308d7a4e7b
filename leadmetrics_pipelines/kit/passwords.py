"""Passwords: what one must look like, and how it is kept (argon2id). Who signs in is not decided here."""

from __future__ import annotations

import functools
import unicodedata

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from leadmetrics_pipelines.errors import InvalidInput
from leadmetrics_pipelines.kit.ids import new_secret

SHORTEST = 10
# Far beyond any passphrase; argon2 would chew on a megabyte all the same.
LONGEST = 256

# OWASP's parameters for argon2id (Password Storage Cheat Sheet: 19 MiB, 2 passes, 1 lane). argon2-cffi's own default
# takes 64 MiB in 4 lanes, with which a handful of sign-ins at once would stall a small machine.
_hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)


def hash_password(password: str) -> str:
    """An argon2id hash with its parameters and salt. Raises InvalidInput for a password too short or too long."""
    if len(password) < SHORTEST:
        msg = (
            f"A password has at least {SHORTEST} characters, this one has {len(password)}. A few words make a good one."
        )
        raise InvalidInput(msg, field="password")
    if len(password) > LONGEST:
        raise InvalidInput(f"A password has at most {LONGEST} characters.", field="password")
    return _hasher.hash(_normalise(password))


def verify_password(password_hash: str | None, password: str) -> bool:
    """Whether the password fits. With None (nobody has that e-mail) the work is the same and the answer False."""
    try:
        _hasher.verify(password_hash or _nobodys_hash(), _normalise(password[:LONGEST]))
    except (VerificationError, InvalidHashError):
        return False
    return password_hash is not None and len(password) <= LONGEST


def needs_rehash(password_hash: str) -> bool:
    """Whether the hash was made with weaker parameters than today's."""
    return _hasher.check_needs_rehash(password_hash)


@functools.cache
def _nobodys_hash() -> str:
    return _hasher.hash(new_secret())


def _normalise(password: str) -> str:
    # The same key press gives different code points on different systems ("é" as one or two).
    return unicodedata.normalize("NFKC", password)
