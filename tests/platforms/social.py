"""Social posts and their way out, for the rooms that publish them."""

from __future__ import annotations

import uuid
from typing import Any

from leadmetrics_pipelines.platforms.publishing import AnyOutgoing, Handles, LivePost, OutgoingSocial, Publisher


def a_social(**changes: Any) -> OutgoingSocial:  # noqa: ANN401  any field of a post
    """A post with a marker of its own."""
    fields: dict[str, Any] = {"marker": str(uuid.uuid4()), "text": "A bench that stays outside all year. #garden"}
    return OutgoingSocial(**fields | changes)


def place(publisher: Publisher, item: AnyOutgoing, handles: Handles | None = None) -> tuple[Handles, list[Handles]]:
    """All handles, and each state of them that was kept on the way."""
    kept: list[Handles] = []
    known = handles or {}
    return publisher.place(publisher.prepare(item, known), known, kept.append), kept


def publish(publisher: Publisher, item: AnyOutgoing) -> LivePost:
    """Prepare, place, send; the post that is live."""
    handles, _ = place(publisher, item)
    live = publisher.send(publisher.prepare(item, handles), handles)
    assert isinstance(live, LivePost)
    return live
