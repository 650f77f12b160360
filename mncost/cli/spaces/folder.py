"""Where the architectures that were found go: rows, and with `-o FOLDER/` a file for each."""

from __future__ import annotations

import contextlib
import os
import re
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from mncost.cli.output import Output, write_file
from mncost.errors import OutputError, Problem

if TYPE_CHECKING:
    from mncost.render.space_rows import Shown
    from mncost.study.explore.picked import Picked


def of(output: Output) -> Folder | Rows:
    """The folder that -o names: with a slash at its end, or there already; or rows alone."""
    path = output.output
    separators = (os.sep, os.altsep or os.sep)
    if path not in (None, "-") and (path.endswith(separators) or os.path.isdir(path)):
        return Folder(path, output)
    return Rows(output, output.is_data)


@dataclass(frozen=True, slots=True)
class Rows:
    """A table, in a file or on standard output; where machines read it, with `every` choice."""

    output: Output
    every: bool

    def write(self, found: Sequence[Picked], how: Shown, title: str, remark: str) -> int:
        """The rows; 1 where there are none, which is said where the table is not seen."""
        from mncost.render.space_rows import rows

        self.output.emit(rows(title, found, replace(how, every=self.every)))
        if not found and self.output.output not in (None, "-"):
            print("mncost: no architecture is within the limits", file=sys.stderr)
        return 0 if found else 1


@dataclass(frozen=True, slots=True)
class Folder:
    """Where files go; the rows go to standard output."""

    path: str
    output: Output

    def write(self, found: Sequence[Picked], how: Shown, title: str, remark: str) -> int:
        """A file for each, and then the rows with their names; 1 where there are none."""
        from mncost.render.space_rows import rows
        from mncost.study.explore.picked import text

        plan = how.plan
        names = _names(plan.space.name, len(found))
        files = [os.path.join(self.path, f"{name}.yaml") for name in names]
        self._refuse_old(files)
        if files:
            self._make()
        texts = (text(plan, each, name, remark) for each, name in zip(found, names, strict=True))
        self._write_all(files, texts)
        shown = replace(self.output, output=None)
        shown.emit(rows(title, found, replace(how, files=files, every=shown.is_data)))
        return 0 if found else 1

    def _write_all(self, files: Sequence[str], texts: Iterable[str]) -> None:
        """All of the files; whatever stops it says how many are written."""
        done = 0
        try:
            for file, content in zip(files, texts, strict=True):
                self._write_one(file, content)
                done += 1
        except OutputError as error:
            told = replace(error.problems[0], hint=f"{done:,} of {len(files):,} are written")
            raise OutputError(told) from None
        except KeyboardInterrupt:
            raise KeyboardInterrupt(f"{done:,} of {len(files):,} files are written") from None

    def _write_one(self, file: str, content: str) -> None:
        try:
            write_file(file, content, self.output.force)
        except BaseException:
            with contextlib.suppress(OSError):
                os.unlink(file)  # half of a network is worse than none
            raise

    def _refuse_old(self, files: Sequence[str]) -> None:
        old = [] if self.output.force else [file for file in files if os.path.lexists(file)]
        if old:
            more = f" (and {len(old) - 1:,} more)" if len(old) > 1 else ""
            problem = Problem(f"exists already{more}", "add --force to overwrite")
            raise OutputError(problem.at(old[0]))

    def _make(self) -> None:
        try:
            os.makedirs(self.path, exist_ok=True)
        except (OSError, ValueError) as error:
            raise OutputError.of(error, self.path) from None


def _names(name: str, count: int) -> list[str]:
    """`NAME-0001` and so on, fit for files everywhere."""
    stem = re.sub(r"[^A-Za-z0-9._-]+", "_", name).strip("._-")[:100] or "network"
    digits = max(len(str(count)), 4)
    return [f"{stem}-{at:0{digits}d}" for at in range(1, count + 1)]
