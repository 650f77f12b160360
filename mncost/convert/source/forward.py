"""What `Net.forward` does where layers read others by name: statements, and modules to call."""

from __future__ import annotations

import keyword
import re
from collections.abc import Iterator, Sequence

from mncost.convert.source.convs import act
from mncost.convert.source.rows import Rows, instances
from mncost.convert.source.text import Call, Expression, Row, flat
from mncost.errors import Path
from mncost.spec import layers as spec

INPUT = "input"
"""The name by which `from` means the network's input."""


def tangled(layers: Sequence[spec.AnyOfThem]) -> bool:
    """Whether some layer reads another by name."""
    return any(layer.from_ for _, layer in spec.walk(tuple(layers)))


class Forward:
    """Writes statements. `modules` are what they call, `lines` what they do."""

    def __init__(self, rows: Rows, layers: Sequence[spec.AnyOfThem]) -> None:
        self.rows = rows
        self.modules: dict[str, Expression] = {}
        self.lines: list[str] = []
        self.taken = {"x", "self", "torch", "nn", *keyword.kwlist}
        walked = [layer for _, layer in spec.walk(tuple(layers))]
        self.read = {name for layer in walked for name in layer.from_ or ()}
        self.variables = {name: self.fresh(_slug(name)) for name in sorted(self.read)}
        if INPUT in self.read:
            self.lines.append(f"{self.variables[INPUT]} = x")

    def chain(self, layers: Sequence[spec.AnyOfThem], path: Path) -> None:
        """Layers in a row; those that nobody else reads become one module."""
        waiting: list[Row] = []
        for index, layer in enumerate(layers):
            here = (*path, index)
            if layer.from_ or self.open(layer):
                self.call(waiting)
                waiting = []
            if self.open(layer):
                self.opened(layer, here)
                continue
            source = self.variables[layer.from_[0]] if layer.from_ else "x"
            row = self.rows.row(layer, here)
            if layer.id in self.read or layer.from_:
                kept = layer.id if layer.id in self.read else None
                self.call([*waiting, row], source, kept)
                waiting = []
            else:
                waiting.append(row)
        self.call(waiting)

    def open(self, layer: spec.AnyOfThem) -> bool:
        """Whether it joins layers, or there is somebody within who reads, or is read, by name."""
        inner = list(spec.walk((layer,)))[1:]
        within = any(each.from_ or each.id in self.read for _, each in inner)
        return isinstance(layer, spec.Joining) or within

    def opened(self, layer: spec.AnyOfThem, path: Path) -> None:
        """A layer statement by statement, as often as it is repeated."""
        if layer.from_ and not isinstance(layer, spec.Joining):
            self.lines.append(f"x = {self.variables[layer.from_[0]]}")
        for here in instances(layer, path):
            match layer:
                case spec.Joining():
                    self.join(layer, [self.variables[name] for name in layer.from_ or ()])
                case spec.Repeat():
                    for turn in range(layer.times):
                        self.chain(layer.layers, (*here, "repeat", turn, "layers"))
                case spec.ResidualOf():
                    self.residual(layer, here)
                case spec.Parallel():
                    ends = list(self.branches(layer, here))
                    self.join(layer, ends)
        if layer.id in self.read:
            self.lines.append(f"{self.variables[layer.id]} = x")

    def join(self, layer: spec.Joining | spec.Parallel, ends: Sequence[str]) -> None:
        add = isinstance(layer, spec.Add) or getattr(layer, "join", "") == "add"
        listed = " + ".join(ends) if add else f"torch.cat(({', '.join(ends)}), dim=1)"
        self.lines.append(f"x = {listed}")

    def residual(self, layer: spec.ResidualOf, path: Path) -> None:
        start = self.fresh("start")
        self.lines.append(f"{start} = x")
        self.chain(layer.layers, (*path, "layers"))
        end = self.fresh("end")
        self.lines += [f"{end} = x", f"x = {start}"]
        self.chain(layer.shortcut or (), (*path, "shortcut"))
        self.lines.append(f"x = {end} + x")
        if layer.act != "none":
            self.call([Row((act(layer.act),))])

    def branches(self, layer: spec.Parallel, path: Path) -> Iterator[str]:
        """Every branch, and the name of what it ends with."""
        start = self.fresh("start")
        self.lines.append(f"{start} = x")
        for index, branch in enumerate(layer.branches):
            if index:
                self.lines.append(f"x = {start}")
            self.chain(branch, (*path, "branches", index))
            end = self.fresh("branch")
            self.lines.append(f"{end} = x")
            yield end

    def call(self, rows: Sequence[Row], source: str = "x", kept: str | None = None) -> None:
        """One module of some rows, called; what comes out is kept under a name where it is read.

        Rows that wait before one that reads by name are none: `chain` has called them.
        """
        targets = ["x", *([self.variables[kept]] if kept else [])]
        value = source
        if any(flat(row) for row in rows):
            name = self.fresh(f"part_{self.variables[kept]}" if kept else "part")
            first, several = rows[0].items[:1], Call("nn.Sequential", tuple(rows), tall=True)
            single = rows[0].items == first and len(rows) == 1 and isinstance(first[0], Call)
            self.modules[name] = first[0] if single else several
            value = f"self.{name}({source})"
        if [value] != targets:
            self.lines.append(f"{' = '.join(targets)} = {value}")

    def fresh(self, stem: str) -> str:
        """A name that nothing else has."""
        name, number = stem, 1
        while name in self.taken or (number == 1 and stem in ("part", "branch", "start", "end")):
            name = f"{stem}{number}"
            number += 1
        self.taken.add(name)
        return name


def _slug(name: str) -> str:
    """A layer's name as a variable's."""
    if name == INPUT:
        return "image"
    slug = re.sub(r"[^A-Za-z0-9_]+", "_", name).strip("_").lower()
    return slug if slug[:1].isalpha() else f"layer_{slug}" if slug else "layer"
