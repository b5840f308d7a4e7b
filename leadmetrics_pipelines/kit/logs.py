"""Logging of a process: structlog over the standard library, text for people or JSON lines, secrets blacked out.

`set_up_logs` is called once, by the command that starts the process. Rooms take `structlog.get_logger()` and log events
with facts: `log.info("post published", post=post_id)`.
"""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Mapping
from typing import TextIO, cast

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

HIDDEN = "[hidden]"
# Names whose values are secrets, whatever they hold. Plural and counts (`tokens=812`) are no secrets.
_SECRET_NAME = re.compile(
    r"(?i)(^|[_\-.])(authorization|cookie|set-cookie|passphrase|passwd|password|credentials?|secret|token|api[_-]?key"
    r"|encryption[_-]?keys?|private[_-]?key|session[_-]?id)$"
)
# Secrets inside a text: an Authorization value, a password in an address, a key or token in a query, an Anthropic key.
_SECRET_TEXT = (
    (re.compile(r"(?i)\b(bearer|basic)\s+[\w+/=.~-]{8,}"), rf"\1 {HIDDEN}"),
    (re.compile(r"(?<=://)([^/\s:@]*):[^/\s@]+@"), rf"\1:{HIDDEN}@"),
    (
        re.compile(
            r"(?i)([?&](?:access_token|api_key|apikey|appsecret_proof|client_secret|code|code_verifier|key|password"
            r"|refresh_token|secret|state|token)=)[^&\s\"']+"
        ),
        rf"\1{HIDDEN}",
    ),
    (re.compile(r"\bsk-[\w-]{8,}"), HIDDEN),
)  # fmt: skip
_DEEPEST = 6


def set_up_logs(*, as_json: bool = False, level: int = logging.INFO, stream: TextIO | None = None) -> None:
    """Send this process's logs, those of libraries too, to `stream` (default: standard error)."""
    target = stream or sys.stderr
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
    ]
    last: list[Processor]
    if as_json:
        last = [structlog.processors.format_exc_info, hide_secrets, structlog.processors.JSONRenderer(default=str)]
    else:
        # The traceback is made into text first, so that its lines are searched for secrets as well.
        renderer = structlog.dev.ConsoleRenderer(colors=target.isatty(), pad_event_to=0)
        last = [structlog.processors.format_exc_info, hide_secrets, renderer]
    handler = logging.StreamHandler(target)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared, processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *last]
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    # These tell each request at INFO; with addresses in it, and nobody asked.
    for name in ("httpx", "httpcore", "urllib3", "alembic.runtime.migration"):
        logging.getLogger(name).setLevel(max(level, logging.WARNING))
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.make_filtering_bound_logger(level),
        cache_logger_on_first_use=False,
    )


def hide_secrets(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Processor: black out values with secret names, and secrets inside texts, at any depth."""
    return cast("EventDict", _hide(event, _DEEPEST))


def hide_secrets_in(text: str) -> str:
    """The text without the secrets that can be told by their shape."""
    for pattern, replacement in _SECRET_TEXT:
        text = pattern.sub(replacement, text)
    return text


def _hide(value: object, depth: int) -> object:
    if isinstance(value, str):
        return hide_secrets_in(value)
    if depth == 0:
        return value
    if isinstance(value, Mapping):
        return {name: HIDDEN if _is_secret(name, inner) else _hide(inner, depth - 1) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_hide(inner, depth - 1) for inner in value]
    if isinstance(value, BaseException):
        return hide_secrets_in(f"{type(value).__name__}: {value}")
    return value


def _is_secret(name: object, value: object) -> bool:
    # None and booleans say whether there is a secret, not what it is.
    return isinstance(name, str) and not isinstance(value, bool | None) and bool(_SECRET_NAME.search(name))
