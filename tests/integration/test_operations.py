"""Every operation that is served, through boto3."""

import json

import histories
import machines
import pytest
from botocore.exceptions import ClientError
from installations import Installation, unique


def code_of(error: pytest.ExceptionInfo[ClientError]) -> str:
    return error.value.response["Error"]["Code"]


def test_a_state_machine_is_created_described_updated_and_deleted(installation: Installation) -> None:
    sfn, name = installation.sfn(), unique("life")
    definition = json.dumps(machines.passes(1), indent=2)
    created = sfn.create_state_machine(name=name, definition=definition, roleArn=installation.role_arn)
    arn = created["stateMachineArn"]
    assert arn == f"arn:aws:states:{installation.region}:{installation.account}:stateMachine:{name}"

    described = sfn.describe_state_machine(stateMachineArn=arn)
    assert described["definition"] == definition, "to the last space"
    assert (described["name"], described["type"], described["status"]) == (name, "STANDARD", "ACTIVE")
    assert described["roleArn"] == installation.role_arn
    assert described["creationDate"] == created["creationDate"]

    other = json.dumps(machines.passes(2))
    updated = sfn.update_state_machine(stateMachineArn=arn, definition=other)
    assert updated["updateDate"] >= created["creationDate"]
    described = sfn.describe_state_machine(stateMachineArn=arn)
    assert (described["definition"], described["roleArn"]) == (other, installation.role_arn)
    assert described["revisionId"] == updated["revisionId"]

    sfn.delete_state_machine(stateMachineArn=arn)
    with pytest.raises(ClientError) as gone:
        sfn.start_execution(stateMachineArn=arn)
    assert code_of(gone) in ("StateMachineDoesNotExist", "StateMachineDeleting")


def test_creating_the_same_state_machine_again_answers_as_before(installation: Installation) -> None:
    sfn, name = installation.sfn(), unique("twice")
    same = {"name": name, "definition": json.dumps(machines.passes(1)), "roleArn": installation.role_arn}
    first, second = sfn.create_state_machine(**same), sfn.create_state_machine(**same)
    assert first["stateMachineArn"] == second["stateMachineArn"]
    assert first["creationDate"] == second["creationDate"]
    with pytest.raises(ClientError) as taken:
        sfn.create_state_machine(**same | {"definition": json.dumps(machines.passes(2))})
    assert code_of(taken) == "StateMachineAlreadyExists"
    assert sfn.describe_state_machine(stateMachineArn=first["stateMachineArn"])["definition"] == same["definition"]


def test_starting_an_execution_again_by_name_and_input_answers_as_before(installation: Installation) -> None:
    sfn = installation.sfn()
    same = {"stateMachineArn": installation.create(machines.wait(3600)), "name": unique("again"), "input": '{"a": 1}'}
    first, second = sfn.start_execution(**same), sfn.start_execution(**same)
    assert (first["executionArn"], first["startDate"]) == (second["executionArn"], second["startDate"])
    with pytest.raises(ClientError) as other_input:
        sfn.start_execution(**same | {"input": '{"a": 2}'})
    assert code_of(other_input) == "ExecutionAlreadyExists"

    sfn.stop_execution(executionArn=first["executionArn"])
    with pytest.raises(ClientError) as ended:
        sfn.start_execution(**same)
    assert code_of(ended) == "ExecutionAlreadyExists"


def test_an_execution_keeps_the_definition_that_it_started_with(installation: Installation) -> None:
    sfn = installation.sfn()
    machine = installation.create(machines.wait(3600))
    execution = installation.start(machine)
    sfn.update_state_machine(stateMachineArn=machine, definition=json.dumps(machines.passes(1)))
    described = sfn.describe_state_machine_for_execution(executionArn=execution)
    assert json.loads(described["definition"]) == machines.wait(3600)
    assert described["stateMachineArn"] == machine
    installation.reached(execution, "WaitStateEntered")
    sfn.stop_execution(executionArn=execution)


def test_an_execution_is_described_with_its_own_text_as_input(installation: Installation) -> None:
    sfn, text = installation.sfn(), '{ "big": 12345678901234567890.10,\n  "text": "ä \\u00e4" }'
    execution = installation.ended(installation.start(installation.create(machines.passes(1)), text))
    description = execution.description
    assert description["input"] == text
    assert (description["status"], description["redriveCount"]) == ("SUCCEEDED", 0)
    assert description["startDate"] <= description["stopDate"]
    assert description["inputDetails"] == description["outputDetails"] == {"included": True}
    without = sfn.describe_execution(executionArn=execution.arn, includedData="METADATA_ONLY")
    assert "input" not in without
    assert "output" not in without


def test_stopping_an_execution_aborts_it_with_error_and_cause(installation: Installation) -> None:
    sfn = installation.sfn()
    execution = installation.begin(machines.wait(3600))
    installation.reached(execution, "WaitStateEntered")
    stopped = sfn.stop_execution(executionArn=execution, error="Shop.Closed", cause="It is late.")
    ended = installation.ended(execution)
    assert (ended.status, ended.error, ended.cause) == ("ABORTED", "Shop.Closed", "It is late.")
    assert ended.description["stopDate"] == stopped["stopDate"]
    histories.well_formed(ended.events)
    assert ended.events[-1]["type"] == "ExecutionAborted"
    assert ended.events[-1]["executionAbortedEventDetails"] == {"error": "Shop.Closed", "cause": "It is late."}
    again = sfn.stop_execution(executionArn=execution, error="Other")
    assert again["stopDate"] == stopped["stopDate"], "an ended execution stays as it ended"


