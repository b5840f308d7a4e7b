"""What a Webflow collection tells: the facts of `platforms/articles.py`, read from its published items.

No daily figures: the Data API has none. The snapshot is made of at most 10,000 items.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from leadmetrics_pipelines.kit.clock import Clock
from leadmetrics_pipelines.kit.http import HttpClients
from leadmetrics_pipelines.kit.origins import Origins
from leadmetrics_pipelines.platforms.articles import Article, measure_articles
from leadmetrics_pipelines.platforms.connecting import Credentials
from leadmetrics_pipelines.platforms.json_api import doubting_shapes
from leadmetrics_pipelines.platforms.reading import DailyFigure, SnapshotFact
from leadmetrics_pipelines.platforms.webflow.client import WebflowClient
from leadmetrics_pipelines.platforms.webflow.fields import read_fields
from leadmetrics_pipelines.platforms.webflow.payloads import is_live


class WebflowReporter:
    """One collection, as a `Reporter`."""

    def __init__(
        self, *, account_id: str, credentials: Credentials, http: HttpClients, origins: Origins, clock: Clock
    ) -> None:
        self._collection = account_id
        self._fields = read_fields(credentials.get("fields", ""))
        self._site_url = credentials.get("site_url", "")
        self._address = f"{self._site_url}/{credentials.get('collection_slug', '')}"
        self._client = WebflowClient(credentials, http=http, origins=origins)
        self._clock = clock

    def figures(self, first: date, last: date) -> Sequence[DailyFigure]:  # noqa: ARG002  there are none
        return ()

    @doubting_shapes
    def snapshot(self, month_first: date, today: date) -> Sequence[SnapshotFact]:
        items = self._client.walk_items(self._collection, {}, doing="Reading the collection")
        articles = [self._read(item) for item in items if is_live(item)]
        return measure_articles(
            articles, site_url=self._site_url, month_first=month_first, today=today,
            source="GET /collections/{id}/items, published ones",
        )  # fmt: skip

    def _read(self, item: dict[str, Any]) -> Article:
        data = item["fieldData"]
        slug = str(data["slug"])
        return Article(
            address=f"{self._address}/{slug}",
            slug=slug,
            title=str(data["name"]),
            summary=str(data.get(self._fields.excerpt or "") or ""),
            body_html=str(data.get(self._fields.body) or ""),
            has_image=bool(data.get(self._fields.image or "")),
            # The day of the first publishing is not told; an item is made shortly before.
            published=datetime.fromisoformat(item["createdOn"]).date(),
            updated=datetime.fromisoformat(item["lastUpdated"]).date(),
        )
