"""Activities and their workers, through an SDK: who gets a task, what becomes of it, and what its history says."""

import json
import subprocess
import sys
from collections.abc import Callable
from contextlib import ExitStack
from datetime import datetime
from typing import Any

import pytest
from botocore.exceptions import ClientError

import histories
import machines
import workers
from installations import Installation
from polling import eventually
from workers import Task, Worker

DONE = [
    "ExecutionStarted",
    "TaskStateEntered",
    "ActivityScheduled",
    "ActivityStarted",
    "ActivitySucceeded",
    "TaskStateExited",
    "ExecutionSucceeded",
]


def error_of(call: Callable[..., Any], **arguments: object) -> str:
    with pytest.raises(ClientError) as raised:
        call(**arguments)
    return raised.value.response["Error"]["Code"]


def details(events: list[dict[str, Any]], event_type: str) -> dict[str, Any]:
    event = next(event for event in events if event["type"] == event_type)
    return event[event_type[0].lower() + event_type[1:] + "EventDetails"]


def test_a_worker_takes_a_task_and_its_answer_is_the_result(installation: Installation) -> None:
    activity = workers.create(installation)
    text = '{"dish" : "pie", "for": [1, 2]}'
    with Worker(installation, activity, workers.echo, name="ann"):
        done = installation.run(machines.task(activity, TimeoutSeconds=300, HeartbeatSeconds=60), text)
    histories.well_formed(done.events)
    assert histories.types(done.events) == DONE
    assert [event["previousEventId"] for event in done.events] == [0, 0, 2, 3, 4, 5, 6]
    assert details(done.events, "ActivityScheduled") == {
        "resource": activity,
        "input": text,
        "inputDetails": {"truncated": False},
        "timeoutInSeconds": 300,
        "heartbeatInSeconds": 60,
    }
    assert details(done.events, "ActivityStarted") == {"workerName": "ann"}
    assert details(done.events, "ActivitySucceeded") == {"output": text, "outputDetails": {"truncated": False}}
    assert done.description["output"] == text


def test_a_worker_without_a_name_has_none_in_the_history(installation: Installation) -> None:
    activity = workers.create(installation)
    execution = installation.begin(machines.task(activity))
    task = workers.take(workers.client(installation), activity)
    installation.sfn.send_task_success(taskToken=task.token, output="1")
    assert details(installation.ended(execution).events, "ActivityStarted") == {}


def test_what_a_worker_says_of_its_failure_fails_the_execution_or_is_caught(installation: Installation) -> None:
    def fail(sfn: Any, task: Task) -> None:
        sfn.send_task_failure(taskToken=task.token, error="Kitchen.Closed", cause=task.input)

    activity = workers.create(installation)
    catch = [{"ErrorEquals": ["Kitchen.Closed"], "Next": "Closed"}]
    caught = machines.task(activity, Catch=catch)
    caught["States"]["Closed"] = {"Type": "Pass", "End": True}
    with Worker(installation, activity, fail):
        failed = installation.run(machines.task(activity), {"n": 1})
        assert installation.run(caught, {"n": 2}).output == {"Error": "Kitchen.Closed", "Cause": '{"n":2}'}
    assert (failed.status, failed.error, failed.cause) == ("FAILED", "Kitchen.Closed", '{"n":1}')
    assert histories.types(failed.events) == [*DONE[:4], "ActivityFailed", "ExecutionFailed"]
    assert details(failed.events, "ActivityFailed") == {"error": "Kitchen.Closed", "cause": '{"n":1}'}


def test_each_task_goes_to_one_of_many_workers(installation: Installation) -> None:
    activity = workers.create(installation)
    machine = installation.create(machines.task(activity))
    with ExitStack() as stack:
        many = [Worker(installation, activity, workers.echo, name=f"w{number}") for number in range(4)]
        stack.callback(installation.sfn.delete_activity, activityArn=activity)
        for worker in many:
            stack.enter_context(worker)
        started = [installation.start(machine, {"n": number}) for number in range(30)]
        ended = [installation.ended(execution, seconds=120) for execution in started]
    taken = [task for worker in many for task in worker.taken]
    assert len({task.token for task in taken}) == len(taken) == len(started)
    assert sorted(json.loads(task.input)["n"] for task in taken) == list(range(len(started)))
    for number, execution in enumerate(ended):
        assert histories.types(execution.events) == DONE
        assert execution.output == {"n": number}


