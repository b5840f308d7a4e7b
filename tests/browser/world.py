"""A client in the middle of its month, with something of everything, for the browser tests and their screenshots."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import select

from leadmetrics_pipelines.domain.activities import ActivityStatus
from leadmetrics_pipelines.domain.approvals import Decision, SubjectKind
from leadmetrics_pipelines.domain.content import PostStatus, SearchIntent
from leadmetrics_pipelines.domain.contents import BlogContent
from leadmetrics_pipelines.domain.people import Role, agent_actor
from leadmetrics_pipelines.services.approvals import add_comment
from leadmetrics_pipelines.services.contents import read_post
from leadmetrics_pipelines.services.outcomes import take_draft, take_topics
from leadmetrics_pipelines.services.pipelines import unit_published
from leadmetrics_pipelines.services.posts import edit_post
from leadmetrics_pipelines.services.publishing import note_heartbeat
from leadmetrics_pipelines.services.requests import ProposedTopic, RequestBrief
from leadmetrics_pipelines.services.runtime import Runtime
from leadmetrics_pipelines.services.scheduling import schedule_post
from leadmetrics_pipelines.services.slots import add_slot, parse_slot
from leadmetrics_pipelines.services.transitions import move_post
from leadmetrics_pipelines.services.work import Claim, claim_work, fail_claim, finish_claim
from leadmetrics_pipelines.storage.activities.models import Activity
from leadmetrics_pipelines.storage.content.models import ContentRequest, Post
from leadmetrics_pipelines.storage.database import UnitOfWork
from leadmetrics_pipelines.storage.deliverables.models import Deliverable
from leadmetrics_pipelines.storage.sessions.models import ModelCallRow, Session, SessionEvent
from leadmetrics_pipelines.storage.tenants.models import Tenant
from tests.browser.social_world import add_social
from tests.builders import TESTER, UNDO, BlogMonth, build_blog_month, build_person

TOPICS = (
    ("How to choose a heat pump for an older house", "heat pump older house", "informational"),
    ("Seven signs that your boiler wastes money", "boiler efficiency signs", "informational"),
    ("What a heat pump really costs in 2026", "heat pump cost 2026", "commercial"),
    ("Grants for home heating: what you can still get", "heating grants", "transactional"),
    ("Underfloor heating or radiators? A fair comparison", "underfloor heating vs radiators", "commercial"),
    ("How loud is a heat pump, and what the neighbours hear", "heat pump noise", "informational"),
    ("The installer's checklist before the first visit", "heat pump installation checklist", "transactional"),
    ("Why insulation comes before the new heating", "insulation before heating", "informational"),
    ("Hybrid heating: when gas and heat pump work together", "hybrid heating system", "commercial"),
    ("Servicing a heat pump: what owners should do themselves", "heat pump maintenance", "informational"),
)
BODY = """Most houses built before 1980 were never meant for a heat pump, and most of them can have one anyway. What \
decides is not the age of the walls but **the temperature the radiators need** on the coldest day of the year.

## Start with the flow temperature

Turn your boiler down to 55 °C on a cold weekend and see whether every room stays warm. If it does, a heat pump will \
heat the house without new radiators. If one or two rooms lag behind, those are the radiators to replace.

| Flow temperature | What it means |
| --- | --- |
| up to 45 °C | Ideal: high efficiency, no changes needed |
| 45 to 55 °C | Good: check single rooms |
| above 55 °C | Insulate first, then plan again |

## Three questions to ask an installer

1. Which flow temperature did you plan with, and why?
2. What is the expected seasonal efficiency for *this* house?
3. Where will the outdoor unit stand, and how loud is it at the neighbour's window?

> A good offer names the heat load of each room. If yours does not, ask for it.

## What to do next

