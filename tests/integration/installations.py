"""The installations that the tests talk to: `stepwell dev`, and the deployed application."""

import json
import os
import re
import signal
import subprocess
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config

from polling import eventually

CHECKOUT = Path(__file__).resolve().parents[2]
WORKFLOWS = CHECKOUT / "tests" / "workflows"

FUNCTIONS = ["greet", "shout", "echo", "reserve_stock", "release_stock", "charge_card", "ship", "probe"]


def any_credentials() -> None:
    """Both the emulator and `stepwell dev` take any signature."""
    if not os.environ.get("STEPWELL_ENDPOINT"):
        os.environ.update(AWS_ACCESS_KEY_ID="test", AWS_SECRET_ACCESS_KEY="test", AWS_DEFAULT_REGION="us-east-1")
        for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_REGION", "AWS_ENDPOINT_URL"):
            os.environ.pop(name, None)


def binary(name: str) -> Path:
    """A binary of the workspace's dev profile. `tests/run` builds them, and says where they are."""
    target = os.environ.get("CARGO_TARGET_DIR", str(CHECKOUT / "target"))
    path = Path(target) / "debug" / name
    assert path.exists(), f"{path} is missing: run tests/run, or cargo build -p stepwell -p targets"
    return path


@dataclass
class Execution:
    """A finished execution."""

    arn: str
    description: dict[str, Any]
    events: list[dict[str, Any]]

    @property
    def status(self) -> str:
        return self.description["status"]

    @property
    def output(self) -> Any:
        assert self.status == "SUCCEEDED", self.description
        return json.loads(self.description["output"])

    @property
    def error(self) -> str | None:
        return self.description.get("error")

    @property
    def cause(self) -> str | None:
        return self.description.get("cause")


@dataclass(frozen=True)
class AccessKey:
    id: str
    secret: str


