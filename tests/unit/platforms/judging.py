"""What a room's dialect makes of an answer, without a socket."""

from __future__ import annotations

from leadmetrics_pipelines.errors import LeadmetricsError
from leadmetrics_pipelines.kit.http import Answer, HttpClients
from leadmetrics_pipelines.kit.origins import Origins
from leadmetrics_pipelines.platforms.json_api import Dialect, JsonApi


def judge(dialect: Dialect, answer: Answer, *, writing: bool) -> LeadmetricsError:
    """The error of an answer."""
    with HttpClients() as http:
        api = JsonApi(dialect=dialect, http=http, origins=Origins(), headers={})
        return api.error_of(answer, doing="Doing", writing=writing)
