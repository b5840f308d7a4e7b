"""What people and agents write, one shape per kind of content: blog post, social post, newsletter.

Words only: what goes out of them is made in `services/contents.py`, how long they may be is in `domain/lengths.py`,
and the seals over what was seen are in `domain/approvals.py`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from leadmetrics_pipelines.domain.content import ContentKind


@dataclass(frozen=True, kw_only=True)
class Picture:
    """A stored picture by the SHA-256 of its bytes, and what it shows for people who cannot see it."""

    digest: str
    alt: str = ""


@dataclass(frozen=True, kw_only=True)
class BlogContent:
    """A blog post. `publish_at`: UTC, None for as soon as it is approved."""

    title: str
    slug: str
    excerpt: str
    body_markdown: str
    image_digest: str | None = None
    image_alt: str = ""
    categories: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    publish_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class SocialContent:
    """A social post or a local post on one channel, hashtags inside the text.

    `first_comment` is written under the post once it is out; empty for none. `publish_at` as above.
    """

    text: str
    link: str | None = None
    images: tuple[Picture, ...] = ()
    first_comment: str = ""
    publish_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class NewsletterContent:
    """A newsletter. `publish_at` as above."""

    subject: str
    preview_text: str
    body_markdown: str
    from_name: str
    reply_to: str
    publish_at: datetime | None = None


AnyContent = BlogContent | SocialContent | NewsletterContent
C = TypeVar("C", BlogContent, SocialContent, NewsletterContent)

_KINDS: dict[type[AnyContent], ContentKind] = {
    BlogContent: ContentKind.BLOG,
    SocialContent: ContentKind.SOCIAL,
    NewsletterContent: ContentKind.NEWSLETTER,
}
TITLE_OF_TEXT = 80


def kind_of(content: AnyContent) -> ContentKind:
    """Which kind of content it is."""
    return _KINDS[type(content)]


def title_of(content: AnyContent) -> str:
    """What lists call it: the title, the subject, or the first words of a social post."""
    if isinstance(content, BlogContent):
        return content.title
    if isinstance(content, NewsletterContent):
        return content.subject
    line = next((line for line in content.text.splitlines() if line.strip()), "").strip()
    return line if len(line) <= TITLE_OF_TEXT else line[: TITLE_OF_TEXT - 1].rstrip() + "\u2026"


def words_of(content: AnyContent) -> dict[str, str]:
    """Its words by field, in the order people read them: for comparing versions."""
    if isinstance(content, SocialContent):
        alts = "\n".join(image.alt for image in content.images)
        return {
            "text": content.text, "link": content.link or "", "first_comment": content.first_comment,
            "image_alt": alts,
        }  # fmt: skip
    if isinstance(content, NewsletterContent):
        return {
            "subject": content.subject, "preview_text": content.preview_text, "body": content.body_markdown,
            "from_name": content.from_name, "reply_to": content.reply_to,
        }  # fmt: skip
    return {
        "title": content.title, "slug": content.slug, "excerpt": content.excerpt, "body": content.body_markdown,
        "categories": ", ".join(content.categories), "tags": ", ".join(content.tags), "image_alt": content.image_alt,
    }  # fmt: skip


def pictures_of(content: AnyContent) -> tuple[Picture, ...]:
    """Its pictures, in order."""
    if isinstance(content, SocialContent):
        return content.images
    if isinstance(content, BlogContent) and content.image_digest is not None:
        return (Picture(digest=content.image_digest, alt=content.image_alt),)
    return ()
