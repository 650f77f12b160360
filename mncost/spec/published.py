"""Lists of published figures, as printed: `data/paper/*.yaml`, and what each figure is of."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema, model_validator

from mncost.errors import Problem, SpecError, did_you_mean
from mncost.spec.located import validate
from mncost.spec.source import read_tree
from mncost.spec.values import Bits, Count, Factor, Map, Name, Pixels, Size, Strict, refuse
from mncost.units import Printed

_FOLDER = os.path.join(os.path.dirname(os.path.dirname(__file__)), "data", "paper")
_SUFFIX = ".yaml"

OWN = "mobilenets"
"""The list of the paper itself."""

Status = Literal["match", "truncated", "erratum", "not derivable", "unexplained"]

STATUSES: tuple[Status, ...] = ("match", "truncated", "erratum", "not derivable", "unexplained")
"""From best to worst."""


class Of(Strict):
    """What a figure is of: a network at a setting, or a layer, and how it is counted.

    What is left out is as the table has it.
    """

    network: Name | None = None
    alpha: Factor | None = None
    res: Size | None = None
    classes: Pixels | None = None
    kinds: Annotated[
        tuple[str, ...] | None, Field(strict=False, description="of these kinds of layers alone")
    ] = None
    type: Annotated[str | None, Field(description="of Table 2's type, as a share")] = None
    layer: Annotated[str | None, Field(description="one layer of this kind, as in compare")] = None
    shape: Map | None = None
    rho: Factor | None = None
    convention: str | None = None
    params: Literal["weights", "trainable", "all", "unscaled", "folded"] | None = None
    """As `--params` has them; `unscaled` are all but the scale of norms, `folded` what is left when
    norms are folded into what is before them."""
    bits: Annotated[Bits | None, Field(description="of each number in memory")] = None
    planner: Literal["sum", "liveness", "in_place"] | None = None

    def but(self, other: Of | None) -> Of:
        """The same with what another states in place of it."""
        stated = other.model_dump(exclude_none=True) if other else {}
        return self.model_copy(update=stated)


def _number(text: str) -> str:
    try:
        Printed.parse(text)
    except ValueError as error:
        raise refuse(str(error)) from None
    return text


class Figure(Strict):
    """A figure as it is printed, and what is known about it.

    `status` is what the figure is known to be. An erratum names what it is `of` in truth, or what
    was `meant`; both are computed again. `step` is one unit of its last digit that counts, where
    noughts at its end do not. A reason that was found by fitting it to the number is `fitted`.
    """

    printed: Annotated[str, AfterValidator(_number)]
    status: Status = "match"
    of: Of | None = None
    meant: Annotated[str, AfterValidator(_number)] | None = None
    step: Count | None = None
    why: str = ""
    fitted: bool = False


def _figure(value: Any) -> Any:
    return {"printed": value} if isinstance(value, str) else value


AFigure = Annotated[
    Figure,
    BeforeValidator(_figure),
    WithJsonSchema({"anyOf": [{"type": "string"}, {"type": "object"}]}),
]

FIGURES = ("mult_adds", "params", "mult_adds_share", "params_share", "peak", "weight_bytes")


class Entry(Strict):
    """A row of a published table. `accuracy` is printed, and not computed."""

    name: str
    of: Of | None = None
    accuracy: str | None = None
    mult_adds: AFigure | None = None
    params: AFigure | None = None
    mult_adds_share: AFigure | None = None
    params_share: AFigure | None = None
    peak: Annotated[AFigure | None, Field(description="bytes of activations at once")] = None
    weight_bytes: AFigure | None = None
    filter: Annotated[str | None, Field(description="Table 1's Filter Shape")] = None
    input: Annotated[str | None, Field(description="Table 1's Input Size")] = None
    times: Count = 1
    missing: Annotated[str, Field(description="what its figures cannot do without")] = ""
    why: Annotated[str, Field(description="why the row of Table 1 is not as it should be")] = ""


Unit = Literal["", "M", "G", "kB"]
"""What figures are counted in; kB of memory are 1024 bytes."""

_MILLIONS: dict[str, Unit] = {"mult_adds": "M", "params": "M"}


class PublishedTable(Strict):
    """A published table: what it is about, its columns, and its rows."""

    number: Count
    title: str
    called: Annotated[str, Field(description="what it is called where it is no table")] = ""
    accuracy: Annotated[str | None, Field(description="what its accuracy is, in per cent")] = None
    units: dict[str, Unit] = Field(default_factory=lambda: dict(_MILLIONS))
    of: Annotated[Of, Field(description="what its rows are of, where they do not say")] = Of()
    missing: Annotated[str, Field(description="what none of its figures can do without")] = ""
    why: Annotated[str, Field(description="of each figure that is none, and does not say")] = ""
    otherwise: Annotated[
        Name | None, Field(description="of Table 1: the network that is as printed")
    ] = None
    note: str = ""
    rows: Annotated[tuple[Entry, ...], Field(min_length=1, strict=False)]

    @model_validator(mode="after")
    def _complete(self) -> PublishedTable:
        is_body = any(row.filter for row in self.rows)
        names = [row.name for row in self.rows]
        for at, row in enumerate(self.rows):
            if names.index(row.name) < at and not is_body:
                raise refuse(f'two rows called "{row.name}"', "tell them apart", "rows")
            of = self.of.but(row.of)
            if of.layer is not None and of.shape is None:
                raise refuse(f'"{row.name}" is of a layer without shape', "", "rows")
            for key in FIGURES:
                figure = getattr(row, key)
                unexplained = figure and figure.status not in ("match", "truncated")
                if unexplained and not (figure.why or self.why):
                    message = f'"{row.name}": {figure.status}, and no word why'
                    raise refuse(message, "write why:", "rows")
        return self

    @property
    def label(self) -> str:
        """What it is called."""
        return self.called or f"Table {self.number}"

    @property
    def figures(self) -> tuple[str, ...]:
        """Which figures its rows have, in the order of columns."""
        return tuple(key for key in FIGURES if any(getattr(row, key) for row in self.rows))


class Published(Strict):
    """A list of published tables, and where they are printed."""

    name: Name
    title: str
    source: str
    tables: Annotated[tuple[PublishedTable, ...], Field(min_length=1, strict=False)]


def names() -> list[str]:
    """Every list, the paper's own first."""
    files = (file.removesuffix(_SUFFIX) for file in os.listdir(_FOLDER) if file.endswith(_SUFFIX))
    return sorted(files, key=lambda name: (name != OWN, name))


def read(name: str = OWN) -> Published:
    """A list of published figures. Raises `SpecError`: a file edited wrong names the place."""
    if name not in names():
        problem = Problem(f'no list of published figures "{name}"', did_you_mean(name, names()))
        raise SpecError(problem)
    path = os.path.join(_FOLDER, name + _SUFFIX)
    with open(path, "rb") as file:
        tree = read_tree(file.read(), path)
    return validate(Published, tree.value, path, tree)


def tables(published: Published, number: int | None) -> Iterator[PublishedTable]:
    """The table of that number, or all of them. Raises `SpecError`."""
    numbers = [table.number for table in published.tables]
    if number is not None and number not in numbers:
        message = f"{published.name} has no Table {number}"
        raise SpecError(Problem(message, f"it has {', '.join(map(str, numbers))}"))
    yield from (table for table in published.tables if number in (None, table.number))
