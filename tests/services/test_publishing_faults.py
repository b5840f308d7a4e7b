"""Publishing when the site misbehaves or what was approved changes: never twice, never something else."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import text

from leadmetrics_pipelines.domain.approvals import Decision
from leadmetrics_pipelines.domain.people import Role
from leadmetrics_pipelines.domain.release import ReleaseState
from leadmetrics_pipelines.errors import Conflict
from leadmetrics_pipelines.platforms.publishing import AnyOutgoing, Handles, LivePost, OutgoingArticle, Prepared
from leadmetrics_pipelines.platforms.wordpress.payloads import PreparedArticle
from leadmetrics_pipelines.platforms.wordpress.publisher import WordPressPublisher
from leadmetrics_pipelines.sandbox.running import RunningSandbox
from leadmetrics_pipelines.services.channels import connect_channel, list_channels
from leadmetrics_pipelines.services.contents import read_post
from leadmetrics_pipelines.services.poster.outcomes import BACK_OFF, Fate
from leadmetrics_pipelines.services.posts import edit_post
from leadmetrics_pipelines.services.publishing import retry_publication, sweep_publications
from leadmetrics_pipelines.services.runtime import Runtime
from leadmetrics_pipelines.storage.channels.models import Channel
from leadmetrics_pipelines.storage.tenants.models import Tenant
from tests.builders import TESTER, build_person
from tests.databases import TestDatabase
from tests.platforms.builders import PASSWORDS, an_image, send_article
from tests.services.publishing_builders import ApprovedPosts, build_approved_posts

pytestmark = pytest.mark.usefixtures("cheap_passwords", "neighbour")
POSTS = r"/wp/v2/posts$"
STORED = "UPDATE documents SET body = jsonb_set(body,"
OF_POSTS = "WHERE key ^@ 'post/'"


@pytest.fixture
def neighbour(runtime: Runtime, zenith: Tenant, sandbox: RunningSandbox) -> ApprovedPosts:
    """Zenith's post, which nothing here may touch."""
    return build_approved_posts(runtime, zenith, base_url=sandbox.make_site("zenith"))


@pytest.fixture
def make(runtime: Runtime, acme: Tenant, sandbox: RunningSandbox) -> Callable[..., ApprovedPosts]:
    """Approved posts of Acme on the sandbox's site; arguments as `build_approved_posts`."""

    def build(count: int = 1, **options: object) -> ApprovedPosts:
        return build_approved_posts(runtime, acme, count, base_url=sandbox.wordpress_url(), **options)  # type: ignore[arg-type]

    return build


@pytest.fixture
def approved(make: Callable[..., ApprovedPosts]) -> ApprovedPosts:
    """One approved post."""
    return make()


def writes(sandbox: RunningSandbox) -> int:
    """How many calls that write reached the sites."""
    return sum(call.method == "POST" for call in sandbox.calls("wordpress"))


def only_fate(approved: ApprovedPosts) -> Fate:
    """The fate of the only post of a pass."""
    (outcome,) = approved.publish().outcomes
    return outcome.fate


@pytest.mark.parametrize(
    ("effect", "options"),
    [
        ("drop_after", {}),
        ("slow_after", {"seconds": 1.5}),
        ("status_after", {"status": 500}),
        ("status_after", {"status": 504}),
        ("garbled_after", {}),
    ],
)
def test_a_lost_answer_is_looked_for_and_adopted(
    approved: ApprovedPosts, sandbox: RunningSandbox, effect: str, options: dict[str, int]
) -> None:
    """The site accepted it and the answer was lost: unconfirmed, then found, never sent again."""
    sandbox.set_fault("wordpress", effect, method="POST", path_regex=POSTS, **options)  # type: ignore[arg-type]
    assert only_fate(approved) is Fate.UNCONFIRMED
    assert approved.verdict().state is ReleaseState.RETRY_LATER
    assert approved.publish().outcomes == (), "too early to look again"
    approved.wait(6)
    assert approved.verdict().state is ReleaseState.LOOK_FIRST
    assert only_fate(approved) is Fate.ADOPTED
    assert (len(sandbox.posts()), writes(sandbox)) == (1, 1)
    assert approved.post().published_url == sandbox.posts()[0].link
    assert approved.period().completed_count == 1


