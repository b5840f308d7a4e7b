"""A channel's credentials at rest: sealed, numbered, and with the times that go with them.

Every change gets a new number (`credentials_version`): whoever began from older ones finds out and drops its own.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Mapping
from datetime import datetime
from uuid import UUID

from leadmetrics_pipelines.domain.tokens import plan_renewal, plan_warning
from leadmetrics_pipelines.errors import InvalidInput
from leadmetrics_pipelines.kit.encryption import Keyring
from leadmetrics_pipelines.platforms.connecting import Credentials, Grant
from leadmetrics_pipelines.platforms.connectors import can_renew, connects_by_oauth
from leadmetrics_pipelines.storage.channels.models import Channel


def merge_credentials(old: Credentials, new: Credentials) -> dict[str, str]:
    """What is new over what was there. Nothing is ever overwritten with nothing: platforms leave out what stays."""
    return {**old, **{name: value for name, value in new.items() if value}}


def store_credentials(keyring: Keyring, channel: Channel, credentials: Mapping[str, str]) -> None:
    """Seal credentials into the channel's row."""
    channel.credentials = keyring.seal(credentials)
    channel.credentials_version += 1


def store_grant(
    keyring: Keyring, channel: Channel, grant: Grant, now: datetime, *, extra: Credentials | None = None
) -> None:
    """What a platform handed out, over what was there; when it ends, and when to renew it. `extra`: the account's."""
    old = keyring.open(channel.credentials) if channel.credentials is not None else {}
    secrets = merge_credentials(merge_credentials(old, grant.credentials), extra or {})
    store_credentials(keyring, channel, secrets)
    channel.expires_at = grant.expires_at
    if grant.refresh_expires_at is not None or grant.credentials.get("refresh_token"):
        channel.refresh_expires_at = grant.refresh_expires_at
    if grant.scopes is not None:
        channel.scopes = sorted(grant.scopes)
    channel.renewed_at = now
    renews = can_renew(channel.platform, secrets)
    channel.renew_at = (
        plan_renewal(channel.id, now, grant.expires_at) if renews else plan_warning(now, grant.expires_at)
    )


def forget_credentials(channel: Channel) -> None:
    """Nothing usable stays."""
    channel.credentials = None
    channel.credentials_version += 1
    channel.expires_at = channel.refresh_expires_at = channel.renew_at = None
    if connects_by_oauth(channel.platform):
        channel.scopes = None


def find_renewable(keyring: Keyring, channels: Iterable[Channel]) -> frozenset[UUID]:
    """The channels whose access is renewed without a person. Credentials that cannot be read are renewed by nobody."""
    found = set()
    for channel in channels:
        with contextlib.suppress(InvalidInput):
            if channel.credentials and can_renew(channel.platform, keyring.open(channel.credentials)):
                found.add(channel.id)
    return frozenset(found)
