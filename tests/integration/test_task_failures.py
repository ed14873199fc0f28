"""Functions that fail, crash, hang or answer nonsense. Whatever they do, the execution ends."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import histories
import machines
import pytest
from installations import Execution, Installation

LIMIT_BYTES = 262_144


@dataclass(frozen=True)
class Misdeed:
    #: What `probe` is told to do.
    probe: dict[str, Any]
    error: str
    #: Another function than `probe`.
    function: str = "probe"
    #: Whether a second call would do better.
    passes_away: bool = True


MISDEEDS = {
    "an error of its own": Misdeed({"do": "fail", "error": "Shop.Closed", "message": "late"}, "Shop.Closed"),
    "an exit": Misdeed({"do": "exit", "status": 3}, "Runtime.ExitError"),
    "an exit without an error": Misdeed({"do": "exit", "status": 0}, "Runtime.ExitError"),
    "a signal": Misdeed({"do": "abort"}, "Runtime.ExitError"),
    "too much": Misdeed({"do": "bytes", "bytes": LIMIT_BYTES + 1}, "States.DataLimitExceeded"),
    "a hang": Misdeed({"do": "sleep", "seconds": 4}, "States.Timeout"),
    "no such function": Misdeed({}, "Lambda.ResourceNotFoundException", function="nowhere", passes_away=False),
    "an event that it cannot read": Misdeed({"do": "dance"}, "Target.BadEvent", passes_away=False),
}
LASTING = [name for name, misdeed in MISDEEDS.items() if not misdeed.passes_away]
PASSING = [name for name, misdeed in MISDEEDS.items() if misdeed.passes_away]

Started = Callable[[str, str, str], Execution]


def definition(installation: Installation, misdeed: Misdeed, by: str, then: str) -> machines.Definition:
    """`by`: arn or invoke. `then`: fails, caught or retried."""
    arn = installation.function_arn(misdeed.function)
    probe = misdeed.probe | {"attempt.$": "$$.State.RetryCount", "well_from_attempt": 1, "result": "well"}
    if then != "retried":
        del probe["well_from_attempt"]
    state: dict[str, Any] = {"Type": "Task", "Next": "Done"}
    if misdeed.error == "States.Timeout":
        state["TimeoutSeconds"] = 2
    if by == "arn":
        state |= {"Resource": arn, "Parameters": probe}
    else:
        state |= {"Resource": "arn:aws:states:::lambda:invoke", "OutputPath": "$.Payload"}
        state["Parameters"] = {"FunctionName": arn, "Payload": probe}
    if then == "caught":
        state["Catch"] = [{"ErrorEquals": ["States.ALL"], "Next": "Done"}]
    if then == "retried":
        state["Retry"] = [{"ErrorEquals": [misdeed.error], "IntervalSeconds": 1, "MaxAttempts": 1}]
    return {"StartAt": "Ask", "States": {"Ask": state, "Done": {"Type": "Succeed"}}}


@pytest.fixture(scope="module")
def started(installation: Installation) -> Started:
    """Starts them all at once; gives a finished one."""
    executions = {}
    for name, misdeed in MISDEEDS.items():
        for by in ("arn", "invoke"):
            for then in ("fails", "caught", "retried"):
                if then == "retried" and name in LASTING:
                    continue
                executions[name, by, then] = installation.begin(definition(installation, misdeed, by, then))
    return lambda name, by, then: installation.ended(executions[name, by, then])


@pytest.mark.parametrize("by", ["arn", "invoke"])
@pytest.mark.parametrize("name", MISDEEDS)
def test_what_a_function_does_wrong_fails_its_execution(started: Started, name: str, by: str) -> None:
    execution = started(name, by, "fails")
    assert (execution.status, execution.error) == ("FAILED", MISDEEDS[name].error)
    histories.well_formed(execution.events)
    assert histories.types(execution.events)[-1] == "ExecutionFailed"


@pytest.mark.parametrize("by", ["arn", "invoke"])
@pytest.mark.parametrize("name", MISDEEDS)
def test_what_a_function_does_wrong_can_be_caught(started: Started, name: str, by: str) -> None:
    execution = started(name, by, "caught")
    assert execution.output["Error"] == MISDEEDS[name].error
    assert histories.types(execution.events)[-4:] == [
        "TaskStateExited",
        "SucceedStateEntered",
        "SucceedStateExited",
        "ExecutionSucceeded",
    ]


@pytest.mark.parametrize("by", ["arn", "invoke"])
@pytest.mark.parametrize("name", PASSING)
def test_what_a_function_does_wrong_can_be_retried(started: Started, name: str, by: str) -> None:
    execution = started(name, by, "retried")
    assert execution.output == "well"
    types = histories.types(execution.events)
    assert types.count("LambdaFunctionScheduled" if by == "arn" else "TaskScheduled") == 2


@pytest.mark.parametrize("text", ["<html>", '{"a": '])
def test_an_answer_that_is_no_json_is_an_error_or_a_text(installation: Installation, text: str) -> None:
    """Of a function by its ARN it is an error; `lambda:invoke` gives the text as it is."""
    arn, probe = installation.function_arn("probe"), {"do": "raw", "text": text}
    by_arn = installation.begin(machines.task(arn), probe)
    parameters = {"FunctionName": arn, "Payload.$": "$"}
    by_invoke = installation.begin(
        machines.task("arn:aws:states:::lambda:invoke", Parameters=parameters, OutputPath="$.Payload"), probe
    )
    failed, answered = installation.ended(by_arn), installation.ended(by_invoke)
    if installation.respaces:
        return  # The emulator answers for the function, in words of its own. But they have ended.
    assert (failed.status, failed.error) == ("FAILED", "Lambda.Unknown")
    assert answered.output == text


def test_a_result_of_the_very_limit_is_taken(installation: Installation) -> None:
    """AWS: 262,144 bytes of UTF-8."""
    machine = machines.task(installation.function_arn("probe"))
    execution = installation.run(machine, {"do": "bytes", "bytes": LIMIT_BYTES})
    assert (execution.status, len(execution.description["output"])) == ("SUCCEEDED", LIMIT_BYTES)


def test_data_that_grows_over_the_limit_between_states_fails_the_execution(installation: Installation) -> None:
    machine = machines.one_state(Type="Pass", Parameters={"once.$": "$.text", "twice.$": "$.text"})
    execution = installation.run(machine, {"text": "x" * 200_000})
    assert (execution.status, execution.error) == ("FAILED", "States.DataLimitExceeded")
