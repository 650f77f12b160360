"""What can be wrong with what the user gave: `Problem`, and the exceptions that carry problems."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

Path = tuple[str | int, ...]
"""An address in a specification: `("layers", 6, "kernel")`. Error, node and report row share it."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong, where it is, and what to do about it.

    `path` says where in the specification, at the `key` there or at its value; `file`, `line` and
    `column` (from 1; 0 is unknown) are filled in by whoever knows the text.
    """

    message: str
    hint: str = ""
    path: Path = ()
    key: bool = False
    file: str = ""
    line: int = 0
    column: int = 0

    def at(self, file: str, line: int = 0, column: int = 0) -> Problem:
        """The same problem, located in a text."""
        return replace(self, file=file, line=line, column=column)

    def __str__(self) -> str:
        place = ":".join([self.file, *(str(n) for n in (self.line, self.column) if n)])
        text = f"{place}: {self.message}" if self.file else self.message
        return f"{text}; {self.hint}" if self.hint else text


class MncostError(Exception):
    """Anything that the user can put right. Carries every problem that was found, not the first."""

    def __init__(self, problems: Problem | Iterable[Problem]) -> None:
        self.problems = (problems,) if isinstance(problems, Problem) else tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


class SpecError(MncostError):
    """A specification that cannot be read, or says something that is not allowed."""


class ShapeError(MncostError):
    """Layers that do not fit together: a map that vanishes, groups that do not divide."""


class SettingError(MncostError):
    """A setting outside its range: a width multiplier of 0, a shape of two numbers."""


class OutputError(MncostError):
    """A result that could not be written."""

    @classmethod
    def of(cls, error: OSError | ValueError, file: str = "") -> OutputError:
        """The operating system's reason, in a line."""
        reason = (getattr(error, "strerror", None) or str(error)).lower()
        return cls(Problem(f"could not write: {reason}").at(file or "standard output"))


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """The hint for a misspelled name: the nearest known ones, else all of them.

    >>> did_you_mean("mobilnet_v1", ["mobilenet_v1", "vgg16"])
    'did you mean mobilenet_v1?'
    >>> did_you_mean("zzz", ["avg", "max"])
    'choose from avg, max'
    """
    import difflib  # late: only a mistake pays for it

    names = sorted(known)
    if not names:
        return ""
    near = difflib.get_close_matches(word.lower(), names, n=3, cutoff=0.6)
    if near:
        return f"did you mean {' or '.join(near)}?"
    return f"choose from {', '.join(names)}"
