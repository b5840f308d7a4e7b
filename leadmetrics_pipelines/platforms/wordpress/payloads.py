"""Posts as WordPress wants them, and back: pure functions from values to bytes and from bytes to values.

Numbers in brackets are facts of reference/wordpress.md.
"""

from __future__ import annotations

import html
import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from leadmetrics_pipelines.errors import ContentRejected, InvalidInput
from leadmetrics_pipelines.kit.digests import canonical_json, sha256_bytes
from leadmetrics_pipelines.kit.text import has_letters_or_digits
from leadmetrics_pipelines.platforms.facts import WORDPRESS
from leadmetrics_pipelines.platforms.publishing import (
    Handles,
    Image,
    LivePost,
    OutgoingArticle,
    Prepared,
    Seen,
    check_marker,
)
from leadmetrics_pipelines.platforms.wordpress.errors import describe_size

_SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_MARKER = re.compile(r"<!-- leadmetrics:([0-9A-Za-z-]{8,64}) -->")
_DATE = "%Y-%m-%dT%H:%M:%S"
_CONTEXT = 40
# Names of what was placed, in the handles and in the request.
MEDIA, CATEGORIES, TAGS = "media_id", "category_ids", "tag_ids"


def make_comment(marker: str) -> str:
    """The HTML comment that ends a post's body and says which publication it is: `<!-- leadmetrics:<id> -->`."""
    return f"<!-- leadmetrics:{check_marker(marker)} -->"


@dataclass(frozen=True, kw_only=True)
class PreparedArticle(Prepared):
    """The body of `POST /wp/v2/posts`, in canonical JSON, and the picture and terms that are placed before it."""

    body: bytes
    image: Image | None = None
    categories: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()

    def seen(self) -> Seen:
        sent: dict[str, Any] = json.loads(self.body)
        # Whatever is not exactly our own ending stays in the marker, which then is not the approved one.
        body, _, ending = sent["content"].rpartition("\n")
        match, date = _MARKER.fullmatch(ending), sent.get("date_gmt")
        return Seen(
            marker=match[1] if match else ending,
            title=html.unescape(sent["title"]),
            slug=sent["slug"],
            excerpt=html.unescape(sent["excerpt"]),
            body=body,
            images=(sha256_bytes(self.image.data),) if self.image else (),
            alts=(self.image.alt,) if self.image else (),
            publish_at=datetime.strptime(date, _DATE).replace(tzinfo=UTC) if date else None,
        )

    def carries(self, handles: Handles) -> bool:
        """Whether the body names exactly what was placed."""
        sent: dict[str, Any] = json.loads(self.body)
        named = {MEDIA: str(sent.get("featured_media") or ""), CATEGORIES: _join_ids(sent.get("categories")),
                 TAGS: _join_ids(sent.get("tags"))}  # fmt: skip
        return all(named[name] == handles.get(name, "") for name in named)


def prepare_article(post: OutgoingArticle, handles: Handles) -> PreparedArticle:
    """The request for a post. Titles and excerpts are HTML fields to WordPress, so plain text is escaped."""
    _require_sendable(post)
    fields: dict[str, object] = {
        "title": html.escape(post.title, quote=False),
        "slug": post.slug,
        "excerpt": html.escape(post.excerpt, quote=False),
        "content": f"{post.body_html}\n{make_comment(post.marker)}",
        "status": "publish",
    }
    if post.image is not None and handles.get(MEDIA):
        fields["featured_media"] = int(handles[MEDIA])
    for name, handle, wanted in (("categories", CATEGORIES, post.categories), ("tags", TAGS, post.tags)):
        if wanted and handles.get(handle):
            fields[name] = [int(number) for number in handles[handle].split(",")]
    if post.publish_at is not None:
        # [11] [12] `publish` with a date to come is `future`; with a past one it goes out at once, dated back.
        fields["date_gmt"] = _utc(post.publish_at).strftime(_DATE)
    body = canonical_json(fields)
    most = WORDPRESS.most("request_bytes")
    if len(body) > most:
        msg = f"The post '{post.title}' has {describe_size(len(body))}; {describe_size(most)} fit. Shorten the text."
        raise ContentRejected(msg)
    return PreparedArticle(body=body, image=post.image, categories=post.categories, tags=post.tags)


def _join_ids(numbers: object) -> str:
    return ",".join(str(number) for number in numbers) if isinstance(numbers, list) else ""


