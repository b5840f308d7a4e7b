"""Every route of the API, walked by callers who must not get through: the neighbour, an agent, nobody, and nonsense.

The routes are read from the API's own description, so that a new one is walked without being named here.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import psycopg
import pytest
from psycopg import sql

from leadmetrics_pipelines.domain.people import AGENT_SCOPES, Permission, Role
from leadmetrics_pipelines.kit.ids import new_id
from leadmetrics_pipelines.review.api.app import api_router, openapi_document
from leadmetrics_pipelines.review.api.problems import LARGEST_REQUEST_BYTES
from leadmetrics_pipelines.services.runtime import Runtime
from leadmetrics_pipelines.storage.tenants.models import Tenant
from tests.builders import build_person
from tests.databases import TestDatabase
from tests.review.api_world import PNG, Api, ApiWorld, build_world, name_everything


@dataclass(frozen=True, kw_only=True)
class Route:
    """One operation of the API."""

    method: str
    path: str
    name: str
    scope: Permission

    @property
    def writes(self) -> bool:
        return self.method != "GET"


@dataclass(frozen=True, kw_only=True)
class Walk:
    """Two tenants; `ids` name one thing of each sort of ours."""

    ours: ApiWorld
    theirs: ApiWorld
    ids: dict[str, str]
    routes: list[Route]


@pytest.fixture
def walk(runtime: Runtime, acme: Tenant, zenith: Tenant) -> Walk:
    ours, theirs = build_world(runtime, acme), build_world(runtime, zenith, posts=1)
    return Walk(ours=ours, theirs=theirs, ids=name_everything(ours), routes=list(routes(runtime)))


@pytest.fixture
def ours(runtime: Runtime, acme: Tenant) -> ApiWorld:
    """Our tenant alone, for what is the same for everybody."""
    return build_world(runtime, acme, posts=1)


def routes(runtime: Runtime) -> Iterator[Route]:
    """All operations, reading ones first, so that what is deleted is deleted last."""
    document = openapi_document(api_router(runtime))
    found = [
        Route(
            method=method.upper(), path=path, name=operation["operationId"],
            scope=Permission(operation["description"].rsplit("`", 2)[1]),
        )
        for path, operations in document["paths"].items()
        for method, operation in operations.items()
    ]  # fmt: skip
    yield from sorted(found, key=lambda route: (route.writes, route.method == "DELETE"))


def body_of(name: str, ids: dict[str, str]) -> dict[str, Any] | None:
    """A body that fits the operation and names our things wherever it can."""
    seal = {"seal": ids["seal"]}
    words = {"title": "Taken over", "body_markdown": "Taken over, all of it."}
    bodies: dict[str, Any] = {
        "decide": {"decision": "approve", **seal},
        "decide_many": {"answers": [{"approval_id": ids["approval_id"], "decision": "approve", **seal}]},
        "raise_request": {"title": "Ours?", "channel_id": ids["channel_id"]},
        "edit_request": {"title": "Taken over", "seen_version": 1},
        "edit_post": {**words, "seen_version": 1, "image_digest": ids["digest"]},
        "comment": {"subject_kind": "post", "subject_id": ids["post_id"], "body": "Hello"},
        "complete": {"post": words},
        "add_deliverable": {
            "kind": "blog_posts", "name": "x", "monthly_quantity": 1, "channel_id": ids["channel_id"],
        },
        "change_deliverable": {"monthly_quantity": 1},
        "connect": {"platform": "wordpress", "name": "x", "base_url": "http://127.0.0.1:9", "credentials": {}},
        "begin": {"platform": "linkedin", "channel_id": ids["channel_id"]},
        "choose": {"account_id": "1"},
        "set_hold": {"scope": "channel", "channel_id": ids["channel_id"], "reason": "Because"},
        "grant_role": {"email": "nobody@nowhere.example", "role": "reviewer"},
        "change_rules": {},
        "create_token": {"kind": "user", "name": "x", "scopes": ["read"]},
        "close_request": {"reason": "Because"},
        "cancel": {"reason": "Because"},
        "settle_post": {"outcome": "live", "url": "https://acme.example/found"},
        "plan": {"local": "2026-12-24T09:30:00", "seen_version": 1},
        "unplan": {"seen_version": 1},
        "create_slot": {"weekday": 2, "at": "10:00"},
        "set_goal": {"target": 90, "months": 2},
        "close_goal": {"reason": "Because"},
        "finish_improvement": {"outcome": "done"},
    }  # fmt: skip
    return bodies.get(name)


def take(api: Api, route: Route, ids: dict[str, str]) -> Any:  # noqa: ANN401 - the test client's own answer
    """Call an operation with our ids wherever one fits."""
    path = route.path.format(**ids)
    if route.name == "upload_image":
        return api.call(route.method, path, files={"file": ("x.png", PNG + b"x", "image/png")})
    params = {"from_version": "1"} if route.name == "compare_versions" else {}
    filters = {"subject_id": ids["post_id"]} if route.name in {"list_comments", "list_audit"} else {}
    body = body_of(route.name, ids)
    return api.call(route.method, path, params=params | filters, **({} if body is None else {"json": body}))


def rows_of(database: TestDatabase, tenant: Tenant) -> dict[str, str | None]:
    """A digest of every row of a tenant, by table, read past all row-level security."""
    with psycopg.connect(database.owner_url.replace("+psycopg", "")) as connection:
        tables = connection.execute(
            "SELECT table_name FROM information_schema.columns"
            " WHERE column_name = 'tenant_id' AND table_schema = 'public'"
        ).fetchall()
        digests = {}
        for (table,) in tables:
            query = sql.SQL("SELECT md5(string_agg(t::text, chr(10) ORDER BY t::text)) FROM {} t WHERE tenant_id = %s")
            row = connection.execute(query.format(sql.Identifier(table)), [tenant.id]).fetchone()
            digests[table] = row[0] if row else None
        return digests


def test_the_neighbour_reads_and_changes_nothing_of_ours(walk: Walk, test_database: TestDatabase) -> None:
    """Even with every permission there is, each of our ids is unknown next door, and not one byte of ours changes."""
    chief = build_person(walk.ours.runtime.database, walk.theirs.tenant, Role.PLATFORM_ADMIN, "Zoe Zenith")
    api = walk.theirs.as_(chief)
    secrets = {value for key, value in walk.ids.items() if key not in {"version", "month"}}
    before = rows_of(test_database, walk.ours.tenant)
    for route in walk.routes:
        answer = take(api, route, walk.ids)
        told = json.dumps(body_of(route.name, walk.ids)) + route.path.format(**walk.ids)  # what they said themselves
        assert not [secret for secret in secrets if secret in answer.text and secret not in told], (route, answer.text)
        assert answer.status_code < 500 or answer.status_code == 503, (route, answer.text)
        if "_id}" in route.path or "{digest}" in route.path:
            assert answer.status_code in {404, 403}, (route, answer.status_code, answer.text)
        if walk.ids["channel_id"] in json.dumps(body_of(route.name, walk.ids) or ""):
            assert answer.status_code in {404, 422}, (route, answer.text)
    assert rows_of(test_database, walk.ours.tenant) == before


def test_an_agent_decides_nothing_by_any_route(walk: Walk) -> None:
    """It is refused before its body is looked at, and every approval stands as it stood."""
    api, watcher = walk.ours.as_agent(), walk.ours.reviewer()
    waiting = {item["approval_id"] for item in watcher.get("/inbox", limit=200)["items"]}
    for route in walk.routes:
        answer = take(api, route, walk.ids)
        if route.scope not in AGENT_SCOPES:
            assert answer.status_code == 403, (route, answer.text)
    assert waiting <= {item["approval_id"] for item in watcher.get("/inbox", limit=200)["items"]}
    assert watcher.get(f"/approvals/{walk.ids['approval_id']}")["status"] == "open"


def test_a_token_without_a_scope_gets_no_further(walk: Walk, test_database: TestDatabase) -> None:
    """For each route: a token with every scope but that one is refused, and nothing changes."""
    chief = build_person(walk.ours.runtime.database, walk.ours.tenant, Role.PLATFORM_ADMIN, "Pat Platform")
    lacking = {scope: walk.ours.as_(chief, frozenset(Permission) - {scope}) for scope in {r.scope for r in walk.routes}}
    for api in lacking.values():
        api.call("GET", "/me")  # notes the token's first use
    before = rows_of(test_database, walk.ours.tenant)
    for route in walk.routes:
        answer = take(lacking[route.scope], route, walk.ids)
        assert (answer.status_code, answer.json()["code"]) == (403, "NotAllowed"), route
    assert rows_of(test_database, walk.ours.tenant) == before


def test_without_a_token_every_route_is_closed(walk: Walk) -> None:
    """401 with what to send, also for a token that never was."""
    for route in walk.routes:
        for api in (walk.ours.nobody(), Api(walk.ours.client, "lmp_invented")):
            answer = take(api, route, walk.ids)
            assert answer.status_code == 401, route
            assert answer.headers["www-authenticate"].startswith("Bearer")
            assert answer.headers["content-type"] == "application/problem+json"


def test_nonsense_is_answered_and_never_breaks_anything(walk: Walk) -> None:
    """Ids of nothing, ids that are none, bodies that are none: a problem each, none of them a 500."""
    chief = build_person(walk.ours.runtime.database, walk.ours.tenant, Role.PLATFORM_ADMIN, "Pat Platform")
    api = walk.ours.as_(chief)
    unknown = {key: str(new_id()) if key.endswith("_id") else value for key, value in walk.ids.items()}
    unknown["digest"] = "0" * 64
    wrong = dict.fromkeys(walk.ids, "%00'; DROP TABLE tenants; --")
    for route in walk.routes:
        answers = []
        if "_id}" in route.path:
            answer = take(api, route, unknown)
            assert answer.status_code == 404, (route, answer.text)
        if "{" in route.path:
            answers.append(take(api, route, wrong))
        if body_of(route.name, walk.ids) is not None:
            path = route.path.format(**unknown)
            for nonsense in (b"", b"{", b"[]", b"null", b'{"surprise": 1}', b'"\\ud800"', b"\xff\xfe"):
                headers = {"content-type": "application/json"}
                answers.append(api.call(route.method, path, content=nonsense, headers=headers))
        for answer in answers:
            assert 200 <= answer.status_code < 500, (route, answer.status_code, answer.text)
            if answer.status_code >= 400:
                assert answer.headers["content-type"] == "application/problem+json", (route, answer.text)


@pytest.mark.parametrize("text", ["NUL \x00 inside", "half a pair \ud800"])
def test_text_that_cannot_be_stored_is_a_422(ours: ApiWorld, text: str) -> None:
    """Postgres has no NUL, UTF-8 no lone surrogate."""
    content = json.dumps({"title": text}).encode()
    headers = {"content-type": "application/json"}
    answer = ours.reviewer().call("POST", "/requests", content=content, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (422, "InvalidInput"), answer.text


def test_a_body_past_the_limit_is_refused_however_it_comes(ours: ApiWorld) -> None:
    """413 by its declared length, and by what really arrives when none is declared."""
    api = ours.reviewer()
    large = b" " * (LARGEST_REQUEST_BYTES + 1)
    headers = {"content-type": "application/json"}
    declared = api.call("POST", "/requests", content=large, headers=headers)
    streamed = api.call("POST", "/requests", content=(large[at : at + 2**20] for at in range(0, len(large), 2**20)),
                        headers=headers)  # fmt: skip
    for answer in (declared, streamed):
        assert (answer.status_code, answer.headers["content-type"]) == (413, "application/problem+json"), answer.text
        assert "12 MB" in answer.json()["detail"]
    image = api.call("POST", "/images", files={"file": ("x.png", large, "image/png")})
    assert image.status_code == 413


def test_unknown_addresses_and_methods_are_problems_too(ours: ApiWorld) -> None:
    """Within the API only; the pages answer in their own way."""
    api = ours.reviewer()
    assert api.send("GET", "/nothing", status=404)["status"] == 404
    assert ours.client.get("/nothing").headers["content-type"].startswith("text/html")
    assert api.send("DELETE", "/me", status=405)["title"] == "Method Not Allowed"
    assert api.send("GET", "/months/2026-13", status=422)["field"] == "month"
    assert "YYYY-MM" in api.send("GET", "/months/november", status=422)["detail"]


def test_the_api_describes_itself(ours: ApiWorld) -> None:
    """Every operation has a summary, a description, its scope and its problems; no token is needed to read that."""
    document = ours.nobody().get("/openapi.json")
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            assert operation["summary"], path
            assert "Scope: `" in operation["description"], path
            assert {"401", "403"} <= set(operation["responses"]), (method, path)
            assert operation["security"] == [{"token": []}]
    names = [op["operationId"] for operations in document["paths"].values() for op in operations.values()]
    assert len(names) == len(set(names))
    assert "{tenant" not in str(list(document["paths"]))
