"""An ad account of Meta: whether it can still be reached and used. Campaigns and figures are not read here."""

from __future__ import annotations

from leadmetrics_pipelines.errors import AccessRevoked
from leadmetrics_pipelines.kit.clock import Clock
from leadmetrics_pipelines.kit.http import HttpClients
from leadmetrics_pipelines.kit.origins import Origins
from leadmetrics_pipelines.platforms.connecting import Credentials
from leadmetrics_pipelines.platforms.meta.account import person_client
from leadmetrics_pipelines.platforms.meta.oauth import explain_ad_status, read_scopes
from leadmetrics_pipelines.platforms.publishing import Account

_FIELDS = "id,account_id,name,account_status,currency,timezone_name"
_SCOPES = ("ads_read", "ads_management")


class MetaAdsAccount:
    """One ad account, asked with the token of the person who connected it. Threads may share it."""

    def __init__(
        self, *, account_id: str, credentials: Credentials, http: HttpClients, origins: Origins, clock: Clock
    ) -> None:
        self._account = account_id
        self._person = person_client(credentials, http, origins)
        self._clock = clock

    def verify(self) -> Account:
        """Ask Meta for the account, without writing. Raises AccessRevoked when it or a right is gone, or it is off."""
        found = self._person.get(self._account, {"fields": _FIELDS}, doing="Asking the ad account")
        name = str(found.get("name") or self._account)
        refusal = explain_ad_status(found.get("account_status"))
        if refusal:
            raise AccessRevoked(f"The ad account {name} cannot be used. {refusal}")
        missing = [scope for scope in _SCOPES if scope not in read_scopes(self._person)]
        if missing:
            raise AccessRevoked(
                f"The connection lacks the right {' and '.join(missing)}. "
                "Connect the channel again and leave every box ticked."
            )
        facts = {"currency": found.get("currency"), "time_zone": found.get("timezone_name")}
        return Account(name=name, can_publish=False, site_name=name, site_url="", facts=facts)
