"""`Graph`: nodes in order of execution, with their shapes; `Builder`: the only way to make one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Literal

from mncost.errors import Path, Problem, ShapeError
from mncost.formulas import Pair
from mncost.graph.ops import Op, Shape, Writing
from mncost.graph.shapes import Misfit, infer
from mncost.units import MOST


@dataclass(frozen=True, slots=True)
class Setting:
    """At which width and resolution a network was taken.

    `resolution` and `base` are (height, width) of the input as it is and as the network states it.
    """

    alpha: float
    resolution: Pair
    base: Pair


@dataclass(frozen=True, slots=True)
class Numbers:
    """What the numbers of an operation take in memory, as far as the file says: None where it says
    nothing, or has floats of 32 bits, which every deployment may store otherwise."""

    weight_bits: int | None = None
    """Of each of its parameters."""
    activation_bits: int | None = None
    """Of each number that it puts out."""
    density: Fraction = Fraction(1)
    """The share of its weights that are not nought, and are stored."""


PLAIN = Numbers()
"""Of which the file says nothing."""


def stated(bits: int) -> int | None:
    """Bits as `Numbers` have them: 32 say nothing."""
    return None if bits == 32 else bits


@dataclass(frozen=True, slots=True)
class Node:
    """One operation: where it is written (`path`), what people call it (`name`), what it does."""

    path: Path
    name: str
    op: Op
    inputs: tuple[Shape, ...]
    output: Shape
    sources: tuple[int, ...]
    """Positions of the nodes it reads, each before its own; -1 is the network's input, and -2, …
    are others."""
    written: Writing = "module"
    """How the framework's code has it, where that is known."""
    shared: Literal["", "weights", "all"] = ""
    """Which of its parameters another node before it stores: its weights, or all."""
    numbers: Numbers = PLAIN
    """How many bits its weights and its output take, and how many of its weights are stored."""


@dataclass(frozen=True, slots=True)
class Graph:
    """A network: what goes in, and every operation, in order."""

    name: str
    input: Shape
    nodes: tuple[Node, ...]
    setting: Setting | None = None
    notes: Mapping[str, str] = field(default_factory=dict)
    """What a reader of a table should know, by the table's name."""
    others: tuple[Shape, ...] = ()
    """What goes in besides `input`: the sources -2, -3, …"""
    input_bits: tuple[int | None, ...] = ()
    """How many bits each number of `input`, and of `others`, takes, as far as the file says."""
    outputs: tuple[int, ...] | None = None
    """Positions of what the network gives, where that is stated."""

    def bits(self, position: int) -> int | None:
        """Of each number that the node at `position` puts out, or of what goes in there."""
        if position >= 0:
            return self.nodes[position].numbers.activation_bits
        return self.input_bits[-1 - position] if self.input_bits else None

    @property
    def gives(self) -> tuple[int, ...]:
        """Positions of what the network gives: as stated, or all that nothing reads."""
        if self.outputs is not None:
            return self.outputs
        read = {source for node in self.nodes for source in node.sources}
        return tuple(at for at in range(len(self.nodes)) if at not in read)


class Builder:
    """Adds operations one by one, infers each shape, and keeps every misfit for the end.

    What reads a misfit is left out without a second complaint, so that `build` raises a
    `ShapeError` with the causes alone.
    """

    def __init__(
        self,
        name: str,
        input: Shape,
        setting: Setting | None = None,
        notes: Mapping[str, str] | None = None,
        others: tuple[Shape, ...] = (),
        input_bits: tuple[int | None, ...] = (),
    ) -> None:
        self.name, self.input, self.setting, self.notes = name, input, setting, notes or {}
        self.others, self.input_bits = others, input_bits
        self.nodes: list[Node] = []
        self.problems: list[Problem] = []

    def shape(self, position: int) -> Shape:
        """What the node at `position` puts out; -1 is the input, and -2, … are others."""
        if position >= 0:
            return self.nodes[position].output
        return (self.input, *self.others)[-1 - position]

    def add(
        self,
        op: Op,
        path: Path,
        name: str,
        *sources: int | None,
        written: Writing = "module",
        shared: Literal["", "weights", "all"] = "",
        numbers: Numbers = PLAIN,
    ) -> int | None:
        """Appends `op`, reading `sources`; returns its position, or None where nothing is known."""
        known = tuple(source for source in sources if source is not None)
        if len(known) < len(sources):
            return None
        inputs = tuple(self.shape(source) for source in known)
        try:
            output = infer(op, inputs)
            if max(output) > MOST:
                raise Misfit(f"a map of more than {MOST:,} in one direction")
        except Misfit as misfit:
            self.complain(misfit, path)
            return None
        node = Node(path, name, op, inputs, output, known, written, shared, numbers)
        self.nodes.append(node)
        return len(self.nodes) - 1

    def complain(self, misfit: Misfit, path: Path) -> None:
        """Keeps a misfit, blaming the attribute it names."""
        blamed = (*path, misfit.field) if misfit.field else path
        for problem in misfit.problems:
            self.problems.append(Problem(problem.message, problem.hint, blamed))

    def build(self) -> Graph:
        """The finished graph; raises `ShapeError` with all that did not fit."""
        if self.problems:
            raise ShapeError(self.problems)
        return Graph(
            self.name,
            self.input,
            tuple(self.nodes),
            self.setting,
            self.notes,
            self.others,
            self.input_bits,
        )
