"""The live watch: reads back what was published lately, and tells people what somebody changed on the platform.

A post that was deleted, edited or rejected there is noticed within a day, with a task; one that is as we sent it again
ends the concern by itself. Nothing is written on any platform.
"""

from __future__ import annotations

import html
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import select

from leadmetrics_pipelines.domain.channels import ChannelStatus
from leadmetrics_pipelines.domain.content import PostStatus
from leadmetrics_pipelines.domain.contents import SocialContent
from leadmetrics_pipelines.domain.people import Actor, system_actor
from leadmetrics_pipelines.domain.pipelines import HumanRole
from leadmetrics_pipelines.errors import LeadmetricsError
from leadmetrics_pipelines.services.alerts import PersonTask, Severity, raise_alert, resolve_alert
from leadmetrics_pipelines.services.contents import read_post
from leadmetrics_pipelines.services.renewals import ensure_fresh
from leadmetrics_pipelines.services.runtime import Runtime
from leadmetrics_pipelines.storage.channels.models import Channel
from leadmetrics_pipelines.storage.content.models import Post

if TYPE_CHECKING:
    from leadmetrics_pipelines.platforms.publishing import Publisher, RemoteState
    from leadmetrics_pipelines.storage.database import UnitOfWork

ACTOR = system_actor("live watch", "service")
# Items of the last days are read back; older ones change seldom, and every read costs quota.
WATCHED_DAYS = 30
MOST_PER_CHANNEL = 100
_SCHEME = re.compile(r"https?://")
LIVE, EDITED, DELETED, REJECTED = "live", "edited", "deleted", "rejected"
_WORDS = {
    EDITED: ("was edited on", Severity.ATTENTION),
    DELETED: ("was deleted on", Severity.BLOCKED),
    REJECTED: ("was rejected by", Severity.BLOCKED),
}


@dataclass(frozen=True, kw_only=True)
class WatchReport:
    """What a round saw. `states`: how many items are live, edited, deleted, rejected; `problems`: in sentences."""

    states: Mapping[str, int] = field(default_factory=dict)
    problems: tuple[str, ...] = ()

    @property
    def total(self) -> int:
        """Items that were read back."""
        return sum(self.states.values())


def watch_live_posts(runtime: Runtime, tenant: UUID, actor: Actor = ACTOR) -> WatchReport:
    """Read back the tenant's recent posts on every channel. One channel's failure does not lose the others'."""
    with runtime.unit_of_work(tenant=tenant, actor=actor) as work:
        query = select(Channel).where(Channel.status == ChannelStatus.CONNECTED).order_by(Channel.name, Channel.id)
        channels = work.session.scalars(query).all()
    states: Counter[str] = Counter()
    problems: list[str] = []
    for channel in channels:
        posts = _recent(runtime, channel, actor)
        if not posts:
            continue
        try:
            publisher = runtime.publisher(ensure_fresh(runtime, tenant, channel.id))
            for post in posts:
                states[_watch(runtime, actor, channel, publisher, post)] += 1
        except LeadmetricsError as error:
            problems.append(f"{channel.name}: {error}")
    return WatchReport(states=dict(states), problems=tuple(problems))


def _recent(runtime: Runtime, channel: Channel, actor: Actor) -> list[Post]:
    with runtime.unit_of_work(tenant=channel.tenant_id, actor=actor) as work:
        query = (
            select(Post)
            .where(
                Post.channel_id == channel.id, Post.status == PostStatus.PUBLISHED, Post.remote_id.is_not(None),
                Post.published_at >= work.now - timedelta(days=WATCHED_DAYS),
            )
            .order_by(Post.published_at.desc())
            .limit(MOST_PER_CHANNEL)
        )  # fmt: skip
        return list(work.session.scalars(query))


def _watch(runtime: Runtime, actor: Actor, channel: Channel, publisher: Publisher, post: Post) -> str:
    seen = publisher.read_back(post.remote_id or "")
    with runtime.unit_of_work(tenant=post.tenant_id, actor=actor) as work:
        seen = _compare(work, post, seen)
        row = work.session.get_one(Post, post.id, with_for_update={"key_share": True}, populate_existing=True)
        before = row.live_state
        row.live_state, row.live_detail, row.live_checked_at = seen.state, seen.detail or None, work.now
        if before != seen.state:
            work.audit(
                "post.seen_live", subject_kind="post", subject_id=row.id, from_state=before, to_state=seen.state,
                reason=seen.detail,
            )  # fmt: skip
        concern = f"post:{row.id}:live"
        if seen.state == LIVE:
            resolve_alert(work, concern, "It is there as it was sent")
            return seen.state
        words, severity = _WORDS.get(seen.state, ("is not as it was sent on", Severity.ATTENTION))
        title = f"“{row.title}” {words} {channel.name}"
        raise_alert(
            work, kind=f"post_{seen.state}", severity=severity, dedupe_key=concern, title=title,
            detail=_explain(seen, row), subject_kind="post", subject_id=row.id, channel_id=channel.id,
            task=PersonTask(
                step_key="look_at_live_post", name=title, instructions=_explain(seen, row), role=HumanRole.REVIEWER
            ),
        )  # fmt: skip
    return seen.state


def _compare(work: UnitOfWork, post: Post, seen: RemoteState) -> RemoteState:
    """What is live against what was sent. What the platform itself changed at publishing is known and no concern."""
    if seen.state != LIVE or seen.text is None or post.differences:
        return seen
    version = read_post(work, post.id)
    content = version.content
    sent = content.text if isinstance(content, SocialContent) else version.body_html
    link = content.link if isinstance(content, SocialContent) else None
    # Where links have no field of their own (X; LinkedIn beside pictures), the link follows the text.
    if _words(seen.text) in (_words(sent), _words(f"{sent} {link or ''}")):
        return seen
    return replace(seen, state=EDITED, detail=seen.detail or "Its text is no longer the one that was approved.")


def _words(text: str) -> list[str]:
    """Platforms change spaces, line ends and how links are written; people change words."""
    return [word.rstrip("/") for word in _SCHEME.sub("", html.unescape(text)).split()]


def _explain(seen: RemoteState, post: Post) -> str:
    where = f" It was at {post.published_url}." if post.published_url else ""
    why = f" {seen.detail}" if seen.detail else ""
    return (
        f"Nobody did this from here.{why}{where} Ask who changed it there; if it should be back, raise a new request,"
        " and if it is meant, complete this task."
    )
