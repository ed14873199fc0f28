"""Poison, the sweep and `stepwell doctor`: what is stuck, why, and what helps."""

import json
import subprocess
import uuid
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

import histories
import machines
from deployment import Deployment
from installations import Dev, Installation, binary, unique
from polling import eventually

DEAD_LETTER_QUEUES = ["TransitionsDeadLetterQueueUrl", "TransitionsFifoDeadLetterQueueUrl", "TasksDeadLetterQueueUrl"]

#: How often a message is received before it is a dead letter.
RECEIVES = 10


def doctor(place: list[str], *arguments: str | Path) -> tuple[int, Any]:
    """Exit status, and the answer or what standard error says."""
    command = [binary("stepwell"), "doctor", "--json", *arguments, *place]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.returncode, json.loads(done.stdout) if done.stdout else done.stderr


def told(place: list[str], *arguments: str) -> str:
    """What it says to people."""
    command = [binary("stepwell"), "doctor", *arguments, *place]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout


def about(answer: dict[str, Any], execution: str) -> list[dict[str, Any]]:
    return [finding for finding in answer["findings"] if execution in finding["about"]]


@pytest.fixture
def deployed(deployment: Deployment) -> Installation:
    return deployment.installation


@pytest.fixture
def place(deployment: Deployment) -> list[str]:
    return deployment.place("DoctorFunction")


@pytest.fixture
def quick(deployment: Deployment) -> Iterator[None]:
    """What fails comes again at once, and not after a minute and a half."""
    with ExitStack() as undo:
        for queue in ("TransitionsQueueUrl", "TasksQueueUrl"):
            undo.enter_context(deployment.visible_again_after(queue, 1))
        yield


def poisoned(deployment: Deployment, count: int) -> list[str]:
    """Executions that wait for some seconds, and whose state machine nobody can load when these are over."""
    here = deployment.installation
    machine = here.create(machines.wait(5))
    executions = [here.start(machine) for _ in range(count)]
    for execution in executions:
        here.reached(execution, "WaitStateEntered")
    dynamodb, table = deployment.aws("dynamodb"), deployment.outputs["CatalogTable"]
    (revision,) = dynamodb.query(
        TableName=table,
        KeyConditionExpression="p = :p AND begins_with(s, :s)",
        ExpressionAttributeValues={":p": {"S": f"machine#{name_of(machine)}"}, ":s": {"S": "revision#"}},
    )["Items"]
    dynamodb.delete_item(TableName=table, Key={"p": revision["p"], "s": revision["s"]})
    # Others have it in memory.
    deployment.kill("InterpreterFunction")
    return executions


def name_of(machine: str) -> str:
    return machine.rsplit(":", 1)[1]


def damage(deployment: Deployment, execution: str) -> int:
    """Makes the newest record unreadable, and gives its number."""
    newest = deployment.journal(execution)[-1]
    deployment.aws("dynamodb").put_item(
        TableName=deployment.outputs["JournalTable"], Item=newest | {"d": {"B": b"no record"}}
    )
    return int(newest["s"]["N"])


def machine_of(execution: str) -> str:
    return execution.replace(":execution:", ":stateMachine:").rsplit(":", 1)[0]


@pytest.mark.usefixtures("quick")
def test_poison_fails_its_execution_with_the_reason_and_is_noticed_by_no_other(
    deployment: Deployment, deployed: Installation, place: list[str]
) -> None:
    if not deployment.emulated:
        pytest.skip("cannot have the functions forget what they know elsewhere")
    sqs = deployment.aws("sqs")
    passes = machines.passes(2)["States"] | {"P2": {"Type": "Pass", "Next": "Ask"}}
    ask = {"Type": "Task", "Resource": deployed.function_arn("echo"), "End": True}
    healthy = deployed.create({"StartAt": "P1", "States": passes | {"Ask": ask}})
    poison, others = poisoned(deployment, 10), []
    texts = ["no message", "AAAA", "AQ", "\U0001f9ea" * 50]
    for number in range(100):
        if number % 10 == 0:
            marked = [f"{text} {uuid.uuid4()}" for text in texts]
            entries = [{"Id": str(index), "MessageBody": text} for index, text in enumerate(marked)]
            for queue in ("TransitionsQueueUrl", "TasksQueueUrl"):
                sqs.send_message_batch(QueueUrl=deployment.outputs[queue], Entries=entries)
        others.append(deployed.start(healthy))
    for execution in others:
        ended = deployed.ended(execution, seconds=60)
        assert ended.status == "SUCCEEDED"
        assert len(ended.events) == 11
        # None of them waited for a poisoned one to be given up.
        took = ended.events[-1]["timestamp"] - ended.events[0]["timestamp"]
        assert took.total_seconds() < RECEIVES, took
    for execution in poison:
        ended = deployed.ended(execution, seconds=120)
        assert (ended.status, ended.error) == ("FAILED", "States.Runtime")
        assert ended.cause is not None
        assert "and was given up: its state machine cannot be loaded: revision `" in ended.cause
        assert f"` of state machine `{name_of(machine_of(execution))}` is missing. It was message " in ended.cause
        assert histories.types(ended.events) == ["ExecutionStarted", "WaitStateEntered", "ExecutionFailed"]

    def set_aside() -> list[dict[str, Any]]:
        status, answer = doctor(place)
        letters = [finding for finding in answer["findings"] if finding["kind"] == "DEAD_LETTER"]
        assert status == 1 or not letters
        return letters if len(letters) >= 80 else []

    # What nobody can read is set aside with the reason. Looking loses none.
    for _ in range(2):
        letters = eventually("the letters that were set aside", set_aside, 120, every=1)
        assert len(letters) == 80
        assert all("it cannot be read: " in letter["why"] for letter in letters)
    for name in DEAD_LETTER_QUEUES:
        eventually(f"{name} to be empty", lambda name=name: deployment.messages(name) == 0, 60, every=0.5)
    assert "dead letter: message " in told(place)
    sqs.purge_queue(QueueUrl=deployment.outputs["UndeliverableQueueUrl"])
    assert "dead letter: message " not in told(place)


