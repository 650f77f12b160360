"""A PyTorch operation where it stands: what goes in, and the way to write what it is."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mncost.convert.tensors import Clash, Dims, Live
from mncost.convert.torch.trace import Ref, TorchNode
from mncost.graph import Op, Shape, ops
from mncost.graph.ops import Writing
from mncost.graph.shapes import size_text

if TYPE_CHECKING:
    from mncost.convert.torch.graph import Importer


@dataclass(frozen=True, slots=True)
class Stored:
    """A tensor that is known before an image comes in: its size, and the numbers it is made of."""

    dims: Dims
    roots: frozenset[str] = frozenset()
    bits: int = 32


Tensor = Live | Stored


class Place:
    """An operation with what goes in. Handlers look here, and write here."""

    def __init__(self, node: TorchNode, importer: Importer) -> None:
        self.node, self.importer, self.writer = node, importer, importer.writer

    @property
    def label(self) -> str:
        """The operation's name; the same whether it is done in place."""
        return self.node.op.removesuffix("_")

    # -- what goes in

    def given(self, name: str) -> Any:
        return self.node.given.get(name)

    def whole(self, name: str, sides: int) -> tuple[int, ...]:
        """Whole numbers for so many sides, one standing for all."""
        given = self.given(name)
        values = tuple(given) if isinstance(given, list) else (given,)
        return tuple(int(each) for each in (values * sides if len(values) == 1 else values))

    def tensor(self, name: str) -> Tensor | None:
        value = self.given(name)
        return self.importer.tensors.get(value) if isinstance(value, Ref) else None

    def needed(self, name: str) -> Tensor:
        tensor = self.tensor(name)
        if tensor is None:
            raise Clash(f'"{name}" is no tensor')
        return tensor

    def live(self, name: str) -> Live:
        tensor = self.tensor(name)
        if not isinstance(tensor, Live):
            raise Clash(f'"{name}" is not computed from the input')
        return tensor

    @property
    def reads(self) -> list[Tensor]:
        """All tensors that go in."""
        found = (self.importer.tensors.get(ref) for ref in self.node.read)
        return [each for each in found if each is not None]

    @property
    def lives(self) -> list[Live]:
        return [each for each in self.reads if isinstance(each, Live)]

    @property
    def stored(self) -> list[Stored]:
        return [each for each in self.reads if isinstance(each, Stored)]

    # -- what comes out

    def dims(self, slot: int = 0) -> Dims:
        """The size of what comes out, as torch has it."""
        dims = self.node.outputs[slot]
        if dims is None:
            raise Clash("what comes out is no tensor")
        return dims

    @property
    def shape(self) -> Shape:
        """The same, for one image."""
        return self.writer.shape(self.dims())

    def hold(self) -> None:
        """What is known before an image comes in."""
        roots = frozenset[str]().union(*(each.roots for each in self.stored))
        bits = self._bits(self.stored)
        for slot, dims in enumerate(self.node.outputs):
            if dims is not None:
                self.importer.tensors[Ref(self.node.index, slot)] = Stored(dims, roots, bits)

    def same(self, tensor: Tensor) -> None:
        """What comes in, in the same places."""
        self.importer.tensors[Ref(self.node.index)] = tensor

    def put(
        self, op: Op, *read: Live, stored: Iterable[Tensor | None] = (), own: int = 0, **more: Any
    ) -> None:
        """Writes the operation, and says what comes out of it. See `write`."""
        sources = [self.at(each) for each in read or self.lives]
        self.result(self.write(op, sources or [-1], stored=stored, own=own, **more))

    def move(self, what: str = "") -> None:
        """The same numbers, elsewhere."""
        self.put(ops.Move(what or self.label, self.shape), stored=self.stored)

    def casts(self, source: Ref) -> bool:
        """Whether a map comes out in other bits than it comes in."""
        live = isinstance(self.importer.tensors.get(source), Live)
        return live and self.importer.bits.get(source, 32) != self.node.bits[0]

    def cast(self, x: Live) -> None:
        """The same numbers in other bits; what else goes in tells the type alone."""
        self.put(ops.Move(ops.CAST, self.shape), x)

    def result(self, position: int) -> None:
        """What comes out is what `position` puts out: torch and our own rules must agree."""
        ours, torchs = self.writer.source_shape(position), self.shape
        if _without_ones(ours) != _without_ones(torchs):
            what = (
                f"its output is {size_text(torchs)} for torch, and {size_text(ours)} by our rules"
            )
            raise Clash(what)
        position = self.shaped(position, torchs)
        for slot, dims in enumerate(self.node.outputs):
            if dims is not None:
                self.importer.tensors[Ref(self.node.index, slot)] = Live(dims, position)

    def at(self, tensor: Live) -> int:
        """Where a tensor comes from, in the shape that its size makes."""
        return self.shaped(tensor.at, self.writer.shape(tensor.dims))

    def shaped(self, position: int, shape: Shape) -> int:
        """The same numbers in this shape."""
        if self.writer.source_shape(position) == shape:
            return position
        bits = self.writer.bits(position)
        return self.write(ops.Move("reshape", shape), [position], label="reshape", bits=bits)

    # -- the writing

    def write(
        self,
        op: Op,
        sources: Sequence[int],
        *,
        stored: Iterable[Tensor | None] = (),
        own: int = 0,
        label: str = "",
        behind: str = "",
        written: Writing | None = None,
        bits: int | None = None,
    ) -> int:
        """One more operation; its position.

        `own` is how many trained numbers the operation itself accounts for. Of those `stored` that
        no operation before this has: if they are as many, they are its own; if not, it has none,
        and they are written behind it. What it puts out takes so many `bits`, or the node's.
        """
        kept = [each for each in stored if isinstance(each, Stored)]
        name = next((n for n in self._names(kept)), "")
        fresh, roots = self._fresh(kept)
        again = isinstance(op, ops.BatchNorm) and bool(roots) and not fresh
        count = sum(self.importer.numbers.get(root, 0) for root in fresh)
        shared = again or (own > 0 and count != own)
        writing = written or self.written(op)
        owned = isinstance(op, ops.Conv | ops.Linear | ops.ConvTranspose | ops.BatchNorm)
        plain = owned and writing != "function" and not label
        position = self.writer.add(
            op, sources, scope=hierarchy(self.node.scope),
            label="" if plain else label or self.label, behind=behind, written=writing,
            shared="all" if shared else "", bits=self._bits(kept or self.stored),
            activation_bits=bits or self.node.bits[0],
        )  # fmt: skip
        left = count if shared or not own else 0
        if not left:
            return position
        rest = ops.Arithmetic("stored", self.writer.source_shape(position), left)
        return self.writer.add(
            rest, [position], scope=hierarchy(name), bits=self._bits(kept),
            activation_bits=self.node.bits[0],
        )  # fmt: skip

    def _bits(self, kept: Sequence[Stored]) -> int:
        """Of what is stored: of what is trained, if any of it is."""
        numbers = self.importer.numbers
        trained = (each.bits for each in kept if not numbers.keys().isdisjoint(each.roots))
        return next(trained, kept[0].bits if kept else 32)

    def _names(self, kept: Sequence[Stored]) -> Iterable[str]:
        """Of parameters that no operation before this stores, as the model has them in order."""
        roots = {root for each in kept for root in each.roots}
        order = self.importer.order
        for root in sorted(roots & order.keys() - self.writer.stored, key=order.__getitem__):
            yield self.importer.model.parameters[root].name

    def _fresh(self, kept: Iterable[Stored]) -> tuple[list[str], list[str]]:
        """The numbers that are stored here first, and all that are stored."""
        roots = sorted({root for each in kept for root in each.roots})
        return [root for root in roots if not self.writer.stores(root)], roots

    def fresh(self, *kept: Tensor | None) -> int:
        """How many trained numbers no operation before this stores; from now on one does."""
        fresh, _ = self._fresh(each for each in kept if isinstance(each, Stored))
        return sum(self.importer.numbers.get(root, 0) for root in fresh)

    def written(self, op: Op) -> Writing:
        """How the model's code has it: as a module of the framework's, derived, or a function."""
        if isinstance(op, ops.MatMul):
            return "function"
        if not isinstance(op, _HOOKED):
            return "module"
        for at, kind in enumerate(self.node.classes):
            space, _, name = kind.rpartition(".")
            if space.startswith("torch.nn.") and _does(name, self.label):
                return "subclass" if at else "module"
        return "function"


