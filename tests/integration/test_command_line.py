"""The AWS CLI against the API."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from awscli.clidriver import create_clidriver

import machines
from installations import Installation, unique

AWS = Path(sys.executable).parent / "aws"


@pytest.fixture
def cli(installation: Installation, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> "Cli":
    for name, value in installation.environment().items():
        monkeypatch.setenv(name, value)
    return Cli(installation, capfd)


class Cli:
    def __init__(self, installation: Installation, capture: pytest.CaptureFixture[str]) -> None:
        self.installation = installation
        self.capture = capture

    def arguments(self, operation: str, **options: str) -> list[str]:
        arguments = ["stepfunctions", operation, "--endpoint-url", self.installation.endpoint, "--output", "json"]
        arguments += ["--region", self.installation.region]
        return arguments + [part for name, value in options.items() for part in ("--" + name.replace("_", "-"), value)]

    def __call__(self, operation: str, **options: str) -> Any:
        """In this process, because the CLI takes a second and more to start."""
        self.capture.readouterr()
        status = create_clidriver().main(self.arguments(operation, **options))
        said = self.capture.readouterr()
        assert status == 0, said.err
        return json.loads(said.out) if said.out.strip() else None

    def process(self, operation: str, **options: str) -> subprocess.CompletedProcess[str]:
        command = [AWS, *self.arguments(operation, **options)]
        return subprocess.run(command, capture_output=True, text=True, check=False)


def test_the_aws_cli_drives_a_state_machine_from_creation_to_deletion(cli: Cli, tmp_path: Path) -> None:
    installation, name = cli.installation, unique("cli")
    definition = tmp_path / "definition.json"
    definition.write_text(installation.definition("greeting"))
    created = cli("create-state-machine", name=name, definition=f"file://{definition}", role_arn=installation.role_arn)
    machine = created["stateMachineArn"]
    assert cli("describe-state-machine", state_machine_arn=machine)["definition"] == definition.read_text()
    assert machine in {listed["stateMachineArn"] for listed in cli("list-state-machines")["stateMachines"]}

    execution = cli("start-execution", state_machine_arn=machine, name="first", input='{"name": "Ada"}')["executionArn"]
    installation.ended(execution)
    description = cli("describe-execution", execution_arn=execution)
    assert (description["status"], json.loads(description["output"])) == ("SUCCEEDED", {"greeting": "HELLO, ADA!"})
    history = cli("get-execution-history", execution_arn=execution)["events"]
    assert [event["id"] for event in history] == list(range(1, len(history) + 1))
    listed = cli("list-executions", state_machine_arn=machine, status_filter="SUCCEEDED")["executions"]
    assert [item["name"] for item in listed] == ["first"]

    waits = json.dumps(machines.wait(3600))
    cli("update-state-machine", state_machine_arn=machine, definition=waits)
    second = cli("start-execution", state_machine_arn=machine)["executionArn"]
    assert cli("describe-state-machine-for-execution", execution_arn=second)["definition"] == waits
    cli("stop-execution", execution_arn=second, error="Enough", cause="of this")
    description = cli("describe-execution", execution_arn=second)
    assert (description["status"], description["error"], description["cause"]) == ("ABORTED", "Enough", "of this")
    cli("delete-state-machine", state_machine_arn=machine)


def test_the_aws_cli_reports_errors_in_the_words_of_the_api(cli: Cli) -> None:
    unknown = f"arn:aws:states:{cli.installation.region}:{cli.installation.account}:stateMachine:nowhere"
    done = cli.process("describe-state-machine", state_machine_arn=unknown)
    assert done.returncode != 0
    assert "(StateMachineDoesNotExist) when calling the DescribeStateMachine operation" in done.stderr
    assert f"State Machine Does Not Exist: '{unknown}'" in done.stderr
