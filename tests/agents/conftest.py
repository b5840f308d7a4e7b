"""A sandbox for the tier, forgetting between tests, and a language model pointed at it."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator

import pytest

from leadmetrics_pipelines.agents.language_model import BackOff, LanguageModel
from leadmetrics_pipelines.kit.clock import FixedClock
from leadmetrics_pipelines.sandbox.running import RunningSandbox, running_sandbox

MakeModel = Callable[..., LanguageModel]


@pytest.fixture(scope="session")
def running() -> Iterator[RunningSandbox]:
    """One sandbox for all tests."""
    with running_sandbox() as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(running: RunningSandbox) -> RunningSandbox:
    """The sandbox, without faults and memories."""
    running.reset()
    return running


@pytest.fixture
def make_model(sandbox: RunningSandbox, clock: FixedClock) -> Iterator[MakeModel]:
    """Makes language models whose waiting takes no time."""
    with contextlib.ExitStack() as made:

        def make(
            *, base_url: str = sandbox.anthropic_url, api_key: str = "key", back_off: BackOff | None = None
        ) -> LanguageModel:
            model = LanguageModel(
                api_key=api_key, base_url=base_url, model="claude-sonnet-5-5", clock=clock, back_off=back_off
            )
            return made.enter_context(model)

        yield make


@pytest.fixture
def model(make_model: MakeModel) -> LanguageModel:
    """One as it is used."""
    return make_model()
