"""What is executed while things break: workflows of every kind, and how each ends whatever happens meanwhile."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from installations import Execution

Definition = dict[str, Any]
State = dict[str, Any]

#: What an attempt gets if a dispatcher died with it. The next attempt is another, and calls for itself.
UNKNOWN = {"ErrorEquals": ["Lambda.Unknown"], "IntervalSeconds": 1, "BackoffRate": 1.0, "MaxAttempts": 50}

#: In this time a worker answers, or has died with the task.
WORKER_SECONDS = 15

#: What the workflows' own Wait states wait.
PAUSE_SECONDS = 2

#: Longer than a message can be delayed, so that the table of timers holds it.
LONG_SECONDS = 905


@dataclass(frozen=True)
class Place:
    """What definitions name."""

    #: The function that does what its event says, and writes a line for each call.
    probe: str
    #: An activity with workers.
    activity: str


@dataclass(frozen=True)
class Kind:
    name: str
    define: Callable[[Place], Definition]
    #: Whether an execution that has ended did so as it may.
    ended_well: Callable[[Execution], bool]


def machine(**states: State) -> Definition:
    """The first is where it starts."""
    return {"StartAt": next(iter(states)), "States": states}


def attempt(name: str, tail: str = "") -> str:
    """The line of a call: which attempt of which state it is."""
    places = f"'{name}.{{}}.{{}}{' {}' if tail else ''}', $$.State.RetryCount, $$.Execution.RedriveCount"
    return f"States.Format({places}{', ' + tail if tail else ''})"


def ask(place: Place, name: str, probe: State | None = None, retry: list[State] | None = None, **fields: Any) -> State:
    """A task that calls the probe. Its state's name has to be in the line."""
    told = {"calls.$": "$.calls", "line.$": attempt(name), "result": name} | (probe or {})
    retrying = {"Retry": [UNKNOWN]} if retry is None else {"Retry": retry} if retry else {}
    return {"Type": "Task", "Resource": place.probe, "Parameters": told} | retrying | fields


def succeeded(output: Any) -> Callable[[Execution], bool]:
    return lambda execution: execution.status == "SUCCEEDED" and execution.output == output


def passes(_: Place) -> Definition:
    states = {f"P{n}": {"Type": "Pass", "Next": f"P{n + 1}"} for n in range(5)}
    return machine(**states, P5={"Type": "Pass", "Result": "passed", "End": True})


def loop(_: Place) -> Definition:
    counting = {"Type": "Pass", "Assign": {"n": "{% $n + 1 %}"}, "Next": "Enough"}
    choices = [{"Condition": "{% $n < 4 %}", "Next": "Count"}]
    return {"QueryLanguage": "JSONata"} | machine(
        Begin={"Type": "Pass", "Assign": {"n": 0}, "Next": "Count"},
        Count=counting,
        Enough={"Type": "Choice", "Choices": choices, "Default": "Done"},
        Done={"Type": "Pass", "Output": {"n": "{% $n %}"}, "End": True},
    )


def plain(place: Place) -> Definition:
    """Nothing is tried again: what becomes of a call that nobody knows is how the execution ends."""
    return machine(Ask=ask(place, "Ask", {"do": "sleep", "seconds": 0.2}, retry=[], End=True))


def retry(place: Place) -> Definition:
    fails = {"do": "fail", "error": "Busy", "attempt.$": "$$.State.RetryCount", "well_from_attempt": 2}
    busy = {"ErrorEquals": ["Busy"], "IntervalSeconds": 1, "BackoffRate": 1.0, "MaxAttempts": 3}
    return machine(Ask=ask(place, "Ask", fails, [busy, UNKNOWN], End=True))


def catch(place: Place) -> Definition:
    catcher = [{"ErrorEquals": ["Broken"], "ResultPath": "$.caught", "Next": "Mend"}]
    return machine(
        Ask=ask(place, "Ask", {"do": "fail", "error": "Broken"}, Catch=catcher, End=True),
        Mend=ask(place, "Mend", End=True),
    )


def parallel(place: Place) -> Definition:
    branches = [
        machine(One=ask(place, "One", End=True)),
        machine(
            Pause={"Type": "Wait", "Seconds": PAUSE_SECONDS, "Next": "Two"},
            Two=ask(place, "Two", {"do": "sleep", "seconds": 0.2}, End=True),
        ),
        machine(A={"Type": "Pass", "Next": "B"}, B={"Type": "Pass", "Result": "B", "End": True}),
    ]
    return machine(Fork={"Type": "Parallel", "Branches": branches, "End": True})


def broken_branch(place: Place) -> Definition:
    """A branch fails while the other's task runs: that one is left alone, called or not."""
    branches = [
        machine(Slow=ask(place, "Slow", {"do": "sleep", "seconds": 1}, End=True)),
        machine(Pass={"Type": "Pass", "Next": "Fail"}, Fail={"Type": "Fail", "Error": "Broken"}),
    ]
    catcher = [{"ErrorEquals": ["Broken"], "ResultPath": "$.caught", "Next": "Mend"}]
    fork = {"Type": "Parallel", "Branches": branches, "Catch": catcher, "Next": "Mend"}
    return machine(Fork=fork, Mend=ask(place, "Mend", End=True))


