"""What a post needs at the site before it: picture, categories, tags. Each looks first, so it may be repeated.

Numbers in brackets are facts of reference/wordpress.md.
"""

from __future__ import annotations

import hashlib
import html
from http import HTTPStatus
from typing import Any

from leadmetrics_pipelines.errors import ContentRejected, OutcomeUnknown, PlatformUnavailable
from leadmetrics_pipelines.kit.digests import canonical_json, sha256_bytes
from leadmetrics_pipelines.kit.http import Answer
from leadmetrics_pipelines.platforms.facts import WORDPRESS
from leadmetrics_pipelines.platforms.publishing import Image
from leadmetrics_pipelines.platforms.wordpress.client import WordPressClient
from leadmetrics_pipelines.platforms.wordpress.errors import classify, describe_size, read_code
from leadmetrics_pipelines.platforms.wordpress.reading import JSON, read_list, read_object

_MEDIA = "wp/v2/media"
_EXTENSIONS = {"image/jpeg": "jpg", "image/png": "png", "image/webp": "webp", "image/gif": "gif"}


def place_picture(client: WordPressClient, image: Image) -> str:
    """The site's id of the picture, which its digest names there; uploaded only if it is absent."""
    if sha256_bytes(image.data) != image.digest:
        raise ContentRejected("The picture is not the one that was approved: its bytes have another digest.")
    name = f"leadmetrics-{image.digest[:32]}"
    media = _find_media(client, name) or _upload(client, image, name)
    if (media.get("alt_text") or "") != image.alt:
        body = canonical_json({"alt_text": image.alt})
        _write(client, f"{_MEDIA}/{int(media['id'])}", body, JSON, HTTPStatus.OK)
    return str(media["id"])


def place_terms(client: WordPressClient, path: str, names: tuple[str, ...]) -> str:
    """The ids of categories or tags by their names, joined by commas; made where the site has none."""
    return ",".join(_place_term(client, path, name) for name in names)


def _place_term(client: WordPressClient, path: str, name: str) -> str:
    params = {"search": name, "per_page": "100", "_fields": "id,name"}
    for term in read_list(client.get(path, params), doing=f"Looking for '{name}'"):
        # [19] Names come back escaped.
        if html.unescape(str(term.get("name"))).casefold() == name.casefold():
            return str(int(term["id"]))
    answer = _post(client, path, canonical_json({"name": name}), JSON)
    if read_code(answer) == "term_exists":
        return str(int(answer.json()["data"]["term_id"]))
    return str(int(_read_written(answer, HTTPStatus.CREATED)["id"]))


def _find_media(client: WordPressClient, name: str) -> dict[str, Any] | None:
    params = {"slug": name, "context": "edit", "_fields": "id,slug,alt_text"}
    found = read_list(client.get(_MEDIA, params), doing="Looking for the picture")
    return next((media for media in found if media.get("slug") == name), None)


def _upload(client: WordPressClient, image: Image, name: str) -> dict[str, Any]:
    extension = _EXTENSIONS.get(image.media_type)
    if extension is None:
        raise ContentRejected(f"Pictures of type {image.media_type} are not sent. Use JPEG, PNG, WebP or GIF.")
    if len(image.data) > WORDPRESS.most("image_bytes"):
        raise ContentRejected(f"The picture has {describe_size(len(image.data))}. Make it smaller.")
    headers = {
        "Content-Type": image.media_type,
        "Content-Disposition": f'attachment; filename="{name}.{extension}"',
        # [20] The site checks it; it is a checksum here, not a signature.
        "Content-MD5": hashlib.md5(image.data, usedforsecurity=False).hexdigest(),
    }
    return _write(client, _MEDIA, image.data, headers, HTTPStatus.CREATED)


def _write(
    client: WordPressClient, path: str, body: bytes, headers: dict[str, str], hoped: HTTPStatus
) -> dict[str, Any]:
    return _read_written(_post(client, path, body, headers), hoped, sent_bytes=len(body))


def _post(client: WordPressClient, path: str, body: bytes, headers: dict[str, str]) -> Answer:
    try:
        return client.post(path, body, headers)
    except (OutcomeUnknown, PlatformUnavailable) as error:
        raise PlatformUnavailable(f"{error} No post was sent.") from error


def _read_written(answer: Answer, hoped: HTTPStatus, *, sent_bytes: int = 0) -> dict[str, Any]:
    """A write that may be repeated, because it looks first: an open outcome is only a fault of the moment."""
    doing = "Placing what belongs to the post"
    try:
        if answer.status != hoped:
            raise classify(answer, doing=doing, writing=True, sent_bytes=sent_bytes)
        return read_object(answer, doing=doing)
    except (OutcomeUnknown, PlatformUnavailable) as error:
        raise PlatformUnavailable(f"{error} No post was sent.") from error
