"""Counts that stop counting: past a bound nobody reads the number, and Postgres need not either."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, func, select

from leadmetrics_pipelines.storage.database import UnitOfWork

MOST_COUNTED = 99


@dataclass(frozen=True)
class Count:
    """A number up to `MOST_COUNTED`; one more means "more than that"."""

    value: int

    @property
    def text(self) -> str:
        """As shown: empty for none, `99+` past the bound."""
        if self.value > MOST_COUNTED:
            return f"{MOST_COUNTED}+"
        return str(self.value) if self.value else ""


def count_rows(work: UnitOfWork, rows: Select[*tuple[Any, ...]], **parameters: object) -> Count:
    """Count a query's rows, up to the bound. `parameters`: values of the query's named parameters."""
    capped = rows.limit(MOST_COUNTED + 1).subquery()
    return Count(work.session.scalar(select(func.count()).select_from(capped), parameters) or 0)