def test_branches_and_iterations_hand_their_tasks_to_workers(installation: Installation) -> None:
    activity = workers.create(installation)
    branches = [
        {"StartAt": name, "States": {name: {"Type": "Task", "Resource": activity, "End": True}}} for name in ("A", "B")
    ]
    fan = {
        "StartAt": "Courses",
        "States": {
            "Courses": {
                "Type": "Map",
                "ItemProcessor": {
                    "StartAt": "Both",
                    "States": {"Both": {"Type": "Parallel", "Branches": branches, "End": True}},
                },
                "End": True,
            }
        },
    }
    with ExitStack() as stack:
        for number in range(3):
            stack.enter_context(Worker(installation, activity, workers.echo, name=f"w{number}"))
        done = installation.run(fan, [1, 2, 3, 4], seconds=120)
    histories.well_formed(done.events)
    assert done.output == [[n, n] for n in (1, 2, 3, 4)]


def test_heartbeats_keep_a_task_from_timing_out(installation: Installation) -> None:
    activity = workers.create(installation)
    execution = installation.begin(machines.task(activity, HeartbeatSeconds=4))
    sfn = workers.client(installation)
    task = workers.take(sfn, activity)
    started = find(installation, execution, "ActivityStarted")["timestamp"]

    def beat() -> bool:
        sfn.send_task_heartbeat(taskToken=task.token)
        return seconds_since(started) > 9

    eventually("the time of more than two heartbeats", beat, every=0.7)
    sfn.send_task_success(taskToken=task.token, output="1")
    assert histories.types(installation.ended(execution).events) == DONE


def find(installation: Installation, execution: str, event_type: str) -> Any:
    return next((event for event in installation.history(execution) if event["type"] == event_type), None)


def seconds_since(time: datetime) -> float:
    return (datetime.now(time.tzinfo) - time).total_seconds()


#: Takes a task, says so, and answers never.
DYING = """
import sys, time
sys.path.insert(0, sys.argv[1])
import boto3
sfn = boto3.client("stepfunctions", endpoint_url=sys.argv[2])
while "taskToken" not in (answer := sfn.get_activity_task(activityArn=sys.argv[3], workerName="dying")):
    pass
print(answer["taskToken"], flush=True)
time.sleep(600)
"""


def test_the_task_of_a_worker_that_dies_goes_to_another(installation: Installation) -> None:
    activity = workers.create(installation)
    retry = [{"ErrorEquals": ["States.Timeout"], "IntervalSeconds": 1, "MaxAttempts": 2}]
    execution = installation.begin(machines.task(activity, HeartbeatSeconds=3, Retry=retry), {"n": 1})
    command = [sys.executable, "-c", DYING, ".", installation.endpoint, activity]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=installation.environment()) as dying:
        assert dying.stdout is not None
        lost = dying.stdout.readline().strip()
        dying.kill()
    with Worker(installation, activity, workers.echo, name="heir") as heir:
        done = installation.ended(execution)
        assert error_of(installation.sfn.send_task_success, taskToken=lost, output="1") == "TaskTimedOut"
    assert done.output == {"n": 1}
    assert [task.token == lost for task in heir.taken] == [False]
    assert histories.types(done.events) == [*DONE[:4], "ActivityTimedOut", *DONE[2:]]
    assert details(done.events, "ActivityTimedOut") == {"error": "States.Timeout"}
    names = [event["activityStartedEventDetails"] for event in done.events if event["type"] == "ActivityStarted"]
    assert names == [{"workerName": "dying"}, {"workerName": "heir"}]


def test_a_task_whose_time_is_up_is_taken_from_its_worker(installation: Installation) -> None:
    activity = workers.create(installation)
    execution = installation.begin(machines.task(activity, TimeoutSeconds=2))
    task = workers.take(workers.client(installation), activity)
    installation.sfn.send_task_heartbeat(taskToken=task.token)
    timed_out = installation.ended(execution)
    assert (timed_out.status, timed_out.error, timed_out.cause) == ("FAILED", "States.Timeout", None)
    assert histories.types(timed_out.events) == [*DONE[:4], "ActivityTimedOut", "ExecutionFailed"]
    for answer in answers(installation, task.token):
        assert answer() == "TaskTimedOut"


def answers(installation: Installation, token: str) -> list[Callable[[], str]]:
    """All that can be said of a task; each gives the error that comes back."""
    sfn = installation.sfn
    return [
        lambda: error_of(sfn.send_task_success, taskToken=token, output="1"),
        lambda: error_of(sfn.send_task_failure, taskToken=token, error="E", cause="c"),
        lambda: error_of(sfn.send_task_heartbeat, taskToken=token),
    ]