Book a [heating check](https://acme.example/heating-check): we measure the flow temperature, room by room, and tell \
you honestly whether now is the right time.
"""


@dataclass(frozen=True, kw_only=True)
class Demo:
    """The month, and the things the tests go to."""

    month: BlogMonth
    post_id: UUID
    request_id: UUID
    activity_id: UUID
    failed_id: UUID
    social: dict[str, UUID]
    """Posts in review by platform: linkedin, instagram, mailchimp."""


def build_demo(runtime: Runtime, tenant: Tenant, *, posts: int = 10) -> Demo:
    """Ten topics: three live, one approved, three drafts in review, one failed, two topics waiting."""
    month = build_blog_month(runtime, tenant, posts=posts)
    build_person(runtime.database, tenant, Role.TENANT_ADMIN, "Ada Admin")
    build_person(runtime.database, tenant, Role.OPERATOR, "Olaf Operator")
    with runtime.unit_of_work(tenant=tenant.id, actor=TESTER) as work:
        work.session.scalars(select(Deliverable)).one().goal = "More requests for a heating check from organic search"
    _propose(month, posts)
    month.clock.advance(days=1.5)
    for approval in month.open_approvals("request")[:8]:
        month.decide(approval, Decision.APPROVE)
        month.clock.advance(seconds=40)
    written, failed = _write(month)
    _publish(month, written[:3])
    month.clock.advance(days=0.4)
    month.decide(_gate(month, written[3]), Decision.APPROVE, by=month.second)
    _plan(month, written)
    reviewed = written[4]
    _rework(month, reviewed)
    month.clock.advance(seconds=900)
    request_id = month.open_approvals("request")[0].subject_id
    with runtime.unit_of_work(tenant=tenant.id, actor=month.second) as work:
        add_comment(
            work, SubjectKind.POST, reviewed, "The table is what I would have asked for. Is 55 °C our own figure?"
        )
        activity = work.session.scalars(
            select(Activity).where(
                Activity.request_id == work.session.get_one(Post, reviewed).request_id,
                Activity.step_key == "write",
            )
        ).one()
        _add_session(work, activity)
        activity_id = activity.id
        note_heartbeat(work)
    social = add_social(month)
    return Demo(
        month=month, post_id=reviewed, request_id=request_id, activity_id=activity_id, failed_id=failed, social=social
    )


def _propose(month: BlogMonth, posts: int) -> None:
    topics = [
        ProposedTopic(
            brief=RequestBrief(
                title=TOPICS[n % len(TOPICS)][0] if n < len(TOPICS) else f"{TOPICS[n % len(TOPICS)][0]} ({n})",
                target_keyword=TOPICS[n % len(TOPICS)][1],
                search_intent=SearchIntent(TOPICS[n % len(TOPICS)][2]),
                audience="Owners of detached houses built before 1990 who plan to renew their heating",
                brief="Answer the question in the first paragraph, give a table people can act on, and lead to the"
                " heating check. Avoid brand names; name the efficiency figures with their source.",
            )
        )
        for n in range(posts)
    ]
    with _as_agent(month, "seo-specialist") as work:
        (claim,) = claim_work(work, worker="worker-1", limit=1, lease=timedelta(minutes=5))
        activity = work.session.get_one(Activity, claim.activity_id)
        _add_session(work, activity)
        take_topics(work, finish_claim(work, claim, ActivityStatus.AWAITING_APPROVAL), topics)


def _write(month: BlogMonth) -> tuple[list[UUID], UUID]:
    month.clock.advance(seconds=UNDO.total_seconds() + 1)
    with _as_agent(month, "copywriter") as work:
        claims = claim_work(work, worker="worker-1", limit=8, lease=timedelta(minutes=5))
        written = [_draft(work, claim) for claim in claims[:-1]]
        failed = claims[-1]
        fail_claim(
            work,
            failed,
            "The model's answer was cut off after 8,192 tokens. Shorten the brief, or give the result by hand.",
        )
    return written, failed.activity_id


def _draft(work: UnitOfWork, claim: Claim) -> UUID:
    request = work.session.get_one(ContentRequest, work.session.get_one(Activity, claim.activity_id).request_id)
    words = BlogContent(
        title=request.title,
        slug="",
        excerpt="Which old houses suit a heat pump, how to find out in one weekend, and what to ask.",
        body_markdown=BODY,
    )
    activity = finish_claim(work, claim, ActivityStatus.AWAITING_APPROVAL)
    return take_draft(work, activity, words).post_id


def _plan(month: BlogMonth, written: list[UUID]) -> None:
    """Two weekly slots; the approved post and one in review have their time."""
    with month.runtime.unit_of_work(tenant=month.tenant.id, actor=month.second) as work:
        for weekday, at in ((1, "09:30"), (3, "16:00")):
            add_slot(work, month.channel_id, parse_slot(weekday, at))
        for post_id, days in ((written[3], 3), (written[5], 5)):
            local = (work.now + timedelta(days=days)).replace(hour=9, minute=30, tzinfo=None)
            schedule_post(work, post_id, local, seen_version=work.session.get_one(Post, post_id).version)


def _rework(month: BlogMonth, post_id: UUID) -> None:
    """Sam edits the draft, so that there are two versions to compare."""
    with month.runtime.unit_of_work(tenant=month.tenant.id, actor=month.second) as work:
        content = read_post(work, post_id).content_as(BlogContent)
        body = content.body_markdown.replace("on a cold weekend", "on the next frosty weekend").replace("honestly ", "")
        edit_post(
            work,
            post_id,
            BlogContent(
                title=content.title,
                slug=content.slug,
                excerpt=content.excerpt + " A guide.",
                body_markdown=body,
            ),
            seen_version=1,
        )


def _publish(month: BlogMonth, posts: list[UUID]) -> None:
    for n, post_id in enumerate(posts):
        month.decide(_gate(month, post_id), Decision.APPROVE)
        month.clock.advance(seconds=300)
        with month.runtime.unit_of_work(tenant=month.tenant.id, actor=TESTER) as work:
            post = work.session.get_one(Post, post_id)
            move_post(work, post, PostStatus.PUBLISHED)
            post.published_at, post.published_url = work.now, f"http://127.0.0.1:1/wordpress/acme/{post.slug}/"
            post.remote_id = str(100 + n)
            unit_published(work, post)


def _gate(month: BlogMonth, subject_id: UUID):  # type: ignore[no-untyped-def]  # noqa: ANN202
    return next(a for a in month.open_approvals("post") if a.subject_id == subject_id)


def _as_agent(month: BlogMonth, role: str):  # type: ignore[no-untyped-def]  # noqa: ANN202
    return month.runtime.unit_of_work(tenant=month.tenant.id, actor=agent_actor(role, "dagster"))


def _add_session(work: UnitOfWork, activity: Activity) -> None:
    session = Session(
        tenant_id=work.tenant_id,
        activity_id=activity.id,
        agent_role=activity.agent_role or "",
        fence=1,
        status="completed",
        input_tokens=5120,
        output_tokens=1980,
        cost_microusd=45060,
        run_id="0b7f8d1e-3a52-4d1c-9a0e-7c2f41d5a9b3",
        started_at=work.now - timedelta(seconds=42),
        ended_at=work.now - timedelta(seconds=3),
    )
    work.session.add(session)
    work.session.flush()
    lines = (
        (
            "facts",
            {
                "summary": "Collected 7 facts about the client, 1 brief, no notes",
                "facts": {"month": "2026-11", "wanted": 10},
            },
        ),
        (
            "prompt",
            {
                "summary": "Asked claude-sonnet-5-5 for a draft",
                "system": "You write for home owners...",
                "user": "Write the post.",
            },
        ),
        ("answer", {"summary": "A draft of 216 words, valid against BlogDraft", "text": BODY[:400]}),
        ("result", {"summary": "Stored as version 1 and put to review"}),
    )
    for position, (kind, body) in enumerate(lines, start=1):
        work.session.add(
            SessionEvent(
                tenant_id=work.tenant_id,
                session_id=session.id,
                position=position,
                kind=kind,
                body=body,
                at=session.started_at + timedelta(seconds=position * 8),
            )
        )
    work.session.add(
        ModelCallRow(
            tenant_id=work.tenant_id,
            session_id=session.id,
            model="claude-sonnet-5-5",
            stop_reason="end_turn",
            input_tokens=1820,
            cache_read_tokens=3300,
            cache_write_tokens=0,
            output_tokens=1980,
            cost_microusd=45060,
            request_id="req_1",
            milliseconds=31400,
            at=work.now,
        )
    )
