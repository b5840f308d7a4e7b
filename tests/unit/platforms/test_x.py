"""X's payloads, texts and error table, without a socket."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from leadmetrics_pipelines.domain.counting import count_text
from leadmetrics_pipelines.errors import (
    AccessRevoked,
    ContentRejected,
    LeadmetricsError,
    OutcomeUnknown,
    PlatformUnavailable,
    RateLimited,
)
from leadmetrics_pipelines.kit.digests import sha256_bytes
from leadmetrics_pipelines.platforms.publishing import Image, OutgoingSocial
from leadmetrics_pipelines.platforms.x.errors import classify, wait_of
from leadmetrics_pipelines.platforms.x.payloads import prepare_post, prepare_reply
from leadmetrics_pipelines.platforms.x.texts import expand_text, is_same_text
from tests.platforms.builders import an_image
from tests.unit.platforms.answers import an_answer

NOW = datetime(2026, 11, 2, 9, tzinfo=UTC)
PROBLEMS = "https://api.x.com/2/problems/"


def a_problem(status: int, detail: str, kind: str = "") -> dict[str, Any]:
    """As the reference records them."""
    return {"title": "T", "type": f"{PROBLEMS}{kind}" if kind else "about:blank", "status": status, "detail": detail}


@pytest.mark.parametrize(
    ("status", "body", "written", "read"),
    [
        (401, a_problem(401, "Unauthorized"), AccessRevoked, AccessRevoked),
        (
            403, a_problem(403, "You are not allowed to create a Tweet with duplicate content."),
            OutcomeUnknown, OutcomeUnknown,
        ),
        (403, a_problem(403, "Your account is suspended"), AccessRevoked, AccessRevoked),
        (403, a_problem(403, "Reply to this conversation is not allowed"), ContentRejected, ContentRejected),
        (403, a_problem(403, "Client Forbidden", "client-forbidden"), AccessRevoked, AccessRevoked),
        (402, a_problem(402, "CreditsDepleted"), PlatformUnavailable, PlatformUnavailable),
        (429, a_problem(429, "Too Many Requests"), RateLimited, RateLimited),
        (429, {"errors": [{"code": 88, "message": "Rate limit exceeded"}]}, RateLimited, RateLimited),
        (
            429, {"title": "UsageCapExceeded", "type": f"{PROBLEMS}usage-capped", "detail": "Monthly product cap"},
            RateLimited, RateLimited,
        ),
        (
            400, {"title": "Invalid Request", "type": f"{PROBLEMS}invalid-request", "detail": "One or more parameters",
                  "errors": [{"message": "Too long", "parameters": {"text": ["secret"]}}]},
            ContentRejected, ContentRejected,
        ),
        (404, a_problem(404, "Not Found", "resource-not-found"), ContentRejected, ContentRejected),
        (503, a_problem(503, "Service Unavailable"), OutcomeUnknown, PlatformUnavailable),
        (403, "<h1>Forbidden</h1>", PlatformUnavailable, PlatformUnavailable),
        (502, "<h1>Bad Gateway</h1>", OutcomeUnknown, PlatformUnavailable),
        (200, "<h1>Sign in</h1>", OutcomeUnknown, PlatformUnavailable),
    ],
)  # fmt: skip
def test_a_recorded_body_has_its_family(
    status: int, body: object, written: type[LeadmetricsError], read: type[LeadmetricsError]
) -> None:
    """When something was written, and when something was only read; what was sent is not quoted."""
    for writing, family in ((True, written), (False, read)):
        error = classify(an_answer(status, body), doing="Doing", writing=writing, now=NOW)
        assert type(error) is family
        assert "secret" not in str(error)


@pytest.mark.parametrize(
    ("headers", "wait"),
    [
        ({"x-rate-limit-reset": str(int(NOW.timestamp()) + 600)}, 600.0),
        ({"x-rate-limit-reset": str(int(NOW.timestamp()) - 600)}, 1.0),
        ({"x-rate-limit-reset": "600", "retry-after": "7"}, 7.0),
        ({"x-rate-limit-reset": "soon"}, None),
        ({}, None),
    ],
)
def test_the_wait_is_until_the_reset(headers: dict[str, str], wait: float | None) -> None:
    """Unix seconds; `Retry-After` where somebody gives one."""
    assert wait_of(an_answer(429, {}, headers=headers), NOW) == wait


A_LINK = {"url": "https://t.co/abc", "expanded_url": "https://acme.example/x"}
A_PICTURE = {
    "url": "https://t.co/pic", "expanded_url": "https://x.com/a/status/1/photo/1", "media_key": "3_1",
}  # fmt: skip


@pytest.mark.parametrize(
    ("sent", "came", "urls", "same"),
    [
        ("Tea & <b>", "Tea &amp; &lt;b&gt;", [], True),
        ("See https://acme.example/x", "See https://t.co/abc", [], True),
        ("See https://acme.example/x", "See https://t.co/abc", [A_LINK], True),
        ("See https://acme.example/y", "See https://t.co/abc", [A_LINK], False),
        ("See acme.example/x.", "See https://t.co/abc.", [A_LINK], True),
        ("Tea", "Tea https://t.co/pic", [A_PICTURE], True),
        ("Tea", "Tea https://t.co/pic", [], True),
        ("Tea", "Tea and more", [], False),
        ("e\u0301", "\u00e9", [], True),
        ("Tea (a+b)?", "Tea (a+b)?", [], True),
        ("Tea", "Te", [], False),
    ],
)
def test_texts_are_the_same_whatever_x_did_to_their_links(
    sent: str, came: str, urls: list[dict[str, str]], *, same: bool
) -> None:
    """Short links, entities, and the link of a picture are X's, not ours."""
    post = {"text": came, "entities": {"urls": urls}} if urls else {"text": came}
    assert is_same_text(sent, post) is same


