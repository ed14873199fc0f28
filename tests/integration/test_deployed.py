"""What only the deployed application has: tables, queues, logs, and functions that can die one by one."""

import json
import os
import signal
from pathlib import Path
from typing import Any

import histories
import machines
import pytest
from deployment import DISPATCHER_TIMEOUT_SECONDS, Deployment
from installations import Execution, Installation
from polling import eventually

QUEUES = [
    f"{name}{kind}QueueUrl" for name in ("Transitions", "TransitionsFifo", "Tasks") for kind in ("", "DeadLetter")
]


@pytest.fixture
def deployed(deployment: Deployment) -> Installation:
    return deployment.installation


def is_complete(journal: list[dict[str, Any]], execution: Execution) -> None:
    """Records 0..n without gaps."""
    assert [int(item["s"]["N"]) for item in journal] == list(range(len(journal)))
    assert len(journal) <= len(execution.events)


def test_the_journal_of_an_order_has_every_record(deployment: Deployment, deployed: Installation) -> None:
    execution = deployed.run(deployed.definition("greeting"), {"name": "Ada"})
    is_complete(deployment.journal(execution.arn), execution)


def test_queues_and_dead_letter_queues_are_empty_after_work(deployment: Deployment, deployed: Installation) -> None:
    deployed.run(deployed.definition("greeting"), {"name": "Ada"})
    for queue in QUEUES:
        if "DeadLetter" in queue:
            assert deployment.messages(queue) == 0, queue
    delayed = ("TransitionsQueueUrl",)  # where waits of other tests may still be
    for queue in QUEUES:
        if queue not in delayed:
            eventually(f"{queue} to be empty", lambda queue=queue: deployment.messages(queue) == 0)


def test_a_dispatcher_that_dies_with_a_task_never_calls_again(
    deployment: Deployment, deployed: Installation, tmp_path: Path
) -> None:
    if not deployment.emulated:
        pytest.skip("cannot kill a function elsewhere")
    calls = tmp_path / "calls"
    probe = {"do": "sleep", "seconds": 4, "calls": str(calls)}
    execution = deployed.begin(machines.task(deployed.function_arn("probe")), probe)
    eventually("the call", calls.exists)
    for process in deployment.processes("DispatcherFunction"):
        os.kill(process, signal.SIGKILL)
    ended = deployed.ended(execution, seconds=4 * DISPATCHER_TIMEOUT_SECONDS)
    assert (ended.status, ended.error) == ("FAILED", "Lambda.Unknown")
    assert calls.read_text() == "call\n"
    histories.well_formed(ended.events)
    assert histories.types(ended.events) == [
        "ExecutionStarted",
        "TaskStateEntered",
        "LambdaFunctionScheduled",
        "LambdaFunctionStarted",
        "LambdaFunctionFailed",
        "ExecutionFailed",
    ]
    is_complete(deployment.journal(execution), ended)


def test_an_interpreter_that_dies_delays_an_execution_and_does_not_change_it(
    deployment: Deployment, deployed: Installation
) -> None:
    if not deployment.emulated:
        pytest.skip("cannot kill a function elsewhere")
    undisturbed = deployed.run(machines.passes(20))
    execution = deployed.begin(machines.passes(20))
    deployed.reached(execution, "PassStateExited", 3)
    for process in deployment.processes("InterpreterFunction"):
        os.kill(process, signal.SIGKILL)
    ended = deployed.ended(execution, seconds=150)
    assert histories.as_text(ended.events, True) == histories.as_text(undisturbed.events, True)
    is_complete(deployment.journal(execution), ended)


def test_every_function_logs_json_with_the_execution_and_without_its_data(
    deployment: Deployment, deployed: Installation
) -> None:
    secret = "rosebud-7141"
    execution = deployed.run(deployed.definition("greeting"), {"name": secret})
    logs = deployment.aws("logs")
    groups = [
        group["logGroupName"]
        for page in logs.get_paginator("describe_log_groups").paginate()
        for group in page["logGroups"]
    ]
    for function in ("interpreter", "dispatcher"):
        (group,) = [name for name in groups if name.endswith(f"-{function}")]

        def entries(group: str = group) -> list[dict[str, Any]]:
            pages = logs.get_paginator("filter_log_events").paginate(logGroupName=group)
            messages = [event["message"] for page in pages for event in page["events"]]
            assert not [message for message in messages if secret in message]
            objects = [json.loads(message) for message in messages if message.startswith("{")]
            return [entry for entry in objects if execution.arn in json.dumps(entry)]

        found = eventually(f"the log of {function}", entries, 20, every=0.5)
        assert all("request_id" in json.dumps(entry) for entry in found)


def test_a_long_wait_is_an_item_of_the_timers_table(deployment: Deployment, deployed: Installation) -> None:
    before = deployment.count("TimersTable")
    execution = deployed.begin(machines.wait(86_400))
    deployed.reached(execution, "WaitStateEntered")
    eventually("the timer", lambda: deployment.count("TimersTable") == before + 1)
    deployed.sfn().stop_execution(executionArn=execution)