def test_a_stopped_execution_ignores_what_its_task_answers(installation: Installation) -> None:
    probe = {"do": "sleep", "seconds": 1, "result": "late"}
    machine = machines.task(installation.function_arn("probe"))
    execution = installation.begin(machine, probe)
    installation.reached(execution, "LambdaFunctionStarted")
    installation.sfn().stop_execution(executionArn=execution)
    after = installation.run(machine, probe | {"result": "in time"})
    assert after.output == "in time", "by now the stopped one has answered too"
    assert installation.ended(execution).status == "ABORTED"
    assert histories.types(installation.history(execution))[-1] == "ExecutionAborted"


def test_state_machines_are_listed_page_by_page(installation: Installation) -> None:
    sfn = installation.sfn()
    created = {installation.create(machines.passes(1)) for _ in range(5)}
    listed: list[str] = []
    token: dict[str, str] = {}
    while True:
        page = sfn.list_state_machines(maxResults=2, **token)
        assert len(page["stateMachines"]) <= 2
        listed += [machine["stateMachineArn"] for machine in page["stateMachines"]]
        if "nextToken" not in page:
            break
        token = {"nextToken": page["nextToken"]}
    assert created <= set(listed)
    assert len(listed) == len(set(listed)), "no machine twice"


@pytest.fixture(scope="module")
def listed(installation: Installation) -> tuple[str, list[str]]:
    """A machine, and its executions in the order of their start: three succeed, two fail, two run."""
    definition = {
        "StartAt": "By kind",
        "States": {
            "By kind": {
                "Type": "Choice",
                "Choices": [
                    {"Variable": "$.kind", "StringEquals": "fails", "Next": "Fail"},
                    {"Variable": "$.kind", "StringEquals": "runs", "Next": "Wait"},
                ],
                "Default": "Succeed",
            },
            "Fail": {"Type": "Fail", "Error": "Wanted"},
            "Wait": {"Type": "Wait", "Seconds": 3600, "Next": "Succeed"},
            "Succeed": {"Type": "Succeed"},
        },
    }
    machine = installation.create(definition)
    kinds = ["succeeds", "fails", "runs", "succeeds", "fails", "runs", "succeeds"]
    executions = [installation.start(machine, {"kind": kind}) for kind in kinds]
    for execution, kind in zip(executions, kinds, strict=True):
        if kind != "runs":
            installation.ended(execution)
    return machine, executions


@pytest.mark.parametrize(
    ("status", "indexes"),
    [
        (None, [6, 5, 4, 3, 2, 1, 0]),
        ("SUCCEEDED", [6, 3, 0]),
        ("FAILED", [4, 1]),
        ("RUNNING", [5, 2]),
        ("ABORTED", []),
        ("TIMED_OUT", []),
    ],
)
def test_executions_are_listed_by_status_newest_first_page_by_page(
    installation: Installation, listed: tuple[str, list[str]], status: str | None, indexes: list[int]
) -> None:
    machine, executions = listed
    arguments = {"stateMachineArn": machine} | ({"statusFilter": status} if status else {})
    pages = list(
        installation.sfn().get_paginator("list_executions").paginate(**arguments, PaginationConfig={"PageSize": 2})
    )
    assert all(len(page["executions"]) <= 2 for page in pages)
    items = [item for page in pages for item in page["executions"]]
    assert [item["executionArn"] for item in items] == [executions[index] for index in indexes]
    for item in items:
        described = installation.sfn().describe_execution(executionArn=item["executionArn"])
        assert {"stopDate": None} | item == {"stopDate": None} | {
            member: described[member]
            for member in ("executionArn", "stateMachineArn", "name", "status", "startDate", "stopDate", "redriveCount")
            if member in described and member in {"stopDate": None} | item
        }


@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize("size", [1, 4, 1000])
def test_a_history_is_read_page_by_page_in_both_directions(installation: Installation, reverse: bool, size: int) -> None:
    execution = histories_of_passes(installation)
    pages = list(
        installation.sfn()
        .get_paginator("get_execution_history")
        .paginate(executionArn=execution, reverseOrder=reverse, PaginationConfig={"PageSize": size})
    )
    assert all(len(page["events"]) <= size for page in pages)
    ids = [event["id"] for page in pages for event in page["events"]]
    assert ids == sorted(range(1, 13), reverse=reverse)


def histories_of_passes(installation: Installation) -> str:
    """An execution with twelve events: the same for all pages."""
    key = f"passes of {installation.flavour}"
    if key not in KEPT:
        KEPT[key] = installation.run(machines.passes(5)).arn
    return KEPT[key]


KEPT: dict[str, str] = {}


def test_a_history_can_leave_out_data(installation: Installation) -> None:
    execution = histories_of_passes(installation)
    answer = installation.sfn().get_execution_history(executionArn=execution, includeExecutionData=False)
    assert "input" not in answer["events"][1]["stateEnteredEventDetails"]
    assert answer["events"][1]["stateEnteredEventDetails"]["name"] == "P1"
