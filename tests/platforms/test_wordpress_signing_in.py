"""Finding a site's API and signing in to it."""

from __future__ import annotations

import pytest

from leadmetrics_pipelines.errors import AccessRevoked, PlatformUnavailable
from leadmetrics_pipelines.kit.http import HttpClients
from leadmetrics_pipelines.platforms.wordpress.publisher import WordPressPublisher
from leadmetrics_pipelines.sandbox.running import RunningSandbox
from tests.platforms.builders import a_post, find, publisher_for, send_article


def test_a_good_password_shows_who_and_where(sandbox: RunningSandbox, publisher: WordPressPublisher) -> None:
    """The name people know, and the site's own title and address."""
    account = publisher.verify()
    assert (account.name, account.can_publish, account.site_name) == ("Editor", True, "Acme")
    assert account.site_url == sandbox.wordpress_url()


def test_an_author_can_publish(sandbox: RunningSandbox, http: HttpClients) -> None:
    """Author is the least of the roles that may."""
    assert publisher_for(sandbox.wordpress_url(), http, user="author").verify().can_publish


def test_a_site_with_plain_permalinks_is_found(sandbox: RunningSandbox, http: HttpClients) -> None:
    """There /wp-json/ is the home page with status 200, and the API answers to ?rest_route=."""
    plain = publisher_for(sandbox.make_site("plain", pretty_permalinks=False), http)
    post = a_post()
    assert plain.verify().site_name == "Plain"
    live = send_article(plain, post)
    assert find(plain, post) == live
    assert all("rest_route=" in call.query for call in sandbox.calls("wordpress") if call.method == "POST")


@pytest.mark.parametrize(
    ("settings", "user", "password", "says"),
    [
        ({}, "editor", "nope", "user name editor or the application password is wrong"),
        ({}, "nobody", "nope", "user name nobody or the application password is wrong"),
        ({"strict_sign_in": True}, "editor", "nope", "does not accept the application password of editor"),
        ({"strict_sign_in": True}, "nobody", "nope", "does not accept the user name of nobody"),
        ({"strips_authorization": True}, "editor", None, "drops the Authorization header"),
        ({"application_passwords": False}, "editor", None, "Application passwords are off"),
    ],
)
def test_a_refused_sign_in_says_why_and_what_to_do(
    sandbox: RunningSandbox, http: HttpClients, settings: dict[str, bool], user: str, password: str | None, says: str
) -> None:
    """WordPress answers all of them with 401; what the site says of itself tells them apart."""
    url = sandbox.make_site("other", **settings)
    with pytest.raises(AccessRevoked, match=says) as caught:
        publisher_for(url, http, user=user, password=password).verify()
    assert "demo" not in str(caught.value)
    assert "nope" not in str(caught.value)


def test_one_who_may_not_publish_is_refused(sandbox: RunningSandbox, http: HttpClients) -> None:
    """A contributor signs in, and would only find out at the first post."""
    person = {"role": "contributor", "password": "cont cont cont"}
    sandbox.control.put("/sites/acme/users/carl", json=person).raise_for_status()
    with pytest.raises(AccessRevoked, match=r"carl may sign in to .* but not publish"):
        publisher_for(sandbox.wordpress_url(), http, user="carl", password="cont cont cont").verify()


def test_a_revoked_password_is_noticed_by_every_call(sandbox: RunningSandbox, publisher: WordPressPublisher) -> None:
    """Looking must not take a visitor's view for an empty site."""
    publisher.verify()
    sandbox.revoke_passwords("acme", "editor")
    post = a_post()
    with pytest.raises(AccessRevoked):
        find(publisher, post)
    with pytest.raises(AccessRevoked):
        send_article(publisher, post)
    assert sandbox.posts() == []


def test_a_page_that_is_no_wordpress_is_told(sandbox: RunningSandbox, http: HttpClients) -> None:
    """With what it answered, and what to check."""
    with pytest.raises(PlatformUnavailable, match=r"does not speak the WordPress REST API \(it answered 404"):
        publisher_for(f"{sandbox.url}/nothing-here", http).verify()


def test_a_site_that_answers_html_is_told_before_anything_is_sent(
    sandbox: RunningSandbox, publisher: WordPressPublisher
) -> None:
    """200 is not enough."""
    sandbox.set_fault("wordpress", "html", times=None)
    with pytest.raises(PlatformUnavailable, match="200 text/html"):
        send_article(publisher, a_post())
    assert all(call.method == "GET" for call in sandbox.calls("wordpress"))


def test_a_site_that_is_away_is_told(http: HttpClients) -> None:
    """Nothing listens there."""
    with pytest.raises(PlatformUnavailable, match="Connection refused"):
        publisher_for("http://127.0.0.1:9", http).verify()


def test_a_site_that_hangs_is_told(sandbox: RunningSandbox, publisher: WordPressPublisher) -> None:
    """After the time-out, not after minutes."""
    sandbox.set_fault("wordpress", "hang", seconds=3)
    with pytest.raises(PlatformUnavailable, match="time ran out"):
        publisher.verify()


def test_the_password_goes_to_no_page_that_is_not_the_api(sandbox: RunningSandbox, http: HttpClients) -> None:
    """The API is looked for without credentials."""
    sandbox.make_site("strict", strict_sign_in=True)
    with pytest.raises(AccessRevoked):
        publisher_for(sandbox.wordpress_url("strict"), http, password="nope").verify()
    first, second = [call for call in sandbox.calls("wordpress") if "/strict/" in call.path][:2]
    # A strict site answers a wrong password with 401 even to public questions: the first one carried none.
    assert (first.status, second.status) == (200, 401)
