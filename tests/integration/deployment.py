"""The deployed application: in the emulator, which is started if it must be; in LocalStack, or in an AWS account."""

import io
import json
import os
import platform
import signal
import subprocess
import tempfile
import zipfile
from contextlib import ExitStack
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

import boto3
from botocore.exceptions import ClientError

import machines
from installations import CHECKOUT, FUNCTIONS, AccessKey, Installation, binary, create_key
from losses import Losses
from polling import eventually

if TYPE_CHECKING:
    from breaking.application import Breaking

SCRIPTS = CHECKOUT / "infra" / "emulator"
OUTPUTS = CHECKOUT / ".emulator" / "outputs.json"

LAMBDAS = ["api", "interpreter", "dispatcher", "timekeeper", "dead_letters", "keys", "doctor"]

#: Those of the messages, and of those that failed too often: the outputs with their URLs.
QUEUES = [
    f"{name}{kind}QueueUrl" for name in ("Transitions", "TransitionsFifo", "Tasks") for kind in ("", "DeadLetter")
]

#: The dispatcher's timeout in the emulator: short, so that one that was killed is missed soon.
DISPATCHER_TIMEOUT_SECONDS = 20


@dataclass
class Deaths:
    """Executions whose functions were killed at the beginning. Being missed takes minutes, in which other tests run."""

    calls: Path
    of_dispatcher: str
    of_interpreter: str
    passes: machines.Definition

    @classmethod
    def begin(cls, deployment: "Deployment", folder: Path) -> "Deaths":
        here, calls, passes = deployment.installation, folder / "calls", machines.passes(20)
        probe = {"do": "sleep", "seconds": 4, "calls": str(calls)}
        of_dispatcher = here.begin(machines.task(here.function_arn("probe")), probe)
        eventually("the call", calls.exists)
        deployment.kill("DispatcherFunction")
        of_interpreter = here.begin(passes)
        here.reached(of_interpreter, "PassStateExited", 3)
        deployment.kill("InterpreterFunction")
        return cls(calls, of_dispatcher, of_interpreter, passes)


