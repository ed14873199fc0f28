"""Workers of activities: threads that poll, each with an SDK's client of its own."""

import json
import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlparse

from botocore.config import Config
from botocore.exceptions import ClientError

from installations import Installation, unique

#: Longer than any poll lasts.
READ_TIMEOUT = 75


@dataclass(frozen=True)
class Task:
    token: str
    input: str


def client(installation: Installation) -> Any:
    config = Config(retries={"total_max_attempts": 1}, inject_host_prefix=False, read_timeout=READ_TIMEOUT)
    return installation.session().client("stepfunctions", endpoint_url=installation.endpoint, config=config)


def create(installation: Installation) -> str:
    """An activity of the test's own; its ARN."""
    return installation.sfn.create_activity(name=unique("activity"))["activityArn"]


def take(sfn: Any, activity: str, name: str | None = None) -> Task:
    """Polls until there is a task."""
    for _ in range(20):
        answer = sfn.get_activity_task(activityArn=activity, **({"workerName": name} if name else {}))
        if "taskToken" in answer:
            return Task(answer["taskToken"], answer["input"])
        assert "input" not in answer, answer
    raise AssertionError(f"no task of {activity}")


def begin_poll(dev: Installation, activity: str) -> socket.socket:
    """A poll of which only its connection is kept: a `stepwell dev` on loopback takes any credentials."""
    url, body = urlparse(dev.endpoint), json.dumps({"activityArn": activity})
    connection = socket.create_connection((url.hostname, url.port), timeout=READ_TIMEOUT)
    connection.sendall(
        f"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-amz-json-1.0\r\n"
        f"X-Amz-Target: AWSStepFunctions.GetActivityTask\r\n"
        f"Authorization: AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/states/aws4_request\r\n"
        f"Content-Length: {len(body)}\r\n\r\n{body}".encode()
    )
    return connection


@dataclass
class Worker:
    """Does with each task what it is told, until the test is over: then its activity is deleted."""

    installation: Installation
    activity: str
    #: With a client and the task.
    work: Callable[[Any, Task], None]
    name: str = "worker"
    taken: list[Task] = field(default_factory=list)
    failed: list[BaseException] = field(default_factory=list)

    def __enter__(self) -> "Worker":
        self.thread = threading.Thread(target=self.run, name=self.name)
        self.thread.start()
        return self

    def run(self) -> None:
        sfn = client(self.installation)
        try:
            while True:
                answer = sfn.get_activity_task(activityArn=self.activity, workerName=self.name)
                if "taskToken" in answer:
                    self.taken.append(Task(answer["taskToken"], answer["input"]))
                    self.work(sfn, self.taken[-1])
        except ClientError as error:
            if error.response["Error"]["Code"] != "ActivityDoesNotExist":
                self.failed.append(error)
        except BaseException as error:  # shown by the thread that waits
            self.failed.append(error)

    def __exit__(self, *_: object) -> None:
        self.installation.sfn.delete_activity(activityArn=self.activity)
        self.thread.join(READ_TIMEOUT)
        assert not self.thread.is_alive()
        assert self.failed == []


def echo(sfn: Any, task: Task) -> None:
    sfn.send_task_success(taskToken=task.token, output=task.input)
