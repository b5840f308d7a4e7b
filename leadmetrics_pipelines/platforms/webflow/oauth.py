"""Connecting Webflow: a code for a token that has no end; the channel is one collection of one site (9.1, 9.2)."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from leadmetrics_pipelines.errors import AccessRevoked, OutcomeUnknown
from leadmetrics_pipelines.kit.clock import Clock
from leadmetrics_pipelines.kit.digests import canonical_json
from leadmetrics_pipelines.kit.http import HttpClients
from leadmetrics_pipelines.kit.origins import Origins
from leadmetrics_pipelines.platforms.connecting import AccountChoice, AppKeys, Credentials, Grant, Scope
from leadmetrics_pipelines.platforms.json_api import JsonApi, doubting_shapes, oauth_dialect
from leadmetrics_pipelines.platforms.webflow.client import WebflowClient
from leadmetrics_pipelines.platforms.webflow.facts import API, AUTHORIZE, REVOKE
from leadmetrics_pipelines.platforms.webflow.fields import FieldMap, map_fields, site_address


class WebflowConnector:
    """The agency's app at Webflow, as a `Connector`."""

    scopes = (
        Scope(name="sites:read", purpose="Show your sites, to choose one."),
        Scope(name="cms:read", purpose="Show the site's collections, and see whether a post is there."),
        Scope(name="cms:write", purpose="Create posts and publish them once approved."),
        Scope(name="assets:read", purpose="Find pictures again.", required=False),
        Scope(name="assets:write", purpose="Upload the pictures of posts.", required=False),
    )
    uses_pkce = False
    renews = False

    def __init__(self, *, keys: AppKeys, http: HttpClients, origins: Origins, clock: Clock) -> None:  # noqa: ARG002  tokens do not end
        self._keys = keys
        self._http = http
        self._origins = origins
        self._tokens = JsonApi(dialect=oauth_dialect("Webflow"), http=http, origins=origins, headers={})

    def authorize_url(self, *, state: str, redirect_uri: str, challenge: str | None) -> str:  # noqa: ARG002  no PKCE
        asked = {
            "response_type": "code", "client_id": self._keys.client_id, "redirect_uri": redirect_uri, "state": state,
            "scope": " ".join(scope.name for scope in self.scopes),
        }  # fmt: skip
        return self._origins.at(f"{AUTHORIZE}?{urlencode(asked)}")

    def exchange(self, *, code: str, redirect_uri: str, verifier: str | None) -> Grant:  # noqa: ARG002  no PKCE
        doing = "Connecting Webflow"
        body = {
            "client_id": self._keys.client_id, "client_secret": self._keys.client_secret, "code": code,
            "grant_type": "authorization_code", "redirect_uri": redirect_uri,
        }  # fmt: skip
        answer = self._tokens.write("POST", f"{API}/oauth/access_token", canonical_json(body))
        given = self._tokens.object_of(answer, doing=doing, writing=True)
        token, scope = given.get("access_token"), given.get("scope")
        if not isinstance(token, str) or not token:
            raise OutcomeUnknown(f"{doing}: the answer had no token. Start connecting again.")
        scopes = frozenset(scope.replace(",", " ").split()) if isinstance(scope, str) else None
        return Grant(credentials={"access_token": token}, expires_at=None, scopes=scopes)

    @doubting_shapes
    def accounts(self, grant: Grant) -> tuple[AccountChoice, ...]:
        client = WebflowClient(grant.credentials, http=self._http, origins=self._origins)
        doing = "Listing Webflow's sites and collections"
        choices = []
        for site in client.ask(client.url("sites"), doing=doing)["sites"]:
            for entry in client.ask(client.url(f"sites/{site['id']}/collections"), doing=doing)["collections"]:
                collection = client.ask(client.url(f"collections/{entry['id']}"), doing=doing)
                choices.append(_choice(site, collection))
        return tuple(sorted(choices, key=lambda choice: (choice.detail, choice.name)))

    def renew(self, credentials: Credentials) -> Grant:  # noqa: ARG002  nothing to renew
        raise AccessRevoked("Webflow's tokens have no end and cannot be renewed. Connect the channel again.")

    def revoke(self, credentials: Credentials) -> None:
        if not credentials.get("access_token"):
            return
        body = {
            "client_id": self._keys.client_id, "client_secret": self._keys.client_secret,
            "access_token": credentials["access_token"],
        }  # fmt: skip
        doing = "Giving back Webflow's access"
        answer = self._tokens.write("POST", REVOKE, canonical_json(body))
        try:
            self._tokens.success(answer, doing=doing, writing=True)
        except AccessRevoked:
            # It was gone already.
            return


def _choice(site: dict[str, Any], collection: dict[str, Any]) -> AccountChoice:
    found = map_fields(collection["fields"])
    address = site_address(site)
    fields = found.to_text() if isinstance(found, FieldMap) else ""
    return AccountChoice(
        account_id=str(collection["id"]),
        name=str(collection["displayName"]),
        detail=str(site["displayName"]),
        address=f"{address}/{collection['slug']}",
        refusal="" if isinstance(found, FieldMap) else found,
        credentials={
            "site_id": str(site["id"]), "site_url": address, "collection_slug": str(collection["slug"]),
            "fields": fields,
        },
        facts={"fields": found.describe()} if isinstance(found, FieldMap) else {},
    )  # fmt: skip
