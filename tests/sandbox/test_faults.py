"""Misbehaviour on demand: what the client sees, and whether the site kept the post."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from leadmetrics_pipelines.sandbox.faults import Effect
from leadmetrics_pipelines.sandbox.running import RunningSandbox
from tests.sandbox.builders import EDITOR, a_post, client_of


@pytest.mark.parametrize(("effect", "kept"), [("drop_before", 0), ("drop_after", 1)])
def test_a_dropped_connection_has_no_answer(
    sandbox: RunningSandbox, editor: httpx.Client, effect: Effect, kept: int
) -> None:
    """The client cannot tell the two apart: before, nothing is stored; after, the post is there."""
    sandbox.set_fault("wordpress", effect, method="POST", path_regex="/posts$")
    with pytest.raises((httpx.RemoteProtocolError, httpx.ReadError)):
        editor.post("posts", json=a_post())
    assert len(sandbox.posts()) == kept
    (call,) = sandbox.calls("wordpress")
    assert (call.status, call.effects) == (None, (effect,))


def test_a_large_body_may_be_dropped_unread(sandbox: RunningSandbox, editor: httpx.Client) -> None:
    """Hanging up in the middle of an upload is an error of the connection, not of the sandbox."""
    sandbox.set_fault("wordpress", "drop_before")
    with pytest.raises(httpx.TransportError):
        editor.post("posts", json=a_post(content="x" * 5_000_000))
    assert editor.post("posts", json=a_post()).status_code == 201


@pytest.mark.parametrize(("effect", "kept"), [("hang", 0), ("slow_after", 1)])
def test_a_timeout_tells_nothing_either(
    sandbox: RunningSandbox, editor: httpx.Client, effect: Effect, kept: int
) -> None:
    """`hang` never handles the call, `slow_after` has handled it before it waits."""
    sandbox.set_fault("wordpress", effect, seconds=20)
    with pytest.raises(httpx.ReadTimeout):
        editor.post("posts", json=a_post(), timeout=0.5)
    assert len(sandbox.posts()) == kept


def test_hanging_ends_with_the_connection(sandbox: RunningSandbox, editor: httpx.Client) -> None:
    """A patient client sees the connection close once the time is over."""
    sandbox.set_fault("wordpress", "hang", seconds=0.1)
    with pytest.raises(httpx.RemoteProtocolError):
        editor.get("posts")


def test_slow_after_answers_in_the_end(sandbox: RunningSandbox, editor: httpx.Client) -> None:
    """The answer comes late, but whole."""
    sandbox.set_fault("wordpress", "slow_after", seconds=0.1)
    assert editor.post("posts", json=a_post()).json()["slug"] == "hello"


@pytest.mark.parametrize(("status", "content"), [(503, "text/html"), (500, "text/html"), (403, "application/json")])
def test_a_status_comes_without_handling(
    sandbox: RunningSandbox, editor: httpx.Client, status: int, content: str
) -> None:
    """Maintenance and database errors are HTML, as WordPress's are."""
    sandbox.set_fault("wordpress", "status", status=status)
    answer = editor.post("posts", json=a_post())
    assert (answer.status_code, answer.headers["content-type"].partition(";")[0]) == (status, content)
    assert sandbox.posts() == []


def test_headers_body_and_type_can_be_given(sandbox: RunningSandbox, editor: httpx.Client) -> None:
    """A firewall's answer, say."""
    sandbox.set_fault(
        "wordpress", "status", status=429, headers={"Retry-After": "7"}, body="slow down", content_type="text/plain"
    )
    answer = editor.get("posts")
    assert (answer.status_code, answer.headers["retry-after"], answer.text) == (429, "7", "slow down")
    assert answer.headers["content-type"] == "text/plain"


def test_a_status_after_handling_keeps_the_post(sandbox: RunningSandbox, editor: httpx.Client) -> None:
    """A 500 does not mean that nothing was written."""
    sandbox.set_fault("wordpress", "status_after", status=500)
    assert editor.post("posts", json=a_post()).status_code == 500
    assert len(sandbox.posts()) == 1


def test_html_is_200_and_garbled_is_201_with_a_broken_body(sandbox: RunningSandbox, editor: httpx.Client) -> None:
    """Two answers that look like success: only the second one was one."""
    sandbox.set_fault("wordpress", "html")
    page = editor.post("posts", json=a_post())
    assert (page.status_code, page.headers["content-type"].partition(";")[0]) == (200, "text/html")
    assert sandbox.posts() == []
    sandbox.set_fault("wordpress", "garbled_after")
    garbled = editor.post("posts", json=a_post())
    assert (garbled.status_code, garbled.text.startswith("<br />"), len(sandbox.posts())) == (201, True, 1)


