"""What goes into an ONNX model: which of its inputs are weights, and how large all others are."""

from __future__ import annotations

import re
from collections.abc import Mapping

from mncost.convert.onnx.file import OnnxModel
from mncost.convert.onnx.ops import WEIGHTS
from mncost.convert.tensors import Dims, text
from mncost.errors import Problem, SettingError, SpecError
from mncost.units import MOST

PAIR = ("QuantizeLinear", "DequantizeLinear")


class Inputs:
    """The sizes of what goes in, `live`, and of what is stored in place of it, for one image.

    `sizes` are those that are asked for, by name or by number (`#0`). Raises `SpecError` and
    `SettingError` for what has no size, or an impossible one.
    """

    def __init__(self, model: OnnxModel, path: str, sizes: Mapping[str, Dims]) -> None:
        self.path = path
        self.notes: list[str] = []
        weights = stored(model)
        names = [name for name in model.inputs if name not in weights]
        self.sizes = {
            (names[int(name[1:])] if _is_number(name, len(names)) else name): dims
            for name, dims in sizes.items()
        }
        if unknown := [name for name in self.sizes if name not in names]:
            hint = f"its inputs are {', '.join(names)}"
            raise SettingError(Problem(f'no input is called "{unknown[0]}"', hint).at(path))
        if not names:
            raise self._problem("a network without an input")
        self.stored = {
            name: self._fixed(name, dims) if (dims := model.inputs[name]) != () else ()
            for name in weights
        }
        self.live = {name: self._fixed(name, model.inputs[name]) for name in names}
        self.batch = self._batch(self.live[names[0]])

    def _batch(self, first: Dims) -> int:
        if self.sizes and len(first) > 1 and first[0] > 1:
            message = f"a batch of {first[0]}, and costs are of one image"
            raise self._problem(message, "give sizes for one: x=1x3x224x224, say")
        return first[0] if len(first) > 1 else 1

    def _fixed(self, name: str, dims: tuple[int | str, ...] | None) -> Dims:
        """The size of an input: as asked for, as stated, or with one image for a batch unknown."""
        if name in self.sizes:
            given = self.sizes[name]
            without_batch = dims is not None and len(given) == len(dims) - 1
            return (1, *given) if without_batch else given
        hint = f"add --input {name}=1x3x224x224, say"
        if dims is None:
            raise self._problem(f'the size of the input "{name}" is not stated', hint)
        if dims and isinstance(dims[0], str) and not any(isinstance(d, str) for d in dims[1:]):
            self.notes.append(f'Counted for one image; the batch of "{name}" is open ({dims[0]}).')
            dims = (1, *dims[1:])
        fixed = tuple(each for each in dims if isinstance(each, int))
        if len(fixed) < len(dims):
            raise self._problem(f'the input "{name}" has no fixed size: {text(dims)}', hint)
        if not fixed or min(fixed) < 1 or max(fixed) > MOST:
            raise self._problem(f'the input "{name}" has an impossible size: {text(fixed)}', hint)
        return fixed

    def _problem(self, message: str, hint: str = "") -> SpecError:
        return SpecError(Problem(message, hint).at(self.path))


def _is_number(name: str, count: int) -> bool:
    """Whether a size was given without a name: by the input's number."""
    return bool(re.fullmatch("#[0-9]{1,3}", name)) and int(name[1:]) < count


def stored(model: OnnxModel) -> set[str]:
    """Inputs that are only ever read as weights: exporters may list them so."""
    used: dict[str, set[bool]] = {}
    for node in reversed(model.nodes):  # readers of what comes out before what goes in
        for slot, name in enumerate(node.inputs):
            stored = slot in WEIGHTS.get(node.op, ())
            if node.op in PAIR and slot == 0:  # stored in other numbers, if at all
                stored = used.get(node.outputs[0]) == {True}
            used.setdefault(name, set()).add(stored)
    found = {name for name in model.inputs if used.get(name) == {True}}
    second = {
        name for node in model.nodes if node.op in ("MatMul", "Gemm") for name in node.inputs[1:2]
    }
    found -= {name for name in second if len(model.inputs.get(name) or ()) != 2}
    return found if len(found) < len(model.inputs) else set()
