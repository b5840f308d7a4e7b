"""Editors of posts: the fields of each kind of content, what is typed in them, and reading it back.

What every form shares is in `forms.py`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from leadmetrics_pipelines.domain.content import ContentKind
from leadmetrics_pipelines.domain.contents import AnyContent, BlogContent, NewsletterContent, Picture, SocialContent
from leadmetrics_pipelines.review.presenters.forms import Field, read_instant, show_instant
from leadmetrics_pipelines.services.content_checks import LONGEST_EXCERPT, LONGEST_TITLE

_IMAGE_TYPES = "image/png,image/jpeg,image/webp,image/gif"
_MARKDOWN = "Markdown: ## heading, **bold**, [link](https://…), - list."
NAMES = {
    ContentKind.BLOG: ("title", "slug", "excerpt", "body", "categories", "tags", "image_digest", "image_alt"),
    ContentKind.SOCIAL: ("text", "link", "first_comment", "pictures"),
    ContentKind.NEWSLETTER: ("subject", "preview_text", "body", "from_name", "reply_to"),
}


def empty_post(kind: ContentKind) -> dict[str, str]:
    """An editor in which nothing is typed yet."""
    return {"kind": kind.value, "publish_at": "", "zone": "UTC"} | dict.fromkeys(NAMES[kind], "")


def post_fields(typed: Mapping[str, str]) -> tuple[Field, ...]:
    """The editor of a post, by its kind."""
    kind = ContentKind(typed["kind"])
    if kind is ContentKind.SOCIAL:
        return _social_fields(typed)
    return _newsletter_fields(typed) if kind is ContentKind.NEWSLETTER else _blog_fields(typed)


def typed_post(content: AnyContent, zone: str) -> dict[str, str]:
    """A post's content as the editor holds it."""
    shared = {"zone": zone, "publish_at": show_instant(content.publish_at, zone)}
    if isinstance(content, SocialContent):
        return shared | {
            "kind": ContentKind.SOCIAL.value, "text": content.text, "link": content.link or "",
            "first_comment": content.first_comment, "pictures": write_pictures(content.images),
        }  # fmt: skip
    if isinstance(content, NewsletterContent):
        return shared | {
            "kind": ContentKind.NEWSLETTER.value, "subject": content.subject, "preview_text": content.preview_text,
            "body": content.body_markdown, "from_name": content.from_name, "reply_to": content.reply_to,
        }  # fmt: skip
    return shared | {
        "kind": ContentKind.BLOG.value, "title": content.title, "slug": content.slug, "excerpt": content.excerpt,
        "body": content.body_markdown, "image_digest": content.image_digest or "", "image_alt": content.image_alt,
        "categories": ", ".join(content.categories), "tags": ", ".join(content.tags),
    }  # fmt: skip


def read_post_form(typed: Mapping[str, str]) -> AnyContent:
    """The content that was typed. Raises InvalidInput."""
    kind, publish_at = ContentKind(typed["kind"]), read_instant(typed["publish_at"], typed["zone"])
    if kind is ContentKind.SOCIAL:
        return SocialContent(
            text=typed["text"], link=typed["link"] or None, first_comment=typed["first_comment"],
            images=read_pictures(typed["pictures"]), publish_at=publish_at,
        )  # fmt: skip
    if kind is ContentKind.NEWSLETTER:
        return NewsletterContent(
            subject=typed["subject"], preview_text=typed["preview_text"], body_markdown=typed["body"],
            from_name=typed["from_name"], reply_to=typed["reply_to"], publish_at=publish_at,
        )  # fmt: skip
    return BlogContent(
        title=typed["title"], slug=typed["slug"], excerpt=typed["excerpt"], body_markdown=typed["body"],
        image_digest=typed["image_digest"] or None, image_alt=typed["image_alt"],
        categories=_terms(typed["categories"]), tags=_terms(typed["tags"]), publish_at=publish_at,
    )  # fmt: skip