_HOOKED = (
    ops.Conv, ops.ConvTranspose, ops.Linear, ops.BatchNorm, ops.Norm, ops.LocalNorm, ops.Act,
    ops.Pool, ops.AdaptivePool, ops.Softmax, ops.Resize,
)  # fmt: skip
"""Operations that frameworks have modules for."""

_DOERS = {
    "batch_norm": ("batchnorm", "syncbatchnorm"),
    "instance_norm": ("instancenorm",),
    "hardtanh": ("hardtanh", "relu6"),
    "softmax": ("softmax", "softmax2d"),
    "upsample": ("upsampl",),
}
"""Modules that do an operation of another name, or of more than one: how their names begin."""


def _does(name: str, label: str) -> bool:
    """Whether a module of torch's does this operation itself: Conv2d does conv2d."""
    name = name.lower()
    for begin, doers in _DOERS.items():
        if label.startswith(begin):
            return any(name.startswith(each) for each in doers)
    return name == label.replace("_", "")


def hierarchy(path: str) -> str:
    """A module's path with its blocks told apart.

    >>> hierarchy("features.1.conv.0.0")
    'features.1/conv.0.0'
    """
    out = ""
    for part in path.split("."):
        joint = "" if not out else "." if part.isdigit() else "/"
        out = f"{out}{joint}{part}"
    return out


def _without_ones(shape: Shape) -> Shape:
    return tuple(each for each in shape if each != 1)
