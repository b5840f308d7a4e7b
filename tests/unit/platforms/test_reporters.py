"""Every platform with a formula can be read, and its room tells the facts that the formula asks for."""

from __future__ import annotations

import importlib
import inspect
import re
import sys

import pytest

from leadmetrics_pipelines.domain.scoring.formulas import FORMULAS
from leadmetrics_pipelines.platforms import articles, reporters
from leadmetrics_pipelines.services import derived_facts

# Made of several readings, by `services/derived_facts.py`.
DERIVED = {"story_day_share"}


@pytest.mark.parametrize("platform", sorted(FORMULAS))
def test_a_room_tells_the_facts_of_its_formula(platform: str) -> None:
    """Each fact is named where the room, or what it is made of, lists its facts."""
    assert reporters.is_read(platform)
    module, name = reporters._REPORTERS.get(platform, ("wordpress.reporter", "WordPressReporter"))
    room = importlib.import_module(f"leadmetrics_pipelines.platforms.{module}")
    parts = [sys.modules[base.__module__] for base in inspect.getmro(getattr(room, name))[:-1]]
    told = {word for part in parts for word in re.findall(r"`([a-z_0-9]+)`", part.__doc__ or "")}
    told |= {f"has_{field}" for field in getattr(room, "PROFILE_FIELDS", ())}
    if any("platforms/articles.py" in (part.__doc__ or "") for part in parts):
        told |= set(re.findall(r'yield "([a-z_]+)"', inspect.getsource(articles)))
    assert set(FORMULAS[platform].facts) - told - DERIVED == set()


def test_derived_facts_are_derived() -> None:
    """What no platform tells is made by us."""
    assert all(f'"{fact}"' in inspect.getsource(derived_facts) for fact in DERIVED)
