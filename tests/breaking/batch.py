"""A batch of executions of every kind, with all who have a part in them: who starts, answers, stops and redrives.

Each of them asks again until it is answered, as an SDK with retries does, and notes what was acknowledged.
"""

import json
import threading
import time
import uuid
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from breaking.workflows import KINDS, LONG_WAIT, Kind, Place
from installations import Installation, as_json, unique
from polling import eventually

#: A call that gets no answer in this time is asked again. Longer than a poll of a worker lasts.
READ_TIMEOUT = 75

PAUSE = 0.1

#: Nothing is down for so many seconds.
PATIENCE = 120

#: Errors that pass.
BUSY = {"ThrottlingException", "TooManyRequestsException"}


@dataclass
class Started:
    """An execution that StartExecution has acknowledged."""

    arn: str
    kind: Kind
    #: A line for each call of a function.
    calls: Path
    redriven: bool = False
    stopped: bool = False


@dataclass
class Answer:
    """Of a task, by whoever has its token."""

    output: str
    #: `None`: it cannot be told, because an earlier try may have been it.
    acknowledged: bool | None = None


class Refused(Exception):
    """An answer that asking again would not change."""

    def __init__(self, code: str, again: bool) -> None:
        super().__init__(code)
        self.code = code
        #: Whether an earlier try was not answered, and may have been done.
        self.again = again


