"""Signing in to the WordPress twin: what a stock site says, and what it does not say."""

from __future__ import annotations

import httpx
import pytest

from leadmetrics_pipelines.sandbox.running import RunningSandbox
from tests.sandbox.builders import AUTHOR, EDITOR, a_post, client_of


def code_of(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


def test_me_names_the_user_with_roles_and_capabilities(editor: httpx.Client) -> None:
    """`users/me?context=edit` tells an administrator's role and rights."""
    me = editor.get("users/me", params={"context": "edit"}).json()
    assert (me["username"], me["roles"], me["capabilities"]["publish_posts"]) == ("editor", ["administrator"], True)


@pytest.mark.parametrize("login", ["editor", "editor@acme.example", "EDITOR"])
def test_name_and_email_work_and_spaces_do_not_count(sandbox: RunningSandbox, login: str) -> None:
    """Sign-in takes the user's name or e-mail, and the password with or without spaces."""
    with client_of(sandbox, (login, "demodemodemodemodemodemo")) as client:
        assert client.get("users/me").status_code == 200


def test_a_wrong_password_is_a_visitor(sandbox: RunningSandbox) -> None:
    """On a stock site a wrong password reads public data; only `me` and writes say 401."""
    with client_of(sandbox, ("editor", "wrong")) as client:
        assert client.get("posts").status_code == 200
        assert code_of(client.get("users/me")) == (401, "rest_not_logged_in")
        assert code_of(client.post("posts", json=a_post())) == (401, "rest_cannot_create")


def test_a_strict_site_names_the_fault_even_for_public_reads(sandbox: RunningSandbox) -> None:
    """Where a security plugin looks the user up early, the answer is incorrect_password or invalid_username."""
    sandbox.make_site("strict", strict_sign_in=True)
    with client_of(sandbox, ("editor", "wrong"), "strict") as client:
        assert code_of(client.get("posts")) == (401, "incorrect_password")
    with client_of(sandbox, ("nobody", "wrong"), "strict") as client:
        assert code_of(client.get("posts")) == (401, "invalid_username")


@pytest.mark.parametrize("setting", ["strips_authorization", "application_passwords"])
def test_good_credentials_may_never_arrive(sandbox: RunningSandbox, setting: str) -> None:
    """A server that drops the header, or a site with application passwords off, says rest_not_logged_in."""
    sandbox.make_site("odd", **{setting: setting == "strips_authorization"})
    with client_of(sandbox, EDITOR, "odd") as client:
        assert code_of(client.get("users/me")) == (401, "rest_not_logged_in")


def test_the_index_tells_whether_application_passwords_are_on(sandbox: RunningSandbox, visitor: httpx.Client) -> None:
    """`authentication` is an object when they are on and an empty list when they are off."""
    sandbox.make_site("off", application_passwords=False)
    index = visitor.get(f"{sandbox.wordpress_url()}/wp-json/").json()
    endpoint = index["authentication"]["application-passwords"]["endpoints"]["authorization"]
    assert endpoint == f"{sandbox.wordpress_url()}/wp-admin/authorize-application.php"
    assert visitor.get(f"{sandbox.wordpress_url('off')}/wp-json/").json()["authentication"] == []


def test_a_password_lives_from_creation_to_revocation(sandbox: RunningSandbox, editor: httpx.Client) -> None:
    """Created once per name, shown once, introspected, revoked at once."""
    made = editor.post("users/me/application-passwords", json={"name": "Reports"})
    assert made.status_code == 201
    again = editor.post("users/me/application-passwords", json={"name": "Reports"})
    assert code_of(again) == (409, "application_password_duplicate_name")
    with client_of(sandbox, ("editor", made.json()["password"])) as second:
        seen = second.get("users/me/application-passwords/introspect").json()
        assert (seen["name"], "password" in seen) == ("Reports", False)
        assert editor.delete(f"users/me/application-passwords/{seen['uuid']}").json()["deleted"] is True
        assert code_of(second.get("users/me")) == (401, "rest_not_logged_in")


def test_access_is_revoked_by_the_control_api(sandbox: RunningSandbox, editor: httpx.Client) -> None:
    """A test can take the client's access away between two calls."""
    assert editor.get("users/me").status_code == 200
    sandbox.revoke_passwords("acme", "editor")
    assert editor.get("users/me").status_code == 401


def test_an_author_may_not_touch_the_posts_of_others(editor: httpx.Client, author: httpx.Client) -> None:
    """Signed in without the right is 403, not 401."""
    number = editor.post("posts", json=a_post()).json()["id"]
    assert code_of(author.post(f"posts/{number}", json={"title": "Mine"})) == (403, "rest_cannot_edit")
    assert code_of(author.delete(f"posts/{number}")) == (403, "rest_cannot_delete")
    assert code_of(author.post("categories", json={"name": "New"})) == (403, "rest_cannot_create")


def test_a_contributor_may_not_publish(sandbox: RunningSandbox) -> None:
    """The right to write is not the right to publish."""
    user = {"role": "contributor", "password": "pass word"}
    sandbox.control.put("/sites/acme/users/carl", json=user).raise_for_status()
    with client_of(sandbox, ("carl", "password")) as carl:
        assert code_of(carl.post("posts", json=a_post())) == (403, "rest_cannot_publish")
        assert carl.post("posts", json=a_post(status="draft")).status_code == 201


def test_sites_do_not_share_users_or_posts(sandbox: RunningSandbox, editor: httpx.Client) -> None:
    """What one site holds, another does not."""
    sandbox.make_site("globex")
    editor.post("posts", json=a_post())
    assert (len(sandbox.posts()), len(sandbox.posts("globex"))) == (1, 0)
    sandbox.revoke_passwords("acme", "author")
    with client_of(sandbox, AUTHOR, "globex") as client:
        assert client.get("users/me").status_code == 200


def test_an_unknown_site_says_how_to_make_it(sandbox: RunningSandbox) -> None:
    """A mistyped site is a 404 page that names the admin call."""
    answer = httpx.get(f"{sandbox.wordpress_url('nowhere')}/wp-json/", trust_env=False)
    assert (answer.status_code, "PUT /sites/nowhere" in answer.text) == (404, True)
