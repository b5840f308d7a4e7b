"""Lists, templates, campaigns and send jobs of a.klaviyo.com/api (platform_apis.md 13.2)."""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response

from leadmetrics_pipelines.sandbox.klaviyo.models import LISTS, Campaign, PeopleList, Template
from leadmetrics_pipelines.sandbox.klaviyo.problems import Refused
from leadmetrics_pipelines.sandbox.klaviyo.rest import BASE, Route, enter, give, read_data

if TYPE_CHECKING:
    from leadmetrics_pipelines.sandbox.klaviyo.twin import KlaviyoTwin

_CONTENT = ("subject", "preview_text", "from_email", "from_label", "reply_to_email")


def build_router(twin: KlaviyoTwin) -> APIRouter:
    """Routes with whole paths."""
    routes = APIRouter()
    for part in (_lists(twin), _templates(twin), _campaigns(twin), _jobs(twin)):
        routes.include_router(part, prefix=BASE)

    @routes.get("/www.klaviyo.com/campaign/{campaign_id}/web-view")
    async def web_view(campaign_id: str) -> Response:
        try:
            campaign = twin.campaign(campaign_id)
            text = twin.template(campaign.template_id or "").html
        except Refused:
            return HTMLResponse("<h1>Not found</h1>", status_code=404)
        return HTMLResponse(f"<title>{html.escape(campaign.content['subject'])}</title>{text}")

    return routes


def _lists(twin: KlaviyoTwin) -> APIRouter:
    routes = APIRouter(route_class=Route)

    @routes.get("/lists")
    async def lists(request: Request) -> Response:
        enter(twin, request, "lists:read")
        # One to a page, so that nobody gets away with reading the first only.
        at = int(request.query_params.get("page[cursor]", "0"))
        follows = f"https://a.klaviyo.com/api/lists?page%5Bcursor%5D={at + 1}" if at + 1 < len(LISTS) else None
        return give({"data": [_view_list(LISTS[at])], "links": {"next": follows}})

    @routes.get("/lists/{list_id}")
    async def one(request: Request, list_id: str) -> Response:
        enter(twin, request, "lists:read")
        counted = "profile_count" in request.query_params.get("additional-fields[list]", "")
        return give({"data": _view_list(twin.people(list_id), counted=counted)})

    @routes.get("/accounts")
    async def accounts(request: Request) -> Response:
        enter(twin, request, "accounts:read")
        contact = {"organization_name": "Acme Garden Furniture", "default_sender_email": "hello@acme-garden.example"}
        return give({"data": [{"type": "account", "id": "AbC123", "attributes": {"contact_information": contact}}]})

    return routes


def _templates(twin: KlaviyoTwin) -> APIRouter:
    routes = APIRouter(route_class=Route, prefix="/templates")

    @routes.get("")
    async def find(request: Request) -> Response:
        enter(twin, request, "templates:read")
        wanted = re.search(r'equals\(name,"([^"]*)"\)', request.query_params.get("filter", ""))
        found = [one for one in twin.templates() if wanted is None or one.name == wanted[1]]
        return give({"data": [_view_template(one) for one in found], "links": {"next": None}})

    @routes.post("")
    async def create(request: Request) -> Response:
        enter(twin, request, "templates:write")
        given = (await read_data(request, "template")).get("attributes") or {}
        if not given.get("name") or given.get("editor_type") != "CODE" or not given.get("html"):
            raise Refused(400, "'name', 'editor_type' and 'html' are required fields.", "/data/attributes")
        return give({"data": _view_template(twin.add_template(given["name"], given["html"]))}, 201)

    @routes.get("/{template_id}")
    async def one(request: Request, template_id: str) -> Response:
        enter(twin, request, "templates:read")
        return give({"data": _view_template(twin.template(template_id))})

    return routes


def _campaigns(twin: KlaviyoTwin) -> APIRouter:
    routes = APIRouter(route_class=Route)

    @routes.get("/campaigns")
    async def find(request: Request) -> Response:
        enter(twin, request, "campaigns:read")
        asked = request.query_params.get("filter", "")
        if "messages.channel" not in asked:
            raise Refused(400, "A filter on messages.channel is required.", "/data/")
        found = [one for one in twin.campaigns()[::-1] if twin.is_listed(one) and _is_asked_for(one, asked)]
        return give({"data": [_view_campaign(twin.show(one)) for one in found], "links": {"next": None}})

    @routes.post("/campaigns")
    async def create(request: Request) -> Response:
        enter(twin, request, "campaigns:write")
        given = (await read_data(request, "campaign")).get("attributes") or {}
        return give({"data": _view_campaign(twin.add_campaign(*_read_new(given)))}, 201)

    @routes.get("/campaigns/{campaign_id}")
    async def one(request: Request, campaign_id: str) -> Response:
        enter(twin, request, "campaigns:read")
        return give({"data": _view_campaign(twin.show(twin.campaign(campaign_id)))})

    @routes.delete("/campaigns/{campaign_id}")
    async def remove(request: Request, campaign_id: str) -> Response:
        enter(twin, request, "campaigns:write")
        twin.remove(campaign_id)
        return Response(status_code=204)

    @routes.get("/campaigns/{campaign_id}/campaign-messages")
    async def messages(request: Request, campaign_id: str) -> Response:
        enter(twin, request, "campaigns:read")
        return give({"data": [_view_message(twin.campaign(campaign_id))], "links": {"next": None}})

    @routes.patch("/campaign-messages/{message_id}")
    async def change(request: Request, message_id: str) -> Response:
        enter(twin, request, "campaigns:write")
        given = (await read_data(request, "campaign-message"))["attributes"]["definition"]["content"]
        (campaign,) = [found for found in twin.campaigns() if found.message_id == message_id]
        changed = twin.keep(campaign.model_copy(update={"content": {**campaign.content, **given}}))
        return give({"data": _view_message(changed)})

    return routes


