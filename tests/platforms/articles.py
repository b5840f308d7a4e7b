"""Blog posts and pictures in order, for the rooms of content management systems."""

from __future__ import annotations

import dataclasses
import uuid
from typing import Any

from leadmetrics_pipelines.platforms.publishing import Image, OutgoingArticle
from tests.platforms.builders import an_image


def an_article(**changes: Any) -> OutgoingArticle:  # noqa: ANN401  any field of an article
    """A blog post with a marker of its own."""
    article = OutgoingArticle(
        marker=str(uuid.uuid4()),
        title="Five chairs for small balconies",
        slug="five-chairs-for-small-balconies",
        excerpt="And how to oil them.",
        body_html="<p>Small &amp; sturdy.</p>\n<h2>Teak</h2>\n<ul><li>It lasts</li></ul>",
    )
    return dataclasses.replace(article, **changes)


def a_picture(shade: int = 0) -> Image:
    """A PNG of one pixel."""
    image = an_image(shade)
    return Image(digest=image.digest, media_type=image.media_type, data=image.data, alt="A chair")
