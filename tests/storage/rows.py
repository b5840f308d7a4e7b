"""One valid row for any table, made from the model's columns: for tests that must hold for every table there is."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from typing import Any
from uuid import UUID

from psycopg import Connection, sql
from psycopg.types.json import Jsonb
from sqlalchemy import Boolean, Column, Date, DateTime, Float, Integer, LargeBinary, Table, Text, Time, Uuid
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from leadmetrics_pipelines.kit.ids import new_id, new_secret
from leadmetrics_pipelines.storage.models import metadata

# What a table's own checks ask for.
_ASKED_FOR: dict[tuple[str, str], Any] = {
    ("activities", "assignee"): "agent",
    ("api_tokens", "kind"): "agent",
    ("api_tokens", "user_id"): None,
    ("content_requests", "is_ad_hoc"): True,
    ("holds", "scope"): "tenant",
    ("holds", "channel_id"): None,
    ("users", "platform_role"): None,
}
_BY_TYPE: dict[type, Any] = {
    ARRAY: list,
    Boolean: lambda: True,
    Date: lambda: date(2026, 11, 1),
    DateTime: lambda: datetime(2026, 11, 1, tzinfo=UTC),
    Float: lambda: 1.0,
    Integer: lambda: 1,
    JSONB: lambda: Jsonb({}),
    LargeBinary: lambda: b"x",
    Text: new_secret,
    Time: lambda: time(9, 30),
    Uuid: new_id,
}


def make_row(table: Table, tenant: UUID) -> dict[str, Any]:
    """Values for every column, belonging to that tenant; the tables it refers to are not asked."""
    row = {column.name: _value(table, column) for column in table.columns}
    if "tenant_id" in row:
        row["tenant_id"] = tenant
    if table.name == "tenants":
        row["id"] = tenant
    return row


def insert_row(connection: Connection[Any], table: Table, row: dict[str, Any]) -> None:
    """Insert it as whoever is connected."""
    connection.execute(
        sql.SQL("INSERT INTO {} ({}) VALUES ({})").format(
            sql.Identifier(table.name),
            sql.SQL(", ").join(map(sql.Identifier, row)),
            sql.SQL(", ").join(sql.Placeholder() * len(row)),
        ),
        list(row.values()),
    )


def fill_all_tables(connection: Connection[Any], tenants: list[UUID]) -> None:
    """One row of every table for each tenant. As a superuser: no foreign key is checked, no policy holds."""
    connection.execute("SET session_replication_role = replica")
    for tenant in tenants:
        for table in metadata.sorted_tables:
            if table.name != "tenants":
                insert_row(connection, table, make_row(table, tenant))
        membership = metadata.tables["memberships"]
        user = make_row(metadata.tables["users"], tenant)
        insert_row(connection, metadata.tables["users"], user)
        insert_row(connection, membership, make_row(membership, tenant) | {"user_id": user["id"]})
    connection.execute("SET session_replication_role = origin")


def _value(table: Table, column: Column[Any]) -> object:
    if (table.name, column.name) in _ASKED_FOR:
        return _ASKED_FOR[table.name, column.name]
    make = next(make for kind, make in _BY_TYPE.items() if isinstance(column.type, kind))
    return make()
