"""Forms: the fields a template shows, with what was typed and what does not fit; and reading them back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from leadmetrics_pipelines.domain.content import Priority, SearchIntent
from leadmetrics_pipelines.domain.contents import BlogContent
from leadmetrics_pipelines.errors import InvalidInput
from leadmetrics_pipelines.services.content_checks import LONGEST_EXCERPT, LONGEST_TITLE
from leadmetrics_pipelines.services.requests import RequestBrief
from leadmetrics_pipelines.storage.channels.models import Channel


@dataclass(frozen=True)
class Option:
    """One choice of a select."""

    value: str
    label: str


@dataclass(frozen=True, kw_only=True)
class Field:
    """One input. `limit` with `unit` (chars or words) makes a live counter."""

    name: str
    label: str
    value: str = ""
    kind: str = "text"
    hint: str = ""
    error: str = ""
    required: bool = False
    wide: bool = False
    rows: int = 3
    css: str = ""
    limit: str = ""
    unit: str = "chars"
    autocomplete: str = ""
    accept: str = ""
    options: tuple[Option, ...] = ()

    @property
    def id(self) -> str:
        """The element's id."""
        return f"f-{self.name}"


# What services call a field, where the form calls it otherwise.
_NAMES = {
    "channel": "channel_id",
    "url": "base_url",
    "body_markdown": "body",
    "image_digest": "image",
    "application_password": "password",
}


def with_error(fields: Sequence[Field], error: InvalidInput | None) -> tuple[Field, ...]:
    """The fields, with the error at the one it names."""
    name = _NAMES.get(error.field or "", error.field or "") if error else ""
    return tuple(replace(field, error=str(error)) if name == field.name else field for field in fields)


def general_error(fields: Sequence[Field], error: InvalidInput | None) -> str:
    """The error that belongs to no field."""
    name = _NAMES.get(error.field or "", error.field or "") if error else ""
    return "" if error is None or any(field.name == name for field in fields) else str(error)


def post_fields(typed: Mapping[str, str]) -> tuple[Field, ...]:
    """The editor of a post."""
    return (
        Field(
            name="title",
            label="Title",
            value=typed["title"],
            required=True,
            css="headline",
            wide=True,
            limit=str(LONGEST_TITLE),
            hint="About 60 characters are shown in search results.",
        ),
        Field(name="slug", label="Address on the site", value=typed["slug"], hint="Lower-case words with hyphens."),
        Field(
            name="publish_at",
            label="Publish time",
            value=typed["publish_at"],
            kind="datetime-local",
            hint=f"In {typed['zone']}. Empty: as soon as it is approved.",
        ),
        Field(
            name="excerpt",
            label="Excerpt",
            value=typed["excerpt"],
            kind="textarea",
            rows=2,
            wide=True,
            limit=str(LONGEST_EXCERPT),
        ),
        Field(
            name="body",
            label="Text",
            value=typed["body"],
            kind="textarea",
            rows=22,
            wide=True,
            css="body",
            required=True,
            limit="0",
            unit="words",
            hint="Markdown: ## heading, **bold**, [link](https://…), - list.",
        ),
        Field(
            name="image",
            label="Featured image",
            kind="file",
            accept="image/png,image/jpeg,image/webp,image/gif",
            hint="PNG, JPEG, WebP or GIF, at most 8 MB. Choosing one replaces the present one.",
        ),
        Field(
            name="image_alt",
            label="Image description",
            value=typed["image_alt"],
            hint="For people who cannot see it.",
        ),
    )


def typed_post(content: BlogContent, zone: str) -> dict[str, str]:
    """A post's content as the editor holds it."""
    return {
        "title": content.title,
        "slug": content.slug,
        "excerpt": content.excerpt,
        "body": content.body_markdown,
        "image_digest": content.image_digest or "",
        "image_alt": content.image_alt,
        "zone": zone,
        "publish_at": show_instant(content.publish_at, zone),
    }


