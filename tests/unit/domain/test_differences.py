"""Word-level differences: nothing is lost, and what did not change is shown as such."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from leadmetrics_pipelines.domain import differences
from leadmetrics_pipelines.domain.differences import Change, Piece, diff_words

WORDY = st.lists(
    st.sampled_from(["spring", " ", "sale", "\n", "\r\n", "\u2028", ", ", "é", "e\u0301", "👍🏽", "\0"])
).map("".join)


@given(st.text() | WORDY, st.text() | WORDY)
@example("a\x1cb", "a\x85b")
def test_the_pieces_give_both_texts_back(before: str, after: str) -> None:
    """Same and removed pieces are the text before, same and added ones the text after, byte for byte."""
    pieces = diff_words(before, after)
    assert "".join(piece.text for piece in pieces if piece.change is not Change.ADDED) == before
    assert "".join(piece.text for piece in pieces if piece.change is not Change.REMOVED) == after
    assert all(piece.text for piece in pieces)


@given(st.text() | WORDY)
def test_a_text_does_not_differ_from_itself(text: str) -> None:
    """One piece, or none for no text."""
    assert diff_words(text, text) == ((Piece(Change.SAME, text),) if text else ())


def test_one_changed_word_is_one_removed_and_one_added_piece() -> None:
    """The words around it stay."""
    assert diff_words("We like red roses.", "We like blue roses.") == (
        Piece(Change.SAME, "We like "), Piece(Change.REMOVED, "red"), Piece(Change.ADDED, "blue"),
        Piece(Change.SAME, " roses."),
    )  # fmt: skip


def test_very_long_texts_are_compared_by_lines_on_both_sides(monkeypatch: pytest.MonkeyPatch) -> None:
    """Even when only one of them is long: its unchanged lines still count as unchanged."""
    monkeypatch.setattr(differences, "_MOST_WORDS", 400)
    long, short = "a line of words\n" * 60, "a line of words\n" * 40
    pieces = diff_words(long, short)
    assert "".join(piece.text for piece in pieces if piece.change is not Change.ADDED) == long
    assert [piece.text for piece in pieces if piece.change is Change.SAME] == [short]
