"""State machines: one explicit table of allowed moves each; anything else raises.

The tables themselves live beside what they describe (`activities.py`, `content.py`, ...).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, TypeVar

from leadmetrics_pipelines.errors import Conflict

S = TypeVar("S", bound=StrEnum)


class TransitionRefused(Conflict):
    """The thing is not in a state from which it can go there."""


@dataclass(frozen=True)
class StateMachine(Generic[S]):
    """What may follow what. `name` is the word people use for the thing."""

    name: str
    moves: Mapping[S, frozenset[S]]

    def allows(self, current: S, target: S) -> bool:
        """Whether the move is in the table."""
        return target in self.moves.get(current, frozenset())

    def check(self, current: S, target: S) -> S:
        """Return `target`, or raise TransitionRefused when the table has no such move."""
        if not self.allows(current, target):
            possible = ", ".join(sorted(self.moves.get(current, ()))) or "nothing: this state is final"
            msg = f"A {self.name} that is {current} cannot become {target}. From here: {possible}."
            raise TransitionRefused(msg)
        return target

    def is_final(self, state: S) -> bool:
        """Whether nothing can follow."""
        return not self.moves.get(state)


def table(moves: Mapping[S, set[S]]) -> Mapping[S, frozenset[S]]:
    """Freeze a literal table of moves."""
    return {state: frozenset(targets) for state, targets in moves.items()}