def read_post_form(typed: Mapping[str, str]) -> BlogContent:
    """The content that was typed. Raises InvalidInput."""
    return BlogContent(
        title=typed["title"],
        slug=typed["slug"],
        excerpt=typed["excerpt"],
        body_markdown=typed["body"],
        image_digest=typed["image_digest"] or None,
        image_alt=typed["image_alt"],
        publish_at=read_instant(typed["publish_at"], typed["zone"]),
    )


def request_fields(typed: Mapping[str, str], channels: Sequence[Channel]) -> tuple[Field, ...]:
    """The form of a request."""
    places = (Option("", "Choose later"), *(Option(str(c.id), c.name) for c in channels))
    return (
        Field(
            name="title",
            label="Working title",
            value=typed["title"],
            required=True,
            wide=True,
            css="headline",
            limit="200",
        ),
        Field(
            name="target_keyword", label="Target keyword", value=typed["target_keyword"], hint="What people search for."
        ),
        Field(
            name="search_intent",
            label="Search intent",
            value=typed["search_intent"],
            kind="select",
            options=tuple(Option(i.value, i.value.capitalize()) for i in SearchIntent),
        ),
        Field(name="audience", label="Audience", value=typed["audience"], wide=True, hint="Who should read it."),
        Field(
            name="brief",
            label="Brief",
            value=typed["brief"],
            kind="textarea",
            rows=7,
            wide=True,
            limit="0",
            unit="words",
            hint="What it should say, prove and lead to. The writer gets exactly this.",
        ),
        Field(name="channel_id", label="Channel", value=typed["channel_id"], kind="select", options=places),
        Field(
            name="priority",
            label="Priority",
            value=typed["priority"],
            kind="select",
            options=tuple(Option(p.value, p.value.capitalize()) for p in Priority),
        ),
        Field(
            name="publish_at",
            label="Publish time",
            value=typed["publish_at"],
            kind="datetime-local",
            hint=f"In {typed['zone']}. Empty: as soon as its post is approved.",
        ),
    )


def typed_request(brief: RequestBrief, zone: str) -> dict[str, str]:
    """A brief as the form holds it."""
    return {
        "title": brief.title,
        "target_keyword": brief.target_keyword,
        "search_intent": brief.search_intent.value,
        "audience": brief.audience,
        "brief": brief.brief,
        "priority": brief.priority.value,
        "zone": zone,
        "channel_id": str(brief.channel_id or ""),
        "publish_at": show_instant(brief.publish_at, zone),
    }


def read_request_form(typed: Mapping[str, str]) -> RequestBrief:
    """The brief that was typed. Raises InvalidInput."""
    try:
        intent, priority = SearchIntent(typed["search_intent"]), Priority(typed["priority"])
        channel = UUID(typed["channel_id"]) if typed["channel_id"] else None
    except ValueError as error:
        msg = "Choose the search intent, priority and channel from their lists."
        raise InvalidInput(msg, field="search_intent") from error
    return RequestBrief(
        title=typed["title"],
        target_keyword=typed["target_keyword"],
        search_intent=intent,
        audience=typed["audience"],
        brief=typed["brief"],
        priority=priority,
        channel_id=channel,
        publish_at=read_instant(typed["publish_at"], typed["zone"]),
    )


def show_instant(instant: datetime | None, zone: str) -> str:
    """As a date and time field takes it."""
    return f"{instant.astimezone(ZoneInfo(zone)):%Y-%m-%dT%H:%M}" if instant else ""


def read_instant(text: str, zone: str) -> datetime | None:
    """A wall-clock time of the tenant as UTC; None for nothing. Raises InvalidInput."""
    if not text.strip():
        return None
    try:
        return datetime.fromisoformat(text.strip()).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)
    except (ValueError, OverflowError):
        msg = f"'{text}' is not a date and time, like 2026-11-05T09:30."
        raise InvalidInput(msg, field="publish_at") from None