def test_a_text_is_read_as_it_was_written() -> None:
    """Links in full, no link for the picture."""
    post = {"text": "A &amp; https://t.co/abc https://t.co/pic", "entities": {"urls": [A_LINK, A_PICTURE]}}
    assert expand_text(post) == "A & https://acme.example/x"


def test_the_request_is_the_reference_s() -> None:
    """Text and media, the picture named by its digest until it has an id."""
    image = an_image()
    prepared = prepare_post(OutgoingSocial(marker="marker-0001", text='Say "hi"', images=(image,)))
    body = json.loads(prepared.body_with({f"media:{image.digest}": "1880"}))
    assert body == {"text": 'Say "hi"', "media": {"media_ids": ["1880"]}}
    assert json.loads(prepare_reply("1", "More")) == {"text": "More", "reply": {"in_reply_to_tweet_id": "1"}}


def a_gif(size: int) -> Image:
    """So many bytes of a GIF."""
    data = (b"GIF89a\x02\x00\x02\x00" + bytes(size))[:size]
    return Image(digest=sha256_bytes(data), media_type="image/gif", data=data, alt="")


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"text": ""}, "no text"),
        ({"text": "a" * 281}, "by 1"),
        ({"text": "a" * 260, "link": "https://acme.example/x"}, "by 5"),
        ({"text": "$ACME and $MORE"}, "2 cashtags"),
        ({"images": tuple(an_image(n) for n in range(5))}, "5 pictures"),
        ({"images": (an_image(), a_gif(100))}, "only alone"),
        ({"images": (a_gif(15_000_001),)}, "15,000,001 bytes"),
        ({"images": (an_image(alt="a" * 1001),)}, "1,001 characters"),
        ({"images": (Image(digest=sha256_bytes(b"RIFF"), media_type="image/webp", data=b"RIFF", alt=""),)}, "webp"),
    ],
)
def test_what_x_would_refuse_is_refused_before(changes: dict[str, object], says: str) -> None:
    """With the limit and by how much it is broken."""
    with pytest.raises(ContentRejected, match=says):
        prepare_post(OutgoingSocial(**{"marker": "marker-0001", "text": "Hi", **changes}))  # type: ignore[arg-type]


@pytest.mark.parametrize("end", [".", ",", "!", "?", ")", "”", ":"])
def test_what_ends_a_sentence_is_no_part_of_an_address(end: str) -> None:
    """It weighs by itself."""
    weight = count_text(f"https://acme.example/x{end}", "x_weighted")
    assert weight == 24
