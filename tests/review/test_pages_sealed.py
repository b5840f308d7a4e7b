"""Walks over every route of the pages: tenants are sealed, forms need their token, and reading changes nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import time
from uuid import uuid4

import psycopg
import pytest
from fastapi.routing import APIRoute
from psycopg import sql

from leadmetrics_pipelines.domain.approvals import SubjectKind
from leadmetrics_pipelines.domain.channels import HoldScope
from leadmetrics_pipelines.domain.people import Role
from leadmetrics_pipelines.domain.slots import WeeklySlot
from leadmetrics_pipelines.kit.digests import sha256_bytes
from leadmetrics_pipelines.review.app import create_app
from leadmetrics_pipelines.services.approvals import add_comment
from leadmetrics_pipelines.services.channels import set_hold
from leadmetrics_pipelines.services.goals import set_score_goal
from leadmetrics_pipelines.services.posts import store_image
from leadmetrics_pipelines.services.runtime import Runtime
from leadmetrics_pipelines.services.slots import add_slot
from leadmetrics_pipelines.services.tokens import create_token
from leadmetrics_pipelines.storage.activities.models import Activity
from leadmetrics_pipelines.storage.deliverables.models import Deliverable
from leadmetrics_pipelines.storage.tenants.models import Tenant
from tests.builders import TESTER
from tests.databases import TestDatabase
from tests.review.pages_world import PagesWorld, build_pages, write_posts

PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(64))
_PARAMETER = re.compile(r"\{(\w+)\}")
# What signing in itself writes; these tables say nothing of a tenant.
_NOT_COUNTED = {"alembic_version", "sign_ins", "sign_in_attempts"}


def page_routes(runtime: Runtime) -> list[APIRoute]:
    """Every route of the pages that lies in a tenant."""
    return [route for route in _all_routes(create_app(runtime)) if route.path.startswith("/t/{slug}")]


def _all_routes(app: object) -> Iterator[APIRoute]:
    for route in getattr(app, "routes", ()):
        if isinstance(route, APIRoute):
            yield route
        elif hasattr(route, "effective_route_contexts"):
            yield from route.effective_route_contexts()


def name_everything(world: PagesWorld) -> dict[str, str]:
    """One id of each sort of thing, by the name that routes give it."""
    (post_id,) = write_posts(world.month, 1)
    request = world.month.open_approvals("request")[0]
    with world.runtime.unit_of_work(tenant=world.tenant.id, actor=TESTER) as work:
        digest = store_image(work, PNG)
        add_comment(work, SubjectKind.POST, post_id, "Private remark")
        hold = set_hold(work, HoldScope.CHANNEL, world.month.channel_id, "Private hold")
        slot = add_slot(work, world.month.channel_id, WeeklySlot(1, time(9, 30)))
        goal = set_score_goal(work, world.month.channel_id, target=80, months=3, name="Private goal")
        token, _ = create_token(work, kind="agent", name="private token", scopes=["read"])
        activity = work.session.query(Activity.id).first()
        deliverable = work.session.query(Deliverable.id).first()
        assert activity is not None
        assert deliverable is not None
    return {
        "slug": world.tenant.slug,
        "post_id": str(post_id),
        "request_id": str(request.subject_id),
        "digest": digest,
        "approval_id": str(request.id),
        "hold_id": str(hold.id),
        "token_id": str(token.id),
        "activity_id": str(activity[0]),
        "deliverable_id": str(deliverable[0]),
        "channel_id": str(world.month.channel_id),
        "slot_id": str(slot.id),
        "goal_id": str(goal.id),
        "attempt_id": str(uuid4()),
        "seal": request.seal,
    }


def fill(path: str, names: dict[str, str]) -> str:
    """The address of a route with these ids."""
    return _PARAMETER.sub(lambda match: names[match[1]], path)


def digest_of(database: TestDatabase) -> str:
    """One digest over every row of every table."""
    with database.server.connect(database.name) as connection:
        tables = [name for (name,) in connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")]
        parts = [_digest_table(connection, name) for name in sorted(tables) if name not in _NOT_COUNTED]
    return sha256_bytes("".join(parts).encode())


def _digest_table(connection: psycopg.Connection[tuple[object, ...]], table: str) -> str:
    query = sql.SQL("SELECT coalesce(md5(string_agg(t::text, '' ORDER BY t::text)), '-') FROM {} t").format(
        sql.Identifier(table)
    )
    row = connection.execute(query).fetchone()
    return f"{table}={row[0] if row else '-'};"


FORM = {
    "decision": "reject",
    "reason": "A good reason",
    "title": "Changed",
    "body": "Changed words.",
    "slug": "changed",
    "seen_version": "1",
    "search_intent": "commercial",
    "priority": "high",
    "name": "Changed",
    "scope": "tenant",
    "kind": "user",
    "scopes": "read",
    "monthly_quantity": "3",
    "four_eyes": "",
    "theme": "dark",
    "topics": "Changed",
    "day": "2026-12-24",
    "at": "09:30",
    "version": "1",
    "weekday": "2",
    "channel_id": "",
}


def test_walk_reaches_the_routes(pages: PagesWorld) -> None:
    """The walk below is over all pages, not over none."""
    routes = page_routes(pages.runtime)
    assert len([r for r in routes if r.methods and "GET" in r.methods]) > 15
    assert len([r for r in routes if r.methods and "POST" in r.methods]) > 15


def test_the_neighbours_people_get_404_everywhere(
    pages: PagesWorld, zenith: Tenant, test_database: TestDatabase
) -> None:
    """Zenith's admin, on Acme's addresses and on Acme's ids under Zenith's: refused, and nothing is changed."""
    names = name_everything(pages)
    neighbour = build_pages(pages.runtime, zenith)
    zoe = neighbour.someone(Role.TENANT_ADMIN, "Zoe Admin")
    before = digest_of(test_database)
    form = {**FORM, "seal": names["seal"]}
    for route in page_routes(pages.runtime):
        for slug in ("acme", "zenith"):
            if slug == "zenith" and "{" not in route.path.replace("{slug}", ""):
                continue
            path = fill(route.path, {**names, "slug": slug})
            for method in sorted(route.methods or ()):
                answer = zoe.get(path) if method == "GET" else zoe.post(path, form)
                assert answer.status_code in (403, 404), (method, path, answer.status_code)
                assert "Private" not in answer.text
                assert "Acme topic" not in answer.text
    assert digest_of(test_database) == before


def test_bulk_and_inbox_do_not_reach_over(pages: PagesWorld, zenith: Tenant) -> None:
    """Acme's approval in Zenith's bulk form fails alone; in Zenith's inbox it is not there."""
    neighbour = build_pages(pages.runtime, zenith)
    zoe = neighbour.reviewer()
    theirs = pages.month.open_approvals("request")[0]
    answer = zoe.post("inbox/bulk", {"decision": "approve", "pick": f"{theirs.id}:{theirs.seal}"}, htmx=True)
    assert "Approved: 0, not decided: 1" in answer.text
    assert len(pages.month.open_approvals("request")) == 3
    assert "Acme topic" not in zoe.get("inbox", item=str(theirs.id)).text


