"""Connecting Mailchimp, and what can go wrong on the way."""

from __future__ import annotations

from typing import Any

import pytest

from leadmetrics_pipelines.errors import AccessRevoked, InvalidInput, OutcomeUnknown, PlatformUnavailable, RateLimited
from leadmetrics_pipelines.platforms.connecting import AppKeys, Grant
from leadmetrics_pipelines.platforms.mailchimp.oauth import MailchimpConnector
from leadmetrics_pipelines.platforms.mailchimp.publisher import MailchimpPublisher
from leadmetrics_pipelines.sandbox.faults import Effect
from leadmetrics_pipelines.sandbox.oauth import client_id
from leadmetrics_pipelines.sandbox.running import RunningSandbox
from tests.platforms.consenting import APP, answer_consent


def code_from(connector: MailchimpConnector) -> str:
    """A code that nobody has used."""
    return answer_consent(connector.authorize_url(state="s", redirect_uri=APP, challenge=None))["code"]


def test_a_grant_has_a_token_and_the_data_centre(connector: MailchimpConnector) -> None:
    """The state comes back; the token has no end and no scopes."""
    back = answer_consent(connector.authorize_url(state="a state & more", redirect_uri=APP, challenge=None))
    assert back["state"] == "a state & more"
    grant = connector.exchange(code=back["code"], redirect_uri=APP, verifier=None)
    assert grant.credentials["api_host"] == "us1.api.mailchimp.com"
    assert (grant.expires_at, grant.scopes, connector.renews, connector.scopes) == (None, None, False, ())
    assert grant.credentials["access_token"] not in repr(grant)


def test_the_accounts_are_the_audiences(connector: MailchimpConnector, grant: Grant) -> None:
    """With their size, by name."""
    choices = connector.accounts(grant)
    assert [(choice.account_id, choice.name, choice.detail) for choice in choices] == [
        ("a1b2c3d4e5", "Acme Garden Furniture newsletter", "1840 contacts"),
        ("f6a7b8c9d0", "Acme Garden Furniture trade customers", "96 contacts"),
    ]


def test_a_denial_comes_back_as_one(connector: MailchimpConnector) -> None:
    """With the state, without a code."""
    back = answer_consent(connector.authorize_url(state="s", redirect_uri=APP, challenge=None), decision="deny")
    assert (back["error"], back["state"], "code" in back) == ("access_denied", "s", False)


def test_a_code_is_good_once(connector: MailchimpConnector, means: dict[str, Any]) -> None:
    """Used again it is refused, and what its first use gave ends."""
    code = code_from(connector)
    grant = connector.exchange(code=code, redirect_uri=APP, verifier=None)
    with pytest.raises(AccessRevoked, match="invalid_grant"):
        connector.exchange(code=code, redirect_uri=APP, verifier=None)
    with pytest.raises(AccessRevoked):
        MailchimpPublisher(account_id="a1b2c3d4e5", credentials=grant.credentials, **means).verify()


def test_the_redirect_must_be_the_same(connector: MailchimpConnector) -> None:
    """Else the code is worth nothing."""
    with pytest.raises(AccessRevoked, match="invalid_grant"):
        connector.exchange(code=code_from(connector), redirect_uri=f"{APP}/other", verifier=None)


def test_a_wrong_secret_is_the_agencys_fault(connector: MailchimpConnector, means: dict[str, Any]) -> None:
    """Not the client's: connecting again would not help."""
    keys = AppKeys(client_id=client_id("mailchimp"), client_secret="wrong")
    with pytest.raises(InvalidInput, match="app at Mailchimp") as caught:
        MailchimpConnector(keys=keys, **means).exchange(code=code_from(connector), redirect_uri=APP, verifier=None)
    assert "wrong" not in str(caught.value).replace("wrongly", "")


@pytest.mark.parametrize(
    ("effect", "status", "path", "family"),
    [
        ("status", 500, "/token", OutcomeUnknown),
        ("drop_after", 500, "/token", OutcomeUnknown),
        ("html", 200, "/token", OutcomeUnknown),
        ("status", 403, "/token", PlatformUnavailable),
        ("status", 429, "/token", RateLimited),
        ("status", 503, "/metadata", OutcomeUnknown),
        ("status", 429, "/metadata", OutcomeUnknown),
    ],
)
def test_an_exchange_that_was_not_answered(
    sandbox: RunningSandbox,
    connector: MailchimpConnector,
    effect: Effect,
    status: int,
    path: str,
    family: type[Exception],
) -> None:
    """Open, unless the code certainly was not used; after it was, no fault is one of the moment."""
    code = code_from(connector)
    sandbox.set_fault("mailchimp", effect, path_regex=f"{path}$", status=status)
    with pytest.raises(family) as caught:
        connector.exchange(code=code, redirect_uri=APP, verifier=None)
    assert type(caught.value) is family
    assert code not in str(caught.value)


def test_there_is_nothing_to_renew_or_give_back(connector: MailchimpConnector, grant: Grant) -> None:
    """The token has no end; a person removes the app at Mailchimp."""
    with pytest.raises(AccessRevoked, match="Connect the channel again"):
        connector.renew(grant.credentials)
    connector.revoke(grant.credentials)


def test_a_removed_app_is_access_revoked(sandbox: RunningSandbox, publisher: MailchimpPublisher) -> None:
    """And says what to do."""
    assert publisher.verify().name == "Acme Garden Furniture newsletter"
    sandbox.revoke_consent("mailchimp")
    with pytest.raises(AccessRevoked, match="Connect the channel again"):
        publisher.verify()


def test_a_token_goes_to_mailchimp_only(grant: Grant, means: dict[str, Any]) -> None:
    """A host that is not Mailchimp's is refused before anything is sent."""
    for host in ("evil.example", "us1.api.mailchimp.com.evil.example", ""):
        with pytest.raises(InvalidInput, match="no host of Mailchimp"):
            MailchimpPublisher(account_id="x", credentials={**grant.credentials, "api_host": host}, **means)
    with pytest.raises(AccessRevoked, match="no access token"):
        MailchimpPublisher(account_id="x", credentials={"api_host": "us1.api.mailchimp.com"}, **means)
