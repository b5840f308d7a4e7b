"""What a site at WordPress.com tells: the figures and facts of `wordpress/reporter.py`, read with the bearer token."""

from __future__ import annotations

from leadmetrics_pipelines.kit.clock import Clock
from leadmetrics_pipelines.kit.http import HttpClients
from leadmetrics_pipelines.kit.origins import Origins
from leadmetrics_pipelines.platforms.connecting import Credentials
from leadmetrics_pipelines.platforms.wordpress.reporter import WordPressReporter
from leadmetrics_pipelines.platforms.wordpress_com.client import WordPressComClient


class WordPressComReporter(WordPressReporter):
    """One site, as a `Reporter`."""

    def __init__(
        self, *, account_id: str, credentials: Credentials, http: HttpClients, origins: Origins, clock: Clock
    ) -> None:
        client = WordPressComClient(account_id=account_id, credentials=credentials, http=http, origins=origins)
        super().__init__(client, clock=clock)
