"""What a role is told, collected from storage: tenant, month, request, earlier drafts, people's notes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select

from leadmetrics_pipelines.agents.facts import (
    MAX_WANTED,
    BriefFacts,
    CalendarFacts,
    ChannelFacts,
    DraftFacts,
    EntryFacts,
    Facts,
    LimitFacts,
    NewsletterFacts,
    PreviousDraft,
    PreviousNewsletter,
    PreviousPost,
    ReviewNote,
    SocialFacts,
    TenantFacts,
    TopicFacts,
    TopicToRevise,
)
from leadmetrics_pipelines.domain.approvals import ApprovalStatus, SubjectKind
from leadmetrics_pipelines.domain.content import ContentKind, RequestStatus, SearchIntent
from leadmetrics_pipelines.domain.contents import AnyContent, BlogContent, NewsletterContent, SocialContent
from leadmetrics_pipelines.domain.periods import Month
from leadmetrics_pipelines.domain.pipelines import template_for
from leadmetrics_pipelines.errors import InvalidInput
from leadmetrics_pipelines.platforms.facts import facts_of
from leadmetrics_pipelines.services.contents import read_post
from leadmetrics_pipelines.services.lengths import caps_of, target_of
from leadmetrics_pipelines.services.skills import read_client_context
from leadmetrics_pipelines.storage.activities.models import Activity
from leadmetrics_pipelines.storage.approvals.models import Approval
from leadmetrics_pipelines.storage.channels.models import Channel
from leadmetrics_pipelines.storage.content.models import ContentRequest, Post
from leadmetrics_pipelines.storage.database import UnitOfWork
from leadmetrics_pipelines.storage.deliverables.models import Deliverable, DeliverablePeriod
from leadmetrics_pipelines.storage.tenants.models import Tenant

# Enough for a model not to repeat itself; older titles matter less.
_MOST_TITLES = 200


@dataclass(frozen=True, kw_only=True)
class RoleInput:
    """All a role is given."""

    facts: Facts
    client_context: str


def collect_plan_input(work: UnitOfWork, activity: Activity) -> RoleInput | None:
    """For the plan of a period: as many topics as are missing, or a new one for each that was sent back.

    None when nothing is wanted any more: people revised or closed meanwhile what had been sent back.
    """
    period = work.session.get_one(DeliverablePeriod, activity.period_id)
    deliverable = work.session.get_one(Deliverable, period.deliverable_id)
    tenant = work.session.get_one(Tenant, activity.tenant_id)
    requests = work.session.scalars(
        select(ContentRequest).where(ContentRequest.period_id == period.id, ContentRequest.is_ad_hoc.is_(False))
    ).all()
    rejected = [request for request in requests if request.status == RequestStatus.REJECTED]
    missing = period.target_quantity - len(requests)
    if not rejected and missing <= 0:
        return None
    titles = tuple(
        work.session.scalars(
            select(ContentRequest.title).order_by(ContentRequest.created_at.desc()).limit(_MOST_TITLES)
        )
    )
    wanted, revise = min(max(1, missing), MAX_WANTED), tuple(_to_revise(work, request) for request in rejected)
    month, template = Month(period.month), template_for(deliverable.kind)
    facts: Facts
    if template.content is ContentKind.BLOG:
        facts = TopicFacts(
            tenant=_tenant_facts(tenant), month=str(month), wanted=wanted, existing_titles=titles, revise=revise
        )
    else:
        earliest, latest = _days(work, month)
        channels = [*deliverable.channel_ids] or [one for one in (deliverable.channel_id,) if one]
        facts = CalendarFacts(
            tenant=_tenant_facts(tenant), month=str(month), unit=template.unit, wanted=wanted, earliest=earliest,
            latest=latest, channels=tuple(_channel_facts(work, one) for one in channels), existing_titles=titles,
            revise=revise,
        )  # fmt: skip
    return RoleInput(facts=facts, client_context=_client_context(work, tenant))


def collect_draft_input(work: UnitOfWork, activity: Activity, post: Post) -> RoleInput:
    """For writing a post: its brief and, when it came back, the last draft with all notes."""
    request = work.session.get_one(ContentRequest, post.request_id)
    tenant = work.session.get_one(Tenant, activity.tenant_id)
    notes = tuple(ReviewNote(by=n["by"], decision=n["decision"], text=n["text"]) for n in activity.notes)
    common = _Common(
        tenant=_tenant_facts(tenant), month=str(_month_of(work, request)), notes=notes,
        previous=read_post(work, post.id).content if post.version else None,
        channel=_channel_facts(work, post.channel_id) if post.channel_id else None,
    )  # fmt: skip
    facts = _FACTS[ContentKind(post.kind)](common, request)
    return RoleInput(facts=facts, client_context=_client_context(work, tenant))


@dataclass(frozen=True, kw_only=True)
class _Common:
    """What every writer is told, whatever the kind."""

    tenant: TenantFacts
    month: str
    notes: tuple[ReviewNote, ...]
    previous: AnyContent | None
    channel: ChannelFacts | None


def _blog_facts(common: _Common, request: ContentRequest) -> Facts:
    last = common.previous
    previous = None
    if isinstance(last, BlogContent):
        previous = PreviousDraft(title=last.title, excerpt=last.excerpt, body_markdown=last.body_markdown)
    return DraftFacts(
        tenant=common.tenant, month=common.month, notes=common.notes, previous_draft=previous,
        request=BriefFacts(
            title=request.title, target_keyword=request.target_keyword,
            search_intent=SearchIntent(request.search_intent), audience=request.audience, brief=request.brief,
        ),
    )  # fmt: skip


def _social_facts(common: _Common, request: ContentRequest) -> Facts:
    last = common.previous
    previous = None
    if isinstance(last, SocialContent):
        previous = PreviousPost(text=last.text, link=last.link, first_comment=last.first_comment)
    if common.channel is None:
        msg = "This post has no channel, so nobody knows how to write it. Close its request, and raise another."
        raise InvalidInput(msg, field="channel_id")
    return SocialFacts(
        tenant=common.tenant, month=common.month, channel=common.channel, request=_entry(request),
        previous_draft=previous, notes=common.notes,
    )  # fmt: skip


def _newsletter_facts(common: _Common, request: ContentRequest) -> Facts:
    last = common.previous
    previous = None
    if isinstance(last, NewsletterContent):
        previous = PreviousNewsletter(
            subject=last.subject, preview_text=last.preview_text, body_markdown=last.body_markdown
        )
    return NewsletterFacts(
        tenant=common.tenant, month=common.month, channel=common.channel, request=_entry(request),
        previous_draft=previous, notes=common.notes,
    )  # fmt: skip


_FACTS: dict[ContentKind, Callable[[_Common, ContentRequest], Facts]] = {
    ContentKind.BLOG: _blog_facts,
    ContentKind.SOCIAL: _social_facts,
    ContentKind.NEWSLETTER: _newsletter_facts,
}


def _entry(request: ContentRequest) -> EntryFacts:
    return EntryFacts(title=request.title, audience=request.audience, brief=request.brief)


def _channel_facts(work: UnitOfWork, channel_id: UUID) -> ChannelFacts:
    """A channel with what its platform takes, and how long we write for it."""
    channel = work.session.get_one(Channel, channel_id)
    target = target_of(channel.platform)
    return ChannelFacts(
        name=channel.name, platform=channel.platform, title=facts_of(channel.platform).title,
        limits=tuple(
            LimitFacts(name=name, most=cap.most, unit=cap.unit) for name, cap in caps_of(channel.platform).items()
        ),
        target_low=target.low if target else None, target_high=target.high if target else None,
    )  # fmt: skip


def _days(work: UnitOfWork, month: Month) -> tuple[date, date]:
    """The days that are left of a month, from tomorrow on; its last day when none is."""
    tomorrow = work.now.date() + timedelta(days=1)
    return min(max(month.first_day, tomorrow), month.last_day), month.last_day


def _tenant_facts(tenant: Tenant) -> TenantFacts:
    profile: dict[str, Any] = tenant.profile
    return TenantFacts(
        name=tenant.name, website=tenant.website_url, industry=profile.get("industry", ""),
        products=tuple(profile.get("products", ())), audience=profile.get("audience", ""),
        tone=profile.get("tone", ""), location=profile.get("location", ""),
    )  # fmt: skip


def _to_revise(work: UnitOfWork, request: ContentRequest) -> TopicToRevise:
    decision = work.session.scalars(
        select(Approval)
        .where(
            Approval.subject_kind == SubjectKind.REQUEST, Approval.subject_id == request.id,
            Approval.status.in_((ApprovalStatus.REJECTED, ApprovalStatus.CHANGES_REQUESTED)),
        )
        .order_by(Approval.decided_at.desc())
        .limit(1)
    ).one()  # fmt: skip
    return TopicToRevise(
        request_id=str(request.id), title=request.title,
        decision="rejected" if decision.status == ApprovalStatus.REJECTED else "changes_requested",
        notes=decision.reason or "",
    )  # fmt: skip


def _month_of(work: UnitOfWork, request: ContentRequest) -> Month:
    if request.period_id is None:
        return Month.of(request.created_at)
    return Month(work.session.get_one(DeliverablePeriod, request.period_id).month)


def _client_context(work: UnitOfWork, tenant: Tenant) -> str:
    context = read_client_context(work)
    return str(context.body["markdown"]) if context else f"# {tenant.name}\n\nWebsite: {tenant.website_url}\n"
