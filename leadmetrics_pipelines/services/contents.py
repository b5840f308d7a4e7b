"""The stored words of posts of every kind: reading them back, their seal, their hash, and the HTML that goes out.

A version is a document under `post/<id>`; it holds what people edit and the HTML that goes out, made once at saving, so
that what was seen is byte for byte what is sent. Writing versions, and what that does to approvals, is in `posts.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from leadmetrics_pipelines.domain.approvals import AnySeen, SeenNewsletter, SeenPost, SeenSocialPost
from leadmetrics_pipelines.domain.content import ContentKind
from leadmetrics_pipelines.domain.contents import (
    AnyContent,
    BlogContent,
    C,
    NewsletterContent,
    Picture,
    SocialContent,
    kind_of,
    pictures_of,
)
from leadmetrics_pipelines.errors import InvalidInput, NotFound
from leadmetrics_pipelines.kit.digests import sha256_json
from leadmetrics_pipelines.kit.text import markdown_to_html
from leadmetrics_pipelines.services.post_rows import get_post
from leadmetrics_pipelines.storage.content.models import Post
from leadmetrics_pipelines.storage.database import UnitOfWork
from leadmetrics_pipelines.storage.documents.store import StoredDocument, StoredVersion


@dataclass(frozen=True, kw_only=True)
class PostVersion:
    """One version of a post as it is stored, with what goes out and its seal.

    `body_html`: what goes out of a blog post or newsletter; empty for a social post, whose text goes out as it is.
    """

    post_id: UUID
    kind: ContentKind
    version: int
    content: AnyContent
    body_html: str
    author: str
    created_at: datetime
    seal: str
    content_hash: str

    def content_as(self, shape: type[C]) -> C:
        """The content in the shape the caller knows. Raises InvalidInput when it is of another kind."""
        if not isinstance(self.content, shape):
            msg = f"This is a {self.kind} post, and this way is not for its kind."
            raise InvalidInput(msg)
        return self.content


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
    content, body_html = read_document(document.body)
    return PostVersion(
        post_id=post.id, kind=kind_of(content), version=document.version, content=content, body_html=body_html,
        author=document.author, created_at=document.created_at, seal=seal_post(post.channel_id, content, body_html),
        content_hash=hash_content(content),
    )  # fmt: skip


def write_document(content: AnyContent, body_html: str) -> dict[str, Any]:
    """The content as the document store keeps it."""
    instant = content.publish_at.isoformat() if content.publish_at else None
    return asdict(content) | {"kind": kind_of(content).value, "publish_at": instant, "body_html": body_html}


def read_document(body: Mapping[str, Any]) -> tuple[AnyContent, str]:
    """The content of a stored document and the HTML that goes out."""
    values = dict(body)
    kind, body_html = ContentKind(values.pop("kind", ContentKind.BLOG)), values.pop("body_html", "")
    at = values.pop("publish_at")
    publish_at = datetime.fromisoformat(at) if at else None
    if kind is ContentKind.SOCIAL:
        images = tuple(Picture(**image) for image in values.pop("images"))
        return SocialContent(**values, images=images, publish_at=publish_at), body_html
    if kind is ContentKind.NEWSLETTER:
        return NewsletterContent(**values, publish_at=publish_at), body_html
    categories, tags = tuple(values.pop("categories", ())), tuple(values.pop("tags", ()))
    return BlogContent(**values, categories=categories, tags=tags, publish_at=publish_at), body_html


def make_html(content: AnyContent) -> str:
    """The sanitised HTML that goes out; empty for a social post."""
    return "" if isinstance(content, SocialContent) else markdown_to_html(content.body_markdown)


def seen_of(channel_id: UUID | None, content: AnyContent, body_html: str) -> AnySeen:
    """What a reviewer sees of a version on its way to a channel."""
    channel = channel_id or UUID(int=0)
    if isinstance(content, SocialContent):
        return SeenSocialPost(
            channel_id=channel, text=content.text, link=content.link,
            images=tuple((image.digest, image.alt) for image in content.images), first_comment=content.first_comment,
            publish_at=content.publish_at,
        )  # fmt: skip
    if isinstance(content, NewsletterContent):
        return SeenNewsletter(
            channel_id=channel, subject=content.subject, preview_text=content.preview_text, body_html=body_html,
            from_name=content.from_name, reply_to=content.reply_to, publish_at=content.publish_at,
        )  # fmt: skip
    return SeenPost(
        channel_id=channel, title=content.title, slug=content.slug, excerpt=content.excerpt, body_html=body_html,
        image_digest=content.image_digest, image_alt=content.image_alt, publish_at=content.publish_at,
        categories=content.categories, tags=content.tags,
    )  # fmt: skip


def seal_post(channel_id: UUID | None, content: AnyContent, body_html: str) -> str:
    """The seal of a version on its way to a channel."""
    return seen_of(channel_id, content, body_html).seal()


def hash_content(content: AnyContent) -> str:
    """SHA-256 over words, link and pictures, whatever the time, the spaces and the letters' case.

    Two posts with one hash say the same: what the check for repetition looks for.
    """
    if isinstance(content, SocialContent):
        words, link = content.text, content.link
    elif isinstance(content, NewsletterContent):
        words, link = f"{content.subject}\n{content.body_markdown}", None
    else:
        words, link = f"{content.title}\n{content.body_markdown}", None
    plain = " ".join(words.casefold().split())
    return sha256_json({"words": plain, "link": link, "images": [image.digest for image in pictures_of(content)]})
