"""Connecting Webflow: the channel is one collection of one site."""

from __future__ import annotations

from typing import Any

import pytest

from leadmetrics_pipelines.errors import AccessRevoked, InvalidInput, OutcomeUnknown
from leadmetrics_pipelines.platforms.connecting import AppKeys, Grant
from leadmetrics_pipelines.platforms.webflow.oauth import WebflowConnector
from leadmetrics_pipelines.platforms.webflow.publisher import WebflowPublisher
from leadmetrics_pipelines.sandbox.oauth import client_id
from leadmetrics_pipelines.sandbox.running import RunningSandbox
from tests.platforms.consenting import APP, answer_consent
from tests.platforms.webflow.conftest import COLLECTION


def answer(connector: WebflowConnector, **answers: Any) -> dict[str, str]:  # noqa: ANN401  as answer_consent takes them
    """What comes back from the consent page."""
    return answer_consent(connector.authorize_url(state="s", redirect_uri=APP, challenge=None), **answers)


def test_a_grant_has_no_end_and_says_its_scopes(connector: WebflowConnector, grant: Grant) -> None:
    """All that were asked for."""
    assert grant.expires_at is None
    assert grant.scopes == frozenset(scope.name for scope in connector.scopes)


def test_the_accounts_are_collections_and_say_which_suit(connector: WebflowConnector, grant: Grant) -> None:
    """One has no text, one demands what cannot be filled; the third knows where it is public."""
    choices = {choice.name: choice for choice in connector.accounts(grant)}
    blog, news, team = choices["Blog Posts"], choices["News"], choices["Team"]
    assert (blog.account_id, blog.detail, blog.refusal) == (COLLECTION, "Acme Garden Furniture", "")
    assert blog.address == "https://acme-garden.webflow.io/blog"
    assert blog.facts["fields"] == {
        "body": "post-body", "excerpt": "post-summary", "image": "main-image", "tags": "tags",
    }  # fmt: skip
    assert "demands Author" in news.refusal
    assert "formatted text" in team.refusal


def test_a_denial_comes_back_as_one(connector: WebflowConnector) -> None:
    """With the state, without a code."""
    back = answer(connector, decision="deny")
    assert (back["error"], back["state"], "code" in back) == ("access_denied", "s", False)


def test_a_code_is_good_once_and_for_one_redirect(connector: WebflowConnector) -> None:
    """Anything else is refused."""
    code = answer(connector)["code"]
    connector.exchange(code=code, redirect_uri=APP, verifier=None)
    for used, redirect in ((code, APP), (answer(connector)["code"], f"{APP}/x")):
        with pytest.raises(AccessRevoked, match="invalid_grant"):
            connector.exchange(code=used, redirect_uri=redirect, verifier=None)


def test_a_wrong_secret_is_the_agencys_fault(connector: WebflowConnector, means: dict[str, Any]) -> None:
    """Connecting again would not help."""
    other = WebflowConnector(keys=AppKeys(client_id=client_id("webflow"), client_secret="no"), **means)
    with pytest.raises(InvalidInput, match="app at Webflow"):
        other.exchange(code=answer(connector)["code"], redirect_uri=APP, verifier=None)


def test_an_exchange_without_an_answer_is_open(sandbox: RunningSandbox, connector: WebflowConnector) -> None:
    """The code may be used up."""
    code = answer(connector)["code"]
    sandbox.set_fault("webflow", "drop_after", path_regex="/access_token$")
    with pytest.raises(OutcomeUnknown):
        connector.exchange(code=code, redirect_uri=APP, verifier=None)


def test_a_scope_that_was_not_given_is_seen(
    connector: WebflowConnector, blog: dict[str, str], means: dict[str, Any]
) -> None:
    """In the grant, and by the probe."""
    code = answer(connector, without=["cms:write"])["code"]
    grant = connector.exchange(code=code, redirect_uri=APP, verifier=None)
    assert grant.scopes is not None
    assert "cms:write" not in grant.scopes
    with pytest.raises(AccessRevoked, match="cms:write is missing"):
        WebflowPublisher(account_id=COLLECTION, credentials={**blog, **grant.credentials}, **means).verify()


def test_giving_back_ends_it_and_may_be_repeated(
    connector: WebflowConnector, grant: Grant, publisher: WebflowPublisher
) -> None:
    """There is nothing to renew."""
    assert publisher.verify().site_name == "Acme Garden Furniture"
    connector.revoke(grant.credentials)
    connector.revoke(grant.credentials)
    with pytest.raises(AccessRevoked, match="Connect the channel again"):
        publisher.verify()
    with pytest.raises(AccessRevoked):
        connector.renew(grant.credentials)


def test_a_collection_that_changed_asks_to_be_connected_again(blog: dict[str, str], means: dict[str, Any]) -> None:
    """The kept map of fields is compared with the schema; a damaged one is told at once."""
    old = {**blog, "fields": '{"body":"text"}'}
    with pytest.raises(InvalidInput, match="fields changed"):
        WebflowPublisher(account_id=COLLECTION, credentials=old, **means).verify()
    for damaged in ("", "{}", "[1]"):
        with pytest.raises(InvalidInput, match="does not know the fields"):
            WebflowPublisher(account_id=COLLECTION, credentials={**blog, "fields": damaged}, **means)
