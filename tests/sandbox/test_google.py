"""The twin of Google's own behaviour, where it differs from what a client can show."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from leadmetrics_pipelines.sandbox.running import RunningSandbox

APP = "https://app.example/back"
BUSINESS = "https://www.googleapis.com/auth/business.manage"
EMAIL = "https://www.googleapis.com/auth/userinfo.email"
POSTS = "/mybusiness.googleapis.com/v4/accounts/102/locations/201/localPosts"
VERIFIER = "v" * 50


@pytest.fixture
def browser(sandbox: RunningSandbox) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=sandbox.url, trust_env=False) as client:
        yield client


def consent(browser: httpx.Client, **asked: str) -> dict[str, Any]:
    """Allow everything that was asked for; what the token endpoint then says."""
    query = {
        "client_id": "sandbox-google", "redirect_uri": APP, "response_type": "code", "state": "s", "scope": BUSINESS,
        "access_type": "offline", **asked,
    }  # fmt: skip
    back = browser.post(
        "/accounts.google.com/o/oauth2/v2/auth",
        params=query,
        data={"decision": "allow", "scope": query["scope"].split()},
    )
    form = {
        "grant_type": "authorization_code", "code": httpx.URL(back.headers["location"]).params["code"],
        "redirect_uri": APP, "client_id": "sandbox-google", "client_secret": "sandbox-secret",
        "code_verifier": VERIFIER,
    }  # fmt: skip
    tokens: dict[str, Any] = browser.post("/oauth2.googleapis.com/token", data=form).raise_for_status().json()
    return tokens


def sign(tokens: dict[str, Any]) -> dict[str, str]:
    return {"authorization": f"Bearer {tokens['access_token']}"}


def test_a_refresh_token_comes_with_the_first_consent_or_when_asked_for(browser: httpx.Client) -> None:
    """And never to an app that did not ask for offline access."""
    assert "refresh_token" not in consent(browser, access_type="online")
    assert "refresh_token" in consent(browser)
    assert "refresh_token" not in consent(browser)
    assert "refresh_token" in consent(browser, prompt="consent")


def test_a_challenge_is_held_against_the_verifier(browser: httpx.Client) -> None:
    """S256."""
    challenge = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).decode().rstrip("=")
    assert consent(browser, code_challenge=challenge, code_challenge_method="S256")["expires_in"] == 3599
    with pytest.raises(httpx.HTTPStatusError, match="400"):
        consent(browser, code_challenge="x" * 43, code_challenge_method="S256")


def test_a_right_that_was_not_granted_is_refused(browser: httpx.Client) -> None:
    """403 with Google's reason."""
    tokens = consent(browser, scope=EMAIL)
    answer = browser.get(POSTS, headers=sign(tokens))
    assert answer.status_code == 403
    assert answer.json()["error"]["details"][0]["reason"] == "ACCESS_TOKEN_SCOPE_INSUFFICIENT"
    assert browser.get("/openidconnect.googleapis.com/v1/userinfo", headers=sign(tokens)).json()["email"]
    assert browser.get(POSTS).json()["error"]["status"] == "UNAUTHENTICATED"


def test_the_same_post_twice_is_two_posts(browser: httpx.Client, sandbox: RunningSandbox) -> None:
    """Nothing guards against doubles; newest first in the list."""
    signed = sign(consent(browser))
    sent = {"topicType": "STANDARD", "summary": "Twice"}
    names = [browser.post(POSTS, json=sent, headers=signed).json()["name"] for _ in range(2)]
    assert len({*names}) == len(sandbox.held("google")) == 2
    listed = browser.get(POSTS, headers=signed, params={"pageSize": "1"}).json()
    assert [post["name"] for post in listed["localPosts"]] == names[1:]
    rest = browser.get(POSTS, headers=signed, params={"pageSize": "1", "pageToken": listed["nextPageToken"]}).json()
    assert ([post["name"] for post in rest["localPosts"]], rest.get("nextPageToken")) == (names[:1], None)


@pytest.mark.parametrize(
    ("post", "field"),
    [
        ({"summary": "No topic"}, "topicType"),
        ({"topicType": "STANDARD", "summary": "x" * 1501}, "summary"),
        ({"topicType": "STANDARD", "summary": "x", "callToAction": {"actionType": "LEARN_MORE"}}, "call_to_action"),
        ({"topicType": "STANDARD", "summary": "x", "media": [{"mediaFormat": "VIDEO", "sourceUrl": "u"}]}, "media"),
    ],
)
def test_a_post_that_breaks_a_rule_is_refused_by_field(
    browser: httpx.Client, post: dict[str, object], field: str
) -> None:
    """400 with the field, as the reference records it."""
    answer = browser.post(POSTS, json=post, headers=sign(consent(browser)))
    assert answer.status_code == 400
    assert answer.json()["error"]["details"][0]["errorDetails"][0]["field"] == field


def test_a_deleted_post_is_gone_from_its_page(browser: httpx.Client) -> None:
    """And an edited one shows the edit."""
    signed = sign(consent(browser))
    post = browser.post(POSTS, json={"topicType": "STANDARD", "summary": "One"}, headers=signed).json()
    path = f"/mybusiness.googleapis.com/v4/{post['name']}"
    browser.patch(path, params={"updateMask": "summary"}, json={"summary": "Two"}, headers=signed).raise_for_status()
    assert "Two" in browser.get(post["searchUrl"]).text
    browser.delete(path, headers=signed).raise_for_status()
    assert browser.get(post["searchUrl"]).status_code == 404
    assert browser.get(path, headers=signed).status_code == 404


def test_a_reply_to_a_review_stays(browser: httpx.Client) -> None:
    """Until it is taken back."""
    signed = sign(consent(browser))
    reviews = POSTS.replace("localPosts", "reviews")
    newest = browser.get(reviews, headers=signed).json()["reviews"][0]
    assert "reviewReply" not in newest
    browser.put(f"{reviews}/r000/reply", json={"comment": "Thank you"}, headers=signed).raise_for_status()
    assert browser.get(reviews, headers=signed).json()["reviews"][0]["reviewReply"]["comment"] == "Thank you"


def test_an_unknown_setting_is_refused(sandbox: RunningSandbox) -> None:
    """A typo in a test must not pass in silence."""
    with pytest.raises(httpx.HTTPStatusError, match="422"):
        sandbox.set_up("google", lists_lag_second=1)
