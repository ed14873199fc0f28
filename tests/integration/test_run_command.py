"""`stepwell run`: the output on standard output, all else on standard error, and an exit code."""

import json
import os
import pty
import re
import select
import subprocess
import sys
from pathlib import Path

import machines
import pytest
from installations import FUNCTIONS, WORKFLOWS, binary

ORDER = str(WORKFLOWS / "order.asl.json")


def command(*arguments: str, functions: dict[str, str] | None = None) -> list[str]:
    target = str(binary("target"))
    chosen = {name: target for name in FUNCTIONS} if functions is None else functions
    options = [part for name, program in chosen.items() for part in ("--function", f"{name}={program}")]
    return [str(binary("stepwell")), "run", *arguments, *options]


def run(*arguments: str, functions: dict[str, str] | None = None, stdin: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command(*arguments, functions=functions), input=stdin, capture_output=True, text=True, timeout=60, check=False
    )


def written(folder: Path, definition: machines.Definition, name: str = "machine.asl.json") -> str:
    file = folder / name
    file.write_text(json.dumps(definition))
    return str(file)


def test_the_output_is_all_that_stands_on_standard_output() -> None:
    done = run(str(WORKFLOWS / "greeting.asl.json"), "--input", '{"name": "Ada"}')
    assert (done.returncode, done.stdout) == (0, '{"greeting":"HELLO, ADA!"}\n')


def test_a_pipe_gets_one_plain_line_for_each_step() -> None:
    done = run(str(WORKFLOWS / "greeting.asl.json"), "--input", '{"name": "Ada"}')
    steps = [line.split(" s  ", 1)[1] for line in done.stderr.splitlines()]
    assert steps == ["> Greet (Task)", "< Greet", "> Shout (Task)", "< Shout", "= SUCCEEDED"]
    assert all(re.match(r" *\d+\.\d{3} s  ", line) for line in done.stderr.splitlines())
    assert "\x1b" not in done.stderr


def test_a_terminal_gets_a_live_view() -> None:
    main, terminal = pty.openpty()
    try:
        process = subprocess.Popen(
            command(ORDER, "--input", f"@{WORKFLOWS / 'order.input.json'}"),
            stdin=terminal,
            stdout=subprocess.PIPE,
            stderr=terminal,
            env=os.environ | {"TERM": "xterm-256color"},
        )
        os.close(terminal)
        shown = read_terminal(main)
        assert process.stdout is not None
        output = json.loads(process.stdout.read())
        assert process.wait(20) == 0
    finally:
        os.close(main)
    assert output["status"] == "shipped"
    assert "Let the parcel be packed waits until" in shown, "a spinner tells what it waits for"
    assert "\x1b[" in shown, "and is drawn over"
    assert "= SUCCEEDED" in shown


def read_terminal(descriptor: int) -> str:
    """All that is shown, until the other side is closed."""
    shown = b""
    while select.select([descriptor], [], [], 30)[0]:
        try:
            part = os.read(descriptor, 65_536)
        except OSError:  # Linux: the other side is closed
            break
        if not part:
            break
        shown += part
    return shown.decode()


def test_quiet_shows_no_progress() -> None:
    done = run(str(WORKFLOWS / "greeting.asl.json"), "--input", '{"name": "Ada"}', "--quiet")
    assert (done.returncode, done.stdout, done.stderr) == (0, '{"greeting":"HELLO, ADA!"}\n', "")


def test_a_failed_execution_exits_with_1_and_tells_error_and_cause() -> None:
    done = run(ORDER, "--input", f"@{WORKFLOWS / 'order.card-declined.input.json'}")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.splitlines()[-2:] == [
        "FAILED: Payment.CardDeclined",
        'cause: {"errorType":"Payment.CardDeclined","errorMessage":"insufficient funds"}',
    ]


def test_an_execution_that_timed_out_exits_with_1(tmp_path: Path) -> None:
    done = run(written(tmp_path, {"TimeoutSeconds": 1} | machines.wait(3600)))
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.splitlines()[-1].startswith("TIMED_OUT")


