"""Builders for the API's tests: the API in process, tokens, and two tenants with something of everything."""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import time, timedelta
from typing import Any
from uuid import UUID

from fastapi.testclient import TestClient
from sqlalchemy import select

from leadmetrics_pipelines.domain.activities import ActivityStatus
from leadmetrics_pipelines.domain.approvals import Decision, SubjectKind
from leadmetrics_pipelines.domain.channels import HoldScope
from leadmetrics_pipelines.domain.contents import BlogContent
from leadmetrics_pipelines.domain.people import AGENT_SCOPES, Actor, Permission, Role, agent_actor
from leadmetrics_pipelines.domain.pipelines import PLAN
from leadmetrics_pipelines.domain.slots import WeeklySlot
from leadmetrics_pipelines.review.api.app import PREFIX
from leadmetrics_pipelines.review.app import create_app
from leadmetrics_pipelines.services.approvals import add_comment
from leadmetrics_pipelines.services.channels import set_hold
from leadmetrics_pipelines.services.goals import set_score_goal
from leadmetrics_pipelines.services.outcomes import take_draft, take_topics
from leadmetrics_pipelines.services.posts import store_image
from leadmetrics_pipelines.services.requests import ProposedTopic, RequestBrief
from leadmetrics_pipelines.services.runtime import Runtime
from leadmetrics_pipelines.services.slots import add_slot
from leadmetrics_pipelines.services.tokens import create_token
from leadmetrics_pipelines.services.work import claim_work, finish_claim
from leadmetrics_pipelines.storage.activities.models import Activity
from leadmetrics_pipelines.storage.channels.models import ConnectAttempt
from leadmetrics_pipelines.storage.database import UnitOfWork
from leadmetrics_pipelines.storage.deliverables.models import Deliverable, DeliverablePeriod
from leadmetrics_pipelines.storage.sessions.models import Session, SessionEvent
from leadmetrics_pipelines.storage.tenants.models import Tenant
from tests.builders import TESTER, UNDO, BlogMonth, build_blog_month, build_person

PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(64))


@dataclass
class Api:
    """The API as one caller reaches it."""

    client: TestClient
    token: str | None

    def call(self, method: str, path: str, **values: Any) -> Any:  # noqa: ANN401 - the test client's own answer
        """One request. `json`, `params`, `files`... as httpx takes them."""
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        return self.client.request(method, f"{PREFIX}{path}", headers=headers | values.pop("headers", {}), **values)

    def get(self, path: str, **params: object) -> Any:  # noqa: ANN401 - whatever JSON it is
        """The JSON of a GET that must succeed."""
        answer = self.call("GET", path, params=params)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def send(self, method: str, path: str, body: object = None, status: int = 200) -> Any:  # noqa: ANN401 - JSON
        """The JSON of a request that must answer with this status."""
        answer = self.call(method, path, json=body) if body is not None else self.call(method, path)
        assert answer.status_code == status, answer.text
        if status >= 400:
            assert answer.headers["content-type"] == "application/problem+json"
        return answer.json() if answer.content else None


@dataclass(frozen=True, kw_only=True)
class ApiWorld:
    """One tenant's month as the API shows it."""

    client: TestClient
    month: BlogMonth
    actors: dict[str, Actor] = field(default_factory=dict)

    @property
    def tenant(self) -> Tenant:
        return self.month.tenant

    @property
    def runtime(self) -> Runtime:
        return self.month.runtime

    def as_(self, actor: Actor, scopes: frozenset[Permission] | None = None) -> Api:
        """The API with a token of that person: all their permissions, unless told."""
        with self.runtime.unit_of_work(tenant=self.tenant.id, actor=actor) as work:
            wanted = sorted(actor.permissions if scopes is None else scopes)
            _, secret = create_token(work, kind="user", name="test", scopes=wanted, user_id=actor.user_id)
        return Api(self.client, secret)

    def as_agent(self, scopes: frozenset[Permission] = AGENT_SCOPES) -> Api:
        """The API with an agent's token."""
        with self.runtime.unit_of_work(tenant=self.tenant.id, actor=TESTER) as work:
            _, secret = create_token(work, kind="agent", name="planner", scopes=sorted(scopes))
        return Api(self.client, secret)

    def nobody(self) -> Api:
        """The API without a token."""
        return Api(self.client, None)

    def reviewer(self) -> Api:
        """Rita, a reviewer."""
        return self.as_(self.month.reviewer)

    def second(self) -> Api:
        """Sam, another reviewer."""
        return self.as_(self.month.second)

    def admin(self) -> Api:
        """Ada, the tenant's admin."""
        actor = self.actors.get("admin")
        if actor is None:
            actor = build_person(self.runtime.database, self.tenant, Role.TENANT_ADMIN, "Ada Admin")
            self.actors["admin"] = actor
        return self.as_(actor)


