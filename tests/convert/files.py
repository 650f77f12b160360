"""Small ONNX files, written node by node."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

import mncost
from mncost.graph import Graph

onnx = pytest.importorskip("onnx", reason="onnx is not installed")
np = pytest.importorskip("numpy", reason="numpy is not installed")

FLOAT, HALF, BRAIN, DOUBLE = 1, 10, 16, 11
UINT8, INT8, INT64 = 2, 3, 7


SETS = [
    onnx.helper.make_opsetid("", 21),
    onnx.helper.make_opsetid("com.microsoft", 1),
    onnx.helper.make_opsetid("own", 1),
]


def numbers(name: str, dims: Sequence[int], kind: int, value: float = 0.0) -> Any:
    """A stored tensor; bfloat16 and float16 with their bits as whole numbers, as files may."""
    array = np.full(dims, value, np.float32)
    if kind in (BRAIN, HALF):
        bits = array.view(np.uint32) >> 16 if kind == BRAIN else array.astype("<f2").view(np.uint16)
        return onnx.TensorProto(
            name=name, data_type=kind, dims=dims, int32_data=[int(b) for b in bits.reshape(-1)]
        )
    made = array.astype(onnx.helper.tensor_dtype_to_np_dtype(kind))
    return onnx.numpy_helper.from_array(made, name)


def saved(
    folder: Path,
    nodes: Sequence[Any],
    stored: Sequence[Any],
    *,
    taken: dict[str, tuple[int, list[int]]],
    given: dict[str, tuple[int, list[int]]],
    stated: dict[str, tuple[int, list[int]]] | None = None,
    functions: Sequence[Any] = (),
) -> Graph:
    """A file of these, read: types and sizes are those of what it takes, gives, and states."""
    values = [
        [onnx.helper.make_tensor_value_info(name, *each) for name, each in group.items()]
        for group in (taken, given, stated or {})
    ]
    made = onnx.helper.make_graph(
        nodes, "net", values[0], values[1], list(stored), value_info=values[2]
    )
    model = onnx.helper.make_model(made, opset_imports=SETS, ir_version=10, functions=functions)
    file = folder / "net.onnx"
    onnx.save(model, str(file))
    found = mncost.load(file)
    assert isinstance(found, Graph)
    return found


def packed(name: str, dims: Sequence[int], kind: int) -> tuple[list[Any], list[Any]]:
    """Weights in whole numbers, and the operator that unpacks them to floats; what is stored."""
    stored = [numbers(f"{name}_q", dims, kind), numbers("scale", [], FLOAT, 0.5)]
    return [node("DequantizeLinear", f"{name}_q scale", name)], stored


def node(op: str, inputs: str, output: str, **more: Any) -> Any:
    return onnx.helper.make_node(op, inputs.split(), [output], name=output, **more)
