"""Requests that are wrong: the error that AWS gives, and nothing stored."""

import http.client
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlparse

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest

import machines
from installations import Installation, unique

ROLE = "arn:aws:iam::123456789012:role/stepwell-tests"
GOOD = json.dumps(machines.passes(1))


@dataclass
class Answer:
    status: int
    error: str
    message: str
    headers: dict[str, str] = field(default_factory=dict)


def post(
    installation: Installation, operation: str | None, body: bytes, signed: bool = True, method: str = "POST"
) -> Answer:
    """A request that no SDK would send."""
    headers = {"Content-Type": "application/x-amz-json-1.0"}
    if operation is not None:
        headers["X-Amz-Target"] = operation
    request = AWSRequest(method, installation.endpoint, headers, body)
    if signed:
        SigV4Auth(installation.session().get_credentials(), "states", installation.region).add_auth(request)
    url = urlparse(installation.endpoint)
    secure = url.scheme == "https"
    connection = (http.client.HTTPSConnection if secure else http.client.HTTPConnection)(url.netloc, timeout=30)
    try:
        connection.request(method, url.path or "/", body, dict(request.headers.items()))
        response = connection.getresponse()
        text = response.read()
    finally:
        connection.close()
    answer = json.loads(text)
    error = answer.get("__type", "").rpartition("#")[2]
    message = answer.get("message") or answer.get("Message") or ""
    return Answer(response.status, error, message, dict(response.getheaders()))


def call(installation: Installation, operation: str, parameters: object) -> Answer:
    return post(installation, f"AWSStepFunctions.{operation}", json.dumps(parameters).encode())


def stored(installation: Installation) -> object:
    """The state machines, as the API tells."""
    sfn = installation.sfn
    pages = sfn.get_paginator("list_state_machines").paginate()
    arns = [machine["stateMachineArn"] for page in pages for machine in page["stateMachines"]]
    described = [sfn.describe_state_machine(stateMachineArn=arn) for arn in arns]
    return [(machine["stateMachineArn"], machine["definition"], machine["roleArn"]) for machine in described]


@pytest.fixture(scope="module")
def machine(installation: Installation) -> str:
    return installation.create(machines.passes(1), unique("unharmed"))


@pytest.fixture(scope="module", autouse=True)
def tables_stay_as_they_are(request: pytest.FixtureRequest, installation: Installation, machine: str) -> Iterator[None]:
    """Of all that is refused here nothing may be left in the tables."""
    if installation.flavour != "deployed":
        yield
        return
    deployment = request.getfixturevalue("deployment")
    tables = [f"{table}Table" for table in ("Catalog", "Executions", "Timers")]
    before = {table: deployment.count(table) for table in tables}
    # Executions of other tests may still add records of their own.
    journals = deployment.journals()
    yield
    assert {table: deployment.count(table) for table in tables} == before
    assert deployment.journals() == journals


@pytest.fixture(autouse=True)
def nothing_is_stored(installation: Installation, tables_stay_as_they_are: None) -> Iterator[None]:
    """Of what one test sends nothing may be left; asked where asking takes no time."""
    if installation.flavour != "dev":
        yield
        return
    before = stored(installation)
    yield
    assert stored(installation) == before


@pytest.mark.parametrize(
    ("body", "error"),
    [
        (b"", "SerializationException"),
        (b"{", "SerializationException"),
        (b"not json", "SerializationException"),
        (b'{"name": "a", "name": }', "SerializationException"),
        (b"\xff\xfe", "SerializationException"),
        (b"[]", "SerializationException"),
        (b'"text"', "SerializationException"),
        (b"[" * 100_000, "SerializationException"),
        (b'{"a":' * 100_000, "SerializationException"),
    ],
    ids=lambda value: repr(value[:12]) if isinstance(value, bytes) else None,
)
def test_a_body_that_is_no_json_object_is_refused(installation: Installation, body: bytes, error: str) -> None:
    answer = post(installation, "AWSStepFunctions.CreateStateMachine", body)
    if body == b"\xff\xfe" and installation.flavour == "deployed":
        # A REST API hands on text: what arrives is not what was signed.
        error = "InvalidSignatureException"
    assert (answer.status, answer.error) == (400, error)


