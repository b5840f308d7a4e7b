"""What is about to be sent: the stored words and pictures of a post, and the proof that they are what was approved.

The proof is made from the bytes of the requests and of the pictures themselves, not from what the database says of
them. It is the same for every kind and every platform.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from leadmetrics_pipelines.domain.contents import BlogContent, NewsletterContent, Picture, pictures_of
from leadmetrics_pipelines.errors import PermanentError
from leadmetrics_pipelines.kit.digests import sha256_bytes
from leadmetrics_pipelines.platforms.publishing import (
    AnyOutgoing,
    Image,
    OutgoingArticle,
    OutgoingCampaign,
    OutgoingSocial,
    Prepared,
    Seen,
)
from leadmetrics_pipelines.services.contents import PostVersion, read_post
from leadmetrics_pipelines.services.poster.ledger import Parcel
from leadmetrics_pipelines.storage.content.models import ImageFile
from leadmetrics_pipelines.storage.database import UnitOfWork


class SealBroken(PermanentError):
    """What would go out is not what was approved; the message says what is different."""


@dataclass(frozen=True, kw_only=True)
class Contents:
    """A parcel's contents. The digests in `item` are of the pictures' bytes as they are now."""

    version: PostVersion
    item: AnyOutgoing


def load_contents(work: UnitOfWork, parcel: Parcel, *, media_url: str = "") -> Contents:
    """Read the words and the pictures that go out. Raises NotFound, SealBroken (a picture is gone).

    `media_url`: where stored pictures are public, without a slash at its end; empty where they are not.
    """
    version = parcel.version or read_post(work, parcel.post_id)
    images = tuple(_load_image(work, picture, media_url) for picture in pictures_of(version.content))
    return Contents(version=version, item=_make_item(version, str(parcel.publication_id), images))


def has_words(parcel: Parcel) -> bool:
    """Whether everything that goes out was read with the batch: its words, and it has no pictures."""
    return parcel.version is not None and not pictures_of(parcel.version.content)


def make_contents(parcel: Parcel) -> Contents:
    """The contents of a parcel that `has_words`."""
    if parcel.version is None:
        msg = "The words were not read with the batch."
        raise SealBroken(msg)
    return Contents(version=parcel.version, item=_make_item(parcel.version, str(parcel.publication_id), ()))


def _make_item(version: PostVersion, marker: str, images: tuple[Image, ...]) -> AnyOutgoing:
    content, at = version.content, version.content.publish_at
    if isinstance(content, BlogContent):
        return OutgoingArticle(
            marker=marker, publish_at=at, title=content.title, slug=content.slug, excerpt=content.excerpt,
            body_html=version.body_html, image=images[0] if images else None, categories=content.categories,
            tags=content.tags,
        )  # fmt: skip
    if isinstance(content, NewsletterContent):
        return OutgoingCampaign(
            marker=marker, publish_at=at, subject=content.subject, preview_text=content.preview_text,
            body_html=version.body_html, from_name=content.from_name, reply_to=content.reply_to,
        )  # fmt: skip
    return OutgoingSocial(marker=marker, publish_at=at, text=content.text, link=content.link, images=images)


def _load_image(work: UnitOfWork, picture: Picture, media_url: str) -> Image:
    file = work.session.get(ImageFile, (work.tenant_id, picture.digest))
    if file is None:
        msg = "The image that was approved is no longer stored. Upload it again."
        raise SealBroken(msg)
    return Image(
        digest=sha256_bytes(file.data), media_type=file.media_type, data=file.data, alt=picture.alt,
        url=f"{media_url}/{work.tenant_id}/{picture.digest}" if media_url else "",
    )  # fmt: skip


def check_seal(contents: Contents, prepared: Prepared, *, seal: str) -> None:
    """Raise SealBroken unless the requests, byte for byte, say what was approved under `seal`."""
    approved = tuple(picture.digest for picture in pictures_of(contents.version.content))
    if tuple(image.digest for image in images_of(contents.item)) != approved:
        msg = "The image's bytes are not those that were approved. Upload the image again."
        raise SealBroken(msg)
    if contents.version.seal != seal:
        msg = (
            f"Version {contents.version.version} changed after it was approved (text, image, channel or time),"
            " so it was not sent. Compare the versions and decide again."
        )
        raise SealBroken(msg)
    differing = list(_compare(contents.item, prepared.seen()))
    if differing:
        raise SealBroken(f"The platform's form of this post changes its {' and '.join(differing)}, so it was not sent.")


def images_of(item: AnyOutgoing) -> tuple[Image, ...]:
    """The pictures of an item, in order."""
    if isinstance(item, OutgoingSocial):
        return item.images
    if isinstance(item, OutgoingArticle) and item.image is not None:
        return (item.image,)
    return ()


def _compare(item: AnyOutgoing, seen: Seen) -> Iterator[str]:
    """The names of what the bytes say otherwise. What a platform has no place for is not there to be compared."""
    wanted = _wanted(item)
    if seen.body != wanted.body:
        yield "text"
    plain = (
        ("marker", seen.marker, wanted.marker), ("title", seen.title, wanted.title),
        ("address", seen.slug, wanted.slug), ("excerpt", seen.excerpt, wanted.excerpt),
        ("link", seen.link, wanted.link), ("sender", seen.from_name, wanted.from_name),
        ("address for answers", seen.reply_to, wanted.reply_to), ("picture's description", seen.alts, wanted.alts),
        ("time", seen.publish_at, wanted.publish_at),
    )  # fmt: skip
    yield from (name for name, found, hoped in plain if found is not None and found != hoped)
    if seen.images is not None and not _same_images(seen.images, images_of(item)):
        yield "picture"


def _wanted(item: AnyOutgoing) -> Seen:
    alts = tuple(image.alt for image in images_of(item))
    if isinstance(item, OutgoingArticle):
        return Seen(
            marker=item.marker, title=item.title, slug=item.slug, excerpt=item.excerpt, body=item.body_html, alts=alts,
            publish_at=item.publish_at,
        )  # fmt: skip
    if isinstance(item, OutgoingCampaign):
        return Seen(
            marker=item.marker, title=item.subject, excerpt=item.preview_text, body=item.body_html,
            from_name=item.from_name, reply_to=item.reply_to, publish_at=item.publish_at,
        )  # fmt: skip
    return Seen(marker=item.marker, body=item.text, link=item.link, alts=alts, publish_at=item.publish_at)


def _same_images(seen: tuple[str, ...], images: tuple[Image, ...]) -> bool:
    """Each by the digest of its bytes, or of the address from which the platform fetches them."""
    return len(seen) == len(images) and all(
        digest == image.digest or (image.url and digest == sha256_bytes(image.url.encode()))
        for digest, image in zip(seen, images, strict=True)
    )