def map_items(place: Place) -> Definition:
    line = "States.Format('Item{}.{}.{}', $.at, $$.State.RetryCount, $$.Execution.RedriveCount)"
    payload = {"calls.$": "$.calls", "line.$": line, "result.$": "$.item"}
    task = {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "Retry": [UNKNOWN], "End": True}
    task |= {"Parameters": {"FunctionName": place.probe, "Payload": payload}, "OutputPath": "$.Payload"}
    processor = machine(Before={"Type": "Pass", "Next": "Call"}, Call=task)
    selector = {"calls.$": "$.calls", "item.$": "$$.Map.Item.Value", "at.$": "$$.Map.Item.Index"}
    mapping = {"Type": "Map", "ItemsPath": "$.items", "ItemSelector": selector, "MaxConcurrency": 2}
    return machine(
        Items={"Type": "Pass", "Result": ["a", "b", "c", "d", "e"], "ResultPath": "$.items", "Next": "Each"},
        Each=mapping | {"ItemProcessor": processor, "End": True},
    )


def wait(_: Place) -> Definition:
    pause = {"Type": "Wait", "Seconds": PAUSE_SECONDS}
    return machine(First=pause | {"Next": "Second"}, Second=pause | {"Next": "Done"}, Done={"Type": "Succeed"})


def long_wait(_: Place) -> Definition:
    return machine(Long={"Type": "Wait", "Seconds": LONG_SECONDS, "Next": "Done"}, Done={"Type": "Succeed"})


def callback(place: Place) -> Definition:
    """The line of a call has its token."""
    payload = {"calls.$": "$.calls", "line.$": attempt("Approve", "$$.Task.Token")}
    parameters = {"FunctionName": place.probe, "Payload": payload}
    resource = "arn:aws:states:::lambda:invoke.waitForTaskToken"
    task = {"Type": "Task", "Resource": resource, "Parameters": parameters, "Retry": [UNKNOWN]}
    return machine(Approve=task | {"Next": "Done"}, Done={"Type": "Pass", "End": True})


def activity(place: Place) -> Definition:
    late = {"ErrorEquals": ["States.Timeout"], "IntervalSeconds": 1, "BackoffRate": 1.0, "MaxAttempts": 50}
    task = {"Type": "Task", "Resource": place.activity, "TimeoutSeconds": WORKER_SECONDS, "Retry": [late]}
    return machine(Work=task | {"Next": "Done"}, Done={"Type": "Pass", "End": True})


def redrive(place: Place) -> Definition:
    """Fails until it has been redriven."""
    fails = {"do": "fail", "error": "Closed", "attempt.$": "$$.Execution.RedriveCount", "well_from_attempt": 1}
    return machine(
        Once=ask(place, "Once", ResultPath=None, Next="Broken"), Broken=ask(place, "Broken", fails, End=True)
    )


def stopped(place: Place) -> Definition:
    """Waits for an answer that nobody gives."""
    return callback(place)


def ended_plain(execution: Execution) -> bool:
    unknown = (execution.status, execution.error) == ("FAILED", "Lambda.Unknown")
    return unknown or succeeded("Ask")(execution)


def answered(execution: Execution) -> bool:
    return execution.status == "SUCCEEDED" and set(execution.output) == {"answer"}


def waited(execution: Execution) -> bool:
    return execution.status == "SUCCEEDED"


KINDS = {
    kind.name: kind
    for kind in (
        Kind("passes", passes, succeeded("passed")),
        Kind("loop", loop, succeeded({"n": 4})),
        Kind("plain", plain, ended_plain),
        Kind("retry", retry, succeeded("Ask")),
        Kind("catch", catch, succeeded("Mend")),
        Kind("parallel", parallel, succeeded(["One", "Two", "B"])),
        Kind("broken-branch", broken_branch, succeeded("Mend")),
        Kind("map", map_items, succeeded(["a", "b", "c", "d", "e"])),
        Kind("wait", wait, waited),
        Kind("callback", callback, answered),
        Kind("activity", activity, answered),
        Kind("redrive", redrive, succeeded("Broken")),
        Kind("stopped", stopped, lambda execution: execution.status == "ABORTED"),
    )
}

LONG_WAIT = Kind("long-wait", long_wait, waited)


def waits(definition: Definition) -> dict[str, int]:
    """The seconds of each Wait state, by its name, which no two states of one machine share."""
    found: dict[str, int] = {}

    def look(value: Any) -> None:
        if isinstance(value, dict):
            for name, inner in value.items():
                if isinstance(inner, dict) and inner.get("Type") == "Wait":
                    found[name] = inner["Seconds"]
                look(inner)
        elif isinstance(value, list):
            for inner in value:
                look(inner)

    look(definition)
    return found
