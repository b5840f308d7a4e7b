"""LinkedIn's payloads and error table, without a socket."""

from __future__ import annotations

import json

import pytest

from leadmetrics_pipelines.domain.counting import count_text
from leadmetrics_pipelines.errors import (
    AccessRevoked,
    ContentRejected,
    InvalidInput,
    LeadmetricsError,
    OutcomeUnknown,
    PlatformUnavailable,
    RateLimited,
)
from leadmetrics_pipelines.platforms.linkedin.errors import classify, is_duplicate, read_duplicate
from leadmetrics_pipelines.platforms.linkedin.facts import LINKEDIN
from leadmetrics_pipelines.platforms.linkedin.little_text import escape_text, is_cut_of, is_same_text, unescape_text
from leadmetrics_pipelines.platforms.linkedin.payloads import compare_text, prepare_post
from leadmetrics_pipelines.platforms.publishing import Image, OutgoingSocial
from tests.platforms.builders import an_image
from tests.unit.platforms.answers import an_answer

DUPLICATE = {
    "status": 422,
    "message": "Content is a duplicate of urn:li:share:7141.",
    "errorDetailType": "com.linkedin.common.error.BadRequest",
    "errorDetails": {
        "inputErrors": [{"description": "Duplicate post is detected", "input": {}, "code": "DUPLICATE_POST"}]
    },
}


@pytest.mark.parametrize(
    ("body", "written", "read"),
    [
        (
            {"status": 401, "serviceErrorCode": 65602, "code": "EXPIRED_ACCESS_TOKEN", "message": "has expired"},
            AccessRevoked, AccessRevoked,
        ),
        (
            {"status": 401, "serviceErrorCode": 65601, "code": "REVOKED_ACCESS_TOKEN", "message": "been revoked"},
            AccessRevoked, AccessRevoked,
        ),
        ({"status": 401, "serviceErrorCode": 65600, "message": "Invalid access token"}, AccessRevoked, AccessRevoked),
        (
            {"status": 403, "serviceErrorCode": 100, "code": "ACCESS_DENIED", "message": "Not enough permissions"},
            AccessRevoked, AccessRevoked,
        ),
        ({"status": 429, "serviceErrorCode": 101, "message": "Throttle limit"}, RateLimited, RateLimited),
        ({"status": 400, "code": "ILLEGAL_ARGUMENT", "message": "..."}, ContentRejected, ContentRejected),
        (
            {"status": 426, "code": "NONEXISTENT_VERSION", "message": "Requested version 20250101 is not active"},
            InvalidInput, InvalidInput,
        ),
        ({"status": 426, "message": "worded otherwise"}, InvalidInput, InvalidInput),
        (DUPLICATE, OutcomeUnknown, OutcomeUnknown),
        ({"status": 404, "code": "NOT_FOUND", "message": "Could not find entity"}, ContentRejected, ContentRejected),
        ({"status": 500, "message": "Internal Server Error"}, OutcomeUnknown, PlatformUnavailable),
        ({"status": 503, "message": "Service Unavailable"}, OutcomeUnknown, PlatformUnavailable),
    ],
)  # fmt: skip
def test_a_recorded_body_has_its_family(
    body: dict[str, object], written: type[LeadmetricsError], read: type[LeadmetricsError]
) -> None:
    """When something was written, and when something was only read."""
    for writing, family in ((True, written), (False, read)):
        error = classify(an_answer(int(str(body["status"])), body), doing="Doing", writing=writing)
        assert isinstance(error, family)
        assert error.code == family.__name__


def test_an_edge_in_between_says_nothing_of_linkedin() -> None:
    """Its 403 is no lost access, its 502 after a write is no failure."""
    assert type(classify(an_answer(403, "<h1>No</h1>"), doing="Doing", writing=True)) is PlatformUnavailable
    assert type(classify(an_answer(502, "<h1>Bad</h1>"), doing="Doing", writing=True)) is OutcomeUnknown
    assert type(classify(an_answer(502, "<h1>Bad</h1>"), doing="Doing", writing=False)) is PlatformUnavailable
    assert type(classify(an_answer(201, "garbled"), doing="Doing", writing=True)) is OutcomeUnknown


def test_a_duplicate_names_its_urn() -> None:
    """Only a 422 with that code is one."""
    assert is_duplicate(an_answer(422, DUPLICATE))
    assert read_duplicate(an_answer(422, DUPLICATE)) == "urn:li:share:7141"
    assert not is_duplicate(an_answer(400, DUPLICATE))
    assert read_duplicate(an_answer(422, {"message": "Duplicate"})) is None