def test_a_rule_hits_as_often_as_asked_and_where_asked(sandbox: RunningSandbox, editor: httpx.Client) -> None:
    """Method, path with query, first calls let through, number of hits."""
    sandbox.set_fault("wordpress", "status", method="get", path_regex=r"slug=a$", skip=1, times=2, status=503)
    assert editor.post("posts", json=a_post()).status_code == 201
    assert editor.get("posts", params={"slug": "b"}).status_code == 200
    assert [editor.get("posts", params={"slug": "a"}).status_code for _ in range(4)] == [200, 503, 503, 200]
    assert sandbox.faults() == []


def test_a_lasting_rule_ends_when_cleared(sandbox: RunningSandbox, editor: httpx.Client) -> None:
    """`times=None` stays in force and counts its hits; DELETE by party or by number ends it."""
    rule = sandbox.set_fault("wordpress", "status", times=None, status=503)
    sandbox.set_fault("anthropic", "status")
    assert [editor.get("posts").status_code for _ in range(3)] == [503] * 3
    assert sandbox.faults()[0].hits == 3
    assert sandbox.control.delete("/faults", params={"party": "anthropic"}).json() == {"cleared": 1}
    assert sandbox.control.delete(f"/faults/{rule.id}").json() == {"cleared": 1}
    assert sandbox.control.delete(f"/faults/{rule.id}").status_code == 404
    assert editor.get("posts").status_code == 200


def test_a_delay_adds_to_another_effect(sandbox: RunningSandbox, editor: httpx.Client) -> None:
    """Latency for every call goes together with one other effect."""
    sandbox.set_fault("wordpress", "delay", seconds=0.05, times=None)
    sandbox.set_fault("wordpress", "status", status=503)
    answers = [editor.get("posts") for _ in range(2)]
    assert [answer.status_code for answer in answers] == [503, 200]
    assert all(answer.elapsed.total_seconds() >= 0.05 for answer in answers)
    assert [call.effects for call in sandbox.calls("wordpress")] == [("delay", "status"), ("delay",)]


def test_calls_are_counted_with_the_most_at_once(sandbox: RunningSandbox) -> None:
    """The log shows who asked what; the peak shows whether a client kept to one at a time."""
    sandbox.set_fault("wordpress", "delay", seconds=0.3, times=None)

    def call(_: int) -> int:
        with client_of(sandbox, EDITOR) as client:
            return client.get("posts", params={"slug": "x"}).status_code

    with ThreadPoolExecutor(3) as pool:
        assert list(pool.map(call, range(3))) == [200] * 3
    assert sandbox.most_at_once("wordpress") == 3
    seen = sandbox.calls()[0]
    assert (seen.method, seen.query) == ("GET", "slug=x")
    assert seen.path.endswith("/wp/v2/posts")
    assert seen.user_agent.startswith("python-httpx")
    sandbox.forget_calls()
    assert sandbox.calls() == []


@pytest.mark.parametrize(
    "rule",
    [
        {"party": "wordpress", "effect": "explode"},
        {"party": "myspace", "effect": "hang"},
        {"party": "wordpress", "effect": "hang", "match": {"path_regex": "("}},
        {"party": "wordpress", "effect": "hang", "times": 0},
        {"party": "wordpress", "effect": "hang", "typo": 1},
    ],
)
def test_a_rule_that_means_nothing_is_refused(sandbox: RunningSandbox, rule: dict[str, object]) -> None:
    """422 with the field, instead of a fault that never hits."""
    assert sandbox.control.post("/faults", json=rule).status_code == 422


def test_reset_empties_everything(sandbox: RunningSandbox, editor: httpx.Client) -> None:
    """Posts, calls and faults are gone; the default site and its users are there."""
    editor.post("posts", json=a_post())
    sandbox.make_site("globex")
    sandbox.set_fault("wordpress", "hang")
    sandbox.reset()
    assert (sandbox.posts(), sandbox.faults(), sandbox.calls()) == ([], [], [])
    assert sandbox.control.get("/sites").json() == ["acme"]
    assert editor.post("posts", json=a_post()).status_code == 201
