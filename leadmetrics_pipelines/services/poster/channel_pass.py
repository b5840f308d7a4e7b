"""One pass over one channel: be its only poster, look for what is open, then send what is ready, the oldest first.

As many posts are under way at once as the platform's traits allow, by one poster. What the platform still lets us
publish is asked before, not found out by a refusal.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from uuid import UUID

from leadmetrics_pipelines.domain.channels import ChannelStatus
from leadmetrics_pipelines.domain.people import Actor
from leadmetrics_pipelines.domain.publications import PublicationState
from leadmetrics_pipelines.errors import LeadmetricsError, PassingError
from leadmetrics_pipelines.kit.ids import new_id
from leadmetrics_pipelines.services.contents import PostVersion, read_post
from leadmetrics_pipelines.services.poster.access import open_publisher
from leadmetrics_pipelines.services.poster.delivery import Delivery
from leadmetrics_pipelines.services.poster.ledger import Parcel, give_up_lapsed, intend, lock_publication, parcel_of
from leadmetrics_pipelines.services.poster.lock import PosterLock, hold_channel
from leadmetrics_pipelines.services.poster.outcomes import BACK_OFF, Fate, PostOutcome, hold_back
from leadmetrics_pipelines.services.release import ReleaseCase, ReleaseLimits, gather_cases
from leadmetrics_pipelines.services.runtime import Runtime
from leadmetrics_pipelines.storage.channels.models import Channel
from leadmetrics_pipelines.storage.database import UnitOfWork

QUOTA_USED_UP = "QuotaUsedUp"
# Where a platform does not say when its quota begins anew.
QUOTA_PAUSE = timedelta(hours=1)

OnOutcome = Callable[[PostOutcome], None]


@dataclass(frozen=True, kw_only=True)
class ChannelReport:
    """What a pass did on one channel. `is_busy`: another publisher holds it, so nothing was done."""

    channel_name: str
    outcomes: tuple[PostOutcome, ...] = ()
    is_busy: bool = False
    problem: str | None = None


@dataclass(frozen=True, kw_only=True)
class ChannelPass:
    """The posts of one channel that a pass takes up."""

    runtime: Runtime
    actor: Actor
    tenant: UUID
    channel_id: UUID
    post_ids: Sequence[UUID]
    run_id: str | None
    on_outcome: OnOutcome
    worker: str = field(default_factory=lambda: f"{socket.gethostname()}:{os.getpid()}:{new_id().hex[-8:]}")

    def run(self) -> ChannelReport:
        """Do it, unless another publisher is at work on this channel."""
        with self._work() as work:
            channel = work.session.get_one(Channel, self.channel_id)
        with hold_channel(
            self.runtime.database, tenant=self.tenant, channel_id=self.channel_id, worker=self.worker
        ) as lock:
            if lock is None:
                return ChannelReport(channel_name=channel.name, is_busy=True)
            if channel.status != ChannelStatus.CONNECTED:
                return ChannelReport(channel_name=channel.name)
            return self._run_alone(channel, lock)

    def _run_alone(self, channel: Channel, lock: PosterLock) -> ChannelReport:
        try:
            publisher, channel = open_publisher(self.runtime, channel)
        except LeadmetricsError as error:
            return ChannelReport(channel_name=channel.name, problem=str(error))
        delivery = Delivery(
            runtime=self.runtime, actor=self.actor, channel=channel, publisher=publisher, lock=lock, run_id=self.run_id
        )
        outcomes = [self._tell(delivery.look(parcel)) for parcel in self._take_open()]
        parcels = self._take_ready()
        parcels, waiting = self._ask_quota(delivery, parcels)
        outcomes.extend(self._tell(outcome) for outcome in waiting)
        # Twice as many as may call at once: while one writes its outcome down, another one's call is under way.
        with ThreadPoolExecutor(2 * publisher.traits.at_once, thread_name_prefix=f"poster:{channel.name}") as threads:
            delivered = threads.map(delivery.deliver, parcels)
            outcomes.extend(self._tell(outcome) for outcome in delivered if outcome is not None)
        delivery.write_comments()
        if isinstance(delivery.stopped, PassingError):
            self._rest(parcels, outcomes, why=str(delivery.stopped))
        return ChannelReport(channel_name=channel.name, outcomes=tuple(outcomes))

    def _take_open(self) -> list[Parcel]:
        """Calls whose outcome is not known."""
        with self._work() as work:
            give_up_lapsed(work, channel_id=self.channel_id)
            work.session.flush()
            cases = [case for case in self._gather(work) if case.must_look and case.publication_id]
            rows = [lock_publication(work, case.publication_id) for case in cases if case.publication_id]
            titles = {case.post_id: case.title for case in cases}
            return [parcel_of(row, titles[row.post_id]) for row in rows]

    def _take_ready(self) -> list[Parcel]:
        """What may go out, as far as the hour's cap reaches, written into the ledger as intended."""
        with self._work() as work:
            ready = [case for case in self._gather(work) if case.verdict.may_send]
            if not ready:
                return []
            left = max(0, ready[0].facts.hourly_cap - ready[0].facts.sent_last_hour)
            parcels = [
                replace(parcel, version=_read_words(work, parcel))
                for parcel in intend(work, ready[:left], run_id=self.run_id, worker=self.worker)
            ]
        # Two posts with one address: the second waits for the next pass, and then hears that it is taken.
        by_address = {parcel.slug: parcel for parcel in reversed(parcels)}
        return [parcel for parcel in parcels if not parcel.slug or by_address[parcel.slug] is parcel]

    def _ask_quota(self, delivery: Delivery, parcels: list[Parcel]) -> tuple[list[Parcel], list[PostOutcome]]:
        """The parcels that the platform still takes, the oldest; when it takes none, why all wait, and until when."""
        if not parcels:
            return parcels, []
        try:
            quota = delivery.publisher.quota()
        except LeadmetricsError:
            return parcels, []  # the calls that follow meet the same fault, and say what it means
        if quota is None or quota.left is None:
            return parcels, []
        if quota.left > 0:
            return parcels[: quota.left], []
        with self._work() as work:
            until = quota.resets_at if quota.resets_at and quota.resets_at > work.now else work.now + QUOTA_PAUSE
            reason = quota.detail or "The platform takes no more posts of this account for now."
            return [], [hold_for_quota(work, parcel, reason, until) for parcel in parcels]

    def _rest(self, parcels: Sequence[Parcel], outcomes: Sequence[PostOutcome], *, why: str) -> None:
        """The site is away: what was not tried waits as well, instead of knocking one by one."""
        tried = {outcome.post_id for outcome in outcomes}
        until = max((o.retry_at for o in outcomes if o.retry_at is not None), default=None)
        with self._work() as work:
            for parcel in parcels:
                if parcel.post_id in tried:
                    continue
                row = lock_publication(work, parcel.publication_id)
                if row.state == PublicationState.INTENDED:
                    row.retry_at = until or work.now + timedelta(seconds=BACK_OFF[0])
                    row.error = f"Waits with another post of this channel. {why}"

    def _gather(self, work: UnitOfWork) -> list[ReleaseCase]:
        return gather_cases(work, self.post_ids, limits=ReleaseLimits.of(self.runtime.settings))

    def _tell(self, outcome: PostOutcome) -> PostOutcome:
        self.on_outcome(outcome)
        return outcome

    def _work(self) -> AbstractContextManager[UnitOfWork]:
        return self.runtime.unit_of_work(tenant=self.tenant, actor=self.actor)


def _read_words(work: UnitOfWork, parcel: Parcel) -> PostVersion | None:
    """The words, read with the batch; what cannot be read is reported when its turn comes."""
    try:
        return read_post(work, parcel.post_id)
    except LeadmetricsError:
        return None


def hold_for_quota(work: UnitOfWork, parcel: Parcel, reason: str, until: datetime) -> PostOutcome:
    """The platform's quota is used up: the post waits, and says so."""
    row = lock_publication(work, parcel.publication_id)
    hold_back(work, row, reason, code=QUOTA_USED_UP, until=until)
    return PostOutcome(
        post_id=parcel.post_id, title=parcel.title, fate=Fate.POSTPONED, detail=reason, retry_at=row.retry_at
    )
