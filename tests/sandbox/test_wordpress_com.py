"""The twin of WordPress.com by itself (platform_apis.md 8.6)."""

from __future__ import annotations

from leadmetrics_pipelines.sandbox.oauth import CLIENT_SECRET, client_id
from leadmetrics_pipelines.sandbox.running import RunningSandbox

HOST = "/public-api.wordpress.com"


def test_old_and_new_calls_refuse_in_their_own_words(sandbox: RunningSandbox) -> None:
    """v1.1 says `error`, wp/v2 says `code`."""
    bad = {"Authorization": "Bearer no"}
    old = sandbox.control.get(f"{HOST}/rest/v1.1/me/sites", headers=bad)
    assert (old.status_code, old.json()["error"]) == (400, "invalid_token")
    new = sandbox.control.get(f"{HOST}/wp/v2/sites/101/posts", headers=bad)
    assert (new.status_code, new.json()["code"]) == (401, "rest_not_logged_in")


def test_visitors_read_what_is_public(sandbox: RunningSandbox) -> None:
    """By the site's number or its host; no other site."""
    for named in ("101", "acmegarden.wordpress.com"):
        assert sandbox.control.get(f"{HOST}/wp/v2/sites/{named}/posts").json() == []
    assert sandbox.control.get(f"{HOST}/wp/v2/sites/999/posts").status_code == 404


def test_a_refresh_token_nobody_gave_is_refused(sandbox: RunningSandbox) -> None:
    """In OAuth's words."""
    form = {
        "grant_type": "refresh_token", "refresh_token": "x", "client_id": client_id("wordpress_com"),
        "client_secret": CLIENT_SECRET,
    }  # fmt: skip
    answer = sandbox.control.post(f"{HOST}/oauth2-1/token", data=form)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")
