"""A request or a post on a page of its own: reading, previewing, commenting, closing, trying again."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form
from starlette.responses import HTMLResponse, Response

from leadmetrics_pipelines.domain.approvals import SubjectKind
from leadmetrics_pipelines.domain.contents import NewsletterContent, SocialContent
from leadmetrics_pipelines.errors import InvalidInput, NotFound
from leadmetrics_pipelines.kit.text import markdown_to_html
from leadmetrics_pipelines.review.place import Place, PlaceOf
from leadmetrics_pipelines.review.presenters.frame import Crumb, Toast, fragment, page
from leadmetrics_pipelines.review.routes.answers import announce, go
from leadmetrics_pipelines.review.routes.item_context import page_context, read_subject
from leadmetrics_pipelines.review.security import PREVIEW_POLICY
from leadmetrics_pipelines.review.templating import render_text, respond
from leadmetrics_pipelines.services.approvals import add_comment
from leadmetrics_pipelines.services.content_checks import LARGEST_BODY_BYTES
from leadmetrics_pipelines.services.contents import read_post
from leadmetrics_pipelines.services.requests import close_request
from leadmetrics_pipelines.storage.content.models import ImageFile

router = APIRouter()


@router.get("/posts/{post_id}")
def show_post(place: PlaceOf, post_id: UUID) -> Response:
    """A post."""
    return _show(place, SubjectKind.POST, post_id)


@router.get("/requests/{request_id}")
def show_request(place: PlaceOf, request_id: UUID) -> Response:
    """A request."""
    return _show(place, SubjectKind.REQUEST, request_id)


@router.get("/posts/{post_id}/state")
def watch_post(place: PlaceOf, post_id: UUID, seen: str = "") -> Response:
    """204 while the post is as the page shows it; else the page's item afresh."""
    return _watch(place, SubjectKind.POST, post_id, seen)


@router.get("/requests/{request_id}/state")
def watch_request(place: PlaceOf, request_id: UUID, seen: str = "") -> Response:
    """204 while the request is as the page shows it; else the page's item afresh."""
    return _watch(place, SubjectKind.REQUEST, request_id, seen)


@router.get("/posts/{post_id}/preview")
def show_preview(place: PlaceOf, post_id: UUID, version: int | None = None) -> Response:
    """The post as the site shows it, for the sandboxed frame: its sanitised words and nothing that could run."""
    with place.work() as work:
        post = read_post(work, post_id, version)
    if isinstance(post.content, SocialContent):
        msg = "A social post has no page to preview."
        raise NotFound(msg)
    if isinstance(post.content, NewsletterContent):
        return _preview(post.content.subject, "", post.body_html, "", "", bare=True)
    content = post.content
    image = f"{place.base}/images/{content.image_digest}" if content.image_digest else ""
    return _preview(content.title, content.excerpt, post.body_html, image, content.image_alt)


@router.post("/preview")
def preview_typed(
    place: PlaceOf,
    title: Annotated[str, Form()] = "",
    excerpt: Annotated[str, Form()] = "",
    body: Annotated[str, Form()] = "",
    image_digest: Annotated[str, Form()] = "",
    image_alt: Annotated[str, Form()] = "",
) -> Response:
    """What is being typed, as the site would show it. Nothing is stored."""
    if len(body.encode()) > LARGEST_BODY_BYTES:
        msg = "The text is too long to be published, so there is no preview of it."
        raise InvalidInput(msg, field="body")
    image = f"{place.base}/images/{image_digest}" if image_digest.isalnum() else ""
    return _preview(title, excerpt, markdown_to_html(body), image, image_alt, bare=not title)


@router.get("/images/{digest}")
def show_image(place: PlaceOf, digest: str) -> Response:
    """A stored image; its name is its content, so a browser may keep it."""
    with place.work() as work:
        image = work.session.get(ImageFile, (place.membership.tenant_id, digest))
        if image is None:
            msg = "There is no such image here."
            raise NotFound(msg)
        data, kind = image.data, image.media_type
    headers = {"Cache-Control": "private, max-age=86400, immutable", "Content-Security-Policy": "default-src 'none'"}
    return Response(data, media_type=kind, headers=headers)


@router.post("/posts/{post_id}/comments")
def comment_on_post(place: PlaceOf, post_id: UUID, body: Annotated[str, Form()] = "") -> Response:
    """Remark on a post."""
    return _comment(place, SubjectKind.POST, post_id, body)


@router.post("/requests/{request_id}/comments")
def comment_on_request(place: PlaceOf, request_id: UUID, body: Annotated[str, Form()] = "") -> Response:
    """Remark on a request."""
    return _comment(place, SubjectKind.REQUEST, request_id, body)


@router.post("/requests/{request_id}/close")
def send_close(place: PlaceOf, request_id: UUID, reason: Annotated[str, Form()] = "") -> Response:
    """Give a request up for good."""
    with place.work() as work:
        title = close_request(work, request_id, reason).title
    return go(place, f"{place.base}/requests/{request_id}", Toast(text=f"Closed: {title}"))


def _preview(title: str, excerpt: str, html: str, image: str, alt: str, *, bare: bool = False) -> Response:
    """A page of sanitised HTML for the sandboxed frame. `bare`: without the title, which stands outside the frame."""
    context = {"title": title, "excerpt": excerpt, "html": html, "image": image, "alt": alt, "bare": bare}
    headers = {"Content-Security-Policy": PREVIEW_POLICY, "X-Frame-Options": "SAMEORIGIN"}
    return HTMLResponse(render_text("pages/preview.html", context), headers=headers)


def _show(place: Place, kind: SubjectKind, subject_id: UUID) -> Response:
    with place.work(frame=True) as work:
        item = read_subject(work, kind, subject_id)
        crumbs = [Crumb("Content", f"{place.base}/content"), Crumb(item.title)]
        context = page(place, item.title, "content", crumbs, **page_context(place, item))
    return respond("pages/item.html", context)


def _watch(place: Place, kind: SubjectKind, subject_id: UUID, seen: str) -> Response:
    with place.work(frame=True) as work:
        context = page_context(place, read_subject(work, kind, subject_id))
    if context["item"]["stamp"] == seen:
        return Response(status_code=204)
    headers = {"HX-Retarget": "#item", "HX-Reswap": "outerHTML", **announce(say=f"{context['item']['status'].label}")}
    return respond("fragments/item.html", fragment(place, **context), headers=headers)


def _comment(place: Place, kind: SubjectKind, subject_id: UUID, body: str) -> Response:
    with place.work(frame=True) as work:
        add_comment(work, kind, subject_id, body)
        context = page_context(place, read_subject(work, kind, subject_id))
    if not place.wants_fragment:
        return go(place, f"{context['item']['path']}#talk-title")
    return respond("fragments/talk.html", fragment(place, **context), headers=announce(say="Comment added"))
