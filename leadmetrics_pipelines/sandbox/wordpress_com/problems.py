"""Errors of WordPress.com: v1.1 has a form of its own, wp/v2 that of WordPress (platform_apis.md 8.6)."""

from __future__ import annotations

import json

_V2 = {
    400: ("rest_invalid_param", "Invalid parameter(s): content"),
    401: ("rest_not_logged_in", "You are not currently logged in."),
    403: ("rest_cannot_create", "Sorry, you are not allowed to create posts as this user."),
    404: ("rest_no_route", "No route was found matching the URL and request method."),
}


def usual_body(status: int) -> tuple[str, str]:
    """With a status that a fault asks for."""
    if status in _V2:
        code, message = _V2[status]
        return "application/json", json.dumps({"code": code, "message": message, "data": {"status": status}})
    return "text/html", f"<html><head><title>{status}</title></head><body><h1>{status}</h1></body></html>"
