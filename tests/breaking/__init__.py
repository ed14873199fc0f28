"""Breaks the real thing while it works, and counts afterwards: what was acknowledged has ended, once."""

import random


def seed() -> int:
    """Another for each run, which is told with what goes wrong."""
    return random.SystemRandom().randrange(1 << 32)
