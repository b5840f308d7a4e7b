"""Which field of a collection takes which part of a post: each site has its own schema.

The map is made when connecting and kept with the channel, so that preparing a post asks nobody. References to other
collections (authors, categories as items) are left alone: a collection that demands one cannot be used.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from leadmetrics_pipelines.errors import InvalidInput

_NAME, _SLUG = "name", "slug"
# By part: the type of the field, the usual names of it, and whether any other field of the type does as well.
_WANTED = {
    "body": ("RichText", ("post-body", "body", "content", "article-body", "text"), True),
    "excerpt": ("PlainText", ("post-summary", "summary", "excerpt", "description", "meta-description"), False),
    "image": ("Image", ("main-image", "image", "cover-image", "hero-image", "thumbnail-image"), True),
    "categories": ("PlainText", ("category", "categories"), False),
    "tags": ("PlainText", ("tags", "tag", "keywords"), False),
}


class FieldMap(BaseModel):
    """The slugs of a collection's fields, by part of the post; None where the collection has no place for it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    body: str
    excerpt: str | None = None
    image: str | None = None
    categories: str | None = None
    tags: str | None = None
    image_required: bool = False

    def to_text(self) -> str:
        """As it is kept with the channel."""
        return self.model_dump_json(exclude_none=True)

    def describe(self) -> dict[str, str]:
        """For people: part of the post, and the field that takes it."""
        return {part: slug for part in _WANTED if (slug := getattr(self, part))}


def read_fields(text: str) -> FieldMap:
    """The map of a channel. Raises InvalidInput when it is not there or damaged."""
    try:
        return FieldMap.model_validate(json.loads(text))
    except (ValueError, ValidationError) as error:
        msg = "The channel does not know the fields of its collection. Connect it again."
        raise InvalidInput(msg, field="fields") from error


def map_fields(schema: Sequence[dict[str, Any]]) -> FieldMap | str:
    """The map for a collection's fields, or why it cannot be used and what to do."""
    found = {part: _pick(schema, *wanted) for part, wanted in _WANTED.items()}
    if not found["body"]:
        return "It has no field for formatted text. Choose the collection of your blog posts."
    taken = {_NAME, _SLUG, *found.values()}
    missing = [str(field.get("displayName") or field["slug"]) for field in schema if _is_open(field, taken)]
    if missing:
        return f"It demands {' and '.join(missing)}, which cannot be filled. Make that optional in Webflow."
    image = next((field for field in schema if field["slug"] == found["image"]), {})
    return FieldMap.model_validate({**found, "image_required": bool(image.get("isRequired"))})


def site_address(site: dict[str, Any]) -> str:
    """Where a site is public: its first own domain, else Webflow's."""
    domains = site.get("customDomains") or []
    host = str(domains[0]["url"]) if domains else f"{site['shortName']}.webflow.io"
    return f"https://{host.removeprefix('https://').removeprefix('http://').rstrip('/')}"


def _pick(schema: Sequence[dict[str, Any]], kind: str, names: tuple[str, ...], any_other: bool) -> str | None:  # noqa: FBT001  unpacked from the table
    slugs = [str(field["slug"]) for field in schema if field.get("type") == kind and field["slug"] != _NAME]
    usual = [name for name in names if name in slugs]
    return next(iter([*usual, *(slugs if any_other else ())]), None)


def _is_open(field: dict[str, Any], taken: set[str | None]) -> bool:
    return bool(field.get("isRequired")) and field["slug"] not in taken
