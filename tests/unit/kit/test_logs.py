"""Logs carry facts, and no secrets."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from leadmetrics_pipelines.kit.logs import HIDDEN, hide_secrets, hide_secrets_in, set_up_logs

SECRET = "s3cr3t-value-1234"


@pytest.fixture(autouse=True)
def _leave_logging_as_it_was() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


@pytest.mark.parametrize(
    "name",
    ["password", "app_password", "token", "access_token", "api_key", "api-key", "Authorization", "Set-Cookie",
     "encryption_keys", "client_secret", "credentials", "LEADMETRICS_ANTHROPIC_API_KEY"],
)  # fmt: skip
def test_values_with_secret_names_are_hidden_at_any_depth(name: str) -> None:
    """In the event itself, in a mapping, in a list of mappings."""
    event = hide_secrets(None, "info", {"event": "x", name: SECRET, "in": {name: SECRET, "list": [{name: SECRET}]}})
    assert SECRET not in str(event)
    assert event[name] == HIDDEN


@pytest.mark.parametrize("name", ["tokens", "input_tokens", "key", "secretary", "password_set", "author"])
def test_harmless_names_are_shown(name: str) -> None:
    """Token counts and document keys are what one wants to read."""
    assert hide_secrets(None, "info", {"event": "x", name: 812})[name] == 812


@pytest.mark.parametrize(
    "text",
    [
        f"sent Authorization: Bearer {SECRET}",
        "Basic YWRtaW46czNjcjN0LXZhbHVlLTEyMzQ=",
        f"postgresql+psycopg://app:{SECRET}@db.example/leadmetrics",
        f"GET https://api.example/v1?access_token={SECRET}&x=1",
        f"key sk-{SECRET} is wrong",
    ],
)
def test_secrets_inside_texts_are_hidden(text: str) -> None:
    """An error message often quotes the address or header it failed with."""
    shown = hide_secrets_in(text)
    assert SECRET not in shown
    assert "YWRtaW46" not in shown
    assert HIDDEN in shown


def test_json_lines_hold_the_facts_of_ours_and_of_libraries() -> None:
    """One object per line, with level, time and logger; a library's traceback is searched for secrets too."""
    stream = io.StringIO()
    set_up_logs(as_json=True, stream=stream)
    structlog.get_logger("ours").info("post published", post="p1", token=SECRET)
    try:
        int(f"postgresql://app:{SECRET}@db/x")
    except ValueError:
        logging.getLogger("library").exception("it failed")
    first, second = (json.loads(line) for line in stream.getvalue().splitlines())
    assert (first["event"], first["post"], first["token"], first["level"]) == ("post published", "p1", HIDDEN, "info")
    assert first["timestamp"].endswith("Z")
    assert second["event"] == "it failed"
    assert "invalid literal" in second["exception"]
    assert SECRET not in stream.getvalue()


def test_text_for_people_is_one_plain_line() -> None:
    """No colours where nobody looks at a terminal."""
    stream = io.StringIO()
    set_up_logs(stream=stream)
    structlog.get_logger("ours").warning("site away", site="acme", password=SECRET)
    assert "site away" in stream.getvalue()
    assert "site=acme" in stream.getvalue()
    assert "\x1b" not in stream.getvalue()
    assert SECRET not in stream.getvalue()


def test_what_is_below_the_level_is_left_out() -> None:
    """Debug is asked for by name."""
    stream = io.StringIO()
    set_up_logs(stream=stream)
    structlog.get_logger("ours").debug("detail")
    logging.getLogger("httpx").info("HTTP Request: GET https://acme.example")
    assert stream.getvalue() == ""
