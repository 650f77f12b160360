"""Each operation of a graph as ONNX operators, and why some cannot be written."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mncost.convert import windows
from mncost.convert.onnx.file import ADAPTIVE, PLAIN
from mncost.convert.onnx.weights import EPSILON, folded
from mncost.formulas import Pair
from mncost.graph import Node, Shape, ops
from mncost.graph.ops import Sides

if TYPE_CHECKING:
    from mncost.convert.onnx.write import Draft

ACTS = {
    "relu": "Relu", "sigmoid": "Sigmoid", "tanh": "Tanh", "hardswish": "HardSwish",
    "hardsigmoid": "HardSigmoid", "gelu": "Gelu", "relu6": "Clip", "swish": "Mul",
    "leakyrelu": "LeakyRelu", "elu": "Elu", "selu": "Selu", "celu": "Celu",
    "softplus": "Softplus", "softsign": "Softsign", "none": "Identity",
}  # fmt: skip
"""The activations that can be written, with the operator that ends each."""


def refusal(node: Node) -> str:
    """Why an operation cannot be written; empty where it can."""
    if node.shared:
        return "reads the weights of another layer, and which one is not known"
    match node.op:
        case ops.Custom():
            return "states what it costs, not what it computes"
        case ops.Opaque() as op:
            return f"is an operation that is not known here, {op.what}"
        case ops.Act() as op if op.function not in ACTS:
            return f"has an activation that is not known here, {op.function}"
        case ops.LocalNorm() if len(node.inputs[0]) != 3:
            return "normalises over channels, and its input is no map"
        case ops.LocalNorm() as op if op.size % 2 == 0:
            return f"normalises over {op.size} channels, and ONNX Runtime does over odd numbers"
        case ops.AdaptivePool() as op if _uneven(node, op):
            tall, wide = op.size
            _, height, width = node.inputs[0]
            return f"pools {height}×{width} to {tall}×{wide}, which windows of one size cannot"
        case ops.Pool() as op if any(side >= min(op.kernel) for side in op.padding):
            return "has padding as large as its window"
        case ops.Move() as op if not _is_written(op, node.inputs[0]):
            return f"moves numbers in a way that the graph does not tell, {op.function}"
        case ops.Arithmetic() | ops.Reduce() | ops.Norm() as op:
            return f"computes what the graph counts and does not tell, {op.function}"
        case ops.MatMul():
            return "multiplies matrices, and the graph does not tell which way they lie"
    return ""


def _is_written(op: ops.Move, read: Shape) -> bool:
    """What keeps the order of its numbers; a cast writes the same floats."""
    return op.function in ops.RESHAPING or ops.is_cast(op, read)


def _uneven(node: Node, op: ops.AdaptivePool) -> bool:
    return any(side % places for side, places in zip(node.inputs[0][1:], op.size, strict=True))


@dataclass(frozen=True, slots=True)
class Site:
    """Where an operation is written: in which draft, reading what, and putting out what."""

    draft: Draft
    node: Node
    at: int
    inputs: tuple[str, ...]
    output: str

    @property
    def scope(self) -> str:
        return self.draft.scopes[self.at]

    def end(self, operator: str, *inputs: str, doc: str = "", **attributes: Any) -> None:
        """The operator whose output is the operation's."""
        name = f"/{self.scope}/{operator}"
        self.draft.operator(operator, inputs or self.inputs, self.output, name, doc, attributes)

    def step(self, part: str, operator: str, *inputs: str, **attributes: Any) -> str:
        """An operator on the way there; its output."""
        output = self.draft.fresh(f"{self.scope}/{part}")
        name = f"/{output}/{operator}"
        self.draft.operator(operator, inputs, output, name, "", attributes)
        return output


