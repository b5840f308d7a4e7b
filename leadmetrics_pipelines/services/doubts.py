"""What a person says of a post of which no machine can tell whether it is out.

Some platforms show nothing that would settle it (TikTok lists public posts only). The publisher never sends again while
it is in doubt; a person has looked, and says what is there.
"""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select

from leadmetrics_pipelines.domain.people import Permission
from leadmetrics_pipelines.domain.publications import PublicationState
from leadmetrics_pipelines.errors import Conflict, InvalidInput
from leadmetrics_pipelines.platforms.publishing import LivePost
from leadmetrics_pipelines.services.alerts import resolve_alert
from leadmetrics_pipelines.services.post_rows import get_post
from leadmetrics_pipelines.services.poster.ledger import POST, move_publication, parcel_of
from leadmetrics_pipelines.services.poster.outcomes import confirm, doubt_key
from leadmetrics_pipelines.storage.content.models import Post
from leadmetrics_pipelines.storage.database import UnitOfWork
from leadmetrics_pipelines.storage.publications.models import Publication


def settle_doubt(work: UnitOfWork, post_id: UUID, *, is_out: bool, url: str = "") -> Post:
    """A person looked on the platform: it is out (under `url`, where it has one), or it is not and may be sent again.

    Raises NotAllowed, NotFound, InvalidInput (an address that is none), or Conflict when the post is not in doubt.
    """
    work.actor.require(Permission.UNBLOCK)
    url = url.strip()
    if url and not url.startswith(("https://", "http://")):
        msg = "Give the whole address of the post, beginning with https://, or leave it empty."
        raise InvalidInput(msg, field="url")
    post = get_post(work, post_id, lock=True)
    row = work.session.scalar(select(Publication).filter_by(post_id=post_id, part=POST).with_for_update())
    if row is None or row.state != PublicationState.UNCONFIRMED:
        msg = "This post is not in doubt: whether it is out is known, or it is being sent right now."
        raise Conflict(msg)
    said = f"{work.actor.name} looked on the platform"
    if is_out:
        live = LivePost(remote_id="", url=url, status="seen by a person")
        confirm(work, parcel_of(row, post.title), live, run_id=row.run_id, adopted=True)
        # Nobody knows the platform's id of it, so nothing reads it back.
        post.remote_id = row.remote_id = None
        return post
    move_publication(work, row, PublicationState.INTENDED, f"{said}: it is not there")
    row.retry_at = None
    resolve_alert(work, doubt_key(post), f"{said}: it is not there")
    return post
