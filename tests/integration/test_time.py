"""Waits and timeouts: never early, and not much late."""

from collections.abc import Callable
from datetime import datetime, timedelta, timezone

import histories
import machines
import pytest
from installations import Execution, Installation

#: How late a timer may be on a busy machine, in seconds.
SLACK_SECONDS = 4.0


def in_seconds(seconds: float) -> str:
    at = datetime.now(timezone.utc) + timedelta(seconds=seconds)
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


#: Each lasts two seconds from its creation.
WAITS: dict[str, Callable[[], tuple[machines.Definition, object]]] = {
    "Seconds": lambda: (machines.one_state(Type="Wait", Seconds=2), {}),
    "SecondsPath": lambda: (machines.one_state(Type="Wait", SecondsPath="$.delay"), {"delay": 2}),
    "Timestamp": lambda: (machines.one_state(Type="Wait", Timestamp=in_seconds(2)), {}),
    "TimestampPath": lambda: (machines.one_state(Type="Wait", TimestampPath="$.at"), {"at": in_seconds(2)}),
    "Timestamp in the past": lambda: (machines.one_state(Type="Wait", Timestamp="2020-01-01T00:00:00Z"), {}),
    "Seconds of 0": lambda: (machines.one_state(Type="Wait", SecondsPath="$.delay"), {"delay": 0}),
}

Waiting = Callable[[str], Execution]


@pytest.fixture(scope="module")
def waiting(installation: Installation) -> Waiting:
    started = {}
    for name, make in WAITS.items():
        started[name] = installation.begin(*make())
    return lambda name: installation.ended(started[name])


@pytest.mark.parametrize("name", WAITS)
def test_a_wait_lasts_as_long_as_it_says(waiting: Waiting, name: str) -> None:
    execution = waiting(name)
    assert histories.types(execution.events) == [
        "ExecutionStarted",
        "WaitStateEntered",
        "WaitStateExited",
        "ExecutionSucceeded",
    ]
    entered, exited = (event["timestamp"] for event in execution.events[1:3])
    lasted = (exited - entered).total_seconds()
    expected = 0.0 if name in ("Timestamp in the past", "Seconds of 0") else 2.0
    if "Timestamp" in name:
        # Entered a while after the timestamp was made up.
        assert expected - 1.5 <= lasted <= expected + SLACK_SECONDS if expected else lasted < SLACK_SECONDS
    else:
        assert expected <= lasted <= expected + SLACK_SECONDS


def test_a_wait_for_a_timestamp_does_not_end_before_it(installation: Installation) -> None:
    at = in_seconds(1.5)
    execution = installation.run(machines.one_state(Type="Wait", TimestampPath="$.at"), {"at": at})
    assert execution.events[2]["timestamp"] >= datetime.fromisoformat(at.replace("Z", "+00:00"))


def test_an_execution_with_a_wait_of_days_can_be_stopped(installation: Installation) -> None:
    execution = installation.begin(machines.wait(7 * 86_400))
    installation.reached(execution, "WaitStateEntered")
    installation.sfn().stop_execution(executionArn=execution)
    assert installation.ended(execution).status == "ABORTED"


#: By name: the machine for the ARN of `probe`, the input, and how it ends: status, error, the last events.
TIMEOUTS: dict[str, tuple[Callable[[str], machines.Definition], object, tuple[str, str | None, list[str]]]] = {
    "a task by TimeoutSeconds": (
        lambda probe: machines.task(probe, TimeoutSeconds=1),
        {"do": "sleep", "seconds": 4},
        ("FAILED", "States.Timeout", ["LambdaFunctionTimedOut", "ExecutionFailed"]),
    ),
    "a task by TimeoutSecondsPath": (
        lambda probe: machines.task(probe, TimeoutSecondsPath="$.limit"),
        {"do": "sleep", "seconds": 4, "limit": 1},
        ("FAILED", "States.Timeout", ["LambdaFunctionTimedOut", "ExecutionFailed"]),
    ),
    "an integration's task": (
        lambda probe: machines.task(
            "arn:aws:states:::lambda:invoke", TimeoutSeconds=1, Parameters={"FunctionName": probe, "Payload.$": "$"}
        ),
        {"do": "sleep", "seconds": 4},
        ("FAILED", "States.Timeout", ["TaskTimedOut", "ExecutionFailed"]),
    ),
    "a caught timeout": (
        lambda probe: {
            "StartAt": "Ask",
            "States": {
                "Ask": {
                    "Type": "Task",
                    "Resource": probe,
                    "TimeoutSeconds": 1,
                    "Catch": [{"ErrorEquals": ["States.Timeout"], "Next": "Caught"}],
                    "Next": "Caught",
                },
                "Caught": {"Type": "Succeed"},
            },
        },
        {"do": "sleep", "seconds": 4},
        ("SUCCEEDED", None, ["SucceedStateExited", "ExecutionSucceeded"]),
    ),
    "an execution": (
        lambda _: {"TimeoutSeconds": 1} | machines.wait(3600),
        {},
        ("TIMED_OUT", None, ["WaitStateEntered", "ExecutionTimedOut"]),
    ),
    "an execution in a task": (
        lambda probe: {"TimeoutSeconds": 1} | machines.task(probe),
        {"do": "sleep", "seconds": 4},
        ("TIMED_OUT", None, ["LambdaFunctionStarted", "ExecutionTimedOut"]),
    ),
}


@pytest.fixture(scope="module")
def timing_out(installation: Installation) -> Waiting:
    probe = installation.function_arn("probe")
    started = {name: installation.begin(make(probe), given) for name, (make, given, _) in TIMEOUTS.items()}
    return lambda name: installation.ended(started[name])


@pytest.mark.parametrize("name", TIMEOUTS)
def test_what_takes_too_long_times_out(timing_out: Waiting, name: str) -> None:
    execution = timing_out(name)
    status, error, last = TIMEOUTS[name][2]
    assert (execution.status, execution.error, histories.types(execution.events)[-2:]) == (status, error, last)
    histories.well_formed(execution.events)
    started, ended = execution.events[0]["timestamp"], execution.events[-1]["timestamp"]
    assert 1.0 <= (ended - started).total_seconds() <= 1.0 + SLACK_SECONDS


def test_a_retry_backs_off_as_its_retrier_says(installation: Installation) -> None:
    retry = {"ErrorEquals": ["Shop.Busy"], "IntervalSeconds": 1, "BackoffRate": 5, "MaxDelaySeconds": 2, "MaxAttempts": 2}
    machine = machines.task(
        installation.function_arn("probe"), Parameters={"do": "fail", "error": "Shop.Busy"}, Retry=[retry]
    )
    execution = installation.run(machine)
    assert (execution.status, execution.error) == ("FAILED", "Shop.Busy")
    scheduled = [event["timestamp"] for event in execution.events if event["type"] == "LambdaFunctionScheduled"]
    failed = [event["timestamp"] for event in execution.events if event["type"] == "LambdaFunctionFailed"]
    delays = [(later - earlier).total_seconds() for earlier, later in zip(failed, scheduled[1:], strict=False)]
    assert len(delays) == 2
    for delay, expected in zip(delays, [1.0, 2.0], strict=True):
        assert expected <= delay <= expected + SLACK_SECONDS, delays