class Deployment:
    """Use as a context: entering creates the target functions, leaving removes what was made."""

    def __init__(self, outputs: dict[str, str], aws_endpoint: str | None, emulated: bool) -> None:
        self.outputs = outputs
        self.aws_endpoint = aws_endpoint
        self.emulated = emulated
        self.region = os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION") or "us-east-1"
        self.cleanup = ExitStack()
        self.installation: Installation
        self.deaths: Deaths | None = None
        self.losses: Losses | None = None
        #: A storm of the beginning.
        self.breaking: Breaking | None = None

    @classmethod
    def from_environment(cls) -> "Deployment":
        if endpoint := os.environ.get("STEPWELL_ENDPOINT"):
            outputs = json.loads(OUTPUTS.read_text()) | {"Endpoint": endpoint}
            return cls(outputs, os.environ.get("AWS_ENDPOINT_URL"), emulated=False)
        with ExitStack() as undo:
            up = subprocess.run([SCRIPTS / "up"], check=True, capture_output=True, text=True)
            if "already up" not in up.stderr:
                undo.callback(subprocess.run, [SCRIPTS / "down"], check=True, capture_output=True)
            deployment = cls(deploy("stepwell"), up.stdout.strip(), emulated=True)
            deployment.cleanup = undo.pop_all()
        return deployment

    def aws(self, service: str) -> Any:
        return boto3.client(service, endpoint_url=self.aws_endpoint, region_name=self.region)

    def __enter__(self) -> "Deployment":
        with ExitStack() as undo:
            undo.push(self.cleanup)
            account = self.aws("sts").get_caller_identity()["Account"]
            role = os.environ.get("STEPWELL_ROLE_ARN") or self.create_role(account)
            for name in FUNCTIONS:
                self.create_function(name, role)
            self.installation = Installation(
                "deployed",
                self.outputs["Endpoint"],
                self.region,
                account,
                role,
                respaces=self.emulated,
                access_key=self.create_key("tests"),
            )
            self.cleanup = undo.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.cleanup.close()

    def create_key(self, name: str, *arguments: str) -> AccessKey:
        """A key of the API."""
        return create_key(name, *arguments, *self.keys_place())

    def keys_place(self) -> list[str]:
        """Where `stepwell keys` finds them."""
        return self.place("KeysFunction")

    def place(self, function: str) -> list[str]:
        """Where a command of `stepwell` finds the function of that output."""
        place = ["--function", self.outputs[function], "--region", self.region]
        return place + (["--endpoint-url", self.aws_endpoint] if self.aws_endpoint else [])

    def visible_again_after(self, queue: str, seconds: int) -> ExitStack:
        """Meanwhile, what failed comes back to the queue of that output so soon."""
        sqs, url = self.aws("sqs"), self.outputs[queue]
        name = "VisibilityTimeout"
        before = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=[name])["Attributes"][name]
        undo = ExitStack()
        undo.callback(sqs.set_queue_attributes, QueueUrl=url, Attributes={name: before})
        sqs.set_queue_attributes(QueueUrl=url, Attributes={name: str(seconds)})
        return undo

    def create_role(self, account: str) -> str:
        """A role that the dispatcher assumes, and that the functions run as."""
        iam = self.aws("iam")
        name = "stepwell-tests"
        trust = [
            {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}
            for principal in ({"AWS": self.outputs["DispatcherRoleArn"]}, {"Service": "lambda.amazonaws.com"})
        ]
        invoke = {
            "Effect": "Allow",
            "Action": "lambda:InvokeFunction",
            "Resource": [f"arn:aws:lambda:{self.region}:{account}:function:{function}" for function in FUNCTIONS],
        }
        try:
            iam.create_role(
                RoleName=name, AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": trust})
            )
            self.cleanup.callback(iam.delete_role, RoleName=name)
        except iam.exceptions.EntityAlreadyExistsException:
            pass  # of a run that was killed
        policy = json.dumps({"Version": "2012-10-17", "Statement": [invoke]})
        iam.put_role_policy(RoleName=name, PolicyName="invoke", PolicyDocument=policy)
        self.cleanup.callback(iam.delete_role_policy, RoleName=name, PolicyName="invoke")
        return f"arn:aws:iam::{account}:role/{name}"

    def create_function(self, name: str, role: str) -> None:
        functions = self.aws("lambda")
        settings = {"Runtime": "provided.al2023", "Handler": "bootstrap", "Role": role, "Timeout": 5}
        settings["Architectures"] = [architecture()]

        def create() -> bool:
            try:
                functions.create_function(FunctionName=name, Code={"ZipFile": bootstrap()}, **settings)
            except ClientError as error:
                if self.emulated and error.response["Error"]["Code"] == "ResourceConflictException":
                    functions.update_function_code(FunctionName=name, ZipFile=bootstrap())
                    return True
                if "cannot be assumed by Lambda" in str(error):
                    return False  # a new role takes a while to be known
                raise
            self.cleanup.callback(functions.delete_function, FunctionName=name)
            return True

        eventually(f"function {name}", create, 60)
        functions.get_waiter("function_active_v2").wait(FunctionName=name, WaiterConfig={"Delay": 1})

    def look_at(self, execution: str, millis: int) -> None:
        """Has the sweep look at an open execution when it runs after this time, as an operator could."""
        self.aws("dynamodb").update_item(
            TableName=self.outputs["ExecutionsTable"],
            Key={"e": {"S": execution}},
            UpdateExpression="SET c = :c",
            ConditionExpression="attribute_exists(c)",
            ExpressionAttributeValues={":c": {"N": str(millis)}},
        )

    def keep_time(self) -> None:
        """Has the timekeeper run, as it does every minute."""
        pages = self.aws("lambda").get_paginator("list_functions").paginate()
        names = [function["FunctionName"] for page in pages for function in page["Functions"]]
        (name,) = [name for name in names if name.startswith("stepwell-TimekeeperFunction")]
        invoked = self.aws("lambda").invoke(FunctionName=name, Payload=b"{}")
        assert "FunctionError" not in invoked, invoked["Payload"].read()

    def journal(self, execution: str) -> list[dict[str, Any]]:
        """The items of one execution's journal."""
        pages = (
            self.aws("dynamodb")
            .get_paginator("query")
            .paginate(
                TableName=self.outputs["JournalTable"],
                KeyConditionExpression="e = :e",
                ExpressionAttributeValues={":e": {"S": execution.split(":execution:")[1]}},
                ConsistentRead=True,
            )
        )
        return [item for page in pages for item in page["Items"]]

    def count(self, table: str) -> int:
        """How many items the table of that output has."""
        pages = (
            self.aws("dynamodb")
            .get_paginator("scan")
            .paginate(TableName=self.outputs[table], Select="COUNT", ConsistentRead=True)
        )
        return sum(page["Count"] for page in pages)

    def journals(self) -> set[str]:
        """The keys of all executions that have records."""
        scan = self.aws("dynamodb").get_paginator("scan")
        pages = scan.paginate(TableName=self.outputs["JournalTable"], ProjectionExpression="e", ConsistentRead=True)
        return {item["e"]["S"] for page in pages for item in page["Items"]}

    def messages(self, queue: str) -> int:
        """How many messages the queue of that output has: visible, in flight and delayed."""
        attributes = self.aws("sqs").get_queue_attributes(QueueUrl=self.outputs[queue], AttributeNames=["All"])
        return sum(
            int(attributes["Attributes"][f"ApproximateNumberOfMessages{kind}"])
            for kind in ("", "NotVisible", "Delayed")
        )

    def processes(self, function: str) -> list[int]:
        """The emulator's processes of the function whose name contains this."""
        found = []
        for process in Path("/proc").glob("[0-9]*"):
            try:
                environment = (process / "environ").read_bytes().split(b"\0")
            except OSError:
                continue
            of_this = f"AWS_ENDPOINT_URL={self.aws_endpoint}".encode() in environment
            names = [value for value in environment if value.startswith(b"AWS_LAMBDA_FUNCTION_NAME=")]
            if of_this and any(function.encode() in name for name in names):
                found.append(int(process.name))
        return found

    def kill(self, function: str) -> None:
        for process in self.processes(function):
            os.kill(process, signal.SIGKILL)


