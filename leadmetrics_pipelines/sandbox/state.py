"""What the sandbox remembers: small JSON documents, some with bytes, under a kind and a key.

SQLite does the remembering, in memory or in a folder. Each write is committed when it returns, so a killed process
loses nothing that it answered for. No knowledge of what the documents mean.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

from leadmetrics_pipelines.errors import InvalidInput

_TABLE = """
CREATE TABLE IF NOT EXISTS document (
    kind TEXT NOT NULL, key TEXT NOT NULL, body TEXT NOT NULL, data BLOB,
    PRIMARY KEY (kind, key)
) WITHOUT ROWID
"""


class Journal:
    """Documents by kind and key. One process at a time; `folder=None` keeps them in memory."""

    def __init__(self, folder: Path | None) -> None:
        self._connection = _connect(folder)

    def put(self, kind: str, key: str, body: str, data: bytes | None = None) -> None:
        """Write or replace a document. `data=None` keeps the bytes it had."""
        self._connection.execute(
            "INSERT INTO document VALUES (?, ?, ?, ?) ON CONFLICT (kind, key) DO UPDATE"
            " SET body = excluded.body, data = coalesce(excluded.data, data)",
            (kind, key, body, data),
        )

    def remove(self, kind: str, key: str) -> None:
        """Forget a document, if there is one."""
        self._connection.execute("DELETE FROM document WHERE kind = ? AND key = ?", (kind, key))

    def remove_kinds(self, prefix: str) -> None:
        """Forget every document of each kind whose name starts so."""
        self._connection.execute("DELETE FROM document WHERE substr(kind, 1, ?) = ?", (len(prefix), prefix))

    def load(self, kind: str, prefix: str = "") -> Iterator[str]:
        """The documents of a kind whose key starts with `prefix`, by key."""
        rows = self._connection.execute(
            "SELECT body FROM document WHERE kind = ? AND substr(key, 1, ?) = ? ORDER BY key",
            (kind, len(prefix), prefix),
        )
        return (body for (body,) in rows.fetchall())

    def get(self, kind: str, key: str) -> str | None:
        """One document."""
        row = self._connection.execute("SELECT body FROM document WHERE kind = ? AND key = ?", (kind, key)).fetchone()
        return row[0] if row else None

    def data(self, kind: str, key: str) -> bytes | None:
        """The bytes of one document."""
        row = self._connection.execute("SELECT data FROM document WHERE kind = ? AND key = ?", (kind, key)).fetchone()
        return row[0] if row else None

    def clear(self) -> None:
        """Forget everything."""
        self._connection.execute("DELETE FROM document")

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()


def _connect(folder: Path | None) -> sqlite3.Connection:
    if folder is None:
        path = ":memory:"
    else:
        folder.mkdir(parents=True, exist_ok=True)
        path = str(folder / "sandbox.sqlite3")
    # Built in the starting thread, used in the server's: never in two at once.
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=1)
    try:
        # One process: a second one would not see what the first keeps in memory.
        connection.execute("PRAGMA locking_mode = EXCLUSIVE")
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute(_TABLE)
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("COMMIT")
    except sqlite3.OperationalError as error:
        connection.close()
        raise InvalidInput(
            f"The sandbox's memory in {folder} cannot be opened ({error}). Stop the other sandbox that uses it."
        ) from error
    return connection
