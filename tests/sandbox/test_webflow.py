"""The twin of Webflow by itself (platform_apis.md 9)."""

from __future__ import annotations

import httpx
import pytest

from leadmetrics_pipelines.sandbox.oauth import CLIENT_SECRET, client_id
from leadmetrics_pipelines.sandbox.running import RunningSandbox

BACK = "https://app.example/back"
ITEMS = "/api.webflow.com/v2/collections/66f6e966c9e1dc700a857d01/items"


@pytest.fixture
def signed_in(sandbox: RunningSandbox) -> dict[str, str]:
    """Headers of a request by an app that Dana let in."""
    query = {
        "response_type": "code", "client_id": client_id("webflow"), "redirect_uri": BACK, "scope": "cms:read cms:write",
    }  # fmt: skip
    back = sandbox.control.post(
        "/webflow.com/oauth/authorize", params=query, data={"decision": "allow", "scope": ["cms:read", "cms:write"]}
    )
    body = {
        "client_id": client_id("webflow"), "client_secret": CLIENT_SECRET, "grant_type": "authorization_code",
        "code": httpx.URL(back.headers["location"]).params["code"], "redirect_uri": BACK,
    }  # fmt: skip
    answer = sandbox.control.post("/api.webflow.com/oauth/access_token", json=body).json()
    assert (answer["scope"], answer["token_type"]) == ("cms:read cms:write", "bearer")
    return {"Authorization": f"Bearer {answer['access_token']}"}


def test_a_repeated_slug_gets_a_suffix(sandbox: RunningSandbox, signed_in: dict[str, str]) -> None:
    """Instead of being refused."""
    item = {"fieldData": {"name": "Tea", "slug": "tea"}}
    made = [sandbox.control.post(ITEMS, json=item, headers=signed_in) for _ in range(2)]
    assert [answer.status_code for answer in made] == [202, 202]
    first, second = (answer.json()["fieldData"]["slug"] for answer in made)
    assert (first, second.startswith("tea-"), len(second)) == ("tea", True, 9)


def test_what_is_not_published_is_not_public(sandbox: RunningSandbox, signed_in: dict[str, str]) -> None:
    """And an edit is public only after the next publishing."""
    item = {"fieldData": {"name": "Tea", "slug": "tea", "post-body": "<p>Green</p><!-- gone -->"}}
    item_id = sandbox.control.post(ITEMS, json=item, headers=signed_in).json()["id"]
    page = "/acme-garden.webflow.io/blog/tea"
    assert sandbox.control.get(page).status_code == 404
    told = sandbox.control.post(f"{ITEMS}/publish", json={"itemIds": [item_id]}, headers=signed_in)
    assert (told.status_code, told.json()) == (202, {"publishedItemIds": [item_id], "errors": []})
    edit = {"fieldData": {"post-body": "<p>Black</p>"}}
    sandbox.control.patch(f"{ITEMS}/{item_id}", json=edit, headers=signed_in).raise_for_status()
    text = sandbox.control.get(page).text
    assert "Green" in text
    assert "gone" not in text


def test_a_field_that_is_not_in_the_schema_is_refused(sandbox: RunningSandbox, signed_in: dict[str, str]) -> None:
    """By name."""
    answer = sandbox.control.post(ITEMS, json={"fieldData": {"name": "x", "colour": "red"}}, headers=signed_in)
    assert (answer.status_code, answer.json()["details"][0]["param"]) == (400, "colour")


def test_a_scope_that_was_not_given_is_missing(sandbox: RunningSandbox, signed_in: dict[str, str]) -> None:
    """In Webflow's words."""
    answer = sandbox.control.get("/api.webflow.com/v2/sites", headers=signed_in)
    assert (answer.status_code, answer.json()["code"]) == (403, "missing_scopes")


def test_the_store_takes_no_picture_that_was_not_announced(sandbox: RunningSandbox) -> None:
    """And answers XML."""
    answer = sandbox.control.post("/s3.amazonaws.com/webflow-prod-assets", data={"key": "x"}, files={"file": b"x"})
    assert (answer.status_code, answer.headers["content-type"]) == (403, "application/xml")
