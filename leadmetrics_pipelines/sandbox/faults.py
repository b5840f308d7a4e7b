"""The faults a person or test asks for, and the log of calls that came in. Decides nothing about HTTP."""

from __future__ import annotations

import json
import re
from collections import Counter, deque
from collections.abc import Iterable
from datetime import datetime
from typing import Annotated, Literal, get_args

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

Effect = Literal[
    "status", "status_after", "html", "garbled_after", "hang", "slow_after", "delay", "drop_before", "drop_after",
    "cut_answer", "invalid_answer", "refusal",
]  # fmt: skip
Party = Literal[
    "wordpress", "anthropic", "linkedin", "meta", "x", "tiktok", "google", "webflow", "mailchimp", "klaviyo",
    "wordpress_com",
]  # fmt: skip
PARTIES: tuple[Party, ...] = get_args(Party)
#: The hosts that a party answers for; the sandbox serves each under its own name (`/api.example.com/...`).
HOSTS: dict[str, Party] = {
    "www.linkedin.com": "linkedin", "api.linkedin.com": "linkedin",
    "www.facebook.com": "meta", "graph.facebook.com": "meta", "www.instagram.com": "meta",
    "x.com": "x", "api.x.com": "x",
    "www.tiktok.com": "tiktok", "open.tiktokapis.com": "tiktok",
    "accounts.google.com": "google", "oauth2.googleapis.com": "google",
    "www.googleapis.com": "google", "openidconnect.googleapis.com": "google",
    "mybusiness.googleapis.com": "google", "mybusinessaccountmanagement.googleapis.com": "google",
    "mybusinessbusinessinformation.googleapis.com": "google", "businessprofileperformance.googleapis.com": "google",
    "searchconsole.googleapis.com": "google", "analyticsdata.googleapis.com": "google",
    "analyticsadmin.googleapis.com": "google", "googleads.googleapis.com": "google",
    "webflow.com": "webflow", "api.webflow.com": "webflow", "s3.amazonaws.com": "webflow",
    "login.mailchimp.com": "mailchimp", "us1.api.mailchimp.com": "mailchimp",
    "www.klaviyo.com": "klaviyo", "a.klaviyo.com": "klaviyo",
    "public-api.wordpress.com": "wordpress_com",
}  # fmt: skip
CALLS_KEPT = 2000


def _checked_pattern(pattern: str) -> str:
    try:
        re.compile(pattern)
    except re.error as error:
        raise ValueError(f"not a regular expression: {error}") from error
    return pattern


class Match(BaseModel):
    """Which calls a rule is about; what is left out matches all."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    method: str | None = Field(default=None, description="HTTP method, any case.")
    path_regex: Annotated[str, AfterValidator(_checked_pattern)] | None = Field(
        default=None, description="Searched in the path and query as they came, e.g. `/wp/v2/posts$`."
    )

    def covers(self, *, method: str, target: str) -> bool:
        """Whether a call with this method and path (with query) is meant."""
        if self.method is not None and self.method.upper() != method:
            return False
        return self.path_regex is None or re.search(self.path_regex, target) is not None


class NewRule(BaseModel):
    """One misbehaviour, as it is asked for.

    Effects: `status` answers without handling; `status_after` handles first, then answers that status; `html` answers a
    200 page without handling; `garbled_after` handles, then answers with PHP warnings before the body; `hang` never
    handles, waits `seconds`, hangs up; `slow_after` handles, then waits; `delay` waits, then handles; `drop_before`
    hangs up unhandled; `drop_after` handles and hangs up without an answer. For the Messages API also `cut_answer`
    (stop_reason max_tokens), `invalid_answer` (does not fit the schema), `refusal`.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    party: Party
    effect: Effect
    match: Match = Match()
    times: int | None = Field(default=1, ge=1, description="How many calls it hits; null: all, until cleared.")
    skip: int = Field(default=0, ge=0, description="Matching calls it lets through first.")
    seconds: float = Field(default=30, ge=0, le=3600, description="For hang, slow_after and delay.")
    status: int = Field(default=500, ge=200, le=599, description="For status and status_after.")
    headers: dict[str, str] = Field(default_factory=dict)
    body: str | dict[str, object] | None = Field(
        default=None, description="For status, status_after, html. Left out: what the party usually says."
    )
    content_type: str | None = None