def test_reading_changes_nothing(pages: PagesWorld, test_database: TestDatabase) -> None:
    """Every GET route, as a page and as a fragment, leaves every row as it was: a mail scanner decides nothing."""
    names = name_everything(pages)
    rita = pages.reviewer()
    before = digest_of(test_database)
    seen = 0
    for route in page_routes(pages.runtime):
        if "GET" in (route.methods or ()):
            path = fill(route.path, names)
            for htmx in (False, True):
                answer = rita.get(path, htmx=htmx)
                assert answer.status_code < 500, (path, answer.text[:200])
                seen += 1
    for decision in ("approve", "reject"):
        path = f"approvals/{names['approval_id']}/decision"
        assert rita.get(path, decision=decision, seal=names["seal"]).status_code == 405
    assert seen > 30
    assert digest_of(test_database) == before


def test_a_form_without_its_token_is_refused(pages: PagesWorld, test_database: TestDatabase) -> None:
    """Every POST route: no token, somebody else's token, or a token from nowhere, and nothing is changed."""
    names = name_everything(pages)
    rita, sam = pages.reviewer(), pages.second()
    before = digest_of(test_database)
    form = {**FORM, "seal": names["seal"]}
    for route in page_routes(pages.runtime):
        if "POST" in (route.methods or ()):
            for token in ("", sam.csrf, f"{uuid4()}.{'0' * 64}"):
                answer = rita.post(fill(route.path, names), form, csrf=token)
                assert answer.status_code == 403, (route.path, answer.status_code)
    assert rita.post("/sign-out", csrf="").status_code == 403
    assert digest_of(test_database) == before


def test_nobody_is_sent_to_the_sign_in_page(pages: PagesWorld) -> None:
    """Without a sign-in every page leads to the form, and back afterwards."""
    names = name_everything(pages)
    for route in page_routes(pages.runtime):
        if "GET" in (route.methods or ()):
            answer = pages.client.get(fill(route.path, names), follow_redirects=False)
            assert answer.status_code == 303
            assert answer.headers["location"].startswith("/sign-in?back=%2Ft%2Facme")