@pytest.mark.parametrize("effect", ["drop_before", "hang", "html"])
def test_what_is_certainly_not_there_is_sent_again_after_a_look(
    approved: ApprovedPosts, sandbox: RunningSandbox, effect: str
) -> None:
    """No answer, and nothing written: it is sent again only when the site can no longer be at work on it."""
    sandbox.set_fault("wordpress", effect, method="POST", path_regex=POSTS, seconds=2)  # type: ignore[arg-type]
    assert only_fate(approved) is Fate.UNCONFIRMED
    approved.wait(6)
    assert only_fate(approved) is Fate.UNCONFIRMED, "not there yet is not certainly not there"
    assert writes(sandbox) == 1
    approved.wait(WordPressPublisher.traits.settles_after)
    assert [outcome.fate for outcome in approved.publish().outcomes] == [Fate.ABSENT, Fate.PUBLISHED]
    assert (len(sandbox.posts()), approved.ledger().attempt) == (1, 2)


def test_no_second_call_while_the_site_cannot_be_looked_at(approved: ApprovedPosts, sandbox: RunningSandbox) -> None:
    """A call in doubt and a site away: it stays in doubt, however long that takes."""
    sandbox.set_fault("wordpress", "drop_after", method="POST", path_regex=POSTS)
    approved.publish()
    sandbox.set_fault("wordpress", "status", method="GET", status=503, times=None)
    for _ in range(4):
        approved.wait(1000)
        assert only_fate(approved) is Fate.UNCONFIRMED
    assert (writes(sandbox), approved.ledger().looks) == (1, 4)
    sandbox.clear_faults()
    approved.wait(1000)
    assert only_fate(approved) is Fate.ADOPTED
    assert len(sandbox.posts()) == 1


@pytest.mark.parametrize(("status", "headers"), [(429, {"Retry-After": "90"}), (503, {})])
def test_a_pause_is_kept_and_then_it_goes_out(
    approved: ApprovedPosts, sandbox: RunningSandbox, status: int, headers: dict[str, str]
) -> None:
    """Nothing was written: intended again, after the site's own pause or ours."""
    body = "<h1>Briefly unavailable for scheduled maintenance.</h1>" if status == 503 else None
    sandbox.set_fault("wordpress", "status", method="POST", path_regex=POSTS, status=status, headers=headers, body=body)
    assert only_fate(approved) is Fate.POSTPONED
    wait = 90 if headers else BACK_OFF[0]
    assert approved.ledger().retry_at == approved.month.clock.now() + timedelta(seconds=wait)
    assert approved.verdict().state is ReleaseState.RETRY_LATER
    approved.wait(wait)
    assert only_fate(approved) is Fate.PUBLISHED
    assert len(sandbox.posts()) == 1


def test_a_site_that_stays_away_is_given_up_and_a_person_tries_again(
    approved: ApprovedPosts, sandbox: RunningSandbox
) -> None:
    """The budget ends in publish_failed with the reason; a person's retry begins a new one."""
    sandbox.set_fault("wordpress", "status", status=503, times=None, body="maintenance")
    fates = []
    for wait in (*BACK_OFF, 0):
        fates.append(only_fate(approved))
        approved.wait(wait)
    assert fates == [Fate.POSTPONED] * len(BACK_OFF) + [Fate.REFUSED]
    post, activity = approved.post(), approved.publish_activity()
    assert (post.status, activity.status) == ("publish_failed", "failed")
    assert post.problem == activity.problem
    assert "Given up after 6 tries" in (post.problem or "")
    assert approved.verdict().state is ReleaseState.REFUSED
    sandbox.clear_faults()
    assert approved.publish().outcomes == ()
    with approved.runtime.unit_of_work(tenant=approved.tenant_id, actor=approved.month.reviewer) as work:
        retry_publication(work, approved.post_ids[0])
    assert approved.publish_activity().status == "assigned"
    assert only_fate(approved) is Fate.PUBLISHED
    assert approved.publish_activity().status == "completed"


