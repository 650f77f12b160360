"""Rows as a Parquet file, written by PyArrow, an extra: choices as dictionaries, exact integers."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any, BinaryIO

from mncost.errors import Problem, SettingError
from mncost.render import words
from mncost.render.sweep import Field, unbuilt
from mncost.render.table import Cell, Mark
from mncost.spec.space import ALPHA
from mncost.study.explore.rows import Chunk
from mncost.study.explore.sweep import Sweep

WHOLE = ("number", "mult_adds", "params")

FOOTER = 600
"""Bytes of a file's end for each column of each group of rows, and more than are needed."""


def library() -> Any:
    """PyArrow. Raises `SettingError` where it is not installed."""
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError:
        message = "writing Parquet needs PyArrow"
        raise SettingError(Problem(message, "pip install 'mncost[parquet]'")) from None
    return pyarrow


def check(sweep: Sweep) -> None:
    """Whether the rows can be written at all. Raises `SettingError`."""
    library()
    if max(sweep.plan.most) >= 1 << 63:
        message = "costs beyond 64 bits, which Parquet cannot hold"
        raise SettingError(Problem(message, "write CSV"))


class Parquet:
    """A Parquet file in the making. Raises `SettingError` without PyArrow."""

    def __init__(self, sweep: Sweep, fields: Sequence[Field], file: BinaryIO) -> None:
        self.arrow = library()
        self.sweep, self.fields, self.groups = sweep, fields, 0
        schema = self.arrow.schema([(f.heading.key, self._type(f)) for f in fields], self._about())
        choices = [field.heading.key for field in fields if field.choice]
        self.writer = self.arrow.parquet.ParquetWriter(
            file, schema, compression="zstd", use_dictionary=choices
        )

    def _about(self) -> dict[str, str]:
        """What the numbers are, for who opens the file."""
        plan = self.sweep.plan
        return {
            "mncost.space": plan.space.name,
            "mncost.convention": plan.convention.name,
            "mncost.unit": plan.convention.unit,
            "mncost.parameters": plan.count,
            "mncost.notes": " ".join(
                [*words.not_known(plan.unmeasured, plan.convention), *unbuilt(plan)]
            ),
        }

    def _type(self, field: Field) -> Any:
        if field.choice is not None:
            whole = self.arrow.int64() if field.heading.kind == "number" else self.arrow.string()
            values = self.arrow.float64() if field.choice.dimension.path == ALPHA else whole
            return self.arrow.dictionary(self.arrow.int16(), values)
        return self.arrow.int64() if field.kind in WHOLE else self.arrow.float64()

    def rows(self, chunk: Chunk) -> Any:
        """Some rows as Arrow's, which have a size."""
        arrays = [self._array(field, chunk) for field in self.fields]
        return self.arrow.record_batch(arrays, schema=self.writer.schema)

    def _array(self, field: Field, chunk: Chunk) -> Any:
        if field.choice is not None:
            indices = self._indices(chunk.picks[field.choice])
            options: Any = field.options[:-1]
            if field.choice.dimension.path == ALPHA:
                options = [float(option) for option in options]
            values = self.arrow.array(options, self._type(field).value_type)
            return self.arrow.DictionaryArray.from_arrays(indices, values)
        if field.kind in WHOLE:
            return self.arrow.array(chunk.whole(field.kind), self.arrow.int64())
        cells = [_number(cell) for cell in field.cells(self.sweep, chunk)]
        return self.arrow.array(cells, self.arrow.float64())

    def _indices(self, picks: Any) -> Any:
        """Positions of options, null where a choice does not arise."""
        if hasattr(picks, "dtype"):
            return self.arrow.array(picks, self.arrow.int16(), mask=picks < 0)
        return self.arrow.array([None if p < 0 else p for p in picks], self.arrow.int16())

    def size(self, rows: Any) -> int:
        """More bytes than these rows can take, and than the file's end with them."""
        return int(rows.nbytes) * 9 // 8 + (self.groups + 2) * len(self.fields) * FOOTER + (1 << 16)

    def write(self, rows: Any) -> None:
        """A group of rows."""
        self.writer.write_batch(rows)
        self.groups += 1

    def close(self) -> None:
        """The end of the file, without which nothing can read it."""
        self.writer.close()


def _number(cell: Cell) -> float | None:
    return None if isinstance(cell, Mark) else float(Fraction(cell))