@pytest.mark.parametrize(
    "operation",
    [
        None,
        "",
        "AWSStepFunctions.",
        "AWSStepFunctions.Dance",
        "StepFunctions.ListStateMachines",
        "AWSStepFunctions.liststatemachines",
    ],
)
def test_an_unknown_operation_is_refused(installation: Installation, operation: str | None) -> None:
    answer = post(installation, operation, b"{}")
    assert (answer.status, answer.error) == (400, "UnknownOperationException")


@pytest.mark.parametrize(
    "operation", ["CreateActivity", "GetActivityTask", "StartSyncExecution", "TestState", "ListMapRuns"]
)
def test_an_operation_that_is_not_served_says_so(installation: Installation, operation: str) -> None:
    answer = call(installation, operation, {})
    assert answer.status in (400, 501)
    assert answer.error


def test_an_answer_has_a_request_id(installation: Installation) -> None:
    headers = {name.lower(): value for name, value in call(installation, "Dance", {}).headers.items()}
    assert headers["x-amzn-requestid"]
    assert headers["content-type"] == "application/x-amz-json-1.0"


def test_an_unsigned_request_is_refused(installation: Installation) -> None:
    answer = post(installation, "AWSStepFunctions.ListStateMachines", b"{}", signed=False)
    assert (answer.status, answer.error) == (400, "MissingAuthenticationTokenException")


CREATE = {"name": "refused", "definition": GOOD, "roleArn": ROLE}
MACHINE = "arn:aws:states:us-east-1:123456789012:stateMachine:nowhere"
EXECUTION = "arn:aws:states:us-east-1:123456789012:execution:nowhere:nothing"

