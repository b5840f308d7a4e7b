"""What goes over the wire: the models every part of the API shares. Instants are UTC, ISO 8601 with an offset."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any, Generic, Literal, TypeVar
from uuid import UUID

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Discriminator, Field, Tag

from leadmetrics_pipelines.domain.approvals import ApprovalStatus, Decision, SubjectKind
from leadmetrics_pipelines.domain.content import ContentKind, Priority, SearchIntent
from leadmetrics_pipelines.domain.contents import BlogContent, NewsletterContent, Picture, SocialContent
from leadmetrics_pipelines.services.requests import RequestBrief

T = TypeVar("T")


class In(BaseModel):
    """A request's body. Unknown fields are refused: a typing error would otherwise be lost in silence."""

    model_config = ConfigDict(extra="forbid", str_max_length=2_000_000)


class Out(BaseModel):
    """An answer, read off the row or value of the same shape."""

    model_config = ConfigDict(from_attributes=True)


Instant = Annotated[AwareDatetime, AfterValidator(lambda at: at.astimezone(UTC))]


class Listed(Out, Generic[T]):
    """Part of a list. Give `next` as `after` to go on; null means that was all."""

    items: list[T]
    next: str | None = None


class RequestIn(In):
    """The brief of a blog post, a social post or a newsletter."""

    kind: ContentKind = ContentKind.BLOG
    title: str = Field(examples=["How to choose a sail for a small boat"])
    target_keyword: str = Field(default="", examples=["choose a sail"])
    search_intent: SearchIntent = SearchIntent.INFORMATIONAL
    audience: str = ""
    brief: str = Field(default="", description="What the post should say, in Markdown.")
    priority: Priority = Priority.NORMAL
    channel_id: UUID | None = None
    channel_ids: list[UUID] = Field(
        default_factory=list, max_length=50, description="Of a social post: every channel it becomes a post for."
    )
    publish_at: Instant | None = Field(default=None, description="Null: as soon as the post is approved.")

    def brief_value(self) -> RequestBrief:
        """As the use cases take it."""
        return RequestBrief(
            title=self.title, kind=self.kind, target_keyword=self.target_keyword, search_intent=self.search_intent,
            audience=self.audience, brief=self.brief, priority=self.priority, channel_id=self.channel_id,
            channel_ids=tuple(self.channel_ids), publish_at=self.publish_at,
        )  # fmt: skip


class BriefOut(Out):
    """The brief a request holds."""

    kind: ContentKind
    title: str
    target_keyword: str
    search_intent: str
    audience: str
    brief: str
    priority: str
    channel_id: UUID | None
    channel_ids: list[UUID]
    publish_at: datetime | None


class PostIn(In):
    """The words of a blog post. The HTML that goes out is made from the Markdown when it is saved."""

    kind: Literal[ContentKind.BLOG] = ContentKind.BLOG
    title: str = Field(examples=["How to choose a sail"])
    slug: str = Field(default="", description="Empty: made from the title.", examples=["how-to-choose-a-sail"])
    excerpt: str = ""
    body_markdown: str
    image_digest: str | None = Field(default=None, description="Of `POST /images`.")
    image_alt: str = ""
    categories: list[str] = Field(default_factory=list, max_length=100)
    tags: list[str] = Field(default_factory=list, max_length=100)
    publish_at: Instant | None = Field(default=None, description="Null: as soon as it is approved.")

    def content_value(self) -> BlogContent:
        """As the use cases take it."""
        return BlogContent(
            title=self.title, slug=self.slug, excerpt=self.excerpt, body_markdown=self.body_markdown,
            image_digest=self.image_digest, image_alt=self.image_alt, categories=tuple(self.categories),
            tags=tuple(self.tags), publish_at=self.publish_at,
        )  # fmt: skip


class PictureIn(In):
    """A picture of a social post."""

    digest: str = Field(description="Of `POST /images`.")
    alt: str = Field(default="", description="What it shows, for people who cannot see it.")


class SocialPostIn(In):
    """The words of a social post on one channel, hashtags inside the text."""

    kind: Literal[ContentKind.SOCIAL]
    text: str = Field(examples=["Three signs that your sail wants replacing. #sailing"])
    link: str | None = None
    images: list[PictureIn] = Field(default_factory=list, max_length=100)
    first_comment: str = Field(default="", description="Written under the post once it is out.")
    publish_at: Instant | None = Field(default=None, description="Null: as soon as it is approved.")

    def content_value(self) -> SocialContent:
        """As the use cases take it."""
        images = tuple(Picture(digest=image.digest, alt=image.alt) for image in self.images)
        return SocialContent(
            text=self.text, link=self.link, images=images, first_comment=self.first_comment, publish_at=self.publish_at
        )


