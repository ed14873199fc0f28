"""Definitions that several tests use."""

from typing import Any

Definition = dict[str, Any]


def one_state(**state: object) -> Definition:
    """A machine of one state, which ends it unless it is of a type that cannot say so."""
    if state["Type"] not in ("Succeed", "Fail", "Choice"):
        state = {"End": True} | state
    return {"StartAt": "Only", "States": {"Only": state}}


def passes(count: int = 1) -> Definition:
    """So many Pass states in a row."""
    names = [f"P{number}" for number in range(1, count + 1)]
    states: dict[str, Any] = {
        name: {"Type": "Pass", "Next": following} for name, following in zip(names, names[1:], strict=False)
    }
    return {"StartAt": "P1", "States": states | {names[-1]: {"Type": "Pass", "End": True}}}


def wait(seconds: int) -> Definition:
    return one_state(Type="Wait", Seconds=seconds)


def task(function_arn: str, **fields: object) -> Definition:
    return one_state(Type="Task", Resource=function_arn, **fields)