@dataclass
class Batch:
    """Use as a context: leaving ends all who have a part in it, and raises what went wrong with one of them."""

    installation: Installation
    folder: Path
    started: list[Started] = field(default_factory=list)
    #: By task token.
    answers: dict[str, Answer] = field(default_factory=dict)
    #: Tokens that GetActivityTask gave.
    handed_out: list[str] = field(default_factory=list)
    #: How often a call was asked again.
    asked_again: int = 0
    failures: list[BaseException] = field(default_factory=list)

    def __enter__(self) -> "Batch":
        self.folder.mkdir(parents=True, exist_ok=True)
        self.over = threading.Event()
        self.lock = threading.Lock()
        self.number = 0
        self.sfn = self.client()
        self.activity = self.ask(lambda: self.sfn.create_activity(name=unique("work")))["activityArn"]
        place = Place(self.installation.function_arn("probe"), self.activity)
        self.definitions = {kind.name: kind.define(place) for kind in (*KINDS.values(), LONG_WAIT)}
        self.machines = {name: self.create(name, definition) for name, definition in self.definitions.items()}
        with ExitStack() as undo:
            undo.callback(self.over.set)
            for number in range(2):
                undo.enter_context(self.thread(f"worker{number}", self.work))
            undo.enter_context(self.thread("tender", self.tend))
            self.leave = undo.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.over.set()
        if error is not None:
            self.failures.append(error)  # so that nobody asks on
        try:
            # The polls of its workers end with it.
            self.ask(lambda: self.sfn.delete_activity(activityArn=self.activity))
        except (BotoCoreError, ClientError):
            if error is None:
                raise
        finally:
            self.leave.close()
        if error is None and self.failures:
            raise self.failures[0]

    def client(self) -> Any:
        config = Config(
            retries={"total_max_attempts": 1},
            inject_host_prefix=False,
            read_timeout=READ_TIMEOUT,
            max_pool_connections=20,
        )
        return self.installation.session().client(
            "stepfunctions", endpoint_url=self.installation.endpoint, config=config
        )

    def thread(self, name: str, work: Callable[[], None]) -> "Running":
        return Running(self, name, work)

    def create(self, name: str, definition: dict[str, Any]) -> str:
        request = {"name": unique(name), "definition": as_json(definition), "roleArn": self.installation.role_arn}
        return self.ask(lambda: self.sfn.create_state_machine(**request))["stateMachineArn"]

    def ask(self, call: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        """Until there is an answer: a function, or the server, may be dead at the moment."""
        unsure = False
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                return call()
            except ClientError as error:
                failure: Exception = error
                code, status = error.response["Error"]["Code"], error.response["ResponseMetadata"]["HTTPStatusCode"]
                if status < 500 and code not in BUSY:
                    raise Refused(code, unsure) from error
            except BotoCoreError as error:
                failure = error
            if self.failures or time.monotonic() > deadline:
                raise failure
            unsure = True
            self.asked_again += 1
            time.sleep(PAUSE)

    def start(self, kind: Kind) -> Started:
        with self.lock:
            self.number += 1
            name = f"{kind.name}-{self.number}"
        calls = self.folder / name
        request = {"stateMachineArn": self.machines[kind.name], "name": name, "input": as_json({"calls": str(calls)})}
        try:
            arn = self.ask(lambda: self.sfn.start_execution(**request))["executionArn"]
        except Refused as refused:
            # An earlier try did start it, and it has ended since.
            if (refused.code, refused.again) != ("ExecutionAlreadyExists", True):
                raise
            arn = f"{self.machines[kind.name].replace(':stateMachine:', ':execution:')}:{name}"
        started = Started(arn, kind, calls)
        with self.lock:
            self.started.append(started)
        return started

    def work(self) -> None:
        """A worker of the activity."""
        sfn = self.client()
        while not self.over.is_set():
            try:
                task = self.ask(lambda: sfn.get_activity_task(activityArn=self.activity, workerName="worker"))
            except Refused as refused:
                if refused.code == "ActivityDoesNotExist" and self.over.is_set():
                    return
                raise
            if "taskToken" in task:
                with self.lock:
                    self.handed_out.append(task["taskToken"])
                self.answer(sfn, task["taskToken"])

    def answer(self, sfn: Any, token: str) -> None:
        answer = Answer(json.dumps({"answer": uuid.uuid4().hex}))
        self.answers[token] = answer
        try:
            self.ask(lambda: sfn.send_task_success(taskToken=token, output=answer.output))
            answer.acknowledged = True
        except Refused as refused:
            # The attempt may have ended otherwise, of time or with its dispatcher.
            if refused.code != "TaskTimedOut":
                raise
            answer.acknowledged = None if refused.again else False

    def tend(self) -> None:
        """Answers whoever called with a token, stops what is to be stopped, and redrives what has failed once."""
        while not self.over.wait(PAUSE):
            with self.lock:
                started = list(self.started)
            for execution in started:
                match execution.kind.name:
                    case "callback":
                        for token in tokens(execution.calls):
                            if token not in self.answers:
                                self.answer(self.sfn, token)
                    case "stopped" if not execution.stopped and execution.calls.exists():
                        self.ask(lambda arn=execution.arn: self.sfn.stop_execution(executionArn=arn))
                        execution.stopped = True
            for arn in self.listed("redrive", "FAILED"):
                self.redrive(next((execution for execution in started if execution.arn == arn), None))

    def redrive(self, execution: Started | None) -> None:
        if execution is None or execution.redriven:
            return  # not acknowledged yet, or listed before it was known that it goes on
        name = execution.arn.rsplit(":", 1)[1]
        self.ask(lambda: self.sfn.redrive_execution(executionArn=execution.arn, clientToken=name))
        execution.redriven = True

    def listed(self, kind: str, status: str) -> list[str]:
        request = {"stateMachineArn": self.machines[kind], "statusFilter": status}
        found: list[str] = []
        while True:
            page = self.ask(lambda: self.sfn.list_executions(**request))
            found += [execution["executionArn"] for execution in page["executions"]]
            if "nextToken" not in page:
                return found
            request["nextToken"] = page["nextToken"]

    def open(self) -> list[str]:
        """What has not ended yet, of all that was acknowledged."""
        with self.lock:
            waiting = [e.arn for e in self.started if e.kind.name == "redrive" and not e.redriven]
            waiting += [e.arn for e in self.started if e.kind.name == "stopped" and not e.stopped]
            kinds = sorted({execution.kind.name for execution in self.started})
        return waiting + [arn for kind in kinds for arn in self.listed(kind, "RUNNING")]

    def wait(self, seconds: float, every: float = 0.5) -> None:
        """Until all have ended."""

        def none_is_open() -> bool:
            if self.failures:
                raise self.failures[0]
            self.still_open = self.open()
            return not self.still_open

        try:
            eventually("the end of all executions", none_is_open, seconds, every)
        except AssertionError as error:
            raise AssertionError(f"still open after {seconds} seconds: {self.still_open}") from error


def tokens(calls: Path) -> list[str]:
    """Those that functions were called with."""
    lines = calls.read_text().splitlines() if calls.exists() else []
    return [line.split()[1] for line in lines]


class Running:
    """A thread that ends with its batch."""

    def __init__(self, batch: Batch, name: str, work: Callable[[], None]) -> None:
        def run() -> None:
            try:
                work()
            except BaseException as error:
                batch.failures.append(error)

        self.thread = threading.Thread(target=run, name=name, daemon=True)

    def __enter__(self) -> threading.Thread:
        self.thread.start()
        return self.thread

    def __exit__(self, *_: object) -> None:
        self.thread.join(2 * READ_TIMEOUT)
        assert not self.thread.is_alive(), f"{self.thread.name} does not end"
