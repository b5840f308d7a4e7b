"""Previews: a social post as its platform shows it, a newsletter as a mailbox shows it, and what is counted of either.

What is counted is the answer of `services/lengths.py`; nothing is counted here. Pictures come from the tenant's own
store, so that a preview asks no platform for anything.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from leadmetrics_pipelines.domain.contents import AnyContent, NewsletterContent, Picture, SocialContent
from leadmetrics_pipelines.domain.counting import COUNTERS, count_text
from leadmetrics_pipelines.domain.lengths import UNIT_WORDS, Measure, text_as_sent
from leadmetrics_pipelines.platforms.facts import facts_of
from leadmetrics_pipelines.review.presenters.appearances import APPEARANCES, Appearance, LinkShown
from leadmetrics_pipelines.review.presenters.marks import Mark, find_fold, fold_marks, mark_text
from leadmetrics_pipelines.services.lengths import lacks_picture, measure

_HANDLED = ("x", "instagram", "tiktok")
_NOW = "As soon as it is approved"
# Mailboxes differ; about this much of a subject is shown on a phone.
SUBJECT_ON_A_PHONE = 40


@dataclass(frozen=True, kw_only=True)
class Counter:
    """One thing that is counted: `312 / 3,000 characters as LinkedIn counts`.

    `typed`: whether it is the length of a field of the editor (and not a number of hashtags). `extra`: what the
    platform's text has beyond the typed one (a link that joins it), for counting while typing.
    """

    field: str
    text: str
    detail: str
    count: int
    over: int
    most: int | None
    unit: str
    typed: bool
    extra: int = 0


@dataclass(frozen=True, kw_only=True)
class Account:
    """Who posts. `handle` is without its @, and empty where the platform shows none."""

    platform: str
    name: str
    handle: str

    @property
    def monogram(self) -> str:
        """The first letter or digit of the name."""
        return next((char.upper() for char in self.name if char.isalnum()), "?")


@dataclass(frozen=True, kw_only=True)
class LinkCard:
    """A link as it is shown under a text; its title is a guess from the address, and the page says so."""

    host: str
    title: str
    href: str


@dataclass(frozen=True, kw_only=True)
class ShownPicture:
    """A picture of the tenant's store. `more`: how many are behind it, unseen."""

    src: str
    alt: str
    more: int = 0


