"""Every use case there is, called by Acme's people with the neighbour's ids: nothing of theirs is read or changed.

The use cases are found by looking, so that a new one is under test from its first day. Arguments are filled in by the
parameters' names and types; a use case whose parameters cannot be filled is skipped by name.
"""

from __future__ import annotations

import dataclasses
import importlib
import inspect
import pkgutil
import types
import typing
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import timedelta
from enum import Enum
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from leadmetrics_pipelines import services
from leadmetrics_pipelines.domain.approvals import Decision, SubjectKind
from leadmetrics_pipelines.domain.contents import BlogContent
from leadmetrics_pipelines.domain.people import Actor, Permission
from leadmetrics_pipelines.domain.periods import Month
from leadmetrics_pipelines.errors import LeadmetricsError
from leadmetrics_pipelines.services.approvals import Answer, add_comment
from leadmetrics_pipelines.services.posts import store_image
from leadmetrics_pipelines.services.requests import RequestBrief
from leadmetrics_pipelines.services.work import Claim
from leadmetrics_pipelines.storage.base import Base
from leadmetrics_pipelines.storage.database import UnitOfWork
from leadmetrics_pipelines.storage.models import metadata
from tests.builders import NOVEMBER, TESTER, BlogMonth
from tests.databases import TestDatabase
from tests.services.quick import activities, at_work, with_drafts

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 16
SECRET = "zenith-secret-plan"


def find_use_cases() -> dict[str, Callable[..., Any]]:
    """Public functions of the services whose first parameter is a unit of work."""
    found: dict[str, Callable[..., Any]] = {}
    for info in pkgutil.walk_packages(services.__path__, f"{services.__name__}."):
        module = importlib.import_module(info.name)
        for name, function in inspect.getmembers(module, inspect.isfunction):
            first = next(iter(inspect.signature(function).parameters.values()), None)
            if first and first.name == "work" and function.__module__ == info.name and not name.startswith("_"):
                found[f"{info.name.removeprefix(services.__name__ + '.')}.{name}"] = function
    return found


USE_CASES = find_use_cases()


class NoArgument(Exception):
    """No value for a parameter."""


class TheirThings:
    """What an attacker could know of the neighbour: every id of every row, and values of the right kind."""

    def __init__(self, neighbour: BlogMonth) -> None:
        self.tenant_id = neighbour.tenant.id
        with neighbour.runtime.unit_of_work(tenant=neighbour.tenant.id, actor=TESTER) as work:
            self._rows: dict[str, Any] = {
                mapper.class_.__tablename__: work.session.query(mapper.class_).first()
                for mapper in Base.registry.mappers
                if mapper.class_.__tablename__ not in {"users", "sign_ins", "sign_in_attempts"}
            }
        (research,) = activities(neighbour, "plan")
        post, approval = self._rows["posts"], self._rows["approvals"]
        self._by_name: dict[str, object] = {
            "post_id": post.id, "request_id": post.request_id, "approval_id": approval.id,
            "activity_id": research.id, "channel_id": neighbour.channel_id, "tenant_id": self.tenant_id,
            "period_id": self._rows["deliverable_periods"].id, "subject_id": post.id,
            "deliverable_id": self._rows["deliverables"].id, "user_id": neighbour.reviewer.user_id,
            "slug": "zenith", "step_key": "write", "seal": approval.seal,
        }  # fmt: skip
        self._values: dict[Any, Any] = {
            str: "text", bool: True, int: 1, float: 1.0, bytes: PNG, timedelta: timedelta(hours=1),
            Month: NOVEMBER, Decision: Decision.APPROVE, RequestBrief: RequestBrief(title="Mine"),
            BlogContent: BlogContent(title="Mine", slug="mine", excerpt="", body_markdown="Mine"),
            Answer: Answer(approval_id=approval.id, decision=Decision.APPROVE, seal=approval.seal), UUID: post.id,
            Claim: Claim(
                activity_id=research.id, tenant_id=self.tenant_id, step_key="plan", agent_role="x",
                fence=research.fence, attempt=1, lease_until=research.created_at,
            ),
        }  # fmt: skip

    def fill(self, name: str, kind: object) -> object:
        """A value for a parameter, the neighbour's wherever it can be."""
        if name in self._by_name:
            return self._by_name[name]
        origin, inner = typing.get_origin(kind), [k for k in typing.get_args(kind) if k is not type(None)]
        if origin in {typing.Union, types.UnionType}:
            return self.fill(name, inner[0])
        if isinstance(origin, type) and issubclass(origin, Iterable) and not issubclass(origin, Mapping):
            return [self.fill("post_id" if name.endswith("ids") else name, inner[0])]
        if isinstance(kind, type) and issubclass(kind, Base):
            return self._rows[kind.__tablename__]
        if isinstance(kind, type) and issubclass(kind, Enum):
            return next(iter(kind))
        if kind not in self._values:
            msg = f"{name}: {kind}"
            raise NoArgument(msg)
        return self._values[kind]

    def arguments(self, function: Callable[..., Any]) -> dict[str, object]:
        """Values for all parameters that must be given."""
        hints = typing.get_type_hints(function)
        return {
            name: self.fill(name, hints[name])
            for name, parameter in inspect.signature(function).parameters.items()
            if name != "work" and parameter.default is inspect.Parameter.empty
        }


