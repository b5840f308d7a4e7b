"""The twin of Klaviyo by itself (platform_apis.md 13)."""

from __future__ import annotations

import base64
import hashlib
from typing import Any

import httpx
import pytest

from leadmetrics_pipelines.sandbox.oauth import CLIENT_SECRET, client_id
from leadmetrics_pipelines.sandbox.running import RunningSandbox

BACK = "https://app.example/back"
API = "/a.klaviyo.com/api"
SCOPES = "lists:read campaigns:read campaigns:write"
VERIFIER = "v" * 43


def sign_in(sandbox: RunningSandbox, scopes: str = SCOPES) -> dict[str, str]:
    """Headers of a request by an app that Dana let in."""
    challenge = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).decode().rstrip("=")
    query = {
        "response_type": "code", "client_id": client_id("klaviyo"), "redirect_uri": BACK, "scope": scopes,
        "code_challenge": challenge, "code_challenge_method": "S256",
    }  # fmt: skip
    data: Any = {"decision": "allow", "scope": scopes.split()}
    back = sandbox.control.post("/www.klaviyo.com/oauth/authorize", params=query, data=data)
    form = {
        "grant_type": "authorization_code", "redirect_uri": BACK, "code_verifier": VERIFIER,
        "code": httpx.URL(back.headers["location"]).params["code"],
    }  # fmt: skip
    answer = sandbox.control.post("/a.klaviyo.com/oauth/token", data=form, auth=(client_id("klaviyo"), CLIENT_SECRET))
    return {"Authorization": f"Bearer {answer.json()['access_token']}", "revision": "2026-10-15"}


def test_an_error_is_json_api(sandbox: RunningSandbox) -> None:
    """With its code, as the reference has it."""
    answer = sandbox.control.get(f"{API}/lists", headers={"revision": "2026-10-15"})
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (401, "not_authenticated")


def test_the_revision_is_asked_for_and_can_be_retired(sandbox: RunningSandbox) -> None:
    """Missing: 400. Retired: 410."""
    headers = sign_in(sandbox)
    assert sandbox.control.get(f"{API}/lists", headers=headers).headers["ratelimit-limit"] == "150"
    bare = {name: value for name, value in headers.items() if name != "revision"}
    assert sandbox.control.get(f"{API}/lists", headers=bare).status_code == 400
    sandbox.set_up("klaviyo", retired_revision="2026-10-15")
    assert sandbox.control.get(f"{API}/lists", headers=headers).status_code == 410


def test_each_call_needs_its_scope(sandbox: RunningSandbox) -> None:
    """What was not given is refused by name."""
    answer = sandbox.control.get(f"{API}/campaigns", headers=sign_in(sandbox, "lists:read"))
    assert answer.status_code == 403
    assert "campaigns:read" in answer.json()["errors"][0]["detail"]


def test_campaigns_are_not_listed_without_a_channel(sandbox: RunningSandbox) -> None:
    """The filter is required."""
    assert sandbox.control.get(f"{API}/campaigns", headers=sign_in(sandbox)).status_code == 400


@pytest.mark.parametrize("scope", ["", "everything"])
def test_an_unknown_scope_is_not_asked_for(sandbox: RunningSandbox, scope: str) -> None:
    """The person sees an error instead of the question."""
    query = {"response_type": "code", "client_id": client_id("klaviyo"), "redirect_uri": BACK, "scope": scope}
    status = sandbox.control.get("/www.klaviyo.com/oauth/authorize", params=query).status_code
    assert status == (400 if scope else 200)