@pytest.mark.parametrize(
    ("plain", "escaped"),
    [
        ("Tea", "Tea"),
        ("a (b)", r"a \(b\)"),
        ("C:\\x", "C:\\\\x"),
        ("#garden and #été", "#garden and #été"),
        ("C# and a#b and # alone", r"C\# and a\#b and \# alone"),
        ("#two_words", r"#two\_words"),
        ("me@home.example", r"me\@home.example"),
        ("@[A](urn:li:organization:1)", r"\@\[A\]\(urn:li:organization:1\)"),
        ("{hashtag|#|x}", r"\{hashtag\|\#\|x\}"),
        ("<~*>", r"\<\~\*\>"),
    ],
)
def test_little_text_and_back(plain: str, escaped: str) -> None:
    """Nothing in a text is taken for markup, except its hashtags."""
    assert escape_text(plain) == escaped
    assert unescape_text(escaped) == plain
    assert len(escaped) <= count_text(plain, LINKEDIN.limits["text"].unit)


def test_markup_that_linkedin_makes_is_read_as_words() -> None:
    """Hashtags and mentions may come back in their formal form."""
    came = r"Hi @[Acme \(FR\)](urn:li:organization:1), see {hashtag|\#|two\_words}"
    assert unescape_text(came) == "Hi Acme (FR), see #two_words"


def test_only_what_a_reader_sees_is_a_difference() -> None:
    """Spaces at the ends are none; a cut and a change are told apart."""
    assert is_same_text("a \r\nb\n", "a\nb")
    assert compare_text("All of it", "All of it ") == ()
    assert "cut the text after 4 of 9" in compare_text("All of it", "All ")[0]
    assert "changed the text, first at 'of it'" in compare_text("All of it", "All is it")[0]


def test_a_cut_is_known_by_what_follows_it() -> None:
    """LinkedIn cuts before a reserved character and nowhere else."""
    assert is_cut_of("All (of it)", "All ")
    assert not is_cut_of("All of it", "All ")
    assert not is_cut_of("All (of it)", "All (of it)")
    assert not is_cut_of("(of it)", "")


def test_the_request_is_the_reference_s() -> None:
    """Every field, with the picture named by its digest until it has a URN."""
    image = an_image(alt="A bench")
    item = OutgoingSocial(marker="marker-0001", text="Out (side)", images=(image,))
    prepared = prepare_post(item, author="urn:li:organization:1")
    urn = "urn:li:image:C4"
    assert json.loads(prepared.body_with({f"image:{image.digest}": urn})) == {
        "author": "urn:li:organization:1",
        "commentary": r"Out \(side\)",
        "visibility": "PUBLIC",
        "distribution": {"feedDistribution": "MAIN_FEED", "targetEntities": [], "thirdPartyDistributionChannels": []},
        "content": {"media": {"id": urn, "altText": "A bench"}},
        "lifecycleState": "PUBLISHED",
        "isReshareDisabledByAuthor": False,
    }
    assert prepare_post(item, author="urn:li:organization:1").body == prepared.body


def test_a_text_cannot_pass_for_a_picture() -> None:
    """The name of a picture inside a text stays text."""
    image = an_image()
    name = f'"image:{image.digest}"'
    item = OutgoingSocial(marker="marker-0001", text=f"Look: {name}", images=(image,))
    body = prepare_post(item, author="a").body_with({f"image:{image.digest}": "urn:li:image:1"})
    assert unescape_text(json.loads(body)["commentary"]) == item.text


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"text": " "}, "no text"),
        ({"text": "a" * 3001}, "by 1"),
        ({"text": "(" * 1501}, "by 2"),
        ({"images": tuple(an_image(n) for n in range(21))}, "21 pictures"),
        ({"images": (an_image(alt="a" * 4087),)}, "4,087 characters"),
        ({"images": (Image(digest="0" * 64, media_type="image/png", data=b"x", alt=""),)}, "another digest"),
    ],
)
def test_what_linkedin_would_refuse_is_refused_before(changes: dict[str, object], says: str) -> None:
    """With the limit and by how much it is broken."""
    with pytest.raises(ContentRejected, match=says):
        prepare_post(OutgoingSocial(**{"marker": "marker-0001", "text": "Hi", **changes}), author="a")  # type: ignore[arg-type]


def test_each_change_is_seen_in_the_bytes() -> None:
    """What is read back is the bytes, not the item."""
    item = OutgoingSocial(marker="marker-0001", text="Out", link="https://acme.example/x")
    prepared = prepare_post(item, author="a")
    assert (prepared.seen().body, prepared.seen().link) == (item.text, item.link)
    changed = type(prepared)(
        body=prepared.body.replace(b"acme.example", b"evil.example"), images=(), text_length=3, link=item.link
    )
    assert changed.seen().link == "https://evil.example/x"
