"""The routes of media: uploads raw and multipart, list, change, delete (reference wordpress.md, 20 and 21)."""

from __future__ import annotations

import hashlib
import html
from email.message import Message

from leadmetrics_pipelines.sandbox.wordpress import params
from leadmetrics_pipelines.sandbox.wordpress.images import FileKind, tell_kind
from leadmetrics_pipelines.sandbox.wordpress.listing import PAGE_CHECKS, chosen, paged
from leadmetrics_pipelines.sandbox.wordpress.models import Media
from leadmetrics_pipelines.sandbox.wordpress.params import Check, check
from leadmetrics_pipelines.sandbox.wordpress.rendering import both, file_url, gmt, local
from leadmetrics_pipelines.sandbox.wordpress.rest import Answer, Call, Params, RestError, UploadedFile, refuse, router
from leadmetrics_pipelines.sandbox.wordpress.slugs import (
    sanitize_file_name,
    sanitize_title,
    unique,
    unique_file_name,
)

_ONE = r"/wp/v2/media/(?P<id>\d+)"
_LIST: dict[str, Check] = PAGE_CHECKS | {
    "slug": params.strings,
    "media_type": params.one_of("image", "video", "text", "application", "audio"),
    "mime_type": params.text,
    "parent": params.integers,
    "orderby": params.one_of("date", "id", "slug", "title"),
}
_WRITE: dict[str, Check] = {
    "title": params.raw_text,
    "caption": params.raw_text,
    "description": params.raw_text,
    "alt_text": params.text,
    "slug": params.text,
    "post": params.integer(),
}


@router.on("GET", "/wp/v2/media")
async def list_media(call: Call) -> Answer:
    """`GET /wp/v2/media`."""
    asked = check(call.params, _LIST)
    context = str(asked.get("context", "view"))
    if context == "edit" and not call.can("upload_files"):
        refuse(call, "rest_forbidden_context", "Sorry, you are not allowed to edit posts in this post type.")
    found = [media for media in call.site.media.values() if _matches(media, asked)]
    found.sort(key=lambda media: (media.date, media.id), reverse=asked.get("order", "desc") == "desc")
    return paged(call, asked, found, noun="post", show=lambda media: media_json(call, media, context))


@router.on("GET", _ONE)
async def read_media(call: Call) -> Answer:
    """`GET /wp/v2/media/{id}`."""
    asked = check(call.params, {"context": PAGE_CHECKS["context"]})
    context = str(asked.get("context", "view"))
    media = _existing(call)
    if context == "edit" and not _may_edit(call, media):
        refuse(call, "rest_forbidden_context", "Sorry, you are not allowed to edit this post.")
    return Answer(body=media_json(call, media, context))


@router.on("POST", "/wp/v2/media")
async def upload(call: Call) -> Answer:
    """`POST /wp/v2/media`: raw bytes with Content-Disposition, or a multipart form with `file`."""
    asked = check(call.params, _WRITE)
    if not call.can("edit_posts"):
        refuse(call, "rest_cannot_create", "Sorry, you are not allowed to create posts as this user.")
    if not call.can("upload_files"):
        raise RestError(400, "rest_cannot_create", "Sorry, you are not allowed to upload media on this site.")
    sent = call.files.get("file")
    filename, data = _from_form(call, sent) if sent else _from_body(call)
    kind = tell_kind(filename, data)
    if kind is None:
        message = "Sorry, you are not allowed to upload this file type."
        raise RestError(500, "rest_upload_sideload_error", message)
    media = call.site.keep_media(_new_media(call, asked, filename, data, kind), data)
    location = f"{call.url}/wp-json/wp/v2/media/{media.id}"
    return Answer(status=201, body=media_json(call, media, "edit"), headers={"Location": location})


@router.on("POST PUT PATCH", _ONE)
async def update_media(call: Call) -> Answer:
    """`POST`, `PUT` or `PATCH /wp/v2/media/{id}`."""
    asked = check(call.params, _WRITE)
    media = _existing(call)
    if not _may_edit(call, media):
        refuse(call, "rest_cannot_edit", "Sorry, you are not allowed to edit this post.")
    if "slug" in asked:
        asked["slug"] = unique(sanitize_title(str(asked["slug"])), _taken_slugs(call) - {media.slug})
    changed = media.model_copy(update={**asked, "modified": call.now})
    return Answer(body=media_json(call, call.site.keep_media(changed), "edit"))


@router.on("DELETE", _ONE)
async def delete_media(call: Call) -> Answer:
    """`DELETE /wp/v2/media/{id}?force=true`."""
    asked = check(call.params, {"force": params.boolean})
    media = _existing(call)
    if not _may_edit(call, media):
        refuse(call, "rest_cannot_delete", "Sorry, you are not allowed to delete this post.")
    if not asked.get("force"):
        message = "The post does not support trashing. Set 'force=true' to delete."
        raise RestError(501, "rest_trash_not_supported", message)
    previous = media_json(call, media, "edit")
    call.site.drop_media(media.id)
    for post in list(call.site.posts.values()):
        if post.featured_media == media.id:
            call.site.keep_post(post.model_copy(update={"featured_media": 0}))
    return Answer(body={"deleted": True, "previous": previous})


