"""The reviews of a location: invented once, dated by today, some of them without a reply (reference 7.3)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from pydantic import BaseModel

from leadmetrics_pipelines.sandbox.google.desk import Desk

_PEOPLE = (
    ("Anna K.", "FIVE", "The bench fits our balcony to the centimetre."),
    ("Beat R.", "FIVE", "Advice in the garden, not from a catalogue."),
    ("Chiara M.", "FOUR", "Lovely table. Delivery came a day late."),
    ("David S.", "FIVE", ""),
    ("Eva L.", "TWO", "A leg was loose and nobody answered the phone."),
    ("Fabio T.", "FIVE", "Larch, steel, no plastic. Exactly what we wanted."),
    ("Greta W.", "FOUR", "Good quality, not cheap."),
    ("Hans P.", "FIVE", "Second chair bought here, third to come."),
    ("Ines B.", "THREE", "Nice shop, few parking spaces."),
    ("Jonas F.", "FIVE", "Repaired our old bench for a fair price."),
    ("Karin Z.", "FIVE", ""),
    ("Luca D.", "FOUR", "Friendly people."),
    ("Mia H.", "FIVE", "They came to measure the terrace."),
    ("Nils A.", "FIVE", "Five years outside and still beautiful."),
)
_DAYS_APART = 11


class Reply(BaseModel):
    """The owner's answer."""

    comment: str
    updated_at: datetime

    def tell(self) -> dict[str, Any]:
        """As Google tells it."""
        return {"comment": self.comment, "updateTime": f"{self.updated_at:%Y-%m-%dT%H:%M:%SZ}"}


def reviews_of(desk: Desk, account: str, location: str) -> list[dict[str, Any]]:
    """Newest first; the newest of them have no reply, as many as the set-up says. The warehouse has none."""
    if location == "203":
        return []
    now = desk.now().replace(hour=8, minute=0, second=0, microsecond=0)
    return [
        _review(desk, f"accounts/{account}/locations/{location}", index, now - timedelta(days=2 + index * _DAYS_APART))
        for index in range(len(_PEOPLE))
    ]


def _review(desk: Desk, parent: str, index: int, at: datetime) -> dict[str, Any]:
    person, stars, comment = _PEOPLE[index]
    review_id = f"r{index:03}"
    stamp = f"{at:%Y-%m-%dT%H:%M:%SZ}"
    said = desk.read("reply", f"{parent.rpartition('/')[2]}/{review_id}", Reply)
    if said is None and index >= desk.set_up.unanswered_reviews:
        said = Reply(comment="Thank you for your visit!", updated_at=at + timedelta(days=1))
    return {
        "name": f"{parent}/reviews/{review_id}", "reviewId": review_id, "reviewer": {"displayName": person},
        "starRating": stars, **({"comment": comment} if comment else {}), "createTime": stamp, "updateTime": stamp,
        **({"reviewReply": said.tell()} if said else {}),
    }  # fmt: skip
