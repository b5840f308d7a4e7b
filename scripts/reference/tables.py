"""The page of tables: columns, and who may touch which rows."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import Column, Table, UniqueConstraint
from sqlalchemy.dialects import postgresql

from leadmetrics_pipelines.storage import security
from leadmetrics_pipelines.storage.base import Base
from leadmetrics_pipelines.storage.models import metadata
from scripts.reference.markdown import code, codes, first_paragraph, page, table

_ABOUT = f"""
Columns come from `leadmetrics_pipelines/storage/*/models.py`, rights from `storage/security.py`. Every table has
row-level security enabled *and* forced. `{security.TENANT_ROLE}` sees one tenant, `{security.PLATFORM_ROLE}` all of
them; the app signs in as `{security.APP_ROLE}`, which may do nothing until a transaction takes on one of the two
([tenant isolation](../explanation/tenant-isolation.md)). What is not granted is refused: tables with no `UPDATE` are
append-only.

`{{tenant}}` below stands for `current_setting('leadmetrics.tenant')`. Instants are `timestamptz`, ids are UUID
version 7.
"""
_OWN_ROWS = "tenant_id = {tenant}"


def make_page() -> str:
    """`docs/reference/tables.md`."""
    tables = sorted(metadata.tables.values(), key=lambda each: each.name)
    rows = [(f"[`{each.name}`](#{each.name})", _about(each), *_rights(each.name)) for each in tables]
    summary = table(("table", "what a row is", "tenant's role sees", "tenant's role may", "platform's role may"), rows)
    return page("Tables", _ABOUT, summary, *(_describe(each) for each in tables))


def _describe(each: Table) -> str:
    columns = [(code(c.name), _type(c), "yes" if c.nullable else "", _refers(c)) for c in each.columns]
    parts = [f"## {each.name}", _about(each), table(("column", "type", "may be empty", "refers to"), columns)]
    if rules := [*_unique_rules(each)]:
        parts.append(f"Unique: {'; '.join(rules)}.")
    return "\n\n".join(parts)


def _unique_rules(each: Table) -> Iterator[str]:
    yield codes(column.name for column in each.primary_key.columns)
    unique = [constraint for constraint in each.constraints if isinstance(constraint, UniqueConstraint)]
    yield from sorted(codes(column.name for column in constraint.columns) for constraint in unique)
    for index in sorted(each.indexes, key=lambda index: index.name or ""):
        where = index.dialect_options["postgresql"]["where"]
        if index.unique:
            names = codes(str(expression).rpartition(".")[2] for expression in index.expressions)
            yield names if where is None else f"{names} where {code(where)}"


def _rights(name: str) -> tuple[str, str, str]:
    """(rows the tenant's role sees, its privileges, the platform role's privileges)."""
    if name in security.PLATFORM_TABLES:
        return "nothing", "", security.PLATFORM_TABLES[name]
    statements = security.table_statements(name)
    grants = {
        role: statement.removeprefix("GRANT ").partition(f" ON {name} TO ")[0]
        for statement in statements
        for role in (security.TENANT_ROLE, security.PLATFORM_ROLE)
        if statement.startswith("GRANT ") and statement.endswith(f" TO {role}")
    }
    special = security.SPECIAL_TABLES.get(name)
    using = (special[1] if special else _OWN_ROWS).replace(security.CURRENT_TENANT, "{tenant}")
    return code(using), grants[security.TENANT_ROLE], grants[security.PLATFORM_ROLE]


def _about(each: Table) -> str:
    mapper = next(mapper for mapper in Base.registry.mappers if mapper.local_table is each)
    return first_paragraph(mapper.class_.__doc__)


def _type(column: Column[object]) -> str:
    dialect = postgresql.dialect()  # type: ignore[no-untyped-call]  # SQLAlchemy gives it no types
    name = str(column.type.compile(dialect=dialect)).lower()
    return name.replace("timestamp with time zone", "timestamptz")


def _refers(column: Column[object]) -> str:
    return codes(sorted(key.target_fullname for key in column.foreign_keys))
