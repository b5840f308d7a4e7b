"""Connecting Mailchimp: a code for a token without an end, then the data centre (platform_apis.md 12.1).

No scopes, no PKCE, no refresh token, and no way to give a token back but removing the app in the account.
"""

from __future__ import annotations

from urllib.parse import urlencode

from leadmetrics_pipelines.errors import AccessRevoked, OutcomeUnknown, PlatformUnavailable, RateLimited
from leadmetrics_pipelines.kit.clock import Clock
from leadmetrics_pipelines.kit.http import HttpClients
from leadmetrics_pipelines.kit.origins import Origins
from leadmetrics_pipelines.platforms.connecting import AccountChoice, AppKeys, Credentials, Grant, Scope
from leadmetrics_pipelines.platforms.json_api import JsonApi, doubting_shapes, oauth_dialect
from leadmetrics_pipelines.platforms.mailchimp.client import MailchimpClient
from leadmetrics_pipelines.platforms.mailchimp.errors import DIALECT
from leadmetrics_pipelines.platforms.mailchimp.facts import LOGIN

_PAGE = 100


class MailchimpConnector:
    """The agency's app at Mailchimp, as a `Connector`."""

    scopes: tuple[Scope, ...] = ()
    uses_pkce = False
    renews = False

    def __init__(self, *, keys: AppKeys, http: HttpClients, origins: Origins, clock: Clock) -> None:  # noqa: ARG002  tokens do not end
        self._keys = keys
        self._http = http
        self._origins = origins
        self._tokens = JsonApi(dialect=oauth_dialect("Mailchimp"), http=http, origins=origins, headers={})

    def authorize_url(self, *, state: str, redirect_uri: str, challenge: str | None) -> str:  # noqa: ARG002  no PKCE
        asked = {
            "response_type": "code", "client_id": self._keys.client_id, "redirect_uri": redirect_uri, "state": state,
        }  # fmt: skip
        return self._origins.at(f"{LOGIN}/authorize?{urlencode(asked)}")

    def exchange(self, *, code: str, redirect_uri: str, verifier: str | None) -> Grant:  # noqa: ARG002  no PKCE
        doing = "Connecting Mailchimp"
        form = {
            "grant_type": "authorization_code", "client_id": self._keys.client_id,
            "client_secret": self._keys.client_secret, "redirect_uri": redirect_uri, "code": code,
        }  # fmt: skip
        answer = self._tokens.post_form(f"{LOGIN}/token", form, doing=doing)
        token = self._tokens.object_of(answer, doing=doing, writing=True).get("access_token")
        if not isinstance(token, str) or not token:
            raise OutcomeUnknown(f"{doing}: the answer had no token. Start connecting again.")
        # `expires_in` is 0: it has no end.
        credentials = {"access_token": token, "api_host": self._find_host(token, doing)}
        return Grant(credentials=credentials, expires_at=None)

    @doubting_shapes
    def accounts(self, grant: Grant) -> tuple[AccountChoice, ...]:
        client = MailchimpClient(grant.credentials, http=self._http, origins=self._origins)
        choices: list[AccountChoice] = []
        while True:
            params = {"count": str(_PAGE), "offset": str(len(choices))}
            page = client.ask(client.url("lists"), params, doing="Listing Mailchimp's audiences")
            found = page.get("lists") or []
            choices += [_choice(audience) for audience in found]
            if not found or len(choices) >= int(page.get("total_items") or 0):
                return tuple(sorted(choices, key=lambda choice: choice.name))

    def renew(self, credentials: Credentials) -> Grant:  # noqa: ARG002  nothing to renew
        raise AccessRevoked("Mailchimp's tokens have no end and cannot be renewed. Connect the channel again.")

    def revoke(self, credentials: Credentials) -> None:
        """Mailchimp has no call for it: a person removes the app in the account (Integrations)."""

    def _find_host(self, token: str, doing: str) -> str:
        """The host of the account's data centre. The code is used up by now, so no fault of the moment may look so."""
        ask = JsonApi(
            dialect=DIALECT, http=self._http, origins=self._origins, headers={"Authorization": f"OAuth {token}"}
        )
        try:
            centre = ask.ask(f"{LOGIN}/metadata", doing=doing).get("dc")
        except (PlatformUnavailable, RateLimited) as error:
            raise OutcomeUnknown(f"{error} The code is used up: start connecting again.") from error
        return f"{centre}.api.mailchimp.com"


def _choice(audience: dict[str, object]) -> AccountChoice:
    stats = audience.get("stats")
    members = stats.get("member_count") if isinstance(stats, dict) else None
    return AccountChoice(
        account_id=str(audience["id"]),
        name=str(audience["name"]),
        detail="" if members is None else f"{members} contacts",
        facts={"members": members},
    )
