"""What a terminal sees while something takes long, and what Ctrl-C then says."""

from __future__ import annotations

import contextlib
import sys
import time
from collections.abc import Callable, Iterator

AFTER = 1.0
"""Seconds of work before anything is shown."""

BETWEEN = 0.1
"""Seconds from one look to the next."""


@contextlib.contextmanager
def working(label: str) -> Iterator[Callable[[int], None]]:
    """Hands a `tick`, to be told how much is done so far: `12,345 rows counted`, with the label.

    Shown on standard error, where that is a terminal, after a second, and cleared at the end. For
    work before anything is written, which is what an interrupt of it says.
    """
    line = _Line(label)
    try:
        yield line.tick if sys.stderr is not None and sys.stderr.isatty() else _nothing
    except KeyboardInterrupt:
        raise KeyboardInterrupt("nothing is written") from None
    finally:
        line.clear()


def _nothing(done: int) -> None:
    """Nobody looks."""


class _Line:
    """A line that is written over and over; without escape codes, for any terminal."""

    def __init__(self, label: str) -> None:
        self.label, self.width = label, 0
        self.next = time.monotonic() + AFTER

    def tick(self, done: int) -> None:
        now = time.monotonic()
        if now >= self.next:
            self.next = now + BETWEEN
            text = f"{done:,} {self.label}"
            self._write(f"\r{text:{self.width}}")
            self.width = max(self.width, len(text))

    def clear(self) -> None:
        if self.width:
            self._write(f"\r{' ' * (self.width + len('^C'))}\r")

    def _write(self, text: str) -> None:
        with contextlib.suppress(OSError):  # nobody looks any more
            sys.stderr.write(text)
            sys.stderr.flush()