@dataclass(frozen=True, kw_only=True)
class SocialPreview:
    """A post on one platform. `head` is shown, `rest` is behind the fold; `notes` say what a picture cannot."""

    platform: str
    look: Appearance
    account: Account
    when: str
    head: tuple[Mark, ...]
    rest: tuple[Mark, ...]
    pictures: tuple[ShownPicture, ...]
    picture_missing: str
    card: LinkCard | None
    first_comment: tuple[Mark, ...]
    counters: tuple[Counter, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class NewsletterPreview:
    """A newsletter in the list of a mailbox, and its head when opened. `src`: the frame with its body."""

    account: Account
    from_name: str
    reply_to: str
    subject: str
    subject_short: str
    preview_text: str
    when: str
    src: str
    counters: tuple[Counter, ...]


def account_of(platform: str, name: str, address: str) -> Account:
    """Who posts, from what is known of the channel."""
    last = unquote(urlsplit(address).path).strip("/").rpartition("/")[2].removeprefix("@")
    return Account(platform=platform, name=name, handle=last if platform in _HANDLED else "")


def present_social(account: Account, content: SocialContent, *, base: str, when: str = "") -> SocialPreview | None:
    """The post as the platform shows it; None for a platform that shows no posts. `base`: the tenant's address."""
    look = APPEARANCES.get(account.platform)
    if look is None:
        return None
    text = text_as_sent(account.platform, content)
    at = find_fold(text, characters=look.fold.phone, lines=look.fold.lines) if look.fold else len(text)
    head, rest = fold_marks(mark_text(text), at)
    missing = f"{look.name} takes no post without a picture." if lacks_picture(account.platform, content) else ""
    return SocialPreview(
        platform=account.platform, look=look, account=account, when=when or _NOW, head=head, rest=rest,
        pictures=_pictures(content.images, look, base), picture_missing=missing, card=_card(content, look),
        first_comment=mark_text(content.first_comment), counters=count_for(account.platform, content),
        notes=tuple(_notes(content, look, folded=bool(rest))),
    )  # fmt: skip


def present_newsletter(
    account: Account, content: NewsletterContent, *, src: str = "", when: str = ""
) -> NewsletterPreview:
    """The newsletter in a mailbox."""
    at = find_fold(content.subject, characters=SUBJECT_ON_A_PHONE, lines=1)
    return NewsletterPreview(
        account=Account(platform=account.platform, name=content.from_name or account.name, handle=""),
        from_name=content.from_name, reply_to=content.reply_to, subject=content.subject,
        subject_short=content.subject if at == len(content.subject) else f"{content.subject[:at].rstrip()}…",
        preview_text=content.preview_text, when=when or _NOW, src=src, counters=count_for(account.platform, content),
    )  # fmt: skip


def count_for(platform: str, content: AnyContent) -> tuple[Counter, ...]:
    """Everything that is counted and worth a line, the text first."""
    look = APPEARANCES.get(platform)
    name = look.name if look else facts_of(platform).title
    return tuple(_counter(one, name, content) for one in measure(platform, content) if _is_worth_a_line(one))


def _is_worth_a_line(one: Measure) -> bool:
    # No hashtag, or one more description that fits: nobody asks.
    return bool(one.over) or (one.field != "image_alt" and (one.unit in COUNTERS or one.count > 0))


def _counter(one: Measure, name: str, content: AnyContent) -> Counter:
    counted = one.unit in COUNTERS
    noun = "characters" if counted else one.unit
    most = f" / {one.most:,}" if one.most is not None else ""
    tail = f" as {name} counts" if counted and one.field == "text" else ""
    text = f"{one.count:,}{most} {noun}{tail}"
    detail = f"{one.over:,} too many" if one.over else _aim(one)
    typed = getattr(content, one.field, None) if counted else None
    extra = one.count - count_text(typed, one.unit) if isinstance(typed, str) and typed else 0
    label = "" if one.field == "text" else one.label
    return Counter(
        field=one.field, text=f"{label}: {text}" if label and counted else text, detail=detail, count=one.count,
        over=one.over, most=one.most, unit=one.unit, typed=isinstance(typed, str), extra=extra,
    )  # fmt: skip


def _aim(one: Measure) -> str:
    words = UNIT_WORDS.get(one.unit, "").partition("(")[2].rstrip(")")
    aim = ""
    if one.target is not None and one.count:
        if one.count > one.target.high:
            aim = f"longer than the {one.target.high:,} we aim at"
        elif one.count < one.target.low:
            aim = f"shorter than the {one.target.low:,} we aim at"
    return "; ".join(part for part in (aim, words) if part)


def _pictures(images: tuple[Picture, ...], look: Appearance, base: str) -> tuple[ShownPicture, ...]:
    shown = images[: look.pictures]
    behind = len(images) - len(shown)
    return tuple(
        ShownPicture(src=f"{base}/images/{one.digest}", alt=one.alt, more=behind if n == len(shown) else 0)
        for n, one in enumerate(shown, start=1)
        if one.digest.isalnum()
    )


def _card(content: SocialContent, look: Appearance) -> LinkCard | None:
    link = content.link or ""
    if look.link is LinkShown.NOWHERE or (look.link is LinkShown.CARD and content.images):
        return None
    if not link.startswith(("https://", "http://")):
        return None
    try:
        parts = urlsplit(link)
    except ValueError:
        return None
    host = (parts.netloc.rpartition("@")[2]).removeprefix("www.")
    return LinkCard(host=host, title=_title_of(parts.path) or host, href=link) if host else None


def _title_of(path: str) -> str:
    words = unquote(path).strip("/").rpartition("/")[2].partition(".")[0].replace("-", " ").replace("_", " ").strip()
    return words[:1].upper() + words[1:]


def _notes(content: SocialContent, look: Appearance, *, folded: bool) -> Iterable[str]:
    if look.fold and folded:
        wide = f", {look.fold.wide} on a wide screen" if look.fold.wide != look.fold.phone else ""
        lines = f" or {look.fold.lines} lines" if look.fold.lines else ""
        yield (
            f"Folded as on a phone, after about {look.fold.phone} characters{lines}{wide}. Observed by others"
            f" ({look.fold.source}, read {look.fold.checked:%d %b %Y}); {look.name} documents no such figure."
        )
    if content.link and look.link is LinkShown.NOWHERE:
        yield f"{look.name} gives the link no place: {content.link} is not published."
    if content.link and look.link is LinkShown.CARD and content.images:
        yield f"With pictures {look.name} shows no link card, so the link follows the text."
    if content.link and look.link is LinkShown.CARD and not content.images:
        yield "The card's title and picture come from the page when it is posted; here they are guessed."
    if content.images:
        yield look.crop
    if any(not one.alt.strip() for one in content.images):
        yield "A picture has no description for people who cannot see it."
