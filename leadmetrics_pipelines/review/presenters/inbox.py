"""The inbox as its templates show it: rows, filter chips, and addresses that carry the filter along."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlencode
from uuid import UUID

from leadmetrics_pipelines.domain.approvals import SubjectKind
from leadmetrics_pipelines.domain.periods import Month
from leadmetrics_pipelines.errors import InvalidInput
from leadmetrics_pipelines.review.presenters.words import (
    KIND_ICON,
    KIND_SHORT,
    KIND_WORD,
    KIND_WORDS,
    Badge,
    Clockwork,
    Time,
    Tone,
)
from leadmetrics_pipelines.services.views.inbox import InboxChoices, InboxFilter, InboxPage, InboxRow
from leadmetrics_pipelines.services.views.keysets import Place as ListPlace

DUE_SOON = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class RowLine:
    """One row."""

    id: str
    href: str
    icon: str
    kind: str
    title: str
    meta: str
    age: Time
    flag: Badge | None
    pick: str
    current: bool


@dataclass(frozen=True, slots=True)
class Chip:
    """One filter choice."""

    label: str
    href: str
    on: bool


@dataclass(frozen=True, slots=True)
class ChipGroup:
    """One kind of filter."""

    label: str
    chips: tuple[Chip, ...]


def parse_filter(kind: str, channel: str, month: str, asked_by: str) -> InboxFilter:
    """The filter in an address. Raises InvalidInput for a value that cannot be."""
    try:
        return InboxFilter(
            kind=SubjectKind(kind) if kind else None, channel_id=UUID(channel) if channel else None,
            month=Month.parse(month) if month else None, asked_by=asked_by or None,
        )  # fmt: skip
    except ValueError as error:
        msg = "This address asks for a filter there is not. Open the inbox and choose again."
        raise InvalidInput(msg) from error


def filter_query(wanted: InboxFilter) -> dict[str, str]:
    """The filter as it stands in an address."""
    parts = {
        "kind": wanted.kind.value if wanted.kind else "",
        "channel": str(wanted.channel_id) if wanted.channel_id else "",
        "month": str(wanted.month) if wanted.month else "",
        "asked_by": wanted.asked_by or "",
    }
    return {key: value for key, value in parts.items() if value}


def inbox_href(base: str, wanted: InboxFilter, **more: str) -> str:
    """The address of the inbox with this filter."""
    query = {**filter_query(wanted), **{key: value for key, value in more.items() if value}}
    return f"{base}/inbox?{urlencode(query)}" if query else f"{base}/inbox"


def present_rows(
    base: str, page: InboxPage, wanted: InboxFilter, clock: Clockwork, *, current: UUID | None = None
) -> tuple[RowLine, ...]:
    """The rows of a page of the inbox."""
    prefix = inbox_href(base, wanted)
    prefix += "&item=" if "?" in prefix else "?item="
    return tuple(present_row(prefix, row, clock, current=current) for row in page.rows)


def present_row(prefix: str, row: InboxRow, clock: Clockwork, *, current: UUID | None = None) -> RowLine:
    """One row of the inbox; `prefix` is its address up to the item's id."""
    identity = str(row.approval_id)
    return RowLine(
        id=identity,
        href=prefix + identity,
        icon=KIND_ICON[row.subject_kind],
        kind=KIND_WORD[row.subject_kind],
        title=row.title,
        meta=f"{row.channel_name or row.deliverable_name or 'No channel'} · {row.asked_by}",
        age=clock.brief(row.opened_at),
        flag=_flag(row, clock),
        pick=f"{identity}:{row.seal}",
        current=row.approval_id == current,
    )


def _flag(row: InboxRow, clock: Clockwork) -> Badge | None:
    """The risk mark: why this one deserves more than a glance."""
    if row.subject_kind is SubjectKind.LATE_POST:
        return Badge(Tone.BLOCKED, "late", "Missed its time")
    if row.due_at is not None and row.due_at < clock.now:
        return Badge(Tone.BLOCKED, "clock", "Overdue")
    if row.due_at is not None and row.due_at - clock.now < DUE_SOON:
        return Badge(Tone.ATTENTION, "clock", "Due soon")
    if row.subject_version > 1:
        return Badge(Tone.INFO, "retry", f"Version {row.subject_version}")
    return None


def present_active_chips(base: str, wanted: InboxFilter, channel_name: str) -> tuple[Chip, ...]:
    """The filters that are on, each a link that takes it off."""
    query = filter_query(wanted)
    labels = {
        "kind": KIND_WORDS[wanted.kind] if wanted.kind else "",
        "channel": channel_name or "Channel",
        "month": wanted.month.title if wanted.month else "",
        "asked_by": wanted.asked_by or "",
    }
    return tuple(
        Chip(labels[key], f"{base}/inbox?{urlencode({k: v for k, v in query.items() if k != key})}", True)
        for key in query
    )


def present_kind_chips(base: str, wanted: InboxFilter) -> tuple[Chip, ...]:
    """All, requests, posts: the filter used most, always in sight."""
    query = {key: value for key, value in filter_query(wanted).items() if key != "kind"}

    def chip(label: str, kind: str) -> Chip:
        on = (wanted.kind.value if wanted.kind else "") == kind
        full = {**query, "kind": kind} if kind else query
        return Chip(label, f"{base}/inbox?{urlencode(full)}" if full else f"{base}/inbox", on)

    return (chip("All", ""), *(chip(KIND_SHORT[kind], kind.value) for kind in SubjectKind))


def present_choices(base: str, wanted: InboxFilter, choices: InboxChoices) -> tuple[ChipGroup, ...]:
    """Every other filter, in groups."""
    query = filter_query(wanted)

    def chips(key: str, values: list[tuple[str, str]]) -> tuple[Chip, ...]:
        return tuple(
            Chip(label, f"{base}/inbox?{urlencode({**query, key: value})}", query.get(key) == value)
            for value, label in values
        )

    groups = (
        ChipGroup("Channel", chips("channel", [(str(id_), name) for id_, name in choices.channels])),
        ChipGroup("Month", chips("month", [(str(month), month.title) for month in choices.months])),
        ChipGroup("Asked by", chips("asked_by", [(name, name) for name in choices.askers])),
    )
    return tuple(group for group in groups if group.chips)


def tail_of(page: InboxPage, after: ListPlace | None) -> str:
    """The place from which newly arrived rows are asked for."""
    if page.rows:
        return str(page.rows[-1].place)
    return str(after) if after else ""
