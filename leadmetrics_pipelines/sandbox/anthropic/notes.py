"""What a reviewer's note asks for, and the passage that answers it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from leadmetrics_pipelines.sandbox.anthropic.choice import pick
from leadmetrics_pipelines.sandbox.anthropic.library import Section, fill
from leadmetrics_pipelines.sandbox.anthropic.tenant import at_start, within_sentence

_SUBJECT = re.compile(
    r"\b(?:add|mention|include|explain|cover|address|describe|say more about|say something about|talk about|"
    r"focus (?:more )?on|more about|more on|nothing about|nothing on|missing|lacks?|needs?|want|see)\b[:\s]+"
    r"(?P<subject>[^.;!?\n]{3,90})",
    re.IGNORECASE,
)
_LEAD_IN = re.compile(
    r"^(?:(?:please|also|more|something|a (?:short )?(?:section|paragraph|sentence|word|note|part)|about|on|for|to|"
    r"that|is|an?|some|the fact|us|readers?|it)\s+)+",
    re.IGNORECASE,
)
_ABOUT_FORM = re.compile(
    r"\b(title|headline|tone|shorter|longer|too long|too short|formal|friendl\w*|sales\w*)\b", re.IGNORECASE
)


@dataclass(frozen=True, kw_only=True)
class Wishes:
    """What all notes together ask for."""

    passages: tuple[Section, ...] = ()
    tone: str | None = None
    is_shorter: bool = False
    is_longer: bool = False
    new_title: bool = False


def read_notes(texts: list[str], words: Mapping[str, str]) -> Wishes:
    """The wishes in the notes, oldest first; each note leaves at least one trace."""
    joined = " ".join(texts).lower()
    passages = [_passage(text, words) for text in dict.fromkeys(map(_plain, texts)) if text]
    return Wishes(
        passages=tuple(passages),
        tone=_tone(joined),
        is_shorter=bool(re.search(r"\b(shorter|too long|shorten|trim)\b", joined)),
        is_longer=bool(re.search(r"\b(longer|too short|more detail|expand|deeper)\b", joined)),
        new_title=bool(re.search(r"\b(title|headline)\b", joined)),
    )


def _tone(notes: str) -> str | None:
    if re.search(r"friendl|warm|casual|less formal|too formal|too stiff|more personal", notes):
        return "friendly"
    if re.search(r"more formal|professional|serious|too casual", notes):
        return "formal"
    return "plain" if re.search(r"sales|pushy|plain|hype", notes) else None


def _passage(note: str, words: Mapping[str, str]) -> Section:
    if re.search(r"\b(example|case study|story)\b", note, re.IGNORECASE):
        return _example(note, words)
    found = _SUBJECT.search(note)
    subject = _LEAD_IN.sub("", found["subject"]).strip(" ,:-") if found else ""
    if subject and " that " in f" {found['subject'] if found else ''} ":
        return _statement(subject, words)
    if subject and not _ABOUT_FORM.search(subject):
        return _about(within_sentence(subject), words)
    return _question(note, words)


_ABOUT_BODIES = (
    (
        "{Subject}: few things come up as often when {audience} talk to us about {product}. It deserves a plain "
        "answer, and it belongs in the written offer rather than in a conversation that everybody remembers "
        "differently. Ask what is included, for how long, and who stands behind it. At {tenant} that takes five "
        "minutes."
    ),
    (
        "No honest piece about {product} is complete without {subject}. It changes the comparison more than a few "
        "percent of the price do, because it decides what the next years look like. Put it near the top of your "
        "list, and let every supplier answer it in their own words."
    ),
    (
        "It is easy to overlook {subject} while everybody talks about the purchase. Make it one of the first "
        "questions. {tenant} is glad to show what it means in practice, with a customer in {location} where it "
        "mattered."
    ),
)


def _about(subject: str, words: Mapping[str, str]) -> Section:
    filled = {**words, "subject": subject, "Subject": at_start(subject)}
    return Section(heading=fill("A word on {subject}", filled), body=fill(pick(_ABOUT_BODIES, subject), filled))


def _statement(subject: str, words: Mapping[str, str]) -> Section:
    body = (
        "{Subject}. We say it here because it is asked so often, and because it is easy to miss when offers for "
        "{product} are compared by price alone. If it matters for your decision, have it confirmed in writing."
    )
    return Section(heading="Worth knowing", body=fill(body, {**words, "Subject": at_start(subject)}))


def _example(note: str, words: Mapping[str, str]) -> Section:
    body = (
        "A customer of ours in {location} came with a familiar problem: two quotes for {product}, far apart, and no "
        "way to tell why. We went through both line by line. The cheaper one left out delivery, instruction and the "
        "second visit; the dearer one counted a part twice. Corrected, they differed by very little, and the choice "
        "was made on service instead. The whole exercise took an afternoon."
    )
    return Section(
        heading=pick(("An example from practice", "How it went for one customer"), note), body=fill(body, words)
    )


def _question(note: str, words: Mapping[str, str]) -> Section:
    body = (
        "An early reader of this piece put it like this: “{note}” Fair enough. Behind the remark is something that "
        "concerns many {audience}: advice on {product} is only useful when it fits the case at hand. So take the "
        "points here as a starting list, weigh them against your own situation, and tell us where they do not fit."
    )
    filled = {**words, "note": note[:160].rstrip(" .") + "."}
    return Section(heading=pick(("A fair objection", "A reader's remark"), note), body=fill(body, filled))


def _plain(note: str) -> str:
    """A note without anything that Markdown or HTML would read."""
    return " ".join(re.sub(r"<[^>]*>|[<>\[\]`*#_|\\{}]", " ", note).split())