def test_roles_without_a_right_are_refused(pages: PagesWorld, test_database: TestDatabase) -> None:
    """An operator's forged forms for deciding, editing, channels, rules, promises and platform-wide holds: all 403."""
    names = name_everything(pages)
    olaf = pages.someone(Role.OPERATOR, "Olaf Operator")
    before = digest_of(test_database)
    forms: list[tuple[str, dict[str, str]]] = [
        (f"approvals/{names['approval_id']}/decision", {"decision": "approve", "seal": names["seal"]}),
        (f"approvals/{names['approval_id']}/undo", {}),
        (f"posts/{names['post_id']}/edit", FORM),
        (f"requests/{names['request_id']}/edit", FORM),
        ("channels", {"name": "x", "base_url": "http://127.0.0.1:1", "username": "u", "password": "p"}),
        (f"channels/{names['channel_id']}/disconnect", {}),
        ("settings/rules", {}),
        ("deliverables", {"kind": "blog_posts", "name": "x", "monthly_quantity": "3"}),
        ("holds", {"scope": "all", "reason": "Forged"}),
    ]
    for path, form in forms:
        assert olaf.post(path, form).status_code == 403, path
    assert digest_of(test_database) == before


def test_every_answer_carries_its_guards(pages: PagesWorld) -> None:
    """No inline script or style is allowed, no framing, no sniffing; pages are not kept by the browser."""
    rita = pages.reviewer()
    headers = rita.get("today").headers
    assert "script-src 'self'" in headers["content-security-policy"]
    assert "unsafe" not in headers["content-security-policy"]
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cache-control"] == "no-store"
    for path in ("today", "inbox", "month", "settings"):
        text = rita.get(path).text
        assert not re.search(r"<script(?![^>]* src=)", text)
        assert not re.search(r"\s(on\w+|style)=\"", text)


def test_the_cookie_is_out_of_scripts_reach(pages: PagesWorld) -> None:
    """HttpOnly, SameSite, and Secure where TLS is set."""
    form = pages.client.get("/sign-in")
    token = form.text.split('name="csrf" value="')[1].split('"')[0]
    answer = pages.client.post(
        "/sign-in",
        data={"csrf": token, "email": "rita.reviewer@acme.example", "password": "correct horse battery"},
        follow_redirects=False,
    )
    cookie = next(v for v in answer.headers.get_list("set-cookie") if v.startswith("lm_session"))
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie


@pytest.mark.parametrize("back", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)"])
def test_signing_in_never_leads_away(pages: PagesWorld, back: str) -> None:
    """The address to go on to after signing in is one of ours."""
    form = pages.client.get("/sign-in", params={"back": back})
    assert 'name="back" value="/"' in form.text


def test_wrong_passwords_are_throttled(pages: PagesWorld) -> None:
    """Refused five times, the sixth hears how long to wait; the e-mail stays in the form."""
    for attempt in range(6):
        form = pages.client.get("/sign-in")
        token = form.text.split('name="csrf" value="')[1].split('"')[0]
        data = {"csrf": token, "email": "rita.reviewer@acme.example", "password": "wrong"}
        answer = pages.client.post("/sign-in", data=data)
        assert answer.status_code == (401 if attempt < 5 else 429)
        assert "rita.reviewer@acme.example" in answer.text
    assert "Try again in" in answer.text
    assert int(answer.headers["retry-after"]) > 0


def test_signing_out_ends_the_sign_in(pages: PagesWorld) -> None:
    """The cookie that a browser kept means nothing afterwards."""
    rita = pages.reviewer()
    kept = rita.client.cookies["lm_session"]
    assert rita.post("/sign-out").status_code == 303
    rita.client.cookies.set("lm_session", kept)
    assert rita.get("today").status_code == 303


def test_own_work_is_not_approved_over_any_page(pages: PagesWorld) -> None:
    """Four eyes: after Rita's edit she is refused by the item, the bulk form and save-and-approve."""
    rita = pages.reviewer()
    (post_id,) = write_posts(pages.month, 1)
    rita.post(f"posts/{post_id}/edit", {"title": "Mine", "slug": "mine", "body": "My words.", "seen_version": 1})
    mine = next(a for a in pages.month.open_approvals("post") if a.subject_id == post_id)
    form = {"decision": "approve", "seal": mine.seal}
    assert rita.post(f"approvals/{mine.id}/decision", form).status_code == 403
    bulk = rita.post("inbox/bulk", {"decision": "approve", "pick": f"{mine.id}:{mine.seal}"}, htmx=True)
    assert "four eyes" in bulk.text
    both = {
        "title": "Mine 2",
        "slug": "mine",
        "body": "My words.",
        "seen_version": 2,
        "act": "approve",
        "approval": str(mine.id),
        "seal": mine.seal,
    }
    assert rita.post(f"posts/{post_id}/edit", both).status_code == 403
    assert [a.id for a in pages.month.open_approvals("post")] == [mine.id]
