"""The API's calendar: plan, take off, slots, and the dry run, by the rules of the pages."""

from __future__ import annotations

import pytest

from leadmetrics_pipelines.services.runtime import Runtime
from leadmetrics_pipelines.storage.tenants.models import Tenant
from tests.review.api_world import ApiWorld, build_world, write_first_post


@pytest.fixture
def world(runtime: Runtime, acme: Tenant, zenith: Tenant) -> ApiWorld:
    """Our tenant with a draft; the neighbour beside it."""
    build_world(runtime, zenith, posts=1)
    return build_world(runtime, acme)


def test_a_post_is_planned_shown_and_taken_off(world: ApiWorld) -> None:
    """In the tenant's wall time; the past and an older version are refused with a reason."""
    post_id, api = str(write_first_post(world)), world.reviewer()
    moved = api.send("PUT", f"/posts/{post_id}/time", {"local": "2026-12-24T09:30:00", "seen_version": 1})
    assert (moved["post_id"], moved["is_approved"]) == (post_id, False)
    december = api.get("/calendar/2026-12")
    assert [(entry["post_id"], entry["local"]) for entry in december["planned"]] == [(post_id, "2026-12-24T09:30:00")]
    late = api.send("PUT", f"/posts/{post_id}/time", {"local": "2020-01-01T09:00:00", "seen_version": 2}, 422)
    assert "is over" in late["detail"]
    api.send("POST", f"/posts/{post_id}/unplan", {"seen_version": 1}, 409)
    api.send("POST", f"/posts/{post_id}/unplan", {"seen_version": 2})
    assert [entry["post_id"] for entry in api.get("/calendar/2026-12")["without_time"]] == [post_id]


def test_slots_come_and_go(world: ApiWorld) -> None:
    """With what is known of the best times: nothing yet."""
    api, path = world.reviewer(), f"/channels/{world.month.channel_id}/slots"
    slot = api.send("POST", path, {"weekday": 1, "at": "09:30"}, 201)
    api.send("POST", path, {"weekday": 1, "at": "09:30"}, 409)
    api.send("POST", path, {"weekday": 9, "at": "09:30"}, 422)
    found = api.get(path)
    assert ([s["id"] for s in found["slots"]], found["knowledge"]) == ([slot["id"]], "none")
    api.send("DELETE", f"/slots/{slot['id']}", status=204)
    assert api.get(path)["slots"] == []


def test_the_dry_run_names_what_would_stop_an_item(world: ApiWorld) -> None:
    """The channel's site does not answer here, and the draft waits for people."""
    post_id = str(write_first_post(world))
    (item,) = world.reviewer().get("/dry-run")
    assert item["post_id"] == post_id
    assert {finding["check"] for finding in item["findings"] if finding["level"] != "ok"} >= {"release", "access"}


def test_an_agent_plans_nothing(world: ApiWorld) -> None:
    """It may look."""
    post_id, agent = str(write_first_post(world)), world.as_agent()
    agent.send("PUT", f"/posts/{post_id}/time", {"local": "2026-12-24T09:30:00", "seen_version": 1}, 403)
    assert agent.get("/calendar/2026-12")["planned"] == []
