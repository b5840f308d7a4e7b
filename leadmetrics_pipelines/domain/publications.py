"""The publication ledger: what an outside write may go through, so that it happens once (reference/lessons 1 to 5)."""

from __future__ import annotations

from enum import StrEnum

from leadmetrics_pipelines.domain.states import StateMachine, table


class PublicationState(StrEnum):
    """What is known of one outside write."""

    INTENDED = "intended"
    SENDING = "sending"
    CONFIRMED = "confirmed"
    REFUSED = "refused"
    UNCONFIRMED = "unconfirmed"


_S = PublicationState

PUBLICATION = StateMachine(
    "publication",
    table(
        {
            # Refused without a call: the seal did not match, or a person dropped it.
            _S.INTENDED: {_S.SENDING, _S.CONFIRMED, _S.REFUSED},
            # Back to intended only when the other side certainly wrote nothing (no connection, 429).
            _S.SENDING: {_S.CONFIRMED, _S.REFUSED, _S.UNCONFIRMED, _S.INTENDED},
            # Left only after a look on the site: found (confirmed), or certainly absent (intended, next attempt).
            _S.UNCONFIRMED: {_S.CONFIRMED, _S.INTENDED, _S.REFUSED},
            # A person has mended the cause and asks for another attempt.
            _S.REFUSED: {_S.INTENDED},
            _S.CONFIRMED: set(),
        }
    ),
)