def deploy(stack: str, *parameters: str) -> dict[str, str]:
    """Deploys to the emulator, and gives the stack's outputs."""
    parameters += (f"DispatcherTimeoutSeconds={DISPATCHER_TIMEOUT_SECONDS}", "ActivityPollSeconds=5")
    environment = os.environ | {"STACK_NAME": stack, "PARAMETERS": " ".join(parameters)}
    with tempfile.TemporaryDirectory() as folder:
        for name in LAMBDAS:
            (Path(folder) / name).write_bytes(stripped(binary(name)))
        command = [SCRIPTS / "deploy", "--no-build", folder]
        deployed = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert deployed.returncode == 0, deployed.stderr
    return json.loads(deployed.stdout)


@cache
def bootstrap() -> bytes:
    """The deployment package of the target functions."""
    taken = os.environ.get("STEPWELL_TARGET_BOOTSTRAP")
    program = Path(taken) if taken else binary("target")
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as package:
        entry = zipfile.ZipInfo("bootstrap")
        entry.external_attr = 0o755 << 16
        package.writestr(entry, stripped(program))
    return archive.getvalue()


def stripped(program: Path) -> bytes:
    """Debug information would be most of what is uploaded."""
    with tempfile.TemporaryDirectory() as folder:
        output = Path(folder) / program.name
        done = subprocess.run(["strip", "-o", output, program], capture_output=True, check=False)
        return (output if done.returncode == 0 else program).read_bytes()


def architecture() -> str:
    """In Lambda's word."""
    of_this_machine = "arm64" if platform.machine() in ("arm64", "aarch64") else "x86_64"
    return os.environ.get("STEPWELL_TARGET_ARCHITECTURE") or of_this_machine