@pytest.mark.parametrize(
    ("definition", "arguments", "said"),
    [
        (machines.one_state(Type="Dance"), [], "InvalidDefinition: Invalid State Machine Definition"),
        (machines.passes(1), ["--input", "not json"], "InvalidExecutionInput"),
        (machines.passes(1), ["--input", "@nowhere.json"], "nowhere.json"),
        (machines.passes(1), ["--name", "a b"], "InvalidName"),
        (machines.passes(1), ["--function", "nonsense"], "nonsense"),
        (machines.passes(1), ["--dance"], "--dance"),
    ],
    ids=["definition", "input", "input file", "name", "function", "option"],
)
def test_what_cannot_be_run_exits_with_2(
    tmp_path: Path, definition: machines.Definition, arguments: list[str], said: str
) -> None:
    done = run(written(tmp_path, definition), *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr


def test_a_missing_file_exits_with_2() -> None:
    done = run("nowhere.asl.json")
    assert (done.returncode, done.stdout) == (2, "")
    assert "nowhere.asl.json" in done.stderr


def test_the_input_may_come_from_standard_input() -> None:
    done = run(str(WORKFLOWS / "greeting.asl.json"), "--input", "@-", stdin='{"name": "Ada"}')
    assert done.stdout == '{"greeting":"HELLO, ADA!"}\n'


def test_a_python_function_runs_on_lambdas_own_runtime(tmp_path: Path) -> None:
    (tmp_path / "shop.py").write_text(
        "def price(event, context):\n"
        "    if event['pieces'] < 1:\n"
        "        raise ValueError('nothing ordered')\n"
        "    return {'cents': 250 * event['pieces'], 'function': context.function_name}\n"
    )
    machine = written(tmp_path, machines.task("arn:aws:lambda:us-east-1:123456789012:function:price"))
    program = f"env PYTHONPATH={tmp_path} {sys.executable} -m awslambdaric shop.price"
    done = run(machine, "--input", '{"pieces": 3}', functions={"price": program})
    assert (done.returncode, json.loads(done.stdout)) == (0, {"cents": 750, "function": "price"}), done.stderr
    done = run(machine, "--input", '{"pieces": 0}', functions={"price": program})
    assert done.returncode == 1
    assert "FAILED: ValueError" in done.stderr.splitlines()


def test_a_function_that_died_is_started_again(tmp_path: Path) -> None:
    arn, calls = "arn:aws:lambda:us-east-1:123456789012:function:probe", tmp_path / "calls"
    crash = {"do": "exit", "status": 1, "attempt.$": "$$.State.RetryCount", "well_from_attempt": 2, "result": "well"}
    crash["calls"] = str(calls)
    retry = [{"ErrorEquals": ["Runtime.ExitError"], "IntervalSeconds": 1, "BackoffRate": 1, "MaxAttempts": 2}]
    done = run(written(tmp_path, machines.task(arn, Parameters=crash, Retry=retry)))
    assert (done.returncode, done.stdout) == (0, '"well"\n'), done.stderr
    assert calls.read_text().splitlines() == ["call"] * 3


def test_a_function_that_cannot_be_started_fails_the_execution(tmp_path: Path) -> None:
    machine = written(tmp_path, machines.task("arn:aws:lambda:us-east-1:123456789012:function:gone"))
    done = run(machine, functions={"gone": str(tmp_path / "nowhere")})
    assert (done.returncode, done.stdout) == (1, "")
    assert "FAILED: Runtime.InvalidEntrypoint" in done.stderr


def test_no_process_is_left_behind(tmp_path: Path) -> None:
    marker = f"STEPWELL_TEST={tmp_path.name}"
    done = run(
        str(WORKFLOWS / "greeting.asl.json"),
        "--input",
        '{"name": "Ada"}',
        functions={name: f"env {marker} {binary('target')}" for name in ("greet", "shout")},
    )
    assert done.returncode == 0
    assert not [process for process in Path("/proc").glob("[0-9]*/environ") if marker.encode() in environment(process)]


def environment(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError:
        return b""
