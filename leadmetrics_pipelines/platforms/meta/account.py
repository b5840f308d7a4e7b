"""What Facebook Pages and Instagram accounts have in common: two tokens, rights, comparing texts and times."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from leadmetrics_pipelines.errors import AccessRevoked, InvalidInput, PassingError
from leadmetrics_pipelines.kit.http import HttpClients
from leadmetrics_pipelines.kit.origins import Origins
from leadmetrics_pipelines.platforms.connecting import Credentials
from leadmetrics_pipelines.platforms.meta.client import GraphClient
from leadmetrics_pipelines.platforms.meta.oauth import PUBLISHING_TASKS, read_scopes

# Their clock and ours differ, and theirs shows whole seconds.
CLOCK_SLACK = timedelta(minutes=5)


def page_client(credentials: Credentials, http: HttpClients, origins: Origins) -> GraphClient:
    """Calls in the Page's name. Raises InvalidInput when the channel has no Page token."""
    return _client(credentials, "page", http, origins)


def person_client(credentials: Credentials, http: HttpClients, origins: Origins) -> GraphClient:
    """Calls in the name of the person who connected. Raises InvalidInput when the channel has no token."""
    return _client(credentials, "access", http, origins)


def check_rights(person: GraphClient, *, page_id: str, scopes: tuple[str, ...]) -> str:
    """Raise AccessRevoked unless the person still has the scopes and may publish on the Page; a warning, or nothing.

    The person's token ends after 60 days while the Page's lives on: then publishing works, but nothing can be renewed.
    """
    try:
        granted = read_scopes(person)
        pages = list(person.walk("me/accounts", {"fields": "id,tasks", "limit": "100"}, doing="Reading the role"))
    except AccessRevoked as error:
        return f"{error} Publishing still works, renewing does not."
    except PassingError as error:
        return str(error)
    missing = [scope for scope in scopes if scope not in granted]
    if missing:
        raise AccessRevoked(
            f"The connection lacks the right {' and '.join(missing)}. "
            "Connect the channel again and leave every box ticked."
        )
    tasks = next((set(page.get("tasks") or ()) for page in pages if str(page.get("id")) == page_id), None)
    if tasks is not None and not tasks & PUBLISHING_TASKS:
        raise AccessRevoked(
            "The person who connected this channel may not create content on the Page any more. Ask one of its admins "
            "for the role, or connect the channel with another person."
        )
    return ""


def same_text(one: str, other: str) -> bool:
    """Whether two texts say the same, spaces and line ends aside."""
    return _plain(one) == _plain(other)


def name_differences(platform: str, sent: str, came_back: object) -> tuple[str, ...]:
    """What a platform did to a text, in a sentence; empty when it kept it or did not say."""
    if not isinstance(came_back, str) or same_text(sent, came_back):
        return ()
    if came_back and _plain(sent).startswith(_plain(came_back)):
        return (f"{platform} cut the text after {len(came_back):,} of {len(sent):,} characters.",)
    return (f"{platform} changed the text: it has {len(came_back):,} characters instead of {len(sent):,}.",)


def read_time(value: object) -> datetime | None:
    """An instant as the API writes it: `2026-11-20T21:00:00+0000`."""
    try:
        return datetime.fromisoformat(str(value))
    except ValueError:
        return None


def find_text(
    entries: list[dict[str, Any]], text: str, *, field: str, time_field: str, since: datetime
) -> Mapping[str, Any] | None:
    """The first entry with this text that is not older than the call that may have made it."""
    for entry in entries:
        at = read_time(entry.get(time_field))
        if at is not None and at >= since - CLOCK_SLACK and same_text(str(entry.get(field) or ""), text):
            return entry
    return None


def _client(credentials: Credentials, kind: str, http: HttpClients, origins: Origins) -> GraphClient:
    token = credentials.get(f"{kind}_token", "")
    if not token:
        raise InvalidInput("The channel has no access to Meta. Connect it.", field="credentials")
    return GraphClient(token=token, proof=credentials.get(f"{kind}_token_proof", ""), http=http, origins=origins)


def _plain(text: str) -> str:
    return " ".join(unicodedata.normalize("NFC", text).split())
