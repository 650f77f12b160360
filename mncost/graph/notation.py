"""How the paper writes an operation: `Conv dw / s2`, `3×3×512 dw`, `Conv DW 3×3`."""

from __future__ import annotations

from mncost.formulas import Pair, elements
from mncost.graph import ops
from mncost.graph.ops import Shape


def times(*numbers: int) -> str:
    """Numbers with × between them."""
    return "×".join(str(number) for number in numbers)


def type_and_stride(op: ops.Op, kind: str) -> str:
    """The paper's Type / Stride column: `Conv dw / s2`."""
    return f"{_type(op, kind)} / {_stride(op)}"


def _type(op: ops.Op, kind: str) -> str:
    match op:
        case ops.Conv():
            return "Conv dw" if kind == "depthwise" else "Conv"
        case ops.Pool() | ops.AdaptivePool():
            return f"{op.function.capitalize()} Pool"
        case ops.Linear():
            return "FC"
        case ops.Opaque():
            return op.what
    return kind.capitalize()


def _stride(op: ops.Op) -> str:
    stride = op.stride if isinstance(op, ops.Conv | ops.Pool) else (1, 1)
    return f"s{stride[0]}" if stride[0] == stride[1] else f"s{times(*stride)}"


def filter_shape(op: ops.Op, kind: str, shape: Shape) -> str:
    """The paper's Filter Shape column: `3×3×512 dw`, `1×1×512×1024`, `Pool 7×7`."""
    match op:
        case ops.Conv() if kind == "depthwise" and op.out == shape[0]:
            return f"{times(*op.kernel, shape[0])} dw"
        case ops.Conv():
            deep = times(*op.kernel, shape[0] // op.groups, op.out)
            return deep if op.groups == 1 else f"{deep}, {op.groups} groups"
        case ops.Linear():
            return times(elements(shape), op.out)
        case ops.Pool():
            return f"Pool {times(*op.kernel)}"
        case ops.AdaptivePool():
            return f"Pool {times(*_read(op, shape))}"
        case ops.Softmax():
            return "Classifier"
    return ""


def window(op: ops.Op, shape: Shape) -> str:
    """Kernel and stride in short: `3×3 s2`; nothing for a layer without a window."""
    match op:
        case ops.Conv() | ops.Pool():
            return f"{times(*op.kernel)} {_stride(op)}"
        case ops.AdaptivePool():
            return f"{times(*_read(op, shape))} s1"
    return ""


def _read(op: ops.AdaptivePool, shape: Shape) -> Pair:
    """The window of an adaptive pool: what each output reads, at most."""
    return -(-shape[1] // op.size[0]), -(-shape[2] // op.size[1])


def layer_type(op: ops.Op, kind: str) -> str:
    """The paper's types of Table 2: `Conv 1×1`, `Conv DW 3×3`, `Conv 3×3`, `Fully Connected`."""
    match op:
        case ops.Conv():
            return f"Conv {'DW ' if kind == 'depthwise' else ''}{times(*op.kernel)}"
        case ops.Linear():
            return "Fully Connected"
    return _type(op, kind)
