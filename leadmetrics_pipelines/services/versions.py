"""Which pinned API versions end soon, and who uses them: amber 60 days before, red 14 (reference/lessons 12).

The versions are data (`platforms/facts.py`); a retired one stops all posts of a platform in one day, each year again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import select

from leadmetrics_pipelines.domain.channels import ChannelStatus
from leadmetrics_pipelines.domain.people import system_actor
from leadmetrics_pipelines.platforms.facts import PLATFORMS, ApiVersion
from leadmetrics_pipelines.services.alerts import Severity, raise_alert, resolve_alert
from leadmetrics_pipelines.services.runtime import Runtime
from leadmetrics_pipelines.storage.alerts.models import Alert
from leadmetrics_pipelines.storage.channels.models import Channel
from leadmetrics_pipelines.storage.database import UnitOfWork, all_tenants

AMBER = timedelta(days=60)
RED = timedelta(days=14)
ACTOR = system_actor("versions", "service")
_KIND = "version_sunset"


@dataclass(frozen=True, kw_only=True)
class EndingVersion:
    """One platform's version that ends within AMBER, or has ended."""

    platform: str
    title: str
    version: ApiVersion
    sunset: date
    is_red: bool

    @property
    def sentence(self) -> str:
        """What ends when, and what to do."""
        return (
            f"{self.title}: {self.version.api} {self.version.version} ends on {self.sunset:%d %B %Y}."
            f" Then nothing reaches {self.title} any more. Pin a newer version in its facts before."
        )

    @property
    def key(self) -> str:
        """The name of the concern."""
        return f"version:{self.platform}:{self.version.api}:{self.version.version}"


def find_ending_versions(today: date) -> tuple[EndingVersion, ...]:
    """The pinned versions that end within 60 days, the soonest first."""
    found = [
        EndingVersion(
            platform=facts.name, title=facts.title, version=version, sunset=version.sunset,
            is_red=version.sunset - today <= RED,
        )
        for facts in PLATFORMS.values()
        for version in facts.versions
        if version.sunset is not None and version.sunset - today <= AMBER
    ]  # fmt: skip
    return tuple(sorted(found, key=lambda ending: (ending.sunset, ending.platform)))


def warn_of_sunsets(runtime: Runtime) -> tuple[EndingVersion, ...]:
    """Raise an alert with every client that has a channel on a version that ends, and end those that are over."""
    ending = find_ending_versions(runtime.clock.now().date())
    with runtime.unit_of_work(tenant=all_tenants, actor=ACTOR) as work:
        used = (
            select(Channel.tenant_id, Channel.platform).where(Channel.status != ChannelStatus.DISCONNECTED).distinct()
        )
        pairs = {(tenant, platform) for tenant, platform in work.session.execute(used)}
        told = select(Alert.tenant_id).where(Alert.kind == _KIND, Alert.resolved_at.is_(None)).distinct()
        tenants = {tenant for tenant, _ in pairs} & {
            tenant for tenant, platform in pairs if platform in {e.platform for e in ending}
        } | set(work.session.scalars(told))
    for tenant in tenants:
        with runtime.unit_of_work(tenant=tenant, actor=ACTOR) as work:
            _tell(work, [one for one in ending if (tenant, one.platform) in pairs])
    return ending


def _tell(work: UnitOfWork, ending: Sequence[EndingVersion]) -> None:
    standing = select(Alert.dedupe_key).where(Alert.kind == _KIND, Alert.resolved_at.is_(None))
    for key in set(work.session.scalars(standing)) - {one.key for one in ending}:
        resolve_alert(work, key, "A newer version is pinned, or nothing uses it any more")
    for one in ending:
        raise_alert(
            work, kind=_KIND, severity=Severity.BLOCKED if one.is_red else Severity.ATTENTION, dedupe_key=one.key,
            title=f"{one.title}'s API version ends on {one.sunset:%d %B %Y}", detail=one.sentence,
            subject_kind="platform", subject_id=one.platform,
        )  # fmt: skip