def administer(action: str, *arguments: str | Path) -> str:
    """What `stepwell keys` prints."""
    command = [binary("stepwell"), "keys", action, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def create_key(name: str, *arguments: str | Path) -> AccessKey:
    lines = administer("create", name, *arguments).splitlines()
    variables = dict(line.removeprefix("export ").split("=", 1) for line in lines)
    return AccessKey(variables["AWS_ACCESS_KEY_ID"], variables["AWS_SECRET_ACCESS_KEY"])


@dataclass
class Installation:
    flavour: str
    endpoint: str
    region: str
    account: str
    role_arn: str
    #: Whether what functions answer has lost its own spacing on the way: the emulator parses it, and writes it anew.
    respaces: bool = False
    #: The access key that its API asks for; none where any will do.
    access_key: AccessKey | None = None
    client: Any = None

    @property
    def sfn(self) -> Any:
        """An SDK's client, which tries everything once."""
        if self.client is None:
            config = Config(retries={"total_max_attempts": 1}, inject_host_prefix=False)
            self.client = self.session().client("stepfunctions", endpoint_url=self.endpoint, config=config)
        return self.client

    def session(self, access_key: AccessKey | None = None) -> boto3.Session:
        """With this access key, or the installation's own, or those of the environment."""
        key = access_key or self.access_key
        credentials = {} if key is None else {"aws_access_key_id": key.id, "aws_secret_access_key": key.secret}
        return boto3.Session(region_name=self.region, **credentials)

    def environment(self) -> dict[str, str]:
        """For programs with an SDK in them."""
        key = self.access_key
        own = {} if key is None else {"AWS_ACCESS_KEY_ID": key.id, "AWS_SECRET_ACCESS_KEY": key.secret}
        return os.environ | {"AWS_DEFAULT_REGION": self.region, "AWS_REGION": self.region} | own

    def function_arn(self, name: str) -> str:
        return f"arn:aws:lambda:{self.region}:{self.account}:function:{name}"

    def definition(self, name: str) -> str:
        """An example workflow, with functions of this installation."""
        text = (WORKFLOWS / f"{name}.asl.json").read_text()
        return text.replace("arn:aws:lambda:us-east-1:123456789012:", f"arn:aws:lambda:{self.region}:{self.account}:")

    def create(self, definition: str | dict[str, Any], name: str | None = None) -> str:
        """Creates a state machine, and returns its ARN."""
        created = self.sfn.create_state_machine(
            name=name or unique("machine"), definition=as_json(definition), roleArn=self.role_arn
        )
        return created["stateMachineArn"]

    def start(self, machine: str, execution_input: object = None, name: str | None = None) -> str:
        """Starts an execution, and returns its ARN."""
        started = self.sfn.start_execution(
            stateMachineArn=machine,
            name=name or unique("execution"),
            input=as_json({} if execution_input is None else execution_input),
        )
        return started["executionArn"]

    def begin(self, definition: str | dict[str, Any], execution_input: object = None) -> str:
        return self.start(self.create(definition), execution_input)

    def ended(self, execution: str, seconds: float = 60) -> Execution:
        """Waits until the execution has ended."""

        def look() -> dict[str, Any] | None:
            description = self.sfn.describe_execution(executionArn=execution)
            return None if description["status"] == "RUNNING" else description

        description = eventually(f"the end of {execution}", look, seconds, every=0.05)
        return Execution(execution, description, self.history(execution))

    def run(self, definition: str | dict[str, Any], execution_input: object = None, seconds: float = 60) -> Execution:
        return self.ended(self.begin(definition, execution_input), seconds)

    def history(self, execution: str) -> list[dict[str, Any]]:
        pages = self.sfn.get_paginator("get_execution_history").paginate(executionArn=execution)
        return [event for page in pages for event in page["events"]]

    def reached(self, execution: str, event_type: str, count: int = 1, seconds: float = 30) -> None:
        """Waits until the history has so many events of the type."""
        eventually(
            f"{count} {event_type} in {execution}",
            lambda: [event["type"] for event in self.history(execution)].count(event_type) >= count,
            seconds,
        )


def unique(prefix: str) -> str:
    return f"{prefix}-{uuid.uuid4().hex[:12]}"


def as_json(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, separators=(",", ":"), ensure_ascii=False)


class Dev:
    """A `stepwell dev`, which can be killed and started again."""

    def __init__(
        self, log: Path, data: Path | None = None, functions: dict[str, str] | None = None, *arguments: str
    ) -> None:
        self.log = log
        target = str(binary("target"))
        self.command = [str(binary("stepwell")), "dev", "--port", "0", *arguments]
        for name, program in ({name: target for name in FUNCTIONS} if functions is None else functions).items():
            self.command += ["--function", f"{name}={program}"]
        if data:
            self.command += ["--data", str(data)]
        #: Beside the tests' own.
        self.environment: dict[str, str] = {}
        self.process: subprocess.Popen[bytes] | None = None
        self.installation = Installation(
            "dev", "", "us-east-1", "123456789012", "arn:aws:iam::123456789012:role/workflows"
        )

    def start(self) -> Installation:
        self.spawn()
        found = eventually("the server's address", self.address, 20)
        self.installation.endpoint = found
        self.installation.client = None
        return self.installation

    def stay(self) -> None:
        """Where it is now, whenever it is started again."""
        port = self.installation.endpoint.rsplit(":", 1)[1]
        self.command[self.command.index("--port") + 1] = port

    def spawn(self) -> subprocess.Popen[bytes]:
        environment = {name: value for name, value in os.environ.items() if not name.startswith("AWS_ENDPOINT")}
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                self.command, stdout=log, stderr=log, stdin=subprocess.DEVNULL, env=environment | self.environment
            )
        return self.process

    def address(self) -> str | None:
        text = self.log.read_text()
        assert self.process is not None
        assert self.process.poll() is None, f"the server ended: {text}"
        found = re.search(r"the Step Functions API is at (http://\S+)", text)
        return found[1] if found else None

    def kill(self) -> None:
        """As by a power cut."""
        assert self.process is not None
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self) -> int:
        """Asks it to end, and returns its exit status."""
        assert self.process is not None
        self.process.terminate()
        return self.process.wait(20)
