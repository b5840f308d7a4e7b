"""Calls to Webflow's Data API, and the upload of a picture's bytes to where it says."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

from leadmetrics_pipelines.errors import AccessRevoked, ContentRejected, OutcomeUnknown, PlatformUnavailable
from leadmetrics_pipelines.kit.http import HttpClients
from leadmetrics_pipelines.kit.origins import Origins
from leadmetrics_pipelines.platforms.connecting import Credentials
from leadmetrics_pipelines.platforms.json_api import JsonApi
from leadmetrics_pipelines.platforms.publishing import Image
from leadmetrics_pipelines.platforms.webflow.errors import DIALECT
from leadmetrics_pipelines.platforms.webflow.facts import API, WEBFLOW

_PAGE = 100
_MOST_PAGES = 100


class WebflowClient(JsonApi):
    """Signed by `access_token`. Raises AccessRevoked where there is none."""

    def __init__(self, credentials: Credentials, *, http: HttpClients, origins: Origins) -> None:
        token = credentials.get("access_token")
        if not token:
            raise AccessRevoked("The channel has no access token of Webflow. Connect it again.")
        super().__init__(dialect=DIALECT, http=http, origins=origins, headers={"Authorization": f"Bearer {token}"})
        # The store of the pictures' bytes is not Webflow's API: it never gets the token.
        self._store = JsonApi(dialect=DIALECT, http=http, origins=origins, headers={})

    def url(self, path: str) -> str:
        """The address of `path`, which begins without a slash."""
        return f"{API}/{WEBFLOW.versions[0].version}/{path}"

    def walk_items(self, collection_id: str, params: Mapping[str, str], *, doing: str) -> Iterator[dict[str, Any]]:
        """The items of a collection, page by page."""
        url = self.url(f"collections/{collection_id}/items")
        for page_number in range(_MOST_PAGES):
            offset = {"limit": str(_PAGE), "offset": str(page_number * _PAGE)}
            page = self.ask(url, {**params, **offset}, doing=doing)
            yield from page["items"]
            if len(page["items"]) < _PAGE:
                return

    def upload(self, address: str, fields: Mapping[str, str], image: Image, name: str, *, doing: str) -> None:
        """The bytes of a picture, as the form that was handed out for them. May be repeated."""
        if urlsplit(address).scheme != "https":
            raise PlatformUnavailable(f"{doing}: Webflow named an address for the upload that is not https.")
        boundary = f"leadmetrics-{image.digest}"
        content = _as_form(fields, image, name, boundary)
        headers = {"Content-Type": f"multipart/form-data; boundary={boundary}"}
        try:
            answer = self._store.write("POST", address, content, headers)
        except OutcomeUnknown as error:
            raise PlatformUnavailable(f"{doing}: {error} Nothing is public.") from error
        if answer.status in {HTTPStatus.OK, HTTPStatus.CREATED, HTTPStatus.NO_CONTENT}:
            return
        if answer.status in {HTTPStatus.BAD_REQUEST, HTTPStatus.REQUEST_ENTITY_TOO_LARGE}:
            raise ContentRejected(f"{doing}: Webflow's store refused the picture ({answer.status}). Use another one.")
        raise PlatformUnavailable(f"{doing}: Webflow's store answered {answer.status}. It is tried again later.")


def _as_form(fields: Mapping[str, str], image: Image, name: str, boundary: str) -> bytes:
    """RFC 7578; the file comes last, as the store wants it."""
    parts = [
        f'--{boundary}\r\nContent-Disposition: form-data; name="{key}"\r\n\r\n{value}\r\n'
        for key, value in fields.items()
    ]
    head = (
        f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n'
        f"Content-Type: {image.media_type}\r\n\r\n"
    )
    return "".join([*parts, head]).encode() + image.data + f"\r\n--{boundary}--\r\n".encode()
