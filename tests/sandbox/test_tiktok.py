"""The twin of TikTok by itself (platform_apis.md 11)."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from leadmetrics_pipelines.sandbox.oauth import CLIENT_SECRET, client_id
from leadmetrics_pipelines.sandbox.running import RunningSandbox

BACK = "https://app.example/back"
API = "/open.tiktokapis.com/v2"
KEYS = {"client_key": client_id("tiktok"), "client_secret": CLIENT_SECRET}
SCOPES = "user.info.basic,video.publish,video.list"


def ask_token(sandbox: RunningSandbox, **form: str) -> dict[str, Any]:
    return sandbox.control.post(f"{API}/oauth/token/", data={**KEYS, **form}).json()


@pytest.fixture
def tokens(sandbox: RunningSandbox) -> dict[str, Any]:
    """What Dana's consent gave."""
    query = {"client_key": KEYS["client_key"], "response_type": "code", "scope": SCOPES, "redirect_uri": BACK}
    form = {"decision": "allow", "scope": SCOPES.split(",")}
    back = sandbox.control.post("/www.tiktok.com/v2/auth/authorize/", params=query, data=form)
    code = httpx.URL(back.headers["location"]).params["code"]
    return ask_token(sandbox, grant_type="authorization_code", code=code, redirect_uri=BACK)


def call(sandbox: RunningSandbox, tokens: dict[str, Any], path: str, body: dict[str, Any]) -> dict[str, Any]:
    headers = {"authorization": f"Bearer {tokens['access_token']}"}
    return sandbox.control.post(f"{API}/{path}", json=body, headers=headers).json()


def photo(**info: Any) -> dict[str, Any]:  # noqa: ANN401  any field of a post
    return {
        "media_type": "PHOTO", "post_mode": "DIRECT_POST",
        "post_info": {"description": "Tea", "privacy_level": "PUBLIC_TO_EVERYONE", **info},
        "source_info": {"source": "PULL_FROM_URL", "photo_images": ["https://cdn.example/a.jpg"]},
    }  # fmt: skip


def test_a_refresh_token_works_once(sandbox: RunningSandbox, tokens: dict[str, Any]) -> None:
    """The new pair has the documented lives; the old one is refused in OAuth's words."""
    fresh = ask_token(sandbox, grant_type="refresh_token", refresh_token=tokens["refresh_token"])
    assert (fresh["expires_in"], fresh["refresh_expires_in"]) == (7200, 15552000)
    again = ask_token(sandbox, grant_type="refresh_token", refresh_token=tokens["refresh_token"])
    assert again["error"] == "invalid_grant"


def test_errors_may_come_with_status_200(sandbox: RunningSandbox, tokens: dict[str, Any]) -> None:
    """Only the code tells."""
    sandbox.set_up("tiktok", errors_as_200=True)
    answer = sandbox.control.post(f"{API}/post/publish/creator_info/query/", headers={"authorization": "Bearer no"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (200, "access_token_invalid")
    refused = sandbox.control.post(f"{API}/oauth/token/", data={**KEYS, "grant_type": "refresh_token"})
    assert (refused.status_code, refused.json()["error"]) == (200, "invalid_grant")


def test_a_post_is_processed_then_complete(sandbox: RunningSandbox, tokens: dict[str, Any]) -> None:
    """Its id is a number of 64 bits, under a misspelt key, and comes after moderation."""
    sandbox.set_up("tiktok", processing_polls=1, moderation_polls=1)
    started = call(sandbox, tokens, "post/publish/content/init/", photo())["data"]
    told = [call(sandbox, tokens, "post/publish/status/fetch/", started)["data"] for _ in range(3)]
    assert [entry["status"] for entry in told] == ["PROCESSING_DOWNLOAD", "PUBLISH_COMPLETE", "PUBLISH_COMPLETE"]
    assert [len(entry["publicaly_available_post_id"]) for entry in told] == [0, 0, 1]
    assert told[2]["publicaly_available_post_id"][0] > 2**53


def test_work_ends_by_itself(sandbox: RunningSandbox, tokens: dict[str, Any]) -> None:
    """Though nobody asks how far it is, the post is listed after a while."""
    call(sandbox, tokens, "post/publish/content/init/", photo())
    path = "video/list/?fields=id"
    assert call(sandbox, tokens, path, {"max_count": 20})["data"]["videos"] == []
    sandbox.advance_clock(seconds=21)
    assert len(call(sandbox, tokens, path, {"max_count": 20})["data"]["videos"]) == 1


@pytest.mark.parametrize(
    ("setup", "info", "code"),
    [
        ({}, {"title": "x" * 91}, "invalid_params"),
        ({}, {"description": "🪑" * 2001}, "invalid_params"),
        ({"is_audited": False}, {}, "unaudited_client_can_only_post_to_private_accounts"),
        ({"privacy_options": ["SELF_ONLY"]}, {}, "privacy_level_option_mismatch"),
        ({"is_banned": True}, {}, "spam_risk_user_banned_from_posting"),
        ({"posts_a_day": 0}, {}, "spam_risk_too_many_posts"),
        ({"unverified_hosts": ["cdn.example"]}, {}, "url_ownership_unverified"),
    ],
)
def test_every_limit_has_its_code(
    sandbox: RunningSandbox, tokens: dict[str, Any], setup: dict[str, Any], info: dict[str, Any], code: str
) -> None:
    """Nothing is held afterwards."""
    sandbox.set_up("tiktok", **setup)
    assert call(sandbox, tokens, "post/publish/content/init/", photo(**info))["error"]["code"] == code
    assert sandbox.held("tiktok") == []
