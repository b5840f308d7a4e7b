"""Publishing, exactly once: what is due, the pass that sends it, and a person's way back after a refusal.

Level-triggered: a pass asks what may go out now, whatever happened before, so a lost tick or a killed process heals
with the next one. How one post goes out is in `poster/`.
"""

from __future__ import annotations

import threading
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, cast, func, or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.types import Date

from leadmetrics_pipelines.domain import pipelines
from leadmetrics_pipelines.domain.activities import ActivityStatus
from leadmetrics_pipelines.domain.approvals import SubjectKind
from leadmetrics_pipelines.domain.channels import ChannelStatus
from leadmetrics_pipelines.domain.content import PostStatus
from leadmetrics_pipelines.domain.people import Actor, Permission, system_actor
from leadmetrics_pipelines.domain.periods import Month
from leadmetrics_pipelines.domain.publications import PublicationState
from leadmetrics_pipelines.domain.release import ReleaseState
from leadmetrics_pipelines.errors import Conflict
from leadmetrics_pipelines.kit.digests import sha256_json
from leadmetrics_pipelines.services.approvals import open_late_release
from leadmetrics_pipelines.services.contents import read_post
from leadmetrics_pipelines.services.pipelines import spawn_unit_step
from leadmetrics_pipelines.services.post_rows import get_post
from leadmetrics_pipelines.services.poster.channel_pass import ChannelPass, ChannelReport
from leadmetrics_pipelines.services.poster.comments import is_due, list_due_channels
from leadmetrics_pipelines.services.poster.ledger import POST, give_up_lapsed, move_publication
from leadmetrics_pipelines.services.poster.outcomes import Fate, PostOutcome
from leadmetrics_pipelines.services.posts import reopen_for_change
from leadmetrics_pipelines.services.release import ReleaseCase, ReleaseLimits, gather_cases
from leadmetrics_pipelines.services.runtime import Runtime
from leadmetrics_pipelines.services.transitions import move_activity, move_post
from leadmetrics_pipelines.storage.approvals.models import Approval
from leadmetrics_pipelines.storage.channels.models import Channel
from leadmetrics_pipelines.storage.content.models import ContentRequest, Post
from leadmetrics_pipelines.storage.database import UnitOfWork
from leadmetrics_pipelines.storage.deliverables.models import DeliverablePeriod
from leadmetrics_pipelines.storage.publications.models import Heartbeat, Publication
from leadmetrics_pipelines.storage.tenants.models import Tenant

HEARTBEAT = "publisher"
CHANNELS_AT_ONCE = 8
# Work that a pass left behind (another publisher was busy, a run was lost) gets a new digest, and so a new run, after
# this many seconds.
ASK_AGAIN = 120
_RELEASED = (PostStatus.APPROVED, PostStatus.SCHEDULED)
_WANT_PASS = (ReleaseState.READY, ReleaseState.LOOK_FIRST, ReleaseState.MISSED, ReleaseState.CHANGED)

# done, of, the latest outcome
OnProgress = Callable[[int, int, PostOutcome], None]


@dataclass(frozen=True, kw_only=True)
class DueWork:
    """Posts of one tenant and month that a pass can do something about now.

    `tenant`: its slug. `month`: `YYYY-MM`, the period's, or for ad-hoc posts the one in which they were raised (UTC).
    `digest` changes when the set changes, with each attempt, and after ASK_AGAIN seconds.
    """

    tenant: str
    month: str
    count: int
    digest: str


@dataclass(frozen=True, kw_only=True)
class PublishReport:
    """What a pass did. A caller fails its run when `problems` is not empty; the outcomes stand all the same."""

    outcomes: tuple[PostOutcome, ...] = ()
    asked_late: int = 0
    busy_channels: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()

    def count(self, *fates: Fate) -> int:
        """How many posts met one of these fates."""
        counts = Counter(outcome.fate for outcome in self.outcomes)
        return sum(counts[fate] for fate in fates)

    @property
    def live(self) -> int:
        """How many posts this pass found or made live."""
        return self.count(Fate.PUBLISHED, Fate.ADOPTED)


def publish_due(
    runtime: Runtime, *, tenant: UUID, month: Month | None, run_id: str | None = None,
    on_progress: OnProgress | None = None,
) -> PublishReport:  # fmt: skip
    """Send what may go out now of one tenant's month (None: all its months), each channel by one poster at a time.

    Safe to call at any time, by anybody, at once and again: only what is released is sent, and it is sent once.
    """
    actor = system_actor("publisher", f"run:{run_id}" if run_id else "publisher")
    limits = ReleaseLimits.of(runtime.settings)
    with runtime.unit_of_work(tenant=tenant, actor=actor) as work:
        note_heartbeat(work)
        give_up_lapsed(work)
        work.session.flush()
        query = _candidates(work.now).where(Post.tenant_id == tenant)
        if month is not None:
            query = query.where(_month_of_post() == month.first_day)
        cases = gather_cases(work, [row.id for row in work.session.execute(query)], limits=limits)
        commented = list_due_channels(work)
    reopened = _reopen_changed(runtime, tenant, actor, cases)
    asked = _ask_about_missed(runtime, tenant, actor, cases)
    due = [case for case in cases if case.verdict.may_send or case.must_look]
    reports = _run_channels(runtime, tenant, actor, due, run_id, _counted(on_progress, len(due)), commented)
    return PublishReport(
        outcomes=(*reopened, *(outcome for report in reports for outcome in report.outcomes)),
        asked_late=asked,
        busy_channels=tuple(report.channel_name for report in reports if report.is_busy),
        problems=tuple(f"{report.channel_name}: {report.problem}" for report in reports if report.problem),
    )


