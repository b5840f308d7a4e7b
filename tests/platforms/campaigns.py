"""Newsletters in order, and the steps that send one, for the rooms of e-mail platforms."""

from __future__ import annotations

import dataclasses
import uuid
from typing import Any

from leadmetrics_pipelines.platforms.publishing import Accepted, Handles, LivePost, OutgoingCampaign, Publisher


def a_campaign(**changes: Any) -> OutgoingCampaign:  # noqa: ANN401  any field of a campaign
    """A newsletter with a marker of its own."""
    campaign = OutgoingCampaign(
        marker=str(uuid.uuid4()),
        subject="Five chairs for small balconies",
        preview_text="And how to oil them.",
        body_html="<h2>Small &amp; sturdy</h2>\n<p>Teak lasts.</p>",
        from_name="Acme Garden Furniture",
        reply_to="hello@acme-garden.example",
    )
    return dataclasses.replace(campaign, **changes)


class Ledger:
    """Keeps handles as the poster's ledger does, each time it is told."""

    def __init__(self) -> None:
        self.kept: list[Handles] = []

    def keep(self, handles: Handles) -> None:
        self.kept.append(dict(handles))

    @property
    def last(self) -> Handles:
        return self.kept[-1] if self.kept else {}


def send_campaign(publisher: Publisher, item: OutgoingCampaign, ledger: Ledger | None = None) -> LivePost | Accepted:
    """Prepare, place and send."""
    ledger = ledger or Ledger()
    prepared = publisher.prepare(item, ledger.last)
    handles = publisher.place(prepared, ledger.last, ledger.keep)
    return publisher.send(prepared, handles)
