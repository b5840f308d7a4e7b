"""What became of a publication: the ledger row, the post, its publish activity and the month, in one transaction.

Every function takes a unit of work of the tenant; the caller commits. Nothing is sent from here.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from leadmetrics_pipelines.domain import pipelines
from leadmetrics_pipelines.domain.activities import ActivityStatus
from leadmetrics_pipelines.domain.content import PostStatus
from leadmetrics_pipelines.domain.publications import PublicationState
from leadmetrics_pipelines.errors import LeadmetricsError, RateLimited
from leadmetrics_pipelines.platforms.base import LivePost
from leadmetrics_pipelines.services.pipelines import find_unit_step, unit_published
from leadmetrics_pipelines.services.poster.ledger import (
    Parcel,
    count_failed_tries,
    lock_publication,
    lock_rows,
    move_publication,
    record_step,
)
from leadmetrics_pipelines.services.posts import read_post, reopen_for_change
from leadmetrics_pipelines.services.transitions import move_activity, move_post
from leadmetrics_pipelines.storage.content.models import Post
from leadmetrics_pipelines.storage.database import UnitOfWork
from leadmetrics_pipelines.storage.publications.models import Publication

# Seconds to wait after the first, second, ... try that certainly wrote nothing; after the last a person is asked.
BACK_OFF = (15.0, 60.0, 300.0, 1200.0, 3600.0)
# Seconds between looks for an outcome that is not known; the last one repeats.
LOOK_AGAIN = (5.0, 15.0, 60.0, 300.0, 900.0)
# A site may still be at work on a request we gave up on (PHP has no clock while it waits for its database). Before
# this much time has passed since the call, "not there" is not yet "certainly not there". Seconds.
STILL_WORKING = 120.0
LONGEST_PAUSE = 6 * 3600.0
_OVERTAKEN = "Another publisher has taken it up meanwhile"
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


@dataclass(frozen=True, kw_only=True)
class PostOutcome:
    """One post of a pass. `detail` is a sentence for people; `retry_at`: UTC, when it is tried or looked for again."""

    post_id: UUID
    title: str
    fate: Fate
    detail: str
    url: str | None = None
    retry_at: datetime | None = None


def confirm(work: UnitOfWork, parcel: Parcel, live: LivePost, *, run_id: str | None, adopted: bool) -> PostOutcome:
    """It is live: settle ledger, post, activity, request and month."""
    post, row, _request = lock_rows(work, parcel)
    fate = Fate.ADOPTED if adopted else Fate.PUBLISHED
    outcome = PostOutcome(post_id=post.id, title=post.title, fate=fate, detail=f"Live at {live.url}", url=live.url)
    if row.state == _S.CONFIRMED:
        if row.remote_id != live.remote_id:
            _report_second_copy(work, post, live)
        return outcome
    row.remote_id, row.remote_url = live.remote_id, live.url
    detail = f"Found on the site: {live.url}" if adopted else f"Live at {live.url}"
    move_publication(work, row, _S.CONFIRMED, detail)
    post.published_url, post.remote_id, post.published_at = live.url, live.remote_id, work.now
    post.differences = [*live.differences, *(_judge_found(live, is_current=row.seal == post.seal) if adopted else ())]
    post.run_id = run_id
    with work.session.no_autoflush:  # one flush at the count, instead of one at each question before it
        move_post(work, post, PostStatus.PUBLISHED, detail)
        unit_published(work, post)
    return outcome


def _report_second_copy(work: UnitOfWork, post: Post, live: LivePost) -> None:
    """It must not happen, but if it does, people are told instead of finding out from readers."""
    told = f"A second copy is on the site at {live.url}. Delete it there."
    post.differences = [*post.differences, told]
    work.audit("publication.second_copy", subject_kind="post", subject_id=post.id, reason=told)


def _judge_found(live: LivePost, *, is_current: bool) -> list[str]:
    found = []
    if live.status not in ("publish", "future"):
        found.append(f"On the site it is '{live.status}', not public: somebody changed that there.")
    if not is_current:
        found.append("What is live is an earlier version than the one approved last.")
    return found


def refuse(work: UnitOfWork, parcel: Parcel, error: LeadmetricsError) -> PostOutcome:
    """It cannot go out as it is: a person must mend the cause."""
    post, row, _request = lock_rows(work, parcel)
    if not _is_ours(row, parcel):
        return leave_alone(parcel, _OVERTAKEN)
    return _refuse(work, row, post, str(error), error.code)


def _refuse(work: UnitOfWork, row: Publication, post: Post, detail: str, code: str) -> PostOutcome:
    move_publication(work, row, _S.REFUSED, detail, code=code)
    move_post(work, post, PostStatus.PUBLISH_FAILED, detail)
    post.problem = detail
    activity = find_unit_step(work, post.request_id, pipelines.PUBLISH)
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
    return _outcome(parcel, Fate.POSTPONED, str(error), retry_at=row.retry_at)


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


def note_look(work: UnitOfWork, parcel: Parcel, error: LeadmetricsError | None) -> PostOutcome:
    """We looked and did not find it (`error` None), or could not look.

    Not there, long enough after the call: certainly absent, so that it may be sent again. Else look again later.
    """
    post, row, _request = lock_rows(work, parcel)
    if row.state != _S.UNCONFIRMED:
        return leave_alone(parcel, _OVERTAKEN)
    row.looks += 1
    settled_from = (row.sent_at or row.intended_at) + timedelta(seconds=STILL_WORKING)
    if error is None and work.now >= settled_from:
        detail = "Looked on the site: it is certainly not there"
        tries = count_failed_tries(work, row)
        if tries >= len(BACK_OFF):
            detail = f"Given up after {tries + 1} tries: the site gave no clear answer, and the post is not there"
            return _refuse(work, row, post, detail, "OutcomeUnknown")
        move_publication(work, row, _S.INTENDED, detail)
        row.retry_at = None
        return _outcome(parcel, Fate.ABSENT, detail)
    wait = work.now + timedelta(seconds=LOOK_AGAIN[min(row.looks, len(LOOK_AGAIN)) - 1])
    row.retry_at = wait if error else max(wait, settled_from)
    detail = str(error) if error else "Not on the site yet; the site may still be at work on it. It is looked for again"
    row.error_code, row.error = (error.code if error else "OutcomeUnknown"), detail
    record_step(work, row, _S.UNCONFIRMED, detail)
    return _outcome(parcel, Fate.UNCONFIRMED, detail, retry_at=row.retry_at)


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
