"""One post from the ledger to the platform: prove it, place it, write down the attempt, call once, settle.

The order of the steps is the whole point; each commits before the next begins. It is the same for a blog post, a
social post and a newsletter: what a platform needs differently it says in its `Traits`.
"""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta

from leadmetrics_pipelines.domain.people import Actor
from leadmetrics_pipelines.errors import (
    AccessRevoked,
    ContentRejected,
    LeadmetricsError,
    OutcomeUnknown,
    PassingError,
    PermanentError,
)
from leadmetrics_pipelines.platforms.publishing import (
    Accepted,
    AnyOutgoing,
    Commenter,
    Handles,
    LivePost,
    Look,
    Prepared,
    Publisher,
    StillProcessing,
)
from leadmetrics_pipelines.services.channels import mark_revoked
from leadmetrics_pipelines.services.poster import outcomes
from leadmetrics_pipelines.services.poster.access import renew_publisher
from leadmetrics_pipelines.services.poster.comments import Commenting, intend_comment
from leadmetrics_pipelines.services.poster.contents import (
    Contents,
    SealBroken,
    check_seal,
    has_words,
    images_of,
    load_contents,
    make_contents,
)
from leadmetrics_pipelines.services.poster.ledger import Overtaken, Parcel, begin_sending, keep_handles
from leadmetrics_pipelines.services.poster.lock import PosterLock
from leadmetrics_pipelines.services.poster.outcomes import PostOutcome
from leadmetrics_pipelines.services.runtime import Runtime
from leadmetrics_pipelines.storage.channels.models import Channel
from leadmetrics_pipelines.storage.database import UnitOfWork

# So many calls without a trustworthy answer in one pass, and the platform is left alone until the next.
MOST_UNKNOWN = 3


