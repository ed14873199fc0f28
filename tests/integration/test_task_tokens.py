"""Tasks that wait for whoever holds their token: `.waitForTaskToken` of Lambda, answered through an SDK."""

import json
from collections.abc import Callable

import pytest
from botocore.exceptions import ClientError

import histories
import machines
from installations import Installation
from polling import eventually

SUBMITTED = ["ExecutionStarted", "TaskStateEntered", "TaskScheduled", "TaskStarted", "TaskSubmitted"]


def callback(installation: Installation, **fields: object) -> machines.Definition:
    """Calls `echo`, whose answer goes into the history: so does the token, which the tests find there."""
    parameters = {"FunctionName": installation.function_arn("echo"), "Payload": {"token.$": "$$.Task.Token"}}
    return machines.task("arn:aws:states:::lambda:invoke.waitForTaskToken", Parameters=parameters, **fields)


def token_of(installation: Installation, execution: str) -> str:
    """Once its function has been called: the token that it was given last."""

    def look() -> str | None:
        submitted = [event for event in installation.history(execution) if event["type"] == "TaskSubmitted"]
        if not submitted:
            return None
        return json.loads(submitted[-1]["taskSubmittedEventDetails"]["output"])["Payload"]["token"]

    token = eventually("the token", look)
    assert token is not None
    return token


def code(call: Callable[[], object]) -> str:
    with pytest.raises(ClientError) as raised:
        call()
    return raised.value.response["Error"]["Code"]


def test_the_holder_of_the_token_says_what_the_result_is(installation: Installation) -> None:
    execution = installation.begin(callback(installation, ResultPath="$.answer"), {"n": 1})
    token = token_of(installation, execution)
    installation.sfn.send_task_heartbeat(taskToken=token)
    installation.sfn.send_task_success(taskToken=token, output='{"ok": true}')
    done = installation.ended(execution)
    assert done.output == {"n": 1, "answer": {"ok": True}}
    assert histories.types(done.events) == [*SUBMITTED, "TaskSucceeded", "TaskStateExited", "ExecutionSucceeded"]
    answered = done.events[5]["taskSucceededEventDetails"]
    assert (answered["resourceType"], answered["resource"]) == ("lambda", "invoke.waitForTaskToken")
    assert answered["output"] == '{"ok": true}'


@pytest.mark.parametrize(
    ("said", "error", "cause"),
    [({"error": "Shop.SoldOut", "cause": "why"}, "Shop.SoldOut", "why"), ({}, None, None)],
    ids=["with an error", "with nothing"],
)
def test_a_failure_of_the_holder_fails_the_task(
    installation: Installation, said: dict[str, str], error: str | None, cause: str | None
) -> None:
    execution = installation.begin(callback(installation))
    installation.sfn.send_task_failure(taskToken=token_of(installation, execution), **said)
    failed = installation.ended(execution)
    assert (failed.status, failed.error, failed.cause) == ("FAILED", error, cause)
    assert histories.types(failed.events) == [*SUBMITTED, "TaskFailed", "ExecutionFailed"]
    catching = callback(installation, Catch=[{"ErrorEquals": ["States.ALL"], "Next": "Caught"}])
    catching["States"]["Caught"] = {"Type": "Pass", "End": True}
    execution = installation.begin(catching)
    installation.sfn.send_task_failure(taskToken=token_of(installation, execution), **said)
    assert installation.ended(execution).output == {"Error": error, "Cause": cause}


def test_a_holder_that_falls_silent_is_noticed_and_another_attempt_has_another_token(
    installation: Installation,
) -> None:
    retry = [{"ErrorEquals": ["States.HeartbeatTimeout", "States.Timeout"], "IntervalSeconds": 1, "MaxAttempts": 1}]
    execution = installation.begin(callback(installation, HeartbeatSeconds=3, Retry=retry))
    first = token_of(installation, execution)
    installation.reached(execution, "TaskTimedOut")
    installation.reached(execution, "TaskSubmitted", count=2)
    second = token_of(installation, execution)
    assert second != first
    assert code(lambda: installation.sfn.send_task_success(taskToken=first, output="1")) == "TaskTimedOut"
    installation.sfn.send_task_success(taskToken=second, output="2")
    done = installation.ended(execution)
    assert done.output == 2
    timed_out = next(event for event in done.events if event["type"] == "TaskTimedOut")["taskTimedOutEventDetails"]
    assert timed_out["error"] == "States.Timeout"


def test_a_token_of_a_finished_execution_is_of_no_use(installation: Installation) -> None:
    execution = installation.begin(callback(installation))
    token = token_of(installation, execution)
    installation.sfn.stop_execution(executionArn=execution)
    for said in (
        lambda: installation.sfn.send_task_success(taskToken=token, output="1"),
        lambda: installation.sfn.send_task_failure(taskToken=token),
        lambda: installation.sfn.send_task_heartbeat(taskToken=token),
    ):
        assert code(said) == "TaskTimedOut"
    assert installation.ended(execution).status == "ABORTED"
