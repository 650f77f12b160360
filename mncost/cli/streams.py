"""Files that grow while rows are counted: whatever stops it, what was written is whole."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
from collections.abc import Callable, Iterator
from typing import Any, BinaryIO

from mncost.cli.output import write_out
from mncost.errors import OutputError, Problem


class Stopped(Exception):
    """The disk is full, or the file cannot be written any more."""


class Unread(Exception):
    """Nobody reads standard output any more."""


class Growing:
    """A new file, or an old one where that is asked for. Raises `OutputError`.

    `good` is how much of it is whole; `keep` ends it there.
    """

    def __init__(self, path: str, force: bool) -> None:
        self.path, self.good = path, 0
        try:
            old = os.path.isfile(path) or os.path.isdir(path)
            self.file: BinaryIO = open(path, "xb" if old and not force else "w+b")  # noqa: SIM115
        except FileExistsError:
            if os.path.isdir(path):
                raise OutputError(Problem("is a directory", "name a file").at(path)) from None
            problem = Problem("exists already", "add --force to overwrite it").at(path)
            raise OutputError(problem) from None
        except (OSError, ValueError) as error:
            raise OutputError.of(error, path) from None

    def __enter__(self) -> Growing:
        return self

    def __exit__(self, *why: object) -> None:
        if not self.file.closed:
            self.keep()

    def write(self, data: bytes) -> None:
        """All of some data, or none of it. Raises `Stopped`."""
        try:
            self.file.write(data)
            self.file.flush()
        except OSError as error:
            raise Stopped((error.strerror or str(error)).lower()) from None
        self.good = self.file.tell()

    def reserve(self, size: int) -> None:
        """Space for so much more, so that writing it cannot fail. Raises `Stopped`."""
        if not self._is_regular():
            return
        try:
            at = self.file.tell()
            if hasattr(os, "posix_fallocate"):
                os.posix_fallocate(self.file.fileno(), at, size)
            else:
                self.file.write(bytes(size))
                self.file.flush()
                self.file.seek(at)
        except OSError as error:
            raise Stopped((error.strerror or str(error)).lower()) from None

    def keep(self, end: int | None = None) -> None:
        """Ends the file where it is whole, or at `end`, and closes it."""
        with contextlib.suppress(OSError):
            if self._is_regular():
                self.file.truncate(self.good if end is None else end)
        with contextlib.suppress(OSError):
            self.file.close()

    def _is_regular(self) -> bool:
        import stat

        return stat.S_ISREG(os.fstat(self.file.fileno()).st_mode)


def write_on(data: bytes) -> None:
    """To standard output. Raises `Unread`."""
    if not write_out(data.decode()):
        raise Unread


@contextlib.contextmanager
def interruptible() -> Iterator[Callable[[], int]]:
    """Within it, Ctrl-C and a request to end are noted, and interrupt nothing; a second one does.

    What it yields tells the number of the signal, or 0. One that is to be ignored still is.
    """
    asked: list[int] = []

    def ask(number: int, frame: Any) -> None:
        if asked:
            raise KeyboardInterrupt
        asked.append(number)

    before = {}
    for number in (signal.SIGINT, signal.SIGTERM):
        with contextlib.suppress(ValueError):  # not the main thread: nobody presses keys there
            if signal.getsignal(number) is not signal.SIG_IGN:
                before[number] = signal.signal(number, ask)
    try:
        yield lambda: asked[0] if asked else 0
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextlib.contextmanager
def progress(length: int, label: str, least: int) -> Iterator[Callable[[int], None]]:
    """A bar on standard error, on a terminal, of work that is long."""
    import click

    if length < least or sys.stderr is None or not sys.stderr.isatty():
        yield lambda done: None
        return
    with click.progressbar(length=length, label=label, file=sys.stderr) as bar:
        yield bar.update
