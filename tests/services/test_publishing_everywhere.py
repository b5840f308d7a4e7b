"""One publisher for every platform: what goes out, what resumes, what waits, and what a machine never does twice."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import pytest

from leadmetrics_pipelines.domain.people import Actor
from leadmetrics_pipelines.kit.clock import FixedClock
from leadmetrics_pipelines.kit.encryption import Keyring
from leadmetrics_pipelines.kit.http import HttpClients
from leadmetrics_pipelines.sandbox.running import RunningSandbox, running_sandbox
from leadmetrics_pipelines.services.publishing import PublishReport, publish_due
from leadmetrics_pipelines.services.runtime import Runtime
from leadmetrics_pipelines.settings import Settings
from leadmetrics_pipelines.storage.content.models import Post
from leadmetrics_pipelines.storage.database import Database
from leadmetrics_pipelines.storage.tenants.models import Tenant
from tests.builders import TESTER, build_person
from tests.services.channel_posts import Target, add_approved, app_keys, connect, present_targets
from tests.services.publishing_builders import IMPATIENT

TARGETS = {target.platform: target for target in present_targets()}


@dataclass(frozen=True, kw_only=True)
class Everywhere:
    """A tenant that publishes on many platforms. Platforms and publisher share the clock."""

    runtime: Runtime
    tenant: Tenant
    sandbox: RunningSandbox
    clock: FixedClock
    approver: Actor

    def approve(self, target: Target, *tokens: str, first_comment: str = "") -> tuple[UUID, dict[str, UUID]]:
        """Approved posts on a new channel."""
        channel = connect(self.runtime, self.tenant, target, self.sandbox, max_per_hour=1000)
        posts = add_approved(
            self.runtime, self.tenant, channel, target, tokens, approver=self.approver, first_comment=first_comment
        )
        return channel, posts

    def publish(self) -> PublishReport:
        return publish_due(self.runtime, tenant=self.tenant.id, month=None, run_id="run-1")

    def post(self, post_id: UUID) -> Post:
        with self.runtime.unit_of_work(tenant=self.tenant.id, actor=TESTER) as work:
            return work.session.get_one(Post, post_id)

    def held(self, target: Target, token: str) -> int:
        """How often readers can see it there."""
        if target.party == "wordpress":
            return sum(token in post.content for post in self.sandbox.posts())
        return sum(thing.is_public and token in thing.text for thing in self.sandbox.held(target.party))


@pytest.fixture(scope="module")
def shared() -> Iterator[tuple[RunningSandbox, FixedClock]]:
    """A sandbox on a clock that the test moves."""
    clock = FixedClock(datetime(2026, 11, 2, 9, tzinfo=UTC))
    with running_sandbox(clock=clock) as sandbox:
        yield sandbox, clock


@pytest.fixture
def everywhere(
    shared: tuple[RunningSandbox, FixedClock], database: Database, acme: Tenant, clock: FixedClock, home: Path
) -> Iterator[Everywhere]:
    sandbox, platforms_clock = shared
    sandbox.reset()
    platforms_clock.at = clock.at
    database.clock = platforms_clock
    settings = Settings(
        home=home, allow_loopback=True, outside_url=sandbox.url, platform_apps=app_keys(), publish_window_hours=72,
        _env_file=None,
    )  # fmt: skip
    runtime = Runtime(
        settings=settings, clock=platforms_clock, database=database, keyring=Keyring([Keyring.new_key()]),
        _http=HttpClients(timeouts=IMPATIENT),
    )  # fmt: skip
    yield Everywhere(
        runtime=runtime, tenant=acme, sandbox=sandbox, clock=platforms_clock, approver=build_person(database, acme)
    )
    runtime.http.close()


@pytest.mark.parametrize("target", TARGETS.values(), ids=TARGETS)
def test_an_approved_post_goes_out_once_everywhere(everywhere: Everywhere, target: Target) -> None:
    """Within a few passes, however many steps the platform takes, it is there once, and the post says so."""
    _, posts = everywhere.approve(target, "first-token", "second-token")
    for _ in range(8):
        everywhere.publish()
        everywhere.clock.advance(seconds=130)
    for token, post_id in posts.items():
        post = everywhere.post(post_id)
        assert (post.status, post.problem, everywhere.held(target, token)) == ("published", None, 1)
    assert everywhere.publish().outcomes == ()