def due_publications(work: UnitOfWork, *, limits: ReleaseLimits | None = None) -> tuple[DueWork, ...]:
    """What a publishing pass would act on now, per tenant and month. Crosses tenants; published posts cost nothing."""
    rows = {row.id: row for row in work.session.execute(_candidates(work.now))}
    cases = [case for case in gather_cases(work, rows, limits=limits) if case.verdict.state in _WANT_PASS]
    asked = _late_asked(work, [case for case in cases if case.verdict.state is ReleaseState.MISSED])
    groups: dict[tuple[str, str], list[list[str | int]]] = defaultdict(list)
    for case in cases:
        if case.post_id not in asked:
            row = rows[case.post_id]
            groups[row.slug, f"{row.month:%Y-%m}"].append(_describe(case, work.now))
    for due in work.session.execute(_due_comments(work.now)):
        age = int((work.now - (due.retry_at or due.intended_at)).total_seconds()) // ASK_AGAIN
        groups[due.slug, f"{due.month:%Y-%m}"].append([str(due.id), due.attempt, due.looks, "comment", age])
    return tuple(
        DueWork(tenant=slug, month=month, count=len(members), digest=sha256_json(sorted(members))[:32])
        for (slug, month), members in sorted(groups.items())
    )


def sweep_publications(work: UnitOfWork) -> int:
    """Calls whose worker gave no sign before its lease ended become `unconfirmed`; how many. Never sends again."""
    return give_up_lapsed(work)


def note_heartbeat(work: UnitOfWork) -> None:
    """Note that the publisher is alive."""
    beat = insert(Heartbeat).values(name=HEARTBEAT, at=work.now)
    work.session.execute(beat.on_conflict_do_update(index_elements=[Heartbeat.name], set_={"at": beat.excluded.at}))


def retry_publication(work: UnitOfWork, post_id: UUID) -> Post:
    """A person has mended the cause of a refusal: the post may be tried again, with its approval as it stands.

    Raises NotAllowed, NotFound, or Conflict when the post has not failed. Who may decide also lets a late one out.
    """
    work.actor.require(Permission.UNBLOCK)
    post = get_post(work, post_id, lock=True)
    if post.status != PostStatus.PUBLISH_FAILED:
        msg = f"Only a post whose publishing failed can be tried again; this one is {post.status}."
        raise Conflict(msg)
    reason = f"{work.actor.name} asked for another attempt"
    row = work.session.scalar(
        select(Publication)
        .where(Publication.post_id == post_id, Publication.channel_id == post.channel_id, Publication.part == POST)
        .with_for_update()
    )
    if row is not None and row.state == PublicationState.REFUSED:
        move_publication(work, row, PublicationState.INTENDED, reason)
        row.intended_at, row.settled_at, row.retry_at = work.now, None, None
    move_post(work, post, PostStatus.APPROVED, reason)
    if work.actor.may(Permission.DECIDE):
        post.late_allowed_at = work.now
    activity = spawn_unit_step(work, post, pipelines.PUBLISH)
    if activity.status == ActivityStatus.FAILED:
        move_activity(work, activity, ActivityStatus.ASSIGNED, reason)
    return post


def _month_of_post() -> ColumnElement[date]:
    raised = cast(func.date_trunc("month", func.timezone("UTC", ContentRequest.created_at)), Date)
    return func.coalesce(DeliverablePeriod.month, raised)


def _candidates(now: datetime) -> Select[UUID, str, date]:
    """Approved posts whose slot, if they have one, has come."""
    return (
        select(Post.id, Tenant.slug, _month_of_post().label("month"))
        .join(Tenant, and_(Tenant.id == Post.tenant_id, Tenant.is_active))
        .join(ContentRequest, ContentRequest.id == Post.request_id)
        .outerjoin(DeliverablePeriod, DeliverablePeriod.id == Post.period_id)
        .where(Post.status.in_(_RELEASED), or_(Post.publish_at.is_(None), Post.publish_at <= now))
    )


