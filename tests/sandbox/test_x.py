"""X's twin by itself: what the reference says of its protocol, without our client."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from leadmetrics_pipelines.sandbox.oauth import CLIENT_SECRET, client_id
from leadmetrics_pipelines.sandbox.running import RunningSandbox
from leadmetrics_pipelines.sandbox.x.texts import weigh
from tests.sandbox.builders import a_png

BACK = "https://app.example/back"
VERIFIER = "v" * 50
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).decode().rstrip("=")
SCOPES = "tweet.read tweet.write users.read media.write offline.access"
ASKED = {
    "response_type": "code", "client_id": client_id("x"), "redirect_uri": BACK, "scope": SCOPES, "state": "s",
    "code_challenge": CHALLENGE, "code_challenge_method": "S256",
}  # fmt: skip


@pytest.fixture
def x(sandbox: RunningSandbox) -> Iterator[httpx.Client]:
    """Signed in as Dana, with every scope."""
    with httpx.Client(base_url=sandbox.url, trust_env=False) as client:
        agreed = client.post(
            "/x.com/i/oauth2/authorize", params=ASKED, data={"decision": "allow", "scope": SCOPES.split()}
        )
        code = parse_qs(urlsplit(agreed.headers["location"]).query)["code"][0]
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": BACK, "code_verifier": VERIFIER}
        token = client.post("/api.x.com/2/oauth2/token", data=form, auth=(client_id("x"), CLIENT_SECRET)).json()
        assert token["token_type"] == "bearer"
        client.headers["Authorization"] = f"Bearer {token['access_token']}"
        client.base_url = httpx.URL(f"{sandbox.url}/api.x.com/2/")
        yield client


def test_consent_needs_a_challenge(sandbox: RunningSandbox) -> None:
    """Without PKCE there is no page."""
    asked = {name: value for name, value in ASKED.items() if not name.startswith("code_challenge")}
    assert sandbox.control.get("/x.com/i/oauth2/authorize", params=asked).status_code == 400
    assert sandbox.control.get("/x.com/i/oauth2/authorize", params=ASKED).status_code == 200


def test_a_post_comes_back_with_short_links(x: httpx.Client) -> None:
    """201 with the id and the text as X writes it; the timeline explains the links."""
    made = x.post("tweets", json={"text": "A & https://acme.example/a."})
    assert made.status_code == 201
    data = made.json()["data"]
    assert data["text"].startswith("A &amp; https://t.co/")
    listed = x.get("users/2244994945/tweets", params={"tweet.fields": "entities,public_metrics"}).json()
    assert listed["data"][0]["entities"]["urls"][0]["expanded_url"] == "https://acme.example/a"
    assert listed["data"][0]["public_metrics"]["impression_count"] > 0
    assert "created_at" not in listed["data"][0]


def test_a_duplicate_is_refused_without_an_id(x: httpx.Client) -> None:
    """403, until the first is deleted."""
    first = x.post("tweets", json={"text": "Hi"}).json()["data"]["id"]
    again = x.post("tweets", json={"text": "Hi"})
    assert (again.status_code, again.headers["content-type"]) == (403, "application/problem+json")
    assert first not in again.text
    assert x.delete(f"tweets/{first}").json() == {"data": {"deleted": True}}
    assert x.post("tweets", json={"text": "Hi"}).status_code == 201


def test_a_post_that_is_gone_is_a_200_with_errors(x: httpx.Client) -> None:
    """No data, and the type of the problem."""
    gone = x.get("tweets/1")
    assert gone.status_code == 200
    assert "data" not in gone.json()
    assert gone.json()["errors"][0]["type"].endswith("resource-not-found")


def test_calls_are_counted_in_quarters_of_an_hour(x: httpx.Client, sandbox: RunningSandbox) -> None:
    """Headers on every answer; 429 when none is left; then anew."""
    sandbox.set_up("x", rate_limits={"GET /2/users/me": 1})
    first = x.get("users/me")
    assert (first.headers["x-rate-limit-limit"], first.headers["x-rate-limit-remaining"]) == ("1", "0")
    refused = x.get("users/me")
    assert refused.status_code == 429
    assert refused.headers["x-rate-limit-reset"] == first.headers["x-rate-limit-reset"]
    sandbox.advance_clock(seconds=901)
    assert x.get("users/me").status_code == 200


def test_only_a_picture_that_is_there_can_be_posted(x: httpx.Client) -> None:
    """By the id that its upload gave."""
    sent = x.post("media/upload", data={"media_category": "tweet_image"}, files={"media": ("m", a_png())})
    number = sent.json()["data"]["id"]
    post = {"text": "A picture", "media": {"media_ids": [number]}}
    assert x.post("tweets", json=post).status_code == 201
    assert x.post("tweets", json=post | {"media": {"media_ids": ["1"]}}).status_code == 400


@pytest.mark.parametrize(
    ("text", "weight"),
    [("abc", 3), ("日本", 4), ("🌳", 2), ("👩‍🌾", 2), ("see https://acme.example/a/b/c!", 28), ("“–”", 3), ("é", 1)],
)
def test_signs_weigh_one_or_two(text: str, weight: int) -> None:
    """Links 23."""
    assert weigh(text) == weight
