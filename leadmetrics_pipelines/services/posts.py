"""The words of blog posts: versions, edits by people, drafts by agents, images.

A version is a document under `post/<id>`; it holds the Markdown people edit and the HTML that goes out, made once at
saving, so that what was seen is byte for byte what is sent.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from leadmetrics_pipelines.domain.approvals import ApprovalStatus, DecisionEvent, SeenPost, SubjectKind
from leadmetrics_pipelines.domain.content import PostStatus, RequestStatus
from leadmetrics_pipelines.domain.people import ActorKind, Permission
from leadmetrics_pipelines.domain.publications import PublicationState
from leadmetrics_pipelines.errors import Conflict, InvalidInput, NotFound
from leadmetrics_pipelines.kit.digests import sha256_bytes
from leadmetrics_pipelines.kit.storable import is_storable
from leadmetrics_pipelines.kit.text import has_letters_or_digits, make_slug, markdown_to_html
from leadmetrics_pipelines.services.effects import retract_approval
from leadmetrics_pipelines.services.gates import close_gate, find_open, find_standing, open_post_gate
from leadmetrics_pipelines.services.post_rows import check_instant, free_slug, get_post, hold_slugs
from leadmetrics_pipelines.storage.approvals.models import Approval
from leadmetrics_pipelines.storage.content.models import ContentRequest, ImageFile, Post
from leadmetrics_pipelines.storage.database import UnitOfWork
from leadmetrics_pipelines.storage.documents.store import StoredDocument, StoredVersion
from leadmetrics_pipelines.storage.publications.models import Publication

LONGEST_TITLE = 200
LONGEST_EXCERPT = 600
LARGEST_BODY_BYTES = 1_000_000
LARGEST_IMAGE_BYTES = 8 * 1024 * 1024
_IMAGE_SIGNATURES = {b"\x89PNG\r\n\x1a\n": "image/png", b"\xff\xd8\xff": "image/jpeg", b"GIF8": "image/gif"}
# A post in one of these may be changed; what is live or on its way may not.
EDITABLE = (PostStatus.REVIEW, PostStatus.APPROVED, PostStatus.SCHEDULED, PostStatus.PUBLISH_FAILED)
_ON_ITS_WAY = (PublicationState.SENDING, PublicationState.UNCONFIRMED, PublicationState.CONFIRMED)


@dataclass(frozen=True, kw_only=True)
class PostContent:
    """What a person or an agent writes. `publish_at`: UTC, None for as soon as it is approved."""

    title: str
    slug: str
    excerpt: str
    body_markdown: str
    image_digest: str | None = None
    image_alt: str = ""
    publish_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class PostVersion:
    """One version of a post as it is stored, with what goes out and its seal."""

    post_id: UUID
    version: int
    content: PostContent
    body_html: str
    author: str
    created_at: datetime
    seal: str


def read_post(work: UnitOfWork, post_id: UUID, version: int | None = None) -> PostVersion:
    """A version of a post, by default the present one. Raises NotFound."""
    post = get_post(work, post_id)
    if post.version == 0:
        msg = "This post is not written yet."
        raise NotFound(msg)
    document = work.documents.get(post.tenant_id, document_key(post_id), version or post.version)
    return version_of(post, document)


def post_history(work: UnitOfWork, post_id: UUID) -> tuple[StoredVersion, ...]:
    """All versions of a post, oldest first, without their words."""
    post = get_post(work, post_id)
    return tuple(v for v in work.documents.history(post.tenant_id, document_key(post_id)) if v.version <= post.version)


def document_key(post_id: UUID) -> str:
    """Where the versions of a post are."""
    return f"post/{post_id}"


def version_of(post: Post, document: StoredDocument) -> PostVersion:
    """Read a stored document back."""
    body = document.body
    publish_at = body["publish_at"]
    content = PostContent(
        title=body["title"], slug=body["slug"], excerpt=body["excerpt"], body_markdown=body["body_markdown"],
        image_digest=body["image_digest"], image_alt=body["image_alt"],
        publish_at=datetime.fromisoformat(publish_at) if publish_at else None,
    )  # fmt: skip
    return PostVersion(
        post_id=post.id, version=document.version, content=content, body_html=body["body_html"], author=document.author,
        created_at=document.created_at, seal=seal_post(post.channel_id, content, body["body_html"]),
    )  # fmt: skip


def seal_post(channel_id: UUID | None, content: PostContent, body_html: str) -> str:
    """The seal of a version on its way to a channel."""
    return SeenPost(
        channel_id=channel_id or UUID(int=0), title=content.title, slug=content.slug, excerpt=content.excerpt,
        body_html=body_html, image_digest=content.image_digest, image_alt=content.image_alt,
        publish_at=content.publish_at,
    ).seal()  # fmt: skip


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


def edit_post(work: UnitOfWork, post_id: UUID, content: PostContent, *, seen_version: int) -> PostVersion:
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
    retract_approval(work, post, work.session.get_one(ContentRequest, post.request_id), cause)
    return open_post_gate(work, post, cause)


def store_version(work: UnitOfWork, post: Post, content: PostContent) -> PostVersion:
    """Store the next version and make it the present one. The caller decides what that means for approvals."""
    content = check_content(work, post, content)
    body_html = markdown_to_html(content.body_markdown)
    body: dict[str, Any] = asdict(content) | {
        "publish_at": content.publish_at.isoformat() if content.publish_at else None,
        "body_html": body_html,
    }
    stored = work.documents.put(post.tenant_id, document_key(post.id), body, author=work.actor.name, at=work.now)
    seal = seal_post(post.channel_id, content, body_html)
    # Saving without a change makes nobody the author: else it would hide whose work the version is (four eyes).
    if stored.version != post.version:
        post.title, post.slug, post.publish_at = content.title, content.slug, content.publish_at
        post.version, post.seal = stored.version, seal
        post.author_name = work.actor.name
        _note_hands(work, post)
        work.audit(
            "post.saved", subject_kind="post", subject_id=post.id,
            detail={"version": stored.version, "digest": stored.digest, "seal": seal},
        )  # fmt: skip
        work.session.flush()
    return PostVersion(
        post_id=post.id, version=stored.version, content=content, body_html=body_html, author=stored.author,
        created_at=stored.created_at, seal=seal,
    )  # fmt: skip


def _note_hands(work: UnitOfWork, post: Post) -> None:
    # An agent's version is nobody's own work; a person's edit is theirs, whoever wrote the first draft.
    if work.actor.kind is ActorKind.AGENT:
        post.author_user_id = post.editor_user_id = None
    elif post.version == 1:
        post.author_user_id = post.editor_user_id = work.actor.user_id
    else:
        post.editor_user_id = work.actor.user_id


def check_content(work: UnitOfWork, post: Post, content: PostContent) -> PostContent:
    """The content with tidy fields, or InvalidInput naming the field that does not fit."""
    title = _check_title(content.title)
    excerpt = " ".join(content.excerpt.split())
    if len(excerpt) > LONGEST_EXCERPT:
        msg = f"The excerpt has {len(excerpt)} characters; at most {LONGEST_EXCERPT} fit."
        raise InvalidInput(msg, field="excerpt")
    _check_body(content.body_markdown)
    if content.image_digest is not None and work.session.get(ImageFile, (post.tenant_id, content.image_digest)) is None:
        msg = "The chosen image is not stored. Upload it again."
        raise InvalidInput(msg, field="image")
    slug = _free_slug(work, post, content.slug, title)
    publish_at = check_instant(content.publish_at)
    return PostContent(
        title=title, slug=slug, excerpt=excerpt, body_markdown=content.body_markdown.replace("\r\n", "\n").strip(),
        image_digest=content.image_digest, image_alt=content.image_alt.strip(), publish_at=publish_at,
    )  # fmt: skip


def _check_title(title: str) -> str:
    title = " ".join(title.split())
    if not has_letters_or_digits(title):
        msg = "The title needs at least one letter or digit: an address is made from it, and readers search for words."
        raise InvalidInput(msg, field="title")
    if len(title) > LONGEST_TITLE:
        msg = f"The title has {len(title)} characters; at most {LONGEST_TITLE} fit."
        raise InvalidInput(msg, field="title")
    return title


def _check_body(markdown: str) -> None:
    if not is_storable(markdown):
        msg = "The text holds a character that cannot be stored (U+0000, or half of a pair). Remove it."
        raise InvalidInput(msg, field="body")
    size = len(markdown.encode())
    if size > LARGEST_BODY_BYTES:
        msg = f"The text is {size / 1e6:.1f} MB; at most {LARGEST_BODY_BYTES / 1e6:.0f} MB is published. Shorten it."
        raise InvalidInput(msg, field="body")
    if not has_letters_or_digits(markdown):
        msg = "The text is empty."
        raise InvalidInput(msg, field="body")


def _free_slug(work: UnitOfWork, post: Post, wanted: str, title: str) -> str:
    """The wanted slug; an agent's gets a number when it is taken, a person is told who has it."""
    slug = make_slug(wanted or title, fallback=f"post-{post.id.hex[-8:]}")
    hold_slugs(work, post.channel_id)
    holder = _slug_holder(work, post, slug)
    if holder is None:
        return slug
    if work.actor.kind is not ActorKind.AGENT:
        msg = f"The address '{slug}' belongs to the post '{holder}' on the same site. Choose another."
        raise InvalidInput(msg, field="slug")
    return free_slug(work, post.channel_id, slug, post.id)


def _slug_holder(work: UnitOfWork, post: Post, slug: str) -> str | None:
    return work.session.scalar(
        select(Post.title).where(Post.channel_id == post.channel_id, Post.slug == slug, Post.id != post.id)
    )


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