def write(site: Site) -> None:
    """Writes an operation that is not refused."""
    match site.node.op:
        case ops.Conv() | ops.ConvTranspose() | ops.Linear() | ops.BatchNorm() | ops.LocalNorm():
            _weighted(site)
        case ops.Act() as op:
            _act(site, op)
        case ops.Pool() as op:
            _pool(site, op)
        case ops.AdaptivePool() as op:
            _adaptive(site, op)
        case ops.Softmax():
            site.end("Softmax", axis=1)
        case ops.Add():
            site.end("Add" if len(site.inputs) == 2 else "Sum")
        case ops.Mul():
            _product(site)
        case ops.Dropout():
            site.end("Dropout")
        case _:
            _moved(site)


# -- what has weights


def _weighted(site: Site) -> None:
    match site.node.op:
        case ops.Conv() as op:
            _conv(site, op)
        case ops.ConvTranspose() as op:
            _transposed(site, op)
        case ops.Linear() as op:
            _linear(site, op)
        case ops.BatchNorm() as op:
            norm = site.draft.stock.norm(site.at, site.node.inputs[0][0])
            named = zip(("scale", "shift", "mean", "variance"), norm, strict=True)
            stored = [site.draft.store(f"{site.scope}/{what}", each) for what, each in named]
            doc = "" if op.affine else PLAIN
            site.end("BatchNormalization", site.inputs[0], *stored, doc=doc, epsilon=EPSILON)
        case ops.LocalNorm() as op:
            site.end("LRN", size=op.size)


def _conv(site: Site, op: ops.Conv) -> None:
    deep = site.node.inputs[0][0] // op.groups
    stored = _kernel(site, (op.out, deep, *op.kernel), deep * math.prod(op.kernel), op.bias)
    site.end("Conv", site.inputs[0], *stored, **_window(op.kernel, op.stride, op.padding),
             dilations=op.dilation, group=op.groups)  # fmt: skip


