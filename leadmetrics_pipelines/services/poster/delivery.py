"""One post from the ledger to the site: prove it, write down the attempt, look a last time, call once, settle.

The order of the steps is the whole point; each commits before the next begins.
"""

from __future__ import annotations

import threading
from collections import defaultdict
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import timedelta

from leadmetrics_pipelines.domain.people import Actor
from leadmetrics_pipelines.errors import (
    Conflict,
    ContentRejected,
    LeadmetricsError,
    OutcomeUnknown,
    PassingError,
    PermanentError,
)
from leadmetrics_pipelines.platforms.base import LivePost, Look, PreparedPost, Publisher, make_marker
from leadmetrics_pipelines.services.channels import mark_revoked
from leadmetrics_pipelines.services.poster import outcomes
from leadmetrics_pipelines.services.poster.contents import Contents, SealBroken, check_seal, load_contents
from leadmetrics_pipelines.services.poster.ledger import Parcel, begin_sending
from leadmetrics_pipelines.services.poster.lock import PosterLock
from leadmetrics_pipelines.services.poster.outcomes import PostOutcome
from leadmetrics_pipelines.services.runtime import Runtime
from leadmetrics_pipelines.storage.channels.models import Channel
from leadmetrics_pipelines.storage.database import UnitOfWork

# So many calls without a trustworthy answer in one pass, and the site is left alone until the next.
MOST_UNKNOWN = 3


class AddressTaken(ContentRejected):
    """Another post of the site has this address."""


class InTrash(ContentRejected):
    """Somebody threw the post away on the site."""


