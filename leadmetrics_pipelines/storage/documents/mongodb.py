"""Documents in MongoDB, beside the transaction of the unit of work.

One MongoDB document per version: `{tenant, key, version, body, digest, author, created_at}`, with a unique index over
the first three. Bodies stay documents, so that MongoDB's own tools can look into them; only field names are escaped
where MongoDB gives a character a meaning (see `_escape`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Self, TypeAlias, TypeVar, cast
from urllib.parse import unquote
from uuid import UUID

from pymongo import ASCENDING, DESCENDING, MongoClient
from pymongo.collection import Collection
from pymongo.errors import ConfigurationError, DuplicateKeyError, InvalidURI, PyMongoError

from leadmetrics_pipelines.errors import InvalidInput, PassingError
from leadmetrics_pipelines.storage.documents.store import StoredDocument, StoredVersion, check_entry, no_such_document

DEFAULT_DATABASE = "leadmetrics"
_COLLECTION = "documents"
# Each lost race means that another writer won: this many in a row is no race any more.
_ATTEMPTS = 50
_WITHOUT_BODY = {"body": False}

T = TypeVar("T")
Row: TypeAlias = dict[str, Any]


class DocumentsUnavailable(PassingError):
    """MongoDB does not answer, or does not let us in."""


class MongoDocumentStore:
    """A DocumentStore on a MongoDB collection. Thread-safe; make one per process and close it at the end.

    Args:
        url: `mongodb://` or `mongodb+srv://` address; the database in it wins over `database`.
        database: the database to use when the address names none.
    """

    def __init__(self, url: str, database: str = DEFAULT_DATABASE) -> None:
        # Half a minute, the driver's own default, is longer than a person waits for a page; the address may say else.
        patience: dict[str, Any] = (
            {} if "serverselectiontimeoutms" in url.lower() else {"serverSelectionTimeoutMS": 5000}
        )
        try:
            self._client: MongoClient[Row] = MongoClient(
                url, uuidRepresentation="standard", tz_aware=True, appname="leadmetrics", **patience
            )
        except (InvalidURI, ConfigurationError, ValueError) as error:
            raise InvalidInput(
                f"LEADMETRICS_MONGODB_URL is not a MongoDB address ({error}). It looks like"
                " mongodb://user:password@host:27017/leadmetrics; leave it empty to keep documents in Postgres.",
                field="LEADMETRICS_MONGODB_URL",
            ) from error
        self._rows: Collection[Row] = self._client.get_default_database(database)[_COLLECTION]
        self._has_index = False

    def close(self) -> None:
        """Close all connections."""
        self._client.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def put(self, tenant_id: UUID, key: str, body: Mapping[str, Any], *, author: str, at: datetime) -> StoredVersion:
        digest = check_entry(key, body)
        # A repeated put is harmless: what was stored by an attempt without an answer is found by its digest.
        return self._ask(lambda: self._put(tenant_id, key, _escape(body), digest, author, at))

    def get(self, tenant_id: UUID, key: str, version: int | None = None) -> StoredDocument:
        wanted: Row = {"tenant": tenant_id, "key": key}
        if version is not None:
            wanted["version"] = version
        row = self._ask(lambda: self._rows.find_one(wanted, sort=[("version", DESCENDING)]))
        if row is None:
            raise no_such_document(key, version)
        return StoredDocument(**_facts_of(row), body=cast("Mapping[str, Any]", _unescape(row["body"])))

    def history(self, tenant_id: UUID, key: str) -> tuple[StoredVersion, ...]:
        rows = self._ask(
            lambda: list(self._rows.find({"tenant": tenant_id, "key": key}, _WITHOUT_BODY).sort("version", ASCENDING))
        )
        return tuple(StoredVersion(**_facts_of(row)) for row in rows)

    def keys(self, tenant_id: UUID, prefix: str = "") -> tuple[str, ...]:
        keys = self._ask(lambda: self._rows.distinct("key", {"tenant": tenant_id, "key": {"$gte": prefix}}))
        return tuple(sorted(key for key in keys if key.startswith(prefix)))

    def _put(
        self, tenant_id: UUID, key: str, body: object, digest: str, author: str, at: datetime
    ) -> StoredVersion:  # fmt: skip
        self._ensure_index()
        for _ in range(_ATTEMPTS):
            newest = self._rows.find_one(
                {"tenant": tenant_id, "key": key}, _WITHOUT_BODY, sort=[("version", DESCENDING)]
            )
            if newest is not None and newest["digest"] == digest:
                return StoredVersion(**_facts_of(newest))
            row = {
                "tenant": tenant_id, "key": key, "version": newest["version"] + 1 if newest else 1, "body": body,
                "digest": digest, "author": author, "created_at": at.astimezone(UTC).isoformat(),
            }  # fmt: skip
            try:
                self._rows.insert_one(row)
            except DuplicateKeyError:
                continue
            return StoredVersion(**_facts_of(row))
        raise DocumentsUnavailable(f"'{key}' is being written by too many at once. Try again.")

    def _ensure_index(self) -> None:
        if not self._has_index:
            self._rows.create_index([("tenant", ASCENDING), ("key", ASCENDING), ("version", ASCENDING)], unique=True)
            self._has_index = True

    def _ask(self, question: Callable[[], T]) -> T:
        try:
            return question()
        except PyMongoError as error:
            raise DocumentsUnavailable(
                f"MongoDB cannot be used: {error}. Check LEADMETRICS_MONGODB_URL and that the server runs."
            ) from error


def _facts_of(row: Row) -> dict[str, Any]:
    # The instant is kept as text: MongoDB's own dates lose the microseconds.
    facts = {name: row[name] for name in ("key", "version", "digest", "author")}
    return {**facts, "created_at": datetime.fromisoformat(row["created_at"])}


def _escape(value: object) -> object:
    """Percent-encode what MongoDB reads as a path or an operator in field names (`.`, `$`), and `%` itself."""
    match value:
        case Mapping():
            return {
                name.replace("%", "%25").replace(".", "%2E").replace("$", "%24"): _escape(inner)
                for name, inner in value.items()
            }
        case list() | tuple():
            return [_escape(inner) for inner in value]
        case _:
            return value


def _unescape(value: object) -> object:
    match value:
        case dict():
            return {unquote(str(name)): _unescape(inner) for name, inner in value.items()}
        case list():
            return [_unescape(inner) for inner in value]
        case _:
            return value
