"""Publishing processes that kill themselves (SIGKILL) at a chosen step. Started by `test_killed_publisher.py`.

Reads orders, one line of JSON each: `database_url`, `home`, `key`, `tenant`, `now` (ISO), `step` (see STEPS, or "none")
and `nth`: at which arrival at that step; optionally `outside_url` and `apps`, where the platforms are. Each is
carried out by a process of its own, forked from this one so that the imports are paid once; the answer is one line of
JSON with its `exit` (negative: the signal) and the `outcomes`. The product's own code runs; only the step's function
is wrapped.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
import traceback
from collections.abc import Callable
from datetime import datetime
from itertools import count
from pathlib import Path
from typing import Any
from uuid import UUID

from leadmetrics_pipelines.kit.clock import FixedClock
from leadmetrics_pipelines.kit.encryption import Keyring
from leadmetrics_pipelines.kit.http import HttpClients, Timeouts
from leadmetrics_pipelines.platforms.wordpress.publisher import WordPressPublisher
from leadmetrics_pipelines.services.poster import channel_pass, outcomes
from leadmetrics_pipelines.services.poster.delivery import Delivery
from leadmetrics_pipelines.services.poster.lock import PosterLock
from leadmetrics_pipelines.services.publishing import publish_due
from leadmetrics_pipelines.services.runtime import Runtime
from leadmetrics_pipelines.settings import Settings
from leadmetrics_pipelines.storage.database import Database

# How long a call has been under way when we die in it, in seconds; the sandbox is told to take longer.
IN_THE_CALL = 0.3
# Nothing is missed while the tests let hours pass.
LONG_WINDOW_HOURS = 240
# With platforms that hang, a call that is given up soon costs the suite little.
IMPATIENT = Timeouts(connect=2, read=0.5, write=2, total=2)

# Step: where the wrapped function is, its name, and whether we die before it, during it, or after it.
STEPS: dict[str, tuple[Any, str, str]] = {
    "before the ledger row": (channel_pass, "intend", "before"),
    "before the ledger row is committed": (channel_pass, "intend", "after"),
    "after the ledger row": (Delivery, "deliver", "before"),
    "just before the call": (PosterLock, "find_objection", "after"),
    "during the call": (WordPressPublisher, "send", "during"),
    "after the answer": (WordPressPublisher, "send", "after"),
    "before the outcome is committed": (outcomes, "confirm", "after"),
    "after the outcome is committed": (Delivery, "_confirm", "after"),
    "before any call": (HttpClients, "exchange", "before"),
    "during any call": (HttpClients, "exchange", "during"),
    "after any call": (HttpClients, "exchange", "after"),
}


def die() -> None:
    """As a power cut would."""
    os.kill(os.getpid(), signal.SIGKILL)


def die_at(step: str, nth: int) -> None:
    """Wrap the step's function so that its nth call is the last thing this process does."""
    place, name, moment = STEPS[step]
    wrapped: Callable[..., object] = getattr(place, name)
    arrivals = count(1)

    def wrapper(*arguments: object, **options: object) -> object:
        is_last = next(arrivals) == nth
        if is_last and moment == "before":
            die()
        if is_last and moment == "during":
            threading.Timer(IN_THE_CALL, die).start()
        result = wrapped(*arguments, **options)
        if is_last and moment == "after":
            die()
        return result

    setattr(place, name, wrapper)


def publish(order: dict[str, Any]) -> list[tuple[str, str]]:
    """One pass, to its end or to ours."""
    if order["step"] != "none":
        die_at(order["step"], order["nth"])
    clock = FixedClock(datetime.fromisoformat(order["now"]))
    settings = Settings(
        home=Path(order["home"]), allow_loopback=True, outside_url=order.get("outside_url"),
        platform_apps=order.get("apps"), publish_window_hours=LONG_WINDOW_HOURS, _env_file=None,
    )  # fmt: skip
    runtime = Runtime(
        settings=settings, clock=clock, database=Database(order["database_url"], clock=clock),
        keyring=Keyring([order["key"]]), _http=HttpClients(timeouts=IMPATIENT) if order.get("outside_url") else None,
    )  # fmt: skip
    report = publish_due(runtime, tenant=UUID(order["tenant"]), month=None, run_id="killed")
    runtime.close()
    return [(outcome.fate, outcome.detail) for outcome in report.outcomes]


def carry_out(order: dict[str, Any]) -> dict[str, Any]:
    """Publish in a process of its own, and tell how that ended."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.write(writing, json.dumps(publish(order)).encode())
        except BaseException:  # noqa: BLE001 - whatever it is, the forked process ends here
            traceback.print_exc()
            os._exit(1)
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as pipe:
        said = pipe.read()
    _, status = os.waitpid(child, 0)
    return {"exit": os.waitstatus_to_exitcode(status), "outcomes": json.loads(said or "null")}


def main() -> None:
    """Until there are no more orders."""
    for line in sys.stdin:
        sys.stdout.write(json.dumps(carry_out(json.loads(line))) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
