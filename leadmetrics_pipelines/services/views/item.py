"""A request or a post as its page shows it: what would go out, and all that helps to decide about it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from leadmetrics_pipelines.domain.approvals import SubjectKind
from leadmetrics_pipelines.domain.content import ContentKind, PostStatus, RequestStatus
from leadmetrics_pipelines.domain.release import Verdict
from leadmetrics_pipelines.errors import NotFound
from leadmetrics_pipelines.services.contents import PostVersion, document_key, version_of
from leadmetrics_pipelines.services.gates import seal_request
from leadmetrics_pipelines.services.lengths import measure_for_channel
from leadmetrics_pipelines.services.post_rows import get_post
from leadmetrics_pipelines.services.release import release_verdict
from leadmetrics_pipelines.services.requests import RequestBrief, brief_of, get_request, request_history_key
from leadmetrics_pipelines.services.views.checks import Check, check_post, check_request
from leadmetrics_pipelines.services.views.item_parts import (
    ActivityLine,
    ApprovalView,
    ChannelView,
    CommentView,
    DecisionView,
    PeriodView,
    PostLine,
    PublicationView,
    read_activities,
    read_approvals,
    read_comments,
    read_decisions,
    read_posts_of,
    read_publication,
    read_surroundings,
)
from leadmetrics_pipelines.services.views.repetitions import find_repetitions
from leadmetrics_pipelines.storage.approvals.models import Approval
from leadmetrics_pipelines.storage.content.models import ContentRequest, Post
from leadmetrics_pipelines.storage.database import UnitOfWork
from leadmetrics_pipelines.storage.documents.store import StoredDocument, StoredVersion


@dataclass(frozen=True, kw_only=True)
class _Item:
    id: UUID
    title: str
    version: int
    status_since: datetime
    author_name: str
    hands: frozenset[UUID]
    run_id: str | None
    approvals: tuple[ApprovalView, ...]
    decisions: tuple[DecisionView, ...]
    comments: tuple[CommentView, ...]
    activities: tuple[ActivityLine, ...]
    period: PeriodView | None
    channel: ChannelView | None
    checks: tuple[Check, ...]
    versions: tuple[StoredVersion, ...]

    @property
    def approval(self) -> ApprovalView | None:
        """The open gate, else the newest."""
        return self.approvals[0] if self.approvals else None


@dataclass(frozen=True, kw_only=True)
class RequestItem(_Item):
    """A request. `seal` is the seal of what is shown; `earlier` the words of the version before."""

    status: RequestStatus
    brief: RequestBrief
    is_ad_hoc: bool
    position: int
    seal: str
    earlier: StoredDocument | None
    posts: tuple[PostLine, ...]

    @property
    def post_id(self) -> UUID | None:
        """Its post, the first of several."""
        return self.posts[0].id if self.posts else None

    @property
    def post_status(self) -> PostStatus | None:
        """Where that post stands."""
        return self.posts[0].status if self.posts else None


@dataclass(frozen=True, kw_only=True)
class PostItem(_Item):
    """A post. `present` is None until something is written; `earlier` is the version before the present one.

    `siblings` are the other posts of the same request, on other channels.
    """

    kind: ContentKind
    status: PostStatus
    siblings: tuple[PostLine, ...]
    present: PostVersion | None
    earlier: PostVersion | None
    request_id: UUID
    request_status: RequestStatus
    brief: RequestBrief
    verdict: Verdict
    publication: PublicationView | None
    published_url: str | None
    published_at: datetime | None
    differences: tuple[str, ...]
    problem: str | None


def read_subject_of(work: UnitOfWork, approval_id: UUID) -> tuple[SubjectKind, UUID]:
    """What an approval is about. Raises NotFound."""
    row = work.session.get(Approval, approval_id)
    if row is None:
        msg = "There is no such item in this client's inbox."
        raise NotFound(msg)
    return SubjectKind(row.subject_kind), row.subject_id


def read_request_item(work: UnitOfWork, request_id: UUID) -> RequestItem:
    """The page of a request. Raises NotFound."""
    request = get_request(work, request_id)
    period, channel = read_surroundings(work, period_id=request.period_id, channel_id=request.channel_id)
    key = request_history_key(request_id)
    earlier = _earlier(work, request.tenant_id, key, request.version)
    brief = brief_of(request)
    return RequestItem(
        id=request.id, title=request.title, version=request.version, status=RequestStatus(request.status),
        status_since=request.status_since, author_name=request.author_name, hands=_hands(request),
        run_id=request.run_id, approvals=read_approvals(work, request.id), decisions=read_decisions(work, [request.id]),
        comments=read_comments(work, [request.id]), period=period, channel=channel, checks=check_request(brief),
        activities=read_activities(work, request_id=request.id, period_id=request.period_id),
        versions=work.documents.history(request.tenant_id, key), brief=brief, is_ad_hoc=request.is_ad_hoc,
        position=request.position, seal=seal_request(request), earlier=earlier,
        posts=read_posts_of(work, request_id),
    )  # fmt: skip


def read_post_item(work: UnitOfWork, post_id: UUID) -> PostItem:
    """The page of a post. Raises NotFound."""
    post = get_post(work, post_id)
    request = get_request(work, post.request_id)
    period, channel = read_surroundings(work, period_id=post.period_id, channel_id=post.channel_id)
    present, earlier = _versions(work, post)
    brief = brief_of(request)
    return PostItem(
        id=post.id, kind=ContentKind(post.kind), title=post.title, version=post.version,
        status=PostStatus(post.status),
        siblings=tuple(line for line in read_posts_of(work, request.id) if line.id != post.id),
        status_since=post.status_since, author_name=post.author_name, hands=_hands(post), run_id=post.run_id,
        approvals=read_approvals(work, post.id), decisions=read_decisions(work, [post.id, request.id]),
        comments=read_comments(work, [post.id, request.id]), period=period, channel=channel,
        checks=_check(work, post, present, brief, channel),
        activities=read_activities(work, request_id=request.id, period_id=post.period_id, post_id=post.id),
        versions=work.documents.history(post.tenant_id, document_key(post.id)), present=present, earlier=earlier,
        request_id=request.id, request_status=RequestStatus(request.status), brief=brief,
        verdict=release_verdict(work, post.id), publication=read_publication(work, post.id),
        published_url=post.published_url, published_at=post.published_at, differences=tuple(post.differences),
        problem=post.problem,
    )  # fmt: skip


def _check(
    work: UnitOfWork, post: Post, present: PostVersion | None, brief: RequestBrief, channel: ChannelView | None
) -> tuple[Check, ...]:
    if present is None:
        return ()
    return check_post(
        present.content, target_keyword=brief.target_keyword, platform=channel.platform if channel else "",
        measures=measure_for_channel(work, post.channel_id, present.content),
        repetitions=find_repetitions(work, post) if post.status != PostStatus.PUBLISHED else (),
    )  # fmt: skip


def _versions(work: UnitOfWork, post: Post) -> tuple[PostVersion | None, PostVersion | None]:
    if post.version == 0:
        return None, None
    key = document_key(post.id)
    present = version_of(post, work.documents.get(post.tenant_id, key, post.version))
    earlier = _earlier(work, post.tenant_id, key, post.version)
    return present, version_of(post, earlier) if earlier else None


def _earlier(work: UnitOfWork, tenant_id: UUID, key: str, version: int) -> StoredDocument | None:
    return work.documents.get(tenant_id, key, version - 1) if version > 1 else None


def _hands(row: ContentRequest | Post) -> frozenset[UUID]:
    return frozenset(user for user in (row.author_user_id, row.editor_user_id) if user is not None)
