"""Agents at work: claim what is free, let the role answer, hand the answer in.

Three short transactions around one long call: claim with its facts, the call itself outside of any transaction, then
the outcome under the claim's fence. A crash in between costs the call, never the work.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

from leadmetrics_pipelines.agents.calls import UnusableAnswer
from leadmetrics_pipelines.agents.facts import Facts
from leadmetrics_pipelines.agents.language_model import LanguageModel
from leadmetrics_pipelines.agents.roles import role_named
from leadmetrics_pipelines.agents.runner import Event, run_role
from leadmetrics_pipelines.agents.schemas import ContentCalendar, TopicList
from leadmetrics_pipelines.domain import pipelines
from leadmetrics_pipelines.domain.activities import ActivityStatus
from leadmetrics_pipelines.domain.people import Actor, agent_actor
from leadmetrics_pipelines.domain.periods import Month
from leadmetrics_pipelines.domain.sessions import SessionStatus
from leadmetrics_pipelines.errors import LeadmetricsError, PassingError, RateLimited
from leadmetrics_pipelines.kit.ids import new_id
from leadmetrics_pipelines.services.agent_answers import AnyAnswer, read_draft, read_plan
from leadmetrics_pipelines.services.agent_facts import RoleInput, collect_draft_input, collect_plan_input
from leadmetrics_pipelines.services.outcomes import begin_writing, lock_subjects, take_draft, take_topics
from leadmetrics_pipelines.services.runtime import Runtime
from leadmetrics_pipelines.services.transcripts import Transcript, begin_session, end_session
from leadmetrics_pipelines.services.work import (
    AGENT_STEPS,
    Claim,
    StaleClaim,
    claim_work,
    fail_claim,
    finish_claim,
    held_activity,
    postpone_claim,
    renew_claim,
)
from leadmetrics_pipelines.storage.database import UnitOfWork

# Calls wait for the other side, not for our cores: a few at once, each with its own connection.
AT_ONCE = 5
_FIRST_WAIT = timedelta(seconds=20)


@dataclass
class AgentWorkReport:
    """What one pass of agent work did. `problems` are sentences for people."""

    finished: int = 0
    postponed: int = 0
    failed: int = 0
    stale: int = 0
    problems: list[str] = field(default_factory=list)

    def count(self, outcome: str, problem: str | None) -> None:
        """Add one piece of work."""
        setattr(self, outcome, getattr(self, outcome) + 1)
        if problem:
            self.problems.append(problem)


def do_agent_work(
    runtime: Runtime, *, tenant: UUID, month: Month | None = None, run_id: str | None = None,
    steps: Sequence[str] = AGENT_STEPS, tell: Callable[[str], None] = lambda _: None,
) -> AgentWorkReport:  # fmt: skip
    """Do all agent work of a tenant that is free now, in these steps, and what becomes free meanwhile.

    Returns when none is left. `tell` gets a line of progress for each piece of work.
    """
    report, worker = AgentWorkReport(), f"{socket.gethostname()}/{os.getpid()}/{new_id().hex[-6:]}"
    actor = agent_actor("agents", "dagster" if run_id else "service")
    lease = timedelta(seconds=runtime.settings.lease_seconds)
    with ExitStack() as opened:
        pool = opened.enter_context(ThreadPoolExecutor(AT_ONCE))
        model: LanguageModel | None = None  # asked for only when there is work: without a key, no work is no error
        while True:
            with runtime.unit_of_work(tenant=tenant, actor=actor) as work:
                claims = claim_work(
                    work, worker=worker, limit=AT_ONCE, lease=lease, month=str(month) if month else None, run_id=run_id,
                    steps=steps,
                )  # fmt: skip
            if not claims:
                return report
            model = model or opened.enter_context(runtime.language_model())
            jobs = [pool.submit(_do_one, runtime, claim, model, run_id) for claim in claims]
            for claim, job in zip(claims, jobs, strict=True):
                outcome, problem = job.result()
                report.count(outcome, problem)
                tell(f"{claim.step_key} {claim.activity_id}: {outcome}. {problem or ''}".rstrip())


def _do_one(runtime: Runtime, claim: Claim, model: LanguageModel, run_id: str | None) -> tuple[str, str | None]:
    actor = agent_actor(claim.agent_role, "dagster" if run_id else "service")
    transcript: Transcript | None = None
    try:
        with runtime.unit_of_work(tenant=claim.tenant_id, actor=actor) as work:
            role_input = _begin(work, runtime, claim)
            if role_input is None:
                _close_without_asking(work, claim)
                return "finished", None
            transcript = begin_session(work, runtime, claim, run_id)
        output = _ask(claim, role_input, model, transcript)
        with runtime.unit_of_work(tenant=claim.tenant_id, actor=actor) as work:
            _hand_in(work, claim, output)
            end_session(work, transcript, SessionStatus.COMPLETED)
    except StaleClaim as error:
        if transcript is not None:
            with runtime.unit_of_work(tenant=claim.tenant_id, actor=actor) as work:
                end_session(work, transcript, SessionStatus.CANCELLED, str(error))
        return "stale", str(error)
    except LeadmetricsError as error:
        return _give_back(runtime, actor, claim, transcript, error), str(error)
    return "finished", None


def _begin(work: UnitOfWork, runtime: Runtime, claim: Claim) -> RoleInput | None:
    lock_subjects(work, claim.activity_id)
    renew_claim(work, claim, timedelta(seconds=runtime.settings.lease_seconds))
    activity = held_activity(work, claim)
    if claim.step_key == pipelines.PLAN:
        return collect_plan_input(work, activity)
    post = begin_writing(work, activity)
    return collect_draft_input(work, activity, post)


def _close_without_asking(work: UnitOfWork, claim: Claim) -> None:
    """Nothing is wanted any more: no call, no cost."""
    take_topics(work, finish_claim(work, claim, ActivityStatus.AWAITING_APPROVAL), [])


def _ask(claim: Claim, role_input: RoleInput, model: LanguageModel, transcript: Transcript) -> AnyAnswer:
    def record(event: Event) -> None:
        transcript.add(event.kind, event.summary, event.data)

    facts: Facts = role_input.facts
    try:
        result = run_role(role_named(claim.agent_role), facts, role_input.client_context, model, record)
    except UnusableAnswer as error:
        transcript.add_call(error.call)
        raise
    for call in result.calls:
        transcript.add_call(call)
    output: AnyAnswer = result.output
    return output


def _hand_in(work: UnitOfWork, claim: Claim, output: AnyAnswer) -> None:
    if isinstance(output, TopicList | ContentCalendar):
        topics = read_plan(work, claim.activity_id, output)
        lock_subjects(work, claim.activity_id, [topic.replaces for topic in topics if topic.replaces is not None])
        take_topics(work, finish_claim(work, claim, ActivityStatus.AWAITING_APPROVAL), topics)
        return
    lock_subjects(work, claim.activity_id)
    activity = finish_claim(work, claim, ActivityStatus.AWAITING_APPROVAL)
    take_draft(work, activity, read_draft(work, activity, output))


def _give_back(
    runtime: Runtime, actor: Actor, claim: Claim, transcript: Transcript | None, error: LeadmetricsError
) -> str:
    passing = isinstance(error, PassingError)
    wait = _FIRST_WAIT * 2 ** (claim.attempt - 1)
    if isinstance(error, RateLimited) and error.retry_after:
        wait = max(wait, timedelta(seconds=error.retry_after))
    with runtime.unit_of_work(tenant=claim.tenant_id, actor=actor) as work:
        if transcript is not None:
            end_session(work, transcript, SessionStatus.FAILED, str(error))
        try:
            activity = postpone_claim(work, claim, str(error), wait) if passing else fail_claim(work, claim, str(error))
        except StaleClaim:
            return "stale"
        return "failed" if activity.status == ActivityStatus.FAILED else "postponed"
