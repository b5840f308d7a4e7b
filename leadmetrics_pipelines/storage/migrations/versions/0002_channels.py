"""Channels of every platform: connecting, posts of every kind, slots, alerts, scores, goals."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from leadmetrics_pipelines.storage import security

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

TABLES = (
    "connect_attempts", "alerts", "channel_slots", "channel_figures", "channel_snapshots", "channel_scores", "goals",
)  # fmt: skip


def upgrade() -> None:
    op.create_table(
        "channel_figures",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("channel_id", sa.Uuid(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("metric", sa.Text(), nullable=False),
        sa.Column("dimension", sa.Text(), nullable=False),
        sa.Column("value", sa.Double(), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["channel_id"], ["channels.id"], name=op.f("fk_channel_figures_channel_id")),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenants.id"], name=op.f("fk_channel_figures_tenant_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("channel_id", "day", "metric", "dimension", name=op.f("pk_channel_figures")),
    )
    op.create_index(op.f("ix_channel_figures_tenant_id_day"), "channel_figures", ["tenant_id", "day"], unique=False)
    op.create_table(
        "channel_slots",
        sa.Column("channel_id", sa.Uuid(), nullable=False),
        sa.Column("weekday", sa.Integer(), nullable=False),
        sa.Column("local_time", sa.Time(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("weekday BETWEEN 0 AND 6", name=op.f("ck_channel_slots_weekday")),
        sa.ForeignKeyConstraint(["channel_id"], ["channels.id"], name=op.f("fk_channel_slots_channel_id")),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenants.id"], name=op.f("fk_channel_slots_tenant_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_channel_slots")),
        sa.UniqueConstraint(
            "channel_id", "weekday", "local_time", name=op.f("uq_channel_slots_channel_id_weekday_local_time")
        ),
    )
    op.create_table(
        "channel_snapshots",
        sa.Column("channel_id", sa.Uuid(), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("facts", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("problem", sa.Text(), nullable=True),
        sa.Column("run_id", sa.Text(), nullable=True),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["channel_id"], ["channels.id"], name=op.f("fk_channel_snapshots_channel_id")),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenants.id"], name=op.f("fk_channel_snapshots_tenant_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_channel_snapshots")),
        sa.UniqueConstraint("channel_id", "month", name=op.f("uq_channel_snapshots_channel_id_month")),
    )
    op.create_index(
        op.f("ix_channel_snapshots_tenant_id_month"), "channel_snapshots", ["tenant_id", "month"], unique=False
    )
    op.create_table(
        "connect_attempts",
        sa.Column("platform", sa.Text(), nullable=False),
        sa.Column("state_hash", sa.Text(), nullable=False),
        sa.Column("secrets", sa.LargeBinary(), nullable=True),
        sa.Column("redirect_uri", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("channel_id", sa.Uuid(), nullable=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("choices", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("scopes", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("problem", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("returned_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["channel_id"], ["channels.id"], name=op.f("fk_connect_attempts_channel_id")),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenants.id"], name=op.f("fk_connect_attempts_tenant_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_connect_attempts_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_connect_attempts")),
        sa.UniqueConstraint("state_hash", name=op.f("uq_connect_attempts_state_hash")),
    )
    op.create_index(
        op.f("ix_connect_attempts_tenant_id_created_at"), "connect_attempts", ["tenant_id", "created_at"], unique=False
    )
    op.create_table(
        "goals",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("metric", sa.Text(), nullable=False),
        sa.Column("channel_id", sa.Uuid(), nullable=True),
        sa.Column("start_value", sa.Double(), nullable=True),
        sa.Column("current_value", sa.Double(), nullable=True),
        sa.Column("target_value", sa.Double(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("target_date", sa.Date(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("status_since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["channel_id"], ["channels.id"], name=op.f("fk_goals_channel_id")),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name=op.f("fk_goals_tenant_id"), ondelete="RESTRICT"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_goals")),
    )
    op.create_index(op.f("ix_goals_tenant_id_status"), "goals", ["tenant_id", "status"], unique=False)
    op.create_table(
        "channel_scores",
        sa.Column("channel_id", sa.Uuid(), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("total", sa.Double(), nullable=True),
        sa.Column("known", sa.Double(), nullable=False),
        sa.Column("dimensions", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("formula", sa.Text(), nullable=False),
        sa.Column("snapshot_id", sa.Uuid(), nullable=False),
        sa.Column("run_id", sa.Text(), nullable=True),
        sa.Column("computed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("known BETWEEN 0 AND 1", name=op.f("ck_channel_scores_known")),
        sa.CheckConstraint("total IS NULL OR total BETWEEN 0 AND 100", name=op.f("ck_channel_scores_total")),
        sa.ForeignKeyConstraint(["channel_id"], ["channels.id"], name=op.f("fk_channel_scores_channel_id")),
        sa.ForeignKeyConstraint(["snapshot_id"], ["channel_snapshots.id"], name=op.f("fk_channel_scores_snapshot_id")),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenants.id"], name=op.f("fk_channel_scores_tenant_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_channel_scores")),
        sa.UniqueConstraint("channel_id", "month", name=op.f("uq_channel_scores_channel_id_month")),
    )
    op.create_index(op.f("ix_channel_scores_tenant_id_month"), "channel_scores", ["tenant_id", "month"], unique=False)
    op.create_table(
        "alerts",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("severity", sa.Text(), nullable=False),
        sa.Column("dedupe_key", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("subject_kind", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.Text(), nullable=False),
        sa.Column("channel_id", sa.Uuid(), nullable=True),
        sa.Column("activity_id", sa.Uuid(), nullable=True),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("resolved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("resolved_by", sa.Text(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["activity_id"], ["activities.id"], name=op.f("fk_alerts_activity_id")),
        sa.ForeignKeyConstraint(["channel_id"], ["channels.id"], name=op.f("fk_alerts_channel_id")),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name=op.f("fk_alerts_tenant_id"), ondelete="RESTRICT"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alerts")),
    )
    op.create_index(op.f("ix_alerts_tenant_id_opened_at"), "alerts", ["tenant_id", "opened_at"], unique=False)
    op.create_index(
        "uq_alerts_open",
        "alerts",
        ["tenant_id", "dedupe_key"],
        unique=True,
        postgresql_where=sa.text("resolved_at IS NULL"),
    )
    op.add_column("activities", sa.Column("post_id", sa.Uuid(), nullable=True))
    op.add_column("activities", sa.Column("channel_id", sa.Uuid(), nullable=True))
    op.add_column("activities", sa.Column("dedupe_key", sa.Text(), nullable=True))
    op.add_column("activities", sa.Column("instructions", sa.Text(), server_default="", nullable=False))
    op.add_column("activities", sa.Column("due_at", sa.DateTime(timezone=True), nullable=True))
    op.drop_index(
        op.f("uq_activities_live_unit_step"),
        table_name="activities",
        postgresql_where="((request_id IS NOT NULL) AND (status <> ALL (ARRAY['cancelled'::text, 'skipped'::text])))",
    )
    op.create_index(
        "uq_activities_live_unit_step",
        "activities",
        ["request_id", "post_id", "step_key"],
        unique=True,
        postgresql_where=sa.text("request_id IS NOT NULL AND status NOT IN ('cancelled', 'skipped')"),
        postgresql_nulls_not_distinct=True,
    )
    op.create_index(
        "uq_activities_live_concern",
        "activities",
        ["tenant_id", "dedupe_key"],
        unique=True,
        postgresql_where=sa.text("dedupe_key IS NOT NULL AND status NOT IN ('completed', 'cancelled', 'skipped')"),
    )
    op.create_foreign_key(op.f("fk_activities_channel_id"), "activities", "channels", ["channel_id"], ["id"])
    op.create_foreign_key(
        op.f("fk_activities_post_id"), "activities", "posts", ["post_id"], ["id"], ondelete="SET NULL"
    )
    op.add_column("channels", sa.Column("account_id", sa.Text(), server_default="", nullable=False))
    op.add_column("channels", sa.Column("credentials_version", sa.Integer(), server_default="0", nullable=False))
    op.add_column("channels", sa.Column("scopes", postgresql.JSONB(astext_type=sa.Text()), nullable=True))
    op.add_column("channels", sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("channels", sa.Column("refresh_expires_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("channels", sa.Column("renew_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("channels", sa.Column("renewed_at", sa.DateTime(timezone=True), nullable=True))
    op.drop_constraint(op.f("uq_channels_tenant_id_platform_base_url"), "channels", type_="unique")
    op.create_index(
        "ix_channels_renewal",
        "channels",
        ["renew_at"],
        unique=False,
        postgresql_where=sa.text("status = 'connected' AND renew_at IS NOT NULL"),
    )
    op.create_unique_constraint(
        op.f("uq_channels_tenant_id_platform_base_url_account_id"),
        "channels",
        ["tenant_id", "platform", "base_url", "account_id"],
    )
    op.add_column("content_requests", sa.Column("kind", sa.Text(), server_default="blog", nullable=False))
    op.add_column(
        "content_requests", sa.Column("channel_ids", postgresql.ARRAY(sa.Uuid()), server_default="{}", nullable=False)
    )
    op.add_column(
        "deliverables", sa.Column("channel_ids", postgresql.ARRAY(sa.Uuid()), server_default="{}", nullable=False)
    )
    op.add_column("posts", sa.Column("kind", sa.Text(), server_default="blog", nullable=False))
    op.add_column("posts", sa.Column("publish_local", sa.DateTime(), nullable=True))
    op.add_column("posts", sa.Column("publish_zone", sa.Text(), nullable=True))
    op.add_column("posts", sa.Column("content_hash", sa.Text(), nullable=True))
    op.add_column("posts", sa.Column("live_state", sa.Text(), nullable=True))
    op.add_column("posts", sa.Column("live_detail", sa.Text(), nullable=True))
    op.add_column("posts", sa.Column("live_checked_at", sa.DateTime(timezone=True), nullable=True))
    op.drop_constraint(op.f("uq_posts_request_id"), "posts", type_="unique")
    op.drop_constraint(op.f("uq_posts_channel_id_slug"), "posts", type_="unique")
    op.create_index(
        "uq_posts_channel_id_slug", "posts", ["channel_id", "slug"], unique=True, postgresql_where=sa.text("slug <> ''")
    )
    op.create_index(op.f("ix_posts_channel_id_content_hash"), "posts", ["channel_id", "content_hash"], unique=False)
    op.create_index(
        "ix_posts_due",
        "posts",
        ["tenant_id", "publish_at"],
        unique=False,
        postgresql_where=sa.text("status IN ('approved', 'scheduled')"),
    )
    op.create_unique_constraint(
        op.f("uq_posts_request_id_channel_id"),
        "posts",
        ["request_id", "channel_id"],
        postgresql_nulls_not_distinct=True,
    )
    op.add_column("publications", sa.Column("part", sa.Text(), server_default="post", nullable=False))
    op.add_column(
        "publications",
        sa.Column("handles", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False),
    )
    op.drop_constraint(op.f("uq_publications_post_id_channel_id"), "publications", type_="unique")
    op.create_unique_constraint(
        op.f("uq_publications_post_id_channel_id_part"), "publications", ["post_id", "channel_id", "part"]
    )
    for table in TABLES:
        for statement in security.table_statements(table):
            op.execute(statement)
