"""One poster per channel: a Postgres lock that lives exactly as long as its holder's connection.

A killed process loses the lock with its connection, so nothing has to be cleaned up. Needs a direct connection or a
pooler in session mode: a pooler in transaction mode would hand the lock to strangers.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, text

from leadmetrics_pipelines.domain.approvals import ApprovalStatus
from leadmetrics_pipelines.domain.channels import ChannelStatus
from leadmetrics_pipelines.domain.content import PostStatus
from leadmetrics_pipelines.domain.publications import PublicationState
from leadmetrics_pipelines.storage.database import Database
from leadmetrics_pipelines.storage.security import TENANT_ROLE

_ENTER = text("SELECT set_config('role', :role, false), set_config('leadmetrics.tenant', :tenant, false)")
_TAKE = text("SELECT pg_try_advisory_lock(hashtextextended('poster/' || :channel, 0))")
_LEAVE = text("SELECT pg_advisory_unlock_all()")
_LAST_LOOK = text("""
    SELECT u.state, u.worker, u.attempt, u.lease_until, c.name AS channel, c.status AS channel_status,
           a.status AS approval_status, a.seal = u.seal AND p.seal = u.seal AS same_seal, p.status AS post_status,
           (SELECT h.set_by || ': ' || h.reason FROM holds h
            WHERE h.released_at IS NULL
              AND (h.scope = 'all'
                   OR (h.scope = 'tenant' AND h.tenant_id = u.tenant_id)
                   OR (h.scope = 'channel' AND h.channel_id = u.channel_id))
            LIMIT 1) AS hold
    FROM publications u
    JOIN channels c ON c.id = u.channel_id
    JOIN approvals a ON a.id = u.approval_id
    JOIN posts p ON p.id = u.post_id
    WHERE u.id = :publication
""")
_RELEASED = (PostStatus.APPROVED, PostStatus.SCHEDULED)


class PosterLock:
    """The right to post to one channel, and the last look before each call. Shared by the pass's threads."""

    def __init__(self, connection: Connection, worker: str) -> None:
        self.worker = worker
        self._connection = connection
        self._one_at_a_time = threading.Lock()

    def find_objection(
        self, publication_id: UUID, *, attempt: int, now: datetime, released: tuple[PostStatus, ...] = _RELEASED
    ) -> str | None:
        """Why the call must not be made after all; None: go ahead. `released`: what the post may be.

        Asked on the connection that holds the lock, so that an answer proves that we still hold it.
        """
        with self._one_at_a_time:
            row = self._connection.execute(_LAST_LOOK, {"publication": publication_id}).one()
        if row.hold is not None:
            return f"Publishing was held by {row.hold}"
        if row.channel_status != ChannelStatus.CONNECTED:
            return f"The channel {row.channel} became {row.channel_status}"
        if row.approval_status != ApprovalStatus.APPROVED or row.post_status not in released or not row.same_seal:
            return "The approval was withdrawn"
        if (row.state, row.worker, row.attempt) != (PublicationState.SENDING, self.worker, attempt):
            return "Another worker took it over"
        if row.lease_until <= now:
            return "The time to send it ran out"
        return None


@contextmanager
def hold_channel(database: Database, *, tenant: UUID, channel_id: UUID, worker: str) -> Iterator[PosterLock | None]:
    """Be the channel's only poster for the length of the block; None when somebody else is."""
    connection = database.engine.connect().execution_options(isolation_level="AUTOCOMMIT")
    # Out of the pool: closing it closes the session, and with it ends role and lock, whatever happens.
    connection.detach()
    with connection:
        connection.execute(_ENTER, {"role": TENANT_ROLE, "tenant": str(tenant)})
        taken = connection.scalar(_TAKE, {"channel": str(channel_id)})
        try:
            yield PosterLock(connection, worker) if taken else None
        finally:
            if taken and not connection.invalidated:
                connection.execute(_LEAVE)
