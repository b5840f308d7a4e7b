"""The JSON API: what a page can do, a program can do, under the same rules."""

from __future__ import annotations

from typing import Any

import pytest

from leadmetrics_pipelines.domain.people import Permission, Role
from leadmetrics_pipelines.services.runtime import Runtime
from leadmetrics_pipelines.storage.tenants.models import Tenant
from tests.builders import build_blog_month, build_person
from tests.review.api_world import PNG, Api, ApiWorld, build_client, build_world, write_first_post


@pytest.fixture
def world(runtime: Runtime, acme: Tenant, zenith: Tenant) -> ApiWorld:
    """Acme, with three topics in the inbox; the neighbour has a month of its own."""
    build_world(runtime, zenith, posts=1)
    return build_world(runtime, acme)


def first_item(api: Api, kind: str = "request") -> dict[str, Any]:
    item: dict[str, Any] = api.get("/inbox", kind=kind)["items"][0]
    return item


def post_body(present: dict[str, Any], **changes: object) -> dict[str, Any]:
    return {**present["content"], "seen_version": present["version"], **changes}


# --- reading ----------------------------------------------------------------------------------------------------------


def test_a_token_says_who_it_is(world: ApiWorld) -> None:
    """Person, role, permissions and tenant."""
    me = world.reviewer().get("/me")
    assert (me["name"], me["role"], me["tenant"]["slug"]) == ("Rita Reviewer", "reviewer", "acme")
    assert "decide" in me["permissions"]
    agent = world.as_agent().get("/me")
    assert (agent["kind"], agent["role"], agent["permissions"]) == ("agent", None, ["comment", "propose", "read"])


def test_the_inbox_is_read_page_by_page(world: ApiWorld) -> None:
    """Three topics, two by two, each once."""
    api = world.reviewer()
    first = api.get("/inbox", limit=2)
    rest = api.get("/inbox", limit=2, after=first["next"])
    assert (first["waiting"], rest["next"]) == ("3", None)
    assert len({item["approval_id"] for item in first["items"] + rest["items"]}) == 3
    assert first["items"][0]["month"] == "2026-11"
    assert api.get("/inbox", month="2026-12")["items"] == []


def test_a_month_tells_how_its_promises_do(world: ApiWorld) -> None:
    """Counts and health of each deliverable; a month that was not started is empty."""
    (period,) = world.reviewer().get("/months/2026-11")
    assert (period["completed"], period["target"], period["health"]) == (0, 3, "on_track")
    assert world.reviewer().get("/months/2026-12") == []


def test_lists_go_on_where_they_stopped(world: ApiWorld) -> None:
    """Requests, activities and the audit log, newest first, none twice."""
    api = world.reviewer()
    for path in ("/requests", "/activities", "/audit"):
        seen, after = [], None
        while True:
            page = api.get(path, limit=2, **({"after": after} if after else {}))
            seen += [item["id"] for item in page["items"]]
            after = page["next"]
            if after is None:
                break
        assert len(seen) == len(set(seen)) >= 2
        assert len(api.get(path, limit=200)["items"]) >= len(seen)


def test_an_activity_shows_its_sessions_with_transcript_and_cost(runtime: Runtime, acme: Tenant) -> None:
    """What the agent was told, what it answered, what it took."""
    month = build_blog_month(runtime, acme, posts=1)
    month.let_agents_work()
    api = ApiWorld(client=build_client(runtime), month=month).reviewer()
    activity = next(a for a in api.get("/activities")["items"] if a["step_key"] == "plan")
    (session,) = api.get(f"/activities/{activity['id']}")["sessions"]
    record = api.get(f"/sessions/{session['id']}")
    assert record["session"]["status"] == "completed"
    assert [event["position"] for event in record["events"]] == list(range(1, len(record["events"]) + 1))
    assert record["calls"][0]["output_tokens"] > 0


# --- deciding ---------------------------------------------------------------------------------------------------------


def test_the_first_decision_wins_and_the_second_is_told_who_and_when(world: ApiWorld) -> None:
    """409, naming the person and the time."""
    api, item = world.reviewer(), first_item(world.reviewer())
    body = {"decision": "approve", "seal": item["seal"]}
    report = api.send("POST", f"/approvals/{item['approval_id']}/decision", body)
    assert report["status"] == "approved"
    problem = world.second().send("POST", f"/approvals/{item['approval_id']}/decision", body, 409)
    assert problem["code"] == "AlreadyDecided"
    assert "Rita Reviewer was first: approved on 2026-11-02" in problem["detail"]
    assert api.get(f"/approvals/{item['approval_id']}")["decided_by"] == "Rita Reviewer"


