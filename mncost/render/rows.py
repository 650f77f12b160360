"""Rows as they come, in text: CSV and TSV, a header and then some rows at a time."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

from mncost.render.table import Cell, Column, Kind
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
        kinds = [column.kind for column in self.columns]
        plain = list(map(_plain, columns, kinds))
        return self._written(zip(*plain, strict=True))

    def _written(self, rows: Iterable[Sequence[object]]) -> bytes:
        out = io.StringIO()
        csv.writer(out, delimiter=self.delimiter, lineterminator="\n").writerows(rows)
        return out.getvalue().encode()


def _plain(column: Sequence[Cell], kind: Kind) -> Sequence[object]:
    """A column's cells as they are written; numbers need no look at each."""
    if all(type(cell) is int for cell in column):
        return column
    known = {cell: raw(cell, kind) for cell in set(column)}
    return [known[cell] for cell in column]
