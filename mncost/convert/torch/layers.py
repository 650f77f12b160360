"""PyTorch's convolutions, norms, activations and pools. https://docs.pytorch.org/docs/stable/nn.html"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Literal

from mncost import formulas
from mncost.convert.tensors import Clash, Dims, axis, text
from mncost.convert.torch.place import Place, Stored, Tensor
from mncost.formulas import Pair
from mncost.graph import Op, Shape, ops
from mncost.graph.ops import Sides

Handler = Callable[[Place], None]

# -- maps


def _sides(values: Sequence[int]) -> Pair:
    """Two sides, one of them 1 where the map is a row."""
    tall, wide = values if len(values) == 2 else (1, values[0])
    return int(tall), int(wide)


def _padding(values: Sequence[int]) -> Sides:
    tall, wide = values if len(values) == 2 else (0, values[0])
    return tall, tall, wide, wide


def _map(dims: Dims, sides: int) -> tuple[int, Shape]:
    """How many images, and the map of one; that of a row has a height of 1."""
    if len(dims) not in (sides + 1, sides + 2):
        raise Clash(f"an input of {text(dims)}, where a map of {sides} sides is expected")
    images, inner = (1, dims) if len(dims) == sides + 1 else (dims[0], dims[1:])
    return images, (inner[0], 1, inner[1]) if sides == 1 else inner


# -- convolutions


def convolution(place: Place) -> None:
    """conv1d, conv2d, their transposes, and the one function behind them all."""
    weight, bias = place.needed("weight"), place.tensor("bias")
    sides = len(weight.dims) - 2
    transposed = "transpose" in place.label or bool(place.given("transposed"))
    x, kept = place.needed("input"), [weight, bias]
    groups = int(place.given("groups"))
    if len(x.dims) not in (sides + 1, sides + 2):
        raise Clash(f"an input of {text(x.dims)}, where a map of {sides} sides is expected")
    deep = weight.dims[0] if transposed else weight.dims[1] * groups
    if x.dims[-sides - 1] != deep:
        raise Clash(f"{x.dims[-sides - 1]} channels come in, and its weights are for {deep}")
    images = x.dims[0] if len(x.dims) == sides + 2 else 1
    if sides not in (1, 2) or images != 1 or isinstance(x, Stored):
        place.put(ops.Custom(_macs(place, x, weight, transposed), place.fresh(*kept), place.shape))
        return
    op = (_transposed if transposed else _straight)(place, weight, bias is not None, sides)
    own = sum(math.prod(each.dims) for each in kept if each is not None)
    position = place.write(op, [place.shaped(x.at, _map(x.dims, sides)[1])], stored=kept, own=own)
    place.result(position)


def _macs(place: Place, x: Tensor, weight: Tensor, transposed: bool) -> int:
    """Of a convolution over three sides, of several maps for one image, or of what is stored.

    The formula multiplies the sides of kernel and map, however many there are.
    """
    groups, sides = int(place.given("groups")), len(weight.dims) - 2
    kernel = (math.prod(weight.dims[2:-1]), weight.dims[-1])
    if transposed:
        fmap = (math.prod(x.dims) // x.dims[-sides - 1], 1)
        return formulas.transposed(kernel, weight.dims[0], weight.dims[1] * groups, fmap, groups)
    fmap = (math.prod(place.dims()) // weight.dims[0], 1)
    return formulas.convolution(kernel, weight.dims[1] * groups, weight.dims[0], fmap, groups)


def _straight(place: Place, weight: Tensor, bias: bool, sides: int) -> ops.Conv:
    kernel = weight.dims[2:]
    dilation = place.whole("dilation", sides)
    padding = place.given("padding")
    if padding == "same":
        total = [each * (side - 1) for each, side in zip(dilation, kernel, strict=True)]
        tall, wide = [0, *total][-2:]
        around = (tall // 2, tall - tall // 2, wide // 2, wide - wide // 2)
    else:
        around = _padding((0, 0) if padding == "valid" else place.whole("padding", sides))
    stride = _sides(place.whole("stride", sides))
    groups = int(place.given("groups"))
    return ops.Conv(weight.dims[0], _sides(kernel), stride, around, _sides(dilation), groups, bias)


def _transposed(place: Place, weight: Tensor, bias: bool, sides: int) -> ops.ConvTranspose:
    groups = int(place.given("groups"))
    extra = place.whole("output_padding", sides)
    return ops.ConvTranspose(
        weight.dims[1] * groups,
        _sides(weight.dims[2:]),
        _sides(place.whole("stride", sides)),
        _padding(place.whole("padding", sides)),
        (extra[0], extra[1]) if sides == 2 else (0, extra[0]),
        _sides(place.whole("dilation", sides)),
        groups,
        bias,
    )


# -- norms and activations


def batch_norm(place: Place) -> None:
    """A norm by running statistics; without any, one by the image's own."""
    x, weight = place.live("input"), place.tensor("weight")
    running = [place.tensor("running_mean"), place.tensor("running_var")]
    kept = [weight, place.tensor("bias"), *running]
    if running[0] is None or len(x.dims) < 2:
        place.put(ops.Norm("batch", place.fresh(*kept)), x, behind="norm")
        return
    channels = x.dims[1]
    op, own = ops.BatchNorm(weight is not None), 2 * channels if weight is not None else 0
    if place.writer.shape(x.dims)[0] == channels:
        place.put(op, x, stored=kept, own=own, behind="norm")
        return
    count = math.prod(x.dims) // channels  # the channels are not in front: there and back
    there = ops.Move("transpose", (channels, count))
    first = place.write(there, [place.at(x)], label="transpose")
    position = place.write(op, [first], stored=kept, own=own)
    back = ops.Move("transpose", place.shape)
    place.result(place.write(back, [position], label="transpose"))


