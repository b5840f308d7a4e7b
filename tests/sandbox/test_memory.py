"""A sandbox with a folder keeps what it answered for, also when it is killed."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from leadmetrics_pipelines.errors import InvalidInput
from leadmetrics_pipelines.kit.clock import SystemClock
from leadmetrics_pipelines.sandbox.running import RunningSandbox, running_sandbox
from leadmetrics_pipelines.sandbox.state import Journal
from tests.sandbox.builders import EDITOR, TENANT, TOPIC_LIST, a_png, a_post, a_question, ask, client_of


def fill(sandbox: RunningSandbox) -> dict:
    """A post with a picture and a tag on a site of its own."""
    sandbox.make_site("globex", title="Globex", time_zone="America/New_York")
    with client_of(sandbox, EDITOR, "globex") as client:
        form = {"file": ("a.png", a_png(), "image/png")}
        picture = client.post("media", files=form).json()["id"]
        tag = client.post("tags", json={"name": "Oak"}).json()["id"]
        post: dict = client.post("posts", json=a_post(featured_media=picture, tags=[tag])).json()
    return post


def test_a_second_start_finds_everything(tmp_path: Path) -> None:
    """Posts, pictures, terms, settings, users and the model's calls; ids go on where they were."""
    with running_sandbox(tmp_path) as sandbox:
        before = fill(sandbox)
        ask(sandbox, a_question({"tenant": TENANT, "wanted": 1}, TOPIC_LIST))
    with running_sandbox(tmp_path) as sandbox, client_of(sandbox, EDITOR, "globex") as client:
        after = client.get(f"posts/{before['id']}").json()
        same = ("slug", "status", "date", "featured_media", "tags")
        assert {name: after[name] for name in same} == {name: before[name] for name in same}
        picture = client.get(f"media/{after['featured_media']}").json()
        assert client.get(picture["source_url"]).content == a_png()
        assert client.post("posts", json=a_post()).json()["id"] > before["id"]
        assert "Asked of the model" in sandbox.control.get("/").text


def test_a_folder_belongs_to_one_sandbox(tmp_path: Path) -> None:
    """A second process would not see what the first keeps in memory, so it is told to wait."""
    with running_sandbox(tmp_path), pytest.raises(InvalidInput, match="Stop the other sandbox"):
        Journal(tmp_path)
    Journal(tmp_path).close()


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
    return port


@contextmanager
def process(folder: Path) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    """A sandbox in a process of its own, as `leadmetrics sandbox` starts it."""
    port = free_port()
    code = (
        "import sys; from pathlib import Path; from leadmetrics_pipelines.sandbox.serve import serve;"
        "serve(host='127.0.0.1', port=int(sys.argv[1]), folder=Path(sys.argv[2]))"
    )
    running = subprocess.Popen([sys.executable, "-c", code, str(port), str(folder)])
    url = f"http://127.0.0.1:{port}"
    try:
        wait_for(url)
        yield running, url
    finally:
        running.kill()
        running.wait()


def wait_for(url: str) -> None:
    deadline = time.monotonic() + 60
    while True:
        try:
            httpx.get(f"{url}/faults", trust_env=False)
        except httpx.ConnectError:
            assert time.monotonic() < deadline, "the sandbox did not start"
            SystemClock().sleep(0.05)
        else:
            return


def test_a_killed_sandbox_keeps_what_it_answered_for(tmp_path: Path) -> None:
    """Kill -9 right after the 201: the post is there, once, after the next start."""
    with process(tmp_path) as (running, url):
        api = f"{url}/wordpress/acme/wp-json/wp/v2/posts"
        with httpx.Client(auth=EDITOR, trust_env=False) as client:
            for number in range(5):
                assert client.post(api, json=a_post(slug=f"p{number}")).status_code == 201
        running.send_signal(signal.SIGKILL)
        running.wait()
    with running_sandbox(tmp_path) as sandbox:
        assert [post.slug for post in sandbox.posts()] == [f"p{number}" for number in range(5)]


def test_an_interrupted_sandbox_ends_cleanly(tmp_path: Path) -> None:
    """Ctrl-C ends it within seconds, also while a client is being kept waiting."""
    with process(tmp_path) as (running, url):
        rule = {"party": "wordpress", "effect": "hang", "seconds": 60}
        httpx.post(f"{url}/faults", json=rule, trust_env=False)
        with pytest.raises(httpx.ReadTimeout):
            httpx.get(f"{url}/wordpress/acme/", timeout=0.3, trust_env=False)
        running.send_signal(signal.SIGINT)
        running.wait(timeout=30)
