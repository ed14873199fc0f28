"""Workers that wait by the thousand, and connections beyond what a server may have: others are answered meanwhile."""

import json
import resource
import select
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from urllib.parse import urlparse

import pytest
from botocore.exceptions import ClientError

import machines
import workers
from installations import Dev, Installation
from polling import eventually

#: Polls that one test holds open.
MANY = 2_000

#: Files that a server may open which has few; 256 of them are for all but connections.
FEW = 600
CONNECTIONS = FEW - 256


@contextmanager
def server(folder: Path, files: int) -> Iterator[Installation]:
    """One that may open so many files."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < 2 * MANY:
        pytest.skip(f"this system allows {hard} open files")
    dev = Dev(folder / "log", None, {})
    dev.command = ["sh", "-c", f'ulimit -n {files} && exec "$@"', "sh", *dev.command]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    try:
        yield dev.start()
        assert dev.stop() == 0
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def answered(connections: list[socket.socket]) -> list[socket.socket]:
    """Those on which something has come."""
    poll = select.poll()
    by_number = {connection.fileno(): connection for connection in connections}
    for number in by_number:
        poll.register(number, select.POLLIN)
    return [by_number[number] for number, _ in poll.poll(0)]


def answer(connection: socket.socket) -> tuple[int, dict[str, str]]:
    """Status and body."""
    with connection.makefile("rb") as file:
        status = int(file.readline().split()[1])
        fields = dict(line.lower().strip().split(b": ", 1) for line in iter(file.readline, b"\r\n"))
        return status, json.loads(file.read(int(fields[b"content-length"])))


def connect(installation: Installation) -> socket.socket:
    url = urlparse(installation.endpoint)
    return socket.create_connection((url.hostname, url.port), timeout=30)


def works(installation: Installation) -> None:
    """For a client that comes anew."""
    installation.client = None
    assert installation.run(machines.passes(3), {"n": 1}).output == {"n": 1}


def test_thousands_of_polls_keep_nobody_waiting(tmp_path: Path) -> None:
    with server(tmp_path, 3 * MANY) as here, ExitStack() as stack:
        activities = [workers.create(here) for _ in range(4)]
        polls = [stack.enter_context(workers.begin_poll(here, activities[n % 4])) for n in range(MANY)]
        for _ in range(5):
            works(here)
        assert answered(polls) == []
        execution = here.begin(machines.task(activities[0]), {"n": 1})
        taken = eventually("a poll that got the task", lambda: answered(polls))
        assert len(taken) == 1
        status, task = answer(taken[0])
        assert (status, task["input"]) == (200, '{"n":1}')
        here.sfn.send_task_success(taskToken=task["taskToken"], output=task["input"])
        assert here.ended(execution).output == {"n": 1}
        assert answered([poll for poll in polls if poll is not taken[0]]) == [], "nobody else has heard of it"
        for activity in activities:
            here.sfn.delete_activity(activityArn=activity)
        eventually("the end of all polls", lambda: len(answered(polls[1:])) >= MANY - 2)


def test_workers_that_wait_leave_room_for_others(tmp_path: Path) -> None:
    with server(tmp_path, FEW) as here, ExitStack() as stack:
        activity = workers.create(here)
        polls = [stack.enter_context(workers.begin_poll(here, activity)) for _ in range(CONNECTIONS - 20)]
        too_many = len(polls) - CONNECTIONS // 2
        eventually("an answer for those who are too many", lambda: len(answered(polls)) == too_many)
        for poll in answered(polls):
            status, error = answer(poll)
            assert (status, error["__type"].rpartition("#")[2]) == (400, "ActivityWorkerLimitExceeded")
        works(here)
        execution = here.begin(machines.task(activity), {"n": 1})
        assert len(eventually("a poll that got the task", lambda: [p for p in polls if answered([p])])) == 1
        here.sfn.stop_execution(executionArn=execution)


def test_connections_beyond_the_limit_are_told_so(tmp_path: Path) -> None:
    with server(tmp_path, FEW) as here, ExitStack() as stack:
        before = here.sfn
        machine = here.create(machines.passes(1))
        idle = [stack.enter_context(connect(here)) for _ in range(CONNECTIONS + 50)]
        eventually("refusals", lambda: len(answered(idle)) == 51)
        for refused in answered(idle):
            assert answer(refused)[0] == 503
        here.client = None
        for _ in range(3):
            with pytest.raises(ClientError) as raised:
                here.sfn.list_state_machines()
            assert raised.value.response["Error"]["Code"] == "ServiceUnavailable"
        assert before.describe_state_machine(stateMachineArn=machine)["status"] == "ACTIVE", "on its connection"
        stack.close()
        eventually("a place", lambda: list_state_machines(here))
        works(here)


def list_state_machines(installation: Installation) -> bool:
    try:
        return bool(installation.sfn.list_state_machines())
    except ClientError:
        return False