def test_another_seal_than_the_one_seen_decides_nothing(world: ApiWorld) -> None:
    """409, and the item stays open."""
    api, item = world.reviewer(), first_item(world.reviewer())
    body = {"decision": "approve", "seal": "0" * 64}
    assert api.send("POST", f"/approvals/{item['approval_id']}/decision", body, 409)["code"] == "SealMismatch"
    assert api.get(f"/approvals/{item['approval_id']}")["status"] == "open"


@pytest.mark.parametrize("decision", ["reject", "request_changes"])
def test_sending_back_needs_a_reason(world: ApiWorld, decision: str) -> None:
    """422 with the field named; nothing is decided."""
    api, item = world.reviewer(), first_item(world.reviewer())
    path = f"/approvals/{item['approval_id']}/decision"
    problem = api.send("POST", path, {"decision": decision, "seal": item["seal"], "reason": " "}, 422)
    assert problem["field"] == "reason"
    assert api.get(f"/approvals/{item['approval_id']}")["status"] == "open"
    api.send("POST", path, {"decision": decision, "seal": item["seal"], "reason": "Too broad"})


def test_a_bulk_decision_gives_a_result_per_item(world: ApiWorld) -> None:
    """One wrong seal spoils one item, not the others."""
    api = world.reviewer()
    items = api.get("/inbox")["items"]
    answers = [
        {"approval_id": item["approval_id"], "decision": "approve", "seal": item["seal"] if n else "x"}
        for n, item in enumerate(items)
    ]
    results = api.send("POST", "/approvals/decisions", {"answers": answers})
    assert [result["ok"] for result in results] == [False, True, True]
    assert results[0]["error_code"] == "SealMismatch"
    assert [r["approval_id"] for r in results] == [i["approval_id"] for i in items]
    twice = api.send("POST", "/approvals/decisions", {"answers": [answers[0], answers[0]]}, 422)
    assert "twice" in twice["detail"]


def test_a_decision_can_be_undone_by_its_decider_for_a_moment(world: ApiWorld) -> None:
    """Nobody else, and not later."""
    api, item = world.reviewer(), first_item(world.reviewer())
    path = f"/approvals/{item['approval_id']}"
    body = {"decision": "approve", "seal": item["seal"]}
    api.send("POST", f"{path}/decision", body)
    assert "Only Rita Reviewer" in world.second().send("POST", f"{path}/undo", status=403)["detail"]
    assert api.send("POST", f"{path}/undo")["status"] == "open"
    api.send("POST", f"{path}/decision", body)
    world.month.clock.advance(seconds=6)
    assert api.send("POST", f"{path}/undo", status=409)["code"] == "TooLateToUndo"


def test_who_edited_a_post_cannot_approve_it(world: ApiWorld) -> None:
    """Four eyes, over the API as anywhere; another person can."""
    post_id = write_first_post(world)
    api = world.reviewer()
    present = api.get(f"/posts/{post_id}")["present"]
    saved = api.send("PUT", f"/posts/{post_id}", post_body(present, title="A better title"))
    detail = api.get(f"/posts/{post_id}")
    approval = detail["approvals"][0]
    assert (saved["version"], approval["seal"]) == (2, saved["seal"])
    body = {"decision": "approve", "seal": saved["seal"]}
    problem = api.send("POST", f"/approvals/{approval['id']}/decision", body, 403)
    assert "four eyes" in problem["detail"]
    world.second().send("POST", f"/approvals/{approval['id']}/decision", body)
    assert api.get(f"/posts/{post_id}/release")["state"] == "undo"


def test_edit_and_approve_are_one_act_where_the_tenant_allows_it(world: ApiWorld) -> None:
    """Recorded as both; forbidden, nothing is saved."""
    post_id = write_first_post(world)
    api = world.reviewer()
    detail = api.get(f"/posts/{post_id}")
    present, approval = detail["present"], detail["approvals"][0]
    body = {
        "decision": "approve", "seal": approval["seal"],
        "post": {**present["content"], "excerpt": "Shorter."},
    }  # fmt: skip
    world.admin().send("PATCH", "/tenant/rules", {"edit_and_approve": False})
    assert api.send("POST", f"/approvals/{approval['id']}/decision", body, 403)["code"] == "NotAllowed"
    assert api.get(f"/posts/{post_id}")["version"] == 1
    world.admin().send("PATCH", "/tenant/rules", {"edit_and_approve": True})
    api.send("POST", f"/approvals/{approval['id']}/decision", body)
    decided = api.get(f"/posts/{post_id}")
    assert decided["version"] == 2
    assert "edited_and_approved" in [decision["event"] for decision in decided["decisions"]]


# --- requests, posts, comments ----------------------------------------------------------------------------------------


