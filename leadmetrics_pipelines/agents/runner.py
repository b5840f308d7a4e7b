"""One run of a role: assemble the prompt, ask, check the answer against schema and policy, tell the transcript.

Collecting the facts before and storing the outcome after are the services' work. There is no loop of tools yet: a role
that needs one gets it here, between asking and checking.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Generic, Literal, TypeVar

from pydantic import BaseModel

from leadmetrics_pipelines.agents.calls import ModelAnswerInvalid, ModelCall, UnusableAnswer
from leadmetrics_pipelines.agents.facts import Facts
from leadmetrics_pipelines.agents.language_model import LanguageModel
from leadmetrics_pipelines.agents.prompts import Prompt, assemble_prompt
from leadmetrics_pipelines.agents.roles import AgentRole
from leadmetrics_pipelines.errors import LeadmetricsError

F = TypeVar("F", bound=Facts)
A = TypeVar("A", bound=BaseModel)

EventKind = Literal["prompt", "model_answer", "validation", "failure"]


@dataclass(frozen=True, kw_only=True)
class Event:
    """One line of a transcript. `data` is JSON."""

    kind: EventKind
    summary: str
    """A sentence for people."""
    data: Mapping[str, Any] = field(default_factory=dict)


Record = Callable[[Event], None]
"""Called with each event as it happens, so that a crash loses none that came before."""


@dataclass(frozen=True, kw_only=True)
class RoleResult(Generic[A]):
    """What a role made, and every call it took."""

    output: A
    calls: tuple[ModelCall, ...]


def run_role(
    role: AgentRole[F, A], facts: F, client_context: str, model: LanguageModel, record: Record
) -> RoleResult[A]:
    """Let a role work once.

    Raises what `LanguageModel.ask` raises. An UnusableAnswer carries its call: keep its tokens and cost, too.
    """
    prompt = assemble_prompt(role, facts, client_context)
    record(_prompt_event(role, prompt, role.model or model.model))
    try:
        answer = model.ask(
            prompt, role.output, model=role.model, max_tokens=role.max_tokens, timeout_seconds=role.timeout_seconds
        )
    except UnusableAnswer as error:
        record(_answer_event(error.call, error.text))
        record(_refusal_event(error))
        raise
    except LeadmetricsError as error:
        record(Event(kind="failure", summary=str(error), data={"error": error.code}))
        raise
    record(_answer_event(answer.call, answer.text))
    problems = role.check(facts, answer.value)
    if problems:
        msg = f"The {role.title}'s answer breaks its rules: {' '.join(problems)} Run the activity again."
        broken = ModelAnswerInvalid(msg, call=answer.call, text=answer.text)
        record(_refusal_event(broken))
        raise broken
    record(Event(kind="validation", summary="The answer fits the schema and the role's rules.", data={"valid": True}))
    return RoleResult(output=answer.value, calls=(answer.call,))


def _prompt_event(role: AgentRole[Any, Any], prompt: Prompt, model: str) -> Event:
    return Event(
        kind="prompt",
        summary=f"Asked {model} as {role.title}.",
        data={"role": role.name, "model": model, "system": prompt.system_blocks(), "message": prompt.message},
    )


def _answer_event(call: ModelCall, text: str) -> Event:
    read = call.input_tokens + call.cache_read_tokens + call.cache_write_tokens
    figures = {**asdict(call), "started_at": call.started_at.isoformat()}
    summary = f"{call.model} answered: {read:,} tokens in, {call.output_tokens:,} out."
    return Event(kind="model_answer", summary=summary, data={"text": text, "call": figures})


def _refusal_event(error: UnusableAnswer) -> Event:
    return Event(kind="validation", summary=str(error), data={"valid": False, "error": error.code})
