"""What has become of a batch: whether its histories, the calls of its functions and its answers tell the same story."""

import json
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from botocore.config import Config

import histories
from breaking.batch import Answer, Batch, Started
from breaking.workflows import waits
from installations import Execution

Event = dict[str, Any]

SCHEDULED = {"LambdaFunctionScheduled", "TaskScheduled"}
STARTED = {"LambdaFunctionStarted", "TaskStarted"}
OUTCOMES = {
    *("LambdaFunctionSucceeded", "LambdaFunctionFailed", "LambdaFunctionTimedOut"),
    *("TaskSubmitted", "TaskSucceeded", "TaskFailed", "TaskTimedOut"),
}
ANSWERED = {"TaskSucceeded", "ActivitySucceeded"}


@dataclass
class Attempt:
    """Of a task that calls a function."""

    #: The first word of the lines of its calls.
    name: str
    #: Whether a dispatcher had taken it.
    started: bool
    #: What it ended with; `None` if its branch was left.
    outcome: Event | None

    @property
    def unknown(self) -> bool:
        return self.outcome is not None and details(self.outcome).get("error") == "Lambda.Unknown"

    def calls_may_be(self) -> range:
        """How many there may have been."""
        if not self.started:
            return range(0, 1)
        uncertain = self.outcome is None or self.unknown
        return range(0, 2) if uncertain else range(1, 2)


@dataclass
class Account:
    #: Executions by kind and how they ended.
    ended: Counter[tuple[str, str]] = field(default_factory=Counter)
    attempts: int = 0
    calls: int = 0
    #: Attempts with an unknown outcome, by the number of their calls.
    unknown: Counter[int] = field(default_factory=Counter)
    #: Attempts whose branch was left, by the number of their calls.
    left: Counter[int] = field(default_factory=Counter)
    #: Tasks of the activity that were taken for a worker, and those that one was given: an answer may be lost.
    taken: int = 0
    handed_out: int = 0
    acknowledged_answers: int = 0
    events: int = 0
    wrong: list[str] = field(default_factory=list)

    def must_be_right(self) -> None:
        assert not self.wrong, "\n".join(self.wrong)


def count(batch: Batch) -> Account:
    """Looks at every execution of the batch, which have ended."""
    account = Account(handed_out=len(batch.handed_out))
    if len(set(batch.handed_out)) != len(batch.handed_out):
        account.wrong.append("a task was handed out twice")
    config = Config(retries={"total_max_attempts": 5}, inject_host_prefix=False, max_pool_connections=8)
    here = batch.installation
    client = here.session().client("stepfunctions", endpoint_url=here.endpoint, config=config)

    def look(started: Started) -> Execution:
        pages = client.get_paginator("get_execution_history").paginate(executionArn=started.arn)
        events = [event for page in pages for event in page["events"]]
        return Execution(started.arn, client.describe_execution(executionArn=started.arn), events)

    answers: list[str] = []
    with ThreadPoolExecutor(4) as pool:
        for started, execution in zip(batch.started, pool.map(look, batch.started), strict=True):
            account.ended[started.kind.name, execution.status] += 1
            account.events += len(execution.events)
            wrong = [*complaints(account, started, execution), *early(execution, batch.definitions[started.kind.name])]
            account.wrong += [f"{started.arn}: {what}" for what in wrong]
            answers += [details(event)["output"] for event in execution.events if event["type"] in ANSWERED]
            account.taken += sum(event["type"] == "ActivityStarted" for event in execution.events)
    if account.taken < account.handed_out:
        account.wrong.append(f"{account.handed_out} tasks were handed out, and {account.taken} taken")
    account.wrong += compared(list(batch.answers.values()), answers)
    account.acknowledged_answers = sum(answer.acknowledged is True for answer in batch.answers.values())
    return account


