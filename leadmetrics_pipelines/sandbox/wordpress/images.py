"""What kind of file some bytes are, and how large a picture is. Reads headers only."""

from __future__ import annotations

import struct
from dataclasses import dataclass

_MIME_OF_EXTENSION = {
    "jpg": "image/jpeg", "jpeg": "image/jpeg", "png": "image/png", "gif": "image/gif", "webp": "image/webp",
    "pdf": "application/pdf", "mp4": "video/mp4", "mp3": "audio/mpeg", "txt": "text/plain",
}  # fmt: skip
_EXTENSION_OF_MIME = {"image/jpeg": "jpg", "image/png": "png", "image/gif": "gif", "image/webp": "webp"}


@dataclass(frozen=True, kw_only=True)
class FileKind:
    """A file's type and, for pictures, its size in pixels."""

    mime_type: str
    extension: str
    width: int = 0
    height: int = 0


def tell_kind(filename: str, data: bytes) -> FileKind | None:
    """The kind that WordPress would store the file as; None when it refuses it.

    The name's extension must be an allowed one; a picture's true type wins over its name.
    """
    extension = filename.rpartition(".")[2].lower()
    named = _MIME_OF_EXTENSION.get(extension)
    if named is None:
        return None
    if not named.startswith("image/"):
        return FileKind(mime_type=named, extension=extension)
    true = _true_type(data)
    if true is None:
        return None
    width, height = _size(true, data)
    kept = extension if true == named else _EXTENSION_OF_MIME[true]
    return FileKind(mime_type=true, extension=kept, width=width, height=height)


def _true_type(data: bytes) -> str | None:
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if data.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if data[:6] in {b"GIF87a", b"GIF89a"}:
        return "image/gif"
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "image/webp"
    return None


def _size(mime_type: str, data: bytes) -> tuple[int, int]:
    try:
        if mime_type == "image/png":
            width, height = struct.unpack(">II", data[16:24])
        elif mime_type == "image/gif":
            width, height = struct.unpack("<HH", data[6:10])
        elif mime_type == "image/jpeg":
            width, height = _jpeg_size(data)
        else:
            width, height = 0, 0
    except struct.error:
        return 0, 0
    return width, height


# Start-of-frame markers lie in this range, three others with them.
_FRAME_MARKERS = set(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_FRAME_HEADER = 9


def _jpeg_size(data: bytes) -> tuple[int, int]:
    position = 2
    while position + _FRAME_HEADER < len(data):
        marker, length = data[position + 1], struct.unpack(">H", data[position + 2 : position + 4])[0]
        if marker in _FRAME_MARKERS:
            height, width = struct.unpack(">HH", data[position + 5 : position + _FRAME_HEADER])
            return width, height
        position += 2 + length
    return 0, 0
