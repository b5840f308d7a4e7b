"""Calls to one Mailchimp account, in the data centre where it lives."""

from __future__ import annotations

from leadmetrics_pipelines.errors import AccessRevoked, InvalidInput
from leadmetrics_pipelines.kit.http import HttpClients
from leadmetrics_pipelines.kit.origins import Origins
from leadmetrics_pipelines.platforms.connecting import Credentials
from leadmetrics_pipelines.platforms.json_api import JsonApi
from leadmetrics_pipelines.platforms.mailchimp.errors import DIALECT
from leadmetrics_pipelines.platforms.mailchimp.facts import API_HOST, MAILCHIMP


class MailchimpClient(JsonApi):
    """Signed by `access_token`, at `api_host`. Raises AccessRevoked or InvalidInput where one is missing or odd."""

    def __init__(self, credentials: Credentials, *, http: HttpClients, origins: Origins) -> None:
        token, host = credentials.get("access_token"), credentials.get("api_host", "")
        if not token:
            raise AccessRevoked("The channel has no access token of Mailchimp. Connect it again.")
        if API_HOST.fullmatch(host) is None:
            # The token must not go to a host that is not Mailchimp's.
            raise InvalidInput(f"{host!r} is no host of Mailchimp's API. Connect the channel again.", field="api_host")
        self._base = f"https://{host}/{MAILCHIMP.versions[0].version}"
        super().__init__(dialect=DIALECT, http=http, origins=origins, headers={"Authorization": f"Bearer {token}"})

    def url(self, path: str) -> str:
        """The address of `path`, which begins without a slash."""
        return f"{self._base}/{path}"
