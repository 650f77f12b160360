"""What an exporter leaves of its shape arithmetic, done before the network runs, on few numbers."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

from mncost.convert.onnx.datatypes import Value
from mncost.convert.onnx.file import MOST_VALUES, Constant, OnnxNode
from mncost.convert.tensors import Dims, axis, broadcast, cut, reshaped, squeezed, unsqueezed

Numbers = list[Constant | None]


def constant(node: OnnxNode) -> Constant:
    """The value of a Constant node, in any of its forms."""
    given = node.attributes
    if isinstance(value := given.get("value"), Constant):
        return Constant(value.dims, value.value, value.root or node.outputs[0], value.bits)
    for key, bits in (("value_int", 64), ("value_float", 32)):
        if key in given:
            return Constant((), (given[key],), "", bits)
    for key, bits in (("value_ints", 64), ("value_floats", 32)):
        if key in given:
            return Constant((len(given[key]),), tuple(given[key]), "", bits)
    return Constant((), None)


def folded(node: OnnxNode, inputs: Numbers) -> Constant | None:
    """The output of a node whose inputs are all known; None where this does not know how."""
    fold = _FOLDS.get(node.op)
    if fold is None or any(each is not None and each.value is None for each in inputs):
        return None
    try:
        result = fold(node, inputs)
        values = result.value or ()
        if len(values) > MOST_VALUES or any(abs(each) >= 2**63 for each in values):
            return None
        return result
    except (ArithmeticError, IndexError, TypeError, ValueError, AttributeError):
        return None


def stored_size(node: OnnxNode, inputs: Numbers) -> Dims:
    """The size of stored numbers that are laid out anew before the network runs."""
    first = inputs[0]
    if first is None:
        raise ValueError("nothing")
    dims, given = first.dims, node.attributes
    match node.op:
        case "Transpose":
            order = given.get("perm") or tuple(reversed(range(len(dims))))
            return tuple(dims[side] for side in order)
        case "Reshape":
            return reshaped(dims, _whole(inputs[1]), bool(given.get("allowzero", 0)))
        case "Expand":
            return broadcast(dims, _whole(inputs[1]))
        case "Flatten":
            at = int(given.get("axis", 1))
            return (math.prod(dims[:at]), math.prod(dims[at:]))
        case "Unsqueeze" | "Squeeze":
            axes = given["axes"] if "axes" in given else _whole(_second(inputs))
            return unsqueezed(dims, axes) if node.op == "Unsqueeze" else squeezed(dims, axes)
        case "Gather":
            at = axis(int(given.get("axis", 0)), len(dims))
            index = inputs[1]
            return (*dims[:at], *(index.dims if index else ()), *dims[at + 1 :])
        case "Concat":
            at = axis(int(given["axis"]), len(dims))
            along = sum(each.dims[at] for each in inputs if each is not None)
            return (*dims[:at], along, *dims[at + 1 :])
        case "Slice":
            return _cut(node, inputs, dims)
        case "Add" | "Sub" | "Mul" | "Div" | "Pow" | "Where":
            return broadcast(*(each.dims for each in inputs if each is not None))
    return dims


def _cut(node: OnnxNode, inputs: Numbers, dims: Dims) -> Dims:
    """The size of a slice of stored numbers."""
    out = list(dims)
    for start, end, side, step in _cuts(node, inputs, dims):
        at = axis(side, len(dims))
        out[at] = cut(dims[at], start, end, step)
    return tuple(out)


def _cuts(node: OnnxNode, inputs: Numbers, dims: Dims) -> list[tuple[int, int, int, int]]:
    """(start, end, side, step) of each side that a slice cuts."""
    given = node.attributes
    starts = given["starts"] if "starts" in given else _whole(inputs[1])
    ends = given["ends"] if "ends" in given else _whole(inputs[2])
    stated = given.get("axes") or (_whole(inputs[3]) if len(inputs) > 3 else ())
    steps = _whole(inputs[4]) if len(inputs) > 4 else ()
    sides = stated or tuple(range(len(starts)))
    return list(zip(starts, ends, sides, steps or (1,) * len(starts), strict=True))


def _second(inputs: Numbers) -> Constant | None:
    return inputs[1] if len(inputs) > 1 else None


def _whole(constant: Constant | None) -> tuple[int, ...]:
    return tuple(int(each) for each in _value(constant)) if constant is not None else ()


def vector(values: Sequence[Any]) -> Constant:
    """Numbers in a row."""
    if len(values) > MOST_VALUES:
        raise ValueError("too many numbers")
    return Constant((len(values),), tuple(values))


def _value(constant: Constant | None) -> Value:
    if constant is None or constant.value is None:
        raise ValueError("unknown")
    return constant.value


def _like(constant: Constant | None, values: Sequence[Any]) -> Constant:
    """Numbers of the same size as before."""
    if constant is None or math.prod(constant.dims) != len(values):
        raise ValueError("another number of numbers")
    return Constant(constant.dims, tuple(values))


def _binary(function: Callable[[Any, Any], Any]) -> Callable[[OnnxNode, Numbers], Constant]:
    """Between tensors of one size, or with a single number; others are only sized."""

    def fold(node: OnnxNode, inputs: Numbers) -> Constant:
        left, right = (_value(each) for each in inputs)
        longer = inputs[0] if len(left) >= len(right) else inputs[1]
        if len(left) == 1:
            left = left * len(right)
        if len(right) == 1:
            right = right * len(left)
        dims = {each.dims for each in inputs if each and math.prod(each.dims) > 1}
        if len(dims) > 1:
            raise ValueError("sizes that are spread")
        return _like(longer, [function(a, b) for a, b in zip(left, right, strict=True)])

    return fold


def _unary(function: Callable[[Any], Any]) -> Callable[[OnnxNode, Numbers], Constant]:
    def fold(node: OnnxNode, inputs: Numbers) -> Constant:
        return _like(inputs[0], [function(each) for each in _value(inputs[0])])

    return fold


def _divided(a: Any, b: Any) -> Any:
    whole = isinstance(a, int) and isinstance(b, int)
    return int(a / b) if whole and abs(a) < 2**50 else a // b if whole else a / b


def _taken(values: Value, dims: Dims, at: int, places: Sequence[int]) -> Value:
    """The numbers at some places along one side."""
    inner, side = math.prod(dims[at + 1 :]), dims[at]
    if math.prod(dims[:at]) * len(places) * inner > MOST_VALUES:
        raise ValueError("too many numbers")
    return tuple(
        values[(outer * side + place) * inner + within]
        for outer in range(math.prod(dims[:at]))
        for place in places
        for within in range(inner)
    )


def _gather(node: OnnxNode, inputs: Numbers) -> Constant:
    data, index = inputs
    if data is None or index is None:
        raise ValueError("nothing")
    at = axis(int(node.attributes.get("axis", 0)), len(data.dims))
    places = [int(each) % data.dims[at] for each in _value(index)]
    return Constant(stored_size(node, inputs), _taken(_value(data), data.dims, at, places))


def _slice(node: OnnxNode, inputs: Numbers) -> Constant:
    data = inputs[0]
    if data is None:
        raise ValueError("nothing")
    values, dims = _value(data), data.dims
    for start, end, side, step in _cuts(node, inputs, dims):
        at = axis(side, len(dims))
        places = range(dims[at])[slice(start, end, step)]
        values = _taken(values, dims, at, places)
        dims = (*dims[:at], len(places), *dims[at + 1 :])
    return Constant(dims, values)


def _transposed(node: OnnxNode, inputs: Numbers) -> Constant:
    data = inputs[0]
    if data is None or len(data.dims) != 2:
        raise ValueError("not two sides")
    values, (rows, columns) = _value(data), data.dims
    turned = tuple(values[row * columns + at] for at in range(columns) for row in range(rows))
    return Constant((columns, rows), turned)


def _concat(node: OnnxNode, inputs: Numbers) -> Constant:
    if any(each is None or len(each.dims) != 1 for each in inputs):
        raise ValueError("more than one side")
    if sum(len(_value(each)) for each in inputs) > MOST_VALUES:
        raise ValueError("too many numbers")
    return vector([value for each in inputs for value in _value(each)])


def _laid_out(node: OnnxNode, inputs: Numbers) -> Constant:
    """The same numbers in the same order, with other sides."""
    return Constant(stored_size(node, inputs), _value(inputs[0]))


def _cast(node: OnnxNode, inputs: Numbers) -> Constant:
    whole = node.attributes.get("to") in (2, 3, 4, 5, 6, 7, 9, 12, 13)
    return _like(inputs[0], [int(v) if whole else float(v) for v in _value(inputs[0])])


def _range(node: OnnxNode, inputs: Numbers) -> Constant:
    start, stop, step = (int(_value(each)[0]) for each in inputs)
    if step == 0 or (stop - start) / step > MOST_VALUES:
        raise ValueError("too many numbers")
    return vector(tuple(range(start, stop, step)))


def _filled(node: OnnxNode, inputs: Numbers) -> Constant:
    dims = tuple(int(each) for each in _value(inputs[0]))
    count = math.prod(dims)
    tensor = node.attributes.get("value")
    bits = tensor.bits if isinstance(tensor, Constant) else 32
    fill = tensor.value[0] if isinstance(tensor, Constant) and tensor.value else 0
    small = 0 <= count <= 64
    return Constant(dims, (fill,) * count if small else None, node.outputs[0], bits)


def _where(node: OnnxNode, inputs: Numbers) -> Constant:
    if any(each is None or len(each.dims) > 1 for each in inputs):
        raise ValueError("more than one side")
    condition, yes, no = (_value(each) for each in inputs)
    count = max(len(condition), len(yes), len(no))
    if count > MOST_VALUES:
        raise ValueError("too many numbers")
    columns = [each * count if len(each) == 1 else each for each in (condition, yes, no)]
    return vector([a if c else b for c, a, b in zip(*columns, strict=True)])


def _product(node: OnnxNode, inputs: Numbers) -> Constant:
    values = _value(inputs[0])
    kept = node.attributes.get("keepdims", 1)
    return Constant((1,) if kept else (), (math.prod(values),))


_FOLDS: dict[str, Callable[[OnnxNode, Numbers], Constant]] = {
    "Add": _binary(lambda a, b: a + b),
    "Sub": _binary(lambda a, b: a - b),
    "Mul": _binary(lambda a, b: a * b),
    "Div": _binary(_divided),
    "Mod": _binary(lambda a, b: a % b),
    "Min": _binary(min),
    "Max": _binary(max),
    "Equal": _binary(lambda a, b: a == b),
    "Less": _binary(lambda a, b: a < b),
    "Greater": _binary(lambda a, b: a > b),
    "And": _binary(lambda a, b: bool(a and b)),
    "Floor": _unary(math.floor),
    "Ceil": _unary(math.ceil),
    "Neg": _unary(lambda a: -a),
    "Not": _unary(lambda a: not a),
    "Sqrt": _unary(math.sqrt),
    "Identity": _unary(lambda a: a),
    "Gather": _gather,
    "Slice": _slice,
    "Transpose": _transposed,
    "Concat": _concat,
    "Squeeze": _laid_out,
    "Unsqueeze": _laid_out,
    "Reshape": _laid_out,
    "Flatten": _laid_out,
    "Cast": _cast,
    "Range": _range,
    "ConstantOfShape": _filled,
    "Where": _where,
    "ReduceProd": _product,
}
"""What can be done beforehand, by operator."""
