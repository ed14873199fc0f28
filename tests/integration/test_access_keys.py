"""Access keys, of `stepwell keys`: asked for by the deployed application and, if told to, by `stepwell dev`."""

import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

import machines
from deployment import Deployment
from installations import AccessKey, Dev, Installation, administer, binary, create_key, unique

CreateKey = Callable[..., AccessKey]


@dataclass
class Guarded:
    """An installation that asks for keys, and a maker of them."""

    installation: Installation
    create_key: CreateKey
    place: list[str]

    def client(self, key: AccessKey, **changes: Any) -> Any:
        config = Config(retries={"total_max_attempts": 1})
        session = self.installation.session(key)
        return session.client("stepfunctions", endpoint_url=self.installation.endpoint, config=config, **changes)


@pytest.fixture(scope="module")
def guarded_dev(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Guarded]:
    data = tmp_path_factory.mktemp("data")
    place = ["--data", str(data)]
    first = create_key("first", *place)
    server = Dev(tmp_path_factory.mktemp("dev") / "log", data, {}, "--authorization", "keys")
    installation = server.start()
    installation.access_key = first
    yield Guarded(installation, lambda name, *arguments: create_key(name, *arguments, *place), place)
    assert server.stop() == 0


@pytest.fixture(scope="module")
def guarded_deployment(deployment: Deployment) -> Guarded:
    return Guarded(deployment.installation, deployment.create_key, deployment.keys_place())


@pytest.fixture(scope="module", params=["dev", "deployed"])
def guarded(request: pytest.FixtureRequest) -> Guarded:
    return request.getfixturevalue("guarded_dev" if request.param == "dev" else "guarded_deployment")


@pytest.fixture(scope="module")
def machine(guarded: Guarded) -> str:
    return guarded.installation.create(machines.passes(1), unique("orders"))


def refused(call: Callable[[], object]) -> tuple[str, str, int]:
    """Code, text and HTTP status of the error."""
    with pytest.raises(ClientError) as error:
        call()
    answer = error.value.response
    return answer["Error"]["Code"], answer["Error"]["Message"], answer["ResponseMetadata"]["HTTPStatusCode"]


UNKNOWN = ("UnrecognizedClientException", "The security token included in the request is invalid.", 400)


def test_who_has_a_key_comes_in_and_who_has_none_does_not(guarded: Guarded) -> None:
    key = guarded.create_key("ci")
    assert "stateMachines" in guarded.client(key).list_state_machines()
    for other in (AccessKey("AKIAIOSFODNN7EXAMPLE", key.secret), AccessKey("SWKA" + "A" * 16, key.secret)):
        assert refused(guarded.client(other).list_state_machines) == UNKNOWN
    code, text, status = refused(guarded.client(AccessKey(key.id, "wrong")).list_state_machines)
    assert (code, status) == ("InvalidSignatureException", 400)
    assert text.startswith("The request signature we calculated does not match the signature you provided.")


def test_a_client_of_another_region_or_session_is_told(guarded: Guarded) -> None:
    key = guarded.create_key("ci")
    elsewhere = guarded.client(key, region_name="sa-east-1")
    code, text, _ = refused(elsewhere.list_state_machines)
    assert code == "InvalidSignatureException"
    assert "Credential should be scoped to a valid region, not 'sa-east-1'." in text
    session = {"aws_access_key_id": key.id, "aws_secret_access_key": key.secret, "aws_session_token": "token"}
    assert refused(guarded.client(key, **session).list_state_machines) == UNKNOWN


def test_a_key_does_what_its_role_permits(guarded: Guarded, machine: str) -> None:
    reads = guarded.client(guarded.create_key("reader", "--role", "read-only"))
    starts = guarded.client(guarded.create_key("starter", "--role", "start-only"))
    execution = starts.start_execution(stateMachineArn=machine)["executionArn"]
    guarded.installation.ended(execution)
    assert reads.describe_execution(executionArn=execution)["status"] == "SUCCEEDED"
    account = guarded.installation.account
    code, text, status = refused(lambda: reads.start_execution(stateMachineArn=machine))
    assert (code, status) == ("AccessDeniedException", 400)
    assert text.startswith(
        f"User: arn:aws:iam::{account}:user/reader is not authorized to perform: states:StartExecution on resource: "
        f"{machine} "
    )
    assert refused(lambda: starts.describe_execution(executionArn=execution))[0] == "AccessDeniedException"


def test_a_limited_key_reaches_its_state_machines_alone(guarded: Guarded, machine: str) -> None:
    other = guarded.installation.create(machines.passes(1), unique("payroll"))
    limited = guarded.client(guarded.create_key("limited", "--machine", "orders-*", "--machine", "billing"))
    execution = limited.start_execution(stateMachineArn=machine)["executionArn"]
    assert limited.describe_execution(executionArn=execution)["executionArn"] == execution
    for call in (
        lambda: limited.start_execution(stateMachineArn=other),
        lambda: limited.delete_state_machine(stateMachineArn=other),
        limited.list_state_machines,
    ):
        assert refused(call)[0] == "AccessDeniedException"


def test_keys_are_listed_and_revoked(guarded: Guarded) -> None:
    key = guarded.create_key("listed", "--role", "start-only", "--machine", "orders-*")
    (line,) = [line for line in administer("list", *guarded.place).splitlines() if key.id in line]
    assert line.split()[2:] == ["start-only", "listed", "orders-*"]
    assert key.secret not in line
    # One that was never used is not remembered anywhere.
    assert administer("revoke", key.id, *guarded.place) == f"{key.id} is revoked\n"
    assert key.id not in administer("list", *guarded.place)
    assert refused(guarded.client(key).list_state_machines) == UNKNOWN
    again = subprocess.run(
        [binary("stepwell"), "keys", "revoke", key.id, *guarded.place], capture_output=True, text=True, check=False
    )
    assert (again.returncode, again.stderr) == (1, f"stepwell: there is no key `{key.id}`\n")


def dev(tmp_path: Path, *arguments: str) -> str:
    """What a server says that does not start."""
    command = [binary("stepwell"), "dev", "--port", "0", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=20)
    assert done.returncode == 1
    return done.stderr


def test_beyond_loopback_a_server_starts_with_keys_only(tmp_path: Path) -> None:
    data = tmp_path / "data"
    beyond = ["--host", "192.0.2.1"]
    assert "give one with --data" in dev(tmp_path, *beyond)
    assert f"there is none: stepwell keys create NAME --data {data}" in dev(tmp_path, *beyond, "--data", str(data))
    assert "is no loopback address" in dev(tmp_path, *beyond, "--authorization", "any")
    create_key("ci", "--data", data)
    # With a key, all that is wrong is that this machine has no such address.
    assert "192.0.2.1:0: " in dev(tmp_path, *beyond, "--data", str(data))


def test_what_is_no_name_role_or_pattern_is_refused(tmp_path: Path) -> None:
    for arguments, said in (
        (["a b"], "cannot name a key"),
        (["a", "--role", "root"], "[possible values: full, read-only, start-only, worker]"),
        (["a", "--machine", "a b"], "is no pattern of a state machine's name"),
        (["a", "--role", "worker", "--machine", "a"], "a worker's key cannot be limited"),
    ):
        command = [binary("stepwell"), "keys", "create", *arguments, "--data", tmp_path]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode != 0
        assert said in done.stderr
    assert not (tmp_path / "keys").exists()