def test_a_request_is_raised_edited_and_closed(world: ApiWorld) -> None:
    """An agent may raise one; a person edits the version they saw; closing says why."""
    raised = world.as_agent().send("POST", "/requests", {"title": "Why anvils?"}, 201)
    assert (raised["status"], raised["is_ad_hoc"], raised["author_name"]) == ("pending_approval", True, "planner")
    api, path = world.reviewer(), f"/requests/{raised['id']}"
    edited = api.send("PUT", path, {"title": "Why anvils now?", "seen_version": 1})
    assert edited["version"] == 2
    stale = api.send("PUT", path, {"title": "Late", "seen_version": 1}, 409)
    assert "saved version 2" in stale["detail"]
    assert [v["version"] for v in api.get(path)["versions"]] == [1, 2]
    assert api.send("POST", f"{path}/close", {"reason": "Dropped"})["status"] == "closed"
    assert api.get(path)["approvals"][0]["status"] in {"cancelled", "superseded"}


def test_two_versions_of_a_post_are_compared_word_by_word(world: ApiWorld) -> None:
    """Joining what is same and added gives the newer text, byte for byte."""
    post_id = write_first_post(world)
    api = world.reviewer()
    present = api.get(f"/posts/{post_id}")["present"]
    words = present["content"]["body_markdown"].replace("the text", "this text")
    api.send("PUT", f"/posts/{post_id}", post_body(present, body_markdown=words))
    pieces = api.get(f"/posts/{post_id}/difference", from_version=1)["parts"]["body"]
    assert {"change": "added", "text": "this"} in pieces
    assert "".join(piece["text"] for piece in pieces if piece["change"] != "removed") == words
    assert api.get(f"/posts/{post_id}/versions/1")["content"] == present["content"]
    assert api.send("GET", f"/posts/{post_id}/versions/9", status=404)["code"] == "NotFound"


def test_an_image_is_uploaded_used_and_read_back(world: ApiWorld) -> None:
    """The same bytes give the same digest; what is no image is refused."""
    post_id = write_first_post(world)
    api = world.reviewer()
    upload = api.call("POST", "/images", files={"file": ("sail.png", PNG, "image/png")})
    assert upload.status_code == 201
    digest = upload.json()["digest"]
    present = api.get(f"/posts/{post_id}")["present"]
    api.send("PUT", f"/posts/{post_id}", post_body(present, image_digest=digest, image_alt="A sail"))
    image = api.call("GET", f"/images/{digest}")
    assert (image.content, image.headers["content-type"]) == (PNG, "image/png")
    script = api.call("POST", "/images", files={"file": ("x.png", b"<script>", "image/png")})
    assert (script.status_code, script.json()["field"]) == (422, "image")


def test_a_script_in_a_post_does_not_reach_what_goes_out(world: ApiWorld) -> None:
    """The HTML of the saved version is clean; the words are kept as written."""
    post_id = write_first_post(world)
    api = world.reviewer()
    present = api.get(f"/posts/{post_id}")["present"]
    saved = api.send(
        "PUT", f"/posts/{post_id}", post_body(present, body_markdown="Fine. <script>alert(1)</script> <b>Bold</b>")
    )
    assert "script" not in saved["body_html"]
    assert "<b>Bold</b>" in saved["body_html"]


def test_an_emoji_only_title_and_a_huge_body_are_refused_with_the_field(world: ApiWorld) -> None:
    """And the version that is there stays."""
    post_id = write_first_post(world)
    api = world.reviewer()
    present = api.get(f"/posts/{post_id}")["present"]
    assert api.send("PUT", f"/posts/{post_id}", post_body(present, title="🎉🎉"), 422)["field"] == "title"
    huge = post_body(present, body_markdown="word " * 300_000)
    assert api.send("PUT", f"/posts/{post_id}", huge, 422)["field"] == "body"
    assert api.get(f"/posts/{post_id}")["version"] == 1


def test_a_comment_is_seen_by_all_of_the_tenant(world: ApiWorld) -> None:
    """An agent's too."""
    item = first_item(world.reviewer())
    body = {"subject_kind": "request", "subject_id": item["subject_id"], "body": "See the brief of May."}
    assert world.as_agent().send("POST", "/comments", body, 201)["author_name"] == "planner"
    (comment,) = world.reviewer().get("/comments", subject_id=item["subject_id"])
    assert comment["body"] == "See the brief of May."


# --- the tenant's own affairs -----------------------------------------------------------------------------------------


def test_deliverables_are_promised_and_changed_by_the_admin(world: ApiWorld) -> None:
    """Leaving a field out keeps it; null takes the channel away."""
    admin = world.admin()
    made = admin.send("POST", "/deliverables", {"kind": "blog_posts", "name": "More", "monthly_quantity": 4}, 201)
    changed = admin.send("PATCH", f"/deliverables/{made['id']}", {"monthly_quantity": 5})
    assert (changed["monthly_quantity"], changed["name"]) == (5, "More")
    promised = next(d for d in admin.get("/deliverables") if d["channel_id"])
    assert admin.send("PATCH", f"/deliverables/{promised['id']}", {"goal": "Leads"})["channel_id"] is not None
    assert admin.send("PATCH", f"/deliverables/{promised['id']}", {"channel_id": None})["channel_id"] is None
    problem = admin.send("POST", "/deliverables", {"kind": "podcasts", "name": "x", "monthly_quantity": 1}, 422)
    assert problem["field"] == "kind"


