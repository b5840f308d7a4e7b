"""The dry run: everything that is due in the next days, through the publisher's own code up to the last call.

Token, quota, limits, media, seal, holds and API version of each item are resolved exactly as the publisher will resolve
them; nothing is written on any platform. What would stop an item is known days before its time, not at it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import or_, select

from leadmetrics_pipelines.domain.channels import ChannelStatus
from leadmetrics_pipelines.domain.content import PostStatus
from leadmetrics_pipelines.domain.people import Actor, system_actor
from leadmetrics_pipelines.domain.release import ReleaseState
from leadmetrics_pipelines.errors import LeadmetricsError, PassingError
from leadmetrics_pipelines.kit.ids import new_id
from leadmetrics_pipelines.platforms.facts import facts_of
from leadmetrics_pipelines.services.contents import read_post
from leadmetrics_pipelines.services.poster.contents import check_seal, load_contents
from leadmetrics_pipelines.services.poster.ledger import Parcel
from leadmetrics_pipelines.services.release import ReleaseCase, ReleaseLimits, gather_cases
from leadmetrics_pipelines.services.renewals import ensure_fresh
from leadmetrics_pipelines.services.runtime import Runtime
from leadmetrics_pipelines.storage.channels.models import Channel
from leadmetrics_pipelines.storage.content.models import Post
from leadmetrics_pipelines.storage.database import all_tenants
from leadmetrics_pipelines.storage.tenants.models import Tenant

if TYPE_CHECKING:
    from leadmetrics_pipelines.platforms.publishing import Publisher, Quota

ACTOR = system_actor("dry run", "service")
HORIZON_DAYS = 14
# Before a version dies: amber from here on, red from there on (issue "Channels").
AMBER, RED = timedelta(days=60), timedelta(days=14)
# More items than this are counted, not tried.
MOST_ITEMS = 500
_DUE = (PostStatus.REVIEW, PostStatus.APPROVED, PostStatus.SCHEDULED, PostStatus.PUBLISH_FAILED)


class Level(StrEnum):
    """What a finding means for the item."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, kw_only=True)
class DryFinding:
    """One answer about one item; `sentence` says what is so and, where it matters, what to do."""

    check: str
    level: Level
    sentence: str


@dataclass(frozen=True, kw_only=True)
class DryItem:
    """One due item. `due_at`: UTC, None for as soon as it is approved."""

    post_id: UUID
    title: str
    channel_id: UUID | None
    channel_name: str
    platform: str
    due_at: datetime | None
    findings: tuple[DryFinding, ...]

    @property
    def level(self) -> Level:
        """The worst of its findings."""
        levels = {finding.level for finding in self.findings}
        return next((level for level in (Level.FAIL, Level.WARN) if level in levels), Level.OK)


@dataclass(frozen=True, kw_only=True)
class DryRunReport:
    """What is due, soonest first. `left_out`: items beyond the most that one run tries."""

    items: tuple[DryItem, ...]
    until: datetime
    left_out: int = 0

    def count(self, level: Level) -> int:
        """How many items stand there."""
        return sum(item.level is level for item in self.items)


@dataclass(frozen=True)
class _Way:
    """What is known of one channel: its publisher, or why there is none; its quota, asked once."""

    channel: Channel
    publisher: Publisher | None
    trouble: LeadmetricsError | None
    quota: Quota | None


def dry_run(runtime: Runtime, tenant: UUID, actor: Actor = ACTOR, *, days: int = HORIZON_DAYS) -> DryRunReport:
    """Try everything that is due within so many days. Reads from the platforms, writes nothing there."""
    limits = ReleaseLimits.of(runtime.settings)
    with runtime.unit_of_work(tenant=tenant, actor=actor) as work:
        until = work.now + timedelta(days=days)
        query = (
            select(Post)
            .where(Post.status.in_(_DUE), Post.version > 0, or_(Post.publish_at.is_(None), Post.publish_at <= until))
            .order_by(Post.publish_at.nulls_first(), Post.id)
        )
        posts = work.session.scalars(query).all()
        chosen = posts[:MOST_ITEMS]
        cases = {case.post_id: case for case in gather_cases(work, [post.id for post in chosen], limits=limits)}
        channel_ids = {post.channel_id for post in chosen if post.channel_id is not None}
        channels = work.session.scalars(select(Channel).where(Channel.id.in_(channel_ids))).all()
    ways = {channel.id: _find_way(runtime, channel) for channel in channels}
    planned = Counter(post.channel_id for post in chosen if post.status != PostStatus.REVIEW)
    items = [_try(runtime, actor, post, cases[post.id], ways, planned) for post in chosen]
    return DryRunReport(items=tuple(items), until=until, left_out=len(posts) - len(chosen))


def _find_way(runtime: Runtime, channel: Channel) -> _Way:
    try:
        if channel.status == ChannelStatus.CONNECTED:
            channel = ensure_fresh(runtime, channel.tenant_id, channel.id)
        publisher = runtime.publisher(channel)
        publisher.verify()
        return _Way(channel, publisher, None, publisher.quota())
    except LeadmetricsError as error:
        return _Way(channel, None, error, None)