def test_a_task_waits_for_its_worker_however_long_its_limits_are(installation: Installation) -> None:
    """The clocks of a task of an activity begin when a worker takes it."""
    activity = workers.create(installation)
    execution = installation.begin(machines.task(activity, TimeoutSeconds=2, HeartbeatSeconds=1))
    scheduled = eventually("the schedule", lambda: find(installation, execution, "ActivityScheduled"))
    eventually("longer than the limits", lambda: seconds_since(scheduled["timestamp"]) > 3, every=0.5)
    task = workers.take(workers.client(installation), activity)
    installation.sfn.send_task_success(taskToken=task.token, output="1")
    assert histories.types(installation.ended(execution).events) == DONE


def test_tokens_are_good_once_and_unforgeable(installation: Installation) -> None:
    activity = workers.create(installation)
    execution = installation.begin(machines.task(activity))
    task = workers.take(workers.client(installation), activity)
    middle = len(task.token) // 2
    altered = task.token[:middle] + ("A" if task.token[middle] != "A" else "B") + task.token[middle + 1 :]
    for forged in ("x", altered, task.token[:-4], task.token + "AAAA", execution):
        for answer in answers(installation, forged):
            assert answer() == "InvalidToken", forged
    assert find(installation, execution, "ExecutionFailed") is None
    installation.sfn.send_task_success(taskToken=task.token, output='{"n":1}')
    for answer in answers(installation, task.token):
        assert answer() == "TaskTimedOut"
    assert installation.ended(execution).output == {"n": 1}
    for answer in answers(installation, task.token):
        assert answer() == "TaskTimedOut"


def test_an_answer_that_is_no_json_leaves_the_task_to_its_worker(installation: Installation) -> None:
    activity = workers.create(installation)
    execution = installation.begin(machines.task(activity))
    task = workers.take(workers.client(installation), activity)
    send = installation.sfn.send_task_success
    assert error_of(send, taskToken=task.token, output="{") == "InvalidOutput"
    send(taskToken=task.token, output="[]")
    assert installation.ended(execution).output == []


def test_the_task_of_a_stopped_execution_is_nobodys(installation: Installation) -> None:
    activity = workers.create(installation)
    machine = installation.create(machines.task(activity))
    sfn = workers.client(installation)
    taken = installation.start(machine, {"n": 1})
    task = workers.take(sfn, activity)
    sfn.stop_execution(executionArn=taken)
    for answer in answers(installation, task.token):
        assert answer() == "TaskTimedOut"
    waiting = installation.start(machine, {"n": 2})
    installation.reached(waiting, "ActivityScheduled")
    sfn.stop_execution(executionArn=waiting)
    installation.start(machine, {"n": 3})
    assert workers.take(sfn, activity).input == '{"n":3}', "what was stopped is passed over"


def test_an_activity_that_is_deleted_takes_no_tasks_and_gives_none(installation: Installation) -> None:
    activity = workers.create(installation)
    machine = installation.create(machines.task(activity))
    running = installation.start(machine, {"n": 1})
    task = workers.take(workers.client(installation), activity)
    installation.sfn.delete_activity(activityArn=activity)
    installation.sfn.delete_activity(activityArn=activity)
    failed = installation.ended(installation.start(machine, {"n": 2}))
    assert histories.types(failed.events) == ["ExecutionStarted", "TaskStateEntered", "ExecutionFailed"]
    assert failed.error == "States.Runtime"
    assert failed.cause == (
        "An error occurred while executing the state 'Only' (entered at the event id #2). "
        f"The activity {activity} does not exist."
    )
    assert error_of(installation.sfn.get_activity_task, activityArn=activity) == "ActivityDoesNotExist"
    assert error_of(installation.sfn.describe_activity, activityArn=activity) == "ActivityDoesNotExist"
    installation.sfn.send_task_success(taskToken=task.token, output="1")
    assert installation.ended(running).output == 1


def test_inputs_of_the_very_limit_reach_a_worker_and_come_back(installation: Installation) -> None:
    activity = workers.create(installation)
    text = json.dumps("x" * (262_144 - 2))
    with Worker(installation, activity, workers.echo) as worker:
        done = installation.run(machines.task(activity), text)
    assert worker.taken[0].input == text
    assert done.description["output"] == text


def test_a_poll_without_a_task_says_so(installation: Installation) -> None:
    if installation.flavour == "dev":
        pytest.skip("it takes a minute there, as on AWS")
    answer = workers.client(installation).get_activity_task(activityArn=workers.create(installation))
    assert set(answer) == {"ResponseMetadata"}


def test_a_poll_that_is_cut_off_takes_no_task_with_it(dev: Installation) -> None:
    activity = workers.create(dev)
    for _ in range(20):
        workers.begin_poll(dev, activity).close()
    execution = dev.begin(machines.task(activity), {"n": 1})
    task = workers.take(workers.client(dev), activity)
    dev.sfn.send_task_success(taskToken=task.token, output=task.input)
    assert dev.ended(execution, seconds=10).output == {"n": 1}
