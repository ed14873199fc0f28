"""The deployed application in the emulator, in a storm, while executions of every kind run."""

import time
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from breaking import counting, seed
from breaking.batch import Batch
from breaking.counting import Account
from breaking.storm import Storm
from breaking.workflows import KINDS, LONG_SECONDS, LONG_WAIT
from deployment import QUEUES, Deployment
from polling import eventually


@dataclass
class Breaking:
    """Executions start while the storm lasts; what it breaks takes minutes to mend."""

    deployment: Deployment
    folder: Path
    storm: Storm
    executions: int
    #: Of those, how many wait for longer than a message can.
    long_waits: int = 0

    @classmethod
    def short(cls, deployment: Deployment, folder: Path) -> "Breaking":
        """What the integration tests begin with, and look at when all else is done."""
        breaking = cls(deployment, folder, Storm(deployment, seed(), pauses=(0.2, 0.6)), executions=52)
        breaking.begin(12)
        return breaking

    def begin(self, seconds: float) -> None:
        """Returns when the storm is over, and all executions have been started."""
        self.began = time.monotonic()
        self.leave = ExitStack()
        self.batch = self.leave.enter_context(Batch(self.deployment.installation, self.folder))
        kinds = list(KINDS.values())

        def start_all(part: int, of: int) -> None:
            for number in range(part, self.executions, of):
                kind = LONG_WAIT if number < self.long_waits else kinds[number % len(kinds)]
                self.batch.start(kind)
                self.batch.over.wait(seconds * of / self.executions)

        with ExitStack() as starters:
            parts = 3
            started = [
                starters.enter_context(self.batch.thread(f"starter{part}", lambda part=part: start_all(part, parts)))
                for part in range(parts)
            ]
            self.storm.stop_schedule()
            self.storm.rage(seconds, lambda: any(starter.is_alive() for starter in started))
        self.storm.resume_schedule()

    def end(self, seconds: float) -> Account:
        """Waits so long for what is still open, and then until nothing is in any queue."""
        with self.leave:
            if self.long_waits:
                self.miss_the_timers()
            self.batch.wait(seconds)
            account = counting.count(self.batch)
        self.wrong_journals(account)
        for queue in QUEUES:
            eventually(f"{queue} to be empty", lambda queue=queue: self.deployment.messages(queue) == 0, seconds, 1)
        self.seconds = time.monotonic() - self.began
        return account

    def miss_the_timers(self) -> None:
        """The schedule is stopped while they come due."""
        for wanted, change in [(-130, self.storm.stop_schedule), (30, self.storm.resume_schedule)]:
            time.sleep(max(0.0, self.began + LONG_SECONDS + wanted - time.monotonic()))
            change()

    def wrong_journals(self, account: Account) -> None:
        for started in self.batch.started:
            numbers = [int(item["s"]["N"]) for item in self.deployment.journal(started.arn)]
            if numbers != list(range(len(numbers))):
                account.wrong.append(f"{started.arn}: its records are {numbers}")

    def table(self, account: Account) -> str:
        facts: dict[str, Any] = {"seed": self.storm.seed, "seconds": round(self.seconds)}
        facts["calls of the API asked again"] = self.batch.asked_again
        return counting.table(account, self.storm.done, facts)
