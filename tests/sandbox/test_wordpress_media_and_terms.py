"""Media, categories and tags on the WordPress twin (reference wordpress.md, 19 to 21)."""

from __future__ import annotations

import hashlib

import httpx
import pytest

from leadmetrics_pipelines.sandbox.running import RunningSandbox
from tests.sandbox.builders import a_png, a_post


def upload(
    client: httpx.Client, name: str = "a.png", data: bytes | None = None, headers: dict[str, str] | None = None
) -> httpx.Response:
    sent = {"content-type": "image/png", "content-disposition": f'attachment; filename="{name}"', **(headers or {})}
    return client.post("media", content=a_png() if data is None else data, headers=sent)


def refused(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


def test_a_picture_is_stored_and_served(editor: httpx.Client, visitor: httpx.Client) -> None:
    """Raw bytes in, the same bytes out, with type and size told."""
    answer = upload(editor)
    media = answer.json()
    assert (answer.status_code, media["slug"], media["mime_type"]) == (201, "a", "image/png")
    assert (media["media_details"]["width"], media["media_details"]["height"]) == (3, 2)
    assert media["source_url"].endswith("/wp-content/uploads/2026/11/a.png")
    assert visitor.get(media["source_url"]).content == a_png()


def test_the_same_name_again_makes_a_second_file(editor: httpx.Client) -> None:
    """No dedupe: the client must look first, by slug or search."""
    names = [upload(editor).json()["source_url"].rpartition("/")[2] for _ in range(3)]
    assert names == ["a.png", "a-1.png", "a-2.png"]
    assert [media["slug"] for media in editor.get("media", params={"slug": "a"}).json()] == ["a"]
    assert len(editor.get("media", params={"search": "a-1"}).json()) == 1


def test_a_form_carries_title_and_alt_text(editor: httpx.Client) -> None:
    """Multipart: `file` with fields beside it; accents and spaces leave the name."""
    files = {"file": ("été x.png", a_png(), "image/png")}
    media = editor.post("media", files=files, data={"title": "Summer", "alt_text": "A beach"}).json()
    assert (media["title"]["raw"], media["alt_text"], media["slug"]) == ("Summer", "A beach", "ete-x")


def test_uploads_that_are_refused(sandbox: RunningSandbox, editor: httpx.Client, visitor: httpx.Client) -> None:
    """Each with WordPress's own status and code; a wrong type is a 500."""
    assert refused(editor.post("media")) == (400, "rest_upload_no_data")
    plain = editor.post("media", content=a_png(), headers={"content-type": "image/png"})
    assert refused(plain) == (400, "rest_upload_no_content_disposition")
    assert refused(upload(editor, headers={"content-disposition": "attachment"})) == (
        400,
        "rest_upload_invalid_disposition",
    )
    assert refused(upload(editor, headers={"content-md5": "0" * 32})) == (412, "rest_upload_hash_mismatch")
    assert refused(upload(editor, "run.php")) == (500, "rest_upload_sideload_error")
    assert refused(upload(editor, data=b"no picture")) == (500, "rest_upload_sideload_error")
    assert refused(upload(visitor)) == (401, "rest_cannot_create")
    good = upload(editor, headers={"content-md5": hashlib.md5(a_png(), usedforsecurity=False).hexdigest()})
    assert good.status_code == 201


def test_only_forms_are_limited_in_size(sandbox: RunningSandbox, editor: httpx.Client) -> None:
    """upload_max_filesize stops forms with a 500, post_max_size throws them away, raw bodies pass."""
    sandbox.make_site("acme", upload_max_bytes=100, post_max_bytes=2000)
    for size, expected in (
        (150, (500, "rest_upload_unknown_error")),
        (3000, (400, "rest_upload_no_content_disposition")),
    ):
        form = {"file": ("a.png", a_png() + b"\x00" * size, "image/png")}
        assert refused(editor.post("media", files=form)) == expected
    assert upload(editor, data=a_png() + b"\x00" * 3000).status_code == 201


def test_media_change_and_go_only_by_force(editor: httpx.Client) -> None:
    """Alt text is set afterwards; DELETE needs force (501 otherwise) and leaves posts without the picture."""
    number = upload(editor).json()["id"]
    assert editor.post(f"media/{number}", json={"alt_text": "Grey"}).json()["alt_text"] == "Grey"
    post = editor.post("posts", json=a_post(featured_media=number)).json()
    assert post["featured_media"] == number
    assert refused(editor.delete(f"media/{number}")) == (501, "rest_trash_not_supported")
    assert editor.delete(f"media/{number}", params={"force": "1"}).json()["deleted"] is True
    assert editor.get(f"posts/{post['id']}").json()["featured_media"] == 0


@pytest.mark.parametrize("base", ["categories", "tags"])
def test_a_term_exists_once_whatever_its_case(editor: httpx.Client, base: str) -> None:
    """The second creation is a 400 that gives the first one's id; names come back escaped."""
    first = editor.post(base, json={"name": "Desks & Chairs"}).json()
    assert (first["name"], first["slug"]) == ("Desks &amp; Chairs", "desks-chairs")
    again = editor.post(base, json={"name": "desks & chairs"})
    assert (refused(again), again.json()["data"]["term_id"]) == ((400, "term_exists"), first["id"])
    missing = editor.post(base, json={})
    assert (refused(missing), missing.json()["data"]["params"]) == ((400, "rest_missing_callback_param"), ["name"])
    assert refused(editor.delete(f"{base}/{first['id']}")) == (501, "rest_trash_not_supported")


def test_an_author_may_make_tags_but_not_categories(author: httpx.Client) -> None:
    """Tags are for everybody who writes."""
    assert author.post("tags", json={"name": "oak"}).status_code == 201
    assert refused(author.post("categories", json={"name": "oak"})) == (403, "rest_cannot_create")


def test_terms_are_found_and_counted(editor: httpx.Client) -> None:
    """By slug and search; `count` is of published posts."""
    tag = editor.post("tags", json={"name": "Oak"}).json()["id"]
    editor.post("posts", json=a_post(tags=[tag]))
    editor.post("posts", json=a_post(tags=[tag], status="draft"))
    (found,) = editor.get("tags", params={"slug": "oak"}).json()
    assert (found["id"], found["count"]) == (tag, 1)
    assert editor.get("tags", params={"search": "elm"}).json() == []
    assert [term["id"] for term in editor.get("tags", params={"include": f"{tag},1"}).json()] == [tag]
