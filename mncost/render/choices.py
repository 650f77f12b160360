"""A choice as a column: what it is called, and its options as cells."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from mncost.graph.notation import times
from mncost.render.table import Cell, Mark
from mncost.render.table import Column as Heading
from mncost.spec.space import ALPHA, SIZE
from mncost.study.explore.plan import Column
from mncost.study.explore.sweep import sides


def heading(column: Column) -> Heading:
    """The column of a choice: by its path, but for α and the resolution."""
    named = {ALPHA: ("alpha", "α"), SIZE: ("resolution", "Resolution")}
    key, title = named.get(column.dimension.path, (column.name, column.name))
    whole = all(_is_whole(each) for each in column.dimension.options)
    is_number = key == "alpha" or (whole and key == column.name)
    return Heading(key, title, "number" if is_number else "text")


def cells(column: Column) -> list[Cell]:
    """The options of a choice, as they are shown; the last is for where it does not arise."""
    is_number = heading(column).kind == "number"
    shown = zip(column.dimension.options, column.options, strict=True)
    return [*(_cell(column, option, name, is_number) for option, name in shown), Mark.EMPTY]


def _cell(column: Column, option: Any, name: str, is_number: bool) -> Cell:
    if column.dimension.path == SIZE:
        return times(*sides(option))
    if is_number and not _is_whole(option):
        return Fraction(str(option))
    return option if is_number else name


def _is_whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)
