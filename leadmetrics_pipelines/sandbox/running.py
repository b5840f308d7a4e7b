"""A sandbox in a background thread of this process, on a free port. For tests and small tools."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import uvicorn

from leadmetrics_pipelines.kit.clock import Clock, SystemClock
from leadmetrics_pipelines.sandbox.app import build_app
from leadmetrics_pipelines.sandbox.connection import DroppableConnection
from leadmetrics_pipelines.sandbox.control import Calls
from leadmetrics_pipelines.sandbox.faults import CallSeen, Effect, Match, NewRule, Party, Rule
from leadmetrics_pipelines.sandbox.views import PostView
from leadmetrics_pipelines.sandbox.world import Held

_START_SECONDS = 30


@dataclass(frozen=True, kw_only=True)
class RunningSandbox:
    """Where the sandbox is, and a hand on its controls."""

    url: str
    control: httpx.Client

    @property
    def anthropic_url(self) -> str:
        """Base URL for the Messages API client."""
        return f"{self.url}/anthropic"

    def wordpress_url(self, site: str = "acme") -> str:
        """Address of a WordPress site, without a slash at the end."""
        return f"{self.url}/wordpress/{site}"

    def make_site(self, name: str, **settings: object) -> str:
        """Make a site or change its settings (`SiteSettings`); its address."""
        self.control.put(f"/sites/{name}", json=settings).raise_for_status()
        return self.wordpress_url(name)

    def revoke_passwords(self, site: str, login: str) -> None:
        """Revoke all application passwords of a user."""
        self.control.delete(f"/sites/{site}/users/{login}/passwords").raise_for_status()

    def set_fault(
        self,
        party: Party,
        effect: Effect,
        *,
        method: str | None = None,
        path_regex: str | None = None,
        times: int | None = 1,
        skip: int = 0,
        seconds: float = 30,
        status: int = 500,
        headers: dict[str, str] | None = None,
        body: str | dict[str, object] | None = None,
        content_type: str | None = None,
    ) -> Rule:
        """Put a misbehaviour in force (`faults.NewRule`). `times=None`: until cleared."""
        wanted = NewRule(
            party=party,
            effect=effect,
            match=Match(method=method, path_regex=path_regex),
            times=times,
            skip=skip,
            seconds=seconds,
            status=status,
            headers=headers or {},
            body=body,
            content_type=content_type,
        )
        answer = self.control.post("/faults", json=wanted.model_dump()).raise_for_status()
        return Rule.model_validate_json(answer.content)

    def faults(self) -> list[Rule]:
        """The misbehaviours in force."""
        return [Rule.model_validate(rule) for rule in self.control.get("/faults").raise_for_status().json()]

    def clear_faults(self) -> None:
        """Behave again."""
        self.control.delete("/faults").raise_for_status()

    def calls(self, party: Party | None = None) -> list[CallSeen]:
        """The last calls that came in, oldest first."""
        return self._calls(party).calls

    def most_at_once(self, party: Party) -> int:
        """The most calls that were open at the same time."""
        return self._calls(None).totals[party]["most_at_once"]

    def forget_calls(self) -> None:
        """Start counting calls anew."""
        self.control.delete("/faults/calls").raise_for_status()

    def held(self, party: Party) -> list[Held]:
        """Everything a platform holds, oldest first."""
        answer = self.control.get(f"/platforms/{party}/held").raise_for_status()
        return [Held.model_validate(thing) for thing in answer.json()]

    def set_up(self, party: Party, **changes: object) -> dict[str, object]:
        """Change how a platform behaves or what its accounts are like; the whole set-up."""
        answer = self.control.put(f"/platforms/{party}", json=changes).raise_for_status()
        found: dict[str, object] = answer.json()
        return found

    def revoke_consent(self, party: Party) -> None:
        """End every token at a platform, as removing the app there does."""
        self.control.post(f"/platforms/{party}/revoke").raise_for_status()

    def expire_access(self, party: Party) -> None:
        """Let the access tokens at a platform run out now."""
        self.control.post(f"/platforms/{party}/expire").raise_for_status()

    def advance_clock(self, *, seconds: float = 0, days: float = 0) -> None:
        """Move the platforms' clock on."""
        self.control.post("/clock", json={"seconds": seconds + days * 86400}).raise_for_status()

    def posts(self, site: str = "acme") -> list[PostView]:
        """Everything on a site, in every status, oldest first."""
        return [PostView.model_validate(post) for post in self.control.get(f"/sites/{site}/posts").json()]

    def reset(self) -> None:
        """Forget posts, calls and faults."""
        self.control.post("/reset").raise_for_status()

    def _calls(self, party: Party | None) -> Calls:
        query = {"party": party} if party else {}
        return Calls.model_validate_json(self.control.get("/faults/calls", params=query).content)


@contextlib.contextmanager
def running_sandbox(
    folder: Path | None = None, *, clock: Clock | None = None, host: str = "127.0.0.1"
) -> Iterator[RunningSandbox]:
    """Serve a sandbox for the length of the block.

    Raises:
        RuntimeError: the server did not start.
    """
    listener = socket.create_server((host, 0))
    port = listener.getsockname()[1]
    config = uvicorn.Config(
        build_app(clock=clock or SystemClock(), folder=folder),
        http=DroppableConnection,
        log_level="warning",
        timeout_graceful_shutdown=1,
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, args=([listener],), name=f"sandbox:{port}", daemon=True)
    thread.start()
    url = f"http://{host}:{port}"
    try:
        # trust_env off: a proxy in the environment must not swallow loopback.
        with httpx.Client(base_url=url, timeout=_START_SECONDS, trust_env=False) as control:
            # The listener queues the connection until the server accepts it: no polling.
            control.get("/faults").raise_for_status()
            yield RunningSandbox(url=url, control=control)
    finally:
        server.should_exit = True
        thread.join(timeout=_START_SECONDS)
        listener.close()
