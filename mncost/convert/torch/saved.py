"""What a PyTorch model stores, as plain records."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mncost.convert.tensors import Dims
from mncost.convert.torch.trace import Ref, TorchNode


@dataclass(frozen=True, slots=True)
class Saved:
    """A tensor that the model stores: its name, its size, and where its numbers are.

    Two of one `root` are the same numbers. A buffer is not trained.
    """

    name: str
    dims: Dims
    root: str
    bits: int
    trained: bool


@dataclass(frozen=True, slots=True)
class Run:
    """A model as it was run: what goes in, what it reads of what it stores, and its operations.

    `saved` is by the places of `nodes`; `everything` is all that it stores, by each of its names.
    """

    inputs: Sequence[tuple[int, Dims]]
    saved: Mapping[int, Saved]
    nodes: Sequence[TorchNode]
    outputs: Sequence[Ref]
    everything: Mapping[str, Saved]


def everything(model: Any) -> dict[str, Saved]:
    """Parameters and buffers by every name that they have."""
    parameters = model.named_parameters(remove_duplicate=False)
    buffers = model.named_buffers(remove_duplicate=False)
    return {
        **{name: saved(name, each, True) for name, each in parameters},
        **{name: saved(name, each, False) for name, each in buffers},
    }


def saved(name: str, tensor: Any, trained: bool) -> Saved:
    """The record of a tensor."""
    dims = tuple(map(int, tensor.shape))
    dense = str(tensor.layout) == "torch.strided"
    storage = tensor.untyped_storage()._cdata if dense else 0
    root = f"{storage or name}:{tensor.storage_offset() if storage else 0}:{tensor.numel()}"
    return Saved(name, dims, root, tensor.element_size() * 8, trained)
