"""How often a sign-in may fail, counted per e-mail and per address. Part of `people.sign_in`."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from sqlalchemy import delete, select, text

from leadmetrics_pipelines.errors import RateLimited
from leadmetrics_pipelines.kit.digests import sha256_bytes
from leadmetrics_pipelines.storage.database import UnitOfWork
from leadmetrics_pipelines.storage.people.models import SignInAttempt

WINDOW = timedelta(minutes=15)
EMAIL_LIMIT = 5
# More than for one e-mail: a whole office may share an address.
ADDRESS_LIMIT = 20

_QUEUE = text("SELECT pg_advisory_xact_lock(hashtextextended(:subject, 0))")


def check_attempts(work: UnitOfWork, *, email: str, address: str) -> None:
    """Raise RateLimited, with the seconds to wait, when too many attempts failed lately.

    Attempts for one e-mail queue up here until the transaction ends: a hundred at once get no more tries than in a row.
    """
    work.session.execute(_QUEUE, {"subject": _hash("email", email)})
    waits = [_wait(work, subject, limit) for subject, limit in _limits(email, address).items()]
    if (wait := max(waits)) > 0:
        minutes = -(-wait // 60)
        msg = f"Too many failed attempts to sign in. Try again in {minutes:.0f} minute{'s' if minutes > 1 else ''}."
        raise RateLimited(msg, retry_after=wait)


def record_failure(work: UnitOfWork, *, email: str, address: str) -> None:
    """Count a failure. The caller's transaction must commit it."""
    work.session.execute(delete(SignInAttempt).where(SignInAttempt.at < work.now - WINDOW))
    work.session.add_all(SignInAttempt(subject=subject, at=work.now) for subject in _limits(email, address))


def forget_failures(work: UnitOfWork, *, email: str) -> None:
    """After a success. The address keeps its count: its owner may have one good account and try others."""
    work.session.execute(delete(SignInAttempt).where(SignInAttempt.subject == _hash("email", email)))


def _wait(work: UnitOfWork, subject: str, limit: int) -> float:
    """Seconds until fewer than `limit` failures lie in the window; 0 when that is so now."""
    decisive = work.session.scalar(
        select(SignInAttempt.at)
        .where(SignInAttempt.subject == subject, SignInAttempt.at > work.now - WINDOW)
        .order_by(SignInAttempt.at.desc())
        .offset(limit - 1)
        .limit(1)
    )
    return 0.0 if decisive is None else (decisive + WINDOW - work.now).total_seconds()


def _limits(email: str, address: str) -> Mapping[str, int]:
    return {_hash("email", email): EMAIL_LIMIT, _hash("address", address): ADDRESS_LIMIT}


def _hash(kind: str, value: str) -> str:
    return sha256_bytes(f"{kind}:{value}".encode())
