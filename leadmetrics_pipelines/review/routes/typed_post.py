"""The fields of the editors of posts as a browser sends them, whatever the kind."""

from __future__ import annotations

from itertools import zip_longest
from typing import Annotated

from fastapi import Form

from leadmetrics_pipelines.domain.content import ContentKind
from leadmetrics_pipelines.domain.contents import Picture
from leadmetrics_pipelines.review.presenters.content_forms import read_pictures, write_pictures

Text = Annotated[str, Form()]
Texts = Annotated[list[str] | None, Form()]


class TypedPost:
    """All fields of all editors of posts, as they were sent."""

    def __init__(
        self,
        kind: Text = "blog",
        title: Text = "",
        post_slug: Annotated[str, Form(alias="slug")] = "",
        excerpt: Text = "",
        body: Text = "",
        categories: Text = "",
        tags: Text = "",
        text: Text = "",
        link: Text = "",
        first_comment: Text = "",
        subject: Text = "",
        preview_text: Text = "",
        from_name: Text = "",
        reply_to: Text = "",
        publish_at: Text = "",
        image_digest: Texts = None,
        image_alt: Texts = None,
        drop: Texts = None,
    ) -> None:
        digests, alts, dropped = image_digest or [], image_alt or [], set(drop or ())
        pairs = zip_longest(digests, alts[: len(digests)], fillvalue="")
        pictures = [Picture(digest=digest, alt=alt) for digest, alt in pairs if digest and digest not in dropped]
        self.values = {
            "kind": kind if kind in set(ContentKind) else ContentKind.BLOG.value,
            "title": title, "slug": post_slug, "excerpt": excerpt, "body": body,
            "categories": categories, "tags": tags, "text": text, "link": link, "first_comment": first_comment,
            "subject": subject, "preview_text": preview_text, "from_name": from_name, "reply_to": reply_to,
            "publish_at": publish_at, "image_digest": digests[0] if digests else "",
            "image_alt": alts[0] if alts else "", "pictures": write_pictures(pictures),
        }  # fmt: skip

    def add_picture(self, digest: str) -> None:
        """Take a picture that was sent: the one of a blog post, the last of a social post."""
        self.values["image_digest"] = digest
        earlier = [one for one in read_pictures(self.values["pictures"]) if one.digest != digest]
        self.values["pictures"] = write_pictures([*earlier, Picture(digest=digest)])
