"""Builders for the tests of pages: the app in process, browsers that are signed in, and a month with all its states."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Protocol
from uuid import UUID

from fastapi.testclient import TestClient

from leadmetrics_pipelines.domain.activities import ActivityStatus
from leadmetrics_pipelines.domain.approvals import Decision
from leadmetrics_pipelines.domain.contents import BlogContent
from leadmetrics_pipelines.domain.people import Actor, Role, agent_actor
from leadmetrics_pipelines.review.app import create_app
from leadmetrics_pipelines.services.outcomes import take_draft, take_topics
from leadmetrics_pipelines.services.requests import ProposedTopic, RequestBrief
from leadmetrics_pipelines.services.runtime import Runtime
from leadmetrics_pipelines.services.work import Claim, claim_work, finish_claim
from leadmetrics_pipelines.storage.activities.models import Activity
from leadmetrics_pipelines.storage.approvals.models import Approval
from leadmetrics_pipelines.storage.content.models import ContentRequest
from leadmetrics_pipelines.storage.database import UnitOfWork
from leadmetrics_pipelines.storage.tenants.models import Tenant
from tests.builders import PASSWORD, UNDO, BlogMonth, build_blog_month, build_person

_CSRF = re.compile(r'name="csrf" value="([^"]+)"')


class Answer(Protocol):
    """What came back, whichever client the test tool is built on."""

    @property
    def status_code(self) -> int: ...
    @property
    def text(self) -> str: ...
    @property
    def headers(self) -> Any: ...  # noqa: ANN401 - the client's own mapping


@dataclass
class Browser:
    """One person's browser, as far as HTTP goes."""

    client: TestClient
    slug: str
    csrf: str = ""

    def get(self, path: str, *, htmx: bool = False, **params: str) -> Answer:
        """GET a page of the tenant; `htmx` asks for the fragment."""
        headers = {"HX-Request": "true"} if htmx else {}
        return self.client.get(self.address(path), params=params, headers=headers, follow_redirects=False)

    def post(
        self, path: str, data: dict[str, Any] | None = None, *, htmx: bool = False, csrf: str | None = None
    ) -> Answer:
        """Send a form of the tenant's pages."""
        token = self.csrf if csrf is None else csrf
        headers = {"HX-Request": "true"} if htmx else {}
        return self.client.post(
            self.address(path), data={"csrf": token, **(data or {})}, headers=headers, follow_redirects=False
        )

    def address(self, path: str) -> str:
        """The whole path: those that begin with / stand for themselves."""
        return path if path.startswith("/") else f"/t/{self.slug}/{path}"


@dataclass(frozen=True, kw_only=True)
class PagesWorld:
    """A tenant's month, and people who look at it."""

    month: BlogMonth
    client: TestClient
    people: dict[Role, Actor] = field(default_factory=dict)

    @property
    def tenant(self) -> Tenant:
        return self.month.tenant

    @property
    def runtime(self) -> Runtime:
        return self.month.runtime

    def browser(self, email: str) -> Browser:
        """A browser that has signed in with that e-mail."""
        return sign_in(self.runtime, email, self.tenant.slug)

    def reviewer(self) -> Browser:
        """Rita, a reviewer."""
        return self.browser(f"rita.reviewer@{self.tenant.slug}.example")

    def second(self) -> Browser:
        """Sam, another reviewer."""
        return self.browser(f"sam.second@{self.tenant.slug}.example")

    def someone(self, role: Role, name: str) -> Browser:
        """Somebody new with that role."""
        build_person(self.runtime.database, self.tenant, role, name)
        return self.browser(f"{name.lower().replace(' ', '.')}@{self.tenant.slug}.example")


def sign_in(runtime: Runtime, email: str, slug: str, password: str = PASSWORD) -> Browser:
    """A browser that has gone through the sign-in form."""
    client = TestClient(create_app(runtime), raise_server_exceptions=False)
    form = client.get("/sign-in")
    answer = client.post(
        "/sign-in", data={"csrf": csrf_of(form), "email": email, "password": password}, follow_redirects=False
    )
    assert answer.status_code == 303, answer.text
    browser = Browser(client, slug)
    browser.csrf = csrf_of(client.get(f"/t/{slug}/settings"))
    return browser


def csrf_of(answer: Answer) -> str:
    """The token in a page's first form."""
    found = _CSRF.search(answer.text)
    assert found is not None, answer.text[:500]
    return found[1]


def build_pages(runtime: Runtime, tenant: Tenant, *, posts: int = 3) -> PagesWorld:
    """A tenant whose topics wait in the inbox."""
    month = build_blog_month(runtime, tenant, posts=posts)
    topics = [
        ProposedTopic(
            brief=RequestBrief(
                title=f"{tenant.name} topic {n}", target_keyword=f"keyword {n}", brief="Say why it matters."
            )
        )
        for n in range(1, posts + 1)
    ]
    with runtime.unit_of_work(tenant=tenant.id, actor=agent_actor("seo-specialist", "test")) as work:
        take_topics(work, _take_up(work), topics)
    return PagesWorld(month=month, client=TestClient(create_app(runtime), raise_server_exceptions=False))


def write_posts(
    month: BlogMonth, count: int, *, markdown: str = "Here is the text.\n\n## Why\n\nBecause."
) -> list[UUID]:
    """Approve that many topics and write their drafts; returns the posts' ids."""
    for approval in month.open_approvals("request")[:count]:
        month.decide(approval, Decision.APPROVE)
    month.clock.advance(seconds=UNDO.total_seconds() + 1)
    ids = []
    with month.runtime.unit_of_work(tenant=month.tenant.id, actor=agent_actor("copywriter", "test")) as work:
        for claim in claim_work(work, worker="by hand", limit=count, lease=timedelta(minutes=5)):
            request = work.session.get_one(ContentRequest, work.session.get_one(Activity, claim.activity_id).request_id)
            words = BlogContent(title=request.title, slug="", excerpt="In short.", body_markdown=markdown)
            ids.append(take_draft(work, _finish(work, claim), words).post_id)
    return ids


def open_approval_of(month: BlogMonth, subject_id: UUID) -> Approval:
    """The open approval of a subject."""
    return next(a for kind in ("request", "post") for a in month.open_approvals(kind) if a.subject_id == subject_id)


def _take_up(work: UnitOfWork) -> Activity:
    (claim,) = claim_work(work, worker="by hand", limit=1, lease=timedelta(minutes=5))
    return _finish(work, claim)


def _finish(work: UnitOfWork, claim: Claim) -> Activity:
    return finish_claim(work, claim, ActivityStatus.AWAITING_APPROVAL)
