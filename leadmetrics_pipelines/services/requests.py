"""Requests: the briefs of content of every kind, proposed by agents for a period or raised by people at any time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from leadmetrics_pipelines.domain.activities import OPEN, ActivityStatus
from leadmetrics_pipelines.domain.approvals import ApprovalStatus, DecisionEvent, SubjectKind
from leadmetrics_pipelines.domain.content import ContentKind, PostStatus, Priority, RequestStatus, SearchIntent
from leadmetrics_pipelines.domain.people import ActorKind, Permission
from leadmetrics_pipelines.domain.pipelines import PipelineTemplate, template_for, template_of_ad_hoc
from leadmetrics_pipelines.errors import Conflict, InvalidInput, NotFound
from leadmetrics_pipelines.kit.storable import is_storable
from leadmetrics_pipelines.kit.text import has_letters_or_digits
from leadmetrics_pipelines.services.gates import close_gate, find_open, find_standing, open_request_gate
from leadmetrics_pipelines.services.pipelines import settle_plan, template_of
from leadmetrics_pipelines.services.post_rows import ROW_LOCK, check_instant
from leadmetrics_pipelines.services.sessions import cancel_sessions
from leadmetrics_pipelines.services.targets import check_targets
from leadmetrics_pipelines.services.transitions import move_activity, move_post, move_request
from leadmetrics_pipelines.storage.activities.models import Activity
from leadmetrics_pipelines.storage.content.models import ContentRequest, Post
from leadmetrics_pipelines.storage.database import UnitOfWork
from leadmetrics_pipelines.storage.deliverables.models import Deliverable, DeliverablePeriod
from leadmetrics_pipelines.storage.publications.models import Publication

_LONGEST = {"title": 200, "target_keyword": 120, "audience": 400, "brief": 10_000}
_EDITABLE = (RequestStatus.DRAFT, RequestStatus.PENDING_APPROVAL, RequestStatus.REJECTED)


@dataclass(frozen=True, kw_only=True)
class RequestBrief:
    """What to make. `publish_at`: UTC, None for as soon as the post is approved.

    `channel_ids`: of a social request every channel it becomes a post for, `channel_id` among them; else empty.
    """

    title: str
    kind: ContentKind = ContentKind.BLOG
    target_keyword: str = ""
    search_intent: SearchIntent = SearchIntent.INFORMATIONAL
    audience: str = ""
    brief: str = ""
    priority: Priority = Priority.NORMAL
    channel_id: UUID | None = None
    channel_ids: tuple[UUID, ...] = ()
    publish_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class ProposedTopic:
    """A topic an agent proposes; `replaces` names the request it revises."""

    brief: RequestBrief
    replaces: UUID | None = None


def raise_request(work: UnitOfWork, brief: RequestBrief, *, submit: bool = True) -> ContentRequest:
    """Raise an ad-hoc request. It goes through the same pipeline and counts against no deliverable."""
    work.actor.require(Permission.PROPOSE)
    brief = check_brief(work, brief, template_of_ad_hoc(brief.kind))
    request = _new_request(work, brief, period=None, position=0)
    if submit:
        submit_request(work, request, f"Raised by {work.actor.name}")
    return request


def propose_topics(
    work: UnitOfWork, period: DeliverablePeriod, topics: Sequence[ProposedTopic], run_id: str | None
) -> int:
    """Store an agent's topics for a period and put each to approval. Returns how many are new or revised."""
    work.actor.require(Permission.PROPOSE)
    deliverable = work.session.get_one(Deliverable, period.deliverable_id)
    template = template_for(deliverable.kind)
    for position, topic in enumerate(topics, start=1):
        brief = check_brief(work, _for_deliverable(topic.brief, deliverable, template), template)
        if topic.replaces is None:
            request = _new_request(work, brief, period=period, position=position)
            cause = f"Proposed by {work.actor.name}"
        else:
            request = get_request(work, topic.replaces, lock=True)
            _revise(work, request, brief)
            cause = f"Revised by {work.actor.name} after your notes"
        request.run_id = run_id
        submit_request(work, request, cause)
    return len(topics)


def _for_deliverable(brief: RequestBrief, deliverable: Deliverable, template: PipelineTemplate) -> RequestBrief:
    """The brief for the deliverable's channels: those of them it names, or all."""
    named = [one for one in brief.channel_ids if one in deliverable.channel_ids]
    channels = tuple(named or deliverable.channel_ids)
    main = deliverable.channel_id if deliverable.channel_id in channels or not channels else channels[0]
    return replace(brief, kind=template.content, channel_id=main, channel_ids=channels)


