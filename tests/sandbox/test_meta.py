"""The twin of Meta by itself (platform_apis.md 3, 4, 5)."""

from __future__ import annotations

import hashlib
import hmac
from typing import Any

import httpx
import pytest

from leadmetrics_pipelines.sandbox.oauth import CLIENT_SECRET, client_id
from leadmetrics_pipelines.sandbox.running import RunningSandbox

BACK = "https://app.example/back"
DIALOG = "/www.facebook.com/v26.0/dialog/oauth"
GRAPH = "/graph.facebook.com/v26.0"
PAGE, ACCOUNT = "101000000000001", "178410000000001"
SCOPES = [
    "pages_show_list", "pages_manage_posts", "pages_read_engagement", "instagram_basic", "instagram_content_publish",
    "business_management",
]  # fmt: skip


class Graph:
    """Calls with one token."""

    def __init__(self, sandbox: RunningSandbox, token: str) -> None:
        self._sandbox, self.token = sandbox, token
        self._proof = hmac.new(CLIENT_SECRET.encode(), token.encode(), hashlib.sha256).hexdigest()

    def call(self, method: str, path: str, body: dict[str, Any] | None = None, **params: str) -> dict[str, Any]:
        answer = self._sandbox.control.request(
            method, f"{GRAPH}/{path}", json=body, headers={"authorization": f"Bearer {self.token}"},
            params={"appsecret_proof": self._proof, **params},
        )  # fmt: skip
        return answer.json()


def token_of(sandbox: RunningSandbox, **form: str) -> dict[str, Any]:
    keys = {"client_id": client_id("meta"), "client_secret": CLIENT_SECRET}
    return sandbox.control.post(f"{GRAPH}/oauth/access_token", data={**keys, **form}).json()


@pytest.fixture
def short(sandbox: RunningSandbox) -> Graph:
    """Dana's short-lived token."""
    query = {
        "response_type": "code", "client_id": client_id("meta"), "redirect_uri": BACK, "state": "s",
        "scope": ",".join(SCOPES),
    }  # fmt: skip
    back = sandbox.control.post(DIALOG, params=query, data={"decision": "allow", "scope": SCOPES})
    code = httpx.URL(back.headers["location"]).params["code"]
    return Graph(sandbox, token_of(sandbox, code=code, redirect_uri=BACK)["access_token"])


@pytest.fixture
def page(sandbox: RunningSandbox, short: Graph) -> Graph:
    """The token of the Page, from a long-lived one."""
    grown = token_of(sandbox, grant_type="fb_exchange_token", fb_exchange_token=short.token)
    assert grown["expires_in"] == 5183944
    pages = Graph(sandbox, grown["access_token"]).call("GET", "me/accounts", fields="id,access_token")["data"]
    return Graph(sandbox, next(entry["access_token"] for entry in pages if entry["id"] == PAGE))


def test_a_page_token_of_a_short_one_ends_with_it(sandbox: RunningSandbox, short: Graph, page: Graph) -> None:
    """Only that of a long-lived token has no end."""
    weak = short.call("GET", PAGE, fields="access_token")["access_token"]
    sandbox.advance_clock(days=1)
    assert Graph(sandbox, weak).call("GET", PAGE)["error"]["error_subcode"] == 463
    assert page.call("GET", PAGE)["name"] == "Acme Garden Furniture"


def test_a_call_without_proof_is_refused(sandbox: RunningSandbox, page: Graph) -> None:
    """As is one with a wrong proof."""
    headers = {"authorization": f"Bearer {page.token}"}
    bare = sandbox.control.get(f"{GRAPH}/{PAGE}", headers=headers).json()
    assert "appsecret_proof" in bare["error"]["message"]
    wrong = sandbox.control.get(f"{GRAPH}/{PAGE}", headers=headers, params={"appsecret_proof": "0" * 64}).json()
    assert "Invalid appsecret_proof" in wrong["error"]["message"]


def test_an_old_version_is_an_unknown_path(sandbox: RunningSandbox, page: Graph) -> None:
    """v20 ended in September 2026."""
    answer = sandbox.control.get(f"/graph.facebook.com/v20.0/{PAGE}", headers={"authorization": f"Bearer {page.token}"})
    assert answer.json()["error"]["code"] == 2500


def test_a_container_is_published_once(page: Graph) -> None:
    """Its status says so afterwards, and a second publish is refused."""
    made = page.call("POST", f"{ACCOUNT}/media", {"image_url": "https://cdn.example/a.jpg", "caption": "Tea"})["id"]
    assert page.call("GET", made, fields="status_code")["status_code"] == "FINISHED"
    assert page.call("POST", f"{ACCOUNT}/media_publish", creation_id=made)["id"].startswith("179")
    assert page.call("GET", made, fields="status_code")["status_code"] == "PUBLISHED"
    assert page.call("POST", f"{ACCOUNT}/media_publish", creation_id=made)["error"]["code"] == 9007


def test_a_container_expires_after_a_day(sandbox: RunningSandbox, page: Graph) -> None:
    """And polls bring one that is at work to its end."""
    sandbox.set_up("meta", processing_polls=1)
    made = page.call("POST", f"{ACCOUNT}/media", {"image_url": "https://cdn.example/a.jpg"})["id"]
    states = [page.call("GET", made, fields="status_code")["status_code"] for _ in range(2)]
    sandbox.advance_clock(days=1.1)
    assert [*states, page.call("GET", made)["status_code"]] == ["IN_PROGRESS", "FINISHED", "EXPIRED"]


@pytest.mark.parametrize(("effect", "kept"), [("error", None), ("drop", "a #b #c")])
def test_hashtags_over_the_limit(sandbox: RunningSandbox, page: Graph, effect: str, kept: str | None) -> None:
    """Refused or dropped, as the set-up says: nobody knows which it is."""
    sandbox.set_up("meta", hashtags_most=2, hashtags_over=effect)
    made = page.call("POST", f"{ACCOUNT}/media", {"image_url": "https://cdn.example/a.jpg", "caption": "a #b #c #d"})
    if kept is None:
        assert made["error"]["code"] == 36004
    else:
        assert sandbox.held("meta")[0].text.strip() == kept


def test_the_world_is_forgotten_and_unknown_set_ups_are_named(sandbox: RunningSandbox, page: Graph) -> None:
    """Posts, tokens and set-up go; a field that is not there is refused."""
    page.call("POST", f"{PAGE}/feed", {"message": "Tea"})
    assert sandbox.control.put("/platforms/meta", json={"oops": 1}).status_code == 422
    sandbox.reset()
    assert sandbox.held("meta") == []
    assert page.call("GET", PAGE)["error"]["code"] == 190
