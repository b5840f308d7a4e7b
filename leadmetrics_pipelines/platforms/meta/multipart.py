"""Uploads as multipart bodies: the same fields and bytes give the same body, and what a body says can be read back."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass

_NAME = re.compile(rb'name="([^"]*)"')


@dataclass(frozen=True, kw_only=True)
class Upload:
    """One multipart body and the content type that goes with it."""

    content_type: str
    body: bytes

    def parts(self) -> dict[str, bytes]:
        """The fields by name, the file among them."""
        boundary = b"--" + self.content_type.partition("boundary=")[2].encode()
        found: dict[str, bytes] = {}
        for part in self.body.split(boundary)[1:-1]:
            head, _, value = part.removeprefix(b"\r\n").partition(b"\r\n\r\n")
            name = _NAME.search(head)
            if name is not None:
                found[name[1].decode()] = value.removesuffix(b"\r\n")
        return found


def build_upload(fields: Mapping[str, str], *, name: str, file_name: str, media_type: str, data: bytes) -> Upload:
    """A body of text fields and one file. The boundary is made of the content, so that it cannot occur in it."""
    boundary = "leadmetrics-" + hashlib.sha256(data + repr(sorted(fields.items())).encode()).hexdigest()[:40]
    parts = [
        f'--{boundary}\r\nContent-Disposition: form-data; name="{key}"\r\n\r\n{value}\r\n'.encode()
        for key, value in sorted(fields.items())
    ]
    head = (
        f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"; filename="{file_name}"\r\n'
        f"Content-Type: {media_type}\r\n\r\n"
    )
    body = b"".join(parts) + head.encode() + data + f"\r\n--{boundary}--\r\n".encode()
    return Upload(content_type=f"multipart/form-data; boundary={boundary}", body=body)
