"""No token, code or secret of a whole run (connect, publish, renew, probe, lose) is where it should not be."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import dagster as dg
import pytest
from psycopg import sql

from leadmetrics_pipelines.definitions import build_definitions
from leadmetrics_pipelines.domain.people import Actor, Role
from leadmetrics_pipelines.errors import LeadmetricsError
from leadmetrics_pipelines.kit.clock import FixedClock
from leadmetrics_pipelines.kit.ids import new_id
from leadmetrics_pipelines.kit.logs import set_up_logs
from leadmetrics_pipelines.platforms.publishing import OutgoingSocial
from leadmetrics_pipelines.sandbox.running import RunningSandbox
from leadmetrics_pipelines.services.connections import (
    begin_connecting,
    choose_account,
    disconnect,
    return_from_platform,
)
from leadmetrics_pipelines.services.renewals import ensure_fresh
from leadmetrics_pipelines.services.runtime import Runtime
from leadmetrics_pipelines.storage.channels.models import Channel
from leadmetrics_pipelines.storage.tenants.models import Tenant
from tests.builders import build_person
from tests.databases import TestDatabase
from tests.orchestration.conftest import GivenRuntime
from tests.review.pages_world import sign_in
from tests.services.connecting_builders import APPS, point_at, secrets_of, walk_consent

pytestmark = pytest.mark.usefixtures("cheap_passwords")
PLATFORMS = ("linkedin", "google_business", "facebook", "mailchimp", "klaviyo")
# Values that are stored with credentials and are no secrets: names of accounts, hosts, times.
SHORTEST_SECRET = 16


@pytest.fixture
def logged() -> Iterator[io.StringIO]:
    """Everything that this process logs, at the finest level, as a process of ours would write it."""
    root = logging.getLogger()
    before = (root.handlers[:], root.level)
    stream = io.StringIO()
    set_up_logs(level=logging.DEBUG, stream=stream)
    for name in ("httpx", "httpcore"):
        logging.getLogger(name).setLevel(logging.DEBUG)
    yield stream
    root.handlers[:], root.level = before


def collect_secrets(runtime: Runtime, channel: Channel) -> set[str]:
    return {
        value for name, value in secrets_of(runtime, channel).items()
        if len(value) >= SHORTEST_SECRET and ("token" in name or "proof" in name)
    }  # fmt: skip


def dump(database: TestDatabase) -> str:
    """Every row of every table as text, sealed bytes as they are."""
    with database.server.connect(database.name) as connection:
        tables = [name for (name,) in connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")]
        parts = []
        for table in sorted(tables):
            query = sql.SQL("SELECT coalesce(string_agg(t::text, E'\\n'), '') FROM {} t").format(sql.Identifier(table))
            row = connection.execute(query).fetchone()
            parts.append(str(row[0]) if row else "")
        # Bytes are shown in hexadecimal: a secret that was stored plainly would hide there.
        raw = connection.execute(
            "SELECT encode(credentials, 'escape') FROM channels WHERE credentials IS NOT NULL"
            " UNION ALL SELECT encode(secrets, 'escape') FROM connect_attempts WHERE secrets IS NOT NULL"
        ).fetchall()
    return "\n".join([*parts, *(str(value) for (value,) in raw)])


def connect(runtime: Runtime, tenant: Tenant, actor: Actor, platform: str, seen: set[str]) -> Channel:
    started = begin_connecting(runtime, tenant.id, actor, platform)
    logging.disable()  # the person's own browser is none of our processes
    _, answer = walk_consent(started.address)
    logging.disable(logging.NOTSET)
    seen |= {answer.code, answer.state}
    attempt = return_from_platform(runtime, tenant.id, actor, platform, answer)
    assert attempt.status == "choosing", attempt.problem
    chosen = next(row["account_id"] for row in attempt.choices if not row["refusal"])
    return choose_account(runtime, tenant.id, actor, attempt.id, chosen)


def publish(runtime: Runtime, channel: Channel) -> None:
    publisher = runtime.publisher(channel)
    prepared = publisher.prepare(OutgoingSocial(marker=str(new_id()), text="Benches of robinia are in."), {})
    publisher.send(prepared, publisher.place(prepared, {}, lambda _handles: None))


def ask_for_access(runtime: Runtime, channel: Channel) -> str:
    """What the publisher would hear, with everything that hangs on the error."""
    try:
        ensure_fresh(runtime, channel.tenant_id, channel.id)
    except LeadmetricsError as error:
        return f"{error} {error!r} {error.__cause__!r} {error.__context__!r}"
    return ""


def pages(runtime: Runtime, tenant: Tenant, channel_ids: list[UUID]) -> str:
    browser = sign_in(runtime, f"tina.admin@{tenant.slug}.example", tenant.slug)
    return "\n".join(browser.get(path).text for path in ("channels", "audit", "today", "settings"))


@pytest.mark.timeout(240)
def test_no_secret_is_anywhere_it_should_not_be(
    runtime: Runtime, acme: Tenant, zenith: Tenant, sandbox: RunningSandbox, clock: FixedClock,
    test_database: TestDatabase, logged: io.StringIO, tmp_path: Path,
) -> None:  # fmt: skip
    """Logs, every table, pages, the audit trail and Dagster's own records are searched for each of them."""
    point_at(runtime, sandbox)
    admin = build_person(runtime.database, acme, Role.TENANT_ADMIN, "Tina Admin")
    seen: set[str] = {app["client_secret"] for app in APPS.values()}
    channels = [connect(runtime, acme, admin, platform, seen) for platform in PLATFORMS]
    for channel in channels:
        seen |= collect_secrets(runtime, channel)
    for channel in channels[:3]:
        publish(runtime, channel)
    GivenRuntime.given = runtime
    definitions = build_definitions(GivenRuntime())
    shown, records = [], []
    with dg.DagsterInstance.local_temp(str(tmp_path)) as instance:
        for step in ("renewed", "revoked"):
            clock.advance(seconds=3590)
            if step == "revoked":
                sandbox.set_fault("google", "status", method="POST", times=2, status=500)
                for party in ("linkedin", "google", "meta", "klaviyo"):
                    sandbox.revoke_consent(party)
            for job in ("renew_channels", "probe_channels"):
                result = definitions.resolve_job_def(job).execute_in_process(instance=instance, raise_on_error=False)
                records += [str(event) for event in result.all_events]
                records += [json.dumps(str(log)) for log in instance.all_logs(result.run_id)]
            for channel in channels:
                seen |= collect_secrets(runtime, channel)
                records.append(ask_for_access(runtime, channel))
            shown.append(pages(runtime, acme, [channel.id for channel in channels]))
    told = [disconnect(runtime, acme.id, admin, channel.id).told for channel in channels]
    places = {
        "logs": logged.getvalue(), "database": dump(test_database), "pages": "\n".join(shown),
        "Dagster": "\n".join(records), "answers": "\n".join(told), "settings": repr(runtime.settings),
    }  # fmt: skip
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    places |= {f"Dagster's file {path.name}": path.read_bytes().decode("latin-1") for path in files}
    seen.discard("")
    assert len(seen) > 20
    assert len(places["logs"]) > 1000
    found = [(place, secret[:12]) for place, text in places.items() for secret in seen if secret in text]
    assert found == []
