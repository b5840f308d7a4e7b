"""What a process needs to serve: settings, clock, database, keys, and the way to outside parties.

Opened once at the edge (Dagster resource, review app, CLI) and handed down. The only place that wires rooms together.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID

from filelock import FileLock
from sqlalchemy.orm import Session

from leadmetrics_pipelines.domain.people import Actor
from leadmetrics_pipelines.errors import InvalidInput
from leadmetrics_pipelines.kit.clock import Clock, SystemClock
from leadmetrics_pipelines.kit.encryption import Keyring
from leadmetrics_pipelines.kit.origins import Origins
from leadmetrics_pipelines.settings import Settings
from leadmetrics_pipelines.storage.channels.models import Channel
from leadmetrics_pipelines.storage.database import AllTenants, Database, UnitOfWork
from leadmetrics_pipelines.storage.documents.postgres import PostgresDocumentStore
from leadmetrics_pipelines.storage.documents.store import DocumentStore
from leadmetrics_pipelines.storage.embedded import EmbeddedPostgres
from leadmetrics_pipelines.storage.security import APP_ROLE

if TYPE_CHECKING:
    from leadmetrics_pipelines.agents.language_model import LanguageModel
    from leadmetrics_pipelines.kit.http import HttpClients
    from leadmetrics_pipelines.platforms.connecting import Connector
    from leadmetrics_pipelines.platforms.publishing import Publisher

DATABASE = "leadmetrics"
DAGSTER_DATABASE = "dagster"


@dataclass
class Runtime:
    """One process's means. Close it when done."""

    settings: Settings
    clock: Clock
    database: Database
    keyring: Keyring
    embedded: EmbeddedPostgres | None = field(default=None, repr=False)
    _http: HttpClients | None = field(default=None, repr=False)
    _http_lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def unit_of_work(self, *, tenant: UUID | AllTenants, actor: Actor) -> AbstractContextManager[UnitOfWork]:
        """One transaction of that tenant (or, by name, of all) in the name of that actor."""
        return self.database.unit_of_work(tenant=tenant, actor=actor)

    def language_model(self) -> LanguageModel:
        """The Messages API client. Raises InvalidInput when there is no key."""
        from leadmetrics_pipelines.agents.language_model import LanguageModel  # noqa: PLC0415 - the SDK takes seconds

        key = self.settings.anthropic_api_key
        if key is None:
            msg = "Agents need a key for the Messages API. Set LEADMETRICS_ANTHROPIC_API_KEY."
            raise InvalidInput(msg, field="LEADMETRICS_ANTHROPIC_API_KEY")
        return LanguageModel(
            api_key=key.get_secret_value(), base_url=self.settings.anthropic_base_url,
            model=self.settings.agent_model, clock=self.clock,
        )  # fmt: skip

    def publisher(self, channel: Channel) -> Publisher:
        """The client of a channel, with its decrypted credentials."""
        if channel.credentials is None:
            msg = f"The channel {channel.name} has no credentials. Reconnect it under Channels."
            raise InvalidInput(msg)
        return self.publisher_at(
            channel.platform, channel.base_url, self.keyring.open(channel.credentials), account_id=channel.account_id
        )

    def publisher_at(
        self, platform: str, base_url: str, credentials: dict[str, str], *, account_id: str = ""
    ) -> Publisher:
        """The client of an account that is not stored yet."""
        from leadmetrics_pipelines.platforms.registry import (  # noqa: PLC0415 - only publishing needs it
            Access,
            make_publisher,
        )

        access = Access(
            credentials=credentials, http=self.http, clock=self.clock, base_url=base_url, account_id=account_id,
            origins=self.origins, allow_loopback=self.settings.allow_loopback,
        )  # fmt: skip
        return make_publisher(platform, access)

    def connector(self, platform: str) -> Connector:
        """A platform's way to connect and to stay connected. Raises InvalidInput when the agency's app is not set."""
        from leadmetrics_pipelines.platforms.connectors import make_connector  # noqa: PLC0415 - only connecting needs it
        from leadmetrics_pipelines.services.app_keys import read_app_keys  # noqa: PLC0415 - as above

        keys = read_app_keys(self.settings, platform)
        return make_connector(platform, keys=keys, http=self.http, origins=self.origins, clock=self.clock)

    @property
    def origins(self) -> Origins:
        """Where outside platforms are reached."""
        return Origins(gateway=self.settings.outside_url)

    @property
    def http(self) -> HttpClients:
        """The HTTP clients of this process, made at first use."""
        with self._http_lock:  # channels are served by threads
            if self._http is None:
                from leadmetrics_pipelines.kit.http import HttpClients  # noqa: PLC0415 - only outside calls need it

                self._http = HttpClients()
            return self._http

    def close(self) -> None:
        """Close connections; the last process stops the embedded server."""
        self.database.dispose()
        if self._http is not None:
            self._http.close()
        if self.embedded is not None:
            self.embedded.stop()


def open_runtime(settings: Settings, *, clock: Clock | None = None) -> Runtime:
    """Open what the settings ask for: an outside Postgres, or the embedded one (started here if it does not run)."""
    clock = clock or SystemClock()
    embedded = None
    if settings.database_url is not None:
        url = settings.database_url.get_secret_value()
    else:
        embedded = start_embedded(settings)
        url = embedded.url(DATABASE, APP_ROLE)
    database = Database(
        url, clock=clock, undo_seconds=settings.undo_seconds, make_documents=_document_factory(settings)
    )
    return Runtime(settings=settings, clock=clock, database=database, keyring=open_keyring(settings), embedded=embedded)


def start_embedded(settings: Settings) -> EmbeddedPostgres:
    """The embedded server of the home folder, running, with both databases."""
    embedded = EmbeddedPostgres(settings.home / "postgres")
    embedded.start()
    for name in (DATABASE, DAGSTER_DATABASE):
        embedded.create_database(name)
    return embedded


def open_keyring(settings: Settings) -> Keyring:
    """The keys of the settings, or the key kept in the home folder (made at first use, readable by its owner only)."""
    if settings.encryption_keys is not None:
        return Keyring([key.strip() for key in settings.encryption_keys.get_secret_value().split(",") if key.strip()])
    return Keyring([_home_key(settings.home)])


def _home_key(home: Path) -> str:
    path = home / "encryption.key"
    home.mkdir(parents=True, exist_ok=True)
    with FileLock(home / "encryption.key.lock"):
        if not path.exists():
            path.touch(mode=0o600)
            path.write_text(Keyring.new_key())
    return path.read_text().strip()


def _document_factory(settings: Settings) -> Callable[[Session], DocumentStore]:
    if settings.mongodb_url is None:
        return PostgresDocumentStore
    from leadmetrics_pipelines.storage.documents.mongodb import MongoDocumentStore  # noqa: PLC0415 - pymongo on demand

    store = MongoDocumentStore(settings.mongodb_url.get_secret_value())

    def make(_session: Session) -> DocumentStore:
        return store

    return make
