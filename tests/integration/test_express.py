"""Express workflows, through boto3."""

import json
import socket
from datetime import timedelta
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

import machines
from installations import Dev, Installation, as_json, unique
from polling import eventually


def create(here: Installation, definition: machines.Definition, **arguments: Any) -> str:
    created = here.sfn.create_state_machine(
        name=unique("express"), definition=as_json(definition), roleArn=here.role_arn, type="EXPRESS", **arguments
    )
    return created["stateMachineArn"]


def run(here: Installation, definition: machines.Definition, given: object = None) -> dict[str, Any]:
    return here.sfn.start_sync_execution(stateMachineArn=create(here, definition), input=as_json(given or {}))


def code(error: pytest.ExceptionInfo[ClientError]) -> str:
    return error.value.response["Error"]["Code"]


def test_a_synchronous_execution_answers_with_its_output(installation: Installation) -> None:
    greet = {"Type": "Task", "Resource": installation.function_arn("greet"), "Next": "Pause"}
    definition = {
        "StartAt": "Greet",
        "States": {"Greet": greet, "Pause": {"Type": "Wait", "Seconds": 1, "End": True}},
    }
    arn = create(installation, definition)
    answer = installation.sfn.start_sync_execution(stateMachineArn=arn, name="first", input='{"name": "Ada"}')
    assert (answer["status"], json.loads(answer["output"])) == ("SUCCEEDED", {"greeting": "Hello, Ada!"})
    assert answer["executionArn"].startswith(arn.replace(":stateMachine:", ":express:") + ":first:")
    assert (answer["stateMachineArn"], answer["name"], answer["input"]) == (arn, "first", '{"name": "Ada"}')
    took = answer["stopDate"] - answer["startDate"]
    assert timedelta(seconds=1) <= took < timedelta(seconds=20)
    billing = answer["billingDetails"]
    assert billing["billedMemoryUsedInMB"] == 64
    assert billing["billedDurationInMilliseconds"] % 100 == 0
    assert billing["billedDurationInMilliseconds"] >= took / timedelta(milliseconds=1)


def test_a_synchronous_execution_fails_as_its_tasks_do(installation: Installation) -> None:
    event = {"do": "fail", "error": "Broken", "message": "for good"}
    answer = run(installation, machines.task(installation.function_arn("probe")), event)
    assert (answer["status"], answer["error"]) == ("FAILED", "Broken")
    assert json.loads(answer["cause"])["errorMessage"] == "for good"
    assert "output" not in answer


def test_a_retry_is_waited_for_and_a_catch_goes_on(installation: Installation) -> None:
    probe = installation.function_arn("probe")
    parameters = {
        "do": "fail",
        "error": "Busy",
        "attempt.$": "$$.State.RetryCount",
        "well_from_attempt": 1,
        "result": "well",
    }
    retry = [{"ErrorEquals": ["Busy"], "IntervalSeconds": 1}]
    answer = run(installation, machines.task(probe, Parameters=parameters, Retry=retry))
    assert (answer["status"], answer["output"]) == ("SUCCEEDED", '"well"')
    catch = [{"ErrorEquals": ["Busy"], "Next": "Caught"}]
    asks = {
        "Type": "Task",
        "Resource": probe,
        "Parameters": {"do": "fail", "error": "Busy"},
        "Catch": catch,
        "End": True,
    }
    caught = {"Type": "Pass", "Parameters": {"error.$": "$.Error"}, "End": True}
    answer = run(installation, {"StartAt": "Ask", "States": {"Ask": asks, "Caught": caught}})
    assert json.loads(answer["output"]) == {"error": "Busy"}


def test_iterations_of_a_map_are_called_at_the_same_time(installation: Installation) -> None:
    event = {"do": "sleep", "seconds": 2, "result.$": "$"}
    asks = {"Type": "Task", "Resource": installation.function_arn("probe"), "Parameters": event, "End": True}
    processor = {"StartAt": "Ask", "States": {"Ask": asks}}
    answer = run(installation, machines.one_state(Type="Map", ItemProcessor=processor), [1, 2, 3])
    assert json.loads(answer["output"]) == [1, 2, 3]
    assert answer["stopDate"] - answer["startDate"] < timedelta(seconds=6)