def _late_asked(work: UnitOfWork, missed: Sequence[ReleaseCase]) -> set[UUID]:
    """The missed posts about which people have been asked since they were due."""
    if not missed:
        return set()
    query = (
        select(Approval.subject_id, func.max(Approval.opened_at))
        .where(Approval.subject_kind == SubjectKind.LATE_POST, Approval.subject_id.in_([c.post_id for c in missed]))
        .group_by(Approval.subject_id)
    )
    asked = {row[0]: row[1] for row in work.session.execute(query)}
    return {c.post_id for c in missed if c.post_id in asked and asked[c.post_id] >= (c.facts.due_at or work.now)}


def _due_comments(now: datetime) -> Select[UUID, int, int, datetime | None, datetime, str, date]:
    """First comments to write or to look for, of active tenants."""
    return (
        select(
            Publication.id, Publication.attempt, Publication.looks, Publication.retry_at, Publication.intended_at,
            Tenant.slug, _month_of_post().label("month"),
        )
        .join(Post, Post.id == Publication.post_id)
        .join(Tenant, and_(Tenant.id == Post.tenant_id, Tenant.is_active))
        .join(ContentRequest, ContentRequest.id == Post.request_id)
        .join(Channel, and_(Channel.id == Publication.channel_id, Channel.status == ChannelStatus.CONNECTED))
        .outerjoin(DeliverablePeriod, DeliverablePeriod.id == Post.period_id)
        .where(is_due(now))
    )  # fmt: skip


def _describe(case: ReleaseCase, now: datetime) -> list[str | int]:
    since = case.waiting_since or now
    age = int((now - since).total_seconds()) // ASK_AGAIN
    return [str(case.post_id), case.attempt, case.looks, since.isoformat(), age]


def _reopen_changed(runtime: Runtime, tenant: UUID, actor: Actor, cases: Iterable[ReleaseCase]) -> list[PostOutcome]:
    """Approved posts that are no longer what was approved go back to people."""
    cause = "It changed after it was approved, so it was not sent. Compare the versions and decide again."
    outcomes = []
    for case in (c for c in cases if c.verdict.state is ReleaseState.CHANGED and not c.must_look):
        with runtime.unit_of_work(tenant=tenant, actor=actor) as work:
            post = get_post(work, case.post_id, lock=True)
            if post.status not in _RELEASED or not _still(work, runtime, case):
                continue
            post.seal = read_post(work, post.id).seal
            reopen_for_change(work, post.id, cause)
        outcomes.append(PostOutcome(post_id=case.post_id, title=case.title, fate=Fate.REOPENED, detail=cause))
    return outcomes


def _ask_about_missed(runtime: Runtime, tenant: UUID, actor: Actor, cases: Iterable[ReleaseCase]) -> int:
    """Ask people about posts whose window has passed; how many."""
    missed = [case for case in cases if case.verdict.state is ReleaseState.MISSED]
    if not missed:
        return 0
    count = 0
    with runtime.unit_of_work(tenant=tenant, actor=actor) as work:
        asked = _late_asked(work, missed)
        for case in missed:
            if case.post_id in asked:
                continue
            get_post(work, case.post_id, lock=True)
            if _still(work, runtime, case):
                open_late_release(work, case.post_id)
                count += 1
    return count


def _still(work: UnitOfWork, runtime: Runtime, case: ReleaseCase) -> bool:
    """Whether the verdict is the same now that we hold the post."""
    again = gather_cases(work, [case.post_id], limits=ReleaseLimits.of(runtime.settings))
    return bool(again) and again[0].verdict.state is case.verdict.state


def _run_channels(
    runtime: Runtime, tenant: UUID, actor: Actor, due: Sequence[ReleaseCase], run_id: str | None,
    on_outcome: Callable[[PostOutcome], None], commented: Iterable[UUID],
) -> list[ChannelReport]:  # fmt: skip
    by_channel: dict[UUID, list[UUID]] = defaultdict(list, {channel_id: [] for channel_id in commented})
    for case in due:
        if case.channel_id is not None:
            by_channel[case.channel_id].append(case.post_id)
    passes = [
        ChannelPass(
            runtime=runtime, actor=actor, tenant=tenant, channel_id=channel_id, post_ids=post_ids, run_id=run_id,
            on_outcome=on_outcome,
        )
        for channel_id, post_ids in by_channel.items()
    ]  # fmt: skip
    if len(passes) <= 1:
        return [channel_pass.run() for channel_pass in passes]
    with ThreadPoolExecutor(CHANNELS_AT_ONCE, thread_name_prefix="publisher") as threads:
        # Leaving the block waits: every channel comes to its end before one channel's fault is raised.
        futures = [threads.submit(channel_pass.run) for channel_pass in passes]
    return [future.result() for future in futures]


def _counted(on_progress: OnProgress | None, of: int) -> Callable[[PostOutcome], None]:
    done = 0
    counting = threading.Lock()

    def tell(outcome: PostOutcome) -> None:
        nonlocal done
        if on_progress is None:
            return
        with counting:
            done += 1
            on_progress(done, of, outcome)

    return tell
