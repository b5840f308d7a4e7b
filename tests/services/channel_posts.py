"""Approved posts on channels of every platform there is, connected on the twins' own consent pages.

The words go through the real services; the people's part (a request, an approval) is written down as they leave it.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Literal
from uuid import UUID

from pydantic import SecretStr

from leadmetrics_pipelines.domain.channels import ChannelStatus
from leadmetrics_pipelines.domain.contents import (
    AnyContent,
    BlogContent,
    NewsletterContent,
    Picture,
    SocialContent,
)
from leadmetrics_pipelines.domain.people import Actor, agent_actor
from leadmetrics_pipelines.kit.ids import new_id
from leadmetrics_pipelines.platforms.connecting import AccountChoice, Grant
from leadmetrics_pipelines.platforms.facts import PLATFORMS
from leadmetrics_pipelines.platforms.registry import ROOMS, publisher_module
from leadmetrics_pipelines.sandbox.faults import PARTIES, Party
from leadmetrics_pipelines.sandbox.oauth import CLIENT_SECRET, client_id
from leadmetrics_pipelines.sandbox.running import RunningSandbox
from leadmetrics_pipelines.services.access import regain_access
from leadmetrics_pipelines.services.credentials import store_grant
from leadmetrics_pipelines.services.posts import store_image, store_version
from leadmetrics_pipelines.services.runtime import Runtime
from leadmetrics_pipelines.storage.approvals.models import Approval, DecisionRow
from leadmetrics_pipelines.storage.channels.models import Channel
from leadmetrics_pipelines.storage.content.models import ContentRequest, Post
from leadmetrics_pipelines.storage.database import UnitOfWork
from leadmetrics_pipelines.storage.tenants.models import Tenant
from tests.builders import TESTER, build_channel
from tests.platforms.consenting import APP, VERIFIER, answer_consent, challenge_of
from tests.platforms.meta.builders import a_jpeg

WRITER = agent_actor("copywriter", "test")


@dataclass(frozen=True, kw_only=True)
class Target:
    """A platform that is published to. `needs_picture`: it takes no post without one."""

    platform: str
    party: Party
    kind: Literal["blog", "social", "newsletter"]
    needs_picture: bool = False


TARGETS = (
    Target(platform="wordpress", party="wordpress", kind="blog"),
    Target(platform="linkedin", party="linkedin", kind="social"),
    Target(platform="facebook", party="meta", kind="social"),
    Target(platform="instagram", party="meta", kind="social", needs_picture=True),
    Target(platform="google_business", party="google", kind="social"),
    Target(platform="mailchimp", party="mailchimp", kind="newsletter"),
    Target(platform="klaviyo", party="klaviyo", kind="newsletter"),
    Target(platform="x", party="x", kind="social"),
    Target(platform="tiktok", party="tiktok", kind="social", needs_picture=True),
    Target(platform="webflow", party="webflow", kind="blog"),
    Target(platform="wordpress_com", party="wordpress_com", kind="blog"),
)


def present_targets() -> tuple[Target, ...]:
    """The platforms whose room and twin are there."""
    return tuple(target for target in TARGETS if _has_room(target.platform))


def _has_room(platform: str) -> bool:
    if platform == "wordpress" or platform not in PLATFORMS:
        return platform == "wordpress"
    try:
        return find_spec(f"{ROOMS}.{publisher_module(platform)}") is not None
    except ModuleNotFoundError:
        return False


def app_keys() -> SecretStr:
    """The app that every twin knows, as the setting `platform_apps` has it."""
    return SecretStr(
        json.dumps({party: {"client_id": client_id(party), "client_secret": CLIENT_SECRET} for party in PARTIES})
    )


def connect(runtime: Runtime, tenant: Tenant, target: Target, sandbox: RunningSandbox, *, max_per_hour: int) -> UUID:
    """A connected channel of that platform; its runtime's settings lead to the sandbox."""
    if target.platform == "wordpress":
        channel_id = build_channel(runtime, tenant, sandbox.wordpress_url())
        with runtime.unit_of_work(tenant=tenant.id, actor=TESTER) as work:
            work.session.get_one(Channel, channel_id).max_per_hour = max_per_hour
        return channel_id
    grant, choice = _consent(runtime, target)
    with runtime.unit_of_work(tenant=tenant.id, actor=TESTER) as work:
        channel = Channel(
            id=new_id(), tenant_id=tenant.id, platform=target.platform, name=f"{tenant.name} {target.platform}",
            base_url=choice.address or f"https://{target.platform}.example", account_id=choice.account_id,
            status=ChannelStatus.CONNECTED, created_at=work.now, max_per_hour=max_per_hour, credentials_version=0,
        )  # fmt: skip
        store_grant(runtime.keyring, channel, grant, work.now, extra=choice.credentials)
        work.session.add(channel)
        work.session.flush()
        return channel.id


