"""What only the deployed application has: tables, queues, logs, and functions that can die one by one."""

import json
from typing import Any

import pytest

import histories
import machines
from deployment import DISPATCHER_TIMEOUT_SECONDS, QUEUES, Deployment
from installations import Execution, Installation
from polling import eventually


@pytest.fixture
def deployed(deployment: Deployment) -> Installation:
    return deployment.installation


def is_complete(journal: list[dict[str, Any]], execution: Execution) -> None:
    """Records 0..n without gaps."""
    assert [int(item["s"]["N"]) for item in journal] == list(range(len(journal)))
    assert 0 < len(journal) <= len(execution.events)


def test_the_journal_of_an_order_has_every_record(deployment: Deployment, deployed: Installation) -> None:
    execution = deployed.run(deployed.definition("greeting"), {"name": "Ada"})
    is_complete(deployment.journal(execution.arn), execution)


@pytest.mark.late("deaths")
def test_a_dispatcher_that_died_with_a_task_never_called_again(deployment: Deployment, deployed: Installation) -> None:
    deaths = deployment.deaths
    if deaths is None:
        pytest.skip("cannot kill a function elsewhere")
    ended = deployed.ended(deaths.of_dispatcher, seconds=4 * DISPATCHER_TIMEOUT_SECONDS)
    assert (ended.status, ended.error) == ("FAILED", "Lambda.Unknown")
    assert deaths.calls.read_text() == "call\n"
    histories.well_formed(ended.events)
    assert histories.types(ended.events) == [
        "ExecutionStarted",
        "TaskStateEntered",
        "LambdaFunctionScheduled",
        "LambdaFunctionStarted",
        "LambdaFunctionFailed",
        "ExecutionFailed",
    ]
    is_complete(deployment.journal(ended.arn), ended)


@pytest.mark.late("deaths")
def test_an_interpreter_that_died_delayed_an_execution_and_did_not_change_it(
    deployment: Deployment, deployed: Installation
) -> None:
    if deployment.deaths is None:
        pytest.skip("cannot kill a function elsewhere")
    undisturbed = deployed.run(deployment.deaths.passes)
    ended = deployed.ended(deployment.deaths.of_interpreter, seconds=150)
    assert histories.as_text(ended.events, True) == histories.as_text(undisturbed.events, True)
    is_complete(deployment.journal(ended.arn), ended)


@pytest.mark.late
def test_queues_and_dead_letter_queues_are_empty_in_the_end(deployment: Deployment, deployed: Installation) -> None:
    deployed.run(deployed.definition("greeting"), {"name": "Ada"})
    for queue in QUEUES:
        eventually(f"{queue} to be empty", lambda queue=queue: deployment.messages(queue) == 0, 60, every=0.5)


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
    deployed.sfn.stop_execution(executionArn=execution)
