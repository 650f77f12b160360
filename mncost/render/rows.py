"""Rows as they come, in text: CSV and TSV, a header and then some rows at a time."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

from mncost.render.table import Cell, Column
from mncost.render.text import raw


class Separated:
    """Raw integers, and a header of keys. Its bytes are those of the whole table's CSV."""

    def __init__(self, columns: Sequence[Column], delimiter: str = ",") -> None:
        self.columns, self.delimiter = columns, delimiter

    def head(self) -> bytes:
        """The header."""
        return self._written([[column.key for column in self.columns]])

    def rows(self, columns: Sequence[Sequence[Cell]]) -> bytes:
        """Some rows, by their columns."""
        plain = [_plain(*each) for each in zip(columns, self.columns, strict=True)]
        return self._written(zip(*plain, strict=True))

    def _written(self, rows: Iterable[Sequence[object]]) -> bytes:
        out = io.StringIO()
        csv.writer(out, delimiter=self.delimiter, lineterminator="\n").writerows(rows)
        return out.getvalue().encode()


def _plain(cells: Sequence[Cell], column: Column) -> Sequence[object]:
    """A column's cells as they are written; numbers need no look at each."""
    if all(type(cell) is int for cell in cells):
        return cells
    known = {cell: raw(cell, column) for cell in set(cells)}
    return [known[cell] for cell in cells]
