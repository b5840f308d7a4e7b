"""Pictures at a public address: the exact bytes for who knows the digest, and nothing for anybody else."""

from __future__ import annotations

import pytest

from leadmetrics_pipelines.kit.digests import sha256_bytes
from leadmetrics_pipelines.services.posts import store_image
from leadmetrics_pipelines.storage.tenants.models import Tenant
from tests.builders import TESTER
from tests.review.pages_world import PagesWorld

PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(64))


@pytest.fixture
def digest(pages: PagesWorld) -> str:
    """A stored picture."""
    with pages.runtime.unit_of_work(tenant=pages.tenant.id, actor=TESTER) as work:
        return store_image(work, PNG)


def test_a_platform_fetches_the_exact_bytes_without_signing_in(pages: PagesWorld, digest: str) -> None:
    """And may show them on its own pages."""
    answer = pages.client.get(f"/media/{pages.tenant.id}/{digest}")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/png")
    assert sha256_bytes(answer.content) == digest
    assert answer.headers["cross-origin-resource-policy"] == "cross-origin"


def test_the_address_is_the_tenants_own(pages: PagesWorld, zenith: Tenant, digest: str) -> None:
    """The neighbour has no such picture, and nonsense is no error of ours."""
    assert pages.client.get(f"/media/{zenith.id}/{digest}").status_code == 404
    assert pages.client.get(f"/media/{pages.tenant.id}/{'0' * 64}").status_code == 404
    assert pages.client.get(f"/media/{pages.tenant.id}/..%2F").status_code == 404
    assert pages.client.get(f"/media/{pages.tenant.id}/{digest.upper()}").status_code == 404