def _require_sendable(post: OutgoingArticle) -> None:
    check_marker(post.marker)
    most = WORDPRESS.most("slug_characters")
    if not _SLUG.fullmatch(post.slug) or len(post.slug) > most:
        # [17] Anything else is changed by the site, or matches strangers' drafts when we look for it.
        msg = (
            f"The slug {post.slug!r} must be words of a-z and 0-9 joined by single hyphens, at most {most} characters."
        )
        raise ContentRejected(msg)
    if not has_letters_or_digits(post.title):
        raise ContentRejected(f"The title {post.title!r} has no letters or digits. Give the post a title in words.")
    if post.title != post.title.strip() or post.excerpt != post.excerpt.strip():
        raise ContentRejected(f"The title or excerpt of '{post.title.strip()}' has spaces around it. Remove them.")
    if not post.body_html.strip():
        raise ContentRejected(f"The post '{post.title}' has no body. Write one.")
    if "<!-- leadmetrics:" in post.body_html:
        raise ContentRejected(f"The body of '{post.title}' has a content marker inside. Remove the HTML comment.")


def _utc(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        raise InvalidInput("The time of publishing has no time zone. Give it in UTC.", field="publish_at")
    if moment.microsecond:
        raise InvalidInput("The time of publishing must be in whole seconds.", field="publish_at")
    return moment.astimezone(UTC)


def read_post(answered: dict[str, Any]) -> LivePost:
    """A post of the API as ours. Raises KeyError, TypeError or ValueError when it is none."""
    return LivePost(
        remote_id=str(int(answered["id"])),
        url=_public_url(answered),
        slug=str(answered["slug"]),
        status=str(answered["status"]),
    )


def _public_url(answered: dict[str, Any]) -> str:
    """[7] `link` is `?p=ID` until the post is public; the address it will have is in the template."""
    template, slug = answered.get("permalink_template"), answered.get("generated_slug")
    if answered["status"] != "future" or not template or not slug:
        return str(answered["link"])
    return str(template).replace("%postname%", str(slug))


def compare_post(sent: bytes, answered: dict[str, Any]) -> tuple[str, ...]:
    """What the site kept differently, one sentence each ([6], [8], [15]). Fields it does not show are not judged."""
    fields: dict[str, Any] = json.loads(sent)
    found = [
        _compare_slug(fields["slug"], answered.get("slug")),
        _compare_text("title", fields["title"], _raw(answered, "title"), is_html=False),
        _compare_text("excerpt", fields["excerpt"], _raw(answered, "excerpt"), is_html=False),
        _compare_text("body", fields["content"], _raw(answered, "content"), is_html=True),
        _compare_media(fields.get("featured_media"), answered.get("featured_media")),
        _compare_terms("categories", fields.get("categories"), answered.get("categories")),
        _compare_terms("tags", fields.get("tags"), answered.get("tags")),
        _compare_status(answered.get("status"), is_scheduled="date_gmt" in fields),
        _compare_date(fields.get("date_gmt"), answered.get("date_gmt")),
    ]
    return tuple(sentence for sentence in found if sentence)


def _raw(answered: dict[str, Any], name: str) -> str | None:
    value = answered.get(name)
    raw = value.get("raw") if isinstance(value, dict) else None
    return raw if isinstance(raw, str) else None


def _compare_slug(sent: str, came: object) -> str | None:
    if came == sent:
        return None
    return f"The slug became '{came}' instead of '{sent}': another post of the site has that one."


def _compare_text(name: str, sent: str, came: str | None, *, is_html: bool) -> str | None:
    same = came == sent if is_html else html.unescape(came or "") == html.unescape(sent)
    if came is None or same:
        return None
    at = next((i for i, (a, b) in enumerate(zip(sent, came, strict=False)) if a != b), min(len(sent), len(came)))
    why = " Users without the right unfiltered_html lose some HTML." if is_html else ""
    return f"The site changed the {name}, first at '{sent[at : at + _CONTEXT]}'.{why}"


def _compare_media(sent: int | None, came: object) -> str | None:
    if sent is None or came == sent:
        return None
    return f"The site did not keep the picture (media {sent}): the post has none of that number."


def _compare_terms(name: str, sent: list[int] | None, came: object) -> str | None:
    if not sent or not isinstance(came, list):
        return None
    lost = sorted(set(sent) - set(came))
    return f"The site did not keep the {name} {lost}: it has none of these numbers." if lost else None


def _compare_status(came: object, *, is_scheduled: bool) -> str | None:
    if came == "publish" or (is_scheduled and came == "future"):
        return None
    return f"The post is '{came}' on the site, not public. Look for a plugin there that holds posts back."


def _compare_date(sent: str | None, came: object) -> str | None:
    if sent is None or not isinstance(came, str) or came.removesuffix("Z") == sent:
        return None
    return f"The post is dated {came} on the site instead of {sent} (UTC)."