def media_json(call: Call, media: Media, context: str) -> dict[str, object]:
    """An attachment as the REST API shows it."""
    source = file_url(call.url, media.file)
    name = media.file.rpartition("/")[2]
    full = {"file": name, "width": media.width, "height": media.height, "mime_type": media.mime_type}
    is_image = media.mime_type.startswith("image/")
    return {
        "id": media.id,
        "date": local(call.site, media.date),
        "date_gmt": gmt(media.date),
        "guid": both(source, source, context),
        "modified": local(call.site, media.modified),
        "modified_gmt": gmt(media.modified),
        "slug": media.slug,
        "status": "inherit",
        "type": "attachment",
        "link": f"{call.url}/{media.slug}/",
        "title": both(media.title, html.escape(media.title, quote=False), context),
        "author": media.author,
        "description": both(media.description, media.description, context),
        "caption": both(media.caption, media.caption, context),
        "alt_text": media.alt_text,
        "media_type": "image" if is_image else "file",
        "mime_type": media.mime_type,
        "media_details": {
            "width": media.width,
            "height": media.height,
            "file": media.file,
            "filesize": media.size,
            "sizes": {"full": {**full, "source_url": source}} if is_image else {},
        },
        "post": media.post or None,
        "source_url": source,
    }


def _new_media(call: Call, asked: Params, filename: str, data: bytes, kind: FileKind) -> Media:
    folder = call.now.strftime("%Y/%m")
    stem = sanitize_file_name(filename).rpartition(".")[0] or "file"
    taken = {media.file.removeprefix(f"{folder}/") for media in call.site.media.values()}
    name = unique_file_name(f"{stem}.{kind.extension}", taken)
    stem = name.rpartition(".")[0]
    return Media(
        id=call.site.next_object_id(),
        author=call.user.id if call.user else 0,
        date=call.now,
        modified=call.now,
        slug=unique(sanitize_title(str(asked.get("slug") or stem)), _taken_slugs(call)),
        title=str(asked.get("title") or stem),
        file=f"{folder}/{name}",
        mime_type=kind.mime_type,
        size=len(data),
        width=kind.width,
        height=kind.height,
        caption=str(asked.get("caption", "")),
        description=str(asked.get("description", "")),
        alt_text=str(asked.get("alt_text", "")),
        post=int(str(asked.get("post", 0))),
    )


def _from_form(call: Call, sent: UploadedFile) -> tuple[str, bytes]:
    if len(sent.data) > call.site.settings.upload_max_bytes:
        message = "The uploaded file exceeds the upload_max_filesize directive in php.ini."
        raise RestError(500, "rest_upload_unknown_error", message)
    _check_md5(call, sent.data)
    return sent.filename, sent.data


def _from_body(call: Call) -> tuple[str, bytes]:
    is_form = call.headers.get("content-type", "").startswith("multipart/")
    if not call.body and not is_form:
        raise RestError(400, "rest_upload_no_data", "No data supplied.")
    if not call.headers.get("content-type"):
        raise RestError(400, "rest_upload_no_content_type", "No Content-Type supplied.")
    disposition = call.headers.get("content-disposition")
    if not disposition:
        raise RestError(400, "rest_upload_no_content_disposition", "No Content-Disposition supplied.")
    filename = _filename_of(disposition)
    if not filename:
        message = (
            "Invalid Content-Disposition supplied. Content-Disposition needs to be formatted as "
            '`attachment; filename="image.png"` or similar.'
        )
        raise RestError(400, "rest_upload_invalid_disposition", message)
    _check_md5(call, call.body)
    return filename, call.body


def _check_md5(call: Call, data: bytes) -> None:
    expected = call.headers.get("content-md5", "").strip().lower()
    if expected and expected != hashlib.md5(data, usedforsecurity=False).hexdigest():
        raise RestError(412, "rest_upload_hash_mismatch", "Content hash did not match expected.")


def _filename_of(disposition: str) -> str:
    message = Message()
    message["Content-Disposition"] = disposition
    return (message.get_filename() or "").rpartition("/")[2]


def _matches(media: Media, asked: Params) -> bool:
    slugs, parents = asked.get("slug"), asked.get("parent")
    searched = f"{media.title} {media.caption} {media.description} {media.file}".lower()
    return (
        chosen(asked, media.id)
        and (not isinstance(slugs, tuple) or not slugs or media.slug in map(sanitize_title, slugs))
        and all(word in searched for word in str(asked.get("search", "")).lower().split())
        and media.mime_type.startswith(str(asked.get("media_type", "")))
        and asked.get("mime_type", media.mime_type) == media.mime_type
        and (not isinstance(parents, tuple) or not parents or media.post in parents)
    )


def _taken_slugs(call: Call) -> set[str]:
    """An attachment's slug must differ from those of posts too."""
    return {media.slug for media in call.site.media.values()} | {post.slug for post in call.site.posts.values()}


def _existing(call: Call) -> Media:
    media = call.site.media.get(call.number())
    if media is None:
        raise RestError(404, "rest_post_invalid_id", "Invalid post ID.")
    return media


def _may_edit(call: Call, media: Media) -> bool:
    return call.can("edit_others_posts") or (call.user is not None and call.user.id == media.author)