def complaints(account: Account, started: Started, execution: Execution) -> Iterator[str]:
    if not started.kind.ended_well(execution):
        told = {name: execution.description.get(name) for name in ("status", "error", "cause", "output")}
        yield f"must not end so: {told}"
    try:
        histories.well_formed(execution.events)
    except AssertionError as error:
        yield f"its history is not well formed: {error}"
    lines = started.calls.read_text().splitlines() if started.calls.exists() else []
    called = Counter(line.split()[0] for line in lines)
    for attempt in attempts(execution.events):
        count = called.pop(attempt.name, 0)
        account.attempts += 1
        account.calls += count
        if attempt.unknown:
            account.unknown[count] += 1
        elif attempt.started and attempt.outcome is None:
            account.left[count] += 1
        if count not in attempt.calls_may_be():
            yield f"{count} calls of {attempt}"
    if called:
        yield f"calls of no attempt: {dict(called)}"


def attempts(events: list[Event]) -> Iterator[Attempt]:
    following: dict[int, list[Event]] = {}
    for event in events:
        following.setdefault(event["previousEventId"], []).append(event)

    def next_of(event: Event, types: set[str]) -> Event | None:
        return next((after for after in following.get(event["id"], []) if after["type"] in types), None)

    for scheduled in events:
        if scheduled["type"] not in SCHEDULED:
            continue
        told = json.loads(details(scheduled).get("input") or details(scheduled)["parameters"])
        line = told.get("Payload", told)["line"]
        started = next_of(scheduled, STARTED)
        outcome = next_of(started or scheduled, OUTCOMES)
        yield Attempt(line.split()[0], started is not None, outcome)


def early(execution: Execution, definition: dict[str, Any]) -> Iterator[str]:
    """Waits that did not last as long as they must."""
    seconds = waits(definition)
    by_id = {event["id"]: event for event in execution.events}
    for exited in execution.events:
        if exited["type"] == "WaitStateExited":
            entered = by_id[exited["previousEventId"]]
            lasted = (exited["timestamp"] - entered["timestamp"]).total_seconds()
            if lasted < seconds[details(exited)["name"]]:
                yield f"a wait of {lasted} seconds: {details(exited)['name']}"


def compared(answers: list[Answer], in_histories: list[str]) -> Iterator[str]:
    """What was acknowledged is in a history, once, and what was refused in none."""
    times = Counter(output for output in in_histories if output.startswith('{"answer"'))
    for answer in answers:
        found = times.pop(answer.output, 0)
        expected = {True: (1,), False: (0,), None: (0, 1)}[answer.acknowledged]
        if found not in expected:
            yield f"acknowledged: {answer.acknowledged}, and {found} times in the histories: {answer.output}"
    if times:
        yield f"answers that nobody gave: {dict(times)}"


def details(event: Event) -> dict[str, Any]:
    return next((value for name, value in event.items() if name.endswith("EventDetails")), {})


def table(account: Account, broken: Counter[str], facts: dict[str, object]) -> str:
    """What was broken how often, what was executed, and what came of it."""
    kinds: dict[str, Counter[str]] = {}
    for (kind, status), times in account.ended.items():
        kinds.setdefault(kind, Counter())[status] += times
    unknown, left = account.unknown, account.left
    rows: list[tuple[str, object]] = [(name, value) for name, value in facts.items()]
    rows += [(f"broken: {what}", times) for what, times in sorted(broken.items())]
    rows += [
        (f"executions: {kind}", ", ".join(f"{times} {status}" for status, times in sorted(ended.items())))
        for kind, ended in sorted(kinds.items())
    ]
    rows += [
        ("executions", account.ended.total()),
        ("events", account.events),
        ("attempts of tasks", account.attempts),
        ("calls", account.calls),
        ("attempts with an unknown outcome", f"{unknown.total()}, of which called: {unknown[1]}"),
        ("attempts whose branch was left", f"{left.total()}, of which called: {left[1]}"),
        ("tasks of the activity taken", f"{account.taken}, of which given to a worker: {account.handed_out}"),
        ("answers of workers and holders acknowledged", account.acknowledged_answers),
        ("wrong", len(account.wrong)),
    ]
    width = max(len(name) for name, _ in rows)
    return "\n".join([f"{name:{width}}  {value}" for name, value in rows] + account.wrong)