def _try(
    runtime: Runtime, actor: Actor, post: Post, case: ReleaseCase, ways: Mapping[UUID, _Way],
    planned: Mapping[UUID | None, int],
) -> DryItem:  # fmt: skip
    way = ways.get(post.channel_id) if post.channel_id else None
    findings = [*_judge_gate(case), *_judge_way(post, way, planned)]
    if way is not None:
        findings += [*_judge_version(post, way), _judge_contents(runtime, actor, post, case, way)]
    return DryItem(
        post_id=post.id, title=post.title, channel_id=post.channel_id,
        channel_name=way.channel.name if way else "No channel", platform=way.channel.platform if way else "",
        due_at=post.publish_at, findings=tuple(findings),
    )  # fmt: skip


def _judge_gate(case: ReleaseCase) -> Iterator[DryFinding]:
    """What the publisher itself answers to "why is this not out?"; waiting for its time is as it should be."""
    verdict = case.verdict
    fine = verdict.may_send or verdict.state in (ReleaseState.NOT_DUE, ReleaseState.UNDO)
    level = Level.OK if fine else Level.FAIL if verdict.state in _STOPPED else Level.WARN
    yield DryFinding(check="release", level=level, sentence=verdict.sentence)
    for hold in case.facts.holds:
        yield DryFinding(check="hold", level=Level.FAIL, sentence=f"{hold.set_by} holds publishing: {hold.reason}")


_STOPPED = (ReleaseState.MISSED, ReleaseState.REFUSED, ReleaseState.HELD, ReleaseState.CHANNEL, ReleaseState.CHANGED)


def _judge_way(post: Post, way: _Way | None, planned: Mapping[UUID | None, int]) -> Iterator[DryFinding]:
    if way is None:
        yield DryFinding(check="channel", level=Level.FAIL, sentence="It has no channel to go to. Choose one.")
        return
    if way.trouble is not None:
        level = Level.WARN if isinstance(way.trouble, PassingError) else Level.FAIL
        yield DryFinding(check="access", level=level, sentence=str(way.trouble))
        return
    ends = way.channel.expires_at
    if ends is not None and way.channel.renew_at is None and post.publish_at is not None and ends <= post.publish_at:
        sentence = f"The access ends on {ends:%d %B %Y}, before its time, and no machine can renew it. Connect again."
        yield DryFinding(check="access", level=Level.FAIL, sentence=sentence)
    else:
        yield DryFinding(check="access", level=Level.OK, sentence=f"{way.channel.name} accepts us.")
    left = way.quota.left if way.quota is not None else None
    if left is not None and left < planned[post.channel_id]:
        sentence = f"{way.channel.name} lets {left} more items out now; {planned[post.channel_id]} are planned."
        yield DryFinding(check="quota", level=Level.WARN, sentence=sentence)


def _judge_version(post: Post, way: _Way) -> Iterator[DryFinding]:
    due = post.publish_at
    for version in facts_of(way.channel.platform).versions:
        if version.sunset is None or due is None:
            continue
        left = version.sunset - due.date()
        if left > AMBER:
            continue
        level = Level.FAIL if left <= timedelta(0) else Level.WARN
        sentence = f"{version.api} {version.version} ends on {version.sunset:%d %B %Y}; an engineer must move it on."
        yield DryFinding(check="version", level=level, sentence=sentence)


def _judge_contents(runtime: Runtime, actor: Actor, post: Post, case: ReleaseCase, way: _Way) -> DryFinding:
    """The very requests that would be sent, proved against the seal of the version on the table."""
    if way.publisher is None:
        return DryFinding(check="content", level=Level.WARN, sentence="Not tried: the channel cannot be used.")
    media_url = f"{runtime.settings.review_url.rstrip('/')}/media"
    try:
        with runtime.unit_of_work(tenant=post.tenant_id, actor=actor) as work:
            version = read_post(work, post.id)
            parcel = Parcel(
                publication_id=case.publication_id or new_id(), post_id=post.id, title=post.title, slug=post.slug,
                seal=version.seal, attempt=0, sent_at=None, version=version,
            )  # fmt: skip
            contents = load_contents(work, parcel, media_url=media_url)
        check_seal(contents, way.publisher.prepare(contents.item, {}), seal=case.facts.approval_seal or version.seal)
    except LeadmetricsError as error:
        return DryFinding(check="content", level=Level.FAIL, sentence=str(error))
    return DryFinding(check="content", level=Level.OK, sentence="Text, pictures and limits are as the platform asks.")


@dataclass(frozen=True, kw_only=True)
class Trial:
    """A dry run of every tenant. `failures`: what would not go out, a sentence each."""

    items: int
    failures: tuple[str, ...]


def try_all_tenants(runtime: Runtime) -> Trial:
    """Try every active tenant's next days; what keeps one from being tried is a failure of its own."""
    with runtime.unit_of_work(tenant=all_tenants, actor=ACTOR) as work:
        tenants = work.session.scalars(select(Tenant).where(Tenant.is_active).order_by(Tenant.slug)).all()
    count, failures = 0, []
    for tenant in tenants:
        try:
            report = dry_run(runtime, tenant.id)
        except LeadmetricsError as error:
            failures.append(f"{tenant.slug}: {error}")
            continue
        count += len(report.items)
        failures += [
            f"{tenant.slug}: {item.title} ({item.channel_name}): {finding.sentence}"
            for item in report.items
            for finding in item.findings
            if finding.level is Level.FAIL
        ]
    return Trial(items=count, failures=tuple(failures))


def worst_first(items: Sequence[DryItem]) -> list[DryItem]:
    """Those that need a person first, then by time."""
    order = {Level.FAIL: 0, Level.WARN: 1, Level.OK: 2}
    return sorted(items, key=lambda item: order[item.level])
