"""The contract of document stores, kept by Postgres and by MongoDB alike."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest

from leadmetrics_pipelines.domain.people import system_actor
from leadmetrics_pipelines.errors import InvalidInput, NotFound
from leadmetrics_pipelines.kit.digests import sha256_json
from leadmetrics_pipelines.storage.database import Database
from leadmetrics_pipelines.storage.documents.mongodb import DocumentsUnavailable, MongoDocumentStore
from leadmetrics_pipelines.storage.documents.store import (
    DEEPEST_NESTING,
    LARGEST_BODY_BYTES,
    DocumentStore,
    StoredVersion,
)
from leadmetrics_pipelines.storage.tenants.models import Tenant

AT = datetime(2026, 11, 2, 9, 30, 15, 123456, tzinfo=UTC)
ACTOR = system_actor("tests", "test")
MONGODB_URL = "LEADMETRICS_TEST_MONGODB_URL"
EVERY_KIND = {
    "title": "Ångström & friends 🌱",
    "list": [1, 2.5, None, True, {"deep": ["x"]}],
    "https://acme.example/a.b?c=100%": {"$set": "not an operator", "%2E": "not a dot"},
    "empty": {"": "", "list": [], "dict": {}},
    "large": 2**63 - 1,
    "small": 1e-300,
}

OpenStore = Callable[[Tenant], AbstractContextManager[DocumentStore]]


@dataclass(frozen=True, kw_only=True)
class Stores:
    """Opens the store for one piece of work of a tenant, as a unit of work does."""

    open: OpenStore

    def put(self, tenant: Tenant, key: str, body: dict[str, Any], author: str = "copywriter") -> StoredVersion:
        with self.open(tenant) as store:
            return store.put(tenant.id, key, body, author=author, at=AT)


@pytest.fixture(params=["postgres", "mongodb"])
def stores(request: pytest.FixtureRequest, database: Database) -> Iterator[Stores]:
    """Both stores, one after the other."""
    if request.param == "postgres":
        yield Stores(open=_postgres_of(database))
        return
    url = os.environ.get(MONGODB_URL)
    if not url:
        pytest.skip(f"no MongoDB to test against: {MONGODB_URL} is not set (`make ferretdb` starts one, with Go)")
    name = f"test_{uuid4().hex}"
    with MongoDocumentStore(url, name) as store:
        yield Stores(open=_always(store))
        store._client.drop_database(name)


def _postgres_of(database: Database) -> OpenStore:
    @contextmanager
    def open_store(tenant: Tenant) -> Iterator[DocumentStore]:
        with database.unit_of_work(tenant=tenant.id, actor=ACTOR) as work:
            yield work.documents

    return open_store


def _always(store: DocumentStore) -> OpenStore:
    @contextmanager
    def open_store(_tenant: Tenant) -> Iterator[DocumentStore]:
        yield store

    return open_store


def test_versions_count_from_one_and_never_change(stores: Stores, acme: Tenant, zenith: Tenant) -> None:
    """The first version still reads as it was written after a second one came."""
    first = stores.put(acme, "post/1", {"body": "one"})
    second = stores.put(acme, "post/1", {"body": "two"}, author="anna")
    assert (first.version, second.version) == (1, 2)
    assert (first.digest, second.digest) == (sha256_json({"body": "one"}), sha256_json({"body": "two"}))
    with stores.open(acme) as store:
        assert store.get(acme.id, "post/1", 1).body == {"body": "one"}
        newest = store.get(acme.id, "post/1")
        assert (newest.body, newest.version, newest.author, newest.created_at) == ({"body": "two"}, 2, "anna", AT)
        assert store.history(acme.id, "post/1") == (first, second)


def test_the_same_body_stores_nothing_new(stores: Stores, acme: Tenant, zenith: Tenant) -> None:
    """Equal to the newest: that version is returned. Equal to an older one: it is a change, and stored."""
    first = stores.put(acme, "skill", {"a": 1, "b": 2})
    assert stores.put(acme, "skill", {"b": 2, "a": 1}, author="somebody else") == first
    stores.put(acme, "skill", {"a": 2})
    assert stores.put(acme, "skill", {"a": 1, "b": 2}).version == 3


def test_tenants_are_sealed_from_each_other(stores: Stores, acme: Tenant, zenith: Tenant) -> None:
    """The same key holds one document for each tenant, and neither sees the other's."""
    stores.put(acme, "context", {"of": "acme"})
    with stores.open(zenith) as store:
        with pytest.raises(NotFound):
            store.get(zenith.id, "context")
        assert store.history(zenith.id, "context") == ()
        assert store.keys(zenith.id) == ()
    assert stores.put(zenith, "context", {"of": "zenith"}).version == 1
    with stores.open(acme) as store:
        assert store.get(acme.id, "context").body == {"of": "acme"}


