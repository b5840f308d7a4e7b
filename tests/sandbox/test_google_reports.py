"""What the twin of Google tells of searches, visits and ads accounts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from leadmetrics_pipelines.sandbox.running import RunningSandbox
from tests.sandbox.test_google import consent, sign

_SCOPES = "https://www.googleapis.com/auth/"
QUERY = "/webmasters/v3/sites/sc-domain%3Aacme.example/searchAnalytics/query"
REPORT = "/analyticsdata.googleapis.com/v1beta/properties/401:runReport"
SEARCH = "/googleads.googleapis.com/v26/customers/5550001111/googleAds:search"


@pytest.fixture
def dana(sandbox: RunningSandbox) -> Iterator[httpx.Client]:
    """Signed in with every right to read."""
    with httpx.Client(base_url=sandbox.url, trust_env=False) as client:
        scope = f"{_SCOPES}webmasters.readonly {_SCOPES}analytics.readonly {_SCOPES}adwords"
        client.headers.update({**sign(consent(client, scope=scope)), "developer-token": "d"})
        yield client


def ask(client: httpx.Client, path: str, **body: object) -> dict[str, Any]:
    found: dict[str, Any] = client.post(path, json=body).raise_for_status().json()
    return found


@pytest.mark.parametrize("host", ["searchconsole.googleapis.com", "www.googleapis.com"])
def test_unfinished_days_come_only_when_asked_for(dana: httpx.Client, host: str) -> None:
    """Monday 2 November, 1 a.m. in California: final until Friday, unfinished from Saturday on."""
    window = {"startDate": "2026-10-25", "endDate": "2026-11-02", "dimensions": ["date"]}
    final = ask(dana, f"/{host}{QUERY}", **window)
    assert (final["rows"][-1]["keys"], final.get("metadata")) == (["2026-10-30"], None)
    everything = ask(dana, f"/{host}{QUERY}", **window, dataState="all")
    assert everything["rows"][-1]["keys"] == ["2026-11-01"]
    assert everything["metadata"] == {"first_incomplete_date": "2026-10-31"}


def test_searches_add_up_whatever_they_are_split_by(dana: httpx.Client) -> None:
    """But for rounding, and but for queries: rare ones are kept back."""
    window = {"startDate": "2026-10-01", "endDate": "2026-10-07", "rowLimit": 25000}
    path = f"/searchconsole.googleapis.com{QUERY}"
    shown = {
        split: sum(row["impressions"] for row in ask(dana, path, **window, dimensions=[split])["rows"])
        for split in ("date", "page", "device", "query")
    }
    assert shown["date"] == shown["page"] == pytest.approx(shown["device"], rel=0.01)
    assert shown["query"] == pytest.approx(0.8 * shown["date"], rel=0.01)
    by_clicks = [row["clicks"] for row in ask(dana, path, **window, dimensions=["query"])["rows"]]
    assert by_clicks == sorted(by_clicks, reverse=True)


def test_an_empty_answer_has_no_rows_at_all(dana: httpx.Client) -> None:
    """Neither of Search Console nor of Analytics."""
    window = {"startDate": "2020-01-01", "endDate": "2020-01-02"}
    assert "rows" not in ask(dana, f"/searchconsole.googleapis.com{QUERY}", **window, dimensions=["date"])
    report = ask(dana, REPORT, dateRanges=[window], metrics=[{"name": "sessions"}])
    assert "rows" not in report
    assert "rowCount" not in report


def test_visits_are_text_and_come_most_first(dana: httpx.Client) -> None:
    """With the quota, when it is asked for."""
    report = ask(
        dana, REPORT, dateRanges=[{"startDate": "7daysAgo", "endDate": "yesterday"}],
        dimensions=[{"name": "sessionDefaultChannelGroup"}], metrics=[{"name": "sessions"}], limit="2",
        returnPropertyQuota=True,
    )  # fmt: skip
    assert [row["dimensionValues"][0]["value"] for row in report["rows"]] == ["Organic Search", "Direct"]
    assert isinstance(report["rows"][0]["metricValues"][0]["value"], str)
    assert (report["rowCount"], report["propertyQuota"]["tokensPerDay"]["remaining"]) == (7, 199_999)


@pytest.mark.parametrize(
    ("path", "body", "said"),
    [
        (REPORT, {"metrics": [{"name": "bounces"}], "dateRanges": [{}]}, "bounces is not a valid"),
        (REPORT, {"metrics": [{"name": "sessions"}], "dateRanges": [{"startDate": "soon"}]}, "Invalid date"),
        (f"/searchconsole.googleapis.com{QUERY}", {"rowLimit": 25001}, "invalid argument"),
        (SEARCH, {"query": "SELECT customer.id FROM customer", "pageSize": 10}, "invalid argument"),
    ],
)
def test_a_question_with_a_mistake_is_refused(
    dana: httpx.Client, path: str, body: dict[str, object], said: str
) -> None:
    """400, in Google's form."""
    answer = dana.post(path, json=body)
    assert answer.status_code == 400
    assert said in answer.json()["error"]["message"]


def test_figures_of_a_day_never_change(dana: httpx.Client, sandbox: RunningSandbox) -> None:
    """Not with the clock, and not with what else is asked."""
    day = {"startDate": "2026-10-05", "endDate": "2026-10-05"}
    before = ask(dana, REPORT, dateRanges=[day], metrics=[{"name": "sessions"}])
    sandbox.advance_clock(seconds=1800)
    assert ask(dana, REPORT, dateRanges=[day], metrics=[{"name": "sessions"}]) == before