def words_of(value: object, depth: int = 0) -> Iterator[str]:
    """Every text in an answer, however deep."""
    if depth > 8:
        return
    if isinstance(value, Base):
        yield str(value.__dict__)
    elif dataclasses.is_dataclass(value) and not isinstance(value, type):
        for field in dataclasses.fields(value):
            yield from words_of(getattr(value, field.name), depth + 1)
    elif isinstance(value, Mapping):
        for item in value.items():
            yield from words_of(item, depth + 1)
    elif isinstance(value, Iterable) and not isinstance(value, str | bytes):
        for inner in value:
            yield from words_of(inner, depth + 1)
    else:
        yield str(value)


def dump(database: TestDatabase, tenant: UUID) -> dict[str, list[Any]]:
    """All rows of a tenant, as a superuser sees them."""
    with database.server.connect(database.name) as connection:
        return {
            table: connection.execute(
                f"SELECT t::text FROM {table} t WHERE {column} = %s ORDER BY 1", [tenant]  # noqa: S608
            ).fetchall()
            for table, column in [(t.name, "tenant_id") for t in metadata.sorted_tables if "tenant_id" in t.columns]
            + [("tenants", "id")]
        }  # fmt: skip


@pytest.fixture
def secretive(neighbour: BlogMonth) -> BlogMonth:
    """The neighbour, with a secret in everything that has words."""
    draft = with_drafts(neighbour)[0]
    with at_work(neighbour) as work:
        add_comment(work, SubjectKind.POST, draft.subject_id, SECRET)
        store_image(work, PNG)
    with at_work(neighbour, TESTER) as work:
        for table, column in (
            ("content_requests", "title"), ("posts", "title"), ("approvals", "title"), ("activities", "name"),
            ("channels", "name"), ("deliverables", "name"), ("tenants", "name"),
        ):  # fmt: skip
            work.session.execute(text(f"UPDATE {table} SET {column} = '{SECRET} ' || {column}"))  # noqa: S608
    return neighbour


def test_there_is_something_to_try() -> None:
    """Should the services move, this must not become a test of nothing."""
    assert len(USE_CASES) > 60
    assert {"approvals.decide", "contents.read_post", "work.claim_work", "gates.find_open"} <= set(USE_CASES)


def test_no_use_case_reads_or_changes_the_neighbours_rows(
    quick: BlogMonth, secretive: BlogMonth, test_database: TestDatabase
) -> None:
    """Called with every right there is in Acme, and each in a transaction that is committed where it can be."""
    with_drafts(quick)
    mighty = dataclasses.replace(quick.reviewer, permissions=frozenset(Permission))
    theirs = TheirThings(secretive)
    before = dump(test_database, secretive.tenant.id)
    calls, unfilled = [], []
    for name, function in USE_CASES.items():
        try:
            calls.append((name, function, theirs.arguments(function)))
        except NoArgument as missing:
            unfilled.append(f"{name} ({missing})")
    # Who is handed one of their rows knows the secret and may copy it: they come last, and are not asked for it.
    knowing = [any(isinstance(value, Base) for value in arguments.values()) for _, _, arguments in calls]
    for knows, (name, function, arguments) in sorted(zip(knowing, calls, strict=True), key=lambda pair: pair[0]):
        said = call(quick, mighty, function, arguments)
        assert knows or not any(SECRET in words for words in said), f"{name} tells the neighbour's secrets"
        assert dump(test_database, secretive.tenant.id) == before, f"{name} changed the neighbour's rows"
    assert len(calls) > len(USE_CASES) * 0.8, f"not tried: {unfilled}"


def call(month: BlogMonth, actor: Actor, function: Callable[..., Any], arguments: dict[str, object]) -> list[str]:
    """What a use case answers, or says when it refuses."""
    try:
        with at_work(month, actor) as work:
            return list(words_of(function(work, **arguments)))
    except LeadmetricsError as error:
        return [str(error)]
    except (SQLAlchemyError, DBAPIError, RuntimeError, LookupError, TypeError, ValueError, AttributeError):
        return []  # refused by the database, or handed something that it is never handed


def test_the_calls_above_do_work_with_ones_own_ids(quick: BlogMonth) -> None:
    """So that they were refused for whose they are, and not for how they were called."""
    with_drafts(quick)
    mine = TheirThings(quick)
    mighty = dataclasses.replace(quick.reviewer, permissions=frozenset(Permission))
    worked = 0
    for function in USE_CASES.values():
        try:
            arguments = mine.arguments(function)
            with at_work(quick, mighty) as work:
                function(work, **arguments)
                worked += 1
                work.session.rollback()
        except Exception:  # noqa: BLE001, S112 - many need a state that only one of them can find
            continue
    assert worked > len(USE_CASES) * 0.4


def test_a_unit_of_work_is_the_first_parameter_by_type_too() -> None:
    """What is called `work` is one, so that the search above finds what it should."""
    for name, function in USE_CASES.items():
        assert typing.get_type_hints(function)["work"] is UnitOfWork, name
