"""Webflow's errors (platform_apis.md 9.3)."""

from __future__ import annotations

import json

from fastapi.responses import Response

_USUAL = {
    400: ("validation_error", "Validation Error"),
    401: ("not_authorized", "Request not authorized"),
    403: ("forbidden", "You are not allowed to do that"),
    404: ("resource_not_found", "Requested resource not found"),
    409: ("conflict", "Conflict: The collection structure changed since the last publish"),
    429: ("too_many_requests", "Rate limit hit"),
    500: ("internal_error", "An internal error occurred"),
    503: ("service_unavailable", "Service unavailable"),
}


class Refused(Exception):
    """An answer that is an error."""

    def __init__(self, status: int, *, code: str = "", param: str = "", description: str = "") -> None:
        usual, message = _USUAL[status]
        super().__init__(message)
        self.status = status
        details = [{"param": param, "description": description}] if param else []
        self.body = {"message": message, "code": code or usual, "externalReference": None, "details": details}

    def answer(self) -> Response:
        """As the API gives it."""
        return Response(json.dumps(self.body), status_code=self.status, media_type="application/json")


def usual_body(status: int) -> tuple[str, str]:
    """With a status that a fault asks for."""
    if status in _USUAL:
        return "application/json", json.dumps(Refused(status).body)
    return "text/html", f"<html><head><title>{status}</title></head><body><h1>{status}</h1></body></html>"
