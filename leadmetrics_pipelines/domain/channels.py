"""Channels: a tenant's outside accounts and whether they can be used."""

from __future__ import annotations

from enum import StrEnum

from leadmetrics_pipelines.domain.states import StateMachine, table


class ChannelStatus(StrEnum):
    """Where a channel stands."""

    PENDING = "pending"
    CONNECTED = "connected"
    EXPIRED = "expired"
    REVOKED = "revoked"
    DISCONNECTED = "disconnected"


_S = ChannelStatus

CHANNEL = StateMachine(
    "channel",
    table(
        {
            _S.PENDING: {_S.CONNECTED, _S.REVOKED, _S.DISCONNECTED},
            _S.CONNECTED: {_S.EXPIRED, _S.REVOKED, _S.DISCONNECTED},
            _S.EXPIRED: {_S.CONNECTED, _S.REVOKED, _S.DISCONNECTED},
            _S.REVOKED: {_S.CONNECTED, _S.DISCONNECTED},
            _S.DISCONNECTED: {_S.PENDING, _S.CONNECTED},
        }
    ),
)


class HoldScope(StrEnum):
    """How far a kill switch reaches."""

    ALL = "all"
    TENANT = "tenant"
    CHANNEL = "channel"