class NewsletterIn(In):
    """The words of a newsletter. The HTML that goes out is made from the Markdown when it is saved."""

    kind: Literal[ContentKind.NEWSLETTER]
    subject: str = Field(examples=["Your boat in November"])
    preview_text: str = Field(default="", description="The line after the subject in a list of mails.")
    body_markdown: str
    from_name: str = Field(examples=["Acme Sails"])
    reply_to: str = Field(examples=["hello@acme.example"])
    publish_at: Instant | None = Field(default=None, description="Null: as soon as it is approved.")

    def content_value(self) -> NewsletterContent:
        """As the use cases take it."""
        return NewsletterContent(**self.model_dump(exclude={"kind", "seen_version"}))


def kind_given(body: object) -> str:
    """Which kind of words a body holds; without a word about it, those of a blog post."""
    kind = body.get("kind", ContentKind.BLOG) if isinstance(body, dict) else getattr(body, "kind", ContentKind.BLOG)
    return str(kind)


AnyPostIn = Annotated[
    Annotated[PostIn, Tag("blog")]
    | Annotated[SocialPostIn, Tag("social")]
    | Annotated[NewsletterIn, Tag("newsletter")],
    Discriminator(kind_given),
]


class ContentOut(Out):
    """The words of a version of a blog post."""

    title: str
    slug: str
    excerpt: str
    body_markdown: str
    image_digest: str | None
    image_alt: str
    categories: list[str]
    tags: list[str]
    publish_at: datetime | None


class PictureOut(Out):
    """A picture of a social post, at `GET /images/{digest}`."""

    digest: str
    alt: str


class SocialContentOut(Out):
    """The words of a version of a social post."""

    text: str
    link: str | None
    images: list[PictureOut]
    first_comment: str
    publish_at: datetime | None


class NewsletterContentOut(Out):
    """The words of a version of a newsletter."""

    subject: str
    preview_text: str
    body_markdown: str
    from_name: str
    reply_to: str
    publish_at: datetime | None


class PostVersionOut(Out):
    """One version of a post, with exactly what goes out and its seal."""

    kind: ContentKind
    version: int
    content: ContentOut | SocialContentOut | NewsletterContentOut
    body_html: str = Field(description="Empty for a social post: its text goes out as it is.")
    author: str
    created_at: datetime
    seal: str = Field(description="SHA-256 over all that goes out. Give it back with a decision.")


class VersionOut(Out):
    """One version, without its words."""

    version: int
    author: str
    created_at: datetime
    digest: str


class ApprovalOut(Out):
    """A human gate, bound to one version by its seal."""

    id: UUID
    subject_kind: SubjectKind
    subject_version: int
    status: ApprovalStatus
    seal: str
    asked_by: str
    cause: str
    due_at: datetime | None
    opened_at: datetime
    decided_at: datetime | None
    decided_by: str | None
    reason: str | None
    undo_until: datetime | None


class DecisionOut(Out):
    """One line of the record of decisions."""

    at: datetime
    event: str
    subject_kind: SubjectKind
    version: int
    actor_name: str
    actor_kind: str
    route: str
    reason: str


class CommentOut(Out):
    """One remark."""

    at: datetime
    author_name: str
    author_kind: str
    body: str


class VerdictOut(Out):
    """Why a post is, or is not, out."""

    state: str = Field(examples=["not_approved"])
    sentence: str = Field(examples=["Nobody has approved this version."])
    waits_for: str
    since: datetime | None
    next_step: str


class CheckOut(Out):
    """One thing a careful editor would look at. Checks advise; they refuse nothing."""

    state: str = Field(examples=["warn"])
    text: str
    post_id: UUID | None = Field(default=None, description="Another post it speaks of.")


class AnswerIn(In):
    """One decision. `seal` is the seal of exactly what was looked at."""

    decision: Decision
    seal: str = Field(min_length=1, examples=["9f2c..."])
    reason: str = Field(default="", description="Needed to reject and to ask for changes.")


class ReasonIn(In):
    """Why."""

    reason: str = Field(examples=["The client dropped the topic."])


Facts = dict[str, Any]
