"""`stepwell dev --data`, killed again and again at random moments while executions of every kind start and run."""

import random
import sqlite3
import time
from collections import Counter
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from breaking import counting
from breaking.batch import Batch
from breaking.counting import Account
from breaking.workflows import KINDS
from installations import Dev

#: Moments between two kills, in seconds: from before the server has gone on with what was open, to a while later.
MOMENTS = (0.0, 1.2)

#: For all executions to end after the last kill.
END_SECONDS = 120


@dataclass
class Killed:
    account: Account
    kills: int
    seconds: float

    def table(self, seed: int) -> str:
        facts: dict[str, object] = {"seed": seed, "seconds": round(self.seconds)}
        return counting.table(self.account, Counter({"server killed": self.kills}), facts)


def kill_again_and_again(folder: Path, seed: int, kills: int, executions: int) -> Killed:
    """`executions` start between the kills, one after another; all must end after the last."""
    moments, began = random.Random(seed), time.monotonic()
    server = Dev(folder / "log", folder / "data")
    here = server.start()
    server.stay()
    kinds = list(KINDS.values())
    try:
        with Batch(here, folder / "calls") as batch:

            def start_all() -> None:
                for number in range(executions):
                    batch.start(kinds[number % len(kinds)])
                    # About as many between any two kills.
                    batch.over.wait(0.6 * kills / executions)

            with batch.thread("starter", start_all) as starter:
                killed = 0
                while killed < kills or starter.is_alive():
                    time.sleep(moments.uniform(*MOMENTS))
                    server.kill()
                    assert "panicked" not in server.log.read_text(), server.log.read_text()
                    server.start()
                    killed += 1
            batch.wait(END_SECONDS)
            account = counting.count(batch)
        assert server.stop() == 0
        account.wrong += gaps(folder / "data")
        return Killed(account, killed, time.monotonic() - began)
    finally:
        if server.process and server.process.poll() is None:
            server.kill()


def gaps(data: Path) -> list[str]:
    """What is wrong with the file of the store: damage, or journals whose records are not 0 to n."""
    with sqlite3.connect(f"file:{data / 'stepwell.db'}?mode=ro", uri=True) as store:
        wrong = [text for (text,) in store.execute("PRAGMA integrity_check") if text != "ok"]
        rows = store.execute(
            "SELECT execution, seq FROM records JOIN journals ON id = journal ORDER BY execution, seq"
        ).fetchall()
    store.close()
    for execution, records in groupby(rows, key=lambda row: row[0]):
        numbers = [seq for _, seq in records]
        if numbers != list(range(len(numbers))):
            wrong.append(f"{execution}: its records are {numbers}")
    return wrong
