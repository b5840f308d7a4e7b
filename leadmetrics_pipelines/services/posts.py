"""Writing posts: versions, edits by people, drafts by agents, images.

What a version is, and reading one back, is in `contents.py`; what is refused at saving in `content_checks.py`.
"""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from leadmetrics_pipelines.domain.approvals import ApprovalStatus, DecisionEvent, SubjectKind
from leadmetrics_pipelines.domain.content import PostStatus, RequestStatus
from leadmetrics_pipelines.domain.contents import AnyContent, BlogContent, kind_of, title_of
from leadmetrics_pipelines.domain.people import ActorKind, Permission
from leadmetrics_pipelines.domain.publications import PublicationState
from leadmetrics_pipelines.errors import Conflict, InvalidInput
from leadmetrics_pipelines.kit.digests import sha256_bytes
from leadmetrics_pipelines.services.content_checks import check_content
from leadmetrics_pipelines.services.contents import (
    PostVersion,
    document_key,
    hash_content,
    make_html,
    seal_post,
    write_document,
)
from leadmetrics_pipelines.services.effects import retract_approval
from leadmetrics_pipelines.services.gates import close_gate, find_open, find_standing, open_post_gate
from leadmetrics_pipelines.services.lengths import check_lengths
from leadmetrics_pipelines.services.post_rows import get_post
from leadmetrics_pipelines.storage.approvals.models import Approval
from leadmetrics_pipelines.storage.content.models import ContentRequest, ImageFile, Post
from leadmetrics_pipelines.storage.database import UnitOfWork
from leadmetrics_pipelines.storage.publications.models import Publication

LARGEST_IMAGE_BYTES = 8 * 1024 * 1024
_IMAGE_SIGNATURES = {b"\x89PNG\r\n\x1a\n": "image/png", b"\xff\xd8\xff": "image/jpeg", b"GIF8": "image/gif"}
# A post in one of these may be changed; what is live or on its way may not.
EDITABLE = (PostStatus.REVIEW, PostStatus.APPROVED, PostStatus.SCHEDULED, PostStatus.PUBLISH_FAILED)
_ON_ITS_WAY = (PublicationState.SENDING, PublicationState.UNCONFIRMED, PublicationState.CONFIRMED)


def check_editable(work: UnitOfWork, post: Post, seen_version: int) -> None:
    """Raise Conflict unless this version may be changed now by somebody who saw `seen_version`."""
    if post.version != seen_version:
        msg = (
            f"{post.author_name} saved version {post.version} while you were editing version {seen_version}."
            " Your text is still here: compare, and save again."
        )
        raise Conflict(msg)
    if post.status not in EDITABLE:
        msg = f"A post that is {post.status} cannot be edited."
        if post.status == PostStatus.PUBLISHED:
            msg += " What is live is changed on the site."
        raise Conflict(msg)
    if work.session.get_one(ContentRequest, post.request_id).status == RequestStatus.CLOSED:
        msg = "The request of this post was closed, so the post cannot be changed. Raise a new request instead."
        raise Conflict(msg)
    on_its_way = work.session.scalar(
        select(Publication.state).where(Publication.post_id == post.id, Publication.state.in_(_ON_ITS_WAY))
    )
    if on_its_way:
        msg = "This post is on its way to the site right now, so it cannot be changed. Look again in a minute."
        raise Conflict(msg)


def edit_post(work: UnitOfWork, post_id: UUID, content: AnyContent, *, seen_version: int) -> PostVersion:
    """A person changes a post: the new version supersedes what was waiting, and withdraws what was approved.

    Raises Conflict (somebody saved meanwhile, live, on its way) or InvalidInput; then nothing is stored.
    """
    work.actor.require(Permission.EDIT)
    post = get_post(work, post_id, lock=True)
    check_editable(work, post, seen_version)
    saved = store_version(work, post, content)
    if saved.version == seen_version:  # nothing was changed
        return saved
    cause = f"{work.actor.name} edited version {seen_version}"
    if post.status == PostStatus.REVIEW:
        open_post_gate(work, post, cause)
    else:
        reopen_for_change(work, post_id, cause)
    return saved


