"""Pictures on their way to X: in one shot, GIFs in segments with a wait; then described (platform_apis.md 10.2).

Handles of a picture, by its digest: `upload:` the id of an upload in segments, `media:` the id of a whole upload,
`until:` when X forgets it (ISO 8601), `described:` the id whose description is set.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from leadmetrics_pipelines.errors import ContentRejected
from leadmetrics_pipelines.platforms.publishing import Image, Keep, StillProcessing
from leadmetrics_pipelines.platforms.x.client import XClient
from leadmetrics_pipelines.platforms.x.facts import GIF, X

_PLACING = "Placing the picture on X"
_UPLOAD = "/media/upload"
# An upload this close to its end is made anew: the post might come after it.
_MARGIN = timedelta(minutes=30)
_LIFE_SECONDS = 86_400
_POLL_SECONDS = 5.0
_UNDER_WAY = {"pending", "in_progress"}


class Uploads:
    """Places the pictures of one post; `placed` is changed and kept after every step that made something."""

    def __init__(self, client: XClient, placed: dict[str, str], keep: Keep) -> None:
        self._client = client
        self._placed = placed
        self._keep = keep

    def place(self, image: Image) -> None:
        """See to it that the picture may be used. Raises StillProcessing, or ContentRejected when X cannot use it."""
        if not self.is_usable(image):
            self._resume(image)
        if not self.is_usable(image):
            self._upload(image)
        number = self._placed[f"media:{image.digest}"]
        if image.media_type == GIF:
            self._require_processed(self._status(number))
        if image.alt and self._placed.get(f"described:{image.digest}") != number:
            described = {"id": number, "metadata": {"alt_text": {"text": image.alt}}}
            self._client.place("/media/metadata", described, doing=_PLACING)
            self._note(image, described=number)

    def is_usable(self, image: Image) -> bool:
        """Whether the whole picture is there, for long enough."""
        until = self._placed.get(f"until:{image.digest}", "")
        if not until or f"media:{image.digest}" not in self._placed:
            return False
        return datetime.fromisoformat(until) - self._client.clock.now() > _MARGIN

    def _upload(self, image: Image) -> None:
        if image.media_type == GIF:
            self._upload_segments(image)
            return
        fields = {"media_category": "tweet_image"}
        self._note_whole(image, self._client.place_file(_UPLOAD, fields, image.data, image.media_type, doing=_PLACING))

    def _upload_segments(self, image: Image) -> None:
        asked = {"media_type": image.media_type, "total_bytes": len(image.data), "media_category": "tweet_gif"}
        number = str(self._client.place(f"{_UPLOAD}/initialize", asked, doing=_PLACING)["id"])
        self._note(image, upload=number)
        size = X.most("segment_bytes")
        for index, start in enumerate(range(0, len(image.data), size)):
            segment = image.data[start : start + size]
            fields = {"segment_index": str(index)}
            self._client.place_file(f"{_UPLOAD}/{number}/append", fields, segment, image.media_type, doing=_PLACING)
        self._note_whole(image, self._client.place(f"{_UPLOAD}/{number}/finalize", None, doing=_PLACING))

    def _resume(self, image: Image) -> None:
        """An upload in segments whose end was not answered may be whole."""
        number = self._placed.get(f"upload:{image.digest}")
        if number is None or self._placed.get(f"media:{image.digest}") == number:
            return
        try:
            status = self._status(number)
        except ContentRejected:
            # Unknown or expired: it is made anew.
            return
        if (status.get("processing_info") or {}).get("state") in {*_UNDER_WAY, "succeeded"}:
            self._note_whole(image, status)

    def _status(self, number: str) -> dict[str, Any]:
        asked = {"command": "STATUS", "media_id": number}
        found = self._client.read(_UPLOAD, asked, doing=_PLACING).get("data")
        return found if isinstance(found, dict) else {}

    def _require_processed(self, status: dict[str, Any]) -> None:
        info = status.get("processing_info") or {}
        if info.get("state") in _UNDER_WAY:
            wait = info.get("check_after_secs")
            seconds = float(wait) if isinstance(wait, int | float) else _POLL_SECONDS
            raise StillProcessing(f"{_PLACING}: X is still processing it.", seconds)
        if info.get("state") == "failed":
            raise ContentRejected(f"{_PLACING}: X cannot process the picture. Replace it with another file.")

    def _note_whole(self, image: Image, answered: dict[str, Any]) -> None:
        life = answered.get("expires_after_secs")
        seconds = life if isinstance(life, int) and life > 0 else _LIFE_SECONDS
        until = self._client.clock.now() + timedelta(seconds=seconds)
        self._note(image, media=str(answered["id"]), until=until.isoformat())

    def _note(self, image: Image, **facts: str) -> None:
        self._placed.update({f"{name}:{image.digest}": value for name, value in facts.items()})
        self._keep(dict(self._placed))