def test_publishing_is_held_and_released(world: ApiWorld) -> None:
    """A second hold of the same reach is a 409 that names the first; everything is for the platform alone."""
    api = world.reviewer()
    hold = api.send("POST", "/holds", {"scope": "tenant", "reason": "Site moves"}, 201)
    assert "Site moves" in api.send("POST", "/holds", {"scope": "tenant", "reason": "Again"}, 409)["detail"]
    api.send("POST", "/holds", {"scope": "all", "reason": "Everything"}, 403)
    assert [row["id"] for row in api.get("/holds")] == [hold["id"]]
    assert api.send("DELETE", f"/holds/{hold['id']}")["released_by"] == "Rita Reviewer"
    assert api.get("/holds") == []


def test_the_platforms_admin_holds_everything(world: ApiWorld) -> None:
    """Every tenant sees it; no tenant releases it."""
    chief = world.as_(build_person(world.runtime.database, world.tenant, Role.PLATFORM_ADMIN, "Pat Platform"))
    hold = chief.send("POST", "/holds", {"scope": "all", "reason": "Incident 7"}, 201)
    api = world.reviewer()
    assert [row["reason"] for row in api.get("/holds")] == ["Incident 7"]
    api.send("DELETE", f"/holds/{hold['id']}", status=403)
    chief.send("DELETE", f"/holds/{hold['id']}")


def test_a_channel_that_cannot_be_reached_is_not_stored(world: ApiWorld) -> None:
    """503 says the site is away; its password is in no answer."""
    admin = world.admin()
    body = {
        "platform": "wordpress", "name": "Second", "base_url": "http://127.0.0.1:9",
        "credentials": {"username": "editor", "application_password": "top secret words"},
    }  # fmt: skip
    answer = admin.call("POST", "/channels", json=body)
    assert answer.status_code == 503
    assert "top secret" not in answer.text
    assert [channel["name"] for channel in admin.get("/channels")] == ["Acme blog"]
    gone = admin.send("DELETE", f"/channels/{world.month.channel_id}")
    assert gone["status"] == "disconnected"


def test_people_come_and_go_by_the_admins_hand(world: ApiWorld) -> None:
    """Only those with an account; their role can be changed and taken away."""
    admin = world.admin()
    rita = world.reviewer()
    member = admin.send("PUT", "/people", {"email": "RITA.reviewer@acme.example", "role": "operator"})
    assert member["role"] == "operator"
    rita.send("POST", "/approvals/decisions", {"answers": []}, 403)
    admin.send("DELETE", f"/people/{member['user_id']}", status=204)
    assert rita.send("GET", "/me", status=401)["code"] == "TokenRefused"
    admin.send("PUT", "/people", {"email": "nobody@acme.example", "role": "operator"}, 404)
    admin.send("PUT", "/people", {"email": "sam.second@acme.example", "role": "platform_admin"}, 422)


def test_tokens_are_made_listed_and_revoked(world: ApiWorld) -> None:
    """One's own with at most one's own rights; an agent's by who manages people."""
    rita = world.reviewer()
    made = rita.send("POST", "/tokens", {"kind": "user", "name": "script", "scopes": ["read"], "days": 7}, 201)
    script = Api(world.client, made["secret"])
    assert script.get("/me")["permissions"] == ["read"]
    script.send("POST", "/tokens", {"kind": "user", "name": "more", "scopes": ["read", "decide"]}, 403)
    rita.send("POST", "/tokens", {"kind": "agent", "name": "bot", "scopes": ["read"]}, 403)
    world.admin().send("POST", "/tokens", {"kind": "agent", "name": "bot", "scopes": ["read", "decide"]}, 422)
    assert "secret" not in str(rita.get("/tokens")).replace("secret_hash", "")
    rita.send("DELETE", f"/tokens/{made['id']}")
    assert "was revoked" in script.send("GET", "/me", status=401)["detail"]


def test_scopes_bound_a_strong_persons_token(world: ApiWorld) -> None:
    """A reviewer's reading token cannot decide."""
    reading = world.as_(world.month.reviewer, frozenset({Permission.READ}))
    item = first_item(reading)
    body = {"decision": "approve", "seal": item["seal"]}
    assert "'decide'" in reading.send("POST", f"/approvals/{item['approval_id']}/decision", body, 403)["detail"]
