"""The agency's own apps: read from one setting, named when missing, never shown."""

from __future__ import annotations

import pytest

from leadmetrics_pipelines.errors import InvalidInput
from leadmetrics_pipelines.platforms.connectors import WAYS, can_renew
from leadmetrics_pipelines.services.app_keys import has_app, read_app_keys
from leadmetrics_pipelines.settings import Settings

GOOGLE = '{"google": {"client_id": "g-id", "client_secret": "g-secret"}}'


def settings(apps: str | None) -> Settings:
    return Settings.model_validate({"platform_apps": apps})


def test_platforms_of_one_family_share_its_app() -> None:
    """Google's products are connected with one app."""
    found = settings(GOOGLE)
    for platform in ("google_business", "search_console", "ga4", "google_ads"):
        assert read_app_keys(found, platform).client_id == "g-id"
    assert read_app_keys(found, "ga4").developer_token == ""
    assert has_app(found, "ga4")
    assert not has_app(found, "linkedin")


def test_google_ads_has_a_token_of_the_agency_besides() -> None:
    """It is never shown."""
    keys = read_app_keys(settings(GOOGLE.replace("}}", ', "developer_token": "g-dev"}}')), "google_ads")
    assert keys.developer_token == "g-dev"
    assert "g-dev" not in repr(keys)


def test_a_missing_app_is_named_with_the_setting() -> None:
    """What to set, and where."""
    for apps in (None, GOOGLE):
        with pytest.raises(InvalidInput, match=r"app for linkedin is not set.*LEADMETRICS_PLATFORM_APPS"):
            read_app_keys(settings(apps), "linkedin")


@pytest.mark.parametrize(
    "broken", ["g-secret", '["g-secret"]', '{"google": "g-secret"}', '{"google": {"client_id": "g-secret"}}', "{}x",
               '{"google": {"client_id": "", "client_secret": "g-secret"}}',
               '{"google": {"client_id": "g-id", "client_secret": "g-secret", "developer_token": 5}}'],
)  # fmt: skip
def test_a_setting_that_cannot_be_read_is_not_quoted(broken: str) -> None:
    """The message shows the shape; the secret stays out, from the chain of errors as well."""
    with pytest.raises(InvalidInput, match="cannot be read") as raised:
        read_app_keys(settings(broken), "google_business")
    assert "g-secret" not in str(raised.value)
    assert raised.value.__suppress_context__
    assert "g-secret" not in repr(settings(broken))


def test_a_wordpress_of_ones_own_has_no_app() -> None:
    """It is connected with an application password."""
    with pytest.raises(InvalidInput, match="not connected on the platform's own pages"):
        read_app_keys(settings(GOOGLE), "wordpress")


def test_what_can_be_renewed_depends_on_what_was_given() -> None:
    """LinkedIn gives few apps a refresh token; Meta renews by the access token; Mailchimp's never ends."""
    assert not can_renew("linkedin", {"access_token": "a"})
    assert can_renew("linkedin", {"access_token": "a", "refresh_token": "r"})
    assert can_renew("facebook", {"access_token": "a"})
    assert not can_renew("mailchimp", {"access_token": "a"})
    assert {name for name, way in WAYS.items() if way.rotates} == {"x", "tiktok"}
