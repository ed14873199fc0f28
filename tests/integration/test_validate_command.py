"""`stepwell validate`, the developer's linter, and definitions in YAML."""

import json
import subprocess
from pathlib import Path

import pytest

import machines
from installations import WORKFLOWS, binary


def stepwell(*arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    command = [str(binary("stepwell")), *arguments]
    return subprocess.run(command, input=stdin, capture_output=True, text=True, timeout=60, check=False)


GREETING = """\
# An anchor saves a repetition.
StartAt: Greet
States:
  Greet:
    Type: Pass
    Result: &words {greeting: Hello}
    Next: Again
  Again:
    Type: Pass
    Result:
      again: *words
    End: true
"""

TYPOS = """\
StartAt: Gret
States:
  Greet:
    Type: Pass
    Parameters:
      name: $.name
    Retry: []
    End: true
"""


@pytest.fixture
def typos(tmp_path: Path) -> str:
    file = tmp_path / "typos.asl.yaml"
    file.write_text(TYPOS)
    return str(file)


def test_a_definition_in_yaml_runs(tmp_path: Path) -> None:
    file = tmp_path / "greeting.asl.yaml"
    file.write_text(GREETING)
    done = stepwell("run", str(file), "--quiet")
    assert (done.returncode, done.stdout) == (0, '{"again":{"greeting":"Hello"}}\n'), done.stderr


def test_what_is_wrong_with_a_definition_is_told_before_it_runs(typos: str) -> None:
    done = stepwell("run", typos)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.splitlines() == [
        "stepwell: InvalidDefinition: Invalid State Machine Definition",
        f"{typos}:7:5: error: Field 'Retry' is not supported (SCHEMA_VALIDATION_FAILED at /States/Greet)",
        f"{typos}:1:1: error: Missing 'Next' target: Gret (MISSING_TRANSITION_TARGET at /StartAt)",
    ]


def test_definitions_without_errors_exit_with_0() -> None:
    files = [str(file) for file in sorted(WORKFLOWS.glob("*.asl.json"))]
    done = stepwell("validate", *files)
    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr == f"{len(files)} files: 0 errors, 0 warnings\n"


def test_every_finding_has_its_line_and_column(typos: str, tmp_path: Path) -> None:
    broken = tmp_path / "broken.json"
    broken.write_text('{\n  "StartAt": \n}')
    done = stepwell("validate", typos, str(broken))
    assert done.returncode == 1
    assert done.stdout.splitlines() == [
        f"{typos}:7:5: error: Field 'Retry' is not supported (SCHEMA_VALIDATION_FAILED at /States/Greet)",
        f"{typos}:6:7: warning: The value of 'name' is not evaluated: its name does not end with '.$' "
        "(NO_DOLLAR at /States/Greet/Parameters)",
        f"{typos}:1:1: error: Missing 'Next' target: Gret (MISSING_TRANSITION_TARGET at /StartAt)",
        f"{broken}:3:1: error: Unexpected character ('}}' (code 125)): expected a valid value (JSON String, Number, "
        "Array, Object or token 'null', 'true' or 'false') (INVALID_JSON_DESCRIPTION)",
    ]
    assert done.stderr == "2 files: 3 errors, 1 warning\n"


def test_findings_as_json_are_those_of_the_api_with_their_places(tmp_path: Path) -> None:
    file = tmp_path / "loop.json"
    file.write_text(json.dumps({"StartAt": "A", "States": {"A": {"Type": "Pass", "Next": "B"}}}, indent=1))
    done = stepwell("validate", "--format", "json", str(file))
    assert (done.returncode, done.stderr) == (1, "")
    [answer] = json.loads(done.stdout)
    assert (answer["file"], answer["result"]) == (str(file), "FAIL")
    assert answer["diagnostics"] == [
        {
            "severity": "ERROR",
            "code": "MISSING_TRANSITION_TARGET",
            "message": "Missing 'Next' target: B",
            "location": "/States/A/Next",
            "line": 6,
            "column": 4,
        },
        {
            "severity": "ERROR",
            "code": "MISSING_END_STATE",
            "message": "Workflow has no terminal state",
            "location": None,
            "line": 1,
            "column": 1,
        },
    ]


def test_warnings_fail_only_if_they_are_denied() -> None:
    machine = json.dumps(machines.one_state(Type="Pass", Parameters={"a": "$.b"}, End=True))
    assert stepwell("validate", "-", stdin=machine).returncode == 0
    done = stepwell("validate", "--deny-warnings", "-", stdin=machine)
    assert (done.returncode, done.stdout.split(": ")[1]) == (1, "warning")


def test_an_express_machine_is_checked_as_one() -> None:
    machine = machines.task("arn:aws:states:::sqs:sendMessage.waitForTaskToken")
    done = stepwell("validate", "--type", "express", "-", stdin=json.dumps(machine))
    assert "Express state machine does not support '.waitForTaskToken' service integration" in done.stdout


def test_a_file_that_cannot_be_read_exits_with_2(typos: str) -> None:
    done = stepwell("validate", typos, "nowhere.yaml")
    assert (done.returncode, done.stdout) == (2, "")
    assert "nowhere.yaml" in done.stderr


def test_yaml_that_is_none_is_told_so(tmp_path: Path) -> None:
    file = tmp_path / "machine.yml"
    texts = (("StartAt: A\nStates: [\n", "2:9"), ("StartAt: A\nStartAt: B\n", "2:1"), ("A: !Sub b\n", "1:9"))
    for text, place in texts:
        file.write_text(text)
        done = stepwell("validate", str(file))
        assert done.returncode == 1
        assert done.stdout.startswith(f"{file}:{place}: error: "), done.stdout
        assert done.stdout.endswith(" (INVALID_YAML)\n")
