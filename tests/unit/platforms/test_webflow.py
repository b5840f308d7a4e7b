"""Webflow's field map, payloads, and errors as the reference records them (platform_apis.md 9)."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

import pytest

from leadmetrics_pipelines.errors import AccessRevoked, ContentRejected, InvalidInput, LeadmetricsError, RateLimited
from leadmetrics_pipelines.platforms.webflow.errors import DIALECT
from leadmetrics_pipelines.platforms.webflow.fields import FieldMap, map_fields, read_fields, site_address
from leadmetrics_pipelines.platforms.webflow.payloads import add_image, compare_item, is_ours, prepare_item
from tests.platforms.articles import a_picture, an_article
from tests.unit.platforms.answers import an_answer
from tests.unit.platforms.judging import judge

FIELDS = FieldMap(body="post-body", excerpt="post-summary", image="main-image", tags="tags")


def a_field(slug: str, kind: str = "PlainText", **more: object) -> dict[str, Any]:
    """One of a schema."""
    return {"slug": slug, "type": kind, "displayName": slug.title(), **more}


@pytest.mark.parametrize(
    ("status", "code", "message", "family"),
    [
        (400, "validation_error", "Validation Error", ContentRejected),
        (401, "not_authorized", "Request not authorized", AccessRevoked),
        (403, "missing_scopes", "Missing scopes", AccessRevoked),
        (403, "forbidden", "Forbidden", AccessRevoked),
        (404, "resource_not_found", "Requested resource not found", InvalidInput),
        (409, "conflict", "Conflict: The collection structure changed since the last publish", InvalidInput),
        (429, "too_many_requests", "Rate limit hit", RateLimited),
        (400, "a_code_nobody_knows", "Hm", ContentRejected),
    ],
)
def test_a_recorded_error(status: int, code: str, message: str, family: type[LeadmetricsError]) -> None:
    """By its code, or else its status."""
    body: dict[str, object] = {"message": message, "code": code, "externalReference": None, "details": []}
    assert type(judge(DIALECT, an_answer(status, body), writing=True)) is family


def test_the_parameter_that_does_not_fit_is_named() -> None:
    """With what Webflow says of it."""
    details = [{"param": "slug", "description": "Unique value is already in database"}]
    body = {"message": "Validation Error", "code": "validation_error", "externalReference": None, "details": details}
    assert "slug: Unique value" in str(judge(DIALECT, an_answer(400, body), writing=True))


def test_fields_are_found_by_type_and_usual_name() -> None:
    """Another rich text or image field does as well; plain text only under a usual name."""
    basics = [a_field("name", isRequired=True), a_field("slug", isRequired=True)]
    usual = [a_field("intro", "RichText"), a_field("post-body", "RichText"), a_field("summary"), a_field("color")]
    assert map_fields([*basics, *usual]) == FieldMap(body="post-body", excerpt="summary")
    odd = [a_field("erzaehlung", "RichText"), a_field("bild", "Image", isRequired=True)]
    assert map_fields([*basics, *odd]) == FieldMap(body="erzaehlung", image="bild", image_required=True)


def test_a_collection_that_cannot_be_filled_says_why() -> None:
    """No text, or a demand that nobody can meet."""
    assert "formatted text" in str(map_fields([a_field("name")]))
    found = map_fields([a_field("body", "RichText"), a_field("author", "Reference", isRequired=True)])
    assert "demands Author" in str(found)


def test_the_kept_map_reads_back() -> None:
    """As it was made."""
    assert read_fields(FIELDS.to_text()) == FIELDS


def test_a_site_is_at_its_own_domain_first() -> None:
    """Else at Webflow's."""
    assert site_address({"shortName": "acme", "customDomains": []}) == "https://acme.webflow.io"
    own = {"shortName": "acme", "customDomains": [{"id": "1", "url": "www.acme.example"}]}
    assert site_address(own) == "https://www.acme.example"


def test_what_is_sent_reads_back_as_what_was_approved() -> None:
    """From the bytes; parts without a field are not sent and not compared."""
    item = an_article(image=a_picture(), tags=("teak", "oil"), categories=("Chairs",))
    seen = prepare_item(item, FIELDS).seen()
    assert item.image
    assert (seen.title, seen.slug, seen.excerpt, seen.body) == (item.title, item.slug, item.excerpt, item.body_html)
    assert (seen.images, seen.alts, seen.marker) == ((item.image.digest,), ("A chair",), None)
    bare = prepare_item(item, FieldMap(body="text")).seen()
    assert (bare.excerpt, bare.images, bare.alts, bare.body) == (None, None, None, item.body_html)


def test_only_the_pictures_address_is_added() -> None:
    """Once it is known; all else stays byte for byte what was prepared."""
    prepared = prepare_item(an_article(image=a_picture()), FIELDS)
    whole = json.loads(add_image(prepared, "https://store.example/x.png"))
    assert whole["fieldData"].pop("main-image") == {"url": "https://store.example/x.png", "alt": "A chair"}
    assert whole == json.loads(prepared.item)
    without = prepare_item(an_article(), FIELDS)
    assert add_image(without, "") == without.item


def test_a_picture_that_does_not_fit_is_refused() -> None:
    """Another type, too large, other bytes than approved, none where one is demanded."""
    picture = a_picture()
    for image, told in (
        (dataclasses.replace(picture, media_type="image/tiff"), "tiff"),
        (dataclasses.replace(picture, data=b"x" * (4 * 1024 * 1024 + 1)), "Webflow takes 4"),
        (dataclasses.replace(picture, data=b"x"), "another digest"),
    ):
        with pytest.raises(ContentRejected, match=told):
            prepare_item(an_article(image=image), FIELDS)
    with pytest.raises(ContentRejected, match="demands a picture"):
        prepare_item(an_article(), FieldMap(body="text", image="bild", image_required=True))


def test_an_item_is_ours_by_slug_title_and_words() -> None:
    """A suffix of five hexadecimal digits may hang on the slug; HTML may be written anew, words not."""
    prepared = prepare_item(an_article(), FIELDS)
    data = {**prepared.data, "post-body": prepared.data["post-body"].replace("\n", "").replace("<p>", '<p id="">')}
    assert is_ours({"fieldData": data}, prepared)
    assert is_ours({"fieldData": {**data, "slug": data["slug"] + "-e9f6b"}}, prepared)
    for other in ({"slug": data["slug"] + "-again"}, {"name": "Another"}, {"post-body": "<p>Other words</p>"}):
        assert not is_ours({"fieldData": {**data, **other}}, prepared)


def test_what_was_changed_is_told() -> None:
    """One sentence each; a lost picture too."""
    prepared = prepare_item(an_article(image=a_picture()), FIELDS)
    found = {**prepared.data, "slug": "other", "post-body": "<p>Small and sturdy.</p>"}
    slug, text, picture = compare_item({"fieldData": found}, prepared)
    assert "slug is 'other'" in slug
    assert "first at '& sturdy" in text
    assert "picture" in picture
