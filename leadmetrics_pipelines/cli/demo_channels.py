"""The demo's accounts on the platforms, connected as a person would: there, allow, back, choose. Over real HTTP.

The consent pages are the sandbox's; everything else is what the review app does. Can be repeated.
"""

from __future__ import annotations

import re

import httpx

from leadmetrics_pipelines.domain.people import Actor
from leadmetrics_pipelines.errors import InvalidInput
from leadmetrics_pipelines.services.connections import Answer, begin_connecting, choose_account, return_from_platform
from leadmetrics_pipelines.services.runtime import Runtime
from leadmetrics_pipelines.storage.channels.models import Channel
from leadmetrics_pipelines.storage.tenants.models import Tenant

PLATFORMS = ("linkedin", "facebook", "instagram", "google_business", "mailchimp", "search_console", "ga4")
_SCOPE = re.compile(r'name="scope" value="([^"]+)"')


def connect_demo_channels(runtime: Runtime, tenant: Tenant, admin: Actor, known: set[str]) -> dict[str, Channel]:
    """Connect every platform of the demo that is not in `known` yet, by its name."""
    return {
        platform: _connect(runtime, tenant, admin, platform) for platform in PLATFORMS if platform not in known
    }  # fmt: skip


def _connect(runtime: Runtime, tenant: Tenant, admin: Actor, platform: str) -> Channel:
    started = begin_connecting(runtime, tenant.id, admin, platform)
    attempt = return_from_platform(runtime, tenant.id, admin, platform, _allow(started.address))
    account = next((row["account_id"] for row in attempt.choices if not row["refusal"]), None)
    if account is None:
        raise InvalidInput(f"The demo cannot connect {platform}: {attempt.problem or 'no account to choose'}")
    return choose_account(runtime, tenant.id, admin, attempt.id, account)


def _allow(address: str) -> Answer:
    """Press Allow on the consent page, with every right; the query with which the person is sent back."""
    with httpx.Client(trust_env=False, timeout=30) as browser:
        page = browser.get(address).raise_for_status()
        back = browser.post(address, data={"decision": "allow", "scope": _SCOPE.findall(page.text)})
    query = httpx.URL(back.headers["location"]).params
    return Answer(state=query.get("state", ""), code=query.get("code", ""), error=query.get("error", ""))
