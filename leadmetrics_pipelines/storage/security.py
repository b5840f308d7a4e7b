"""Who may touch which rows: roles, grants and row-level security, as SQL. Applied by migrations.

Three roles. The app signs in as `leadmetrics_app`, which by itself may do nothing; each transaction takes on
`leadmetrics_tenant` (sees one tenant, named by the setting `leadmetrics.tenant`) or `leadmetrics_platform` (sees all).
None is a superuser, owns a table or bypasses row-level security. A test walks the catalogue against these lists.
"""

from __future__ import annotations

APP_ROLE = "leadmetrics_app"
TENANT_ROLE = "leadmetrics_tenant"
PLATFORM_ROLE = "leadmetrics_platform"

# Wrapped in a sub-select so that Postgres evaluates it once per statement, not per row.
CURRENT_TENANT = "(SELECT nullif(current_setting('leadmetrics.tenant', true), '')::uuid)"

# What the app may do, per table; a table that is not here is refused to it.
_CHANGE = "SELECT, INSERT, UPDATE"
_APPEND = "SELECT, INSERT"
_FULL = "SELECT, INSERT, UPDATE, DELETE"
TENANT_TABLES: dict[str, str] = {
    "memberships": _FULL,
    "api_tokens": _CHANGE,
    "channels": _CHANGE,
    "deliverables": _CHANGE,
    "deliverable_periods": _CHANGE,
    "activities": _CHANGE,
    "content_requests": _CHANGE,
    "posts": _FULL,  # an empty draft goes when the approval of its request is undone
    "image_files": _APPEND,
    "comments": _APPEND,
    "approvals": _CHANGE,
    "decisions": _APPEND,
    "publications": _CHANGE,
    "publication_events": _APPEND,
    "sessions": _CHANGE,
    "session_events": _APPEND,
    "model_calls": _APPEND,
    "documents": _APPEND,
    "connect_attempts": _CHANGE,
    "alerts": _CHANGE,
    "channel_slots": _FULL,
    "channel_figures": _CHANGE,
    "channel_snapshots": _CHANGE,
    "channel_scores": _CHANGE,
    "goals": _CHANGE,
}
# Tables whose rule is not simply "tenant_id is mine": (privileges of the tenant role, USING, WITH CHECK).
SPECIAL_TABLES: dict[str, tuple[str, str, str]] = {
    "tenants": ("SELECT, UPDATE", f"id = {CURRENT_TENANT}", f"id = {CURRENT_TENANT}"),
    "users": (
        "SELECT (id, email, name, platform_role, is_active, created_at)",
        f"EXISTS (SELECT FROM memberships m WHERE m.user_id = users.id AND m.tenant_id = {CURRENT_TENANT})",
        "false",
    ),
    # A hold on everything is seen by every tenant and set by none.
    "holds": (_CHANGE, f"tenant_id IS NULL OR tenant_id = {CURRENT_TENANT}", f"tenant_id = {CURRENT_TENANT}"),
    "audit_log": (_APPEND, f"tenant_id = {CURRENT_TENANT}", f"tenant_id = {CURRENT_TENANT}"),
    "heartbeats": (_CHANGE, "true", "true"),
}
# Seen by the platform role alone, with its privileges.
PLATFORM_TABLES: dict[str, str] = {"sign_ins": _FULL, "sign_in_attempts": _FULL}
_PLATFORM_PRIVILEGES = {
    "tenants": _CHANGE,
    "users": _CHANGE,
    "holds": _CHANGE,
    "audit_log": _APPEND,
    "heartbeats": _CHANGE,
}


def role_statements() -> list[str]:
    """Make the three roles where they are missing. Roles belong to the whole server, so this must be repeatable."""

    def make(role: str, options: str) -> str:
        return (
            f"DO $$ BEGIN CREATE ROLE {role} {options}; "
            "EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$"
        )

    return [
        make(TENANT_ROLE, "NOLOGIN"),
        make(PLATFORM_ROLE, "NOLOGIN"),
        make(APP_ROLE, "LOGIN NOINHERIT"),
        f"GRANT {TENANT_ROLE}, {PLATFORM_ROLE} TO {APP_ROLE}",
        f"GRANT USAGE ON SCHEMA public TO {TENANT_ROLE}, {PLATFORM_ROLE}",
    ]


def table_statements(table: str) -> list[str]:
    """Close a table to everybody, then open it as far as the lists above say."""
    statements = [
        f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY",
        f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY",
        f"CREATE POLICY platform ON {table} TO {PLATFORM_ROLE} USING (true) WITH CHECK (true)",
    ]
    if table in PLATFORM_TABLES:
        return [*statements, f"GRANT {PLATFORM_TABLES[table]} ON {table} TO {PLATFORM_ROLE}"]
    if table in SPECIAL_TABLES:
        privileges, using, check = SPECIAL_TABLES[table]
        platform_privileges = _PLATFORM_PRIVILEGES[table]
    else:
        privileges = platform_privileges = TENANT_TABLES[table]
        using = check = f"tenant_id = {CURRENT_TENANT}"
    return [
        *statements,
        f"CREATE POLICY tenant ON {table} TO {TENANT_ROLE} USING ({using}) WITH CHECK ({check})",
        f"GRANT {privileges} ON {table} TO {TENANT_ROLE}",
        f"GRANT {platform_privileges} ON {table} TO {PLATFORM_ROLE}",
    ]
