"""Histories as text: one paragraph an event, without what differs between two runs or two installations.

The expected ones are in `histories/`. After a wanted change, `UPDATE_HISTORIES=1` writes them anew; review the diff as
code.
"""

import difflib
import json
import os
import re
from itertools import pairwise
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent / "histories"

Event = dict[str, Any]

UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
ARN = re.compile(r"arn:aws:(\w+):([\w-]*):\d{12}:")


def well_formed(events: list[Event]) -> None:
    """What holds of every finished execution's history."""
    assert [event["id"] for event in events] == list(range(1, len(events) + 1)), "ids have gaps"
    for event in events:
        assert 0 <= event["previousEventId"] < event["id"], event
    for earlier, later in pairwise(events):
        assert earlier["timestamp"] <= later["timestamp"], (earlier, later)
    ends = {"ExecutionSucceeded", "ExecutionFailed", "ExecutionAborted", "ExecutionTimedOut"}
    following = [event["type"] for event in events[1:]] + [""]
    ended = [after for event, after in zip(events, following, strict=True) if event["type"] in ends]
    redriven = [event["type"] for event in events].count("ExecutionRedriven")
    assert ended == ["ExecutionRedriven"] * redriven + [""], "one end, at the end, and one before each redrive"


def types(events: list[Event]) -> list[str]:
    return [event["type"] for event in events]


def as_text(events: list[Event], respaced: bool) -> str:
    said: dict[str, str] = {}
    return "\n".join(paragraph(event, respaced, said) for event in events)


def paragraph(event: Event, respaced: bool, said: dict[str, str]) -> str:
    """`said`: where each long text stood first; it is not told again."""
    lines = [f"{event['id']} <- {event['previousEventId']} {event['type']}"]
    details = next((value for member, value in event.items() if member.endswith("EventDetails")), {})
    for name, value in sorted(details.items()):
        text = comparable(event["type"], name, value)
        if respaced and isinstance(value, str):
            text = without_spaces(text)
        if len(text) > 80:
            here = f"{name} of {event['id']}"
            first = said.setdefault(text, here)
            text = text if first == here else f"= {first}"
        lines.append(f"    {name}: {text}")
    return "\n".join(lines) + "\n"


def renamed(events: list[Event], name: str, new: str) -> list[Event]:
    """The events with a name that a test made up replaced wherever it is."""
    return json.loads(json.dumps(events, default=str).replace(name, new))


def comparable(event_type: str, name: str, value: object) -> str:
    text = value if isinstance(value, str) else json.dumps(value)
    if name == "roleArn":
        return "ROLE"
    if event_type == "TaskSucceeded" and name == "output":
        text = without_transport(text)
    text = UUID.sub("UUID", text)
    # Account and region are the installation's; `iam` has no region.
    return ARN.sub(lambda arn: f"arn:aws:{arn[1]}:{arn[2] and 'us-east-1'}:123456789012:", text)


def without_spaces(text: str) -> str:
    """The JSON text as we write it, and so the texts in it."""
    try:
        value = json.loads(text)
    except ValueError:
        return text
    return json.dumps(respaced_within(value), separators=(",", ":"), ensure_ascii=False)


def respaced_within(value: object) -> object:
    if isinstance(value, dict):
        return {name: respaced_within(member) for name, member in value.items()}
    if isinstance(value, list):
        return [respaced_within(item) for item in value]
    return without_spaces(value) if isinstance(value, str) and value.startswith("{") else value


def without_transport(output: str) -> str:
    """The answer of `lambda:invoke` without the headers of its HTTP response, which follow the server."""
    answer = json.loads(output)
    for member in ("SdkHttpMetadata", "SdkResponseMetadata"):
        if member in answer:
            answer[member] = "..."
    return json.dumps(answer, separators=(",", ":"), ensure_ascii=False)


def expect(name: str, events: list[Event], respaced: bool = False) -> None:
    """Compares with `histories/NAME.txt`. `respaced`: the functions' answers have lost their own spacing on the way."""
    well_formed(events)
    file = FOLDER / f"{name}.txt"
    actual = as_text(events, respaced)
    if os.environ.get("UPDATE_HISTORIES"):
        file.parent.mkdir(exist_ok=True)
        file.write_text(actual)
    expected = file.read_text()
    if actual != expected:
        difference = difflib.unified_diff(
            expected.splitlines(), actual.splitlines(), file.name, "actual", lineterm="", n=5
        )
        raise AssertionError("\n".join(difference))
