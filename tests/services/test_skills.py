"""The client context file: versions, limits, and that agents read it."""

from __future__ import annotations

import pytest

from leadmetrics_pipelines.errors import InvalidInput
from leadmetrics_pipelines.services.runtime import Runtime
from leadmetrics_pipelines.services.skills import LARGEST_SKILL_BYTES, read_client_context, write_client_context
from leadmetrics_pipelines.storage.sessions.models import SessionEvent
from leadmetrics_pipelines.storage.tenants.models import Tenant
from tests.builders import TESTER, build_blog_month


def test_each_tenant_has_its_own_context_and_its_versions(runtime: Runtime, acme: Tenant, zenith: Tenant) -> None:
    """A second text is version 2, the same text stores nothing, and the neighbour has none of it."""
    with runtime.unit_of_work(tenant=acme.id, actor=TESTER) as work:
        versions = [
            write_client_context(work, text).version for text in ("# Acme", "# Acme\r\n\r\nTeak.", "# Acme\n\nTeak.")
        ]
        assert versions == [1, 2, 2]
    with runtime.unit_of_work(tenant=zenith.id, actor=TESTER) as work:
        assert read_client_context(work) is None


@pytest.mark.parametrize("text", ["", "  \n", "🎉", "x" * (LARGEST_SKILL_BYTES + 1)])
def test_an_empty_or_huge_context_is_refused(runtime: Runtime, acme: Tenant, zenith: Tenant, text: str) -> None:
    """The message says what is wrong, and nothing is stored."""
    with pytest.raises(InvalidInput), runtime.unit_of_work(tenant=acme.id, actor=TESTER) as work:
        write_client_context(work, text)
    with runtime.unit_of_work(tenant=acme.id, actor=TESTER) as work:
        assert read_client_context(work) is None


def test_agents_are_given_the_context(runtime: Runtime, acme: Tenant, zenith: Tenant) -> None:
    """It stands in the prompt's cached prefix."""
    with runtime.unit_of_work(tenant=acme.id, actor=TESTER) as work:
        write_client_context(work, "# Acme\n\nWe never say cheap.")
    month = build_blog_month(runtime, acme, posts=1)
    month.let_agents_work()
    with runtime.unit_of_work(tenant=acme.id, actor=TESTER) as work:
        (prompt,) = work.session.query(SessionEvent.body).filter_by(kind="prompt").one()
        assert "We never say cheap." in str(prompt["system"])
