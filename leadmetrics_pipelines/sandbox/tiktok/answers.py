"""The form of TikTok's answers: data and error side by side, a code of "ok" for success (platform_apis.md 11)."""

from __future__ import annotations

import json
from typing import Any

from fastapi.responses import Response

LOG_ID = "202611200000SANDBOX"


class Refused(Exception):
    """TikTok says no."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status, self.code = status, code


class OAuthRefused(Exception):
    """The token endpoint says no."""

    def __init__(self, reason: str, description: str) -> None:
        super().__init__(description)
        self.reason = reason


def success(data: dict[str, Any]) -> Response:
    """An answer with data."""
    return _json({"data": data, "error": {"code": "ok", "message": "", "log_id": LOG_ID}}, 200)


def refusal(refused: Refused, *, always_200: bool) -> Response:
    """An answer without; some come with status 200 (11.3)."""
    return _json(error_object(refused.code, str(refused)), 200 if always_200 else refused.status)


def error_object(code: str, message: str) -> dict[str, Any]:
    """An error as the API writes it."""
    return {"data": {}, "error": {"code": code, "message": message, "log_id": LOG_ID}}


def oauth_refusal(refused: OAuthRefused, *, always_200: bool) -> Response:
    """An error of the token endpoint: seen with status 200 as well as 400 (11.1)."""
    body = {"error": refused.reason, "error_description": str(refused), "log_id": LOG_ID}
    return _json(body, 200 if always_200 else 400)


def plain(data: dict[str, Any]) -> Response:
    """What the token endpoint hands out."""
    return _json(data, 200)


def _json(body: dict[str, Any], status: int) -> Response:
    return Response(json.dumps(body), status_code=status, media_type="application/json")
