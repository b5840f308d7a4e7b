"""Posts: their words, versions, differences and images, and why they are not out yet."""

from __future__ import annotations

from datetime import datetime
from http import HTTPStatus
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Path, Query, Response, UploadFile
from pydantic import Discriminator, Field, Tag

from leadmetrics_pipelines.domain.content import ContentKind, PostStatus, RequestStatus
from leadmetrics_pipelines.domain.contents import words_of
from leadmetrics_pipelines.domain.differences import Change, diff_words
from leadmetrics_pipelines.review.api.authentication import Editor, Reader, Unblocker
from leadmetrics_pipelines.review.api.schemas import (
    ApprovalOut,
    CheckOut,
    CommentOut,
    DecisionOut,
    In,
    Listed,
    NewsletterIn,
    Out,
    PostIn,
    PostVersionOut,
    SocialPostIn,
    VerdictOut,
    VersionOut,
    kind_given,
)
from leadmetrics_pipelines.services import contents, listings, posts
from leadmetrics_pipelines.services.publishing import retry_publication
from leadmetrics_pipelines.services.release import ReleaseLimits, release_verdict
from leadmetrics_pipelines.services.settling import settle_as_absent, settle_as_live
from leadmetrics_pipelines.services.views.item import read_post_item

router = APIRouter(tags=["posts"])
Version = Annotated[int, Path(ge=1, le=2**31 - 1)]


class PostOut(Out):
    """A post as it stands."""

    id: UUID
    request_id: UUID
    period_id: UUID | None
    channel_id: UUID | None
    kind: ContentKind
    title: str
    slug: str
    status: PostStatus
    version: int
    publish_at: datetime | None
    published_url: str | None
    published_at: datetime | None
    problem: str | None
    author_name: str
    created_at: datetime
    status_since: datetime


class PublicationOut(Out):
    """The post's row in the ledger of outside writes."""

    state: str
    attempt: int
    error: str | None
    remote_url: str | None
    sent_at: datetime | None
    settled_at: datetime | None


class PostDetailOut(Out):
    """A post with all that helps to decide about it. `present` is null until something is written."""

    id: UUID
    kind: ContentKind
    status: PostStatus
    version: int
    author_name: str
    status_since: datetime
    request_id: UUID
    request_status: RequestStatus
    present: PostVersionOut | None
    verdict: VerdictOut
    publication: PublicationOut | None
    published_url: str | None
    published_at: datetime | None
    differences: list[str]
    problem: str | None
    approvals: list[ApprovalOut]
    decisions: list[DecisionOut]
    comments: list[CommentOut]
    checks: list[CheckOut]
    versions: list[VersionOut]


SeenVersion = Annotated[
    int, Field(ge=0, le=2**31 - 1, description="The version that was edited; 409 when there is a newer.")
]


class PostEditIn(PostIn):
    """Changed words of a blog post: the whole of them, not only what changed."""

    seen_version: SeenVersion


class SocialPostEditIn(SocialPostIn):
    """Changed words of a social post: the whole of them, not only what changed."""

    seen_version: SeenVersion


class NewsletterEditIn(NewsletterIn):
    """Changed words of a newsletter: the whole of them, not only what changed."""

    seen_version: SeenVersion


AnyPostEditIn = Annotated[
    Annotated[PostEditIn, Tag("blog")]
    | Annotated[SocialPostEditIn, Tag("social")]
    | Annotated[NewsletterEditIn, Tag("newsletter")],
    Discriminator(kind_given),
]


class PieceOut(Out):
    """A run of text with one fate."""

    change: Change
    text: str


class DifferenceOut(Out):
    """What leads from one version to another, word by word."""

    from_version: int
    to_version: int
    parts: dict[str, list[PieceOut]] = Field(description="By field: title and excerpt, text, subject, ...")


class ImageOut(Out):
    """A stored image. Use `digest` as `image_digest` of a post."""

    digest: str
    bytes: int


@router.get("/posts", summary="List posts")
def list_posts(
    caller: Reader, status: PostStatus | None = None, period_id: UUID | None = None, after: str | None = None,
    limit: Annotated[int, Query(ge=1, le=200)] = listings.PAGE,
) -> Listed[PostOut]:  # fmt: skip
    """Posts, newest first, without their words."""
    with caller.work() as work:
        found = listings.list_posts(work, status=status, period_id=period_id, after=after, limit=limit)
    return Listed[PostOut].model_validate(found)


