"""`stepwell dev` where Step Functions Local stood: its options and variables, and its mock configuration file."""

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import histories
import machines
from installations import Dev, Installation, binary, unique

RETRY = [{"ErrorEquals": ["States.ALL"], "IntervalSeconds": 1, "MaxAttempts": 3, "BackoffRate": 1}]

#: A function that is called through an integration, and a queue, which this version cannot call.
DEFINITION = {
    "StartAt": "Greet",
    "States": {
        "Greet": {
            "Type": "Task",
            "Resource": "arn:aws:states:::lambda:invoke",
            "Parameters": {"FunctionName": "hello", "Payload.$": "$"},
            "Retry": RETRY,
            "ResultSelector": {"said.$": "$.Payload.body"},
            "Next": "Send",
        },
        "Send": {
            "Type": "Task",
            "Resource": "arn:aws:states:::sqs:sendMessage",
            "Parameters": {"QueueUrl": "https://sqs.us-east-1.amazonaws.com/123456789012/queue", "MessageBody.$": "$"},
            "End": True,
        },
    },
}

CONFIG: dict[str, Any] = {
    "StateMachines": {
        "greeting": {
            "TestCases": {
                "HappyPath": {"Greet": "Greeted", "Send": "Sent"},
                "RetryPath": {"Greet": "GreetedLate", "Send": "Sent"},
                "Refused": {"Greet": "Greeted", "Send": "NotSent"},
                "HalfMocked": {"Greet": "Greeted"},
                "TooFew": {"Greet": "GreetedNever", "Send": "Sent"},
                "Missing": {"Greet": "Nowhere"},
            }
        }
    },
    "MockedResponses": {
        "Greeted": {"0": {"Return": {"StatusCode": 200, "Payload": {"body": "Hello!"}}}},
        "GreetedLate": {
            "0": {"Throw": {"Error": "Lambda.ResourceNotReadyException", "Cause": "not yet"}},
            "1-2": {"Throw": {"Error": "Lambda.TimeoutException", "Cause": "too late"}},
            "3": {"Return": {"StatusCode": 200, "Payload": {"body": "Hello at last!"}}},
        },
        "GreetedNever": {"0": {"Throw": {"Error": "Lambda.TimeoutException", "Cause": "too late"}}},
        "Sent": {"0": {"Return": {"MessageId": "m1"}}},
        "NotSent": {"0": {"Throw": {"Error": "SQS.QueueDoesNotExist", "Cause": "no such queue"}}},
    },
}


