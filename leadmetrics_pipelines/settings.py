"""Every setting, read once from the environment (prefix LEADMETRICS_) and an optional `.env` file.

Nothing else in the project reads the environment. `docs/reference/settings.md` lists them and is held true by a test.
"""

from __future__ import annotations

import functools
from pathlib import Path

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """The settings of one process."""

    model_config = SettingsConfigDict(env_prefix="LEADMETRICS_", env_file=".env", extra="ignore", frozen=True)

    home: Path = Field(
        default=Path(".leadmetrics"),
        description="Folder for embedded Postgres, Dagster's home, keys, logs and locks.",
    )
    database_url: SecretStr | None = Field(
        default=None,
        description="Postgres the app connects to, as a role neither superuser nor owner. Empty: embedded Postgres.",
    )
    database_owner_url: SecretStr | None = Field(
        default=None,
        description="The same database as its owner; used by `leadmetrics db migrate` alone. Empty: embedded Postgres.",
    )
    dagster_database_url: SecretStr | None = Field(
        default=None,
        description="Dagster's own database, as postgresql+psycopg2://. Empty: embedded Postgres.",
    )
    mongodb_url: SecretStr | None = Field(
        default=None, description="MongoDB for documents. Empty: documents live in Postgres."
    )
    encryption_keys: SecretStr | None = Field(
        default=None,
        description="Fernet keys, comma-separated, newest first. Empty: a key is made and kept in the home folder.",
    )
    anthropic_api_key: SecretStr | None = Field(default=None, description="Key for the Messages API.")
    anthropic_base_url: str | None = Field(
        default=None, description="Where the Messages API is. Empty: Anthropic's own address."
    )
    agent_model: str = Field(default="claude-sonnet-5-5", description="Language model of agents that name none.")
    outside_url: str | None = Field(
        default=None,
        pattern=r"^https?://[^\s?#]*[^\s?#/]$",
        description=(
            "A gateway through which all platforms are reached, each under its host's name: the sandbox, or a"
            " recording proxy. Empty: platforms are reached at their own addresses."
        ),
    )
    platform_apps: SecretStr | None = Field(
        default=None,
        description=(
            "The agency's own apps at the platforms, as JSON: family to client_id and client_secret. Families:"
            " linkedin, meta, x, tiktok, google, webflow, mailchimp, klaviyo, wordpress_com. For Google Ads google"
            " needs a developer_token, too."
        ),
    )
    allow_loopback: bool = Field(
        default=False,
        description="Let channels point at loopback addresses. For the sandbox only; anything else must be public.",
    )
    review_host: str = Field(default="127.0.0.1", description="Address the review app listens on.")
    review_port: int = Field(default=8800, ge=1, le=65535, description="Port of the review app.")
    review_url: str = Field(
        default="http://127.0.0.1:8800", description="Address of the review app as people and Dagster links see it."
    )
    dagster_port: int = Field(default=3300, ge=1, le=65535, description="Port of the Dagster UI.")
    dagster_url: str = Field(default="http://127.0.0.1:3300", description="Address of the Dagster UI, for links.")
    sandbox_port: int = Field(default=8900, ge=1, le=65535, description="Port of the sandbox.")
    undo_seconds: float = Field(
        default=5, ge=0, le=60, description="Seconds in which a decision can be undone; nothing is dispatched before."
    )
    lease_seconds: float = Field(
        default=300, gt=0, description="Seconds a worker owns work it claimed; after that it is free again."
    )
    publish_window_hours: float = Field(
        default=24, gt=0, description="Hours after its time in which an item may still go out; later it is missed."
    )
    publish_per_hour: int = Field(default=30, gt=0, description="Most items one channel sends in an hour.")
    sign_in_hours: float = Field(default=12, gt=0, description="Hours a sign-in to the review app lasts.")
    secure_cookies: bool = Field(default=False, description="Send cookies over HTTPS only. Set it wherever TLS is.")
    log_json: bool = Field(default=False, description="Log as JSON lines instead of text for people.")


@functools.cache
def get_settings() -> Settings:
    """The settings of this process, read at the first call."""
    return Settings()
