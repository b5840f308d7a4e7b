"""The index of the REST API, by which a client finds out what the site offers, and the batch route."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from http import HTTPStatus
from urllib.parse import urlsplit

from leadmetrics_pipelines.sandbox.wordpress.params import check, integer, parse_php, require
from leadmetrics_pipelines.sandbox.wordpress.rest import Answer, Call, RestError, router

_MOST_IN_BATCH = 25


@router.on("GET", "/?")
async def read_index(call: Call) -> Answer:
    """`GET /wp-json/`. `authentication` is an empty list when application passwords are off (reference, 2)."""
    settings = call.site.settings
    authorize = f"{call.url}/wp-admin/authorize-application.php"
    methods: object = []
    if settings.application_passwords:
        methods = {"application-passwords": {"endpoints": {"authorization": authorize}}}
    return Answer(
        body={
            "name": settings.title,
            "description": settings.description,
            "url": call.url,
            "home": call.url,
            "gmt_offset": "0",
            "timezone_string": settings.time_zone,
            "namespaces": ["wp/v2", "batch/v1"],
            "authentication": methods,
            "routes": {
                pattern: {"namespace": "wp/v2" if "wp/v2" in pattern else "", "methods": methods}
                for pattern, methods in router.patterns()
            },
            "site_logo": 0,
            "site_icon": 0,
        }
    )


@router.on("POST", "/batch/v1")
async def run_batch(call: Call) -> Answer:
    """`POST /batch/v1`: several writes in one call, not atomic, 207."""
    require(call.params, "requests")
    wanted = call.params["requests"]
    requests = wanted if isinstance(wanted, list) else []
    check({"requests": len(requests)}, {"requests": integer(1, _MOST_IN_BATCH)})
    responses = []
    for request in requests:
        answer = await router.dispatch(_part(call, request))
        responses.append({"status": answer.status, "body": answer.body, "headers": dict(answer.headers)})
    return Answer(status=HTTPStatus.MULTI_STATUS, body={"failed": "", "responses": responses})


def _part(call: Call, request: object) -> Call:
    if not isinstance(request, Mapping) or not isinstance(request.get("path"), str):
        raise RestError(400, "rest_invalid_param", "Invalid parameter(s): requests")
    target = urlsplit(request["path"])
    if not re.match(r"/wp/v2/(posts|categories|tags)\b", target.path):
        raise RestError(400, "rest_batch_not_allowed", "The requested route does not support batch requests.")
    body = request.get("body")
    fields = dict(body) if isinstance(body, Mapping) else {}
    method = str(request.get("method", "POST")).upper()
    return replace(call, method=method, route=target.path, params={**parse_php(target.query), **fields})