class Rule(NewRule):
    """A rule in force."""

    id: int
    skip_left: int
    times_left: int | None
    hits: int = 0

    def after_hit(self) -> Rule:
        """The rule once it has hit a call."""
        left = None if self.times_left is None else self.times_left - 1
        return self.model_copy(update={"times_left": left, "hits": self.hits + 1})

    def body_text(self) -> str | None:
        """The asked-for body as text."""
        return json.dumps(self.body) if isinstance(self.body, dict) else self.body


class CallSeen(BaseModel):
    """One call that came in. `status` is None when no answer was sent."""

    model_config = ConfigDict(frozen=True)

    party: Party
    method: str
    path: str
    query: str
    at: datetime
    status: int | None = None
    effects: tuple[str, ...] = ()
    user_agent: str = ""


class FaultBook:
    """The rules in force and the calls seen. In memory only: a restart forgives."""

    def __init__(self) -> None:
        self._rules: dict[int, Rule] = {}
        self._last_id = 0
        self._calls: deque[CallSeen] = deque(maxlen=CALLS_KEPT)
        self._counts: Counter[str] = Counter()
        self._in_flight: Counter[str] = Counter()
        self._peak: Counter[str] = Counter()

    def add(self, wanted: NewRule) -> Rule:
        """Put a rule in force."""
        self._last_id += 1
        rule = Rule(
            **dict(wanted), id=self._last_id, skip_left=wanted.skip, times_left=wanted.times
        )  # dict(model) is shallow: nested models stay models
        self._rules[rule.id] = rule
        return rule

    def rules(self) -> list[Rule]:
        """The rules in force, oldest first."""
        return list(self._rules.values())

    def clear(self, *, party: Party | None = None, rule_id: int | None = None) -> int:
        """End rules: one, one party's, or all. How many ended."""
        gone = [
            rule.id for rule in self._rules.values()
            if (party is None or rule.party == party) and (rule_id is None or rule.id == rule_id)
        ]  # fmt: skip
        for ended in gone:
            del self._rules[ended]
        return len(gone)

    def take(self, *, party: Party, method: str, target: str) -> list[Rule]:
        """The rules that hit this call, used up by it: every delay, and the first of any other effect."""
        taken: list[Rule] = []
        for rule in self.rules():
            is_second = rule.effect != "delay" and any(other.effect != "delay" for other in taken)
            if rule.party != party or is_second or not rule.match.covers(method=method, target=target):
                continue
            if rule.skip_left:
                self._rules[rule.id] = rule.model_copy(update={"skip_left": rule.skip_left - 1})
                continue
            self._use(rule)
            taken.append(rule)
        return taken

    def begin(self, party: Party) -> None:
        """A call came in."""
        self._in_flight[party] += 1
        self._peak[party] = max(self._peak[party], self._in_flight[party])

    def end(self, call: CallSeen) -> None:
        """A call is over."""
        self._in_flight[call.party] -= 1
        self._counts[call.party] += 1
        self._calls.append(call)

    def calls(self, party: Party | None = None) -> list[CallSeen]:
        """The last calls, oldest first."""
        return [call for call in self._calls if party is None or call.party == party]

    def totals(self, parties: Iterable[Party] = PARTIES) -> dict[str, dict[str, int]]:
        """Calls answered and most at once, by party, since the last `forget_calls`."""
        return {party: {"calls": self._counts[party], "most_at_once": self._peak[party]} for party in parties}

    def forget_calls(self) -> None:
        """Start counting anew."""
        self._calls.clear()
        self._counts.clear()
        self._peak.clear()

    def _use(self, rule: Rule) -> None:
        used = rule.after_hit()
        if used.times_left == 0:
            del self._rules[rule.id]
        else:
            self._rules[rule.id] = used