#: Operation, parameters, error, and what its message contains.
REFUSED: list[tuple[str, dict[str, Any], str, str]] = [
    # A wrong type in a field.
    ("CreateStateMachine", CREATE | {"name": 1}, "SerializationException", ""),
    ("CreateStateMachine", CREATE | {"definition": {"StartAt": "A"}}, "SerializationException", ""),
    ("CreateStateMachine", CREATE | {"roleArn": ["a"]}, "SerializationException", ""),
    ("CreateStateMachine", CREATE | {"publish": "yes"}, "SerializationException", ""),
    ("CreateStateMachine", CREATE | {"tags": {"a": "b"}}, "SerializationException", ""),
    ("StartExecution", {"stateMachineArn": {"a": 1}}, "SerializationException", ""),
    ("StartExecution", {"stateMachineArn": MACHINE, "input": {"a": 1}}, "SerializationException", ""),
    ("GetExecutionHistory", {"executionArn": EXECUTION, "maxResults": "many"}, "SerializationException", ""),
    ("GetExecutionHistory", {"executionArn": EXECUTION, "reverseOrder": 1}, "SerializationException", ""),
    # What the model demands.
    ("CreateStateMachine", {}, "ValidationException", "validation error"),
    ("CreateStateMachine", {"name": None, "definition": GOOD, "roleArn": ROLE}, "ValidationException", "'name'"),
    ("CreateStateMachine", CREATE | {"definition": ""}, "ValidationException", "'definition'"),
    ("CreateStateMachine", CREATE | {"definition": " " * (1024 * 1024 + 1)}, "ValidationException", "'definition'"),
    ("CreateStateMachine", CREATE | {"type": "FAST"}, "ValidationException", "'type'"),
    ("StartExecution", {}, "ValidationException", "'stateMachineArn'"),
    (
        "ListExecutions",
        {"stateMachineArn": MACHINE, "statusFilter": "succeeded"},
        "ValidationException",
        "'statusFilter'",
    ),
    ("ListExecutions", {"stateMachineArn": MACHINE, "maxResults": 1001}, "ValidationException", "'maxResults'"),
    ("ListStateMachines", {"maxResults": -1}, "ValidationException", "'maxResults'"),
    ("ListStateMachines", {"nextToken": "x" * 1025}, "ValidationException", "'nextToken'"),
    # Names and ARNs.
    ("CreateStateMachine", CREATE | {"name": "a b"}, "InvalidName", "'a b'"),
    ("CreateStateMachine", CREATE | {"name": "a<b"}, "InvalidName", "'a<b'"),
    ("CreateStateMachine", CREATE | {"roleArn": "role"}, "InvalidArn", "role"),
    ("StartExecution", {"stateMachineArn": "machine"}, "InvalidArn", "machine"),
    ("StartExecution", {"stateMachineArn": MACHINE}, "StateMachineDoesNotExist", MACHINE),
    ("DescribeStateMachine", {"stateMachineArn": MACHINE}, "StateMachineDoesNotExist", MACHINE),
    ("UpdateStateMachine", {"stateMachineArn": MACHINE, "definition": GOOD}, "StateMachineDoesNotExist", MACHINE),
    ("ListExecutions", {"stateMachineArn": MACHINE}, "StateMachineDoesNotExist", MACHINE),
    ("DescribeExecution", {"executionArn": EXECUTION}, "ExecutionDoesNotExist", EXECUTION),
    ("DescribeExecution", {"executionArn": "nothing"}, "InvalidArn", "nothing"),
    ("DescribeStateMachineForExecution", {"executionArn": EXECUTION}, "ExecutionDoesNotExist", EXECUTION),
    ("GetExecutionHistory", {"executionArn": EXECUTION}, "ExecutionDoesNotExist", EXECUTION),
    ("StopExecution", {"executionArn": EXECUTION}, "ExecutionDoesNotExist", EXECUTION),
    ("ListStateMachines", {"nextToken": "made up"}, "InvalidToken", ""),
]


@pytest.mark.parametrize(
    ("operation", "parameters", "error", "said"),
    REFUSED,
    ids=[f"{operation} {error} {number}" for number, (operation, _, error, _) in enumerate(REFUSED)],
)
def test_a_wrong_request_gets_the_error_of_aws(
    installation: Installation, operation: str, parameters: dict[str, Any], error: str, said: str
) -> None:
    answer = call(installation, operation, parameters)
    assert (answer.status, answer.error) == (400, error), answer.message
    assert said in answer.message


STATES = {"Only": {"Type": "Pass", "End": True}}
#: By what is wrong: the definition, and what the message contains.
DEFINITIONS: dict[str, tuple[object, str]] = {
    "no JSON": ("{", "INVALID_JSON_DESCRIPTION"),
    "no object": ("[]", "SCHEMA_VALIDATION_FAILED"),
    "no states": ({"StartAt": "A"}, "These fields are required: [States] at /"),
    "no start": ({"States": STATES}, "These fields are required: [StartAt] at /"),
    "an unknown start": ({"StartAt": "Gone", "States": STATES}, "MISSING_TRANSITION_TARGET"),
    "an unknown next state": (
        {"StartAt": "Only", "States": {"Only": {"Type": "Pass", "Next": "Gone"}}},
        "MISSING_TRANSITION_TARGET",
    ),
    "an unreachable state": (
        {"StartAt": "Only", "States": STATES | {"Lost": STATES["Only"]}},
        "MISSING_TRANSITION_TARGET",
    ),
    "an unknown type": ({"StartAt": "Only", "States": {"Only": {"Type": "Dance", "End": True}}}, "/States/Only"),
    "an unknown field": ({"StartAt": "Only", "States": {"Only": STATES["Only"] | {"Dance": 1}}}, "Dance"),
    "neither Next nor End": ({"StartAt": "Only", "States": {"Only": {"Type": "Pass"}}}, "/States/Only"),
    "a bad path": (
        {"StartAt": "Only", "States": {"Only": STATES["Only"] | {"InputPath": "$.a["}}},
        "/States/Only/InputPath",
    ),
    "a bad template path": (
        {"StartAt": "Only", "States": {"Only": STATES["Only"] | {"Parameters": {"a.$": "b"}}}},
        "/States/Only/Parameters",
    ),
    "a bad timestamp": (machines.one_state(Type="Wait", Timestamp="tomorrow"), "RFC3339"),
    "a task without a resource": (machines.one_state(Type="Task"), "/States/Only"),
    "an unknown integration": (
        machines.one_state(Type="Task", Resource="arn:aws:states:::dance:start"),
        "not recognized",
    ),
}


