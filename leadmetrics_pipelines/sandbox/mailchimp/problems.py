"""Mailchimp's errors: `application/problem+json`, or what its edge says (platform_apis.md 12.3)."""

from __future__ import annotations

import json
from http import HTTPStatus

from fastapi.responses import Response

_TYPE = "https://mailchimp.com/developer/marketing/docs/errors/"
_USUAL = {
    400: ("Bad Request", "Asked for by a fault."),
    401: ("API Key Invalid", "Your API key may be invalid, or you've attempted to access the wrong datacenter."),
    404: ("Resource Not Found", "The requested resource could not be found."),
    500: ("Internal Server Error", "An unexpected internal error has occurred."),
}


class Refused(Exception):
    """An answer that is a problem."""

    def __init__(self, status: int, title: str, detail: str, errors: list[dict[str, str]] | None = None) -> None:
        super().__init__(detail)
        self.status = status
        self.body = {"type": _TYPE, "title": title, "status": status, "detail": detail, "instance": "995c5cb0"}
        if errors:
            self.body["errors"] = errors

    def answer(self) -> Response:
        """As the API gives it."""
        return Response(json.dumps(self.body), status_code=self.status, media_type="application/problem+json")


def invalid(field: str, message: str) -> Refused:
    """A field that does not fit."""
    detail = "The resource submitted could not be validated. For field-specific details, see the 'errors' array."
    return Refused(400, "Invalid Resource", detail, [{"field": field, "message": message}])


def not_found() -> Refused:
    """No such thing, or not in this account."""
    return Refused(404, *_USUAL[404])


def usual_body(status: int) -> tuple[str, str]:
    """With a status that a fault asks for. 403 and 429 come from the edge, which knows no JSON."""
    if status in _USUAL:
        title, detail = _USUAL[status]
        return "application/problem+json", json.dumps(Refused(status, title, detail).body)
    phrase = HTTPStatus(status).phrase
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return "text/plain", phrase
    return "text/html", f"<html><head><title>{phrase}</title></head><body><h1>{phrase}</h1></body></html>"