@router.get("/posts/{post_id}", summary="One post")
def get_post(caller: Reader, post_id: UUID) -> PostDetailOut:
    """The present version, the approvals, decisions, comments, checks and versions, and why it is not out yet."""
    with caller.work() as work:
        return PostDetailOut.model_validate(read_post_item(work, post_id))


@router.get("/posts/{post_id}/versions/{version}", summary="One version of a post")
def get_version(caller: Reader, post_id: UUID, version: Version) -> PostVersionOut:
    """The words of an earlier version, or of the present one."""
    with caller.work() as work:
        return PostVersionOut.model_validate(contents.read_post(work, post_id, version))


@router.get("/posts/{post_id}/difference", summary="Compare two versions")
def compare_versions(
    caller: Reader, post_id: UUID, from_version: Annotated[int, Query(ge=1, le=2**31 - 1)],
    to_version: Annotated[int | None, Query(ge=1, le=2**31 - 1, description="By default the present version.")] = None,
) -> DifferenceOut:  # fmt: skip
    """Every field of words, word by word."""
    with caller.work() as work:
        before, after = contents.read_post(work, post_id, from_version), contents.read_post(work, post_id, to_version)
    old, new = words_of(before.content), words_of(after.content)
    parts = {
        name: [PieceOut.model_validate(piece) for piece in diff_words(old.get(name, ""), text)]
        for name, text in new.items()
    }
    return DifferenceOut(from_version=before.version, to_version=after.version, parts=parts)


@router.put("/posts/{post_id}", summary="Edit a post")
def edit_post(caller: Editor, post_id: UUID, body: AnyPostEditIn) -> PostVersionOut:
    """Save a new version. What was open is superseded, what was approved is withdrawn: it needs approval anew."""
    with caller.work() as work:
        saved = posts.edit_post(work, post_id, body.content_value(), seen_version=body.seen_version)
    return PostVersionOut.model_validate(saved)


@router.get("/posts/{post_id}/release", summary="Why is this not out yet?")
def get_release(caller: Reader, post_id: UUID) -> VerdictOut:
    """The publisher's own answer."""
    limits = ReleaseLimits.of(caller.runtime.settings)
    with caller.work() as work:
        return VerdictOut.model_validate(release_verdict(work, post_id, limits=limits))


@router.post("/posts/{post_id}/retry", summary="Try to publish again")
def retry_post(caller: Unblocker, post_id: UUID) -> VerdictOut:
    """After the cause of a refusal was mended. The publisher looks on the site first; nothing is sent twice."""
    limits = ReleaseLimits.of(caller.runtime.settings)
    with caller.work() as work:
        retry_publication(work, post_id)
        return VerdictOut.model_validate(release_verdict(work, post_id, limits=limits))


class SettleIn(In):
    """What a person saw on the platform."""

    outcome: Literal["live", "send_again", "let_be"]
    url: str = Field(default="", description="Where you found it; for `live` only.")


@router.post("/posts/{post_id}/settle", summary="Settle a doubt by hand")
def settle_post(caller: Unblocker, post_id: UUID, body: SettleIn) -> VerdictOut:
    """When the publisher cannot find out what became of a call: you looked on the platform, and say so."""
    limits = ReleaseLimits.of(caller.runtime.settings)
    with caller.work() as work:
        if body.outcome == "live":
            settle_as_live(work, post_id, body.url)
        else:
            settle_as_absent(work, post_id, send_again=body.outcome == "send_again")
        return VerdictOut.model_validate(release_verdict(work, post_id, limits=limits))


@router.post("/images", status_code=HTTPStatus.CREATED, summary="Upload an image")
def upload_image(caller: Editor, file: UploadFile) -> ImageOut:
    """A PNG, JPEG, GIF or WebP of up to 8 MB. The same bytes give the same digest."""
    data = file.file.read()
    with caller.work() as work:
        digest = posts.store_image(work, data, file.content_type or "")
    return ImageOut(digest=digest, bytes=len(data))


@router.get("/images/{digest}", summary="One image", response_class=Response)
def get_image(caller: Reader, digest: Annotated[str, Path(pattern="^[0-9a-f]{64}$")]) -> Response:
    """The bytes of a stored image."""
    with caller.work() as work:
        image = listings.read_image(work, digest)
    headers = {"X-Content-Type-Options": "nosniff", "Cache-Control": "private, max-age=31536000, immutable"}
    return Response(image.data, media_type=image.media_type, headers=headers)
