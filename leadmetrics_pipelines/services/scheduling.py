"""Planning posts in time: put one on the calendar, move it, take it off.

The time is part of what is approved. Moving an approved post is therefore an edit: it is approved anew in the same act
where the person and the tenant's rule allow that, and else it is in review again.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from leadmetrics_pipelines.domain.approvals import Decision, SubjectKind
from leadmetrics_pipelines.domain.content import PostStatus
from leadmetrics_pipelines.domain.people import ActorKind, Permission
from leadmetrics_pipelines.domain.slots import to_instant, to_local
from leadmetrics_pipelines.errors import InvalidInput, NotAllowed
from leadmetrics_pipelines.services.approvals import decide
from leadmetrics_pipelines.services.channels import get_channel
from leadmetrics_pipelines.services.contents import read_post
from leadmetrics_pipelines.services.gates import find_standing
from leadmetrics_pipelines.services.post_rows import get_post
from leadmetrics_pipelines.services.posts import check_editable, edit_post, reopen_for_change
from leadmetrics_pipelines.services.slots import check_cap
from leadmetrics_pipelines.settings import get_settings
from leadmetrics_pipelines.storage.content.models import Post
from leadmetrics_pipelines.storage.database import UnitOfWork
from leadmetrics_pipelines.storage.tenants.models import Tenant

# A form is filled in for a while; a time just behind us is taken as "now".
GRACE = timedelta(minutes=5)
_APPROVED = (PostStatus.APPROVED, PostStatus.SCHEDULED)


@dataclass(frozen=True, kw_only=True)
class MovedPost:
    """A post that has another time now. `publish_at`: UTC, None when it was taken off."""

    post_id: UUID
    title: str
    publish_at: datetime | None
    is_approved: bool
    """Whether its approval still stands (it was renewed in the same act, or nothing changed)."""


def schedule_post(work: UnitOfWork, post_id: UUID, local: datetime, *, seen_version: int) -> MovedPost:
    """Plan a post for a wall time of the tenant.

    Raises NotAllowed, NotFound, InvalidInput (the past) or Conflict (saved meanwhile, on its way, the hour is full);
    then nothing is changed.
    """
    work.actor.require(Permission.EDIT)
    post = get_post(work, post_id, lock=True)
    check_editable(work, post, seen_version)
    zone = work.session.get_one(Tenant, post.tenant_id).time_zone
    at = to_instant(local.replace(second=0, microsecond=0), zone)
    if at < work.now - GRACE:
        msg = f"{local:%d %B %Y, %H:%M} ({zone}) is over. Choose a time to come; it stays as it was."
        raise InvalidInput(msg, field="publish_local")
    if post.channel_id is not None:
        cap = get_channel(work, post.channel_id).max_per_hour or get_settings().publish_per_hour
        check_cap(work, post, at, cap=cap)
    moved = _set_time(work, post, at, f"{work.actor.name} planned it for {local:%d %B %Y, %H:%M} ({zone})")
    post.publish_local, post.publish_zone = local.replace(second=0, microsecond=0), zone
    return moved


def wall_time_now(work: UnitOfWork) -> datetime:
    """This minute on the tenant's wall."""
    return to_local(work.now, work.session.get_one(Tenant, work.tenant_id).time_zone).replace(second=0, microsecond=0)


def unschedule_post(work: UnitOfWork, post_id: UUID, *, seen_version: int) -> MovedPost:
    """Take a post off the calendar. An approved one is in review again: without a time it would go out at once."""
    work.actor.require(Permission.EDIT)
    post = get_post(work, post_id, lock=True)
    check_editable(work, post, seen_version)
    content = replace(read_post(work, post_id).content, publish_at=None)
    saved = edit_post(work, post_id, content, seen_version=seen_version)
    if saved.version == seen_version and post.status in _APPROVED:
        reopen_for_change(work, post_id, f"{work.actor.name} took it off the calendar")
    post.publish_local = post.publish_zone = None
    return MovedPost(post_id=post.id, title=post.title, publish_at=None, is_approved=False)


def _set_time(work: UnitOfWork, post: Post, at: datetime, cause: str) -> MovedPost:
    content = read_post(work, post.id).content
    was_approved = post.status in _APPROVED
    if content.publish_at == at:
        return MovedPost(post_id=post.id, title=post.title, publish_at=at, is_approved=was_approved)
    content = replace(content, publish_at=at)
    renewed = was_approved and _approve_anew(work, post, content, cause)
    if not renewed:
        edit_post(work, post.id, content, seen_version=post.version)
    work.session.flush()
    return MovedPost(post_id=post.id, title=post.title, publish_at=at, is_approved=renewed)


def _approve_anew(work: UnitOfWork, post: Post, content: object, cause: str) -> bool:
    """Whether the person may change and approve in one act, and did."""
    standing = find_standing(work, SubjectKind.POST, post.id)
    if standing is None or work.actor.kind is not ActorKind.USER or not work.actor.may(Permission.DECIDE):
        return False
    try:
        with work.session.begin_nested():
            gate = reopen_for_change(work, post.id, cause)
            decide(work, gate.id, Decision.APPROVE, seal=gate.seal, reason=cause, edit=content)  # type: ignore[arg-type]
    except NotAllowed:
        return False
    return True