def edit_request(work: UnitOfWork, request_id: UUID, brief: RequestBrief, *, seen_version: int) -> ContentRequest:
    """A person changes a request; the new version supersedes the one that was waiting.

    Raises Conflict when somebody saved meanwhile or the request is past editing; then nothing is stored.
    """
    work.actor.require(Permission.EDIT)
    request = get_request(work, request_id, lock=True)
    if request.version != seen_version:
        msg = (
            f"{request.author_name} saved version {request.version} while you were editing version {seen_version}."
            " Your text is still here: compare, and save again."
        )
        raise Conflict(msg)
    if request.status not in _EDITABLE:
        msg = f"A request that is {request.status} cannot be edited; edit its post instead."
        raise Conflict(msg)
    if brief.kind != request.kind:
        msg = f"This request asks for a {request.kind} post, and that cannot be changed. Close it and raise another."
        raise InvalidInput(msg, field="kind")
    brief = check_brief(work, brief, template_of(work, request))
    if brief == brief_of(request):
        return request
    waiting = request.status == RequestStatus.PENDING_APPROVAL
    _store(work, request, brief)
    if request.status == RequestStatus.REJECTED:
        move_request(work, request, RequestStatus.DRAFT, "Revised by hand")
    if waiting:
        open_request_gate(work, request, f"{work.actor.name} edited version {seen_version}")
    else:
        submit_request(work, request, f"Revised by {work.actor.name}")
        _settle_topics(work, request)
    return request


def close_request(work: UnitOfWork, request_id: UUID, reason: str) -> ContentRequest:
    """Give a request up for good: its open approval and activities are cancelled, nothing of it will be published."""
    work.actor.require(Permission.UNBLOCK)
    reason = reason.strip()
    if not reason or not is_storable(reason):
        msg = "Say why the request is closed."
        raise InvalidInput(msg, field="reason")
    # The posts first, so that the publisher either sees them withdrawn or has one on its way already.
    query = select(Post).filter_by(request_id=request_id).order_by(Post.id)
    posts = work.session.scalars(query.with_for_update(key_share=True)).all()
    request = get_request(work, request_id, lock=True)
    move_request(work, request, RequestStatus.CLOSED, reason)
    for post in posts:
        if post.status != PostStatus.PUBLISHED:  # what is live stays, with the approval it went out under
            _withdraw_post(work, post, reason)
    subjects = [(SubjectKind.REQUEST, request.id)]
    subjects += [(kind, post.id) for post in posts for kind in (SubjectKind.POST, SubjectKind.LATE_POST)]
    for kind, subject_id in subjects:
        approval = find_open(work, kind, subject_id)
        if approval is not None:
            close_gate(work, approval, ApprovalStatus.CANCELLED, DecisionEvent.CANCELLED, reason)
    _cancel_work(work, request, reason)
    _settle_topics(work, request)
    return request


def _cancel_work(work: UnitOfWork, request: ContentRequest, reason: str) -> None:
    """Cancel what is being done for any of the request's posts."""
    query = select(Activity).where(Activity.request_id == request.id, Activity.status.in_(OPEN)).order_by(Activity.id)
    locked = query.with_for_update(key_share=True).execution_options(populate_existing=True)
    for activity in work.session.scalars(locked).all():
        if activity.status == ActivityStatus.APPROVED:
            continue
        move_activity(work, activity, ActivityStatus.CANCELLED, reason)
        cancel_sessions(work, [activity.id], f"The request was closed: {reason}")


def _settle_topics(work: UnitOfWork, request: ContentRequest) -> None:
    if request.period_id is not None and not request.is_ad_hoc:
        work.session.flush()
        settle_plan(work, request.period_id)


def _withdraw_post(work: UnitOfWork, post: Post, reason: str) -> None:
    """Take a post's approval away, so that nothing of a closed request can go out."""
    sending = work.session.query(Publication.id).filter(
        Publication.post_id == post.id, Publication.state.in_(("sending", "unconfirmed"))
    )
    if sending.first() is not None:
        msg = "This post is on its way to the site right now. Close the request when that is settled."
        raise Conflict(msg)
    standing = find_standing(work, SubjectKind.POST, post.id)
    if standing is not None:
        close_gate(work, standing, ApprovalStatus.CANCELLED, DecisionEvent.CANCELLED, reason)
    if post.status in (PostStatus.APPROVED, PostStatus.SCHEDULED, PostStatus.PUBLISH_FAILED):
        move_post(work, post, PostStatus.REVIEW, reason)


def submit_request(work: UnitOfWork, request: ContentRequest, cause: str) -> None:
    """Put a draft to approval."""
    move_request(work, request, RequestStatus.PENDING_APPROVAL, cause)
    open_request_gate(work, request, cause)


def get_request(work: UnitOfWork, request_id: UUID, *, lock: bool = False) -> ContentRequest:
    """The request's row. Raises NotFound."""
    locking = ROW_LOCK if lock else None
    request = work.session.get(ContentRequest, request_id, with_for_update=locking, populate_existing=lock)
    if request is None:
        msg = "There is no such request in this tenant."
        raise NotFound(msg)
    return request