def build_client(runtime: Runtime) -> TestClient:
    """The API in process, in the review app that serves it."""
    return TestClient(create_app(runtime), raise_server_exceptions=False)


def build_world(runtime: Runtime, tenant: Tenant, *, posts: int = 3) -> ApiWorld:
    """A tenant whose topics wait in the inbox. The agents' part is done by hand, for speed."""
    month = build_blog_month(runtime, tenant, posts=posts)
    topics = [ProposedTopic(brief=RequestBrief(title=f"{tenant.name} topic {n}")) for n in range(1, posts + 1)]
    with _as_agent(month, "seo-specialist") as work:
        take_topics(work, _take_up(work), topics)
    return ApiWorld(client=build_client(runtime), month=month)


def write_first_post(world: ApiWorld) -> UUID:
    """Approve the first topic and write its draft; returns the post's id."""
    world.month.decide(world.month.open_approvals("request")[0], Decision.APPROVE)
    world.month.clock.advance(seconds=UNDO.total_seconds() + 1)
    words = BlogContent(
        title="A first draft", slug="", excerpt="In short.", body_markdown="Here is the text.\n\n## Why"
    )
    with _as_agent(world.month, "copywriter") as work:
        return take_draft(work, _take_up(work), words).post_id


def name_everything(world: ApiWorld) -> dict[str, str]:
    """One id of each sort of thing in the tenant, by the name that routes give it."""
    post_id = write_first_post(world)
    request = world.month.open_approvals("request")[0]
    with world.runtime.unit_of_work(tenant=world.tenant.id, actor=TESTER) as work:
        digest = store_image(work, PNG)
        add_comment(work, SubjectKind.POST, post_id, "Private remark")
        hold = set_hold(work, HoldScope.CHANNEL, world.month.channel_id, "Private hold")
        session = _add_session(work)
        deliverable = work.session.scalars(select(Deliverable.id)).one()
        period = work.session.scalars(select(DeliverablePeriod.id)).one()
        token, _ = create_token(work, kind="agent", name="private token", scopes=["read"])
        goal = set_score_goal(work, world.month.channel_id, target=80, months=3)
        slot = add_slot(work, world.month.channel_id, WeeklySlot(1, time(9, 30)))
        attempt = ConnectAttempt(
            tenant_id=work.tenant_id, platform="linkedin", state_hash=f"hash {world.tenant.slug}", redirect_uri="-",
            user_id=world.month.reviewer.user_id, status="begun", created_at=work.now, ends_at=work.now,
        )  # fmt: skip
        work.session.add(attempt)
        work.session.flush()
    return {
        "approval_id": str(request.id), "request_id": str(request.subject_id), "post_id": str(post_id),
        "digest": digest, "activity_id": str(session.activity_id), "session_id": str(session.id),
        "deliverable_id": str(deliverable), "period_id": str(period), "channel_id": str(world.month.channel_id),
        "hold_id": str(hold.id), "user_id": world.month.reviewer.id, "token_id": str(token.id),
        "slot_id": str(slot.id), "goal_id": str(goal.id), "attempt_id": str(attempt.id),
        "seal": request.seal, "version": "1", "month": "2026-11",
    }  # fmt: skip


def _as_agent(month: BlogMonth, role: str) -> AbstractContextManager[UnitOfWork]:
    return month.runtime.unit_of_work(tenant=month.tenant.id, actor=agent_actor(role, "test"))


def _take_up(work: UnitOfWork) -> Activity:
    (claim,) = claim_work(work, worker="by hand", limit=1, lease=timedelta(minutes=5))
    return finish_claim(work, claim, ActivityStatus.AWAITING_APPROVAL)


def _add_session(work: UnitOfWork) -> Session:
    activity = work.session.scalars(select(Activity).where(Activity.step_key == PLAN)).one()
    session = Session(
        tenant_id=work.tenant_id, activity_id=activity.id, agent_role="seo-specialist", fence=1, status="completed",
        started_at=work.now,
    )  # fmt: skip
    work.session.add(session)
    work.session.flush()
    work.session.add(
        SessionEvent(
            tenant_id=work.tenant_id, session_id=session.id, position=1, kind="prompt",
            body={"message": "Private prompt"}, at=work.now,
        )
    )  # fmt: skip
    return session
