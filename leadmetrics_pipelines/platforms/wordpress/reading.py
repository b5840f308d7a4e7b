"""Answers of WordPress as the JSON they should be, or an error that says what came instead. Reads only."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from leadmetrics_pipelines.errors import PlatformUnavailable
from leadmetrics_pipelines.kit.http import Answer
from leadmetrics_pipelines.platforms.wordpress.errors import classify

JSON = {"Content-Type": "application/json"}


def read_list(answer: Answer, *, doing: str) -> list[dict[str, Any]]:
    """The objects of a list. Raises what `classify` makes of anything else."""
    found = _read_json(answer, doing=doing)
    if not isinstance(found, list):
        raise PlatformUnavailable(
            f"{doing}: {answer.where} answered something that is no list. Look at the site's plugins."
        )
    return [entry for entry in found if isinstance(entry, dict)]


def read_object(answer: Answer, *, doing: str) -> dict[str, Any]:
    """One object. Raises what `classify` makes of anything else."""
    found = _read_json(answer, doing=doing)
    if not isinstance(found, dict):
        raise PlatformUnavailable(f"{doing}: {answer.where} answered something that is no object. Look at its plugins.")
    return found


def _read_json(answer: Answer, *, doing: str) -> object:
    if answer.status not in {HTTPStatus.OK, HTTPStatus.CREATED}:
        raise classify(answer, doing=doing, writing=False)
    try:
        return answer.json()
    except ValueError as error:
        raise classify(answer, doing=doing, writing=False) from error
