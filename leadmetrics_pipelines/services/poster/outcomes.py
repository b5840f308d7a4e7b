"""What became of a publication: the ledger row, the post, its publish activity and the month, in one transaction.

Every function takes a unit of work of the tenant; the caller commits. Nothing is sent from here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from leadmetrics_pipelines.domain import pipelines
from leadmetrics_pipelines.domain.activities import ActivityStatus
from leadmetrics_pipelines.domain.content import PostStatus
from leadmetrics_pipelines.domain.pipelines import HumanRole
from leadmetrics_pipelines.domain.publications import PublicationState
from leadmetrics_pipelines.errors import LeadmetricsError, OutcomeUnknown, RateLimited
from leadmetrics_pipelines.platforms.publishing import Accepted, LivePost, Look, Traits
from leadmetrics_pipelines.services.alerts import PersonTask, Severity, raise_alert, resolve_alert
from leadmetrics_pipelines.services.contents import read_post
from leadmetrics_pipelines.services.pipelines import find_unit_step, unit_published
from leadmetrics_pipelines.services.poster.ledger import (
    WAITS,
    Parcel,
    count_failed_tries,
    lock_publication,
    lock_rows,
    move_publication,
    record_step,
)
from leadmetrics_pipelines.services.posts import reopen_for_change
from leadmetrics_pipelines.services.transitions import move_activity, move_post
from leadmetrics_pipelines.storage.content.models import Post
from leadmetrics_pipelines.storage.database import UnitOfWork
from leadmetrics_pipelines.storage.publications.models import Publication

# Seconds to wait after the first, second, ... try that certainly wrote nothing; after the last a person is asked.
BACK_OFF = (15.0, 60.0, 300.0, 1200.0, 3600.0)
# Seconds between looks for an outcome that is not known; the last one repeats.
LOOK_AGAIN = (5.0, 15.0, 60.0, 300.0, 900.0)
# After so many looks without an answer a person is asked to look as well.
LOOKS_BEFORE_A_TASK = 5
LONGEST_PAUSE = 6 * 3600.0
ACCEPTED = "Accepted"
_OVERTAKEN = "Another publisher has taken it up meanwhile"
_EARLIER = "What is live is an earlier version than the one approved last."
_NOT_YET = "Not there yet; the platform may still be at work on it. It is looked for again"
_S = PublicationState


class Fate(StrEnum):
    """What became of a post in a pass."""

    PUBLISHED = "published"
    ADOPTED = "adopted"
    REFUSED = "refused"
    REOPENED = "reopened"
    POSTPONED = "postponed"
    STOPPED = "stopped"
    UNCONFIRMED = "unconfirmed"
    ABSENT = "absent"
    PROCESSING = "processing"


@dataclass(frozen=True, kw_only=True)
class PostOutcome:
    """One post of a pass. `detail` is a sentence for people; `retry_at`: UTC, when it is tried or looked for again."""

    post_id: UUID
    title: str
    fate: Fate
    detail: str
    url: str | None = None
    retry_at: datetime | None = None


def confirm(
    work: UnitOfWork, parcel: Parcel, live: LivePost, *, run_id: str | None, adopted: bool,
    then: Callable[[UnitOfWork, Post, Publication], None] | None = None,
) -> PostOutcome:  # fmt: skip
    """It is live: settle ledger, post, activity, request and month. `then`: what follows in the same transaction."""
    post, row, _request = lock_rows(work, parcel)
    fate = Fate.ADOPTED if adopted else Fate.PUBLISHED
    outcome = PostOutcome(post_id=post.id, title=post.title, fate=fate, detail=_told(live), url=live.url)
    if row.state == _S.CONFIRMED:
        if row.remote_id != live.remote_id:
            _report_second_copy(work, post, live)
        return outcome
    row.remote_id, row.remote_url = live.remote_id, live.url
    detail = f"Found on the platform: {live.url or live.remote_id}" if adopted else _told(live)
    move_publication(work, row, _S.CONFIRMED, detail)
    post.published_url, post.remote_id, post.published_at = live.url, live.remote_id, work.now
    earlier = () if not adopted or row.seal == post.seal else (_EARLIER,)
    post.differences = [*live.differences, *earlier]
    post.run_id = run_id
    with work.session.no_autoflush:  # one flush at the count, instead of one at each question before it
        move_post(work, post, PostStatus.PUBLISHED, detail)
        unit_published(work, post)
        resolve_alert(work, doubt_key(post), detail)
    if then is not None:
        then(work, post, row)
    return outcome


def _told(live: LivePost) -> str:
    return f"Live at {live.url}" if live.url else "Sent"


def _report_second_copy(work: UnitOfWork, post: Post, live: LivePost) -> None:
    """It must not happen, but if it does, people are told instead of finding out from readers."""
    told = f"A second copy is on the site at {live.url}. Delete it there."
    post.differences = [*post.differences, told]
    work.audit("publication.second_copy", subject_kind="post", subject_id=post.id, reason=told)


def refuse(work: UnitOfWork, parcel: Parcel, error: LeadmetricsError, *, traits: Traits) -> PostOutcome:
    """It cannot go out as it is: a person must mend the cause."""
    post, row, _request = lock_rows(work, parcel)
    if not _is_ours(row, parcel):
        return leave_alone(parcel, _OVERTAKEN)
    if traits.resends:
        # The platform may have refused what was placed; another attempt places it anew. A campaign is never made twice.
        row.handles = {}
    return _refuse(work, row, post, str(error), error.code)


def _refuse(work: UnitOfWork, row: Publication, post: Post, detail: str, code: str) -> PostOutcome:
    move_publication(work, row, _S.REFUSED, detail, code=code)
    move_post(work, post, PostStatus.PUBLISH_FAILED, detail)
    post.problem = detail
    resolve_alert(work, doubt_key(post), detail)
    activity = find_unit_step(work, post.id, pipelines.PUBLISH)
    if activity is not None and activity.status == ActivityStatus.ASSIGNED:
        move_activity(work, activity, ActivityStatus.IN_PROGRESS)
        move_activity(work, activity, ActivityStatus.FAILED, detail)
        activity.problem = detail
    return PostOutcome(post_id=post.id, title=post.title, fate=Fate.REFUSED, detail=detail)


def postpone(work: UnitOfWork, parcel: Parcel, error: LeadmetricsError) -> PostOutcome:
    """A try that certainly wrote nothing: wait and try again, until the budget is used up."""
    post, row, _request = lock_rows(work, parcel)
    if not _is_ours(row, parcel):
        return leave_alone(parcel, _OVERTAKEN)
    tries = count_failed_tries(work, row)
    if tries >= len(BACK_OFF):
        detail = f"Given up after {tries + 1} tries. The last one: {error}"
        return _refuse(work, row, post, detail, error.code)
    asked = error.retry_after if isinstance(error, RateLimited) and error.retry_after is not None else 0.0
    wait = timedelta(seconds=min(max(BACK_OFF[tries], asked), LONGEST_PAUSE))
    _back_to_intended(work, row, str(error), error.code)
    row.retry_at = work.now + wait
    # This call left nothing to look for. Where a silent list proves nothing (TikTok), a look would block for ever.
    row.sent_at = parcel.sent_at
    return _outcome(parcel, Fate.POSTPONED, str(error), retry_at=row.retry_at)


def wait(work: UnitOfWork, parcel: Parcel, error: LeadmetricsError, *, seconds: float) -> PostOutcome:
    """Nothing is public, and nobody failed: the platform is at work on what was placed. Ask again later."""
    row = lock_publication(work, parcel.publication_id)
    if not _is_ours(row, parcel):
        return leave_alone(parcel, _OVERTAKEN)
    hold_back(work, row, str(error), code=error.code, until=work.now + timedelta(seconds=seconds))
    return _outcome(parcel, Fate.PROCESSING, str(error), retry_at=row.retry_at)


def hold_back(work: UnitOfWork, row: Publication, detail: str, *, code: str, until: datetime) -> None:
    """It stays intended until then, which counts as no failed try."""
    if row.state != _S.INTENDED or row.error_code != code:  # one step for the whole wait
        _back_to_intended(work, row, f"{WAITS}{detail}", code)
    row.error_code, row.error, row.retry_at = code, detail, until


def note_accepted(work: UnitOfWork, parcel: Parcel, accepted: Accepted) -> PostOutcome:
    """The platform took it in and is at work on it: look later whether it became public."""
    row = lock_publication(work, parcel.publication_id)
    if row.state == _S.SENDING:
        row.handles = {**row.handles, **accepted.handles}
        move_publication(work, row, _S.UNCONFIRMED, accepted.detail, code=ACCEPTED)
        row.retry_at = work.now + timedelta(seconds=accepted.look_after)
    return _outcome(parcel, Fate.PROCESSING, accepted.detail, retry_at=row.retry_at)


def stop(work: UnitOfWork, parcel: Parcel, why: str) -> PostOutcome:
    """No call was made after all; it stays intended, and its verdict says what it waits for."""
    row = lock_publication(work, parcel.publication_id)
    if not _is_ours(row, parcel):
        return leave_alone(parcel, _OVERTAKEN)
    _back_to_intended(work, row, why, "Stopped")
    # No call was made, so it does not count against the hour's cap.
    row.sent_at = parcel.sent_at
    return _outcome(parcel, Fate.STOPPED, why)


def _is_ours(row: Publication, parcel: Parcel) -> bool:
    """Whether nobody has settled it or begun a later attempt while we were away."""
    return row.state not in (_S.CONFIRMED, _S.REFUSED) and row.attempt <= parcel.attempt + 1


def leave_alone(parcel: Parcel, why: str) -> PostOutcome:
    """Somebody else has it; nothing is written."""
    return _outcome(parcel, Fate.STOPPED, why)


def _back_to_intended(work: UnitOfWork, row: Publication, detail: str, code: str) -> None:
    if row.state != _S.INTENDED:
        move_publication(work, row, _S.INTENDED, detail, code=code)
        return
    row.error_code, row.error = code, detail
    record_step(work, row, _S.INTENDED, detail)


def leave_open(work: UnitOfWork, parcel: Parcel, error: LeadmetricsError) -> PostOutcome:
    """A call went out and no trustworthy answer came back: look on the site before anything else."""
    row = lock_publication(work, parcel.publication_id)
    if row.state == _S.SENDING:
        move_publication(work, row, _S.UNCONFIRMED, str(error), code=error.code)
        row.retry_at = work.now + timedelta(seconds=LOOK_AGAIN[0])
    return _outcome(parcel, Fate.UNCONFIRMED, str(error), retry_at=row.retry_at)


def note_look(work: UnitOfWork, parcel: Parcel, seen: Look | LeadmetricsError, *, traits: Traits) -> PostOutcome:
    """We looked and did not find it, or could not look.

    Certainly not there, long enough after the call: it may be sent again, where machines may do that. Else look later.
    """
    post, row, _request = lock_rows(work, parcel)
    if row.state != _S.UNCONFIRMED:
        return leave_alone(parcel, _OVERTAKEN)
    row.looks += 1
    settled_from = (row.sent_at or row.intended_at) + timedelta(seconds=traits.settles_after)
    if isinstance(seen, Look) and seen.is_certain and work.now >= settled_from:
        return _settle_absent(work, row, post, parcel, traits)
    wait = work.now + timedelta(seconds=LOOK_AGAIN[min(row.looks, len(LOOK_AGAIN)) - 1])
    row.retry_at = max(wait, settled_from) if isinstance(seen, Look) and seen.is_certain else wait
    was_accepted = row.error_code == ACCEPTED
    detail = (seen.detail or _NOT_YET) if isinstance(seen, Look) else str(seen)
    if isinstance(seen, LeadmetricsError):
        row.error_code = seen.code
    elif not was_accepted:
        row.error_code = OutcomeUnknown.__name__
    row.error = detail
    record_step(work, row, _S.UNCONFIRMED, detail)
    if row.looks >= LOOKS_BEFORE_A_TASK:
        _ask_person_to_look(work, post, row, detail)
    fate = Fate.PROCESSING if row.error_code == ACCEPTED else Fate.UNCONFIRMED
    return _outcome(parcel, fate, detail, retry_at=row.retry_at)


def _settle_absent(work: UnitOfWork, row: Publication, post: Post, parcel: Parcel, traits: Traits) -> PostOutcome:
    """It is certainly not there."""
    detail = "Looked on the platform: it is certainly not there"
    tries = count_failed_tries(work, row)
    if not traits.resends:
        detail = (
            "The platform gave no clear answer when it was told to send, and it certainly did not send. A campaign is"
            " never sent again by itself: look at it there, and then try again here if it is to go out."
        )
        return _refuse(work, row, post, detail, "NotSentAgain")
    if tries >= len(BACK_OFF):
        detail = f"Given up after {tries + 1} tries: the platform gave no clear answer, and the post is not there"
        row.handles = {}
        return _refuse(work, row, post, detail, OutcomeUnknown.__name__)
    move_publication(work, row, _S.INTENDED, detail)
    row.retry_at = None
    resolve_alert(work, doubt_key(post), detail)
    return _outcome(parcel, Fate.ABSENT, detail)


def doubt_key(post: Post) -> str:
    """Names the concern that nobody knows whether a post is out."""
    return f"post:{post.id}:unconfirmed"


def _ask_person_to_look(work: UnitOfWork, post: Post, row: Publication, detail: str) -> None:
    """A machine that cannot tell for long needs eyes: one task for the whole doubt."""
    name = f"Look whether '{post.title}' is out"
    raise_alert(
        work, kind="publication.unconfirmed", severity=Severity.ATTENTION, dedupe_key=doubt_key(post), title=name,
        detail=detail, subject_kind="post", subject_id=post.id, channel_id=row.channel_id,
        task=PersonTask(
            step_key="look_for_post", name=name, role=HumanRole.REVIEWER,
            instructions=(
                "It was sent and the platform has not told what became of it. Nothing is sent again before that is"
                f" known. Look at the account on the platform. The last answer: {detail}"
            ),
        ),
    )  # fmt: skip


def reopen(work: UnitOfWork, parcel: Parcel, cause: str) -> PostOutcome:
    """What would go out is not what was approved: no call, and people are asked again."""
    post, row, _request = lock_rows(work, parcel)
    # The new question is about what is really there, not about the seal noted when it was saved.
    post.seal = read_post(work, post.id).seal
    move_publication(work, row, _S.REFUSED, cause, code="SealBroken")
    reopen_for_change(work, post.id, cause)
    return _outcome(parcel, Fate.REOPENED, cause)


def _outcome(parcel: Parcel, fate: Fate, detail: str, *, retry_at: datetime | None = None) -> PostOutcome:
    return PostOutcome(post_id=parcel.post_id, title=parcel.title, fate=fate, detail=detail, retry_at=retry_at)
