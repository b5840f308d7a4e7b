"""One call of the Graph API: its parameters wherever they stand, its token, and refusals in the API's own form."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from fastapi import Request
from fastapi.responses import JSONResponse
from starlette.datastructures import UploadFile

from leadmetrics_pipelines.kit.clock import Clock
from leadmetrics_pipelines.sandbox.consent_page import bearer_of, gateway_of
from leadmetrics_pipelines.sandbox.meta.models import Setup
from leadmetrics_pipelines.sandbox.oauth import CLIENT_SECRET, Consents, Token

#: Versions that are answered (reference platform_apis.md 1.1): v20 ended on 24 September 2026.
VERSIONS = ("v21.0", "v22.0", "v23.0", "v24.0", "v25.0", "v26.0")
_PAGE_SIZE = 25


class GraphRefusal(Exception):
    """The API says no."""

    def __init__(
        self, code: int, message: str, *, subcode: int | None = None, status: int = 400, title: str = "", told: str = ""
    ) -> None:
        super().__init__(message)
        self.code, self.subcode, self.status = code, subcode, status
        self.title, self.told = title, told

    def answer(self) -> JSONResponse:
        """The error object (3.2)."""
        return JSONResponse(
            error_object(self.code, str(self), subcode=self.subcode, title=self.title, told=self.told), self.status
        )


def error_object(
    code: int, message: str, *, subcode: int | None = None, title: str = "", told: str = ""
) -> dict[str, Any]:
    """An error as the API writes it."""
    extra: dict[str, Any] = {"error_subcode": subcode} if subcode else {}
    if title or told:
        extra |= {"is_transient": False, "error_user_title": title, "error_user_msg": told}
    return {"error": {"message": message, "type": "OAuthException", "code": code, **extra, "fbtrace_id": "AsandboxT1"}}


@dataclass(kw_only=True)
class Call:
    """What came in. `params`: of query and body together, each as text."""

    method: str
    path: tuple[str, ...]
    params: dict[str, str]
    files: dict[str, bytes] = field(default_factory=dict)
    token_value: str | None
    gateway: str
    now: datetime

    @property
    def fields(self) -> list[str]:
        """The names in `fields`, without what stands in braces or brackets behind them."""
        depth, names = 0, ""
        for char in self.params.get("fields", ""):
            depth += char in "{("
            names += char if depth == 0 else ""
            depth -= char in "})"
        return [name.partition(".")[0].strip() for name in names.split(",") if name.strip()]


async def read_call(request: Request, path: str, clock: Clock) -> Call:
    """The call, whether its parameters came as query, form, multipart or JSON."""
    params = dict(request.query_params)
    files: dict[str, bytes] = {}
    kind = request.headers.get("content-type", "").partition(";")[0]
    if kind == "application/json":
        params |= _flat(json.loads(await request.body() or b"{}"))
    elif kind in {"application/x-www-form-urlencoded", "multipart/form-data"}:
        async with request.form() as form:
            for name, value in form.items():
                if isinstance(value, UploadFile):
                    files[name] = await value.read()
                else:
                    params[name] = value
    return Call(
        method=request.method,
        path=tuple(part for part in path.split("/") if part),
        params=params,
        files=files,
        token_value=bearer_of(request) or params.get("access_token"),
        gateway=gateway_of(request),
        now=clock.now(),
    )


def check_token(call: Call, consents: Consents, setup: Setup) -> Token:
    """The token, if it is accepted; refusals say why it is dead (190 and its subcodes)."""
    token = consents.find(call.token_value)
    if token is None:
        message = "Invalid OAuth access token - Cannot parse access token" if call.token_value else (
            "An access token is required to request this resource."
        )  # fmt: skip
        raise GraphRefusal(190 if call.token_value else 2500, message, status=401 if call.token_value else 400)
    if token.is_revoked:
        raise GraphRefusal(
            190, "Error validating access token: The user has not authorized application.", subcode=458, status=401
        )
    if token.ends_at is not None and token.ends_at <= call.now:
        told = f"Error validating access token: Session has expired on {token.ends_at:%A, %d-%b-%y %H:%M:%S} UTC."
        raise GraphRefusal(190, told, subcode=463, status=401)
    if token.note.get("page") in setup.lost_pages:
        raise GraphRefusal(
            190, "Error validating access token: The user has no role on the Page any more.", subcode=492, status=401
        )
    _check_proof(call, token, setup)
    return token


def need(token: Token, scope: str, *, code: int = 200) -> None:
    """Refuse unless the scope was granted."""
    if scope not in token.scopes:
        raise GraphRefusal(code, f"(#{code}) Requires {scope} permission to manage the object", status=403)


def page_list(entries: list[dict[str, Any]], call: Call) -> dict[str, Any]:
    """One page of a list, with cursors (3.3)."""
    size = max(1, min(100, int(call.params.get("limit") or _PAGE_SIZE)))
    start = int(call.params.get("after") or 0)
    shown = entries[start : start + size]
    cursors = {"before": str(start), "after": str(start + len(shown))}
    paging: dict[str, Any] = {"cursors": cursors}
    if start + size < len(entries):
        paging["next"] = f"https://graph.facebook.com/{'/'.join(call.path)}?after={cursors['after']}"
    return {"data": shown, **({"paging": paging} if shown else {})}


def pick(entry: Mapping[str, Any], fields: list[str]) -> dict[str, Any]:
    """The asked-for fields, and the id as always; empty ones are left out."""
    wanted = {"id", *fields} if fields else set(entry)
    return {name: value for name, value in entry.items() if name in wanted and value not in (None, "", {}, [])}


def stamp(at: datetime) -> str:
    """An instant as the API writes it."""
    return at.strftime("%Y-%m-%dT%H:%M:%S+0000")


def usage_headers(setup: Setup, account: str) -> dict[str, str]:
    """How much of the calls is used (3.3); the wait is in minutes."""
    used = {"call_count": setup.usage_percent, "total_cputime": 1, "total_time": 1}
    business = {account: [{"type": "pages", **used, "estimated_time_to_regain_access": setup.regain_minutes}]}
    return {
        "x-app-usage": json.dumps({**used, "call_count": min(setup.usage_percent, 99)}),
        "x-business-use-case-usage": json.dumps(business),
        "facebook-api-version": VERSIONS[-1],
    }


def _flat(body: object) -> dict[str, str]:
    """The fields of a JSON body, as a form would carry them."""
    if not isinstance(body, dict):
        raise GraphRefusal(100, "The body is no object")
    return {
        name: value if isinstance(value, str) else json.dumps(value, ensure_ascii=False) for name, value in body.items()
    }


def _check_proof(call: Call, token: Token, setup: Setup) -> None:
    sent = call.params.get("appsecret_proof")
    if sent is None and setup.needs_proof:
        raise GraphRefusal(100, "API calls from the server require an appsecret_proof argument")
    right = hmac.new(CLIENT_SECRET.encode(), token.value.encode(), hashlib.sha256).hexdigest()
    if sent is not None and not hmac.compare_digest(sent, right):
        raise GraphRefusal(100, "Invalid appsecret_proof provided in the API argument")