def write_pictures(pictures: Sequence[Picture]) -> str:
    """Pictures as one value of the form."""
    return json.dumps([[picture.digest, picture.alt] for picture in pictures])


def read_pictures(value: str) -> tuple[Picture, ...]:
    """And back."""
    return tuple(Picture(digest=digest, alt=alt) for digest, alt in json.loads(value or "[]"))


def _publish_field(typed: Mapping[str, str]) -> Field:
    return Field(
        name="publish_at", label="Publish time", value=typed["publish_at"], kind="datetime-local",
        hint=f"In {typed['zone']}. Empty: as soon as it is approved.",
    )  # fmt: skip


def _blog_fields(typed: Mapping[str, str]) -> tuple[Field, ...]:
    return (
        Field(
            name="title", label="Title", value=typed["title"], required=True, css="headline", wide=True,
            limit=str(LONGEST_TITLE), hint="About 60 characters are shown in search results.",
        ),
        Field(name="slug", label="Address on the site", value=typed["slug"], hint="Lower-case words with hyphens."),
        _publish_field(typed),
        Field(
            name="excerpt", label="Excerpt", value=typed["excerpt"], kind="textarea", rows=2, wide=True,
            limit=str(LONGEST_EXCERPT),
        ),
        Field(
            name="body", label="Text", value=typed["body"], kind="textarea", rows=22, wide=True, css="body",
            required=True, limit="0", unit="words", hint=_MARKDOWN,
        ),
        Field(
            name="image", label="Featured image", kind="file", accept=_IMAGE_TYPES,
            hint="PNG, JPEG, WebP or GIF, at most 8 MB. Choosing one replaces the present one.",
        ),
        Field(
            name="image_alt", label="Image description", value=typed["image_alt"],
            hint="For people who cannot see it.",
        ),
        Field(name="categories", label="Categories", value=typed["categories"], hint="With commas between them."),
        Field(name="tags", label="Tags", value=typed["tags"], hint="With commas between them."),
    )  # fmt: skip


def _social_fields(typed: Mapping[str, str]) -> tuple[Field, ...]:
    return (
        Field(
            name="text", label="Text", value=typed["text"], kind="textarea", rows=12, wide=True, css="body", limit="0",
            hint="As people read it, with its hashtags. Counted as the platform counts.",
        ),
        Field(name="link", label="Link", value=typed["link"], kind="url", wide=True, hint="The page it leads to."),
        Field(
            name="first_comment", label="First comment", value=typed["first_comment"], kind="textarea", rows=2,
            wide=True, limit="0", hint="Written under the post once it is out. Empty: none.",
        ),
        _publish_field(typed),
        Field(
            name="image", label="Add a picture", kind="file", accept=_IMAGE_TYPES,
            hint="PNG, JPEG, WebP or GIF, at most 8 MB. It is added after those that are there.",
        ),
    )  # fmt: skip


def _newsletter_fields(typed: Mapping[str, str]) -> tuple[Field, ...]:
    return (
        Field(
            name="subject", label="Subject", value=typed["subject"], required=True, css="headline", wide=True,
            limit="0",
        ),
        Field(
            name="preview_text", label="Preview line", value=typed["preview_text"], wide=True, limit="0",
            hint="Mailboxes show it after the subject.",
        ),
        Field(name="from_name", label="From", value=typed["from_name"], required=True),
        Field(name="reply_to", label="Answers go to", value=typed["reply_to"], kind="email", required=True),
        _publish_field(typed),
        Field(
            name="body", label="Text", value=typed["body"], kind="textarea", rows=18, wide=True, css="body",
            required=True, limit="0", unit="words", hint=_MARKDOWN,
        ),
    )  # fmt: skip


def _terms(text: str) -> tuple[str, ...]:
    return tuple(term.strip() for term in text.split(",") if term.strip())