def _jobs(twin: KlaviyoTwin) -> APIRouter:
    routes = APIRouter(route_class=Route)

    @routes.post("/campaign-message-assign-template")
    async def assign(request: Request) -> Response:
        enter(twin, request, "campaigns:write")
        data = await read_data(request, "campaign-message")
        template = ((data.get("relationships") or {}).get("template") or {}).get("data") or {}
        return give({"data": _view_message(twin.assign(str(data.get("id")), str(template.get("id"))))})

    @routes.post("/campaign-send-jobs")
    async def send(request: Request) -> Response:
        enter(twin, request, "campaigns:write")
        data = await read_data(request, "campaign-send-job")
        return give(_view_job(twin.send(str(data.get("id")))), 202)

    @routes.get("/campaign-send-jobs/{campaign_id}")
    async def job(request: Request, campaign_id: str) -> Response:
        enter(twin, request, "campaigns:read")
        campaign = twin.campaign(campaign_id)
        if campaign.job is None:
            raise Refused(404)
        return give(_view_job(twin.show(campaign)))

    return routes


def _is_asked_for(campaign: Campaign, asked: str) -> bool:
    name = re.search(r'contains\(name,"([^"]*)"\)', asked)
    status = re.search(r"equals\(status,'([^']*)'\)", asked)
    return (name is None or name[1] in campaign.name) and (status is None or status[1] == campaign.status)


def _read_new(given: dict[str, Any]) -> tuple[str, str, dict[str, str]]:
    try:
        content = given["campaign-messages"]["data"][0]["attributes"]["definition"]["content"]
        (list_id,) = given["audiences"]["included"]
        name = given["name"]
    except (KeyError, IndexError, TypeError, ValueError):
        raise Refused(400, "'name', 'audiences' and 'campaign-messages' are required.", "/data/attributes") from None
    if list_id not in {people.id for people in LISTS}:
        raise Refused(400, f"The list {list_id} does not exist.", "/data/attributes/audiences")
    for field in ("subject", "from_email", "from_label"):
        if not content.get(field):
            raise Refused(400, f"'{field}' is a required field for the resource 'campaign-message'.", f"/{field}")
    return str(name), str(list_id), {field: str(content.get(field, "")) for field in _CONTENT}


def _view_list(people: PeopleList, *, counted: bool = False) -> dict[str, Any]:
    attributes: dict[str, Any] = {"name": people.name, "opt_in_process": "double_opt_in"}
    return {
        "type": "list",
        "id": people.id,
        "attributes": attributes | ({"profile_count": people.profiles} if counted else {}),
    }


def _view_template(template: Template) -> dict[str, Any]:
    attributes = {"name": template.name, "editor_type": "CODE", "html": template.html}
    return {"type": "template", "id": template.id, "attributes": attributes}


def _view_campaign(campaign: Campaign) -> dict[str, Any]:
    sent = campaign.sent_at.isoformat() if campaign.sent_at else None
    attributes = {
        "name": campaign.name, "status": campaign.status, "archived": False,
        "audiences": {"included": [campaign.list_id], "excluded": []}, "send_strategy": {"method": "immediate"},
        "created_at": campaign.made.isoformat(), "scheduled_at": sent, "send_time": sent,
    }  # fmt: skip
    messages = {"data": [{"type": "campaign-message", "id": campaign.message_id}]}
    return {
        "type": "campaign", "id": campaign.id, "attributes": attributes,
        "relationships": {"campaign-messages": messages},
    }  # fmt: skip


def _view_message(campaign: Campaign) -> dict[str, Any]:
    definition = {"channel": "email", "label": campaign.name, "content": campaign.content}
    template = {"data": {"type": "template", "id": campaign.template_id} if campaign.template_id else None}
    return {
        "type": "campaign-message", "id": campaign.message_id, "attributes": {"definition": definition},
        "relationships": {"template": template},
    }  # fmt: skip


def _view_job(campaign: Campaign) -> dict[str, Any]:
    self_link = f"https://a.klaviyo.com/api/campaign-send-jobs/{campaign.id}/"
    return {
        "data": {
            "type": "campaign-send-job", "id": campaign.id, "attributes": {"status": campaign.job},
            "links": {"self": self_link},
        },
        "links": {"self": self_link},
    }  # fmt: skip