def test_a_site_away_is_not_knocked_at_for_every_post(
    make: Callable[..., ApprovedPosts], sandbox: RunningSandbox
) -> None:
    """The first refusals stop the pass; what was not tried waits with them and uses up no budget."""
    approved = make(12)
    sandbox.set_fault("wordpress", "status", status=503, times=None)
    report = approved.publish()
    assert 1 <= report.count(Fate.POSTPONED) <= 4
    assert {approved.verdict(n).state for n in range(12)} == {ReleaseState.RETRY_LATER}
    sandbox.clear_faults()
    approved.wait(20)
    assert approved.publish().live == 12
    assert len(sandbox.posts()) == 12


def test_a_revoked_password_stops_the_channel_and_loses_nothing(
    make: Callable[..., ApprovedPosts], sandbox: RunningSandbox
) -> None:
    """The channel says so; after it is connected again the posts go out by themselves."""
    approved = make(6)
    sandbox.revoke_passwords("acme", "editor")
    assert approved.publish().count(Fate.STOPPED) >= 1
    with approved.runtime.unit_of_work(tenant=approved.tenant_id, actor=TESTER) as work:
        (channel,) = list_channels(work)
    assert channel.status == "revoked"
    assert "application password" in (channel.status_reason or "")
    assert {approved.verdict(n).state for n in range(6)} == {ReleaseState.CHANNEL}
    assert sandbox.posts() == []
    connect_channel(
        approved.runtime, approved.tenant_id, TESTER, platform="wordpress", name="Acme blog",
        base_url=channel.base_url, credentials={"username": "author", "application_password": PASSWORDS["author"]},
    )  # fmt: skip
    approved.wait(20)
    assert approved.publish().live == 6
    assert len(sandbox.posts()) == 6


def test_a_refused_post_fails_with_the_reason_and_the_others_go_out(
    make: Callable[..., ApprovedPosts], sandbox: RunningSandbox
) -> None:
    """The platform read it and said no: permanent, no retry, and no reason to stop the rest."""
    approved = make(3)
    sandbox.set_fault(
        "wordpress", "status", method="POST", path_regex=POSTS, status=400,
        body={"code": "rest_invalid_param", "message": "Invalid parameter(s): excerpt", "data": {"status": 400}},
    )  # fmt: skip
    report = approved.publish()
    assert (report.count(Fate.REFUSED), report.live) == (1, 2)
    refused = next(n for n in range(3) if approved.post(n).status == "publish_failed")
    assert "rest_invalid_param" in (approved.post(refused).problem or "")
    assert approved.publish_activity(refused).status == "failed"
    approved.wait(10_000)
    assert approved.publish().outcomes == ()


def test_an_address_taken_by_a_stranger_means_no_call(approved: ApprovedPosts, sandbox: RunningSandbox) -> None:
    """WordPress would make it `-2`; a person is told instead, changes the address, and it goes out."""
    publisher = stranger(approved)
    slug = approved.post().slug
    send_article(publisher, theirs(slug))
    sandbox.forget_calls()
    assert only_fate(approved) is Fate.REFUSED
    assert writes(sandbox) == 0
    assert f"another post with the address '{slug}'" in (approved.post().problem or "")
    with approved.runtime.unit_of_work(tenant=approved.tenant_id, actor=approved.month.second) as work:
        version = read_post(work, approved.post_ids[0])
        changed = version.content.__class__(**{**version.content.__dict__, "slug": "another-address"})
        edit_post(work, approved.post_ids[0], changed, seen_version=version.version)
    approved.month.approve_all("post")
    approved.wait(6)
    assert only_fate(approved) is Fate.PUBLISHED
    assert {post.slug for post in sandbox.posts()} == {slug, "another-address"}


