"""Executions that go on after they failed, through boto3."""

import json

import pytest
from botocore.exceptions import ClientError

import machines
from installations import Installation, unique


def types(events: list[dict]) -> list[str]:
    return [event["type"] for event in events]


def test_an_execution_goes_on_where_it_failed(installation: Installation) -> None:
    sfn = installation.sfn
    # `probe` fails until the execution has been redriven.
    script = {
        "do": "fail",
        "error": "Shop.Closed",
        "attempt.$": "$$.Execution.RedriveCount",
        "well_from_attempt": 1,
        "result": 2,
    }
    probe = {"Type": "Task", "Resource": installation.function_arn("probe")}
    states = {
        "Fine": probe | {"Parameters": {"do": "return"}, "Next": "Broken"},
        "Broken": probe | {"Parameters": script, "End": True},
    }
    definition = {"StartAt": "Fine", "States": states}
    failed = installation.run(definition)
    assert (failed.status, failed.description["redriveStatus"]) == ("FAILED", "REDRIVABLE")

    token = unique("token")
    redriven = sfn.redrive_execution(executionArn=failed.arn, clientToken=token)
    ended = installation.ended(failed.arn)
    assert ended.output == 2
    assert ended.description["redriveCount"] == 1
    assert ended.description["redriveDate"] == redriven["redriveDate"]
    assert ended.description["redriveStatusReason"] == "Execution is SUCCEEDED and cannot be redriven"
    assert ended.description["startDate"] == failed.description["startDate"]

    before, after = failed.events, ended.events[len(failed.events) :]
    assert ended.events[: len(before)] == before
    assert types(after)[:2] == ["ExecutionRedriven", "LambdaFunctionScheduled"], "what succeeded is not run again"
    assert after[0]["executionRedrivenEventDetails"] == {"redriveCount": 1}
    assert after[0]["previousEventId"] == before[-1]["id"]
    assert "TaskStateEntered" not in types(after)

    assert sfn.redrive_execution(executionArn=failed.arn, clientToken=token)["redriveDate"] == redriven["redriveDate"]
    with pytest.raises(ClientError) as refused:
        sfn.redrive_execution(executionArn=failed.arn, clientToken=unique("token"))
    assert refused.value.response["Error"] == {
        "Code": "ExecutionNotRedrivable",
        "Message": "Execution ARN invalid for redrive as: Execution is SUCCEEDED and cannot be redriven",
    }


def test_an_execution_that_was_stopped_goes_on(installation: Installation) -> None:
    sfn = installation.sfn
    machine = installation.create(machines.wait(3600))
    execution = installation.start(machine)
    sfn.stop_execution(executionArn=execution)
    for count in (1, 2):
        sfn.redrive_execution(executionArn=execution)
        running = sfn.list_executions(stateMachineArn=machine, statusFilter="RUNNING")["executions"]
        assert [(item["executionArn"], item["redriveCount"]) for item in running] == [(execution, count)]
        described = sfn.describe_execution(executionArn=execution)
        assert (described["status"], described["redriveStatus"]) == ("RUNNING", "NOT_REDRIVABLE")
        assert "stopDate" not in described
        sfn.stop_execution(executionArn=execution, cause=json.dumps(count))
    aborted = installation.ended(execution)
    assert (aborted.status, aborted.cause) == ("ABORTED", "2")
    assert types(aborted.events).count("WaitStateEntered") <= 1
