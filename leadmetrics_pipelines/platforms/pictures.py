"""What the first bytes of a picture say: its type and its size in pixels. Nothing is decoded."""

from __future__ import annotations

import struct
from dataclasses import dataclass

_PNG, _GIF, _JPEG = b"\x89PNG\r\n\x1a\n", b"GIF8", b"\xff\xd8"
_HEADER = 24
# Start-of-frame markers; C4, C8 and CC among them are something else.
_FRAMES = set(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_MARKER = 0xFF


@dataclass(frozen=True, kw_only=True)
class PictureFacts:
    """A picture by its own account, whatever its media type was said to be."""

    media_type: str
    width: int
    height: int

    @property
    def pixels(self) -> int:
        """How many there are."""
        return self.width * self.height


def read_picture(data: bytes) -> PictureFacts | None:
    """The facts of a JPEG, PNG or GIF; None when it is none of them or is cut off."""
    try:
        if data.startswith(_PNG) and len(data) >= _HEADER:
            width, height = struct.unpack(">II", data[16:24])
            return PictureFacts(media_type="image/png", width=width, height=height)
        if data.startswith(_GIF):
            width, height = struct.unpack("<HH", data[6:10])
            return PictureFacts(media_type="image/gif", width=width, height=height)
        if data.startswith(_JPEG):
            return _read_jpeg(data)
    except struct.error:
        pass
    return None


def _read_jpeg(data: bytes) -> PictureFacts | None:
    """Walk from segment to segment until one is a frame. Raises struct.error at the end of the data."""
    at = len(_JPEG)
    while at < len(data):
        marker, kind = struct.unpack(">BB", data[at : at + 2])
        if marker != _MARKER:
            return None
        if kind == _MARKER:
            # Padding before a marker.
            at += 1
            continue
        if kind in _FRAMES:
            height, width = struct.unpack(">HH", data[at + 5 : at + 9])
            return PictureFacts(media_type="image/jpeg", width=width, height=height)
        (length,) = struct.unpack(">H", data[at + 2 : at + 4])
        at += 2 + length
    return None