def test_what_the_site_changed_is_noted(
    approved: ApprovedPosts, sandbox: RunningSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody takes the address between our look and our call: it is live under another one, and the post says so."""
    publisher, send = stranger(approved), WordPressPublisher.send
    slug = approved.post().slug

    def send_late(ours: WordPressPublisher, prepared: Prepared, handles: Handles) -> LivePost:
        send(publisher, publisher.prepare(theirs(slug), {}), {})
        return send(ours, prepared, handles)

    monkeypatch.setattr(WordPressPublisher, "send", send_late)
    assert approved.publish().live == 1
    post = approved.post()
    assert (post.published_url or "").endswith(f"/{slug}-2/")
    assert f"The slug became '{slug}-2'" in post.differences[0]


def test_posts_in_the_sites_trash_are_not_sent_again(approved: ApprovedPosts, sandbox: RunningSandbox) -> None:
    """The answer was lost and somebody threw it away meanwhile: a person decides, no second post appears."""
    sandbox.set_fault("wordpress", "drop_after", method="POST", path_regex=POSTS)
    approved.publish()
    client = stranger(approved)._client
    site, remote = client.site(), sandbox.posts()[0].id
    client._http.exchange("DELETE", site.route(f"wp/v2/posts/{remote}"), allow_loopback=True, auth=client._auth)
    approved.wait(6)
    assert only_fate(approved) is Fate.REFUSED
    assert "trash" in (approved.post().problem or "")
    with approved.runtime.unit_of_work(tenant=approved.tenant_id, actor=approved.month.reviewer) as work:
        retry_publication(work, approved.post_ids[0])
    assert only_fate(approved) is Fate.REFUSED
    assert len(sandbox.posts()) == 1


@pytest.mark.parametrize(
    ("tamper", "cause"),
    [
        (f"{STORED} '{{body_html}}', to_jsonb(body->>'body_html' || ' ')) {OF_POSTS}", "changed after"),
        (f"{STORED} '{{title}}', '\"Post 002\"') {OF_POSTS}", "changed after"),
        (f"{STORED} '{{image_alt}}', '\"A spot\"') {OF_POSTS}", "changed after"),
        ("UPDATE image_files SET data = data || '\\x00'::bytea", "image's bytes"),
        ("UPDATE posts SET seal = repeat('0', 64)", "changed after"),
    ],
    ids=["text", "title", "alt text", "image", "seal"],
)
def test_one_changed_byte_means_no_call_and_a_new_question(
    make: Callable[..., ApprovedPosts], sandbox: RunningSandbox, test_database: TestDatabase, tamper: str, cause: str
) -> None:
    """Text, title, alt text, image bytes, seal: nothing is sent, and the post is back in review saying why."""
    approved = make(image=an_image().data)
    with test_database.server.connect(test_database.name) as connection:
        connection.execute(tamper)
    sandbox.forget_calls()
    assert only_fate(approved) is Fate.REOPENED
    assert sandbox.calls("wordpress") == []
    assert approved.post().status == "review"
    (question,) = approved.month.open_approvals("post")
    assert cause in question.cause
    assert approved.publish().outcomes == ()
    if "image_files" not in tamper:
        approved.month.decide(question, Decision.APPROVE)
        approved.wait(6)
        assert only_fate(approved) is Fate.PUBLISHED
        assert len(sandbox.posts()) == 1


def test_a_request_that_says_something_else_is_not_sent(
    approved: ApprovedPosts, sandbox: RunningSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The proof is made from the bytes of the request: a fault in the platform's own room is caught as well."""
    prepare = WordPressPublisher.prepare

    def prepare_badly(publisher: WordPressPublisher, item: AnyOutgoing, handles: Handles) -> Prepared:
        prepared = prepare(publisher, item, handles)
        assert isinstance(prepared, PreparedArticle)
        return type(prepared)(body=prepared.body.replace(b"warm", b"cold"))

    monkeypatch.setattr(WordPressPublisher, "prepare", prepare_badly)
    assert only_fate(approved) is Fate.REOPENED
    assert writes(sandbox) == 0
    assert "changes its text" in approved.month.open_approvals("post")[0].cause


def test_a_post_in_doubt_cannot_be_edited(approved: ApprovedPosts, sandbox: RunningSandbox) -> None:
    """What may be live already is settled first."""
    sandbox.set_fault("wordpress", "drop_after", method="POST", path_regex=POSTS)
    approved.publish()
    with approved.runtime.unit_of_work(tenant=approved.tenant_id, actor=approved.month.second) as work:
        version = read_post(work, approved.post_ids[0])
        with pytest.raises(Conflict, match="on its way"):
            edit_post(work, approved.post_ids[0], version.content, seen_version=version.version)


def test_a_worker_that_gave_no_sign_leaves_a_doubt_not_a_retry(
    approved: ApprovedPosts, sandbox: RunningSandbox
) -> None:
    """The sweep takes a lapsed `sending` to `unconfirmed`; the next pass looks, and only then sends."""
    sandbox.set_fault("wordpress", "drop_after", method="POST", path_regex=POSTS)
    approved.publish()
    now = approved.month.clock.now()
    with approved.runtime.unit_of_work(tenant=approved.tenant_id, actor=TESTER) as work:
        work.session.execute(
            text("UPDATE publications SET state = 'sending', worker = 'dead', retry_at = NULL, lease_until = :until"),
            {"until": now + timedelta(seconds=60)},
        )
    assert approved.verdict().state is ReleaseState.SENDING
    assert approved.publish().outcomes == ()
    approved.wait(61)
    with approved.runtime.unit_of_work(tenant=approved.tenant_id, actor=TESTER) as work:
        assert sweep_publications(work) == 1
    assert approved.ledger().state == "unconfirmed"
    assert only_fate(approved) is Fate.ADOPTED
    assert len(sandbox.posts()) == 1


def test_a_channel_that_cannot_be_opened_is_a_problem_of_the_pass(approved: ApprovedPosts) -> None:
    """Credentials of another key ring: nothing is sent, and the run is told."""
    with approved.runtime.unit_of_work(tenant=approved.tenant_id, actor=TESTER) as work:
        work.session.get_one(Channel, approved.month.channel_id).credentials = b"not ours"
    report = approved.publish()
    assert report.outcomes == ()
    assert "LEADMETRICS_ENCRYPTION_KEYS" in report.problems[0]


def test_an_operator_may_retry_but_not_let_a_late_post_out(approved: ApprovedPosts, sandbox: RunningSandbox) -> None:
    """Whoever may not decide cannot pass the late question by pressing retry."""
    sandbox.set_fault("wordpress", "status", method="POST", path_regex=POSTS, status=400)
    assert only_fate(approved) is Fate.REFUSED
    approved.wait(25 * 3600)
    operator = build_person(approved.runtime.database, approved.month.tenant, Role.OPERATOR, "Olaf Operator")
    with approved.runtime.unit_of_work(tenant=approved.tenant_id, actor=operator) as work:
        retry_publication(work, approved.post_ids[0])
    assert approved.publish().asked_late == 1
    assert sandbox.posts() == []


def stranger(approved: ApprovedPosts) -> WordPressPublisher:
    """A hand on the site that is not the product's."""
    publisher = approved.runtime.publisher_at(
        "wordpress", _base_url(approved), {"username": "editor", "application_password": PASSWORDS["editor"]}
    )
    assert isinstance(publisher, WordPressPublisher)
    return publisher


def theirs(slug: str) -> OutgoingArticle:
    """A post that is not ours."""
    return OutgoingArticle(marker="somebody-else", title="Theirs", slug=slug, excerpt="", body_html="<p>Theirs</p>")


def _base_url(approved: ApprovedPosts) -> str:
    with approved.runtime.unit_of_work(tenant=approved.tenant_id, actor=TESTER) as work:
        return work.session.get_one(Channel, approved.month.channel_id).base_url
