"""What the first bytes of a picture say."""

from __future__ import annotations

import struct

import pytest

from leadmetrics_pipelines.platforms.pictures import read_picture
from tests.platforms.builders import an_image

EXIF = b"\xff\xe1" + struct.pack(">H", 6) + b"Exif"
FRAME = b"\xff\xc2" + struct.pack(">HBHHB", 11, 8, 1080, 1920, 3)


@pytest.mark.parametrize(
    ("data", "kind", "width", "height"),
    [
        (an_image().data, "image/png", 1, 1),
        (b"GIF89a" + struct.pack("<HH", 320, 200), "image/gif", 320, 200),
        (b"\xff\xd8" + EXIF + b"\xff" + FRAME, "image/jpeg", 1920, 1080),
    ],
)
def test_type_and_size_are_read(data: bytes, kind: str, width: int, height: int) -> None:
    """Whatever the media type was said to be."""
    facts = read_picture(data)
    assert facts is not None
    assert (facts.media_type, facts.width, facts.height, facts.pixels) == (kind, width, height, width * height)


@pytest.mark.parametrize("data", [b"", b"RIFF1234WEBP", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"\xff\xd8xx", EXIF])
def test_what_is_no_picture_or_cut_off_has_no_facts(data: bytes) -> None:
    """None, not an error."""
    assert read_picture(data) is None