def as_text(definition: object) -> str:
    return definition if isinstance(definition, str) else json.dumps(definition)


@pytest.mark.parametrize("name", DEFINITIONS)
def test_a_wrong_definition_is_not_created(installation: Installation, name: str) -> None:
    definition, said = DEFINITIONS[name]
    answer = call(installation, "CreateStateMachine", CREATE | {"definition": as_text(definition)})
    assert (answer.status, answer.error) == (400, "InvalidDefinition"), answer.message
    assert answer.message.startswith("Invalid State Machine Definition: '")
    assert said in answer.message


@pytest.mark.parametrize("name", ["no states", "an unreachable state", "a bad path"])
def test_a_wrong_definition_does_not_update_the_machine(installation: Installation, machine: str, name: str) -> None:
    definition, said = DEFINITIONS[name]
    answer = call(installation, "UpdateStateMachine", {"stateMachineArn": machine, "definition": as_text(definition)})
    assert (answer.status, answer.error) == (400, "InvalidDefinition"), answer.message
    assert said in answer.message
    described = installation.sfn.describe_state_machine(stateMachineArn=machine)
    assert json.loads(described["definition"]) == machines.passes(1)


@pytest.mark.parametrize(
    ("parameters", "error"),
    [
        ({"input": "not json"}, "InvalidExecutionInput"),
        ({"input": "{'a': 1}"}, "InvalidExecutionInput"),
        ({"input": ""}, "InvalidExecutionInput"),
        ({"input": '{"a": 1} 2'}, "InvalidExecutionInput"),
        ({"input": '"' + "x" * 262_144 + '"'}, "ValidationException"),
        ({"input": '"' + "ä" * 140_000 + '"'}, "ValidationException"),
        ({"name": "a b"}, "InvalidName"),
        ({"name": "a" * 81}, "ValidationException"),
    ],
    ids=lambda value: str(value)[:30],
)
def test_an_execution_with_wrong_input_or_name_is_not_started(
    installation: Installation, machine: str, parameters: dict[str, str], error: str
) -> None:
    answer = call(installation, "StartExecution", {"stateMachineArn": machine} | parameters)
    assert (answer.status, answer.error) == (400, error), answer.message
    assert installation.sfn.list_executions(stateMachineArn=machine)["executions"] == []


def test_a_body_of_two_megabytes_is_refused(installation: Installation, machine: str) -> None:
    """The body may be as large as a definition and what comes with it, and the input in it may not."""
    body = json.dumps({"stateMachineArn": machine, "input": json.dumps("x" * 2 * 1024 * 1024)}).encode()
    answer = post(installation, "AWSStepFunctions.StartExecution", body)
    assert answer.status in (400, 413)
    assert answer.error in ("InvalidExecutionInput", "ValidationException", "RequestEntityTooLargeException")
    assert installation.sfn.list_executions(stateMachineArn=machine)["executions"] == []


def test_a_body_of_five_megabytes_is_refused(installation: Installation) -> None:
    answer = post(installation, "AWSStepFunctions.CreateStateMachine", b'{"name": "' + b"x" * (5 * 1024 * 1024) + b'"}')
    assert answer.status in (400, 413)
    assert answer.error
