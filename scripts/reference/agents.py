"""The page of agents: roles, what they are told, what they answer, what a call costs."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel

from leadmetrics_pipelines.agents.policies import LEAST_WORDS, MOST_WORDS
from leadmetrics_pipelines.agents.prices import CACHE_WRITE_FACTOR, PRICES
from leadmetrics_pipelines.agents.roles import ROLES, AgentRole
from leadmetrics_pipelines.domain.pipelines import TEMPLATES, PipelineTemplate
from leadmetrics_pipelines.services.agent_work import AT_ONCE
from leadmetrics_pipelines.services.work import MOST_ATTEMPTS
from scripts.reference.markdown import code, codes, first_paragraph, page, table

_ABOUT = f"""
A role is data (`leadmetrics_pipelines/agents/roles.py`); a step of a pipeline template names the role that does it.
How work is claimed and handed in: [agent work](../explanation/agent-work.md). A pass does {AT_ONCE} pieces at once; a
piece of work gets {MOST_ATTEMPTS} attempts, then a person is asked.
"""
_RULES = f"""
Beyond the schema, an answer must keep these rules: exactly as many topics as wanted, or one per topic to revise; no
title twice and none that is taken; a body of {LEAST_WORDS} to {MOST_WORDS:,} words; a rework is not the old text
again; no level-1 heading, script, style, frame or form in the Markdown. An answer that breaks one fails the activity
with a sentence that says which. It is never repaired in silence, and never asked for again without a person.
"""


def make_page() -> str:
    """`docs/reference/agents.md`."""
    return page(
        "Agents and pipelines", _ABOUT, "## Pipeline templates", *map(_template, TEMPLATES.values()), "## Roles",
        *map(_role, ROLES.values()), _RULES, "## Prices", _prices(),
    )  # fmt: skip


def _template(template: PipelineTemplate) -> str:
    rows = [
        (
            code(step.key), step.name, step.assignee, code(step.agent_role or step.human_role or ""),
            "each unit" if step.repeat_per_unit else "the month", codes(step.blocked_by),
        )
        for step in template.steps
    ]  # fmt: skip
    heading = f"### {template.title} (`{template.kind}`)"
    return f"{heading}\n\n{table(('step', 'name', 'done by', 'role', 'once for', 'after'), rows)}"


def _role(role: AgentRole[Any, Any]) -> str:
    facts = [
        f"- Told: {', '.join(role.reads)}.",
        f"- Prompt: `agents/prompts/{role.prompt_file}`. Model: {code(role.model or 'LEADMETRICS_AGENT_MODEL')}.",
        f"- Limits of one call: {role.max_tokens:,} tokens out, {role.timeout_seconds:.0f} s.",
        f"- People decide afterwards on: {code(role.gate) if role.gate else 'nothing'}.",
    ]
    answers = [f"Answers {code(role.output.__name__)}: {first_paragraph(role.output.__doc__)}", _schema(role.output)]
    return "\n\n".join([f"### {role.title} (`{role.name}`)", "\n".join(facts), *answers])


def _schema(output: type[BaseModel]) -> str:
    schema = output.model_json_schema()
    models = [schema, *schema.get("$defs", {}).values()]
    rows = [
        (code(f"{model['title']}.{name}"), field.get("description", ""), field.get("maxLength", ""))
        for model in models
        for name, field in model.get("properties", {}).items()
    ]
    return table(("field", "what it is", "most characters"), rows)


def _prices() -> str:
    rows = [
        (
            code(price.model), f"{price.above_prompt_tokens:,}" if price.above_prompt_tokens else "",
            f"{price.input:f}", f"{price.output:f}", f"{price.input * price.cache_read_factor:f}",
            f"{price.since:%Y-%m-%d}",
        )
        for price in PRICES
    ]  # fmt: skip
    headings = ("model", "prompts above (tokens)", "in", "out", "read from the cache", "reckoned since")
    about = (
        "US dollars per million tokens (`agents/prices.py`). A cache write costs "
        f"{CACHE_WRITE_FACTOR:f} times the input. A model without a row has no price: its sessions say that the cost "
        "is not known, which is not the same as 0."
    )
    return f"{about}\n\n{table(headings, rows)}"
