"""The pages over HTTP: signing in, reading, deciding, editing."""

from __future__ import annotations

from leadmetrics_pipelines.domain.people import Role
from tests.review.pages_world import PagesWorld, open_approval_of, write_posts

PAGES = ("today", "inbox", "month", "content", "channels", "team", "audit", "settings", "requests/new")


def test_every_page_answers(pages: PagesWorld) -> None:
    """Each page of the navigation is a whole page with a title, for a reviewer."""
    rita = pages.reviewer()
    for path in PAGES:
        answer = rita.get(path)
        assert answer.status_code == 200, (path, answer.text[:300])
        assert "<title>" in answer.text


def test_items_and_activities_have_pages(pages: PagesWorld) -> None:
    """A request, a post and an activity each have a page that links to the others."""
    rita = pages.reviewer()
    (post_id,) = write_posts(pages.month, 1)
    post = rita.get(f"posts/{post_id}")
    assert post.status_code == 200
    assert "/requests/" in post.text
    assert "/activities/" in post.text
    assert "Why is this not out?" in post.text
    request = pages.month.open_approvals("request")[0].subject_id
    assert rita.get(f"requests/{request}").status_code == 200
    activity = post.text.split("/activities/")[1][:36]
    assert rita.get(f"activities/{activity}").status_code == 200


def test_a_decision_opens_the_next_item(pages: PagesWorld) -> None:
    """Approving in the inbox answers with the next item, a toast that undoes, and the new count."""
    rita = pages.reviewer()
    first, second, _ = pages.month.open_approvals("request")
    data = {"decision": "approve", "seal": first.seal, "back": "inbox"}
    answer = rita.post(f"approvals/{first.id}/decision", data, htmx=True)
    assert answer.status_code == 200, answer.text
    assert f'data-item="{second.id}"' in answer.text
    assert f"approvals/{first.id}/undo" in answer.text
    assert 'data-waiting-now="2"' in answer.text
    assert answer.headers["HX-Push-Url"].endswith(f"item={second.id}")


def test_sending_back_needs_a_reason(pages: PagesWorld) -> None:
    """Without a reason nothing is decided, and the answer says what is missing."""
    rita = pages.reviewer()
    first = pages.month.open_approvals("request")[0]
    answer = rita.post(f"approvals/{first.id}/decision", {"decision": "reject", "seal": first.seal}, htmx=True)
    assert answer.status_code == 422
    assert "Say why" in answer.text
    assert answer.headers["HX-Retarget"] == "#toasts"
    assert len(pages.month.open_approvals("request")) == 3


def test_the_second_decision_hears_who_was_first(pages: PagesWorld) -> None:
    """A 409 names who decided."""
    rita, sam = pages.reviewer(), pages.second()
    first = pages.month.open_approvals("request")[0]
    assert rita.post(f"approvals/{first.id}/decision", {"decision": "approve", "seal": first.seal}).status_code == 303
    answer = sam.post(f"approvals/{first.id}/decision", {"decision": "approve", "seal": first.seal})
    assert answer.status_code == 409
    assert "Rita Reviewer was first" in answer.text


def test_undo_brings_it_back(pages: PagesWorld) -> None:
    """Within the undo time the decider takes a decision back."""
    rita = pages.reviewer()
    first = pages.month.open_approvals("request")[0]
    rita.post(f"approvals/{first.id}/decision", {"decision": "approve", "seal": first.seal})
    assert rita.post(f"approvals/{first.id}/undo", {"back": "/t/acme/inbox"}).status_code == 303
    assert len(pages.month.open_approvals("request")) == 3


def test_bulk_answers_each_item(pages: PagesWorld) -> None:
    """One stale seal among three fails alone."""
    rita = pages.reviewer()
    one, two, three = pages.month.open_approvals("request")
    picks = [f"{one.id}:{one.seal}", f"{two.id}:{'0' * 64}", f"{three.id}:{three.seal}"]
    answer = rita.post("inbox/bulk", {"decision": "approve", "pick": picks}, htmx=True)
    assert answer.status_code == 200
    assert "Approved: 2, not decided: 1" in answer.text
    assert [a.id for a in pages.month.open_approvals("request")] == [two.id]


