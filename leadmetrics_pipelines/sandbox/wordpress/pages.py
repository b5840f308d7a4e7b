"""The public side of a site: home page, the page of a published post, uploaded files. Plain, but honest HTML."""

from __future__ import annotations

import html

from fastapi.responses import HTMLResponse, RedirectResponse, Response

from leadmetrics_pipelines.sandbox.wordpress.models import Media, Post
from leadmetrics_pipelines.sandbox.wordpress.rendering import file_url, post_link, render_content
from leadmetrics_pipelines.sandbox.wordpress.store import Site

_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<meta name="description" content="{description}">
<link rel="canonical" href="{canonical}">
<style>
:root {{ color-scheme: light dark; --ink: #1d2327; --quiet: #646970; --paper: #fff; --line: #dcdcde; --link: #2157a4 }}
@media (prefers-color-scheme: dark) {{
  :root {{ --ink: #e6e7e8; --quiet: #a0a5aa; --paper: #17191b; --line: #33373b; --link: #8ab4f0 }} }}
body {{ margin: 0 auto; padding: 32px 20px 64px; max-width: 68ch; color: var(--ink); background: var(--paper);
  font: 17px/1.65 system-ui, sans-serif }}
header {{ border-bottom: 1px solid var(--line); margin-bottom: 32px; padding-bottom: 16px }}
header a {{ font-weight: 600; text-decoration: none; color: inherit }}
h1 {{ line-height: 1.2 }} h2 {{ margin-top: 2em; line-height: 1.3 }}
a {{ color: var(--link) }} time, .quiet {{ color: var(--quiet); font-size: 14px }}
img {{ max-width: 100%; height: auto }} table {{ border-collapse: collapse }}
td, th {{ border: 1px solid var(--line); padding: 6px 12px; text-align: left }}
article + article {{ border-top: 1px solid var(--line); margin-top: 24px; padding-top: 8px }}
</style>
</head>
<body>
<header><a href="{home}">{site}</a><div class="quiet">{tagline}</div></header>
<main>
{main}
</main>
</body>
</html>
"""


def home_page(site: Site, url: str) -> Response:
    """The newest published posts."""
    published = sorted(
        (post for post in site.posts.values() if post.status == "publish"),
        key=lambda post: (post.date, post.id),
        reverse=True,
    )
    teasers = "\n".join(_teaser(site, url, post) for post in published)
    main = teasers or '<p class="quiet">Nothing has been published yet.</p>'
    return _page(site, url, title=site.settings.title, canonical=f"{url}/", main=main)


def post_page(site: Site, url: str, post: Post) -> Response:
    """One published post. Its content stands there as it was posted; the title is escaped."""
    picture = _picture(site, url, post)
    main = (
        f"<article><h1>{html.escape(post.title)}</h1>{_date(post)}\n{picture}{render_content(post.content)}</article>"
    )
    return _page(
        site, url, title=f"{post.title} – {site.settings.title}", canonical=post_link(site, url, post),
        main=main, description=post.excerpt,
    )  # fmt: skip


def missing_page(site: Site, url: str) -> Response:
    """WordPress's "not found"."""
    main = "<h1>Page not found</h1><p>There is nothing at this address, or it has not been published yet.</p>"
    return _page(site, url, title="Page not found", canonical=f"{url}/", main=main, status=404)


def public_page(site: Site, url: str, path: str, post_id: str | None) -> Response:
    """Whatever a visitor finds at a path of the site."""
    if path.startswith("wp-content/uploads/"):
        return _file(site, path.removeprefix("wp-content/uploads/")) or missing_page(site, url)
    if post_id is not None:
        return _by_id(site, url, post_id)
    slug = path.strip("/")
    is_home = not slug or slug == "index.php"
    if is_home or (slug.startswith("wp-json") and not site.settings.pretty_permalinks):
        return home_page(site, url)
    # Two posts may share a slug (reference wordpress.md, 15): the first one is shown.
    for post in sorted(site.posts.values(), key=lambda post: post.id):
        if post.slug == slug and post.status == "publish" and site.settings.pretty_permalinks:
            return post_page(site, url, post)
    return missing_page(site, url)


def _by_id(site: Site, url: str, post_id: str) -> Response:
    post = site.posts.get(int(post_id)) if post_id.isdigit() else None
    if post is None or post.status != "publish":
        return missing_page(site, url)
    if site.settings.pretty_permalinks:
        return RedirectResponse(post_link(site, url, post), status_code=301)
    return post_page(site, url, post)


def _file(site: Site, file: str) -> Response | None:
    media = next((media for media in site.media.values() if media.file == file), None)
    if media is None:
        return None
    return Response(site.media_bytes(media.id), media_type=media.mime_type)


def _teaser(site: Site, url: str, post: Post) -> str:
    link = html.escape(post_link(site, url, post))
    excerpt = f"<p>{html.escape(post.excerpt)}</p>" if post.excerpt else ""
    return f'<article><h2><a href="{link}">{html.escape(post.title)}</a></h2>{_date(post)}{excerpt}</article>'


def _date(post: Post) -> str:
    return f'<time datetime="{post.date.isoformat()}">{post.date:%d %B %Y}</time>'


def _picture(site: Site, url: str, post: Post) -> str:
    media: Media | None = site.media.get(post.featured_media)
    if media is None:
        return ""
    return f'<p><img src="{html.escape(file_url(url, media.file))}" alt="{html.escape(media.alt_text)}"></p>\n'


def _page(
    site: Site, url: str, *, title: str, canonical: str, main: str, description: str = "", status: int = 200
) -> Response:
    page = _PAGE.format(
        title=html.escape(title),
        description=html.escape(description),
        canonical=html.escape(canonical),
        home=html.escape(f"{url}/"),
        site=html.escape(site.settings.title),
        tagline=html.escape(site.settings.description),
        main=main,
    )
    api = f"{url}/wp-json/" if site.settings.pretty_permalinks else f"{url}/index.php?rest_route=/"
    return HTMLResponse(page, status_code=status, headers={"Link": f'<{api}>; rel="https://api.w.org/"'})
