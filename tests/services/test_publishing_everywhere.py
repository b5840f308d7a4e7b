"""One publisher for every platform: what goes out, what resumes, what waits, and what a machine never does twice."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import select

from leadmetrics_pipelines.domain.people import Actor
from leadmetrics_pipelines.domain.release import ReleaseState, Verdict
from leadmetrics_pipelines.errors import Conflict
from leadmetrics_pipelines.kit.clock import FixedClock, SystemClock
from leadmetrics_pipelines.kit.encryption import Keyring
from leadmetrics_pipelines.kit.http import HttpClients, Timeouts
from leadmetrics_pipelines.sandbox.faults import Effect
from leadmetrics_pipelines.sandbox.running import RunningSandbox, running_sandbox
from leadmetrics_pipelines.services.alerts import list_alerts
from leadmetrics_pipelines.services.poster.ledger import Overtaken, keep_handles, parcel_of
from leadmetrics_pipelines.services.poster.outcomes import Fate
from leadmetrics_pipelines.services.publishing import PublishReport, due_publications, publish_due, retry_publication
from leadmetrics_pipelines.services.release import ReleaseLimits, release_verdict
from leadmetrics_pipelines.services.runtime import Runtime
from leadmetrics_pipelines.services.settling import settle_as_absent, settle_as_live
from leadmetrics_pipelines.settings import Settings
from leadmetrics_pipelines.storage.channels.models import Channel
from leadmetrics_pipelines.storage.content.models import Post
from leadmetrics_pipelines.storage.database import Database, all_tenants
from leadmetrics_pipelines.storage.publications.models import Publication
from leadmetrics_pipelines.storage.tenants.models import Tenant
from tests.builders import TESTER, build_person
from tests.services.channel_posts import Target, add_approved, app_keys, connect, present_targets, reconnect

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

    def ledger(self, post_id: UUID, part: str = "post") -> Publication:
        with self.runtime.unit_of_work(tenant=self.tenant.id, actor=TESTER) as work:
            return work.session.scalars(select(Publication).filter_by(post_id=post_id, part=part)).one()

    def channel(self, channel_id: UUID) -> Channel:
        with self.runtime.unit_of_work(tenant=self.tenant.id, actor=TESTER) as work:
            return work.session.get_one(Channel, channel_id)

    def verdict(self, post_id: UUID) -> Verdict:
        """Why is it not out yet?"""
        with self.runtime.unit_of_work(tenant=self.tenant.id, actor=TESTER) as work:
            return release_verdict(work, post_id, limits=ReleaseLimits.of(self.runtime.settings))

    def due(self) -> list[int]:
        """What a sensor sees."""
        with self.runtime.unit_of_work(tenant=all_tenants, actor=TESTER) as work:
            return [due.count for due in due_publications(work, limits=ReleaseLimits.of(self.runtime.settings))]

    def alerts(self) -> list[str]:
        """What people are told."""
        with self.runtime.unit_of_work(tenant=self.tenant.id, actor=TESTER) as work:
            return [alert.title for alert in list_alerts(work)]

    def held(self, target: Target, token: str) -> int:
        """How often readers can see it there."""
        if target.party == "wordpress":
            return sum(token in post.content for post in self.sandbox.posts())
        return sum(thing.is_public and token in thing.text for thing in self.sandbox.held(target.party))


@pytest.fixture(scope="module")
def shared() -> Iterator[tuple[RunningSandbox, FixedClock]]:
    """A sandbox on a clock that the test moves."""
    # Answers carry the machine's own time as their Date, so the platforms' clock begins there.
    clock = FixedClock(SystemClock().now())
    with running_sandbox(clock=clock) as sandbox:
        yield sandbox, clock


@pytest.fixture
def everywhere(
    shared: tuple[RunningSandbox, FixedClock], database: Database, acme: Tenant, clock: FixedClock, home: Path
) -> Iterator[Everywhere]:
    sandbox, platforms_clock = shared
    sandbox.reset()
    platforms_clock.at = SystemClock().now()
    database.clock = platforms_clock
    settings = Settings(
        home=home, allow_loopback=True, outside_url=sandbox.url, platform_apps=app_keys(), publish_window_hours=72,
        _env_file=None,
    )  # fmt: skip
    runtime = Runtime(
        settings=settings, clock=platforms_clock, database=database, keyring=Keyring([Keyring.new_key()]),
        _http=HttpClients(timeouts=Timeouts(read=5, total=10)),
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


LINKEDIN, INSTAGRAM = TARGETS["linkedin"], TARGETS["instagram"]
MAILCHIMP = TARGETS["mailchimp"]
COMMENTERS = [TARGETS[name] for name in ("linkedin", "facebook", "instagram") if name in TARGETS]


def calls(everywhere: Everywhere, target: Target, method: str, path: str) -> int:
    """How often the platform was asked that."""
    seen = everywhere.sandbox.calls(target.party)
    return sum(call.method == method and path in call.path for call in seen)


def test_a_platform_at_work_is_asked_again_and_nothing_is_placed_twice(everywhere: Everywhere) -> None:
    """What was placed is kept, the wait counts as no failed try, and the verdict says who is at work."""
    everywhere.sandbox.set_up("meta", processing_polls=9)
    _, posts = everywhere.approve(INSTAGRAM, "slow-token")
    post_id = posts["slow-token"]
    for _ in range(8):
        assert [outcome.fate for outcome in everywhere.publish().outcomes] == [Fate.PROCESSING]
        assert everywhere.verdict(post_id).state is ReleaseState.PROCESSING
        everywhere.clock.advance(seconds=61)
    for _ in range(4):
        everywhere.publish()
        everywhere.clock.advance(seconds=61)
    assert (everywhere.post(post_id).status, everywhere.held(INSTAGRAM, "slow-token")) == ("published", 1)
    assert everywhere.ledger(post_id).handles["container_id"]
    containers = [thing for thing in everywhere.sandbox.held("meta") if thing.kind == "container"]
    assert len(containers) == 1


def test_a_quota_is_asked_before_and_its_posts_wait(everywhere: Everywhere) -> None:
    """Nothing is sent that would be refused; the verdict names the quota, and they go out when there is room."""
    everywhere.sandbox.set_up("meta", quota_total=50, quota_used=50)
    _, posts = everywhere.approve(INSTAGRAM, "one-token", "two-token")
    assert [outcome.fate for outcome in everywhere.publish().outcomes] == [Fate.POSTPONED] * 2
    verdict = everywhere.verdict(posts["one-token"])
    assert verdict.state is ReleaseState.QUOTA
    assert "50 of 50 posts" in verdict.sentence
    assert [thing for thing in everywhere.sandbox.held("meta") if thing.kind == "container"] == []
    everywhere.sandbox.set_up("meta", quota_used=49)
    everywhere.clock.advance(seconds=3601)
    assert everywhere.publish().live == 1
    everywhere.sandbox.set_up("meta", quota_used=0)
    everywhere.clock.advance(seconds=3601)
    assert everywhere.publish().live == 1
    assert [everywhere.held(INSTAGRAM, token) for token in posts] == [1, 1]


def test_a_campaign_in_doubt_is_never_sent_again_by_a_machine(everywhere: Everywhere) -> None:
    """Certainly not sent: a person is told, and their retry sends the same campaign, once."""
    everywhere.sandbox.set_fault("mailchimp", "drop_before", method="POST", path_regex="actions/send$")
    _, posts = everywhere.approve(MAILCHIMP, "letter-token")
    post_id = posts["letter-token"]
    for _ in range(4):
        everywhere.publish()
        everywhere.clock.advance(seconds=600)
    post = everywhere.post(post_id)
    assert post.status == "publish_failed"
    assert "never sent again by itself" in (post.problem or "")
    assert everywhere.verdict(post_id).state is ReleaseState.REFUSED
    campaign = everywhere.ledger(post_id).handles["campaign_id"]
    with everywhere.runtime.unit_of_work(tenant=everywhere.tenant.id, actor=everywhere.approver) as work:
        retry_publication(work, post_id)
    for _ in range(3):
        everywhere.publish()
        everywhere.clock.advance(seconds=600)
    assert everywhere.post(post_id).status == "published"
    assert everywhere.held(MAILCHIMP, "letter-token") == 1
    assert everywhere.ledger(post_id).handles["campaign_id"] == campaign


def test_a_campaign_whose_answer_was_lost_is_found_sent(everywhere: Everywhere) -> None:
    """It is asked for by its own id."""
    everywhere.sandbox.set_fault("mailchimp", "drop_after", method="POST", path_regex="actions/send$")
    _, posts = everywhere.approve(MAILCHIMP, "letter-token")
    for _ in range(4):
        everywhere.publish()
        everywhere.clock.advance(seconds=600)
    assert everywhere.post(posts["letter-token"]).status == "published"
    assert calls(everywhere, MAILCHIMP, "POST", "actions/send") == 1


@pytest.mark.parametrize("target", COMMENTERS, ids=[target.platform for target in COMMENTERS])
@pytest.mark.parametrize("effect", [None, "drop_after", "drop_before"])
def test_a_first_comment_is_written_once(everywhere: Everywhere, target: Target, effect: Effect | None) -> None:
    """Under the post, after it is out; after a lost answer it is looked for by its text."""
    if effect is not None:
        everywhere.sandbox.set_fault(target.party, effect, method="POST", path_regex="/comments")
    _, posts = everywhere.approve(target, "post-token", first_comment="More at our shop: the-comment")
    for _ in range(5):
        everywhere.publish()
        everywhere.clock.advance(seconds=700)
    comments = [thing for thing in everywhere.sandbox.held(target.party) if thing.kind == "comment"]
    assert [thing.text for thing in comments] == ["More at our shop: the-comment"]
    assert everywhere.post(posts["post-token"]).differences == []
    assert everywhere.ledger(posts["post-token"], part="comment").state == "confirmed"


def test_a_comment_that_is_due_asks_for_a_pass(everywhere: Everywhere) -> None:
    """Its post is out, so nothing else would."""
    everywhere.sandbox.set_fault("linkedin", "status", status=429, method="POST", path_regex="/comments")
    everywhere.approve(LINKEDIN, "post-token", first_comment="the-comment")
    assert everywhere.publish().live == 1
    assert everywhere.due() == []
    everywhere.clock.advance(seconds=100)
    assert everywhere.due() == [1]
    everywhere.publish()
    assert everywhere.due() == []


def test_access_that_ended_is_renewed_and_the_post_goes_out(everywhere: Everywhere) -> None:
    """The platform ended the tokens early: a refusal, one renewal, and the next pass sends."""
    channel, _ = everywhere.approve(LINKEDIN, "post-token")
    everywhere.clock.advance(seconds=600)
    everywhere.sandbox.expire_access("linkedin")
    assert [outcome.fate for outcome in everywhere.publish().outcomes] == [Fate.STOPPED]
    assert everywhere.publish().live == 1
    assert everywhere.held(LINKEDIN, "post-token") == 1
    assert everywhere.channel(channel).status == "connected"


def test_access_that_was_taken_away_closes_the_channel_and_keeps_the_post(everywhere: Everywhere) -> None:
    """The app was removed there: nothing can be renewed, people are told, and the post waits."""
    channel, posts = everywhere.approve(LINKEDIN, "post-token")
    everywhere.clock.advance(seconds=600)
    everywhere.sandbox.revoke_consent("linkedin")
    everywhere.publish()
    assert everywhere.channel(channel).status in ("revoked", "expired")
    verdict = everywhere.verdict(posts["post-token"])
    assert verdict.state is ReleaseState.CHANNEL
    assert "has ended" in verdict.sentence
    reconnect(everywhere.runtime, everywhere.tenant, LINKEDIN, channel)
    assert everywhere.publish().live == 1


def test_a_doubt_that_lasts_becomes_a_persons_task_until_it_is_over(everywhere: Everywhere) -> None:
    """The machine keeps looking and never sends; a person is asked to look as well."""
    everywhere.sandbox.set_fault("linkedin", "drop_after", method="POST", path_regex="/rest/posts$")
    everywhere.approve(LINKEDIN, "post-token")
    everywhere.publish()
    everywhere.sandbox.set_fault("linkedin", "status", status=503, method="GET", times=None)
    for _ in range(5):
        everywhere.clock.advance(seconds=1000)
        everywhere.publish()
    assert everywhere.alerts() == ["Look whether 'Oak benches (and tables) are back: post-token #garden' is out"]
    everywhere.sandbox.clear_faults()
    everywhere.clock.advance(seconds=1000)
    assert everywhere.publish().live == 1
    assert everywhere.alerts() == []
    assert everywhere.held(LINKEDIN, "post-token") == 1


@pytest.mark.parametrize("is_out", [True, False])
def test_a_person_settles_a_doubt(everywhere: Everywhere, *, is_out: bool) -> None:
    """What they saw counts: it is out under that address, or it is sent again."""
    effect: Effect = "drop_after" if is_out else "drop_before"
    everywhere.sandbox.set_fault("linkedin", effect, method="POST", path_regex="/rest/posts$")
    _, posts = everywhere.approve(LINKEDIN, "post-token")
    everywhere.publish()
    url = "https://www.linkedin.com/feed/update/urn:li:share:1/"
    with everywhere.runtime.unit_of_work(tenant=everywhere.tenant.id, actor=everywhere.approver) as work:
        if is_out:
            settle_as_live(work, posts["post-token"], url)
        else:
            settle_as_absent(work, posts["post-token"], send_again=True)
    everywhere.publish()
    post = everywhere.post(posts["post-token"])
    assert post.status == "published"
    assert (post.published_url == url) is is_out
    assert everywhere.held(LINKEDIN, "post-token") == 1
    with (
        everywhere.runtime.unit_of_work(tenant=everywhere.tenant.id, actor=everywhere.approver) as work,
        pytest.raises(Conflict, match="nothing to settle"),
    ):
        settle_as_live(work, posts["post-token"], url)


def test_what_is_placed_is_kept_only_while_the_row_is_ours(everywhere: Everywhere) -> None:
    """A worker that lost its post to another one stops before it places more."""
    everywhere.sandbox.set_up("meta", processing_polls=9)
    _, posts = everywhere.approve(INSTAGRAM, "slow-token")
    everywhere.publish()
    row = everywhere.ledger(posts["slow-token"])
    with (
        everywhere.runtime.unit_of_work(tenant=everywhere.tenant.id, actor=TESTER) as work,
        pytest.raises(Overtaken, match="Somebody else"),
    ):
        keep_handles(work, parcel_of(row, "Slow"), {"container_id": "another"}, worker="another worker")
    assert everywhere.ledger(posts["slow-token"]).handles == row.handles
