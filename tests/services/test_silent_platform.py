"""TikTok lists a post when it is public, or never: what a publisher does when the list's silence proves nothing."""

from __future__ import annotations

import pytest

from leadmetrics_pipelines.sandbox.faults import Effect
from tests.services.test_publishing_everywhere import TARGETS, Everywhere, everywhere, shared

__all__ = ["everywhere", "shared"]


@pytest.mark.parametrize(
    ("effect", "held", "state"),
    [("status", 1, "confirmed"), ("drop_after", 1, "confirmed"), ("drop_before", 0, "unconfirmed")],
)
def test_a_call_without_an_id(everywhere: Everywhere, effect: Effect, held: int, state: str) -> None:
    """What was turned away (429) is sent again, what was taken in is found; else it stays in doubt, for a person."""
    target = TARGETS["tiktok"]
    _, posts = everywhere.approve(target, "first-token")
    everywhere.sandbox.set_fault("tiktok", effect, method="POST", path_regex="/content/init/", status=429)
    for _ in range(6):
        everywhere.publish()
        everywhere.clock.advance(seconds=130)
    assert everywhere.held(target, "first-token") == held
    assert everywhere.ledger(posts["first-token"]).state == state
