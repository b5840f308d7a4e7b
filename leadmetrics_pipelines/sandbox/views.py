"""What the control API and the page show of a post."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel

from leadmetrics_pipelines.sandbox.wordpress.models import Post
from leadmetrics_pipelines.sandbox.wordpress.rendering import post_link
from leadmetrics_pipelines.sandbox.wordpress.store import Site


class PostView(BaseModel):
    """A post, whatever its status. `link` is what WordPress would say: `?p=ID` unless published."""

    id: int
    title: str
    status: str
    slug: str
    link: str
    date: datetime
    modified: datetime
    author: str
    excerpt: str
    content: str
    featured_media: int
    categories: list[int]
    tags: list[int]


def view_post(site: Site, url: str, post: Post) -> PostView:
    """The post as people and tests see it."""
    author = site.users.get(post.author)
    return PostView(
        id=post.id,
        title=post.title,
        status=post.status,
        slug=post.slug,
        link=post_link(site, url, post),
        date=post.date,
        modified=post.modified,
        author=author.login if author else str(post.author),
        excerpt=post.excerpt,
        content=post.content,
        featured_media=post.featured_media,
        categories=list(post.categories),
        tags=list(post.tags),
    )
