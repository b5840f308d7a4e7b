"""What a role is told, collected from storage: tenant, month, request, earlier drafts, people's notes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from leadmetrics_pipelines.agents.facts import (
    MAX_WANTED,
    BriefFacts,
    DraftFacts,
    Facts,
    PreviousDraft,
    ReviewNote,
    TenantFacts,
    TopicFacts,
    TopicToRevise,
)
from leadmetrics_pipelines.domain.approvals import ApprovalStatus, SubjectKind
from leadmetrics_pipelines.domain.content import RequestStatus, SearchIntent
from leadmetrics_pipelines.domain.contents import BlogContent
from leadmetrics_pipelines.domain.periods import Month
from leadmetrics_pipelines.services.contents import read_post
from leadmetrics_pipelines.services.skills import read_client_context
from leadmetrics_pipelines.storage.activities.models import Activity
from leadmetrics_pipelines.storage.approvals.models import Approval
from leadmetrics_pipelines.storage.content.models import ContentRequest, Post
from leadmetrics_pipelines.storage.database import UnitOfWork
from leadmetrics_pipelines.storage.deliverables.models import DeliverablePeriod
from leadmetrics_pipelines.storage.tenants.models import Tenant

# Enough for a model not to repeat itself; older titles matter less.
_MOST_TITLES = 200


@dataclass(frozen=True, kw_only=True)
class RoleInput:
    """All a role is given."""

    facts: Facts
    client_context: str


def collect_topic_input(work: UnitOfWork, activity: Activity) -> RoleInput | None:
    """For the research of a period: as many topics as are missing, or a new one for each that was sent back.

    None when nothing is wanted any more: people revised or closed meanwhile what had been sent back.
    """
    period = work.session.get_one(DeliverablePeriod, activity.period_id)
    tenant = work.session.get_one(Tenant, activity.tenant_id)
    requests = work.session.scalars(
        select(ContentRequest).where(ContentRequest.period_id == period.id, ContentRequest.is_ad_hoc.is_(False))
    ).all()
    rejected = [request for request in requests if request.status == RequestStatus.REJECTED]
    missing = period.target_quantity - len(requests)
    if not rejected and missing <= 0:
        return None
    titles = work.session.scalars(
        select(ContentRequest.title).order_by(ContentRequest.created_at.desc()).limit(_MOST_TITLES)
    )
    facts = TopicFacts(
        tenant=_tenant_facts(tenant), month=str(Month(period.month)),
        wanted=min(max(1, missing), MAX_WANTED), existing_titles=tuple(titles),
        revise=tuple(_to_revise(work, request) for request in rejected),
    )  # fmt: skip
    return RoleInput(facts=facts, client_context=_client_context(work, tenant))


def collect_draft_input(work: UnitOfWork, activity: Activity, post: Post) -> RoleInput:
    """For writing a post: its brief and, when it came back, the last draft with all notes."""
    request = work.session.get_one(ContentRequest, post.request_id)
    tenant = work.session.get_one(Tenant, activity.tenant_id)
    facts = DraftFacts(
        tenant=_tenant_facts(tenant), month=str(_month_of(work, request)),
        request=BriefFacts(
            title=request.title, target_keyword=request.target_keyword,
            search_intent=SearchIntent(request.search_intent), audience=request.audience, brief=request.brief,
        ),
        previous_draft=_previous_draft(work, post),
        notes=tuple(ReviewNote(by=n["by"], decision=n["decision"], text=n["text"]) for n in activity.notes),
    )  # fmt: skip
    return RoleInput(facts=facts, client_context=_client_context(work, tenant))


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


def _previous_draft(work: UnitOfWork, post: Post) -> PreviousDraft | None:
    if post.version == 0:
        return None
    content = read_post(work, post.id).content_as(BlogContent)
    return PreviousDraft(title=content.title, excerpt=content.excerpt, body_markdown=content.body_markdown)


def _month_of(work: UnitOfWork, request: ContentRequest) -> Month:
    if request.period_id is None:
        return Month.of(request.created_at)
    return Month(work.session.get_one(DeliverablePeriod, request.period_id).month)


def _client_context(work: UnitOfWork, tenant: Tenant) -> str:
    context = read_client_context(work)
    return str(context.body["markdown"]) if context else f"# {tenant.name}\n\nWebsite: {tenant.website_url}\n"
