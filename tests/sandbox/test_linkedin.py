"""LinkedIn's twin by itself: what the reference says of its protocol, without our client."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from leadmetrics_pipelines.sandbox.linkedin.little_text import cut_text, read_text
from leadmetrics_pipelines.sandbox.oauth import CLIENT_SECRET, client_id
from leadmetrics_pipelines.sandbox.running import RunningSandbox
from tests.sandbox.builders import a_png

AUTHOR = "urn:li:organization:2414183"
SCOPES = "w_organization_social r_organization_social rw_organization_admin"
VERSION = {"LinkedIn-Version": "202609", "X-Restli-Protocol-Version": "2.0.0"}
POST = {
    "author": AUTHOR, "commentary": "Hello", "visibility": "PUBLIC", "distribution": {"feedDistribution": "MAIN_FEED"},
    "lifecycleState": "PUBLISHED",
}  # fmt: skip


@pytest.fixture
def linkedin(sandbox: RunningSandbox) -> Iterator[httpx.Client]:
    """Signed in as Dana, with every scope."""
    with httpx.Client(base_url=sandbox.url, trust_env=False, headers=VERSION) as client:
        back = "https://app.example/back"
        asked = {"response_type": "code", "client_id": client_id("linkedin"), "redirect_uri": back, "scope": SCOPES}
        agreed = client.post(
            "/www.linkedin.com/oauth/v2/authorization", params={**asked, "state": "s"},
            data={"decision": "allow", "scope": SCOPES.split()},
        )  # fmt: skip
        code = parse_qs(urlsplit(agreed.headers["location"]).query)["code"][0]
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": back}
        app = {"client_id": client_id("linkedin"), "client_secret": CLIENT_SECRET}
        token = client.post("/www.linkedin.com/oauth/v2/accessToken", data=form | app).json()
        client.headers["Authorization"] = f"Bearer {token['access_token']}"
        client.base_url = httpx.URL(f"{sandbox.url}/api.linkedin.com/rest/")
        yield client


def test_a_post_is_answered_by_a_header_alone(linkedin: httpx.Client) -> None:
    """201, an empty body, `x-restli-id`."""
    answer = linkedin.post("posts", json=POST)
    assert (answer.status_code, answer.content) == (201, b"")
    assert answer.headers["x-restli-id"].startswith("urn:li:share:")


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"LinkedIn-Version": ""}, 400),
        ({"LinkedIn-Version": "202511"}, 426),
        ({"LinkedIn-Version": "202612"}, 426),
        ({"X-Restli-Protocol-Version": "1.0.0"}, 400),
        ({"Authorization": "Bearer other"}, 401),
    ],
)
def test_every_call_needs_its_headers(linkedin: httpx.Client, headers: dict[str, str], status: int) -> None:
    """The version that is asked for must be active."""
    answer = linkedin.get("organizationAcls?q=roleAssignee", headers=headers)
    assert (answer.status_code, answer.json()["status"]) == (status, status)


def test_urns_are_encoded(linkedin: httpx.Client) -> None:
    """A bare URN in a path or query is refused."""
    assert linkedin.get(f"posts?q=author&author={AUTHOR}").status_code == 400
    assert linkedin.get("posts?q=author&author=urn%3Ali%3Aorganization%3A2414183").status_code == 200


def test_a_picture_that_is_not_there_cannot_be_posted(linkedin: httpx.Client) -> None:
    """Registered is not uploaded."""
    begun = linkedin.post("images?action=initializeUpload", json={"initializeUploadRequest": {"owner": AUTHOR}})
    urn, url = begun.json()["value"]["image"], begun.json()["value"]["uploadUrl"]
    with_picture = POST | {"content": {"media": {"id": urn}}}
    assert linkedin.post("posts", json=with_picture).status_code == 400
    at = str(linkedin.base_url).partition("/api.")[0] + "/" + url.removeprefix("https://")
    assert linkedin.put(at, content=a_png()).status_code == 201
    assert linkedin.post("posts", json=with_picture).status_code == 201


def test_a_text_is_refused_twice(linkedin: httpx.Client, sandbox: RunningSandbox) -> None:
    """422 with the first one's URN, even after that was deleted; after two days it is forgotten."""
    first = linkedin.post("posts", json=POST).headers["x-restli-id"]
    linkedin.delete(f"posts/{first.replace(':', '%3A')}")
    again = linkedin.post("posts", json=POST)
    assert again.status_code == 422
    assert first in again.json()["message"]
    assert [held.is_public for held in sandbox.held("linkedin")] == [False]
    sandbox.advance_clock(days=2.1)
    assert linkedin.post("posts", json=POST).status_code == 201


@pytest.mark.parametrize(
    ("sent", "kept", "read"),
    [
        ("Plain #tag", "Plain #tag", "Plain #tag"),
        ("Cut (here)", "Cut ", "Cut "),
        (r"Not \(here\)", r"Not \(here\)", "Not (here)"),
        ("C# cut", "C", "C"),
        (r"Hi @[Acme](urn:li:organization:1) {hashtag|\#|x}!", r"Hi @[Acme](urn:li:organization:1) {hashtag|\#|x}!",
         "Hi Acme #x!"),
    ],
)  # fmt: skip
def test_little_text_is_cut_in_silence(sent: str, kept: str, read: str) -> None:
    """At the first reserved character that is neither escaped nor markup."""
    assert cut_text(sent) == kept
    assert read_text(cut_text(sent)) == read