def reopen_for_change(work: UnitOfWork, post_id: UUID, cause: str) -> Approval:
    """What was approved is not what is there: withdraw the approval and ask people again, saying why."""
    post = get_post(work, post_id, lock=True)
    standing = find_standing(work, SubjectKind.POST, post_id)
    if standing is not None:
        close_gate(work, standing, ApprovalStatus.SUPERSEDED, DecisionEvent.REVOKED, cause)
    late = find_open(work, SubjectKind.LATE_POST, post_id)
    if late is not None:
        close_gate(work, late, ApprovalStatus.CANCELLED, DecisionEvent.CANCELLED, cause)
    post.late_allowed_at = None
    retract_approval(work, post, cause)
    return open_post_gate(work, post, cause)


def store_version(work: UnitOfWork, post: Post, content: AnyContent) -> PostVersion:
    """Store the next version and make it the present one. The caller decides what that means for approvals."""
    content = check_content(work, post, content)
    check_lengths(work, post.channel_id, content)
    body_html = make_html(content)
    body = write_document(content, body_html)
    stored = work.documents.put(post.tenant_id, document_key(post.id), body, author=work.actor.name, at=work.now)
    seal, content_hash = seal_post(post.channel_id, content, body_html), hash_content(content)
    # Saving without a change makes nobody the author: else it would hide whose work the version is (four eyes).
    if stored.version != post.version:
        if content.publish_at != post.publish_at:  # the wall time belongs to the instant it was made of
            post.publish_local = post.publish_zone = None
        post.title, post.publish_at = title_of(content) or post.title, content.publish_at
        post.slug = content.slug if isinstance(content, BlogContent) else ""
        post.version, post.seal, post.content_hash = stored.version, seal, content_hash
        post.author_name = work.actor.name
        _note_hands(work, post)
        work.audit(
            "post.saved", subject_kind="post", subject_id=post.id,
            detail={"version": stored.version, "digest": stored.digest, "seal": seal},
        )  # fmt: skip
        work.session.flush()
    return PostVersion(
        post_id=post.id, kind=kind_of(content), version=stored.version, content=content, body_html=body_html,
        author=stored.author, created_at=stored.created_at, seal=seal, content_hash=content_hash,
    )  # fmt: skip


def _note_hands(work: UnitOfWork, post: Post) -> None:
    # An agent's version is nobody's own work; a person's edit is theirs, whoever wrote the first draft.
    if work.actor.kind is ActorKind.AGENT:
        post.author_user_id = post.editor_user_id = None
    elif post.version == 1:
        post.author_user_id = post.editor_user_id = work.actor.user_id
    else:
        post.editor_user_id = work.actor.user_id


def store_image(work: UnitOfWork, data: bytes, media_type: str = "") -> str:
    """Store an image (PNG, JPEG, GIF or WebP, told by its first bytes) and return its SHA-256. Repeatable."""
    work.actor.require(Permission.EDIT)
    if len(data) > LARGEST_IMAGE_BYTES:
        msg = f"The image is {len(data) / 1024**2:.1f} MB; at most {LARGEST_IMAGE_BYTES // 1024**2} MB can be used."
        raise InvalidInput(msg, field="image")
    kind = _image_type(data)
    if kind is None:
        msg = f"This file ({media_type or 'no type given'}) is no PNG, JPEG, GIF or WebP image."
        raise InvalidInput(msg, field="image")
    digest = sha256_bytes(data)
    work.session.execute(
        insert(ImageFile)
        .values(tenant_id=work.tenant_id, digest=digest, media_type=kind, data=data, created_at=work.now)
        .on_conflict_do_nothing()
    )
    return digest


def _image_type(data: bytes) -> str | None:
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "image/webp"
    return next((kind for signature, kind in _IMAGE_SIGNATURES.items() if data.startswith(signature)), None)
