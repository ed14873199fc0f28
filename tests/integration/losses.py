"""Executions of every kind that lost all their messages at the beginning. Being missed takes minutes, in which other
tests run."""

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import machines
from installations import Installation
from polling import eventually

if TYPE_CHECKING:
    from deployment import Deployment

#: After so many seconds what an execution waits for is overdue.
GRACE_SECONDS = 120

#: What those that wait wait for.
WAIT_SECONDS = 20

#: In milliseconds since the epoch: the sweep never looks.
NEVER = 253_402_300_799_000


@dataclass
class Losses:
    #: By what they waited for.
    executions: dict[str, str]
    missed_at: float

    @classmethod
    def begin(cls, deployment: "Deployment") -> "Losses":
        here, sqs = deployment.installation, deployment.aws("sqs")
        begun = {kind: here.begin(definition, given) for kind, (definition, given) in of_every_kind(here).items()}
        for kind, event, count in [
            ("a wait", "WaitStateEntered", 1),
            ("a back-off", "LambdaFunctionFailed", 1),
            ("a parallel", "WaitStateEntered", 2),
            ("a map", "WaitStateEntered", 3),
            ("a task after a wait", "WaitStateEntered", 1),
            ("a limit", "WaitStateEntered", 1),
        ]:
            here.reached(begun[kind], event, count)
        passes = begun["many passes"] = here.begin(machines.passes(400))
        here.reached(passes, "PassStateExited", 2)

        def stands_still() -> bool:
            for name in ("TransitionsQueueUrl", "TransitionsFifoQueueUrl", "TasksQueueUrl"):
                sqs.purge_queue(QueueUrl=deployment.outputs[name])
            # The message that was being handled at that moment has sent the next one.
            before = len(deployment.journal(passes))
            time.sleep(1)
            return len(deployment.journal(passes)) == before

        eventually("the passes to stand still", stands_still)
        for execution in begun.values():
            deployment.look_at(execution, NEVER)
        return cls(begun, time.monotonic() + WAIT_SECONDS + GRACE_SECONDS + 5)

    def missed(self) -> dict[str, str]:
        """Those that are overdue by now."""
        time.sleep(max(0.0, self.missed_at - time.monotonic()))
        return self.executions


def of_every_kind(here: Installation) -> dict[str, tuple[machines.Definition, object]]:
    retry = [{"ErrorEquals": ["Busy"], "IntervalSeconds": WAIT_SECONDS, "MaxAttempts": 1}]
    busy = {"do": "fail", "error": "Busy", "attempt.$": "$$.State.RetryCount", "well_from_attempt": 1, "result": 1}

    def branch(name: str) -> machines.Definition:
        return {"StartAt": name, "States": {name: {"Type": "Wait", "Seconds": WAIT_SECONDS, "End": True}}}

    wait_and_ask: dict[str, Any] = {
        "StartAt": "Pause",
        "States": {
            "Pause": {"Type": "Wait", "Seconds": WAIT_SECONDS, "Next": "Ask"},
            "Ask": {"Type": "Task", "Resource": here.function_arn("echo"), "End": True},
        },
    }
    return {
        "a wait": (machines.wait(WAIT_SECONDS), {}),
        "a back-off": (machines.task(here.function_arn("probe"), Parameters=busy, Retry=retry), {}),
        "a parallel": (machines.one_state(Type="Parallel", Branches=[branch("Left"), branch("Right")]), {}),
        "a map": (machines.one_state(Type="Map", ItemProcessor=branch("Each")), [1, 2, 3]),
        "a task after a wait": (wait_and_ask, {"n": 1}),
        "a limit": (machines.wait(3_000) | {"TimeoutSeconds": WAIT_SECONDS}, {}),
    }
