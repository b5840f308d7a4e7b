"""From what the SDK raises to an error of the two families, and whether another attempt within the same call may help.

Facts: reference/sdk_recipes.md section 3.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeGuard

from leadmetrics_pipelines.errors import (
    AccessRevoked,
    InvalidInput,
    LeadmetricsError,
    PlatformUnavailable,
    RateLimited,
)

if TYPE_CHECKING:
    import anthropic
    from anthropic.types import Message

_SERVER_FAULT = 500
# Timed out at the other side, and in conflict with another call: both pass.
_PASSING = {408, 409}


@dataclass(frozen=True, kw_only=True)
class Fault:
    """A call without an answer."""

    error: LeadmetricsError
    cause: Exception
    again: bool
    """Whether another attempt soon may help."""


def explain_fault(error: Exception, *, model: str, base_url: str) -> Fault:
    """The fault behind an exception of the SDK (its APIError family, or ValueError for a body that is no JSON)."""
    import anthropic

    if isinstance(error, anthropic.APITimeoutError):
        # The answer may be on its way, and paid for; and the work has a lease that another full wait would outlast.
        late = PlatformUnavailable(f"The language model {model} did not answer in time. It is tried again later.")
        return Fault(error=late, cause=error, again=False)
    if isinstance(error, anthropic.APIStatusError):
        by_status = _explain_status(error, model)
        return Fault(error=by_status, cause=error, again=isinstance(by_status, (RateLimited, PlatformUnavailable)))
    if isinstance(error, anthropic.APIConnectionError):
        away = PlatformUnavailable(f"No connection to the language model at {base_url}. It is tried again later.")
        return Fault(error=away, cause=error, again=True)
    return not_a_message(error, base_url=base_url)


def is_message(answer: object) -> TypeGuard[Message]:
    """Whether what the SDK hands out has what a message must have; its types promise it and nothing checks it."""
    usage = getattr(answer, "usage", None)
    return isinstance(getattr(answer, "content", None), list) and isinstance(getattr(usage, "input_tokens", None), int)


def not_a_message(cause: Exception, *, base_url: str) -> Fault:
    """The fault of something that answers and is no Messages API."""
    error = PlatformUnavailable(
        f"{base_url} gave something that is no answer of a language model. "
        "Check that LEADMETRICS_ANTHROPIC_BASE_URL is the address of a Messages API."
    )
    return Fault(error=error, cause=cause, again=False)


def _explain_status(error: anthropic.APIStatusError, model: str) -> LeadmetricsError:
    status = error.status_code
    said = " ".join(f"{status} {error.type or ''}: {error.message or ''}".split())[:300].rstrip(".: ")
    if status >= _SERVER_FAULT or status in _PASSING:
        return PlatformUnavailable(f"{model} is out of order or overloaded ({said}). It is tried again later.")
    final = {
        401: AccessRevoked(f"The language model refused our key ({said}). Check LEADMETRICS_ANTHROPIC_API_KEY."),
        402: AccessRevoked(f"The account of the language model has no credit ({said}). Top it up."),
        403: AccessRevoked(f"Our key may not do this ({said}). Check LEADMETRICS_ANTHROPIC_API_KEY and its rights."),
        404: InvalidInput(
            f"There is no language model '{model}' ({said}). Check LEADMETRICS_AGENT_MODEL and the role."
        ),
        413: InvalidInput(f"The prompt is too large for {model} ({said}). Shorten the client context."),
        429: RateLimited(f"{model} asks for a pause ({said}). It is tried again later.", _retry_after(error)),
    }
    unknown = InvalidInput(f"{model} refused the request ({said}). This is ours to mend: report it with this message.")
    return final.get(status, unknown)


def _retry_after(error: anthropic.APIStatusError) -> float | None:
    try:
        return max(0.0, float(error.response.headers.get("retry-after", "")))
    except ValueError:
        return None
