"""What each party says with an error status when a fault rule gives no body of its own."""

from __future__ import annotations

import json

from leadmetrics_pipelines.sandbox.faults import Party
from leadmetrics_pipelines.sandbox.gate import UsualBody

_ANTHROPIC_TYPES = {
    400: "invalid_request_error",
    401: "authentication_error",
    402: "billing_error",
    403: "permission_error",
    404: "not_found_error",
    413: "request_too_large",
    429: "rate_limit_error",
    529: "overloaded_error",
}
_WORDPRESS_JSON = {
    400: ("rest_invalid_param", "Invalid parameter(s): content"),
    401: ("rest_not_logged_in", "You are not currently logged in."),
    403: ("rest_cannot_create", "Sorry, you are not allowed to create posts as this user."),
    404: ("rest_no_route", "No route was found matching the URL and request method."),
}
_WORDPRESS_HTML = {
    200: "<!doctype html><title>Welcome</title><h1>A page, not an API</h1>",
    429: "<html><head><title>429 Too Many Requests</title></head><body>Too Many Requests</body></html>",
    500: "<!doctype html><title>Database Error</title><h1>Error establishing a database connection</h1>",
    503: "<!doctype html><title>Maintenance</title><h1>Briefly unavailable for scheduled maintenance.</h1>",
}


def _anthropic(status: int) -> tuple[str, str]:
    if status < 400:  # noqa: PLR2004 - not an error
        return "text/html", "<!doctype html><title>Proxy</title><h1>Please sign in to the network</h1>"
    kind = _ANTHROPIC_TYPES.get(status, "api_error")
    message = {429: "This request would exceed your rate limit.", 529: "Overloaded"}.get(
        status, "Asked for by a fault."
    )
    return "application/json", json.dumps(
        {"type": "error", "error": {"type": kind, "message": message}, "request_id": "req_sandbox_fault"}
    )


def _wordpress(status: int) -> tuple[str, str]:
    if status in _WORDPRESS_JSON:
        code, message = _WORDPRESS_JSON[status]
        return "application/json", json.dumps({"code": code, "message": message, "data": {"status": status}})
    text = _WORDPRESS_HTML.get(status, f"<!doctype html><title>{status}</title><h1>Error {status}</h1>")
    return "text/html; charset=UTF-8", text


BODIES: dict[Party, UsualBody] = {"wordpress": _wordpress, "anthropic": _anthropic}
