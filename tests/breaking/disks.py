"""Disks that are small, or cannot be written to, for who is no superuser: in a namespace, or behind the C library."""

import subprocess
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType

SOURCE = Path(__file__).parent / "read_only_disk.c"


class CannotMount(Exception):
    """This machine lets nobody mount anything, not even in a namespace of its own."""


class SmallDisk:
    """A file system in memory, of so many KiB, in a namespace that ends with this context, and the disk with it."""

    def __init__(self, at: Path, kibibytes: int) -> None:
        self.at = at
        self.size = kibibytes

    def __enter__(self) -> "SmallDisk":
        self.at.mkdir(parents=True, exist_ok=True)
        mount = f"mount -t tmpfs -o size={self.size}k stepwell '{self.at}' && echo mounted && exec sleep infinity"
        try:
            self.keeper = subprocess.Popen(
                ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c", mount],
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
            )
        except FileNotFoundError as error:
            raise CannotMount(str(error)) from error
        assert self.keeper.stdout is not None
        said = self.keeper.stdout.readline().strip()
        if said != "mounted":
            self.keeper.wait()
            raise CannotMount(said)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.keeper.kill()
        self.keeper.communicate()

    def inside(self, command: Sequence[str | Path]) -> list[str]:
        """The command, where the disk is seen."""
        enter = ["nsenter", "--user", "--mount", "--preserve-credentials", "--target", str(self.keeper.pid), "--"]
        return enter + [str(word) for word in command]

    def fill(self) -> None:
        """To the last byte."""
        filled = subprocess.run(
            self.inside(["dd", "if=/dev/zero", f"of={self.at}/filler", "bs=4k"]),
            capture_output=True,
            text=True,
            check=False,
        )
        assert "No space left" in filled.stderr, filled.stderr

    def empty(self) -> None:
        subprocess.run(self.inside(["rm", self.at / "filler"]), check=True)

    def copy(self, to: Path) -> Path:
        """All of it, where everybody sees it."""
        subprocess.run(self.inside(["cp", "-r", self.at, to]), check=True)
        return to

    def read_only(self, on: bool) -> None:
        """Nobody may have a file of it open for writing."""
        how = "ro" if on else "rw"
        subprocess.run(self.inside(["mount", "-o", f"remount,{how},size={self.size}k", self.at]), check=True)


class ReadOnlyDisk:
    """Makes a folder one of a disk that turns read-only, for a process that is started with this environment."""

    def __init__(self, folder: Path, build: Path) -> None:
        self.switch = build / "read-only"
        self.library = build / "read_only_disk.so"
        subprocess.run(["cc", "-shared", "-fPIC", "-o", self.library, SOURCE, "-ldl"], check=True)
        self.environment = {
            "LD_PRELOAD": str(self.library),
            "READ_ONLY_FOLDER": str(folder),
            "READ_ONLY_SWITCH": str(self.switch),
        }

    def set(self, on: bool) -> None:
        if on:
            self.switch.touch()
        else:
            self.switch.unlink()
