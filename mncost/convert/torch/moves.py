"""PyTorch's operations that move numbers and compute none."""

from __future__ import annotations

from mncost.convert.tensors import Dims, Live, axis
from mncost.convert.torch.place import Place
from mncost.convert.torch.trace import Ref
from mncost.graph import Op, ops


def move(place: Place) -> None:
    """Another order or shape; nothing where both stay the same."""
    x = place.reads[0]
    if isinstance(x, Live) and x.dims == place.dims() and place.label in _KEEPING:
        place.same(x)
    else:
        place.move()


_KEEPING = (
    "reshape", "view", "flatten", "squeeze", "unsqueeze", "expand", "expand_as", "slice", "narrow",
    "reshape_as", "view_as", "unflatten", "contiguous", "broadcast_to", "_unsafe_view", "to",
)  # fmt: skip
"""What leaves numbers where they are when the size stays what it is."""


def cut(place: Place) -> None:
    """Some of the places along a side; of the channels, a slice."""
    x, dims = place.live("self"), place.dims()
    side = axis(int(place.given("dim") or 0), len(x.dims))
    start = int(place.given("start") or 0)
    if x.dims == dims:
        place.same(x)
        return
    step = place.given("step") or 1
    begin = range(x.dims[side])[slice(start, None)].start
    _part(place, x, side, begin, dims, 0, step == 1)


def parted(place: Place) -> None:
    """All places along a side, in parts, one after the other: chunk, split."""
    x = place.lives[0]
    side = axis(int(place.given("dim") or 0), len(x.dims))
    start = 0
    for slot, dims in enumerate(place.node.outputs):
        if dims is not None:
            _part(place, x, side, start, dims, slot, True)
            start += dims[side]


def _part(place: Place, x: Live, side: int, start: int, dims: Dims, slot: int, row: bool) -> None:
    channels = row and side == 1 and len(x.dims) > 1 and x.dims[0] == 1
    shape = place.writer.shape(dims)
    op: Op = ops.Slice(start, start + dims[side]) if channels else ops.Move(place.label, shape)
    position = place.write(op, [place.at(x)])
    place.importer.tensors[Ref(place.node.index, slot)] = Live(dims, position)


def unbound(place: Place) -> None:
    """Every place along a side, each for itself."""
    x = place.lives[0]
    for slot, dims in enumerate(place.node.outputs):
        if dims is not None:
            op = ops.Move(place.label, place.writer.shape(dims))
            position = place.write(op, [place.at(x)])
            place.importer.tensors[Ref(place.node.index, slot)] = Live(dims, position)


def joined(place: Place) -> None:
    """Maps stacked; along their channels, a concatenation."""
    side = axis(int(place.given("dim") or 0), len(place.dims()))
    lives = place.lives
    maps = all(each.dims[0] == 1 and len(each.dims) > 1 for each in lives)
    if side == 1 and maps and len(lives) == len(place.reads) > 1:
        place.put(ops.Concat())
    else:
        place.move()


def padded(place: Place) -> None:
    """Noughts around a map; other values, and other sides, are moves."""
    x, dims = place.lives[0], place.dims()
    around = [int(each) for each in place.given("pad")]
    around += [0] * (4 - len(around))
    plain = len(dims) == 4 and dims[0] == 1 and not any(around[4:]) and min(around) >= 0
    if x.dims == dims and not any(around):
        place.same(x)
    elif plain and place.given("mode") in (None, "constant"):
        left, right, top, bottom = around[:4]
        place.put(ops.Pad((top, bottom, left, right)), x)
    else:
        place.move()


def shuffled(place: Place) -> None:
    """Channels dealt out over groups."""
    place.put(ops.Shuffle(int(place.given("groups"))), place.lives[0])


def written_over(place: Place) -> None:
    """What is copied over a tensor: then that is what it holds."""
    ref = list(place.node.read)[-1]
    source = place.importer.tensors.get(ref)
    if not isinstance(source, Live) or source.dims != place.dims():
        place.move()
    elif place.casts(ref):
        place.cast(source)
    else:
        place.same(source)


def looked_up(place: Place) -> None:
    """Places picked by number: from a map, moved; from a stored table, an embedding."""
    table = place.reads[0]
    if isinstance(table, Live):
        place.move()
    else:
        place.put(ops.Arithmetic("embedding", place.shape, place.fresh(*place.stored)))
