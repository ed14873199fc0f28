"""The two doors of the deployed application, its REST API and its function URL: closed to whom nothing is known of."""

import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from deployment import Deployment, deploy
from installations import AccessKey


@dataclass
class Doors:
    rest_api: str
    function_url: str
    #: Asked as a proxy for the function URL, whose host no name server knows.
    emulator: str

    @classmethod
    def of(cls, deployment: Deployment, outputs: dict[str, str]) -> "Doors":
        assert deployment.aws_endpoint
        return cls(outputs["Endpoint"], outputs["FunctionUrl"].replace("https:", "http:"), deployment.aws_endpoint)

    def proxies(self, door: str) -> dict[str, str]:
        return {"http": self.emulator} if door == self.function_url else {}

    def unsigned(self, door: str) -> tuple[int, str]:
        """Status and text of the refusal."""
        headers = {"X-Amz-Target": "AWSStepFunctions.ListStateMachines", "Content-Type": "application/x-amz-json-1.0"}
        opener = urllib.request.build_opener(urllib.request.ProxyHandler(self.proxies(door)))
        with pytest.raises(urllib.error.HTTPError) as refused:
            opener.open(urllib.request.Request(door, b"{}", headers), timeout=60)
        with refused.value as error:
            told = json.load(error)
            return error.code, told.get("message") or told["Message"]

    def signed(self, door: str, key: AccessKey) -> int:
        """The status of what is answered to an SDK."""
        config = Config(retries={"total_max_attempts": 1}, proxies=self.proxies(door))
        session = boto3.Session(key.id, key.secret, region_name="us-east-1")
        try:
            answer = session.client("stepfunctions", endpoint_url=door, config=config).list_state_machines()
        except ClientError as error:
            answer = error.response
        return answer["ResponseMetadata"]["HTTPStatusCode"]


@pytest.fixture(scope="module")
def with_keys(deployment: Deployment) -> Doors:
    if not deployment.emulated:
        pytest.skip("the addresses are the emulator's")
    return Doors.of(deployment, deployment.outputs)


@pytest.fixture(scope="module")
def with_iam(deployment: Deployment) -> Iterator[Doors]:
    """Another stack, with the parameter."""
    if not deployment.emulated:
        pytest.skip("a second deployment takes long")
    yield Doors.of(deployment, deploy("stepwell-iam", "Authorization=Iam"))
    deployment.aws("cloudformation").delete_stack(StackName="stepwell-iam")


def test_with_keys_both_doors_ask_for_one_of_the_installation(deployment: Deployment, with_keys: Doors) -> None:
    key = deployment.create_key("doors")
    for door in (with_keys.rest_api, with_keys.function_url):
        assert with_keys.unsigned(door) == (400, "Missing Authentication Token")
        assert with_keys.signed(door, AccessKey("AKIAIOSFODNN7EXAMPLE", key.secret)) == 400
        assert with_keys.signed(door, AccessKey(key.id, "wrong")) == 400
        assert with_keys.signed(door, key) == 200


def test_with_iam_both_doors_are_closed_by_aws(with_iam: Doors) -> None:
    assert with_iam.unsigned(with_iam.rest_api) == (403, "Missing Authentication Token")
    assert with_iam.unsigned(with_iam.function_url) == (403, "Forbidden")
    # Of the emulator's users, who need no policy for the REST API. None opens the function URL.
    user = AccessKey("test", "test")
    assert with_iam.signed(with_iam.rest_api, user) == 200
    assert with_iam.signed(with_iam.function_url, user) == 403
