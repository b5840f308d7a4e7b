"""A runtime that reaches the platforms in the sandbox, and a person who goes through their consent pages."""

from __future__ import annotations

import json
import re
from collections.abc import Collection

import httpx
from pydantic import SecretStr
from sqlalchemy import select

from leadmetrics_pipelines.domain.people import Actor
from leadmetrics_pipelines.kit.http import HttpClients, Timeouts
from leadmetrics_pipelines.platforms.connectors import WAYS
from leadmetrics_pipelines.sandbox.running import RunningSandbox
from leadmetrics_pipelines.services.connections import Answer, begin_connecting, choose_account, return_from_platform
from leadmetrics_pipelines.services.runtime import Runtime
from leadmetrics_pipelines.storage.activities.models import Activity
from leadmetrics_pipelines.storage.alerts.models import Alert
from leadmetrics_pipelines.storage.audit.models import AuditRow
from leadmetrics_pipelines.storage.channels.models import Channel, ConnectAttempt
from leadmetrics_pipelines.storage.database import all_tenants
from leadmetrics_pipelines.storage.tenants.models import Tenant
from tests.builders import TESTER

IMPATIENT = Timeouts(connect=2, read=1.5, write=5, total=6)
APPS = {way.family: {"client_id": f"sandbox-{way.family}", "client_secret": "sandbox-secret"} for way in WAYS.values()}


def point_at(runtime: Runtime, sandbox: RunningSandbox) -> Runtime:
    """The runtime, with every platform behind the sandbox and little patience."""
    runtime.settings = runtime.settings.model_copy(
        update={"outside_url": sandbox.url, "platform_apps": SecretStr(json.dumps(APPS))}
    )
    runtime._http = HttpClients(timeouts=IMPATIENT)
    return runtime


def walk_consent(address: str, *, decision: str = "allow", without: Collection[str] = ()) -> tuple[str, Answer]:
    """What the browser brings back: the path it was sent to, and the query. `without`: scopes that are unticked."""
    # Loopback without TLS: loading the authorities' certificates for it would be most of the test's time.
    with httpx.Client(trust_env=False, verify=False) as browser:  # noqa: S501
        page = browser.get(address).raise_for_status()
        scopes = [scope for scope in re.findall(r'name="scope" value="([^"]+)"', page.text) if scope not in without]
        back = browser.post(address, data={"decision": decision, "scope": scopes})
    assert back.status_code in (302, 303), back.text
    url = httpx.URL(back.headers["location"])
    query = url.params
    return url.path, Answer(state=query.get("state", ""), code=query.get("code", ""), error=query.get("error", ""))


def come_back(
    runtime: Runtime, tenant: Tenant, actor: Actor, platform: str, *, decision: str = "allow",
    without: Collection[str] = (),
) -> ConnectAttempt:  # fmt: skip
    """An attempt, from the click on Connect to the way back."""
    started = begin_connecting(runtime, tenant.id, actor, platform)
    _, answer = walk_consent(started.address, decision=decision, without=without)
    return return_from_platform(runtime, tenant.id, actor, platform, answer)


def connect_account(
    runtime: Runtime, tenant: Tenant, actor: Actor, platform: str, account_id: str | None = None
) -> Channel:
    """The whole way: the first account that may be chosen, or the named one."""
    attempt = come_back(runtime, tenant, actor, platform)
    assert attempt.status == "choosing", attempt.problem
    chosen = account_id or next(row["account_id"] for row in attempt.choices if not row["refusal"])
    return choose_account(runtime, tenant.id, actor, attempt.id, chosen)


def secrets_of(runtime: Runtime, channel: Channel) -> dict[str, str]:
    """The channel's credentials as they are stored now."""
    stored = read_channel(runtime, channel)
    return {} if stored.credentials is None else runtime.keyring.open(stored.credentials)


def read_channel(runtime: Runtime, channel: Channel) -> Channel:
    with runtime.unit_of_work(tenant=channel.tenant_id, actor=TESTER) as work:
        return work.session.get_one(Channel, channel.id)


def change_channel(runtime: Runtime, channel: Channel, **values: object) -> None:
    with runtime.unit_of_work(tenant=channel.tenant_id, actor=TESTER) as work:
        row = work.session.get_one(Channel, channel.id)
        for name, value in values.items():
            setattr(row, name, value)


def standing_alerts(runtime: Runtime, tenant: Tenant) -> list[Alert]:
    with runtime.unit_of_work(tenant=tenant.id, actor=TESTER) as work:
        return list(work.session.scalars(select(Alert).where(Alert.resolved_at.is_(None))))


def tasks_of(runtime: Runtime, tenant: Tenant) -> list[Activity]:
    with runtime.unit_of_work(tenant=tenant.id, actor=TESTER) as work:
        return list(work.session.scalars(select(Activity).where(Activity.dedupe_key.is_not(None))))


def actions_of(runtime: Runtime, tenant: Tenant) -> list[str]:
    """What the audit log says of channels and connecting, oldest first."""
    with runtime.unit_of_work(tenant=all_tenants, actor=TESTER) as work:
        query = select(AuditRow.action).where(AuditRow.tenant_id == tenant.id, AuditRow.action.like("channel.%"))
        return list(work.session.scalars(query.order_by(AuditRow.id)))
