"""us1.api.mailchimp.com/3.0, and the public archive of campaigns."""

from __future__ import annotations

import html
import json
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, JSONResponse, Response
from fastapi.routing import APIRoute

from leadmetrics_pipelines.sandbox.consent_page import bearer_of, gateway_of
from leadmetrics_pipelines.sandbox.mailchimp.models import AUDIENCES, Campaign
from leadmetrics_pipelines.sandbox.mailchimp.problems import Refused, invalid
from leadmetrics_pipelines.sandbox.mailchimp.views import (
    ARCHIVE_HOST,
    view_activity,
    view_audience,
    view_campaign,
    view_growth,
    view_report,
)

if TYPE_CHECKING:
    from leadmetrics_pipelines.sandbox.mailchimp.twin import MailchimpTwin

_BASE = "/us1.api.mailchimp.com/3.0"
_SUBJECT = 150
_SETTINGS = ("subject_line", "preview_text", "title", "from_name", "reply_to")


class _Route(APIRoute):
    """Gives refusals their form."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def guarded(request: Request) -> Response:
            try:
                return await handle(request)
            except Refused as refused:
                return refused.answer()

        return guarded


def build_router(twin: MailchimpTwin) -> APIRouter:
    """Routes with whole paths."""
    routes = APIRouter(route_class=_Route)
    routes.include_router(_lists(twin), prefix=_BASE)
    routes.include_router(_campaigns(twin), prefix=_BASE)

    @routes.get(f"/{ARCHIVE_HOST}/")
    async def archive(id: str) -> Response:  # noqa: A002  Mailchimp's name of the parameter
        campaign = twin.find(id)
        if not campaign.sent_at:
            return HTMLResponse("<h1>Not sent yet</h1>", status_code=404)
        return HTMLResponse(f"<title>{html.escape(campaign.settings['subject_line'])}</title>{campaign.html}")

    return routes


def _sign_in(twin: MailchimpTwin, request: Request, *, writing: bool = False) -> None:
    if twin.consents.live(bearer_of(request)) is None:
        detail = "Your API key may be invalid, or you've attempted to access the wrong datacenter."
        raise Refused(401, "API Key Invalid", detail)
    if writing and twin.behaviour.role_lost:
        raise Refused(403, "User Action Not Permitted", "The user's role does not permit this action.")


def _lists(twin: MailchimpTwin) -> APIRouter:
    routes = APIRouter(route_class=_Route)

    @routes.get("/ping")
    async def ping(request: Request) -> Response:
        _sign_in(twin, request)
        return JSONResponse({"health_status": "Everything's Chimpy!"})

    @routes.get("/lists")
    async def lists(request: Request, count: int = 10, offset: int = 0) -> Response:
        _sign_in(twin, request)
        shown = [view_audience(audience, twin.sent(audience)) for audience in AUDIENCES[offset : offset + count]]
        return JSONResponse({"lists": shown, "total_items": len(AUDIENCES)})

    @routes.get("/lists/{list_id}")
    async def one(request: Request, list_id: str) -> Response:
        _sign_in(twin, request)
        audience = twin.audience(list_id)
        return JSONResponse(view_audience(audience, twin.sent(audience)))

    @routes.get("/lists/{list_id}/activity")
    async def activity(request: Request, list_id: str, count: int = 10) -> Response:
        _sign_in(twin, request)
        audience = twin.audience(list_id)
        rows = view_activity(audience, twin.sent(audience), twin.clock.now().date(), count)
        return JSONResponse({"activity": rows, "list_id": list_id, "total_items": 180})

    @routes.get("/lists/{list_id}/growth-history/{month}")
    async def growth(request: Request, list_id: str, month: str) -> Response:
        _sign_in(twin, request)
        return JSONResponse(view_growth(twin.audience(list_id), month))

    @routes.get("/reports")
    async def reports(
        request: Request, count: int = 10, since_send_time: str = "", before_send_time: str = "9"
    ) -> Response:
        _sign_in(twin, request)
        found = [view_report(campaign) for campaign in twin.campaigns() if campaign.sent_at]
        chosen = [report for report in found if since_send_time <= report["send_time"] < before_send_time]
        return JSONResponse({"reports": chosen[:count], "total_items": len(chosen)})

    return routes


def _campaigns(twin: MailchimpTwin) -> APIRouter:
    routes = APIRouter(route_class=_Route, prefix="/campaigns")

    @routes.get("")
    async def find(
        request: Request, count: int = 10, status: str = "", list_id: str = "", sort_dir: str = "ASC"
    ) -> Response:
        _sign_in(twin, request)
        found = [
            c for c in twin.campaigns() if twin.is_listed(c) and status in {"", c.status} and list_id in {"", c.list_id}
        ]
        ordered = found[::-1] if sort_dir == "DESC" else found
        shown = [view_campaign(twin.show(campaign), gateway_of(request)) for campaign in ordered[:count]]
        return JSONResponse({"campaigns": shown, "total_items": len(found)})

    @routes.post("")
    async def create(request: Request) -> Response:
        _sign_in(twin, request, writing=True)
        list_id, settings = _read_new(await _read_json(request))
        return JSONResponse(view_campaign(twin.create(list_id, settings), gateway_of(request)))

    @routes.get("/{campaign_id}")
    async def one(request: Request, campaign_id: str) -> Response:
        _sign_in(twin, request)
        return JSONResponse(view_campaign(twin.show(twin.find(campaign_id)), gateway_of(request)))

    @routes.patch("/{campaign_id}")
    async def change(request: Request, campaign_id: str) -> Response:
        _sign_in(twin, request, writing=True)
        campaign = _require_draft(twin.find(campaign_id))
        settings = {**campaign.settings, **(await _read_json(request)).get("settings", {})}
        changed = twin.keep(campaign.model_copy(update={"settings": settings}))
        return JSONResponse(view_campaign(changed, gateway_of(request)))

    @routes.delete("/{campaign_id}")
    async def remove(request: Request, campaign_id: str) -> Response:
        _sign_in(twin, request, writing=True)
        twin.remove(campaign_id)
        return Response(status_code=204)

    _add_steps(routes, twin)
    return routes


def _add_steps(routes: APIRouter, twin: MailchimpTwin) -> None:
    @routes.put("/{campaign_id}/content")
    async def fill(request: Request, campaign_id: str) -> Response:
        _sign_in(twin, request, writing=True)
        campaign = _require_draft(twin.find(campaign_id))
        text = (await _read_json(request)).get("html")
        if not isinstance(text, str) or not text:
            raise invalid("html", "This value should not be blank.")
        filled = twin.keep(campaign.model_copy(update={"html": text}))
        return JSONResponse({"html": filled.html, "plain_text": "", "archive_html": filled.html})

    @routes.get("/{campaign_id}/content")
    async def content(request: Request, campaign_id: str) -> Response:
        _sign_in(twin, request)
        found = twin.find(campaign_id)
        return JSONResponse({"html": found.html, "plain_text": "", "archive_html": found.html})

    @routes.get("/{campaign_id}/send-checklist")
    async def check(request: Request, campaign_id: str) -> Response:
        _sign_in(twin, request)
        wrong = twin.find_faults(twin.find(campaign_id))
        items = [{"type": "error", "id": 1, "heading": "Content", "details": detail} for detail in wrong]
        ready = [{"type": "success", "id": 2, "heading": "List", "details": "The audience has members."}]
        return JSONResponse({"is_ready": not wrong, "items": [*items, *ready]})

    @routes.post("/{campaign_id}/actions/send")
    async def send(request: Request, campaign_id: str) -> Response:
        _sign_in(twin, request, writing=True)
        twin.send(twin.find(campaign_id))
        return Response(status_code=204)


def _require_draft(campaign: Campaign) -> Campaign:
    if campaign.status != "save":
        raise Refused(400, "Bad Request", f"Cannot change a campaign that is '{campaign.status}'.")
    return campaign


def _read_new(body: dict[str, Any]) -> tuple[str, dict[str, str]]:
    given = body.get("settings") or {}
    settings = {name: str(given.get(name, "")) for name in _SETTINGS}
    list_id = str((body.get("recipients") or {}).get("list_id", ""))
    if body.get("type") != "regular":
        raise invalid("type", "Value must be one of: regular, plaintext, absplit, rss, variate")
    if list_id not in {audience.id for audience in AUDIENCES}:
        raise invalid("recipients.list_id", "The list does not exist.")
    if len(settings["subject_line"]) > _SUBJECT:
        raise invalid("settings.subject_line", f"This value is too long. It should have {_SUBJECT} characters or less.")
    if "@" not in settings["reply_to"]:
        raise invalid("settings.reply_to", "This value should be a valid email.")
    return list_id, settings


async def _read_json(request: Request) -> dict[str, Any]:
    try:
        body = json.loads(await request.body())
    except ValueError:
        body = None
    if not isinstance(body, dict):
        raise Refused(400, "JSON Parse Error", "We encountered an unspecified JSON parsing error.")
    return body