def test_a_stale_save_keeps_what_was_typed(pages: PagesWorld) -> None:
    """Somebody saved meanwhile: 409, with the typed text and who it was."""
    rita, sam = pages.reviewer(), pages.second()
    (post_id,) = write_posts(pages.month, 1)
    form = {"title": "By Rita", "slug": "by-rita", "body": "Rita's words.", "seen_version": 1}
    assert rita.post(f"posts/{post_id}/edit", form).status_code == 303
    answer = sam.post(f"posts/{post_id}/edit", {**form, "title": "By Sam", "body": "Sam's own words."}, htmx=True)
    assert answer.status_code == 409
    assert "Rita Reviewer saved version 2" in answer.text
    assert "Sam&#39;s own words." in answer.text
    assert "Save over version 2" in answer.text


def test_save_and_approve_is_one_act(pages: PagesWorld) -> None:
    """An edit with its approval leaves one approved post and is recorded as both."""
    rita = pages.reviewer()
    (post_id,) = write_posts(pages.month, 1)
    approval = open_approval_of(pages.month, post_id)
    form = {
        "title": "Better", "slug": "better", "body": "Better words.", "seen_version": 1, "act": "approve",
        "approval": str(approval.id), "seal": approval.seal,
    }  # fmt: skip
    assert rita.post(f"posts/{post_id}/edit", form).status_code == 303
    text = rita.get(f"posts/{post_id}").text
    assert "edited and approved" in text
    assert pages.month.open_approvals("post") == []


def test_what_does_not_fit_is_said_at_its_field(pages: PagesWorld) -> None:
    """An emoji-only title comes back with the form, the error at the title, and all other words."""
    rita = pages.reviewer()
    answer = rita.post(
        "requests/new", {"title": "🎉🎉", "brief": "Kept words", "search_intent": "commercial", "priority": "high"}
    )
    assert answer.status_code == 422
    assert "at least one letter or digit" in answer.text
    assert "Kept words" in answer.text


def test_a_script_in_a_post_never_runs(pages: PagesWorld) -> None:
    """The preview holds no script and forbids any; the page around it escapes what was typed."""
    rita = pages.reviewer()
    evil = "Hello <script>alert(1)</script> <img src=x onerror=alert(2)>\n\n[x](javascript:alert(3))"
    (post_id,) = write_posts(pages.month, 1, markdown=evil)
    preview = rita.get(f"posts/{post_id}/preview")
    assert "<script" not in preview.text
    assert "onerror" not in preview.text
    assert "javascript:" not in preview.text.split("<article>")[1].replace("[x](javascript", "")
    assert "script-src" not in preview.headers["content-security-policy"]
    assert "default-src 'none'" in preview.headers["content-security-policy"]
    editor = rita.get(f"posts/{post_id}/edit")
    assert "<script>alert" not in editor.text


def test_a_role_sees_only_what_it_may_use(pages: PagesWorld) -> None:
    """An operator reads the inbox without decision buttons, and the server refuses a decision all the same."""
    olaf = pages.someone(Role.OPERATOR, "Olaf Operator")
    first = pages.month.open_approvals("request")[0]
    page = olaf.get("inbox", item=str(first.id))
    assert 'value="approve"' not in page.text
    assert "a reviewer or the client" in page.text
    answer = olaf.post(f"approvals/{first.id}/decision", {"decision": "approve", "seal": first.seal})
    assert answer.status_code == 403


def test_an_empty_client_is_told_the_first_step(pages: PagesWorld, review_runtime: object, zenith: object) -> None:
    """A client with nothing yet sees three steps, the first with its button."""
    from tests.builders import build_person
    from tests.review.pages_world import sign_in

    build_person(pages.runtime.database, zenith, Role.TENANT_ADMIN, "Zoe Admin")  # type: ignore[arg-type]
    zoe = sign_in(pages.runtime, "zoe.admin@zenith.example", "zenith")
    text = zoe.get("today").text
    assert "Connect a WordPress site" in text
    assert "Connect a site" in text


def test_polls_answer_204_while_nothing_changed(pages: PagesWorld) -> None:
    """The count, the board and an item's page say nothing while they are as the page shows them."""
    rita = pages.reviewer()
    assert rita.get("pulse", htmx=True, seen="3").status_code == 204
    assert rita.get("pulse", htmx=True, seen="2").status_code == 200
    board = rita.get("month", htmx=True, month="2026-11")
    stamp = board.text.split("seen=")[1].split('"')[0]
    assert rita.get("month", htmx=True, month="2026-11", seen=stamp).status_code == 204
    last = pages.month.open_approvals("request")[-1]
    page = rita.get("inbox")
    since = page.text.split("since=")[1].split('"')[0]
    assert since.endswith(last.id.hex)
    assert rita.get("inbox", htmx=True, since=since).status_code == 204