@pytest.fixture(scope="module")
def local(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    folder = tmp_path_factory.mktemp("local")
    config = folder / "MockConfigFile.json"
    config.write_text(json.dumps(CONFIG))
    variables = {
        "SFN_MOCK_CONFIG": str(config),
        "AWS_ACCOUNT_ID": "111122223333",
        "AWS_DEFAULT_REGION": "eu-west-1",
        "AWS_REGION": "",
        "SQS_ENDPOINT": "http://127.0.0.1:4576",
        "LAMBDA_ENDPOINT": "",
    }
    server = Dev(folder / "log", None, None, "-waitTimeScale", "0")
    with pytest.MonkeyPatch.context() as environment:
        for name, value in variables.items():
            environment.setenv(name, value)
        installation = server.start()
    installation.region, installation.account = "eu-west-1", "111122223333"
    installation.create(DEFINITION, "greeting")
    yield installation
    assert server.stop() == 0
    log = server.log.read_text()
    assert "the endpoint of SQS is not used" in log


def start(local: Installation, case: str) -> str:
    machine = "arn:aws:states:eu-west-1:111122223333:stateMachine:greeting"
    return local.start(f"{machine}#{case}" if case else machine)


def test_a_test_case_answers_for_every_task(local: Installation) -> None:
    ended = local.ended(start(local, "HappyPath"))
    assert ended.output == {"MessageId": "m1"}
    assert ended.arn.startswith("arn:aws:states:eu-west-1:111122223333:execution:greeting:")
    assert histories.types(ended.events) == [
        "ExecutionStarted",
        *("TaskStateEntered", "TaskScheduled", "TaskStarted", "TaskSucceeded", "TaskStateExited"),
        *("TaskStateEntered", "TaskScheduled", "TaskStarted", "TaskSucceeded", "TaskStateExited"),
        "ExecutionSucceeded",
    ]
    scheduled = ended.events[7]["taskScheduledEventDetails"]
    assert (scheduled["resourceType"], scheduled["resource"]) == ("sqs", "sendMessage")
    assert json.loads(scheduled["parameters"])["MessageBody"] == {"said": "Hello!"}


def test_retries_take_the_next_answer(local: Installation) -> None:
    ended = local.ended(start(local, "RetryPath"))
    assert ended.output == {"MessageId": "m1"}
    failures = [event["taskFailedEventDetails"]["error"] for event in ended.events if event["type"] == "TaskFailed"]
    assert failures == ["Lambda.ResourceNotReadyException", "Lambda.TimeoutException", "Lambda.TimeoutException"]


def test_a_thrown_error_fails_the_execution(local: Installation) -> None:
    ended = local.ended(start(local, "Refused"))
    assert (ended.status, ended.error, ended.cause) == ("FAILED", "SQS.QueueDoesNotExist", "no such queue")


@pytest.mark.parametrize(
    ("case", "cause"),
    [
        ("TooFew", "The mocked response 'GreetedNever' has no answer for call 1."),
        ("HalfMocked", "cannot do this in this version"),
    ],
)
def test_what_is_neither_mocked_nor_can_be_called_fails_the_execution(
    local: Installation, case: str, cause: str
) -> None:
    ended = local.ended(start(local, case))
    assert (ended.status, ended.error) == ("FAILED", "States.Runtime")
    assert cause in (ended.cause or "")


@pytest.mark.parametrize(
    ("case", "said"),
    [
        ("Happypath", "no test case 'Happypath' of the state machine 'greeting'"),
        ("Missing", "no mocked response 'Nowhere'"),
    ],
)
def test_a_test_case_that_is_not_there_is_refused(local: Installation, case: str, said: str) -> None:
    with pytest.raises(local.sfn.exceptions.ClientError) as error:
        start(local, case)
    assert error.value.response["Error"]["Code"] == "ValidationException"
    assert said in error.value.response["Error"]["Message"]


def test_waits_are_cut_to_the_scale(local: Installation) -> None:
    ended = local.run(machines.wait(86_400), {"n": 1})
    assert ended.output == {"n": 1}


def test_an_empty_test_case_is_none(local: Installation) -> None:
    machine = local.create(machines.passes(1), unique("passes"))
    assert local.ended(local.start(f"{machine}#", {"n": 1})).output == {"n": 1}


def test_without_a_configuration_there_are_no_test_cases(dev: Installation) -> None:
    machine = dev.create(machines.passes(1))
    with pytest.raises(dev.sfn.exceptions.StateMachineDoesNotExist):
        dev.start(f"{machine}#HappyPath")


def test_only_an_execution_is_started_by_the_arn_of_a_test_case(dev: Installation) -> None:
    machine = dev.create(machines.passes(1))
    version = dev.sfn.publish_state_machine_version(stateMachineArn=machine)["stateMachineVersionArn"]
    of_machine = [dev.sfn.list_state_machine_versions, dev.sfn.list_state_machine_aliases, dev.sfn.delete_state_machine]
    for case in ("", "HappyPath"):
        for call in of_machine:
            with pytest.raises(dev.sfn.exceptions.InvalidArn):
                call(stateMachineArn=f"{machine}#{case}")
        with pytest.raises(dev.sfn.exceptions.InvalidArn):
            dev.sfn.delete_state_machine_version(stateMachineVersionArn=f"{version}#{case}")
    assert dev.sfn.describe_state_machine(stateMachineArn=version)["status"] == "ACTIVE"


def test_an_arn_with_an_empty_test_case_is_malformed_without_a_configuration(dev: Installation) -> None:
    machine = dev.create(machines.passes(1))
    for call in (dev.sfn.start_execution, dev.sfn.describe_state_machine, dev.sfn.list_executions):
        with pytest.raises(dev.sfn.exceptions.InvalidArn):
            call(stateMachineArn=f"{machine}#")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "it is not JSON"),
        ('{"StateMachines": []}', "an object is expected at /StateMachines"),
        ('{"MockedResponses": {"A": {"x": {"Return": 1}}}}', "is expected at /MockedResponses/A/x"),
        (None, "No such file"),
    ],
)
def test_a_wrong_configuration_stops_the_start(tmp_path: Path, text: str | None, said: str) -> None:
    config = tmp_path / "MockConfigFile.json"
    if text is not None:
        config.write_text(text)
    command = [binary("stepwell"), "dev", "--port", "0", "--mock-config", config]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=20)
    assert done.returncode == 1
    assert said in done.stderr
    assert str(config) in done.stderr
