"""The page of state machines: each as a picture and as a table."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Any

from leadmetrics_pipelines.domain.activities import ACTIVITY
from leadmetrics_pipelines.domain.approvals import APPROVAL, DecisionEvent
from leadmetrics_pipelines.domain.channels import CHANNEL
from leadmetrics_pipelines.domain.content import POST, REQUEST
from leadmetrics_pipelines.domain.periods import PERIOD, Health
from leadmetrics_pipelines.domain.publications import PUBLICATION
from leadmetrics_pipelines.domain.release import ReleaseState
from leadmetrics_pipelines.domain.sessions import SESSION
from leadmetrics_pipelines.domain.states import StateMachine
from scripts.reference.markdown import code, codes, page, table

# (heading, machine, first state, where it is defined)
MACHINES: tuple[tuple[str, StateMachine[Any], str, str], ...] = (
    ("Request", REQUEST, "draft", "content"),
    ("Blog post", POST, "draft", "content"),
    ("Activity", ACTIVITY, "created", "activities"),
    ("Deliverable period", PERIOD, "planned", "periods"),
    ("Approval", APPROVAL, "open", "approvals"),
    ("Publication", PUBLICATION, "intended", "publications"),
    ("Channel", CHANNEL, "pending", "channels"),
    ("Session", SESSION, "pending", "sessions"),
)
_ABOUT = """
What may follow what. Each machine is a table in one module of `leadmetrics_pipelines/domain/`; a move that is not in
its table raises `TransitionRefused`, and every move writes a row of the audit log in the same transaction. A state
without a way out is final.
"""
_RELEASE = """
## Not stored: why a post is not out

`domain/release.py` answers with one of these; the publisher, the sensors and every page ask it ([exactly-once
publishing](../explanation/exactly-once-publishing.md)). Only {ready} lets the publisher make the call that writes;
{look} lets it look on the site.
"""
_HEALTH = """
## Not stored: the health of a period

Derived from what is published, what was promised and how much of the month has passed: {states}. At risk: fewer are
published than the passed share of the month asks for, after a first third in which research, drafting and review take
their time.
"""
_EVENTS = """
## The record of decisions

Every row of `decisions` is one of these events: {events}.
"""


def make_page() -> str:
    """`docs/reference/states.md`."""
    release = _RELEASE.format(ready=code(ReleaseState.READY), look=code(ReleaseState.LOOK_FIRST))
    states = f"{codes(ReleaseState)}."
    return page(
        "States", _ABOUT, *(_describe(*entry) for entry in MACHINES), release, states,
        _HEALTH.format(states=codes(Health)), _EVENTS.format(events=codes(DecisionEvent)),
    )  # fmt: skip


def _describe(heading: str, machine: StateMachine[Any], first: str, module: str) -> str:
    moves = machine.moves
    rows = [(code(state), codes(_in_order(moves, targets)) or "final") for state, targets in moves.items()]
    about = f"A {machine.name}, in `domain/{module}.py`."
    return "\n\n".join([f"## {heading}", about, diagram(machine, first), table(("from", "to"), rows)])


def diagram(machine: StateMachine[Any], first: str) -> str:
    """The machine as a Mermaid picture."""
    lines = ["```mermaid", "stateDiagram-v2", f"    [*] --> {first}"]
    for state, targets in machine.moves.items():
        lines += [f"    {state} --> {target}" for target in _in_order(machine.moves, targets)]
        lines += [] if targets else [f"    {state} --> [*]"]
    return "\n".join([*lines, "```"])


def _in_order(moves: Mapping[StrEnum, frozenset[StrEnum]], targets: Iterable[StrEnum]) -> list[str]:
    order = [str(state) for state in moves]
    return sorted((str(target) for target in targets), key=order.index)
