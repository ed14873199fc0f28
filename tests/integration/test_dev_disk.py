"""`stepwell dev --data` on a disk that is full, or cannot be written to: it says so, waits, and goes on."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from botocore.exceptions import ClientError

import machines
from breaking import counting, server
from breaking.batch import Batch
from breaking.disks import CannotMount, ReadOnlyDisk, SmallDisk
from breaking.workflows import KINDS
from installations import Dev, Installation
from polling import eventually

#: For a message that waits for the disk to be tried again, and the rest of its execution.
MENDED_SECONDS = 90


@pytest.fixture
def undo() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


@pytest.fixture
def disk(undo: ExitStack, tmp_path: Path) -> SmallDisk:
    try:
        return undo.enter_context(SmallDisk(tmp_path / "disk", kibibytes=6_000))
    except CannotMount as why:
        pytest.skip(f"this machine has no namespace for a small disk: {why}")


@pytest.fixture
def on_disk(undo: ExitStack, disk: SmallDisk, tmp_path: Path) -> Dev:
    made = Dev(tmp_path / "log", disk.at / "data")
    made.command = disk.inside(made.command)
    undo.callback(end, made)
    return made


def end(made: Dev) -> None:
    if made.process and made.process.poll() is None:
        made.kill()


def refused(call: Callable[[], object]) -> tuple[int, str, str]:
    """The status, the error and the text of what is sooner or later refused: there may be room for a little yet."""

    def refusal() -> ClientError | None:
        try:
            call()
        except ClientError as error:
            return error
        return None

    error = eventually("a refusal", refusal, 20).response
    return error["ResponseMetadata"]["HTTPStatusCode"], error["Error"]["Code"], error["Error"]["Message"]


UNAVAILABLE = (503, "ServiceUnavailable", "Service unavailable. Please try again.")


def start_some(batch: Batch, each: int) -> None:
    for kind in list(KINDS.values()) * each:
        batch.start(kind)
    # Not ended by the next moment.
    batch.start(KINDS["wait"])


def is_right(batch: Batch) -> None:
    account = counting.count(batch)
    print(counting.table(account, Counter(), {}))
    account.must_be_right()


def reads(here: Installation, batch: Batch) -> None:
    """What was there before is to be seen as ever."""
    known = batch.started[0].arn
    assert here.sfn.describe_execution(executionArn=known)["executionArn"] == known
    assert here.history(known)[0]["type"] == "ExecutionStarted"
    assert batch.listed("wait", "RUNNING") is not None


def test_a_full_disk_delays_executions_until_there_is_space(on_disk: Dev, disk: SmallDisk, tmp_path: Path) -> None:
    here = on_disk.start()
    with Batch(here, tmp_path / "calls") as batch:
        start_some(batch, 2)
        disk.fill()
        # Not by the batch, which would ask again.
        machine = batch.machines["wait"]
        assert refused(lambda: here.start(machine, {"calls": "none"})) == UNAVAILABLE
        assert refused(lambda: here.create(machines.passes(3))) == UNAVAILABLE
        reads(here, batch)
        eventually("what is full", lambda: "no space left for the store" in on_disk.log.read_text())
        assert batch.open(), "some wait for the disk"
        disk.empty()
        batch.wait(MENDED_SECONDS)
        start_some(batch, 1)
        batch.wait(MENDED_SECONDS)
        is_right(batch)
    assert "panicked" not in on_disk.log.read_text()
    assert on_disk.stop() == 0
    assert server.gaps(disk.copy(tmp_path / "copy") / "data") == []


def test_a_server_killed_at_a_full_disk_starts_again_and_loses_nothing(
    on_disk: Dev, disk: SmallDisk, tmp_path: Path
) -> None:
    here = on_disk.start()
    on_disk.stay()
    with Batch(here, tmp_path / "calls") as batch:
        start_some(batch, 2)
        disk.fill()
        assert refused(lambda: here.start(batch.machines["wait"], {"calls": "none"})) == UNAVAILABLE
        on_disk.kill()
        here = on_disk.start()
        reads(here, batch)
        assert refused(lambda: here.start(batch.machines["wait"], {"calls": "none"})) == UNAVAILABLE
        disk.empty()
        start_some(batch, 1)
        batch.wait(MENDED_SECONDS)
        is_right(batch)
    assert on_disk.stop() == 0
    assert server.gaps(disk.copy(tmp_path / "copy") / "data") == []


def test_a_server_does_not_begin_on_a_full_disk(on_disk: Dev, disk: SmallDisk) -> None:
    disk.fill()
    assert on_disk.spawn().wait(20) == 1
    said = on_disk.log.read_text()
    assert f"cannot open `{disk.at}/data/stepwell.db`: database or disk is full" in said, said
    disk.empty()
    assert on_disk.start().run(machines.passes(1), {"n": 1}).output == {"n": 1}


def test_a_server_on_a_read_only_disk_says_so_and_ends(on_disk: Dev, disk: SmallDisk) -> None:
    disk.read_only(True)
    assert on_disk.spawn().wait(20) == 1
    assert f"cannot use `{disk.at}/data`: Read-only file system" in (said := on_disk.log.read_text()), said
    disk.read_only(False)
    here = on_disk.start()
    done = here.run(machines.passes(2), {"n": 1})
    assert on_disk.stop() == 0
    disk.read_only(True)
    assert on_disk.spawn().wait(20) == 1
    assert "Read-only file system" in (said := on_disk.log.read_text()), said
    disk.read_only(False)
    assert on_disk.start().ended(done.arn).events == done.events


def test_a_disk_that_turns_read_only_delays_executions_until_it_can_be_written_to(
    undo: ExitStack, tmp_path: Path
) -> None:
    made = Dev(tmp_path / "log", tmp_path / "data")
    undo.callback(end, made)
    disk = ReadOnlyDisk(tmp_path / "data", tmp_path)
    made.environment = disk.environment
    here = made.start()
    with Batch(here, tmp_path / "calls") as batch:
        start_some(batch, 2)
        disk.set(True)
        assert refused(lambda: here.start(batch.machines["wait"], {"calls": "none"})) == UNAVAILABLE
        reads(here, batch)
        eventually("what is wrong", lambda: "Error writing to disk" in made.log.read_text())
        disk.set(False)
        batch.wait(MENDED_SECONDS)
        is_right(batch)
    assert "panicked" not in made.log.read_text()
    assert made.stop() == 0
    assert server.gaps(tmp_path / "data") == []
