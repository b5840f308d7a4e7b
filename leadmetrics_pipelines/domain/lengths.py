"""How long words may be, and how long they should be: a hard cap (the platform's) and a target (the writer's).

One rule for all who ask: the writer's facts, saving, approval, and publishing. The caps come from the platforms' facts
(`services/lengths.py` brings the two together); the targets are our own rule and live here, as data.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from leadmetrics_pipelines.domain.contents import AnyContent, BlogContent, NewsletterContent, SocialContent
from leadmetrics_pipelines.domain.counting import count_text

HASHTAG = re.compile(r"(?<![\w&])#\w+")
MENTION = re.compile(r"(?<![\w.])@\w[\w.]*")
_CASHTAG = re.compile(r"(?<!\w)\$[A-Za-z]{1,6}\b")
_LINK_GAP = "\n\n"
# Where the link of a post has no field of its own and joins the text: always, or beside pictures.
_LINK_IN_TEXT = frozenset({"x"})
_LINK_BESIDE_PICTURES = frozenset({"linkedin", "facebook"})


@dataclass(frozen=True, kw_only=True)
class Cap:
    """The most a platform takes of something, in its own unit."""

    most: int
    unit: str


@dataclass(frozen=True, kw_only=True)
class Target:
    """What a writer aims at, in the unit of the cap (characters where there is none)."""

    low: int
    high: int


@dataclass(frozen=True, kw_only=True)
class Measure:
    """One thing that was counted, and what it may and should be. `most` None: there is no cap."""

    field: str
    label: str
    count: int
    unit: str
    most: int | None
    target: Target | None

    @property
    def over(self) -> int:
        """By how much it is over the cap; 0 when it fits."""
        return max(0, self.count - self.most) if self.most is not None else 0

    @property
    def sentence(self) -> str:
        """What to do about it, for people and agents."""
        if self.over:
            return f"{self.label}: {self.count:,} of at most {self.most:,} {self.words}. Shorten it by {self.over:,}."
        most = f" of {self.most:,}" if self.most is not None else ""
        return f"{self.label}: {self.count:,}{most} {self.words}."

    @property
    def words(self) -> str:
        """The unit, for people."""
        return UNIT_WORDS.get(self.unit, self.unit)


UNIT_WORDS = {
    "characters": "characters",
    "utf16": "characters (emoji count 2)",
    "graphemes": "characters",
    "x_weighted": "characters (a link counts 23, an emoji 2)",
    "linkedin_escaped": "characters (reserved signs count 2)",
}

# Our own rule, for what people read to the end: the platforms take far more.
TARGETS = {
    "linkedin": Target(low=500, high=1300),
    "facebook": Target(low=80, high=500),
    "instagram": Target(low=120, high=600),
    "x": Target(low=70, high=260),
    "tiktok": Target(low=60, high=300),
    "google_business": Target(low=120, high=400),
}
SUBJECT_TARGET = Target(low=20, high=60)
PREVIEW_TARGET = Target(low=35, high=110)
NEWSLETTER_WORDS = Target(low=150, high=450)


# A post there is a picture or a video with words under it.
NEEDS_PICTURE = frozenset({"instagram", "tiktok"})


def text_as_sent(platform: str, content: SocialContent) -> str:
    """The text as it will stand on the platform: with its link where that has no place of its own."""
    joins = platform in _LINK_IN_TEXT or (platform in _LINK_BESIDE_PICTURES and bool(content.images))
    if not content.link or not joins or content.link in content.text:
        return content.text
    return f"{content.text}{_LINK_GAP}{content.link}"


def measure_content(platform: str, caps: dict[str, Cap], content: AnyContent) -> tuple[Measure, ...]:
    """Everything that is counted of this content on this platform, first what people type most of."""
    if isinstance(content, SocialContent):
        return _measure_social(platform, caps, content)
    if isinstance(content, NewsletterContent):
        subject = _measure("subject", "Subject", content.subject, caps.get("subject"), SUBJECT_TARGET)
        preview = _measure("preview_text", "Preview line", content.preview_text, caps.get("preview"), PREVIEW_TARGET)
        return (subject, preview)
    return (_measure("title", "Title", content.title, caps.get("title"), None),)


def _measure_social(platform: str, caps: dict[str, Cap], content: SocialContent) -> tuple[Measure, ...]:
    sent = text_as_sent(platform, content)
    found = [_measure("text", "Text", sent, caps.get("text"), TARGETS.get(platform))]
    if content.first_comment:
        found.append(_measure("first_comment", "First comment", content.first_comment, caps.get("comment"), None))
    counted = (("hashtags", HASHTAG), ("mentions", MENTION), ("cashtags", _CASHTAG))
    for name, pattern in counted:
        if name in caps:
            found.append(_count("text", name, len(pattern.findall(sent)), caps[name]))
    if "images" in caps and content.images:
        found.append(_count("images", "pictures", len(content.images), caps["images"]))
    if "alt" in caps:
        found += [_measure("image_alt", "Picture's description", one.alt, caps["alt"], None) for one in content.images]
    return tuple(found)


def _measure(field: str, label: str, text: str, cap: Cap | None, target: Target | None) -> Measure:
    unit = cap.unit if cap else "characters"
    return Measure(
        field=field, label=label, count=count_text(text, unit), unit=unit, most=cap.most if cap else None, target=target
    )


def _count(field: str, name: str, count: int, cap: Cap) -> Measure:
    return Measure(field=field, label=name.capitalize(), count=count, unit=name, most=cap.most, target=None)


def has_alt_missing(content: AnyContent) -> bool:
    """Whether a picture has no description for people who cannot see it."""
    if isinstance(content, SocialContent):
        return any(not image.alt for image in content.images)
    return isinstance(content, BlogContent) and bool(content.image_digest) and not content.image_alt
