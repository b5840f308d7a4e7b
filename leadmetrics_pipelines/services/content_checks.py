"""What is wrong with content that somebody wants to save: refusals that name the field.

Rules of thumb that only advise are in `views/checks.py`.
"""

from __future__ import annotations

import re
from dataclasses import replace
from urllib.parse import urlsplit

from sqlalchemy import select

from leadmetrics_pipelines.domain.content import ContentKind
from leadmetrics_pipelines.domain.contents import (
    AnyContent,
    BlogContent,
    NewsletterContent,
    Picture,
    SocialContent,
    kind_of,
    pictures_of,
)
from leadmetrics_pipelines.domain.people import ActorKind
from leadmetrics_pipelines.errors import InvalidInput
from leadmetrics_pipelines.kit.storable import is_storable
from leadmetrics_pipelines.kit.text import has_letters_or_digits, make_slug
from leadmetrics_pipelines.services.post_rows import check_instant, free_slug, hold_slugs
from leadmetrics_pipelines.storage.content.models import ImageFile, Post
from leadmetrics_pipelines.storage.database import UnitOfWork

LONGEST_TITLE = 200
LONGEST_EXCERPT = 600
LARGEST_BODY_BYTES = 1_000_000
LONGEST_LINE = 400
LONGEST_LINK = 2000
MOST_TERMS = 20
_EMAIL = re.compile(r"[^@\s,;<>]+@[^@\s,;<>]+\.[^@\s,;<>.]+")


def check_content(work: UnitOfWork, post: Post, content: AnyContent) -> AnyContent:
    """The content with tidy fields, or InvalidInput naming the field that does not fit."""
    if kind_of(content) != ContentKind(post.kind):
        msg = f"This is a {post.kind} post, and what you gave is the content of a {kind_of(content)} post."
        raise InvalidInput(msg, field="kind")
    _check_pictures(work, post, content)
    if isinstance(content, SocialContent):
        return _check_social(content)
    if isinstance(content, NewsletterContent):
        return _check_newsletter(content)
    return _check_blog(work, post, content)


def _check_blog(work: UnitOfWork, post: Post, content: BlogContent) -> BlogContent:
    title = _check_title(content.title)
    excerpt = " ".join(content.excerpt.split())
    if len(excerpt) > LONGEST_EXCERPT:
        msg = f"The excerpt has {len(excerpt)} characters; at most {LONGEST_EXCERPT} fit."
        raise InvalidInput(msg, field="excerpt")
    return replace(
        content, title=title, slug=_free_slug(work, post, content.slug, title), excerpt=excerpt,
        body_markdown=_check_body(content.body_markdown), image_alt=content.image_alt.strip(),
        categories=_check_terms(content.categories, "categories"), tags=_check_terms(content.tags, "tags"),
        publish_at=check_instant(content.publish_at),
    )  # fmt: skip


def _check_social(content: SocialContent) -> SocialContent:
    text = _check_words(content.text, "text")
    if not text and not content.images:
        msg = "The post is empty: write a text, or add a picture."
        raise InvalidInput(msg, field="text")
    return replace(
        content, text=text, link=_check_link(content.link), publish_at=check_instant(content.publish_at),
        first_comment=_check_words(content.first_comment, "first_comment"),
        images=tuple(Picture(digest=image.digest, alt=_check_line(image.alt, "alt")) for image in content.images),
    )  # fmt: skip


def _check_newsletter(content: NewsletterContent) -> NewsletterContent:
    subject = _check_line(content.subject, "subject")
    if not has_letters_or_digits(subject):
        msg = "The subject needs at least one letter or digit: an empty one ends in the spam folder."
        raise InvalidInput(msg, field="subject")
    from_name = _check_line(content.from_name, "from_name")
    if not from_name:
        msg = "Say who the newsletter is from."
        raise InvalidInput(msg, field="from_name")
    reply_to = content.reply_to.strip()
    if _EMAIL.fullmatch(reply_to) is None:
        msg = f"'{reply_to}' is no e-mail address that readers could answer to."
        raise InvalidInput(msg, field="reply_to")
    return replace(
        content, subject=subject, preview_text=_check_line(content.preview_text, "preview_text"), from_name=from_name,
        reply_to=reply_to, body_markdown=_check_body(content.body_markdown),
        publish_at=check_instant(content.publish_at),
    )  # fmt: skip


def _check_pictures(work: UnitOfWork, post: Post, content: AnyContent) -> None:
    digests = [picture.digest for picture in pictures_of(content)]
    if len(set(digests)) != len(digests):
        msg = "The same picture is there twice."
        raise InvalidInput(msg, field="images")
    query = select(ImageFile.digest).where(ImageFile.tenant_id == post.tenant_id, ImageFile.digest.in_(digests))
    if digests and set(work.session.scalars(query)) != set(digests):
        msg = "The chosen image is not stored. Upload it again."
        raise InvalidInput(msg, field="image")


def _check_title(title: str) -> str:
    title = " ".join(title.split())
    if not has_letters_or_digits(title):
        msg = "The title needs at least one letter or digit: an address is made from it, and readers search for words."
        raise InvalidInput(msg, field="title")
    if len(title) > LONGEST_TITLE:
        msg = f"The title has {len(title)} characters; at most {LONGEST_TITLE} fit."
        raise InvalidInput(msg, field="title")
    return title


def _check_body(markdown: str) -> str:
    markdown = _check_words(markdown, "body")
    if not has_letters_or_digits(markdown):
        msg = "The text is empty."
        raise InvalidInput(msg, field="body")
    return markdown


def _check_words(words: str, name: str) -> str:
    if not is_storable(words):
        msg = "The text holds a character that cannot be stored (U+0000, or half of a pair). Remove it."
        raise InvalidInput(msg, field=name)
    size = len(words.encode())
    if size > LARGEST_BODY_BYTES:
        msg = f"The text is {size / 1e6:.1f} MB; at most {LARGEST_BODY_BYTES / 1e6:.0f} MB is published. Shorten it."
        raise InvalidInput(msg, field=name)
    return words.replace("\r\n", "\n").strip()


def _check_line(line: str, name: str) -> str:
    line = " ".join(line.split())
    if not is_storable(line) or len(line) > LONGEST_LINE:
        msg = f"The {name.replace('_', ' ')} is one line of plain text with at most {LONGEST_LINE} characters."
        raise InvalidInput(msg, field=name)
    return line


def _check_link(link: str | None) -> str | None:
    link = (link or "").strip()
    if not link:
        return None
    try:
        parts = urlsplit(link)
        is_web = parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        is_web = False
    if not is_web or len(link) > LONGEST_LINK or not is_storable(link) or link != "".join(link.split()):
        msg = f"'{link[:80]}' is no web address. Write it whole, as in https://example.com/page."
        raise InvalidInput(msg, field="link")
    return link


def _check_terms(terms: tuple[str, ...], name: str) -> tuple[str, ...]:
    tidy = tuple(dict.fromkeys(line for term in terms if (line := _check_line(term, name))))
    if len(tidy) > MOST_TERMS:
        msg = f"{len(tidy)} {name} are too many; at most {MOST_TERMS} fit."
        raise InvalidInput(msg, field=name)
    return tidy


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
