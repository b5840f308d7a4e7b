"""The agency's own apps at the platforms, from the setting `platform_apps`. Values never reach a message."""

from __future__ import annotations

import json
from typing import Any

from leadmetrics_pipelines.errors import InvalidInput
from leadmetrics_pipelines.platforms.connecting import AppKeys
from leadmetrics_pipelines.platforms.connectors import app_family
from leadmetrics_pipelines.settings import Settings

SETTING = "LEADMETRICS_PLATFORM_APPS"
_SHAPE = '{"linkedin": {"client_id": "...", "client_secret": "..."}}'


def read_app_keys(settings: Settings, platform: str) -> AppKeys:
    """The app that connects a platform. Raises InvalidInput, saying what to set."""
    family = app_family(platform)
    apps = _read_apps(settings)
    if family not in apps:
        msg = f"The agency's app for {family} is not set. Register one there and add it to {SETTING}: {_SHAPE}."
        raise InvalidInput(msg, field=SETTING)
    return apps[family]


def has_app(settings: Settings, platform: str) -> bool:
    """Whether a platform can be connected with what is set."""
    return app_family(platform) in _read_apps(settings)


def _read_apps(settings: Settings) -> dict[str, AppKeys]:
    if settings.platform_apps is None:
        return {}
    try:
        raw = json.loads(settings.platform_apps.get_secret_value())
        return {str(family): _read_app(app) for family, app in raw.items()}
    except (ValueError, AttributeError, KeyError, TypeError):
        # `from None`: the error's own text quotes the value.
        msg = f"{SETTING} cannot be read. It is JSON of this shape: {_SHAPE}."
        raise InvalidInput(msg, field=SETTING) from None


def _read_app(app: dict[str, Any]) -> AppKeys:
    client_id, client_secret = app["client_id"], app["client_secret"]
    developer_token = app.get("developer_token", "")
    if not (isinstance(client_id, str) and client_id and isinstance(client_secret, str) and client_secret):
        raise TypeError
    if not isinstance(developer_token, str):
        raise TypeError
    return AppKeys(client_id=client_id, client_secret=client_secret, developer_token=developer_token)
