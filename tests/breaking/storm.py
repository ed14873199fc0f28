"""What breaks the deployed application in the emulator, one fault after another, as a seed says."""

import random
import signal
import time
import uuid
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from os import kill
from typing import Any

from deployment import Deployment

QUEUES = ("TransitionsQueueUrl", "TransitionsFifoQueueUrl", "TasksQueueUrl")

#: How long a queue's messages wait for whoever takes them away, in seconds.
HELD_SECONDS = (0.2, 0.8)

#: By how much a message is delayed, in seconds.
LATER_SECONDS = (1, 20)


@dataclass
class Storm:
    deployment: Deployment
    seed: int
    #: Seconds between two faults.
    pauses: tuple[float, float] = (0.3, 1.5)
    #: Whether messages are taken away for good: the executions wait for the sweep, some minutes.
    loses: bool = False
    #: How often what was done.
    done: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.random = random.Random(self.seed)
        self.sqs, self.functions = self.deployment.aws("sqs"), self.deployment.aws("lambda")
        self.events = self.deployment.aws("events")
        (self.rule,) = [rule["Name"] for rule in self.events.list_rules()["Rules"] if "EveryMinute" in rule["Name"]]
        pages = self.functions.get_paginator("list_functions").paginate()
        self.names = [function["FunctionName"] for page in pages for function in page["Functions"]]
        self.held: list[tuple[float, str, dict[str, Any]]] = []

    def rage(self, seconds: float, going_on: Callable[[], bool] = lambda: False) -> None:
        """For so long, and then for as long as that is true."""
        faults: list[tuple[Callable[[], None], int]] = [
            (lambda: self.kill("InterpreterFunction"), 4),
            (lambda: self.kill("DispatcherFunction"), 3),
            (lambda: self.kill("ApiFunction"), 2),
            (self.kill_timekeeper, 1),
            (self.restart, 1),
            (self.interfere, 6),
        ]
        end = time.monotonic() + seconds
        while time.monotonic() < end or going_on():
            (fault,) = self.random.choices([fault for fault, _ in faults], [weight for _, weight in faults])
            fault()
            self.release(time.monotonic())
            time.sleep(self.random.uniform(*self.pauses))
        self.release(float("inf"))

    def kill(self, function: str) -> None:
        """One of its processes, or all."""
        processes = self.deployment.processes(function)
        if processes and self.random.random() < 0.5:
            processes = [self.random.choice(processes)]
        for process in processes:
            with suppress(ProcessLookupError):
                kill(process, signal.SIGKILL)
                self.done[f"process of {function} killed"] += 1

    def kill_timekeeper(self) -> None:
        """In the middle of its work."""
        self.functions.invoke(FunctionName=self.name("TimekeeperFunction"), InvocationType="Event")
        time.sleep(self.random.uniform(0.0, 0.3))
        self.kill("TimekeeperFunction")

    def restart(self) -> None:
        """As an update of the stack does: all of a function's processes end, and new ones begin."""
        function = self.random.choice(["InterpreterFunction", "DispatcherFunction", "ApiFunction"])
        self.functions.update_function_configuration(
            FunctionName=self.name(function), Description=f"Stepwell - restarted {self.done.total()}"
        )
        self.done[f"{function} restarted"] += 1

    def name(self, function: str) -> str:
        (name,) = [name for name in self.names if function in name]
        return name

    def interfere(self) -> None:
        """Takes messages of a queue, and sends them again twice, late, in another order, or not at all."""
        queue = self.random.choice(QUEUES)
        url = self.deployment.outputs[queue]
        (mapping,) = [
            mapping
            for mapping in self.functions.list_event_source_mappings()["EventSourceMappings"]
            if mapping["EventSourceArn"].endswith(f":{url.rsplit('/', 1)[1]}")
        ]
        self.functions.update_event_source_mapping(UUID=mapping["UUID"], Enabled=False)
        try:
            time.sleep(self.random.uniform(*HELD_SECONDS))
            taken = self.sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, AttributeNames=["All"])
            for message in self.random.sample(found := taken.get("Messages", []), len(found)):
                self.mistreat(url, message)
        finally:
            self.functions.update_event_source_mapping(UUID=mapping["UUID"], Enabled=True)

    def mistreat(self, url: str, message: dict[str, Any]) -> None:
        how = self.random.choices(["twice", "later", "hidden", "lost"], [5, 3, 3, 1 if self.loses else 0])[0]
        delay = self.random.randint(*LATER_SECONDS)
        receipt = {"QueueUrl": url, "ReceiptHandle": message["ReceiptHandle"]}
        match how:
            case "twice":
                self.send(url, message)
                self.held.append((time.monotonic() + delay, url, message))
                self.sqs.change_message_visibility(**receipt, VisibilityTimeout=0)
            case "later":
                self.held.append((time.monotonic() + delay, url, message))
                self.sqs.delete_message(**receipt)
            case "hidden":
                self.sqs.change_message_visibility(**receipt, VisibilityTimeout=delay)
            case "lost":
                self.sqs.delete_message(**receipt)
        self.done[f"message {'sent three times' if how == 'twice' else how}"] += 1

    def release(self, now: float) -> None:
        """Sends what has been held back long enough."""
        due = [held for held in self.held if held[0] <= now]
        self.held = [held for held in self.held if held[0] > now]
        for _, url, message in due:
            self.send(url, message)

    def send(self, url: str, message: dict[str, Any]) -> None:
        """A copy, which the queue does not know for one."""
        group = message["Attributes"].get("MessageGroupId")
        fifo = {"MessageGroupId": group, "MessageDeduplicationId": uuid.uuid4().hex} if group else {}
        self.sqs.send_message(QueueUrl=url, MessageBody=message["Body"], **fifo)

    def stop_schedule(self) -> None:
        self.events.disable_rule(Name=self.rule)
        self.done["schedule stopped"] += 1

    def resume_schedule(self) -> None:
        self.events.enable_rule(Name=self.rule)
