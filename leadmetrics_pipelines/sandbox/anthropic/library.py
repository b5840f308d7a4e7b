"""The articles the sandbox can write: one Markdown file per angle in `articles/`, with placeholders.

A file opens with `title:` (several), `keyword:`, `intent:`, `signs:` and `brief:` lines; then come the opening and the
sections, each under an H2. Placeholders are those of `TenantFacts.words`.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources


@dataclass(frozen=True, kw_only=True)
class Section:
    """A heading and the Markdown under it, placeholders filled or not."""

    heading: str
    body: str

    def filled(self, words: Mapping[str, str]) -> Section:
        """With the placeholders replaced."""
        return Section(heading=fill(self.heading, words), body=fill(self.body, words))

    def markdown(self) -> str:
        """As it stands in the article."""
        return f"## {self.heading}\n\n{self.body}" if self.heading else self.body


@dataclass(frozen=True, kw_only=True)
class Article:
    """One angle from which a blog post can be written."""

    name: str
    titles: tuple[str, ...]
    keyword: str
    intent: str
    signs: frozenset[str]
    brief: str
    opening: str
    sections: tuple[Section, ...]


@functools.cache
def all_articles() -> tuple[Article, ...]:
    """Every article, by name."""
    folder = resources.files(__package__).joinpath("articles")
    files = sorted((file for file in folder.iterdir() if file.name.endswith(".md")), key=lambda file: file.name)
    return tuple(parse(file.name.removesuffix(".md"), file.read_text(encoding="utf-8")) for file in files)


def parse(name: str, text: str) -> Article:
    """An article from its file's text."""
    head, _, body = text.partition("\n\n")
    fields = [line.partition(": ") for line in head.splitlines()]
    one = {key: value for key, _, value in fields}
    opening, *sections = re.split(r"^## ", body.strip(), flags=re.MULTILINE)
    return Article(
        name=name,
        titles=tuple(value for key, _, value in fields if key == "title"),
        keyword=one["keyword"],
        intent=one["intent"],
        signs=frozenset(one["signs"].split()),
        brief=one["brief"],
        opening=opening.strip(),
        sections=tuple(_section(section) for section in sections),
    )


def fill(text: str, words: Mapping[str, str]) -> str:
    """The text with `{placeholders}` replaced; what the words contain is never replaced again."""
    return re.sub(r"\{(\w+)\}", lambda found: words.get(found[1], found[0]), text)


def _section(text: str) -> Section:
    heading, _, body = text.partition("\n")
    return Section(heading=heading.strip(), body=body.strip())
