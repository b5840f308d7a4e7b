"""Settling by hand: a person has looked on the platform and says what became of a call whose outcome nobody knows.

The last way out where a platform gives no certain answer (a list that lags for good, a campaign that is gone). Machines
look first and go on looking; this ends the wait, with the person's name in the record.
"""

from __future__ import annotations

from urllib.parse import urlsplit
from uuid import UUID

from sqlalchemy import select

from leadmetrics_pipelines.domain.people import Permission
from leadmetrics_pipelines.domain.publications import PublicationState
from leadmetrics_pipelines.errors import Conflict, InvalidInput, PermanentError
from leadmetrics_pipelines.platforms.publishing import LivePost, Traits
from leadmetrics_pipelines.services.alerts import resolve_alert
from leadmetrics_pipelines.services.post_rows import get_post
from leadmetrics_pipelines.services.poster import outcomes
from leadmetrics_pipelines.services.poster.ledger import POST, move_publication, parcel_of
from leadmetrics_pipelines.storage.content.models import Post
from leadmetrics_pipelines.storage.database import UnitOfWork
from leadmetrics_pipelines.storage.publications.models import Publication

LONGEST_URL = 2000
_NOTHING_LEFT = Traits(looks_first=True, resends=True, settles_after=0, at_once=1)


class LetBe(PermanentError):
    """A person decided that it does not go out."""


def settle_as_live(work: UnitOfWork, post_id: UUID, url: str) -> Post:
    """The person found it: it is out, at this address (empty where the platform has none).

    Raises NotAllowed, NotFound, InvalidInput or Conflict.
    """
    work.actor.require(Permission.UNBLOCK)
    url = _check_url(url)
    post, row = _find_open(work, post_id)
    live = LivePost(remote_id="", url=url, status="seen by a person")
    outcomes.confirm(work, parcel_of(row, post.title), live, run_id=None, adopted=True)
    # Without the platform's own id nobody can read it back.
    post.remote_id = row.remote_id = None
    _record(work, post, f"{work.actor.name} found it{f' at {url}' if url else ''}")
    return post


def settle_as_absent(work: UnitOfWork, post_id: UUID, *, send_again: bool) -> Post:
    """The person looked and it is not there: it is sent once more, or the person lets it be.

    Raises NotAllowed, NotFound or Conflict.
    """
    work.actor.require(Permission.UNBLOCK)
    post, row = _find_open(work, post_id)
    said = f"{work.actor.name} looked: it is not there"
    # What the earlier call left half done belongs to that call.
    row.handles, row.retry_at = {}, None
    if send_again:
        move_publication(work, row, PublicationState.INTENDED, f"{said}; it is sent once more")
        row.sent_at = None
        resolve_alert(work, outcomes.doubt_key(post), said)
    else:
        outcomes.refuse(work, parcel_of(row, post.title), LetBe(f"{said}, and let it be."), traits=_NOTHING_LEFT)
    _record(work, post, said)
    return post


def _find_open(work: UnitOfWork, post_id: UUID) -> tuple[Post, Publication]:
    post = get_post(work, post_id, lock=True)
    row = work.session.scalar(
        select(Publication)
        .where(Publication.post_id == post_id, Publication.part == POST)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if row is None or row.state != PublicationState.UNCONFIRMED:
        state = "has not been sent" if row is None else f"is {row.state}"
        msg = f"There is nothing to settle: this post {state}. Reload the page to see where it stands."
        raise Conflict(msg)
    return post, row


def _check_url(url: str) -> str:
    url = url.strip()
    parts = urlsplit(url)
    if url and (parts.scheme not in ("http", "https") or not parts.netloc or len(url) > LONGEST_URL):
        msg = "Give the address at which you found it, beginning with https://, or leave it empty."
        raise InvalidInput(msg, field="url")
    return url


def _record(work: UnitOfWork, post: Post, reason: str) -> None:
    work.audit("publication.settled_by_hand", subject_kind="post", subject_id=post.id, reason=reason)
