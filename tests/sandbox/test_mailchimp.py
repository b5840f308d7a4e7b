"""The twin of Mailchimp by itself (platform_apis.md 12)."""

from __future__ import annotations

import httpx
import pytest

from leadmetrics_pipelines.sandbox.oauth import CLIENT_SECRET, client_id
from leadmetrics_pipelines.sandbox.running import RunningSandbox

BACK = "https://app.example/back"
AUTHORIZE = "/login.mailchimp.com/oauth2/authorize"
API = "/us1.api.mailchimp.com/3.0"
CAMPAIGN = {
    "type": "regular",
    "recipients": {"list_id": "a1b2c3d4e5"},
    "settings": {"subject_line": "S", "title": "t", "from_name": "Acme", "reply_to": "hi@example.com"},
}


@pytest.fixture
def signed_in(sandbox: RunningSandbox) -> dict[str, str]:
    """Headers of a request by an app that Dana let in."""
    query = {"response_type": "code", "client_id": client_id("mailchimp"), "redirect_uri": BACK, "state": "s"}
    back = sandbox.control.post(AUTHORIZE, params=query, data={"decision": "allow"})
    form = {
        "grant_type": "authorization_code", "client_id": client_id("mailchimp"), "client_secret": CLIENT_SECRET,
        "redirect_uri": BACK, "code": httpx.URL(back.headers["location"]).params["code"],
    }  # fmt: skip
    answer = sandbox.control.post("/login.mailchimp.com/oauth2/token", data=form).json()
    assert (answer["expires_in"], answer["scope"]) == (0, None)
    return {"Authorization": f"Bearer {answer['access_token']}"}


def test_an_unknown_app_is_not_asked_about(sandbox: RunningSandbox) -> None:
    """And the person is not sent anywhere."""
    query = {"response_type": "code", "client_id": "stranger", "redirect_uri": BACK}
    assert sandbox.control.get(AUTHORIZE, params=query).status_code == 400


def test_nobody_reads_without_a_token(sandbox: RunningSandbox) -> None:
    """The problem has the form of the reference."""
    answer = sandbox.control.get(f"{API}/ping")
    assert (answer.status_code, answer.headers["content-type"]) == (401, "application/problem+json")
    assert answer.json()["title"] == "API Key Invalid"


def test_a_campaign_is_sent_once_and_not_without_content(sandbox: RunningSandbox, signed_in: dict[str, str]) -> None:
    """Each refusal is a 400 that says why."""
    made = sandbox.control.post(f"{API}/campaigns", json=CAMPAIGN, headers=signed_in).json()
    url = f"{API}/campaigns/{made['id']}"
    refused = sandbox.control.post(f"{url}/actions/send", headers=signed_in)
    assert (refused.status_code, refused.json()["detail"]) == (400, "Your Campaign is not ready to send.")
    sandbox.control.put(f"{url}/content", json={"html": "<p>x</p>"}, headers=signed_in).raise_for_status()
    assert sandbox.control.post(f"{url}/actions/send", headers=signed_in).status_code == 204
    again = sandbox.control.post(f"{url}/actions/send", headers=signed_in)
    assert (again.status_code, again.json()["detail"][:11]) == (400, "Cannot send")


def test_lists_lag_while_the_thing_itself_is_there(sandbox: RunningSandbox, signed_in: dict[str, str]) -> None:
    """For as long as it is set up, on the sandbox's clock."""
    sandbox.set_up("mailchimp", lists_lag_seconds=30)
    made = sandbox.control.post(f"{API}/campaigns", json=CAMPAIGN, headers=signed_in).json()
    assert sandbox.control.get(f"{API}/campaigns/{made['id']}", headers=signed_in).status_code == 200
    assert sandbox.control.get(f"{API}/campaigns", headers=signed_in).json()["campaigns"] == []
    sandbox.advance_clock(seconds=31)
    assert len(sandbox.control.get(f"{API}/campaigns", headers=signed_in).json()["campaigns"]) == 1


def test_a_set_up_that_is_not_known_is_refused(sandbox: RunningSandbox) -> None:
    """By name."""
    answer = sandbox.control.put("/platforms/mailchimp", json={"speed": 2})
    assert answer.status_code == 422
    assert "speed" in answer.text