@dataclass
class Delivery:
    """What one pass over one channel shares. Its methods may run in several threads, one post each."""

    runtime: Runtime
    actor: Actor
    channel: Channel
    publisher: Publisher
    lock: PosterLock
    run_id: str | None
    # Why nothing more is sent in this pass.
    stopped: LeadmetricsError | None = None
    _unknown: int = 0
    _image_locks: dict[str, threading.Lock] = field(default_factory=lambda: defaultdict(threading.Lock))

    def deliver(self, parcel: Parcel) -> PostOutcome | None:
        """Send one post, once; None when the pass was stopped before its turn."""
        if self.stopped is not None:
            return None
        try:
            prepared, found = self._prepare(parcel)
        except LeadmetricsError as error:
            return self._settle_unsent(parcel, error)
        if found is not None:
            return self._confirm(parcel, found, adopted=True)
        return self._send(parcel, prepared)

    def look(self, parcel: Parcel) -> PostOutcome:
        """Find out what became of a call whose answer was lost: adopt it, give it free to be sent, or look later."""
        try:
            found = self._look(parcel, thorough=True).ours
        except InTrash as error:
            with self._work() as work:
                return outcomes.refuse(work, parcel, error)
        except LeadmetricsError as error:
            self._judge_channel(error)
            with self._work() as work:
                return outcomes.note_look(work, parcel, error)
        if found is not None:
            return self._confirm(parcel, found, adopted=True)
        with self._work() as work:
            return outcomes.note_look(work, parcel, None)

    def _look(self, parcel: Parcel, *, thorough: bool) -> Look:
        seen = self.publisher.look(slug=parcel.slug, marker=make_marker(parcel.publication_id), thorough=thorough)
        if seen.ours is not None and seen.ours.status == "trash":
            msg = (
                f"It was sent, and it is in the trash of {self.channel.name} now. Restore it there and try again: it is"
                " taken as it is. Or delete it there for good and try again: it is sent anew."
            )
            raise InTrash(msg)
        return seen

    def _prepare(self, parcel: Parcel) -> tuple[PreparedPost, LivePost | None]:
        """The request to send; or what is there already. Asks the site only after the seal has been proved."""
        with self._work() as work:
            contents = load_contents(work, parcel, self.channel.id)
        prepared = self.publisher.prepare(contents.outgoing, media_id=None)
        check_seal(contents, prepared, seal=parcel.seal, media_id=None)
        # After an earlier attempt nothing is known to be there, but a second post would cost more than a long look.
        seen = self._look(parcel, thorough=parcel.attempt > 0)
        if seen.ours is not None:
            return prepared, seen.ours
        if seen.slug_taken:
            msg = (
                f"{self.channel.name} already has another post with the address '{parcel.slug}'. Change the address of"
                " this post, or remove the other one there; then try again."
            )
            raise AddressTaken(msg)
        return self._place_image(parcel, contents, prepared), None

    def _place_image(self, parcel: Parcel, contents: Contents, prepared: PreparedPost) -> PreparedPost:
        image = contents.outgoing.image
        if image is None:
            return prepared
        # Placing looks first, and two looks at once for one image would both upload it.
        with self._image_locks[image.digest]:
            media_id = self.publisher.place_image(image)
        prepared = self.publisher.prepare(contents.outgoing, media_id=media_id)
        check_seal(contents, prepared, seal=parcel.seal, media_id=media_id)
        return prepared

    def _send(self, parcel: Parcel, prepared: PreparedPost) -> PostOutcome | None:
        if self.stopped is not None:
            return None
        try:
            with self._work() as work:
                attempt = begin_sending(work, parcel, worker=self.lock.worker, lease=self._lease())
        except Conflict as taken:
            return outcomes.leave_alone(parcel, str(taken))
        objection = self.lock.find_objection(parcel.publication_id, attempt=attempt, now=self.runtime.clock.now())
        if objection is not None:
            with self._work() as work:
                return outcomes.stop(work, parcel, objection)
        try:
            live = self.publisher.send(prepared)
        except LeadmetricsError as error:
            return self._settle_failed(parcel, error)
        return self._confirm(parcel, live, adopted=False)

    def _settle_unsent(self, parcel: Parcel, error: LeadmetricsError) -> PostOutcome:
        """Nothing was sent."""
        if isinstance(error, SealBroken):
            with self._work() as work:
                return outcomes.reopen(work, parcel, str(error))
        return self._settle_unwritten(parcel, error)

    def _settle_failed(self, parcel: Parcel, error: LeadmetricsError) -> PostOutcome:
        """The call was made."""
        if not isinstance(error, OutcomeUnknown):
            return self._settle_unwritten(parcel, error)
        self._unknown += 1
        if self._unknown >= MOST_UNKNOWN:
            self.stopped = error
        with self._work() as work:
            return outcomes.leave_open(work, parcel, error)

    def _settle_unwritten(self, parcel: Parcel, error: LeadmetricsError) -> PostOutcome:
        """The site certainly wrote nothing."""
        if isinstance(error, PassingError):
            self.stopped = error
            with self._work() as work:
                return outcomes.postpone(work, parcel, error)
        if self._judge_channel(error):
            with self._work() as work:
                return outcomes.stop(work, parcel, str(error))
        with self._work() as work:
            return outcomes.refuse(work, parcel, error)

    def _judge_channel(self, error: LeadmetricsError) -> bool:
        """Whether a refusal is about the channel, not about the post: then the channel waits for its admin.

        The post stays free to go out when the channel is connected again; nobody has to retry it by hand.
        """
        if not isinstance(error, PermanentError) or isinstance(error, ContentRejected):
            return False
        try:
            self.publisher.verify()
        except PermanentError as refusal:
            self.stopped = refusal
            with self._work() as work:
                mark_revoked(work, self.channel.id, str(refusal))
            return True
        except PassingError:
            return False
        return False

    def _confirm(self, parcel: Parcel, live: LivePost, *, adopted: bool) -> PostOutcome:
        with self._work() as work:
            return outcomes.confirm(work, parcel, live, run_id=self.run_id, adopted=adopted)

    def _lease(self) -> timedelta:
        return timedelta(seconds=self.runtime.settings.lease_seconds)

    def _work(self) -> AbstractContextManager[UnitOfWork]:
        return self.runtime.unit_of_work(tenant=self.channel.tenant_id, actor=self.actor)
