"""Waiting for what is about to be true. No test sleeps for a fixed time."""

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def eventually(what: str, look: Callable[[], T], seconds: float = 30, every: float = 0.02) -> T:
    """Looks until it sees something true, and returns that; fails after so many seconds."""
    deadline = time.monotonic() + seconds
    while True:
        if seen := look():
            return seen
        assert time.monotonic() < deadline, f"not within {seconds} seconds: {what}"
        time.sleep(every)
