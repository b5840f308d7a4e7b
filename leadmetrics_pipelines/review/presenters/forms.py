"""Forms: the fields a template shows, with what was typed and what does not fit; and reading them back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from leadmetrics_pipelines.domain.content import ContentKind, Priority, SearchIntent
from leadmetrics_pipelines.errors import InvalidInput
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
    "channel": "channel_ids",
    "channel_id": "channel_ids",
    "images": "image",
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


KIND_WORDS = {
    ContentKind.BLOG: "Blog post",
    ContentKind.SOCIAL: "Social post",
    ContentKind.NEWSLETTER: "Newsletter",
}


def request_fields(
    typed: Mapping[str, str], channels: Sequence[Channel], *, choose_kind: bool = False
) -> tuple[Field, ...]:
    """The form of a request. With `choose_kind` its kind is chosen, too; what is asked for stays what it is."""
    is_blog = choose_kind or typed["kind"] == ContentKind.BLOG
    kinds = tuple(Option(kind.value, words) for kind, words in KIND_WORDS.items())
    places = tuple(Option(str(c.id), c.name) for c in channels)
    fields = (
        Field(name="kind", label="What", value=typed["kind"], kind="select", options=kinds),
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
            name="target_keyword",
            label="Target keyword",
            value=typed["target_keyword"],
            hint="What people search for; of blog posts.",
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
        Field(
            name="channel_ids",
            label="Channels",
            value=typed["channel_ids"],
            kind="checks",
            options=places,
            wide=True,
            hint="A social post is written for each that you tick; a blog post or newsletter goes to one. None: later.",
        ),
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
    left_out = {"kind"} if not choose_kind else set()
    left_out |= set() if is_blog else {"target_keyword", "search_intent"}
    return tuple(field for field in fields if field.name not in left_out)


def typed_request(brief: RequestBrief, zone: str) -> dict[str, str]:
    """A brief as the form holds it."""
    return {
        "kind": brief.kind.value,
        "title": brief.title,
        "target_keyword": brief.target_keyword,
        "search_intent": brief.search_intent.value,
        "audience": brief.audience,
        "brief": brief.brief,
        "priority": brief.priority.value,
        "zone": zone,
        "channel_ids": " ".join(str(one) for one in brief.channel_ids or (brief.channel_id,) if one),
        "publish_at": show_instant(brief.publish_at, zone),
    }


def read_request_form(typed: Mapping[str, str]) -> RequestBrief:
    """The brief that was typed. Raises InvalidInput."""
    try:
        kind, priority = ContentKind(typed["kind"]), Priority(typed["priority"])
        intent = SearchIntent(typed["search_intent"] or SearchIntent.INFORMATIONAL)
        channels = tuple(UUID(one) for one in typed["channel_ids"].split())
    except ValueError as error:
        msg = "Choose the kind, search intent, priority and channels from their lists."
        raise InvalidInput(msg, field="search_intent") from error
    return RequestBrief(
        title=typed["title"],
        kind=kind,
        target_keyword=typed["target_keyword"],
        search_intent=intent,
        audience=typed["audience"],
        brief=typed["brief"],
        priority=priority,
        channel_ids=channels,
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