def test_what_is_not_there_is_not_found(stores: Stores, acme: Tenant, zenith: Tenant) -> None:
    """An unknown key, and an unknown version of a known key; both are named."""
    stores.put(acme, "post/1", {"body": "one"})
    with stores.open(acme) as store:
        with pytest.raises(NotFound, match="'post/2' in this tenant"):
            store.get(acme.id, "post/2")
        with pytest.raises(NotFound, match="'post/1' version 7"):
            store.get(acme.id, "post/1", 7)
        assert store.history(acme.id, "post/2") == ()


def test_keys_are_found_by_their_beginning(stores: Stores, acme: Tenant, zenith: Tenant) -> None:
    """Sorted by code point, each once, and no character of the prefix is a wildcard."""
    for key in ("post/2", "post/10", "post_/1", "Post/1", "skill/%", "skill/x"):
        stores.put(acme, key, {"n": 1})
    stores.put(acme, "post/2", {"n": 2})
    stores.put(zenith, "post/99", {"n": 1})
    with stores.open(acme) as store:
        assert store.keys(acme.id, "post/") == ("post/10", "post/2")
        assert store.keys(acme.id, "skill/%") == ("skill/%",)
        assert store.keys(acme.id) == ("Post/1", "post/10", "post/2", "post_/1", "skill/%", "skill/x")


def test_every_kind_of_json_comes_back_as_it_went_in(stores: Stores, acme: Tenant, zenith: Tenant) -> None:
    """Field names that MongoDB would read as paths or operators too."""
    stored = stores.put(acme, "all", EVERY_KIND)
    with stores.open(acme) as store:
        found = store.get(acme.id, "all")
    assert found.body == EVERY_KIND
    assert found.digest == stored.digest == sha256_json(EVERY_KIND)


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ({"text": "x" * LARGEST_BODY_BYTES}, "8.0 MB; at most 8 MB"),
        ({"text": "a\0b"}, "character U.0000"),
        ({"n": 2**63}, "too large"),
        ({"n": float("nan")}, "JSON"),
        ({"half": "\ud83c"}, "JSON"),
        ({"when": AT}, "datetime"),
        ({1: "one"}, "not a name"),
    ],
    ids=["large", "nul", "integer", "nan", "surrogate", "date", "name"],
)
def test_what_one_store_could_not_hold_both_refuse(
    stores: Stores, acme: Tenant, zenith: Tenant, body: dict[str, Any], says: str
) -> None:
    """The message says what is wrong, and nothing is stored."""
    with stores.open(acme) as store:
        with pytest.raises(InvalidInput, match=says):
            store.put(acme.id, "bad", body, author="copywriter", at=AT)
        assert store.history(acme.id, "bad") == ()


def test_the_largest_and_the_deepest_are_kept(stores: Stores, acme: Tenant, zenith: Tenant) -> None:
    """The limits themselves fit into both stores."""
    large = {"text": "x" * (LARGEST_BODY_BYTES - 20)}
    deep: dict[str, Any] = {}
    for _ in range(DEEPEST_NESTING - 1):
        deep = {"in": deep}
    stores.put(acme, "large", large)
    stores.put(acme, "deep", deep)
    with stores.open(acme) as store:
        assert store.get(acme.id, "large").body == large
        assert store.get(acme.id, "deep").body == deep
        with pytest.raises(InvalidInput, match="nested deeper"):
            store.put(acme.id, "deep", {"in": deep}, author="copywriter", at=AT)


@pytest.mark.parametrize("key", ["", "x" * 401, "line\nbreak", "nul\0"])
def test_a_key_is_short_printable_text(stores: Stores, acme: Tenant, zenith: Tenant, key: str) -> None:
    """Keys are shown and indexed."""
    with stores.open(acme) as store, pytest.raises(InvalidInput, match="document key"):
        store.put(acme.id, key, {}, author="copywriter", at=AT)


def test_writers_at_once_each_get_a_version(stores: Stores, acme: Tenant, zenith: Tenant) -> None:
    """Eight writers, eight versions without a gap, nothing lost."""
    writers = 8
    together = threading.Barrier(writers)

    def write(number: int) -> int:
        together.wait(timeout=30)
        return stores.put(acme, "busy", {"from": number}).version

    with ThreadPoolExecutor(writers) as pool:
        versions = list(pool.map(write, range(writers)))
    assert sorted(versions) == list(range(1, writers + 1))
    with stores.open(acme) as store:
        bodies = [store.get(acme.id, "busy", version).body["from"] for version in range(1, writers + 1)]
    assert sorted(bodies) == list(range(writers))


def test_a_wrong_mongodb_address_says_how_one_looks() -> None:
    """The setting is named."""
    with pytest.raises(InvalidInput, match="LEADMETRICS_MONGODB_URL is not a MongoDB address"):
        MongoDocumentStore("postgresql://localhost")


def test_an_absent_mongodb_is_a_passing_error(acme: Tenant, zenith: Tenant) -> None:
    """The server may come back: callers retry within their budget."""
    with (
        MongoDocumentStore("mongodb://127.0.0.1:1/?serverSelectionTimeoutMS=200") as store,
        pytest.raises(DocumentsUnavailable, match="MongoDB cannot be used"),
    ):
        store.get(acme.id, "any")