def brief_of(request: ContentRequest) -> RequestBrief:
    """The brief a request holds now."""
    return RequestBrief(
        title=request.title, kind=ContentKind(request.kind), target_keyword=request.target_keyword,
        search_intent=SearchIntent(request.search_intent), audience=request.audience, brief=request.brief,
        priority=Priority(request.priority), channel_id=request.channel_id, channel_ids=tuple(request.channel_ids),
        publish_at=request.publish_at,
    )  # fmt: skip


def request_history_key(request_id: UUID) -> str:
    """Where the versions of a request are in the document store."""
    return f"request/{request_id}"


def check_brief(work: UnitOfWork, brief: RequestBrief, template: PipelineTemplate) -> RequestBrief:
    """The brief with tidy fields, or InvalidInput naming the field that does not fit."""
    tidy = {name: " ".join(getattr(brief, name).split()) for name in ("title", "target_keyword", "audience")}
    tidy["brief"] = brief.brief.replace("\r\n", "\n").strip()
    if not has_letters_or_digits(tidy["title"]):
        msg = "The title needs at least one letter or digit."
        raise InvalidInput(msg, field="title")
    for name, limit in _LONGEST.items():
        if not is_storable(tidy[name]):
            msg = f"The {name.replace('_', ' ')} holds a character that cannot be stored (U+0000, or half of a pair)."
            raise InvalidInput(msg, field=name)
        if len(tidy[name]) > limit:
            msg = f"The {name.replace('_', ' ')} has {len(tidy[name])} characters; at most {limit} fit."
            raise InvalidInput(msg, field=name)
    try:
        channel_id, channel_ids = check_targets(work, template, brief.channel_id, brief.channel_ids)
    except NotFound as error:
        raise InvalidInput(str(error), field="channel_id") from None
    return replace(
        brief, title=tidy["title"], target_keyword=tidy["target_keyword"], audience=tidy["audience"],
        brief=tidy["brief"], channel_id=channel_id, channel_ids=channel_ids, publish_at=check_instant(brief.publish_at),
    )  # fmt: skip


def _new_request(
    work: UnitOfWork, brief: RequestBrief, *, period: DeliverablePeriod | None, position: int
) -> ContentRequest:
    request = ContentRequest(
        tenant_id=work.tenant_id, period_id=period.id if period else None, is_ad_hoc=period is None, position=position,
        kind=brief.kind,
        status=RequestStatus.DRAFT, version=0, author_name=work.actor.name, created_at=work.now,
        status_since=work.now, title=brief.title, target_keyword="", search_intent=brief.search_intent, audience="",
        brief="",
    )  # fmt: skip
    work.session.add(request)
    work.session.flush()
    request.author_user_id = work.actor.user_id
    _store(work, request, brief)
    return request


def _revise(work: UnitOfWork, request: ContentRequest, brief: RequestBrief) -> None:
    move_request(work, request, RequestStatus.DRAFT, f"Revised by {work.actor.name}")
    # Where and when it goes stays as people left it, unless the revision says otherwise.
    channels = brief.channel_ids or tuple(request.channel_ids)
    revised = replace(
        brief, priority=Priority(request.priority), channel_id=channels[0] if channels else request.channel_id,
        channel_ids=channels, publish_at=brief.publish_at or request.publish_at,
    )  # fmt: skip
    _store(work, request, revised)


def _store(work: UnitOfWork, request: ContentRequest, brief: RequestBrief) -> None:
    request.title, request.target_keyword, request.search_intent = (
        brief.title,
        brief.target_keyword,
        brief.search_intent,
    )
    request.audience, request.brief, request.priority = brief.audience, brief.brief, brief.priority
    request.channel_id, request.channel_ids = brief.channel_id, list(brief.channel_ids)
    request.publish_at = brief.publish_at
    request.version += 1
    request.author_name = work.actor.name
    if work.actor.kind is ActorKind.AGENT:
        request.author_user_id = request.editor_user_id = None
    else:
        request.editor_user_id = work.actor.user_id
    body = {
        "version": request.version, "title": brief.title, "target_keyword": brief.target_keyword,
        "search_intent": brief.search_intent, "audience": brief.audience, "brief": brief.brief,
        "publish_at": brief.publish_at.isoformat() if brief.publish_at else None, "kind": brief.kind,
        "channel_ids": [str(one) for one in brief.channel_ids],
    }  # fmt: skip
    work.documents.put(request.tenant_id, request_history_key(request.id), body, author=work.actor.name, at=work.now)
    work.audit(
        "request.saved", subject_kind="request", subject_id=request.id, to_state=request.status,
        detail={"version": request.version, "title": request.title},
    )  # fmt: skip
    work.session.flush()
