"""`stepwell dev` as a process: killed and started again on its folder, two on one folder, a Lambda endpoint."""

import signal
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import breaking
import histories
import machines
from breaking.server import kill_again_and_again
from deployment import Deployment
from installations import FUNCTIONS, Dev, Installation, binary
from polling import eventually

NewDev = Callable[..., Dev]


@pytest.fixture
def new_dev(tmp_path: Path) -> Iterator[NewDev]:
    """Makes servers, which do not outlive the test."""
    made: list[Dev] = []

    def make(*arguments: str, data: Path | None = None, functions: dict[str, str] | None = None) -> Dev:
        made.append(Dev(tmp_path / f"log{len(made)}", data, functions, *arguments))
        return made[-1]

    yield make
    for server in made:
        if server.process and server.process.poll() is None:
            server.kill()


def called(file: Path) -> int:
    return len(file.read_text().splitlines()) if file.exists() else 0


def test_executions_go_on_where_a_killed_server_left_them(new_dev: NewDev, tmp_path: Path) -> None:
    server = new_dev(data=tmp_path / "data")
    here = server.start()
    probe = here.function_arn("probe")
    wait = {
        "Pause": {"Type": "Wait", "Seconds": 4, "Next": "Ask"},
        "Ask": {"Type": "Task", "Resource": probe, "End": True},
    }
    waiting = here.begin({"StartAt": "Pause", "States": wait}, {"calls": str(tmp_path / "waiting"), "result": "waited"})
    retry = [{"ErrorEquals": ["Busy"], "IntervalSeconds": 4, "MaxAttempts": 1}]
    busy = {
        "do": "fail",
        "error": "Busy",
        "attempt.$": "$$.State.RetryCount",
        "well_from_attempt": 1,
        "result": "backed off",
        "calls": str(tmp_path / "backing off"),
    }
    backing_off = here.begin(machines.task(probe, Parameters=busy, Retry=retry))
    sleeps = {"do": "sleep", "seconds": 30, "calls": str(tmp_path / "running")}
    running = here.begin(machines.task(probe), sleeps)
    ended = here.run(machines.passes(3), {"n": 1})

    here.reached(waiting, "WaitStateEntered")
    here.reached(backing_off, "LambdaFunctionFailed")
    eventually("the call", lambda: called(tmp_path / "running") == 1)
    server.kill()
    here = server.start()

    assert "going on with 3 open executions" in server.log.read_text()
    assert here.ended(ended.arn).events == ended.events, "what had ended is as it was"
    unknown = here.ended(running)
    assert (unknown.status, unknown.error) == ("FAILED", "Lambda.Unknown")
    assert here.ended(waiting).output == "waited"
    assert here.ended(backing_off).output == "backed off"
    for name, expected in [("waiting", 1), ("backing off", 2), ("running", 1)]:
        assert called(tmp_path / name) == expected, name
    for execution in (waiting, backing_off, running):
        histories.well_formed(here.history(execution))
    paused = here.history(waiting)[1:3]
    assert 4.0 <= (paused[1]["timestamp"] - paused[0]["timestamp"]).total_seconds() <= 8.0


def test_a_task_that_a_killed_server_had_claimed_can_be_retried(new_dev: NewDev, tmp_path: Path) -> None:
    server = new_dev(data=tmp_path / "data")
    here = server.start()
    calls = tmp_path / "calls"
    probe = {
        "do": "sleep",
        "seconds": 30,
        "attempt.$": "$$.State.RetryCount",
        "well_from_attempt": 1,
        "result": "second",
        "calls": str(calls),
    }
    retry = [{"ErrorEquals": ["Lambda.Unknown"], "IntervalSeconds": 1, "MaxAttempts": 1}]
    execution = here.begin(machines.task(here.function_arn("probe"), Parameters=probe, Retry=retry))
    eventually("the call", lambda: called(calls) == 1)
    server.kill()
    here = server.start()
    assert here.ended(execution).output == "second"
    assert called(calls) == 2


def test_everything_is_there_after_a_restart(new_dev: NewDev, tmp_path: Path) -> None:
    server = new_dev(data=tmp_path / "data")
    here = server.start()
    machine = here.create(machines.passes(2))
    done = here.ended(here.start(machine, {"n": 1}, name="first"))
    assert server.stop() == 0
    here = server.start()
    assert here.ended(done.arn).events == done.events
    listed = here.sfn.list_executions(stateMachineArn=machine)["executions"]
    assert [item["name"] for item in listed] == ["first"]
    assert here.ended(here.start(machine, {"n": 2})).output == {"n": 2}


def test_a_server_killed_at_any_moment_loses_nothing_and_runs_nothing_twice(tmp_path: Path) -> None:
    print("seed", seed := breaking.seed())
    killed = kill_again_and_again(tmp_path, seed, kills=20, executions=130)
    print(killed.table(seed))
    killed.account.must_be_right()


def test_a_second_server_on_the_same_folder_refuses_to_start(new_dev: NewDev, tmp_path: Path) -> None:
    first, second = new_dev(data=tmp_path / "data"), new_dev(data=tmp_path / "data")
    here = first.start()
    assert second.spawn().wait(20) == 1
    text = second.log.read_text()
    assert str(tmp_path / "data") in text, text
    assert here.run(machines.passes(1), {"n": 1}).output == {"n": 1}, "the first is unharmed"


def test_a_server_listens_on_loopback_only() -> None:
    done = subprocess.run(
        [binary("stepwell"), "dev", "--host", "0.0.0.0", "--port", "0"], capture_output=True, check=False
    )
    assert done.returncode == 1
    assert b"callers are asked for access keys" in done.stdout + done.stderr


@pytest.mark.parametrize("by", [signal.SIGTERM, signal.SIGINT])
def test_a_server_that_is_asked_to_end_takes_its_functions_with_it(new_dev: NewDev, by: signal.Signals) -> None:
    server = new_dev()
    here = server.start()
    assert here.run(here.definition("greeting"), {"name": "Ada"}).output == {"greeting": "HELLO, ADA!"}
    assert server.process is not None
    functions = children(server.process.pid)
    assert functions
    server.process.send_signal(by)
    assert server.process.wait(20) == 0
    eventually("the end of the functions", lambda: not [pid for pid in functions if Path(f"/proc/{pid}").exists()], 5)


def children(pid: int) -> list[int]:
    return [
        int(child) for task in Path(f"/proc/{pid}/task").iterdir() for child in (task / "children").read_text().split()
    ]


def test_a_server_sends_tasks_to_a_lambda_endpoint(new_dev: NewDev, deployment: Deployment) -> None:
    endpoint = deployment.aws_endpoint
    if endpoint is None:
        pytest.skip("needs an emulator's endpoint")
    account = deployment.installation.account
    server = new_dev("--lambda-endpoint", endpoint, "--account", account, functions={"shout": str(binary("target"))})
    here: Installation = server.start()
    here.account = account
    assert here.run(here.definition("greeting"), {"name": "Ada"}).output == {"greeting": "HELLO, ADA!"}
    assert "shout" in FUNCTIONS