class AddressTaken(ContentRejected):
    """Another post of the site has this address."""


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
    _renewed: bool = False
    # Calls of no more posts at once than the platform takes; what is between them does not count.
    _calling: threading.Semaphore = field(init=False)
    _judging: threading.Lock = field(default_factory=threading.Lock)
    _image_locks: dict[str, threading.Lock] = field(default_factory=lambda: defaultdict(threading.Lock))

    def __post_init__(self) -> None:
        self._calling = threading.Semaphore(self.publisher.traits.at_once)

    def deliver(self, parcel: Parcel) -> PostOutcome | None:
        """Send one post, once; None when the pass was stopped before its turn."""
        if self.stopped is not None:
            return None
        try:
            contents, prepared = self._prove(parcel)
            with self._calling:
                if self._is_stopped():
                    return None
                found = self._look_before(parcel, contents.item)
                handles = parcel.handles if found else self._place(parcel, contents, prepared)
            if found is not None:
                return self._confirm(parcel, found, adopted=True)
            prepared = self.publisher.prepare(contents.item, handles)
            check_seal(contents, prepared, seal=parcel.seal)
        except LeadmetricsError as error:
            return self._settle_unsent(parcel, error)
        return self._send(parcel, prepared, handles)

    def look(self, parcel: Parcel) -> PostOutcome:
        """Find out what became of a call whose answer is missing: adopt it, free it to be sent, or look later."""
        try:
            item = self._load(parcel).item
            look = self.publisher.look(item, parcel.handles, since=parcel.sent_at, thorough=True)
        except LeadmetricsError as error:
            self._judge_channel(error)
            with self._work() as work:
                return outcomes.note_look(work, parcel, error, traits=self.publisher.traits)
        if look.ours is not None:
            return self._confirm(parcel, look.ours, adopted=True)
        with self._work() as work:
            if look.refusal:
                return outcomes.refuse(work, parcel, ContentRejected(look.refusal), traits=self.publisher.traits)
            return outcomes.note_look(work, parcel, look, traits=self.publisher.traits)

    def _prove(self, parcel: Parcel) -> tuple[Contents, Prepared]:
        """The requests, proved to be what was approved; before the platform hears anything of them."""
        contents = self._load(parcel)
        prepared = self.publisher.prepare(contents.item, parcel.handles)
        check_seal(contents, prepared, seal=parcel.seal)
        return contents, prepared

    def _load(self, parcel: Parcel) -> Contents:
        if has_words(parcel):
            return make_contents(parcel)
        with self._work() as work:
            return load_contents(work, parcel, media_url=self._media_url())

    def _look_before(self, parcel: Parcel, item: AnyOutgoing) -> LivePost | None:
        """What is there already. A second post would cost more than a long look after an earlier attempt."""
        tried = parcel.attempt > 0
        if not tried and not self.publisher.traits.looks_first:
            return None
        since = parcel.sent_at if tried else None
        look = self.publisher.look(item, parcel.handles, since=since, thorough=tried)
        if look.ours is not None:
            return look.ours
        # A row that is intended is known not to be there: each earlier attempt certainly wrote nothing, or was looked
        # for until that was certain. So a look that cannot be certain holds nothing up here.
        self._require_welcome(parcel, look)
        return None

    def _require_welcome(self, parcel: Parcel, look: Look) -> None:
        if look.refusal:
            raise ContentRejected(look.refusal)
        if look.slug_taken:
            msg = (
                f"{self.channel.name} already has another post with the address '{parcel.slug}'. Change the address of"
                " this post, or remove the other one there; then try again."
            )
            raise AddressTaken(msg)

    def _place(self, parcel: Parcel, contents: Contents, prepared: Prepared) -> Handles:
        def keep(handles: Handles) -> None:
            with self._work() as work:
                keep_handles(work, parcel, handles, worker=self.lock.worker)

        with self._alone_with_images(contents):
            return self.publisher.place(prepared, parcel.handles, keep)

    @contextmanager
    def _alone_with_images(self, contents: Contents) -> Iterator[None]:
        """Placing looks first, and two looks at once for one picture would both upload it."""
        with ExitStack() as stack:
            for digest in sorted({image.digest for image in images_of(contents.item)}):
                stack.enter_context(self._image_locks[digest])
            yield

    def _send(self, parcel: Parcel, prepared: Prepared, handles: Handles) -> PostOutcome | None:
        if self.stopped is not None:
            return None
        try:
            with self._work() as work:
                attempt = begin_sending(work, parcel, worker=self.lock.worker, lease=self._lease())
        except Overtaken as taken:
            return outcomes.leave_alone(parcel, str(taken))
        objection = self.lock.find_objection(parcel.publication_id, attempt=attempt, now=self.runtime.clock.now())
        if objection is not None:
            with self._work() as work:
                return outcomes.stop(work, parcel, objection)
        try:
            with self._calling:
                sent = self.publisher.send(prepared, handles)
        except LeadmetricsError as error:
            return self._settle_failed(parcel, error)
        if isinstance(sent, Accepted):
            with self._work() as work:
                return outcomes.note_accepted(work, parcel, sent)
        return self._confirm(parcel, sent, adopted=False)

    def _settle_unsent(self, parcel: Parcel, error: LeadmetricsError) -> PostOutcome:
        """Nothing was sent."""
        if isinstance(error, Overtaken):
            return outcomes.leave_alone(parcel, str(error))
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
        """The platform certainly made nothing public."""
        if isinstance(error, StillProcessing):
            with self._work() as work:
                return outcomes.wait(work, parcel, error, seconds=error.retry_after)
        if isinstance(error, PassingError):
            self.stopped = error
            with self._work() as work:
                return outcomes.postpone(work, parcel, error)
        why = self._judge_channel(error)
        with self._work() as work:
            if why is not None:
                return outcomes.stop(work, parcel, why)
            return outcomes.refuse(work, parcel, error, traits=self.publisher.traits)

    def _judge_channel(self, error: LeadmetricsError) -> str | None:
        """Why a post waits whose refusal is about the channel, not about the post; None: it is about the post.

        It stays free to go out when the channel is connected again; nobody has to retry it by hand.
        """
        if not isinstance(error, PermanentError) or isinstance(error, ContentRejected):
            return None
        with self._judging:
            try:
                self.publisher.verify()
            except AccessRevoked as refusal:
                return self._renew_once(refusal)
            except PermanentError as refusal:
                return self._close_channel(refusal)
            except PassingError as silence:
                if not isinstance(error, AccessRevoked):
                    return None
                # Nothing speaks against the post; whether the access is lost is found out when the platform answers.
                self.stopped = silence
                return f"{error} Whether the access is lost is asked again: {silence}"
            # Another post of this pass met the same refusal, and the tokens have been renewed since.
            return "The access was renewed; it goes out with the next pass." if self._renewed else None

    def _renew_once(self, refusal: AccessRevoked) -> str:
        if self._renewed:
            return self._close_channel(refusal)
        try:
            fresh = renew_publisher(self.runtime, self.channel)
        except PassingError as error:
            self.stopped = error
            return f"The access could not be renewed just now: {error}"
        except PermanentError as error:
            # Whoever found that it cannot be renewed has closed the channel and told people.
            self.stopped = error
            return str(error)
        if fresh is None:
            return self._close_channel(refusal)
        self.publisher, self._renewed = fresh, True
        return "The access was renewed; it goes out with the next pass."

    def _close_channel(self, refusal: PermanentError) -> str:
        self.stopped = refusal
        with self._work() as work:
            mark_revoked(work, self.channel.id, str(refusal))
        return str(refusal)

    def _confirm(self, parcel: Parcel, live: LivePost, *, adopted: bool) -> PostOutcome:
        with self._work() as work:
            then = intend_comment if isinstance(self.publisher, Commenter) else None
            return outcomes.confirm(work, parcel, live, run_id=self.run_id, adopted=adopted, then=then)

    def write_comments(self) -> None:
        """Write the first comments that are due, where the platform takes any."""
        if self.stopped is None and isinstance(self.publisher, Commenter):
            Commenting(
                open_work=self._work, commenter=self.publisher, channel_id=self.channel.id, lock=self.lock,
                lease=self._lease(), settles_after=self.publisher.traits.settles_after,
            ).run()  # fmt: skip

    def _media_url(self) -> str:
        return f"{self.runtime.settings.review_url.rstrip('/')}/media"

    def _is_stopped(self) -> bool:
        """Asked again after a wait: another post's trouble may have stopped the pass."""
        return self.stopped is not None

    def _lease(self) -> timedelta:
        return timedelta(seconds=self.runtime.settings.lease_seconds)

    def _work(self) -> AbstractContextManager[UnitOfWork]:
        return self.runtime.unit_of_work(tenant=self.channel.tenant_id, actor=self.actor)
