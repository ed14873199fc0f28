"""boto3, the AWS CLI, the AWS SDKs for JavaScript and Rust: each does what it does on AWS."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import machines
from clients import AwsCli, Boto3, Client, Refused, javascript, rust
from installations import Installation, unique
from polling import eventually

#: The map runs' come with Distributed Map.
NOT_YET = {"DescribeMapRun", "ListMapRuns", "UpdateMapRun"}

CLIENTS = ["boto3", "aws cli", "javascript", "rust"]
#: Which can be told not to put `sync-` before the endpoint's host.
SYNC_CLIENTS = ["boto3", "aws cli", "javascript"]


@pytest.fixture
def all_clients(
    request: pytest.FixtureRequest, installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Client]:
    if request.param == "boto3":
        client: Client = Boto3(installation)
    elif request.param == "aws cli":
        client = AwsCli(installation, request.getfixturevalue("capfd"), monkeypatch)
    elif request.param == "javascript":
        client = javascript(installation)
    else:
        client = rust(installation)
    yield client
    client.close()


@pytest.mark.parametrize("all_clients", CLIENTS, indirect=True)
def test_a_client_drives_a_state_machine_from_creation_to_deletion(
    all_clients: Client, installation: Installation
) -> None:
    call, role = all_clients.call, installation.role_arn
    definition = json.dumps(machines.passes(2))
    machine = call("CreateStateMachine", name=unique("client"), definition=definition, roleArn=role)["stateMachineArn"]
    assert call("DescribeStateMachine", stateMachineArn=machine)["definition"] == definition
    assert machine in {item["stateMachineArn"] for item in call("ListStateMachines")["stateMachines"]}

    execution = call("StartExecution", stateMachineArn=machine, name="first", input='{"n": 1.50, "ä": "€"}')
    execution = execution["executionArn"]
    installation.ended(execution)
    described = call("DescribeExecution", executionArn=execution)
    assert (described["status"], described["output"]) == ("SUCCEEDED", '{"n": 1.50, "ä": "€"}')
    events = call("GetExecutionHistory", executionArn=execution)["events"]
    assert [event["id"] for event in events] == list(range(1, len(events) + 1))
    assert (events[0]["type"], events[-1]["type"]) == ("ExecutionStarted", "ExecutionSucceeded")

    assert call("UpdateStateMachine", stateMachineArn=machine, definition=json.dumps(machines.wait(3600)))["revisionId"]
    second = call("StartExecution", stateMachineArn=machine, name="second")["executionArn"]
    assert call("StopExecution", executionArn=second, error="Enough", cause="of this")["stopDate"]
    described = call("DescribeExecution", executionArn=second)
    assert (described["status"], described["error"], described["cause"]) == ("ABORTED", "Enough", "of this")
    listed = call("ListExecutions", stateMachineArn=machine)["executions"]
    assert [item["name"] for item in listed] == ["second", "first"]

    call("DeleteStateMachine", stateMachineArn=machine)
    eventually("the end of the state machine", lambda: is_gone(all_clients, machine), 60)


def is_gone(client: Client, machine: str) -> bool:
    try:
        client.call("DescribeStateMachine", stateMachineArn=machine)
    except Refused as refused:
        return refused.code == "StateMachineDoesNotExist"
    return False


@pytest.mark.parametrize("all_clients", CLIENTS, indirect=True)
def test_a_client_tells_errors_as_those_of_the_service(all_clients: Client, installation: Installation) -> None:
    nowhere = f"arn:aws:states:{installation.region}:{installation.account}:stateMachine:nowhere"
    refused = refusal(all_clients, "StartExecution", stateMachineArn=nowhere)
    assert (refused.code, refused.message) == ("StateMachineDoesNotExist", f"State Machine Does Not Exist: '{nowhere}'")
    assert refused.status in (400, None)
    refused = refusal(all_clients, "CreateStateMachine", name="a b", definition="{}", roleArn=installation.role_arn)
    assert refused.code == "InvalidName"


@pytest.mark.parametrize("all_clients", CLIENTS, indirect=True)
def test_a_client_keeps_a_state_machine_as_terraform_does(all_clients: Client, installation: Installation) -> None:
    call, role = all_clients.call, installation.role_arn
    first, second = json.dumps(machines.passes(1)), json.dumps(machines.passes(2))
    assert call("ValidateStateMachineDefinition", definition=first, type="STANDARD")["result"] == "OK"
    settings = {
        "loggingConfiguration": {"level": "OFF", "includeExecutionData": False},
        "tracingConfiguration": {"enabled": False},
    }
    created = call(
        "CreateStateMachine",
        **{"name": unique("terraform"), "definition": first, "roleArn": role, "type": "STANDARD", "publish": True},
        **settings,
        versionDescription="first",
        tags=[{"key": "team", "value": "shop"}, {"key": "stage", "value": "test"}],
    )
    machine, version = created["stateMachineArn"], created["stateMachineVersionArn"]
    described = call("DescribeStateMachine", stateMachineArn=machine)
    for name, value in {"definition": first, "roleArn": role, "type": "STANDARD", "status": "ACTIVE"}.items():
        assert described[name] == value
    assert described["loggingConfiguration"]["level"] == "OFF"
    assert described["tracingConfiguration"] == {"enabled": False}
    assert [version] == versions(all_clients, machine)
    assert call("ListTagsForResource", resourceArn=machine)["tags"] == [
        {"key": "team", "value": "shop"},
        {"key": "stage", "value": "test"},
    ]

    changed = {"definition": second, "publish": True, "roleArn": role} | settings
    updated = call("UpdateStateMachine", stateMachineArn=machine, **changed)
    eventually(
        "the new definition",
        lambda: call("DescribeStateMachine", stateMachineArn=machine)["definition"] == second,
    )
    assert [updated["stateMachineVersionArn"], version] == versions(all_clients, machine)
    call("UntagResource", resourceArn=machine, tagKeys=["team"])
    call("TagResource", resourceArn=machine, tags=[{"key": "stage", "value": "live"}])
    assert call("ListTagsForResource", resourceArn=machine)["tags"] == [{"key": "stage", "value": "live"}]
    call("DeleteStateMachine", stateMachineArn=machine)
    eventually("the end of the state machine", lambda: is_gone(all_clients, machine), 60)


@pytest.mark.parametrize("all_clients", CLIENTS, indirect=True)
def test_a_client_shifts_an_alias_as_cloudformation_does(all_clients: Client, installation: Installation) -> None:
    call, definitions = all_clients.call, [json.dumps(machines.passes(count)) for count in (1, 2, 3)]
    created = call(
        "CreateStateMachine",
        name=unique("cloudformation"),
        definition=definitions[0],
        roleArn=installation.role_arn,
    )
    machine = created["stateMachineArn"]
    revision = call("UpdateStateMachine", stateMachineArn=machine, definition=definitions[1])["revisionId"]
    old = call("PublishStateMachineVersion", stateMachineArn=machine, revisionId=revision, description="old")
    old_version = old["stateMachineVersionArn"]
    alias = call(
        "CreateStateMachineAlias",
        name="live",
        routingConfiguration=[{"stateMachineVersionArn": old_version, "weight": 100}],
    )["stateMachineAliasArn"]
    call("UpdateStateMachine", stateMachineArn=machine, definition=definitions[2])
    new_version = call("PublishStateMachineVersion", stateMachineArn=machine)["stateMachineVersionArn"]
    for weight in (20, 100):
        routing = [{"stateMachineVersionArn": new_version, "weight": weight}]
        if weight < 100:
            routing.append({"stateMachineVersionArn": old_version, "weight": 100 - weight})
        call("UpdateStateMachineAlias", stateMachineAliasArn=alias, routingConfiguration=routing)
        described = call("DescribeStateMachineAlias", stateMachineAliasArn=alias)
        assert described["routingConfiguration"] == routing
    listed = call("ListStateMachineAliases", stateMachineArn=machine)["stateMachineAliases"]
    assert [item["stateMachineAliasArn"] for item in listed] == [alias]

    execution = call("StartExecution", stateMachineArn=alias)["executionArn"]
    ended = installation.ended(execution)
    assert ended.description["stateMachineVersionArn"] == new_version
    assert call("DescribeStateMachineForExecution", executionArn=execution)["definition"] == definitions[2]
    call("DeleteStateMachineVersion", stateMachineVersionArn=old_version)
    refused = refusal(all_clients, "DeleteStateMachineVersion", stateMachineVersionArn=new_version)
    assert refused.code == "ConflictException"
    call("DeleteStateMachineAlias", stateMachineAliasArn=alias)
    call("DeleteStateMachineVersion", stateMachineVersionArn=new_version)
    assert versions(all_clients, machine) == []
    call("DeleteStateMachine", stateMachineArn=machine)


def versions(client: Client, machine: str) -> list[str]:
    listed = client.call("ListStateMachineVersions", stateMachineArn=machine)["stateMachineVersions"]
    return [item["stateMachineVersionArn"] for item in listed]


@pytest.mark.parametrize("all_clients", SYNC_CLIENTS, indirect=True)
def test_a_client_runs_an_express_workflow_and_tests_a_state(all_clients: Client, installation: Installation) -> None:
    call, role = all_clients.call, installation.role_arn
    definition = json.dumps(machines.one_state(Type="Pass", Parameters={"doubled.$": "States.MathAdd($.n, $.n)"}))
    express = call("CreateStateMachine", name=unique("express"), definition=definition, roleArn=role, type="EXPRESS")
    done = call("StartSyncExecution", stateMachineArn=express["stateMachineArn"], input='{"n": 21}')
    assert (done["status"], json.loads(done["output"])) == ("SUCCEEDED", {"doubled": 42})

    state = json.dumps({"Type": "Choice", "Choices": [{"Variable": "$.n", "NumericEquals": 1, "Next": "One"}]})
    tested = call("TestState", definition=state, input='{"n": 1}', roleArn=role, inspectionLevel="INFO")
    assert (tested["status"], tested["nextState"]) == ("SUCCEEDED", "One")
    tested = call("TestState", definition=json.dumps({"Type": "Fail", "Error": "Refused"}), roleArn=role)
    assert (tested["status"], tested["error"]) == ("FAILED", "Refused")


@pytest.mark.parametrize("all_clients", CLIENTS, indirect=True)
def test_a_client_answers_by_task_token(all_clients: Client, installation: Installation) -> None:
    call = all_clients.call
    definition = machines.task(
        "arn:aws:states:::lambda:invoke.waitForTaskToken",
        Parameters={"FunctionName": "echo", "Payload": {"token.$": "$$.Task.Token"}},
    )
    machine = installation.create(definition)
    first, second = installation.start(machine), installation.start(machine)
    token = token_of(installation, first)
    call("SendTaskHeartbeat", taskToken=token)
    call("SendTaskSuccess", taskToken=token, output='{"approved": true}')
    assert installation.ended(first).output == {"approved": True}
    call("SendTaskFailure", taskToken=token_of(installation, second), error="Refused", cause="by hand")
    ended = installation.ended(second)
    assert (ended.status, ended.error, ended.cause) == ("FAILED", "Refused", "by hand")
    for operation, more in [
        ("SendTaskHeartbeat", {}),
        ("SendTaskSuccess", {"output": "1"}),
        ("SendTaskFailure", {"error": "E"}),
    ]:
        assert refusal(all_clients, operation, taskToken=token, **more).code == "TaskTimedOut"
        assert refusal(all_clients, operation, taskToken=token[:-4], **more).code == "InvalidToken"


@pytest.mark.parametrize("all_clients", CLIENTS, indirect=True)
def test_a_client_redrives_what_failed(all_clients: Client, installation: Installation) -> None:
    call = all_clients.call
    execution = installation.begin(machines.one_state(Type="Fail", Error="Refused"))
    installation.ended(execution)
    assert call("RedriveExecution", executionArn=execution)["redriveDate"]
    ended = installation.ended(execution)
    assert (ended.status, ended.error) == ("FAILED", "Refused")
    assert call("DescribeExecution", executionArn=execution)["redriveCount"] == 1


@pytest.mark.parametrize("all_clients", CLIENTS, indirect=True)
def test_a_client_works_for_an_activity(all_clients: Client, installation: Installation) -> None:
    call, name = all_clients.call, unique("activity")
    activity = call("CreateActivity", name=name)["activityArn"]
    assert call("DescribeActivity", activityArn=activity)["name"] == name
    assert activity in {item["activityArn"] for item in call("ListActivities", maxResults=1000)["activities"]}
    execution = installation.begin(machines.task(activity), {"n": 1})
    poll = {"activityArn": activity, "workerName": "worker"}
    task = eventually("a task", lambda: with_token(call("GetActivityTask", **poll)), 60)
    assert json.loads(task["input"]) == {"n": 1}
    call("SendTaskSuccess", taskToken=task["taskToken"], output='{"done": true}')
    assert installation.ended(execution).output == {"done": True}
    call("DeleteActivity", activityArn=activity)
    assert refusal(all_clients, "GetActivityTask", **poll).code == "ActivityDoesNotExist"


def with_token(task: dict[str, Any]) -> dict[str, Any] | None:
    """No task comes without one."""
    return task if task.get("taskToken") else None


def token_of(installation: Installation, execution: str) -> str:
    """As the function was given it."""
    installation.reached(execution, "TaskSubmitted")
    [scheduled] = [event for event in installation.history(execution) if event["type"] == "TaskScheduled"]
    return json.loads(scheduled["taskScheduledEventDetails"]["parameters"])["Payload"]["token"]


@pytest.mark.parametrize("all_clients", CLIENTS, indirect=True)
def test_a_client_is_told_what_is_not_there_yet(all_clients: Client, installation: Installation) -> None:
    parameters = {
        "DescribeMapRun": {"mapRunArn": "arn:aws:states:us-east-1:123456789012:mapRun:a/b:c"},
        "ListMapRuns": {"executionArn": "arn:aws:states:us-east-1:123456789012:execution:a:b"},
    }
    for operation, given in parameters.items():
        refused = refusal(all_clients, operation, **given)
        assert operation in refused.message


def test_every_operation_is_called_by_a_client(dev: Installation) -> None:
    called = set(re.findall(r"\b(?:call|refusal)\(\s*(?:all_clients, )?\"(\w+)\"", Path(__file__).read_text()))
    assert set(dev.sfn.meta.service_model.operation_names) - called == NOT_YET


def refusal(client: Client, operation: str, **parameters: Any) -> Refused:
    with pytest.raises(Refused) as refused:
        client.call(operation, **parameters)
    return refused.value
