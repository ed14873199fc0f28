"""TestState, through boto3."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from installations import Installation, as_json

SEND = "arn:aws:states:::sqs:sendMessage"


def state(here: Installation, definition: dict[str, Any], **arguments: Any) -> dict[str, Any]:
    return here.sfn.test_state(definition=as_json(definition), **arguments)


def test_a_state_gives_its_output_and_what_comes_next(installation: Installation) -> None:
    chooses = {
        "Type": "Choice",
        "Choices": [{"Variable": "$.n", "NumericGreaterThan": 1, "Next": "Many"}],
        "Default": "Few",
    }
    for n, following in ((1, "Few"), (2, "Many")):
        answer = state(installation, chooses, input=as_json({"n": n}))
        assert (answer["status"], answer["nextState"]) == ("SUCCEEDED", following)
        assert json.loads(answer["output"]) == {"n": n}


def test_every_stage_of_the_data_is_shown(installation: Installation) -> None:
    passes = {
        "Type": "Pass",
        "InputPath": "$.a",
        "Parameters": {"b.$": "$"},
        "ResultPath": "$.c",
        "Next": "Then",
    }
    answer = state(installation, passes, input='{"a": 1}', inspectionLevel="DEBUG")
    data = {name: json.loads(value) for name, value in answer["inspectionData"].items() if isinstance(value, str)}
    expected = {
        "input": {"a": 1},
        "afterInputPath": 1,
        "afterParameters": {"b": 1},
        "afterResultPath": {"a": 1, "c": {"b": 1}},
    }
    assert {name: data[name] for name in expected} == expected
    assert json.loads(answer["output"]) == expected["afterResultPath"]


def test_a_task_is_really_called(installation: Installation) -> None:
    greets = {"Type": "Task", "Resource": installation.function_arn("greet"), "End": True}
    answer = state(installation, greets, input='{"name": "Ada"}', roleArn=installation.role_arn)
    assert json.loads(answer["output"]) == {"greeting": "Hello, Ada!"}


def test_an_error_of_a_task_is_retriable_caught_or_final(installation: Installation) -> None:
    fails = {
        "Type": "Task",
        "Resource": installation.function_arn("probe"),
        "Parameters": {"do": "fail", "error": "Busy"},
        "Retry": [{"ErrorEquals": ["Busy"], "IntervalSeconds": 3, "MaxAttempts": 1}],
        "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Caught"}],
        "End": True,
    }
    role = installation.role_arn
    answer = state(installation, fails, roleArn=role, inspectionLevel="DEBUG")
    assert (answer["status"], answer["error"]) == ("RETRIABLE", "Busy")
    del fails["Retry"]
    answer = state(installation, fails, roleArn=role)
    assert (answer["status"], answer["nextState"]) == ("CAUGHT_ERROR", "Caught")
    del fails["Catch"]
    answer = state(installation, fails, roleArn=role)
    assert (answer["status"], answer["error"]) == ("FAILED", "Busy")


def test_a_mock_stands_for_an_integration_and_has_to_look_like_its_answers(installation: Installation) -> None:
    sends = {"Type": "Task", "Resource": SEND, "Parameters": {"QueueUrl": "q", "MessageBody": "b"}, "End": True}
    answer = state(installation, sends, mock={"result": '{"MessageId": "1"}', "fieldValidationMode": "PRESENT"})
    assert json.loads(answer["output"]) == {"MessageId": "1"}
    with pytest.raises(ClientError) as refused:
        state(installation, sends, mock={"result": '{"MessageId": 1}', "fieldValidationMode": "STRICT"})
    assert refused.value.response["Error"]["Code"] == "ValidationException"
    answer = state(installation, sends, mock={"result": '{"MessageId": 1}', "fieldValidationMode": "NONE"})
    assert json.loads(answer["output"]) == {"MessageId": 1}


def test_a_state_is_found_in_a_machine(installation: Installation) -> None:
    machine = {
        "StartAt": "First",
        "States": {
            "First": {"Type": "Pass", "Next": "Each"},
            "Each": {
                "Type": "Map",
                "ItemProcessor": {
                    "StartAt": "Inner",
                    "States": {"Inner": {"Type": "Pass", "Result": "inner", "End": True}},
                },
                "End": True,
            },
        },
    }
    answer = state(installation, machine, stateName="First", input="[1]")
    assert (answer["output"], answer["nextState"]) == ("[1]", "Each")
    assert state(installation, machine, stateName="Inner", input="1")["output"] == '"inner"'
    answer = state(installation, machine, stateName="Each", input="[1, 2]", mock={"result": '["a", "b"]'})
    assert json.loads(answer["output"]) == ["a", "b"]
    with pytest.raises(ClientError) as refused:
        state(installation, machine, stateName="Other")
    assert refused.value.response["Error"]["Code"] == "ValidationException"