def test_an_execution_that_cannot_be_read_is_shown_and_failed_by_an_operator(
    deployment: Deployment, deployed: Installation, place: list[str]
) -> None:
    execution = deployed.begin(machines.wait(3_000))
    deployed.reached(execution, "WaitStateEntered")
    seq = damage(deployment, execution)
    status, answer = doctor(place)
    assert status == 1
    (finding,) = about(answer, execution)
    assert finding["kind"] == "STUCK"
    assert finding["why"].startswith(f"the record {seq} cannot be read: ")
    assert execution in told(place)
    status, answer = doctor(place, "--execution", execution)
    assert (status, answer["newestRecord"], answer["listedAs"]) == (1, seq, "RUNNING")
    # Nobody knows how it stands: no repair, and nothing is said of it that may not be so.
    status, answer = doctor(place, "--execution", execution, "--repair")
    assert (status, answer["finding"]["repaired"]) == (1, False)
    (listed,) = deployed.sfn.list_executions(stateMachineArn=machine_of(execution))["executions"]
    assert listed["status"] == "RUNNING"
    status, answer = doctor(place, "--fail", execution)
    assert status == 0, answer
    described = deployed.sfn.describe_execution(executionArn=execution)
    assert (described["status"], described["error"]) == ("FAILED", "States.Runtime")
    assert f"the record {seq} cannot be read" in described["cause"]
    assert not about(doctor(place)[1], execution)


@pytest.mark.late("losses")
def test_losing_every_message_of_every_queue_delays_executions_and_loses_none(
    deployment: Deployment, deployed: Installation, place: list[str]
) -> None:
    if deployment.losses is None:
        pytest.skip("purges no queues elsewhere")
    executions = deployment.losses.missed()
    _, answer = doctor(place)
    stuck = [kind for kind, execution in executions.items() if about(answer, execution)]
    assert stuck == list(executions)
    shown = [finding["why"] for execution in executions.values() for finding in about(answer, execution)]
    assert all("the message is lost" in why for why in shown), shown
    # Half of them by hand, half by the sweep.
    by_hand = [execution for number, execution in enumerate(executions.values()) if number % 2 == 0]
    for execution in by_hand:
        status, answer = doctor(place, "--execution", execution, "--repair")
        assert (status, answer["finding"]["repaired"]) == (0, True), answer
    for execution in set(executions.values()) - set(by_hand):
        deployment.look_at(execution, 0)
    deployment.keep_time()
    for kind, execution in executions.items():
        ended = deployed.ended(execution, seconds=120)
        assert ended.status == ("TIMED_OUT" if kind == "a limit" else "SUCCEEDED"), kind
        histories.well_formed(ended.events)
    _, answer = doctor(place)
    assert not [kind for kind, execution in executions.items() if about(answer, execution)]


def test_a_folder_is_looked_into_while_its_server_runs_and_repaired_when_it_does_not(tmp_path: Path) -> None:
    data = tmp_path / "data"
    folder = ["--data", str(data)]
    server = Dev(tmp_path / "log", data, {})
    here = server.start()
    try:
        assert doctor(folder) == (0, {"findings": [], "examined": 0, "complete": True})
        waiting = here.begin(machines.wait(3_000))
        here.reached(waiting, "WaitStateEntered")
        assert doctor(folder) == (0, {"findings": [], "examined": 1, "complete": True})
        status, answer = doctor(folder, "--execution", waiting)
        assert (status, answer["status"], answer["listedAs"], answer["newestRecord"]) == (0, "RUNNING", "RUNNING", 1)
        assert answer["waits"][0]["waitsFor"] == "its time"
        for arguments in (["--repair"], ["--fail", waiting]):
            status, error = doctor(folder, *arguments)
            assert status == 2
            assert "a server runs on" in error
    finally:
        server.kill()
    assert doctor(folder, "--repair")[0] == 0
    status, answer = doctor(folder, "--fail", waiting)
    assert (status, answer["execution"]) == (0, waiting)
    here = server.start()
    try:
        described = here.sfn.describe_execution(executionArn=waiting)
        assert (described["status"], described["error"]) == ("FAILED", "States.Runtime")
        assert described["cause"] == "An operator has failed this execution."
    finally:
        server.kill()


def test_bad_questions_are_answered_with_status_2(tmp_path: Path) -> None:
    unknown = "arn:aws:states:us-east-1:123456789012:execution:m:n"
    for arguments, said in [
        (["--execution", "orders"], "no ARN of an execution"),
        (["--fail", unknown, "--repair"], "cannot be used with"),
        (["--data", str(tmp_path / "nowhere")], "there is no store of stepwell in"),
        (["--endpoint-url", "http://127.0.0.1:1"], "function stepwell-doctor: "),
    ]:
        status, error = doctor([], *arguments)
        assert status == 2, arguments
        assert said in error
    assert not (tmp_path / "nowhere").exists()


def test_an_unknown_execution_is_an_error(deployment: Deployment, deployed: Installation, place: list[str]) -> None:
    machine = deployed.create(machines.passes(1))
    unknown = machine.replace(":stateMachine:", ":execution:") + ":" + unique("nobody")
    for option in ("--execution", "--fail"):
        status, error = doctor(place, option, unknown)
        assert (status, error) == (2, f"stepwell: there is no execution `{unknown}`\n")
