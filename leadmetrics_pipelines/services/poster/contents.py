"""What is about to be sent: the stored words and image of a post, and the proof that they are what was approved.

The proof is made from the bytes of the request and of the image themselves, not from what the database says of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from leadmetrics_pipelines.domain.approvals import SeenPost
from leadmetrics_pipelines.errors import PermanentError
from leadmetrics_pipelines.kit.digests import sha256_bytes
from leadmetrics_pipelines.platforms.base import Image, OutgoingPost, PreparedPost, make_marker
from leadmetrics_pipelines.services.poster.ledger import Parcel
from leadmetrics_pipelines.services.posts import PostVersion, read_post
from leadmetrics_pipelines.storage.content.models import ImageFile
from leadmetrics_pipelines.storage.database import UnitOfWork


class SealBroken(PermanentError):
    """What would go out is not what was approved; the message says what is different."""


@dataclass(frozen=True, kw_only=True)
class Contents:
    """A parcel's contents. `image_digest`: SHA-256 of the image's bytes as they are now."""

    channel_id: UUID
    version: PostVersion
    outgoing: OutgoingPost
    image_digest: str | None


def load_contents(work: UnitOfWork, parcel: Parcel, channel_id: UUID) -> Contents:
    """Read the words and the image that go out. Raises NotFound, SealBroken (the image is gone)."""
    version = parcel.version or read_post(work, parcel.post_id)
    content = version.content
    image = _load_image(work, content.image_digest, content.image_alt)
    outgoing = OutgoingPost(
        marker=make_marker(parcel.publication_id), title=content.title, slug=content.slug, excerpt=content.excerpt,
        body_html=version.body_html, image=image, publish_at=content.publish_at,
    )  # fmt: skip
    return Contents(
        channel_id=channel_id, version=version, outgoing=outgoing, image_digest=image.digest if image else None
    )


def _load_image(work: UnitOfWork, digest: str | None, alt: str) -> Image | None:
    if digest is None:
        return None
    file = work.session.get(ImageFile, (work.tenant_id, digest))
    if file is None:
        msg = "The image that was approved is no longer stored. Upload it again."
        raise SealBroken(msg)
    return Image(digest=sha256_bytes(file.data), media_type=file.media_type, data=file.data, alt=alt)


def check_seal(contents: Contents, prepared: PreparedPost, *, seal: str, media_id: str | None) -> None:
    """Raise SealBroken unless the request, byte for byte, says what was approved under `seal`."""
    seen, wanted = prepared.seen(), contents.version.content
    if contents.image_digest != wanted.image_digest:
        msg = "The image's bytes are not those that were approved. Upload the image again."
        raise SealBroken(msg)
    image = contents.outgoing.image
    alt = image.alt if image else wanted.image_alt
    actual = SeenPost(
        channel_id=contents.channel_id, title=seen.title, slug=seen.slug, excerpt=seen.excerpt,
        body_html=seen.body_html, image_digest=contents.image_digest, image_alt=alt, publish_at=seen.publish_at,
    )  # fmt: skip
    if actual.seal() != seal:
        raise SealBroken(_explain(contents, actual))
    if (seen.marker, seen.media_id) != (contents.outgoing.marker, media_id):
        msg = "The request that would be sent carries another marker or picture than this post's."
        raise SealBroken(msg)


def _explain(contents: Contents, actual: SeenPost) -> str:
    stored, body_html = contents.version.content, contents.version.body_html
    fields = {
        "title": (actual.title, stored.title),
        "address": (actual.slug, stored.slug),
        "excerpt": (actual.excerpt, stored.excerpt),
        "text": (actual.body_html, body_html),
        "time": (actual.publish_at, stored.publish_at),
    }
    differing = [name for name, (would_go, is_stored) in fields.items() if would_go != is_stored]
    if differing:
        return f"The platform's form of this post changes its {' and '.join(differing)}, so it was not sent."
    return (
        f"Version {contents.version.version} changed after it was approved (text, image, channel or time),"
        " so it was not sent. Compare the versions and decide again."
    )
