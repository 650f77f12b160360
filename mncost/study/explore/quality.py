"""`Quality`: a score of each option, and of an architecture the sum of those that it chose."""

from __future__ import annotations

import csv
import io
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from mncost.errors import Problem, SettingError, SpecError, did_you_mean
from mncost.spec.choices import LARGEST_SCORE, MOST_DECIMALS
from mncost.spec.source import read_file
from mncost.spec.tree import decode
from mncost.study.explore.plan import ABSENT, Column, Plan

HEADER = ("choice", "option", "quality")


@dataclass(frozen=True)
class Quality:
    """Scores as whole numbers of 1/`unit`: exact sums, whatever decimals they were written with.

    A choice without scores adds nothing.
    """

    scores: Mapping[Column, tuple[int, ...]]
    unit: int

    def of(self, columns: Sequence[Column], picks: Sequence[int]) -> int:
        """What some choices add."""
        return sum(
            self.scores[column][pick]
            for column, pick in zip(columns, picks, strict=True)
            if pick != ABSENT and column in self.scores
        )

    @property
    def largest(self) -> int:
        """No sum has a greater magnitude."""
        return sum(max(map(abs, scores)) for scores in self.scores.values())

    def value(self, amount: int) -> Fraction:
        """A sum, as a number."""
        return Fraction(amount, self.unit)


def stated(plan: Plan) -> Quality | None:
    """The scores that a space's own file states; None where it has none."""
    return _whole({c: c.dimension.quality for c in plan.columns if c.dimension.quality})


def known(plan: Plan, file: str | None) -> Quality:
    """The scores of a file, or those that the space states. Raises `SettingError` for none."""
    found = stated(plan) if file is None else read(plan, file)
    if found is None:
        message = "no quality is known of any choice, and a front of costs alone is the smallest"
        hint = (
            f"give --quality FILE.csv ({','.join(HEADER)}), or state it beside the options, as in "
            "{choice: [3, 5], quality: [0, 0.4]}"
        )
        raise SettingError(Problem(message, hint).at(plan.space.file))
    return found


def read(plan: Plan, file: str) -> Quality:
    """Scores from a CSV file of `choice,option,quality`, beside those that the space states.

    A choice is named as in rows, `layers.3.kernel` (all of its turns) or `layers.3.kernel@2`; an
    option as it is written. Raises `SpecError` with all that is wrong.
    """
    data = read_file(file, "a file of scores", ())
    found, problems, wrong = _read(plan, decode(data, file, "no space has so many options"), file)
    for column, scores in found.items():
        missing = [option for option, s in zip(column.options, scores, strict=True) if s is None]
        if missing and wrong.isdisjoint((column.name, column.dimension.name)):
            message = f"{column.name}: no score for {', '.join(missing[:5])}"
            problems.append(Problem(message, "give each of its options one").at(file))
    if problems:
        raise SpecError(problems)
    known = {c: c.dimension.quality for c in plan.columns if c.dimension.quality}
    whole = _whole(
        {**known, **{c: tuple(s for s in each if s is not None) for c, each in found.items()}}
    )
    if whole is None:
        raise SpecError(Problem("no scores in it", f"rows of {','.join(HEADER)}").at(file))
    return whole


def _read(
    plan: Plan, text: str, file: str
) -> tuple[dict[Column, list[Fraction | None]], list[Problem], set[str]]:
    """What each line says, what is wrong, and of which choices. A line on one turn outweighs one on
    all."""
    found: dict[Column, list[Fraction | None]] = {}
    problems: list[Problem] = []
    wrong: set[str] = set()
    reader = csv.reader(io.StringIO(text), strict=True)
    lines: dict[tuple[str, str], int] = {}
    try:
        for row in reader:
            if not row or tuple(each.strip() for each in row) == HEADER:
                continue
            try:
                columns, at, score = _line(plan, row)
                twice = lines.setdefault((row[0].strip(), row[1].strip()), reader.line_num)
                if twice != reader.line_num:
                    raise _Wrong(f"{row[0]} {row[1]} has a score already, in line {twice}")
            except _Wrong as error:
                problems.append(Problem(str(error), error.hint).at(file, reader.line_num))
                wrong.add(row[0].strip())
                continue
            for column in columns:
                scores = found.setdefault(column, [None] * len(column.dimension.options))
                if scores[at] is None or "@" in row[0]:
                    scores[at] = score
    except csv.Error as error:
        problems.append(Problem(f"no CSV: {error}").at(file, reader.line_num))
    return found, problems, wrong


class _Wrong(ValueError):
    """What is wrong with a line."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


def _line(plan: Plan, row: Sequence[str]) -> tuple[list[Column], int, Fraction]:
    if len(row) != len(HEADER):
        raise _Wrong(f"{len(row)} values, expected {','.join(HEADER)}")
    name, option, written = (each.strip() for each in row)
    columns = [c for c in plan.columns if name in (c.name, c.dimension.name)]
    if not columns:
        raise _Wrong(f'no choice "{name}"', did_you_mean(name, [c.name for c in plan.columns]))
    return columns, _option(name, option, columns[0]), _score(written)


def _option(name: str, option: str, column: Column) -> int:
    """The position of an option, as it is written; or of a number that is the same."""
    options = column.options
    if option in options:
        return options.index(option)
    numbers = [each if type(each) in (int, float) else None for each in column.dimension.options]
    same = [at for at, each in enumerate(numbers) if each is not None and _same(option, each)]
    if not same:
        raise _Wrong(f'{name} has no option "{option}"', did_you_mean(option, options))
    return same[0]


def _same(written: str, number: float) -> bool:
    return bool(_DECIMAL.fullmatch(written)) and float(written) == number


_DECIMAL = re.compile(r"[+-]?(?:[0-9]{1,40}\.?[0-9]{0,40}|\.[0-9]{1,40})(?:[eE]([+-]?[0-9]{1,3}))?")


def _score(written: str) -> Fraction:
    """A score as it is written, exactly. An exponent is looked at before the number is made."""
    found = _DECIMAL.fullmatch(written) if len(written) <= 40 else None
    if found and abs(int(found[1] or 0)) <= MOST_DECIMALS:
        score = Fraction(written)
        if abs(score) < LARGEST_SCORE:
            return score
    raise _Wrong(
        f"the score must be a decimal below 10^18, with an exponent up to {MOST_DECIMALS}, "
        f"got {written[:40]!r}"
    )


def _whole(scores: Mapping[Column, Iterable[Fraction]]) -> Quality | None:
    """Scores over a common unit."""
    exact = {column: tuple(each) for column, each in scores.items()}
    if not exact:
        return None
    unit = math.lcm(*(score.denominator for each in exact.values() for score in each))
    return Quality({c: tuple(int(s * unit) for s in each) for c, each in exact.items()}, unit)