def test_a_machine_that_takes_too_long_is_timed_out(installation: Installation) -> None:
    answer = run(installation, machines.wait(60) | {"TimeoutSeconds": 1})
    assert answer["status"] == "TIMED_OUT"
    assert answer["stopDate"] - answer["startDate"] < timedelta(seconds=10)


def test_started_executions_run_by_themselves_and_leave_no_history(installation: Installation, tmp_path: Path) -> None:
    arn = create(installation, machines.task(installation.function_arn("probe")))
    calls = tmp_path / "calls"
    started = installation.start(arn, {"calls": str(calls)}, "same")
    again = installation.start(arn, {"calls": str(calls)}, "same")
    assert started != again
    eventually("both calls", lambda: calls.exists() and len(calls.read_text().splitlines()) == 2)
    for operation in ("describe_execution", "get_execution_history", "stop_execution"):
        with pytest.raises(ClientError) as refused:
            getattr(installation.sfn, operation)(executionArn=started)
        assert code(refused) in ("InvalidArn", "ExecutionDoesNotExist"), operation
    with pytest.raises(ClientError) as refused:
        installation.sfn.list_executions(stateMachineArn=arn)
    assert code(refused) == "StateMachineTypeNotSupported"


def test_only_express_machines_are_run_synchronously(installation: Installation) -> None:
    with pytest.raises(ClientError) as refused:
        installation.sfn.start_sync_execution(stateMachineArn=installation.create(machines.passes()))
    assert code(refused) == "StateMachineTypeNotSupported"


@pytest.mark.parametrize(
    ("level", "data"), [("ALL", True), ("ALL", False), ("ERROR", False), ("FATAL", False), ("OFF", False)]
)
def test_events_are_logged_as_the_machine_asks(tmp_path: Path, level: str, data: bool) -> None:
    log = tmp_path / "events"
    server = Dev(tmp_path / "log", None, None, "--execution-log", str(log))
    here = server.start()
    group = "arn:aws:logs:us-east-1:123456789012:log-group:express:*"
    logging: dict[str, Any] = {"level": level, "includeExecutionData": data}
    if level != "OFF":
        logging["destinations"] = [{"cloudWatchLogsLogGroup": {"logGroupArn": group}}]
    definition = {"StartAt": "P", "States": {"P": {"Type": "Pass", "Next": "F"}, "F": {"Type": "Fail", "Error": "E"}}}
    arn = create(here, definition, loggingConfiguration=logging)
    answer = here.sfn.start_sync_execution(stateMachineArn=arn, input='{"secret": 1}')
    assert server.stop() == 0
    events = [json.loads(line) for line in log.read_text().splitlines()]
    every = ["ExecutionStarted", "PassStateEntered", "PassStateExited", "FailStateEntered", "ExecutionFailed"]
    expected = {"ALL": every, "ERROR": every[3:], "FATAL": every[4:], "OFF": []}[level]
    assert [event["type"] for event in events] == expected
    assert all(event["execution_arn"] == answer["executionArn"] for event in events)
    assert ("secret" in log.read_text()) == data


def test_a_host_with_the_prefix_of_sdks_is_served(dev: Installation, monkeypatch: pytest.MonkeyPatch) -> None:
    resolve = socket.getaddrinfo
    resolved = []

    def without_prefix(host: Any, *arguments: Any, **named: Any) -> Any:
        name = host.decode() if isinstance(host, bytes) else host
        resolved.append(name)
        return resolve(name.removeprefix("sync-"), *arguments, **named)

    monkeypatch.setattr(socket, "getaddrinfo", without_prefix)
    config = Config(retries={"total_max_attempts": 1})
    endpoint = dev.endpoint.replace("127.0.0.1", "localhost")
    sfn = boto3.client("stepfunctions", endpoint_url=endpoint, region_name=dev.region, config=config)
    answer = sfn.start_sync_execution(stateMachineArn=create(dev, machines.passes()), input="[1]")
    assert answer["output"] == "[1]"
    assert "sync-localhost" in resolved
