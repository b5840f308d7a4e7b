"""An item as its templates show it: facts, checks, changes, history, and what the person may do about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from leadmetrics_pipelines.domain.approvals import DecisionEvent, SubjectKind
from leadmetrics_pipelines.domain.content import ContentKind, PostStatus, RequestStatus
from leadmetrics_pipelines.domain.contents import BlogContent, NewsletterContent, SocialContent, words_of
from leadmetrics_pipelines.domain.differences import Change, diff_words
from leadmetrics_pipelines.domain.people import Permission
from leadmetrics_pipelines.domain.release import ReleaseState, Verdict
from leadmetrics_pipelines.kit.digests import sha256_bytes
from leadmetrics_pipelines.kit.text import count_words
from leadmetrics_pipelines.review.place import Place
from leadmetrics_pipelines.review.presenters.forms import KIND_WORDS
from leadmetrics_pipelines.review.presenters.previews import (
    NewsletterPreview,
    SocialPreview,
    account_of,
    present_newsletter,
    present_social,
)
from leadmetrics_pipelines.review.presenters.words import (
    ACTIVITY_BADGES,
    KIND_ICON,
    KIND_WORD,
    POST_BADGES,
    REQUEST_BADGES,
    Badge,
    Clockwork,
    Fact,
    Time,
    Tone,
    cost,
    plural,
)
from leadmetrics_pipelines.services.contents import PostVersion
from leadmetrics_pipelines.services.posts import EDITABLE
from leadmetrics_pipelines.services.views.checks import Check, CheckState
from leadmetrics_pipelines.services.views.item import PostItem, RequestItem
from leadmetrics_pipelines.services.views.item_parts import ActivityLine, ApprovalView, DecisionView, PostLine

Item = PostItem | RequestItem
REQUEST_EDITABLE = (RequestStatus.DRAFT, RequestStatus.PENDING_APPROVAL, RequestStatus.REJECTED)
_CHECK_BADGES = {
    CheckState.PASS: Badge(Tone.GOOD, "check", "Passed"),
    CheckState.WARN: Badge(Tone.ATTENTION, "warn", "Look"),
    CheckState.FAIL: Badge(Tone.BLOCKED, "cross", "Failed"),
}
_EVENT_WORDS = {
    DecisionEvent.OPENED: ("asked for approval of", Tone.QUIET),
    DecisionEvent.APPROVED: ("approved", Tone.GOOD),
    DecisionEvent.REJECTED: ("rejected", Tone.BLOCKED),
    DecisionEvent.CHANGES_REQUESTED: ("asked for changes to", Tone.ATTENTION),
    DecisionEvent.EDITED_AND_APPROVED: ("edited and approved", Tone.GOOD),
    DecisionEvent.UNDONE: ("undid the decision on", Tone.QUIET),
    DecisionEvent.SUPERSEDED: ("replaced", Tone.QUIET),
    DecisionEvent.CANCELLED: ("cancelled", Tone.QUIET),
    DecisionEvent.REVOKED: ("withdrew the approval of", Tone.BLOCKED),
}
# Changed runs of words keep this much of their surroundings; the rest of a long text is left out.
_AROUND = 90


@dataclass(frozen=True)
class Event:
    """One line of the history: a decision or a comment."""

    tone: Tone
    who: str
    what: str
    when: Time | None
    words: str
    at: Any


@dataclass(frozen=True)
class DiffPiece:
    """A run of words: `tag` is ins, del or same."""

    tag: str
    text: str


@dataclass(frozen=True)
class DiffField:
    """What changed in one field."""

    label: str
    pieces: tuple[DiffPiece, ...]


def present_post(place: Place, item: PostItem, clock: Clockwork) -> dict[str, Any]:
    """What the templates of a post need."""
    path = f"{place.base}/posts/{item.id}"
    approval = _shown_approval(item)
    late = approval is not None and approval.subject_kind is SubjectKind.LATE_POST
    kind = SubjectKind.LATE_POST if late else SubjectKind.POST
    present = item.present
    return _common(place, item, clock, kind, path) | {
        "status": POST_BADGES[item.status],
        "preview": _preview(place, item, present),
        "social": _social(place, item, present, clock),
        "mail": _mail(place, item, present, clock),
        "brief": None,
        "facts": _post_facts(place, item, clock),
        "verdict": present_verdict(item.verdict, clock),
        "diff": diff_posts(item.earlier, present),
        "differences": item.differences,
        "problem": item.problem,
        "editable": place.may(Permission.EDIT) and item.status in EDITABLE and present is not None,
        "retry_publication": (
            f"{path}/retry" if place.may(Permission.UNBLOCK) and item.verdict.state is ReleaseState.REFUSED else ""
        ),
        "settle": (
            f"{path}/settle" if place.may(Permission.UNBLOCK) and item.verdict.state is ReleaseState.LOOK_FIRST else ""
        ),
        "close_action": f"{place.base}/requests/{item.request_id}/close"
        if _may_close(place, item.request_status)
        else "",
        "stamp": stamp_of(item),
    }


def present_request(place: Place, item: RequestItem, clock: Clockwork) -> dict[str, Any]:
    """What the templates of a request need."""
    path = f"{place.base}/requests/{item.id}"
    return _common(place, item, clock, SubjectKind.REQUEST, path) | {
        "status": REQUEST_BADGES[item.status],
        "preview": None,
        "social": None,
        "mail": None,
        "brief": {
            "text": item.brief.brief,
            "rows": _brief_rows(item),
        },
        "facts": _request_facts(place, item, clock),
        "verdict": None,
        "diff": diff_requests(item),
        "differences": (),
        "problem": None,
        "editable": place.may(Permission.EDIT) and item.status in REQUEST_EDITABLE,
        "retry_publication": "",
        "settle": "",
        "close_action": f"{path}/close" if _may_close(place, item.status) else "",
        "stamp": stamp_of(item),
    }


def stamp_of(item: Item) -> str:
    """Changes whenever the page would look different; a page that waits compares it."""
    approval = item.approval
    parts = [item.status, str(item.version), str(len(item.decisions)), str(len(item.comments))]
    parts += [approval.status if approval else "-"]
    parts += [f"{a.status}" for a in item.activities]
    if isinstance(item, PostItem):
        parts += [item.verdict.state, item.publication.state if item.publication else "-"]
    return sha256_bytes("|".join(parts).encode())[:16]


def present_verdict(verdict: Verdict, clock: Clockwork) -> dict[str, Any]:
    """The answer to "why is this not out?"."""
    tones = {
        ReleaseState.OUT: (Tone.GOOD, "live"),
        ReleaseState.READY: (Tone.INFO, "flow"),
        ReleaseState.SENDING: (Tone.INFO, "half"),
        ReleaseState.UNDO: (Tone.INFO, "undo"),
        ReleaseState.NOT_DUE: (Tone.INFO, "clock"),
        ReleaseState.RETRY_LATER: (Tone.ATTENTION, "retry"),
        ReleaseState.QUOTA: (Tone.INFO, "clock"),
        ReleaseState.PROCESSING: (Tone.INFO, "half"),
        ReleaseState.LOOK_FIRST: (Tone.ATTENTION, "search"),
        ReleaseState.CAPPED: (Tone.INFO, "clock"),
        ReleaseState.NOT_APPROVED: (Tone.ATTENTION, "eye"),
        ReleaseState.NOT_WRITTEN: (Tone.INFO, "half"),
    }
    tone, icon = tones.get(verdict.state, (Tone.BLOCKED, "warn"))
    return {
        "tone": tone,
        "icon": icon,
        "sentence": verdict.sentence,
        "waits_for": verdict.waits_for,
        "since": clock.ago(verdict.since),
        "next_step": verdict.next_step,
        "out": verdict.state is ReleaseState.OUT,
    }


def _common(place: Place, item: Item, clock: Clockwork, kind: SubjectKind, path: str) -> dict[str, Any]:
    approval = _shown_approval(item)
    return {
        "id": str(item.id),
        "path": path,
        "kind": KIND_WORDS[item.kind] if isinstance(item, PostItem) and kind is SubjectKind.POST else KIND_WORD[kind],
        "icon": KIND_ICON[kind],
        "subject": kind.value,
        "title": item.title,
        "version": item.version,
        "since": clock.ago(item.status_since),
        "approval": approval,
        "decide": present_decision_bar(place, item, approval, clock),
        "checks": [
            (_CHECK_BADGES[check.state], check.text, f"{place.base}/posts/{check.post_id}" if check.post_id else "")
            for check in item.checks
        ],
        "checks_line": checks_line(item.checks),
        "history": _history(item, clock),
        "activities": [_activity(place, line, clock) for line in item.activities],
        "comment_action": f"{path}/comments" if place.may(Permission.COMMENT) else "",
        "versions": [
            {"number": v.version, "author": v.author, "when": clock.ago(v.created_at)} for v in reversed(item.versions)
        ],
    }


def present_decision_bar(
    place: Place, item: Item, approval: ApprovalView | None, clock: Clockwork
) -> dict[str, Any] | None:
    """The bar of an open item: what the person may decide, and if not, why not and who may."""
    if approval is None or not approval.is_open:
        return None
    refusal = ""
    frame = place.frame
    late = approval.subject_kind is SubjectKind.LATE_POST
    if not place.may(Permission.DECIDE):
        refusal = "Your role reads and comments here; a reviewer or the client's admin decides."
    elif not late and frame is not None and frame.four_eyes and place.signed_in.user.id in item.hands:
        refusal = "You wrote or last edited this, so somebody else approves it (four eyes)."
    return {
        "action": f"{place.base}/approvals/{approval.id}/decision",
        "approval_id": str(approval.id),
        "seal": approval.seal,
        "may_decide": place.may(Permission.DECIDE),
        "may_approve": not refusal,
        "refusal": refusal,
        "cause": approval.cause,
        "since": clock.ago(approval.opened_at),
        "approve_label": "Release late" if late else "Approve",
        "reject_label": "Let it go" if late else "Reject",
        "late": late,
    }


def _shown_approval(item: Item) -> ApprovalView | None:
    return next((a for a in item.approvals if a.is_open), item.approval)


def checks_line(checks: tuple[Check, ...]) -> str:
    """The checks in a few words."""
    failed = sum(c.state is CheckState.FAIL for c in checks)
    warned = sum(c.state is CheckState.WARN for c in checks)
    passed = len(checks) - failed - warned
    parts = [f"{failed} failed" if failed else "", f"{warned} to look at" if warned else "", f"{passed} passed"]
    return ", ".join(part for part in parts if part)


def _preview(place: Place, item: PostItem, present: PostVersion | None) -> dict[str, Any] | None:
    if present is None:
        return None
    content = present.content
    if not isinstance(content, BlogContent):
        return None
    site = (
        item.channel.base_url.removeprefix("https://").removeprefix("http://").rstrip("/")
        if item.channel
        else "no site"
    )
    return {
        "src": _preview_src(place, item, present),
        "address": f"{site}/{content.slug}/",
        "words": plural(count_words(content.body_markdown), "word"),
    }


def _preview_src(place: Place, item: PostItem, present: PostVersion) -> str:
    return f"{place.base}/posts/{item.id}/preview?version={present.version}"


def _social(place: Place, item: PostItem, present: PostVersion | None, clock: Clockwork) -> SocialPreview | None:
    if present is None or item.channel is None or not isinstance(present.content, SocialContent):
        return None
    account = account_of(item.channel.platform, item.channel.name, item.channel.base_url)
    return present_social(account, present.content, base=place.base, when=_when(present.content.publish_at, clock))


def _mail(place: Place, item: PostItem, present: PostVersion | None, clock: Clockwork) -> NewsletterPreview | None:
    if present is None or not isinstance(present.content, NewsletterContent):
        return None
    platform, name = (item.channel.platform, item.channel.name) if item.channel else ("mailchimp", "")
    account = account_of(platform, name, "")
    when = _when(present.content.publish_at, clock)
    return present_newsletter(account, present.content, src=_preview_src(place, item, present), when=when)


def _when(instant: datetime | None, clock: Clockwork) -> str:
    shown = clock.at(instant)
    return shown.text if shown else ""


def _post_facts(place: Place, item: PostItem, clock: Clockwork) -> list[Fact]:
    content = item.present.content if item.present else None
    facts = [Fact(label="Status", badge=POST_BADGES[item.status])]
    if item.published_url and item.status is PostStatus.PUBLISHED:
        facts.append(Fact(label="Live at", text="See it on the site", href=item.published_url, outside=True))
        facts.append(Fact(label="Since", time=clock.at(item.published_at)))
    facts += [
        *_shared_facts(place, item),
        Fact(label="Request", text=item.brief.title, href=f"{place.base}/requests/{item.request_id}"),
    ]
    if item.kind is ContentKind.BLOG:
        facts.append(Fact(label="Keyword", text=item.brief.target_keyword or "None given"))
    facts += [_post_fact(place, line, "Also on") for line in item.siblings]
    if content is not None:
        if isinstance(content, BlogContent):
            facts.append(Fact(label="Address", text=f"/{content.slug}/"))
        facts.append(
            Fact(label="Goes out", time=clock.at(content.publish_at))
            if content.publish_at
            else Fact(label="Goes out", text="As soon as it is approved")
        )
    facts.append(Fact(label="Written by", text=f"{item.author_name or 'Nobody yet'}, version {item.version}"))
    facts += _run_facts(place, item.publication.run_id if item.publication else item.run_id)
    return facts


def _request_facts(place: Place, item: RequestItem, clock: Clockwork) -> list[Fact]:
    facts = [Fact(label="Status", badge=REQUEST_BADGES[item.status]), *_shared_facts(place, item)]
    facts += [_post_fact(place, line, "Post") for line in item.posts]
    facts += [
        Fact(label="Priority", text=item.brief.priority.capitalize()),
        Fact(label="Goes out", time=clock.at(item.brief.publish_at))
        if item.brief.publish_at
        else Fact(label="Goes out", text="As soon as its post is approved"),
        Fact(label="Written by", text=f"{item.author_name}, version {item.version}"),
        *_run_facts(place, item.run_id),
    ]
    return facts


def _brief_rows(item: RequestItem) -> list[Fact]:
    audience = Fact(label="Audience", text=item.brief.audience or "Not named")
    if item.brief.kind is not ContentKind.BLOG:
        return [Fact(label="Kind", text=KIND_WORDS[item.brief.kind]), audience]
    return [
        Fact(label="Target keyword", text=item.brief.target_keyword or "None given"),
        Fact(label="Search intent", text=item.brief.search_intent.capitalize()),
        audience,
    ]


def _post_fact(place: Place, line: PostLine, label: str) -> Fact:
    where = f"{line.channel_name}: " if line.channel_name else ""
    return Fact(label=label, text=f"{where}{POST_BADGES[line.status].label}", href=f"{place.base}/posts/{line.id}")


def _shared_facts(place: Place, item: Item) -> list[Fact]:
    facts = []
    if item.period is not None:
        period = item.period
        text = f"{period.deliverable_name}: {period.completed}/{period.target} in {period.month.title}"
        facts.append(Fact(label="Deliverable", text=text, href=f"{place.base}/month?month={period.month}"))
        if period.goal:
            facts.append(Fact(label="Goal", text=period.goal))
    else:
        facts.append(Fact(label="Deliverable", text="Ad hoc: counts against none"))
    facts.append(
        Fact(label="Channel", text=item.channel.name, href=f"{place.base}/channels")
        if item.channel
        else Fact(label="Channel", text="None chosen yet")
    )
    return facts


def _run_facts(place: Place, run_id: str | None) -> list[Fact]:
    if not run_id or not place.may(Permission.UNBLOCK):
        return []
    return [Fact(label="Run", text=run_id[:8], href=run_href(place, run_id), outside=True)]


def run_href(place: Place, run_id: str) -> str:
    """The run in the Dagster UI."""
    return f"{place.runtime.settings.dagster_url.rstrip('/')}/runs/{run_id}"


def _history(item: Item, clock: Clockwork) -> list[Event]:
    events = [_decision_event(decision, clock) for decision in item.decisions]
    events += [Event(Tone.INFO, c.author_name, "commented", clock.ago(c.at), c.body, c.at) for c in item.comments]
    return sorted(events, key=lambda event: event.at, reverse=True)


def _decision_event(decision: DecisionView, clock: Clockwork) -> Event:
    words, tone = _EVENT_WORDS[decision.event]
    what = f"{words} the {KIND_WORD[decision.subject_kind].lower()}, version {decision.version}"
    if decision.route not in ("page", "service"):
        what += f" (by {decision.route})"
    return Event(tone, decision.actor_name, what, clock.ago(decision.at), decision.reason, decision.at)


def _activity(place: Place, line: ActivityLine, clock: Clockwork) -> dict[str, Any]:
    took = f"{plural(line.tokens, 'token')}, {cost(line.cost_microusd)}" if line.sessions else ""
    return {
        "href": f"{place.base}/activities/{line.id}",
        "name": line.name.partition(":")[0],
        "badge": ACTIVITY_BADGES[line.status],
        "took": took,
        "since": clock.ago(line.status_since),
    }


def _may_close(place: Place, status: RequestStatus) -> bool:
    return place.may(Permission.UNBLOCK) and status not in (RequestStatus.COMPLETED, RequestStatus.CLOSED)


def diff_posts(before: PostVersion | None, after: PostVersion | None) -> list[DiffField]:
    """What changed from one version of a post to the next, field by field."""
    if before is None or after is None:
        return []
    old, new = words_of(before.content), words_of(after.content)
    return [
        DiffField(_label(name), _pieces(old.get(name, ""), text))
        for name, text in new.items()
        if text != old.get(name, "")
    ]


def diff_requests(item: RequestItem) -> list[DiffField]:
    """What changed from the version before to the present one, field by field."""
    if item.earlier is None:
        return []
    old, new = item.earlier.body, item.brief
    fields = [
        ("Title", old.get("title", ""), new.title),
        ("Target keyword", old.get("target_keyword", ""), new.target_keyword),
        ("Search intent", old.get("search_intent", ""), new.search_intent.value),
        ("Audience", old.get("audience", ""), new.audience),
        ("Brief", old.get("brief", ""), new.brief),
    ]
    return [DiffField(label, _pieces(str(a), str(b))) for label, a, b in fields if a != b]


def _pieces(before: str, after: str) -> tuple[DiffPiece, ...]:
    tags = {Change.SAME: "same", Change.ADDED: "ins", Change.REMOVED: "del"}
    pieces = diff_words(before, after)
    last = len(pieces) - 1
    return tuple(
        DiffPiece(tags[p.change], _shorten(p.text, first=n == 0, last=n == last) if p.change is Change.SAME else p.text)
        for n, p in enumerate(pieces)
    )


def _shorten(text: str, *, first: bool, last: bool) -> str:
    if len(text) <= 3 * _AROUND:
        return text
    head = "" if first else text[:_AROUND]
    tail = "" if last else text[-_AROUND:]
    return f"{head} … {tail}"


def decided_by_me(approval: ApprovalView | None, user_id: UUID) -> bool:
    """Whether this person took the decision."""
    return approval is not None and approval.decided_by_user_id == user_id


def diff_typed(item: Item, typed: Mapping[str, str]) -> list[DiffField]:
    """How the version that is stored now differs from what somebody typed, field by field."""
    if isinstance(item, PostItem):
        if item.present is None:
            return []
        stored = {name: text for name, text in words_of(item.present.content).items() if name in typed}
    else:
        brief = item.brief
        stored = {
            "title": brief.title,
            "target_keyword": brief.target_keyword,
            "audience": brief.audience,
            "brief": brief.brief,
        }
    return [
        DiffField(_label(name), _pieces(text, _plain(typed.get(name, ""))))
        for name, text in stored.items()
        if text != _plain(typed.get(name, ""))
    ]


_LABELS = {"slug": "Address", "body": "Text", "image_alt": "Image description", "preview_text": "Preview line"}


def _label(name: str) -> str:
    return _LABELS.get(name, name.replace("_", " ").capitalize())


def _plain(text: str) -> str:
    return text.replace("\r\n", "\n").strip()
