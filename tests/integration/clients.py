"""Clients that nobody here wrote, all called in one way."""

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any, Protocol

import pytest
from awscli.clidriver import create_clidriver
from botocore import xform_name
from botocore.exceptions import ClientError

from installations import CHECKOUT, Installation, binary

#: Where `tests/run` installs what `clients/javascript/package-lock.json` names.
JAVASCRIPT = CHECKOUT / ".emulator" / "javascript"


class Refused(Exception):
    """An error of the service, as the client tells it."""

    def __init__(self, code: str, message: str, status: int | None) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.status = status


class Client(Protocol):
    def call(self, operation: str, **parameters: Any) -> dict[str, Any]: ...

    def close(self) -> None: ...


class Boto3:
    def __init__(self, installation: Installation) -> None:
        self.sfn = installation.sfn

    def call(self, operation: str, **parameters: Any) -> dict[str, Any]:
        try:
            answer = getattr(self.sfn, xform_name(operation))(**parameters)
        except ClientError as error:
            told, metadata = error.response["Error"], error.response["ResponseMetadata"]
            raise Refused(told["Code"], told["Message"], metadata["HTTPStatusCode"]) from error
        return {name: value for name, value in answer.items() if name != "ResponseMetadata"}

    def close(self) -> None:
        pass


class AwsCli:
    """In this process, because the CLI takes a second and more to start."""

    def __init__(
        self, installation: Installation, capture: pytest.CaptureFixture[str], environment: pytest.MonkeyPatch
    ) -> None:
        self.options = ["--endpoint-url", installation.endpoint, "--region", installation.region, "--output", "json"]
        self.capture = capture
        for name, value in installation.environment().items():
            environment.setenv(name, value)
        environment.setenv("AWS_DISABLE_HOST_PREFIX_INJECTION", "true")
        environment.setenv("AWS_MAX_ATTEMPTS", "1")

    def call(self, operation: str, **parameters: Any) -> dict[str, Any]:
        self.capture.readouterr()
        command = ["stepfunctions", xform_name(operation, "-"), "--cli-input-json", json.dumps(parameters)]
        status = create_clidriver().main([*command, *self.options])
        said = self.capture.readouterr()
        if status == 0:
            return json.loads(said.out) if said.out.strip() else {}
        told = re.search(r"An error occurred \((\w+)\) when calling the \w+ operation: (.*)", said.err, re.DOTALL)
        assert told, said.err
        raise Refused(told[1], told[2].strip(), None)

    def close(self) -> None:
        pass


class Program:
    """A program that is given a call a line, and answers a line each."""

    def __init__(self, installation: Installation, command: list[str | Path]) -> None:
        environment = installation.environment() | {"ENDPOINT": installation.endpoint}
        self.process = subprocess.Popen(
            command, env=environment, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )

    def call(self, operation: str, **parameters: Any) -> dict[str, Any]:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        print(json.dumps({"operation": operation, "parameters": parameters}), file=self.process.stdin, flush=True)
        line = self.process.stdout.readline()
        assert line, f"the client ended with {self.process.wait()}"
        called = json.loads(line)
        if "error" in called:
            raise Refused(**called["error"])
        return called["answer"]

    def close(self) -> None:
        self.process.communicate(timeout=20)


def javascript(installation: Installation) -> Program:
    # Beside what it imports.
    program = shutil.copy(Path(__file__).parent / "clients" / "javascript" / "client.mjs", JAVASCRIPT)
    return Program(installation, ["node", program])


def rust(installation: Installation) -> Program:
    return Program(installation, [binary("sdk_client")])