def _transposed(site: Site, op: ops.ConvTranspose) -> None:
    channels = site.node.inputs[0][0]
    shape = (channels, op.out // op.groups, *op.kernel)
    read = channels // op.groups * math.prod(op.kernel)
    stored = [_weight(site, shape, read)]
    if op.bias:
        stored.append(_bias(site, op.out))
    site.end("ConvTranspose", site.inputs[0], *stored,
             **_window(op.kernel, op.stride, op.padding), dilations=op.dilation, group=op.groups,
             output_padding=op.extra)  # fmt: skip


def _linear(site: Site, op: ops.Linear) -> None:
    shape, (x, *_) = site.node.inputs[0], site.inputs
    if op.each and len(shape) > 1:
        _linear_each(site, op)
        return
    if len(shape) > 1:
        x = site.step("flatten", "Flatten", x, axis=1)
    read = math.prod(shape)
    site.end("Gemm", x, *_kernel(site, (op.out, read), read, op.bias), transB=1)


def _linear_each(site: Site, op: ops.Linear) -> None:
    """Over the last side alone: a product with the matrix, and its bias added."""
    read, scope = site.node.inputs[0][-1], site.scope
    stored = _weight(site, (read, op.out), read)
    if not op.bias:
        site.end("MatMul", site.inputs[0], stored)
        return
    bias = _bias(site, op.out)
    product = site.draft.fresh(f"{scope}/product")
    site.draft.operator("MatMul", (site.inputs[0], stored), product, f"/{scope}/MatMul", "", {})
    site.draft.operator("Add", (product, bias), site.output, f"/{scope}/bias/Add", "", {})


def _kernel(site: Site, shape: tuple[int, ...], read: int, biased: bool) -> list[str]:
    """Weights and bias as stored, outputs first, with the norm that is folded into them."""
    draft, at, scope = site.draft, site.at, site.scope
    if at not in draft.folds:
        stored = _weight(site, shape, read)
        return [stored, _bias(site, shape[0])] if biased else [stored]
    weight = draft.stock.kernel(at, shape, read, at in draft.acted)
    bias = draft.stock.bias(at, shape[0]) if biased else None
    both = folded(weight, bias, draft.stock.norm(draft.folds[at], shape[0]))
    named = zip(("weight", "bias"), both, strict=True)
    return [draft.store(f"{scope}/{what}", values) for what, values in named]


def _weight(site: Site, shape: tuple[int, ...], read: int) -> str:
    weight = site.draft.stock.kernel(site.at, shape, read, site.at in site.draft.acted)
    return site.draft.store(f"{site.scope}/weight", weight)


def _bias(site: Site, count: int) -> str:
    return site.draft.store(f"{site.scope}/bias", site.draft.stock.bias(site.at, count))


def _window(kernel: Pair, stride: Pair, padding: Sides) -> dict[str, Any]:
    top, bottom, left, right = padding
    return {"kernel_shape": kernel, "strides": stride, "pads": (top, left, bottom, right)}


# -- what has none


def _act(site: Site, op: ops.Act) -> None:
    operator, (x, *_) = ACTS[op.function], site.inputs
    match op.function:
        case "relu6":
            site.end(operator, x, site.draft.number(0.0), site.draft.number(6.0))
        case "swish":
            site.end(operator, x, site.step("gate", "Sigmoid", x))
        case "hardsigmoid":
            site.end(operator, alpha=1 / 6, beta=0.5)
        case _:
            site.end(operator)


def _pool(site: Site, op: ops.Pool) -> None:
    """A pool with a window. What hangs over the end is never counted into an average.

    Where a last window would begin in the padding, and is left out, runtimes have differed on the
    size: there, `ceil_mode` is spelt out as padding.
    """
    padding, ceil = op.padding, op.ceil
    if ceil and any(windows.leaves_out(side) for side in windows.sides(site.node, op)):
        padding, ceil = windows.spelt_out(site.node, op), False
    operator = "AveragePool" if op.function == "avg" else "MaxPool"
    site.end(operator, **_window(op.kernel, op.stride, padding), ceil_mode=int(ceil))


def _adaptive(site: Site, op: ops.AdaptivePool) -> None:
    average = op.function == "avg"
    if op.size == (1, 1):
        site.end("GlobalAveragePool" if average else "GlobalMaxPool")
        return
    _, height, width = site.node.inputs[0]
    window = (height // op.size[0], width // op.size[1])
    operator = "AveragePool" if average else "MaxPool"
    site.end(operator, doc=ADAPTIVE, **_window(window, window, (0, 0, 0, 0)))


def _product(site: Site) -> None:
    first, *rest, last = site.inputs
    for number, each in enumerate(rest):
        first = site.step(f"product{number + 1}", "Mul", first, each)
    site.end("Mul", first, last)


def _moved(site: Site) -> None:
    draft, (x, *_) = site.draft, site.inputs
    match site.node.op:
        case ops.Concat():
            site.end("Concat", axis=1)
        case ops.Slice() as op:
            site.end("Slice", x, *(draft.whole((n,)) for n in (op.start, op.stop, 1)))
        case ops.Shuffle() as op:
            _shuffle(site, op)
        case ops.Pad() as op:
            top, bottom, left, right = op.padding
            site.end("Pad", x, draft.whole((0, 0, top, left, 0, 0, bottom, right)))
        case ops.Resize():
            sizes = draft.whole((1, *site.node.output))
            site.end("Resize", x, "", "", sizes, mode="nearest", nearest_mode="floor",
                     coordinate_transformation_mode="asymmetric")  # fmt: skip
        case ops.Move() as op if ops.is_cast(op, site.node.inputs[0]):
            site.end("Identity")
        case ops.Move() as op:
            site.end("Reshape", x, draft.whole((1, *op.output)))
        case _:
            raise AssertionError(f"refused, or written elsewhere: {site.node.op}")


def _shuffle(site: Site, op: ops.Shuffle) -> None:
    """Channels in rows, one for each group, read column by column."""
    channels, *sides = site.node.inputs[0]
    rows = site.draft.whole((0, op.groups, channels // op.groups, *sides))
    order = (0, 2, 1, *range(3, 3 + len(sides)))
    dealt = site.step("rows", "Reshape", site.inputs[0], rows)
    turned = site.step("columns", "Transpose", dealt, perm=order)
    site.end("Reshape", turned, site.draft.whole((0, channels, *sides)))