def norm(function: str) -> Handler:
    """Another norm, with a scale and a shift or without."""

    def handle(place: Place) -> None:
        kept = place.fresh(place.tensor("weight"), place.tensor("bias"))
        place.put(ops.Norm(function, kept), place.live("input"))

    return handle


def act(function: str) -> Handler:
    """An activation, element by element."""

    def handle(place: Place) -> None:
        place.put(ops.Act(function), place.lives[0], behind="act")

    return handle


def clamp(place: Place) -> None:
    """Cut off below and above: ReLU and ReLU6 are."""
    names = ("min_val", "max_val") if place.label == "hardtanh" else ("min", "max")
    low, high = (place.given(name) for name in names)
    if len(place.reads) > 1:
        arithmetic(place)
        return
    function = "relu6" if (low, high) == (0, 6) else "relu" if low == 0 and high is None else "clip"
    place.put(ops.Act(function), behind="act")


def prelu(place: Place) -> None:
    place.put(ops.Arithmetic("prelu", place.shape, place.fresh(place.tensor("weight"))))


def softmax(place: Place) -> None:
    place.put(ops.Softmax(), place.lives[0])


def dropout(place: Place) -> None:
    place.put(ops.Dropout(), place.lives[0])


# -- pools and reductions


def pool(function: Literal["avg", "max"], sides: int) -> Handler:
    """Pooling with a window."""

    def handle(place: Place) -> None:
        x = place.lives[0]
        images, shape = _map(x.dims, sides)
        if images != 1:
            reduce(place)
            return
        kernel = place.whole("kernel_size", sides)
        stride = place.whole("stride", sides) if place.given("stride") else kernel
        dilation = place.whole("dilation", sides) if place.given("dilation") else (1,) * sides
        grown = [(k - 1) * d + 1 for k, d in zip(kernel, dilation, strict=True)]
        around = _padding(place.whole("padding", sides))
        ceil = bool(place.given("ceil_mode"))
        op = ops.Pool(function, _sides(grown), _sides(stride), around, ceil)
        place.result(place.write(op, [place.shaped(x.at, shape)]))

    return handle


def adaptive_pool(function: Literal["avg", "max"], sides: int) -> Handler:
    """Pooling to a map of a size that is stated."""

    def handle(place: Place) -> None:
        x = place.lives[0]
        images, shape = _map(x.dims, sides)
        if images != 1:
            reduce(place)
            return
        op = ops.AdaptivePool(function, _sides(place.dims()[-sides:]))
        place.result(place.write(op, [place.shaped(x.at, shape)]))

    return handle


def mean(place: Place) -> None:
    """A mean over a whole map is a global pool, written as a method."""
    x, given = place.lives[0], place.given("dim")
    rank = len(x.dims)
    over = {axis(int(each), rank) for each in given} if isinstance(given, list) else set()
    if rank == 4 and x.dims[0] == 1 and over == {2, 3}:
        place.put(ops.AdaptivePool("avg"), x, written="method")
    else:
        reduce(place)


def reduce(place: Place) -> None:
    """Many elements made one."""
    stored = place.stored
    place.put(ops.Reduce(place.label, place.shape), place.lives[0], stored=stored)


def resize(place: Place) -> None:
    """A map at another size."""
    x, dims = place.lives[0], place.dims()
    if len(dims) == 4 and dims[0] == 1:
        place.put(ops.Resize((dims[2], dims[3])), x)
    else:
        place.put(ops.Arithmetic("resize", place.shape), x)


# -- element by element, and what there is no formula for


def arithmetic(place: Place) -> None:
    """A computation element by element, with what it stores."""
    place.put(ops.Arithmetic(place.label, place.shape, place.fresh(*place.stored)))


def added(place: Place) -> None:
    _between(place, ops.Add())


def multiplied(place: Place) -> None:
    _between(place, ops.Mul())


def _between(place: Place, op: Op) -> None:
    """A sum or product of maps; of other things, arithmetic."""
    lives = place.lives
    shapes = {place.writer.shape(each.dims) for each in lives}
    largest = max(shapes, key=math.prod)
    spread = all(s in (largest, (largest[0], *[1] * (len(largest) - 1))) for s in shapes)
    if len(lives) == len(place.reads) > 1 and spread and place.shape == largest:
        place.put(op)
    else:
        arithmetic(place)


def opaque(place: Place) -> None:
    """It computes, and there is no formula for it: named, never nought."""
    name = f"{place.node.space}.{place.label}".removeprefix("aten.")
    place.put(ops.Opaque(name, place.shape), stored=place.stored)