def reconnect(runtime: Runtime, tenant: Tenant, target: Target, channel_id: UUID) -> None:
    """A person connects a channel again whose access ended."""
    grant, choice = (None, None) if target.platform == "wordpress" else _consent(runtime, target)
    with runtime.unit_of_work(tenant=tenant.id, actor=TESTER) as work:
        channel = work.session.get_one(Channel, channel_id, with_for_update=True)
        if grant is not None and choice is not None:
            store_grant(runtime.keyring, channel, grant, work.now, extra=choice.credentials)
        regain_access(work, channel, "Connected again")


def _consent(runtime: Runtime, target: Target) -> tuple[Grant, AccountChoice]:
    """What a person's way over the platform's page brings back."""
    connector = runtime.connector(target.platform)
    challenge = challenge_of(VERIFIER) if connector.uses_pkce else None
    back = answer_consent(connector.authorize_url(state="a-state", redirect_uri=APP, challenge=challenge))
    grant = connector.exchange(code=back["code"], redirect_uri=APP, verifier=VERIFIER if challenge else None)
    return grant, next(choice for choice in connector.accounts(grant) if not choice.refusal)


def add_approved(
    runtime: Runtime, tenant: Tenant, channel_id: UUID, target: Target, tokens: Sequence[str], *, approver: Actor,
    first_comment: str = "",
) -> dict[str, UUID]:  # fmt: skip
    """One approved post per token, ad hoc, its undo time over. The token is in its words and in no other's."""
    with runtime.unit_of_work(tenant=tenant.id, actor=TESTER) as work:
        digest = store_image(work, a_jpeg().data) if target.needs_picture else None
    with runtime.unit_of_work(tenant=tenant.id, actor=WRITER) as work:
        return {
            token: _add(work, channel_id, target, _write(target, token, digest, first_comment), approver)
            for token in tokens
        }


def _write(target: Target, token: str, digest: str | None, first_comment: str) -> AnyContent:
    if target.kind == "blog":
        return BlogContent(
            title=f"Benches {token}", slug="", excerpt=f"About {token}.",
            body_markdown=f"What to know about **benches** ({token}).\n\n## Why\n\n- They are warm & good",
        )  # fmt: skip
    if target.kind == "newsletter":
        return NewsletterContent(
            subject=f"Benches {token}", preview_text="They are back.", from_name="Acme Garden Furniture",
            reply_to="hello@acme-garden.example", body_markdown=f"Oak benches are **back** ({token}).",
        )  # fmt: skip
    images = (Picture(digest=digest, alt="A bench"),) if digest else ()
    return SocialContent(
        text=f"Oak benches (and tables) are back: {token} #garden", images=images, first_comment=first_comment
    )


def _add(work: UnitOfWork, channel_id: UUID, target: Target, content: AnyContent, approver: Actor) -> UUID:
    now, tenant_id = work.now, work.tenant_id
    request = ContentRequest(
        id=new_id(), tenant_id=tenant_id, kind=target.kind, channel_id=channel_id, channel_ids=[channel_id],
        is_ad_hoc=True, title="Benches", target_keyword="", search_intent="informational", audience="", brief="",
        status="in_progress", author_name="tests", created_at=now, status_since=now,
    )  # fmt: skip
    work.session.add(request)
    work.session.flush()
    post = Post(
        id=new_id(), tenant_id=tenant_id, request_id=request.id, kind=target.kind, channel_id=channel_id,
        title="Benches", slug="", status="approved", author_name="tests", created_at=now, status_since=now,
    )  # fmt: skip
    work.session.add(post)
    work.session.flush()
    store_version(work, post, content)
    approval = Approval(
        id=new_id(), tenant_id=tenant_id, subject_kind="post", subject_id=post.id, subject_version=post.version,
        seal=post.seal, status="approved", title=post.title, asked_by="tests", cause="A new draft",
        channel_id=channel_id, opened_at=now, decided_at=now, decided_by=approver.name,
        decided_by_user_id=approver.user_id, undo_until=now,
    )  # fmt: skip
    work.session.add(approval)
    work.session.flush()
    work.session.add(
        DecisionRow(
            id=new_id(), tenant_id=tenant_id, approval_id=approval.id, subject_kind="post", subject_id=post.id,
            subject_version=post.version, seal=post.seal, event="approved", from_status="open", to_status="approved",
            actor_kind="user", actor_id=str(approver.user_id), actor_name=approver.name, route="test", reason="",
            at=now,
        )
    )  # fmt: skip
    return post.id
