"""How stored values look outside: links, dates, rendered HTML, and the JSON of a post."""

from __future__ import annotations

import html
import re
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from leadmetrics_pipelines.sandbox.wordpress.models import Post
from leadmetrics_pipelines.sandbox.wordpress.rest import Call
from leadmetrics_pipelines.sandbox.wordpress.slugs import sanitize_title
from leadmetrics_pipelines.sandbox.wordpress.store import Site

_EXCERPT_WORDS = 55


def gmt(at: datetime) -> str:
    """An instant as WordPress writes it in `date_gmt`."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S")


def local(site: Site, at: datetime) -> str:
    """An instant in the site's zone, naive."""
    return at.astimezone(ZoneInfo(site.settings.time_zone)).strftime("%Y-%m-%dT%H:%M:%S")


def post_link(site: Site, url: str, post: Post, *, can_read: bool = True) -> str:
    """The permalink of a published post, `?p=ID` of any other (reference wordpress.md, 7)."""
    is_permanent = post.status == "publish" or (post.status == "private" and can_read)
    if is_permanent and site.settings.pretty_permalinks:
        return f"{url}/{post.slug}/"
    return f"{url}/?p={post.id}"


def file_url(url: str, file: str) -> str:
    """Where an uploaded file is served."""
    return f"{url}/wp-content/uploads/{file}"


def render_title(raw: str) -> str:
    """A title as `the_title` filters leave it."""
    return re.sub(r"&(?!#?\w+;)", "&#038;", raw).replace("'", "&#8217;")


def render_content(raw: str) -> str:
    """Content as it stands in the page: block comments go, bare text gets a paragraph."""
    without_blocks = re.sub(r"<!-- /?wp:.*?-->\n?", "", raw, flags=re.DOTALL)
    if without_blocks.strip() and not re.search(r"<(p|h\d|ul|ol|div|table|figure|blockquote)\b", without_blocks):
        return f"<p>{without_blocks.strip()}</p>\n"
    return without_blocks + ("\n" if without_blocks and not without_blocks.endswith("\n") else "")


def render_excerpt(post: Post) -> str:
    """The excerpt, made of the content's first 55 words when there is none."""
    text = post.excerpt
    if not text:
        words = html.unescape(re.sub(r"<!--.*?-->|<[^>]*>", " ", post.content, flags=re.DOTALL)).split()
        tail = " [&hellip;]" if len(words) > _EXCERPT_WORDS else ""
        text = html.escape(" ".join(words[:_EXCERPT_WORDS]), quote=False) + tail
    return f"<p>{text}</p>\n" if text else ""


def both(raw: str, rendered: str, context: str) -> dict[str, object]:
    """`{"raw", "rendered"}`; raw for editors only."""
    return {"raw": raw, "rendered": rendered} if context == "edit" else {"rendered": rendered}


def post_json(call: Call, post: Post, context: str) -> dict[str, object]:
    """A post as the REST API shows it."""
    url, site = call.url, call.site
    shown: dict[str, object] = {
        "id": post.id,
        "date": local(site, post.date),
        "date_gmt": gmt(post.date),
        "guid": both(f"{url}/?p={post.id}", f"{url}/?p={post.id}", context),
        "modified": local(site, post.modified),
        "modified_gmt": gmt(post.modified),
        "slug": post.slug,
        "status": post.status,
        "type": "post",
        "link": post_link(site, url, post, can_read=call.user is not None),
        "title": both(post.title, render_title(post.title), context),
        "content": {**both(post.content, render_content(post.content), context), "protected": bool(post.password)},
        "excerpt": {**both(post.excerpt, render_excerpt(post), context), "protected": bool(post.password)},
        "author": post.author,
        "featured_media": post.featured_media,
        "comment_status": post.comment_status,
        "ping_status": post.ping_status,
        "sticky": post.sticky,
        "template": post.template,
        "format": post.format,
        "meta": [],
        "categories": list(post.categories),
        "tags": list(post.tags),
    }
    if context == "edit":
        shown |= _edit_only(call, post)
    shown["_links"] = _links(url, post)
    return shown


def _edit_only(call: Call, post: Post) -> dict[str, object]:
    shape = "%postname%/" if call.site.settings.pretty_permalinks else f"?p={post.id}"
    return {
        "password": post.password,
        "permalink_template": f"{call.url}/{shape}",
        "generated_slug": post.slug or sanitize_title(post.title) or str(post.id),
    }


def _links(url: str, post: Post) -> dict[str, object]:
    api = f"{url}/wp-json/wp/v2"
    links: dict[str, object] = {
        "self": [{"href": f"{api}/posts/{post.id}"}],
        "collection": [{"href": f"{api}/posts"}],
        "author": [{"embeddable": True, "href": f"{api}/users/{post.author}"}],
        "version-history": [{"count": post.revisions, "href": f"{api}/posts/{post.id}/revisions"}],
        "wp:term": [
            {"taxonomy": "category", "embeddable": True, "href": f"{api}/categories?post={post.id}"},
            {"taxonomy": "post_tag", "embeddable": True, "href": f"{api}/tags?post={post.id}"},
        ],
    }
    if post.featured_media:
        links["wp:featuredmedia"] = [{"embeddable": True, "href": f"{api}/media/{post.featured_media}"}]
    return links
