"""Markdown as the reference pages use it: tables, code, one notice at the top. Knows nothing of what is described."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterable, Sequence

NOTICE = "<!-- Made from the code by `make reference`. Change the code, not this page. -->"


def page(title: str, *parts: str) -> str:
    """A whole page."""
    return "\n\n".join([NOTICE, f"# {title}", *(part.strip("\n") for part in parts if part)]) + "\n"


def table(headings: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A table; an empty one is a sentence."""
    lines = [f"| {' | '.join(_cell(value) for value in row)} |" for row in rows]
    if not lines:
        return "There is none."
    return "\n".join([f"| {' | '.join(headings)} |", f"|{' --- |' * len(headings)}", *lines])


def code(value: object) -> str:
    """Inline code; nothing for nothing."""
    text = str(value)
    return f"`{text}`" if text else ""


def codes(values: Iterable[object]) -> str:
    """Inline codes, joined by commas."""
    return ", ".join(code(value) for value in values)


def first_paragraph(text: str | None) -> str:
    """The first paragraph of a docstring, in one line."""
    return " ".join(inspect.cleandoc(text or "").partition("\n\n")[0].split())


def whole_text(text: str | None) -> str:
    """A docstring in one line."""
    return " ".join(inspect.cleandoc(text or "").split())


def _cell(value: object) -> str:
    return re.sub(r"\s+", " ", str(value)).replace("|", "\\|").strip()
