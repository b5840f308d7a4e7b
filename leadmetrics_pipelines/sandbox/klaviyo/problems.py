"""Klaviyo's errors: JSON:API (platform_apis.md 13.3)."""

from __future__ import annotations

import json

from fastapi.responses import Response

_USUAL = {
    400: ("invalid", "Invalid input.", "Asked for by a fault."),
    401: ("not_authenticated", "Authentication credentials were not provided.", "Missing or invalid access token."),
    403: ("permission_denied", "You do not have permission to perform this action.", "A scope or role is missing."),
    404: ("not_found", "Not found.", "A resource with this id does not exist."),
    409: ("conflict", "Conflict.", "The campaign is being sent or was sent."),
    410: ("gone", "Gone.", "This revision is retired."),
    429: ("throttled", "Request was throttled.", "Expected available in 1 second."),
    500: ("error", "A server error occurred.", "Try again."),
    503: ("service_unavailable", "Service unavailable.", "Try again."),
}


class Refused(Exception):
    """An answer that is an error."""

    def __init__(self, status: int, detail: str = "", pointer: str = "/data/") -> None:
        code, title, usual = _USUAL[status]
        super().__init__(detail or usual)
        self.status = status
        self.body = {
            "errors": [{
                "id": "1d1f0e2c", "status": status, "code": code, "title": title, "detail": detail or usual,
                "source": {"pointer": pointer}, "links": {}, "meta": {},
            }]
        }  # fmt: skip

    def answer(self) -> Response:
        """As the API gives it."""
        return Response(json.dumps(self.body), status_code=self.status, media_type="application/vnd.api+json")


def usual_body(status: int) -> tuple[str, str]:
    """With a status that a fault asks for."""
    if status in _USUAL:
        return "application/vnd.api+json", json.dumps(Refused(status).body)
    return "text/html", f"<html><head><title>{status}</title></head><body><h1>{status}</h1></body></html>"
