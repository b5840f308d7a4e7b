"""Posts on the WordPress twin: statuses, slugs, what is swallowed and what is refused (reference wordpress.md)."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from leadmetrics_pipelines.kit.clock import FixedClock
from leadmetrics_pipelines.sandbox.running import RunningSandbox
from tests.sandbox.builders import a_post


def made(client: httpx.Client, **fields: object) -> dict:
    answer = client.post("posts", json=a_post(**fields))
    assert answer.status_code == 201, answer.text
    post: dict = answer.json()
    return post


def refused(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


def test_a_published_post_opens_at_its_link(
    sandbox: RunningSandbox, editor: httpx.Client, visitor: httpx.Client
) -> None:
    """The public page shows the title escaped and the content as posted, and names the API."""
    post = made(editor, title="Desks & <b>chairs</b>", content="<p>Raw <em>text</em></p>")
    assert post["link"] == f"{sandbox.wordpress_url()}/hello/"
    page = visitor.get(post["link"])
    assert page.status_code == 200
    assert "Desks &amp; &lt;b&gt;chairs&lt;/b&gt;" in page.text
    assert "<p>Raw <em>text</em></p>" in page.text
    assert page.headers["link"] == f'<{sandbox.wordpress_url()}/wp-json/>; rel="https://api.w.org/"'
    assert post["link"] in visitor.get(f"{sandbox.wordpress_url()}/").text


def test_content_comes_back_byte_for_byte_for_an_administrator(editor: httpx.Client) -> None:
    """Script and comments too: the marker at the end of a body survives."""
    body = '<p>é – "x"</p>\n<script>let a = 1</script><!-- leadmetrics:0192 -->'
    assert made(editor, content=body)["content"]["raw"] == body


def test_kses_drops_what_runs_for_an_author(author: httpx.Client) -> None:
    """Tags and handlers that run code go without an error; allowed markup and comments stay as they are."""
    body = '<p onclick="x()">A<br /></p><iframe src="//x"></iframe><script>y()</script><!-- leadmetrics:1 -->'
    assert made(author, content=body)["content"]["raw"] == "<p>A<br /></p>y()<!-- leadmetrics:1 -->"
    clean = '<figure class="a"><img src="https://x.example/a.png" alt="b" /></figure>\n<!-- wp:list --><ul></ul>'
    assert made(author, content=clean)["content"]["raw"] == clean


def test_the_same_slug_again_gets_a_number(editor: httpx.Client) -> None:
    """Never refused: -2, -3, and for drafts too."""
    slugs = [made(editor, status=status)["slug"] for status in ("publish", "publish", "draft", "future")]
    assert slugs == ["hello", "hello-2", "hello-3", "hello-4"]


def test_two_at_once_may_share_a_slug(sandbox: RunningSandbox, editor: httpx.Client) -> None:
    """Nothing is locked between choosing a slug and storing the post."""
    sandbox.make_site("acme", insert_seconds=0.3)
    with ThreadPoolExecutor(2) as pool:
        slugs = list(pool.map(lambda _: made(editor)["slug"], range(2)))
    assert slugs == ["hello", "hello"]


def test_unknown_ids_are_swallowed(editor: httpx.Client) -> None:
    """A category or picture that does not exist is dropped from a 201; an unknown author is refused."""
    post = made(editor, categories=[999999], featured_media=999999, tags="7,8")
    assert (post["categories"], post["featured_media"], post["tags"]) == ([], 0, [])
    assert refused(editor.post("posts", json=a_post(author=999))) == (400, "rest_invalid_author")


def test_a_post_without_categories_is_uncategorized(editor: httpx.Client) -> None:
    """WordPress files it under its default."""
    assert made(editor)["categories"] == [1]


def test_unregistered_meta_is_dropped(editor: httpx.Client) -> None:
    """No error, no meta."""
    assert made(editor, meta={"leadmetrics": "1"})["meta"] == []


@pytest.mark.parametrize("fields", [{}, {"title": "", "content": ""}, {"slug": "only"}])
def test_a_post_needs_some_words(editor: httpx.Client, fields: dict[str, object]) -> None:
    """Title, content and excerpt may not all be empty."""
    assert refused(editor.post("posts", json=fields)) == (400, "empty_content")


def test_wrong_values_are_named(editor: httpx.Client) -> None:
    """rest_invalid_param lists each parameter with its message."""
    answer = editor.post("posts", json=a_post(status="live", featured_media="x", date_gmt="soon"))
    body = answer.json()
    assert (answer.status_code, body["code"]) == (400, "rest_invalid_param")
    assert body["data"]["params"] == {
        "status": "status is not one of publish, future, draft, pending, and private.",
        "featured_media": "featured_media is not of type integer.",
        "date_gmt": "Invalid date.",
    }


def test_broken_json_and_an_id_on_create_are_refused(editor: httpx.Client) -> None:
    """rest_invalid_json, rest_post_exists."""
    broken = editor.post("posts", content=b"{", headers={"content-type": "application/json"})
    assert refused(broken) == (400, "rest_invalid_json")
    assert refused(editor.post("posts", json=a_post(id=7))) == (400, "rest_post_exists")


def test_an_unknown_post_route_or_method_is_a_404(editor: httpx.Client) -> None:
    """rest_post_invalid_id for posts, rest_no_route for anything the API does not have."""
    assert refused(editor.get("posts/999")) == (404, "rest_post_invalid_id")
    assert refused(editor.get("postz")) == (404, "rest_no_route")
    assert refused(editor.delete("posts")) == (404, "rest_no_route")


def test_drafts_have_a_plain_link_and_are_hidden(editor: httpx.Client, visitor: httpx.Client) -> None:
    """`?p=ID`, 404 for visitors, 401 over REST; after publication `?p=ID` leads to the permalink."""
    draft = made(editor, status="draft")
    assert draft["link"].endswith(f"/?p={draft['id']}")
    assert (draft["permalink_template"][-12:], draft["generated_slug"]) == ("/%postname%/", "hello")
    assert visitor.get(draft["link"]).status_code == 404
    assert refused(visitor.get(f"posts/{draft['id']}")) == (401, "rest_forbidden")
    published = editor.post(f"posts/{draft['id']}", json={"status": "publish"}).json()
    moved = visitor.get(draft["link"])
    assert (moved.status_code, moved.headers["location"]) == (301, published["link"])


def test_a_draft_without_slug_has_none_and_any_empty_part_finds_it(editor: httpx.Client) -> None:
    """A part of `?slug=` that sanitizes to nothing matches every draft without a slug."""
    draft = made(editor, status="draft", slug="")
    assert (draft["slug"], draft["generated_slug"]) == ("", "hello")
    found = editor.get("posts", params={"slug": "terms & conditions", "status": "any"}).json()
    assert [post["id"] for post in found] == [draft["id"]]


def test_a_slug_search_needs_a_sign_in_for_any(editor: httpx.Client, visitor: httpx.Client) -> None:
    """Visitors get "Status is forbidden."; `any` leaves out the trash, which must be asked for by name."""
    post = made(editor)
    answer = visitor.get("posts", params={"slug": "hello", "status": "any"})
    assert (refused(answer), answer.json()["data"]["params"]["status"]) == (
        (400, "rest_invalid_param"), "Status is forbidden.",
    )  # fmt: skip
    assert editor.delete(f"posts/{post['id']}").json()["slug"] == "hello__trashed"
    assert editor.get("posts", params={"slug": "hello,hello__trashed", "status": "any"}).json() == []
    everything = "publish,future,draft,pending,private,trash"
    found = editor.get("posts", params={"slug": "hello,hello__trashed", "status": everything}).json()
    assert [(found_post["id"], found_post["status"]) for found_post in found] == [(post["id"], "trash")]


def test_deleting_trashes_then_is_gone_then_forced(editor: httpx.Client) -> None:
    """200 with the trashed post, 410, and `force` deletes for good; the slug is free at once."""
    number = made(editor)["id"]
    assert editor.delete(f"posts/{number}").json()["status"] == "trash"
    assert refused(editor.delete(f"posts/{number}")) == (410, "rest_already_trashed")
    assert made(editor)["slug"] == "hello"
    assert editor.delete(f"posts/{number}", params={"force": "true"}).json()["deleted"] is True
    assert editor.get(f"posts/{number}").status_code == 404


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH"])
def test_updates_are_partial_in_all_three_methods(editor: httpx.Client, clock: FixedClock, method: str) -> None:
    """Only what is sent changes, and a revision is counted."""
    post = made(editor)
    clock.advance(seconds=60)
    after = editor.request(method, f"posts/{post['id']}", json={"title": "New"}).json()
    assert (after["title"]["raw"], after["content"]["raw"], after["slug"]) == ("New", "<p>Text</p>", "hello")
    assert (after["date_gmt"], after["modified_gmt"]) == ("2026-11-02T09:00:00", "2026-11-02T09:01:00")
    assert after["_links"]["version-history"][0]["count"] == 1


@pytest.mark.parametrize(
    ("sent", "stored"),
    [
        ("Été à Paris", "ete-a-paris"),
        ("a b/c.d", "a-b-c-d"),
        ("日本", "%e6%97%a5%e6%9c%ac"),
        ("x" * 250, "x" * 200),
    ],
)
def test_slugs_are_sanitized(editor: httpx.Client, sent: str, stored: str) -> None:
    """Accents go, other scripts are percent-encoded, 200 characters are kept."""
    assert made(editor, slug=sent)["slug"] == stored


def test_raw_is_for_editors_only(editor: httpx.Client, visitor: httpx.Client) -> None:
    """`context=view` has rendered text alone; `context=edit` is refused to visitors."""
    number = made(editor)["id"]
    assert "raw" not in visitor.get(f"posts/{number}").json()["title"]
    assert "raw" in editor.get(f"posts/{number}", params={"context": "edit"}).json()["title"]
    assert refused(visitor.get("posts", params={"context": "edit"})) == (401, "rest_forbidden_context")


def test_lists_count_page_and_link(editor: httpx.Client) -> None:
    """Totals in headers, rel=next, 400 past the end, per_page up to 100."""
    for number in range(3):
        made(editor, slug=f"p{number}")
    first = editor.get("posts", params={"per_page": 2, "_fields": "slug,title.raw", "context": "edit"})
    assert (first.headers["x-wp-total"], first.headers["x-wp-totalpages"]) == ("3", "2")
    assert "page=2" in first.headers["link"]
    assert 'rel="next"' in first.headers["link"]
    assert first.json() == [{"slug": slug, "title": {"raw": "Hello"}} for slug in ("p2", "p1")]
    assert refused(editor.get("posts", params={"page": 9})) == (400, "rest_post_invalid_page_number")
    assert refused(editor.get("posts", params={"per_page": 101})) == (400, "rest_invalid_param")


def test_lists_filter(editor: httpx.Client, clock: FixedClock) -> None:
    """By date, search, ids and order, with lists in the PHP spelling too."""
    made(editor, slug="old", title="About oak")
    clock.advance(days=2)
    made(editor, slug="new", title="About steel")

    def slugs(**query: str | list[str]) -> list[str]:
        return [post["slug"] for post in editor.get("posts", params=query).json()]

    assert slugs(after="2026-11-03T00:00:00") == ["new"]
    assert slugs(modified_before="2026-11-03T00:00:00Z") == ["old"]
    assert slugs(search="oak about") == ["old"]
    assert slugs(orderby="title", order="asc") == ["old", "new"]
    assert slugs(**{"slug[]": ["old", "new"]}) == ["new", "old"]
    assert slugs(categories="1", author="1") == ["new", "old"]
    assert slugs(tags="99") == []


def test_plain_permalinks_answer_html_at_wp_json(sandbox: RunningSandbox, visitor: httpx.Client) -> None:
    """/wp-json/ is the home page with 200 text/html; ?rest_route= works."""
    url = sandbox.make_site("plain", pretty_permalinks=False)
    page = visitor.get(f"{url}/wp-json/")
    assert (page.status_code, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert visitor.get(f"{url}/?rest_route=/wp/v2/posts").json() == []
    assert visitor.get(f"{url}/index.php?rest_route=/").json()["name"] == "Plain"


def test_php_warnings_stand_before_the_json_of_form_bodies(sandbox: RunningSandbox, editor: httpx.Client) -> None:
    """Where errors are displayed, a form body without Accept gives 201 with a body that is no JSON."""
    sandbox.make_site("acme", display_errors=True)
    answer = editor.post("posts", data={"title": "x", "slug": "x", "status": "draft"})
    assert (answer.status_code, answer.text.startswith("<br />")) == (201, True)
    assert editor.post("posts", json=a_post()).json()["slug"] == "hello"


def test_a_batch_answers_each_part(editor: httpx.Client) -> None:
    """207 with a status for each; one failure does not undo the others."""
    parts = [{"path": "/wp/v2/posts", "body": a_post()}, {"path": "/wp/v2/posts", "body": {}}]
    answer = editor.post(str(editor.base_url).replace("wp/v2/", "batch/v1"), json={"requests": parts})
    assert (answer.status_code, [part["status"] for part in answer.json()["responses"]]) == (207, [201, 400])


def test_a_five_megabyte_body_is_kept(editor: httpx.Client) -> None:
    """Size alone is no reason to refuse."""
    body = "<p>" + "x" * 5_000_000 + "</p>"
    assert len(made(editor, content=body)["content"]["raw"]) == len(body)
