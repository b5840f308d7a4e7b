"""Who is behind a sign-in's cookie, in one statement: every page asks before anything else.

The same answer as `people.resolve_sign_in`, which asks twice.
"""

from __future__ import annotations

from sqlalchemy import text

from leadmetrics_pipelines.domain.people import Role
from leadmetrics_pipelines.kit.digests import sha256_bytes
from leadmetrics_pipelines.services.people import MembershipOf, Person, SignedIn
from leadmetrics_pipelines.storage.database import UnitOfWork

# One row per tenant the person may enter; a person without any still has one row, with empty tenant columns.
_VISITOR = text("""
SELECT u.id, u.email, u.name, u.platform_role, s.csrf_secret, s.expires_at,
       t.id AS tenant_id, t.slug, t.name AS tenant_name, m.role
FROM sign_ins s
JOIN users u ON u.id = s.user_id AND u.is_active
LEFT JOIN tenants t ON t.is_active AND (
    u.platform_role IS NOT NULL
    OR t.id IN (SELECT tenant_id FROM memberships WHERE user_id = u.id))
LEFT JOIN memberships m ON m.tenant_id = t.id AND m.user_id = u.id
WHERE s.secret_hash = :secret_hash AND s.expires_at > :now
ORDER BY t.name
""")


def read_visitor(work: UnitOfWork, secret: str) -> SignedIn | None:
    """Who it is and where they may go; None when the secret is unknown or over, or the person was shut out."""
    found = {"secret_hash": sha256_bytes(secret.encode()), "now": work.now}
    rows = work.session.connection().execute(_VISITOR, found).all()
    if not rows:
        return None
    first = rows[0]
    mighty = first.platform_role is not None
    person = Person(id=first.id, email=first.email, name=first.name, is_platform_admin=mighty)
    memberships = tuple(
        MembershipOf(
            tenant_id=row.tenant_id,
            slug=row.slug,
            name=row.tenant_name,
            role=Role.PLATFORM_ADMIN if mighty else Role(row.role),
        )
        for row in rows
        if row.tenant_id is not None
    )
    return SignedIn(user=person, memberships=memberships, csrf_secret=first.csrf_secret, expires_at=first.expires_at)
