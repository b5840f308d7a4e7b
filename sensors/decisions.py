"""What sensors decide, as pure functions: which work to hand out, given what is ready and what is under way."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

# A run that was asked for and never came to anything is asked for again after this many seconds.
ASK_AGAIN_SECONDS = 60


class Ready(Protocol):
    """Work of one tenant's month that is ready; `digest` changes whenever the work or its attempts do."""

    @property
    def tenant(self) -> str: ...
    @property
    def month(self) -> str: ...
    @property
    def count(self) -> int: ...
    @property
    def digest(self) -> str: ...


@dataclass(frozen=True, kw_only=True)
class Request:
    """A run to ask for."""

    tenant: str
    month: str
    run_key: str


def decide_runs(ready: Iterable[Ready], under_way: set[tuple[str, str]], now: datetime) -> Sequence[Request]:
    """One run per tenant and month with ready work and no run under way (a run works until nothing is left).

    The run key holds the state of the work and the minute: the same state is asked for once a minute at most, so a
    dispatch that failed heals, and a lost tick changes nothing.
    """
    minute = int(now.timestamp() // ASK_AGAIN_SECONDS)
    return [
        Request(tenant=work.tenant, month=work.month, run_key=f"{work.tenant}/{work.month}/{work.digest}/{minute}")
        for work in ready
        if (work.tenant, work.month) not in under_way
    ]


def decide_new_tenants(known: Iterable[str], partitions: Iterable[str]) -> Sequence[str]:
    """Tenants that have no partition yet."""
    return sorted(set(known) - set(partitions))
