"""Tensors of any size that hold one number: what a model's weights are while it is built here.

A hollow tensor is an ordinary one whose strides are all 0. Writing to it does nothing, what is
computed from it is hollow, and its numbers cannot be read: there are none.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

SMALL = 1024
"""Tensors of no more numbers are real: code that builds a model may read them."""


class NoNumbers(RuntimeError):
    """Code asks for the numbers in a tensor that has none."""

    def __init__(self, function: Any) -> None:
        super().__init__(f"{function} reads the numbers of weights, and here they have none")


@contextlib.contextmanager
def without_weights() -> Iterator[None]:
    """While tensors that are made are hollow, if they are large."""
    hollows = Hollows()
    with _weightless(hollows), _told(hollows):
        yield


class Hollows:
    """Which tensors are hollow: by their strides, and the small ones by where they are stored."""

    def __init__(self) -> None:
        self.storages: dict[int, Any] = {}

    def made(self, like: Any) -> Any:
        """A hollow tensor of the size of another."""
        import torch

        hollow = torch.empty_strided(like.shape, (0,) * like.dim(), dtype=like.dtype)
        self.keep(hollow)
        return hollow.zero_() if hollow.dim() == 0 else hollow

    def keep(self, tensor: Any) -> None:
        """From now on, this one is."""
        storage = tensor.untyped_storage()
        self.storages[storage._cdata] = storage

    def __contains__(self, tensor: Any) -> bool:
        if str(tensor.layout) != "torch.strided" or tensor.device.type == "meta":
            return False
        if tensor.numel() > SMALL:
            return not any(tensor.stride())
        return tensor.untyped_storage()._cdata in self.storages


def _told(hollows: Hollows) -> Any:
    """The mode in which hollow tensors say that nobody need initialise them."""
    import torch
    from torch.overrides import TorchFunctionMode

    asked = torch.Tensor.is_meta.__get__

    class Told(TorchFunctionMode):  # type: ignore[misc]
        def __torch_function__(
            self, function: Any, types: Any, args: Any = (), kwargs: Any = None
        ) -> Any:
            if function == asked and args[0] in hollows:
                return True
            return function(*args, **(kwargs or {}))

    return Told()


def _weightless(hollows: Hollows) -> Any:
    """The mode in which what is small is computed, and what is large is hollow."""
    from torch import Tensor
    from torch._C import DisableTorchFunction
    from torch.utils import _pytree as tree
    from torch.utils._python_dispatch import (
        TorchDispatchMode,
    )

    class Weightless(TorchDispatchMode):  # type: ignore[misc]
        def __torch_dispatch__(
            self, function: Any, types: Any, args: Any = (), kwargs: Any = None
        ) -> Any:
            with DisableTorchFunction():
                return self.done(function, args, _here(kwargs or {}))

        def done(self, function: Any, args: Any, kwargs: Any) -> Any:
            given = [each for each in tree.tree_leaves((args, kwargs)) if isinstance(each, Tensor)]
            hollow = any(each in hollows for each in given)
            if _in_place(function):
                if not hollow or not function._schema.is_mutable or _of_views(function):
                    return function(*args, **kwargs)
                written = _written(function, args, kwargs)
                for each in written:
                    hollows.keep(each)
                return written[0] if len(function._schema.returns) == 1 else tuple(written)
            try:
                out = _sizes(function, args, kwargs)
            except Exception as error:  # of small ones, what is wrong is told when it is done
                if hollow:
                    raise error if _computes(function, error) else NoNumbers(function) from None
                return function(*args, **kwargs)
            large = any(each.numel() > SMALL for each in tree.tree_leaves(out))
            return (
                tree.tree_map_only(Tensor, hollows.made, out)
                if hollow or large
                else function(*args, **kwargs)
            )

    return Weightless()


def _sizes(function: Any, args: Any, kwargs: Any) -> Any:
    """What comes out of an operation, without numbers and without doing it."""
    from torch import Tensor
    from torch.utils import _pytree as tree

    kwargs = {key: None if key == "generator" else value for key, value in kwargs.items()}
    if any(each.name == "device" for each in function._schema.arguments):
        kwargs["device"] = "meta"
    bare, named = tree.tree_map_only(Tensor, lambda each: each.to("meta"), (args, kwargs))
    out = function(*bare, **named)
    if not all(isinstance(each, Tensor) and each.is_meta for each in tree.tree_leaves(out)):
        raise NoNumbers(function)
    return out


def _computes(function: Any, error: Exception) -> bool:
    """Whether an operation failed on tensors without numbers for another reason than that."""
    tensors = any("Tensor" in str(each.type) for each in function._schema.returns)
    return tensors and not isinstance(error, NotImplementedError | NoNumbers)


def _written(function: Any, args: Any, kwargs: Any) -> list[Any]:
    """The tensors that an operation writes to."""
    arguments = function._schema.arguments
    given = {**{arguments[at].name: each for at, each in enumerate(args)}, **kwargs}
    written = [
        given[each.name]
        for each in arguments
        if each.alias_info is not None and each.alias_info.is_write and each.name in given
    ]
    return [each for some in written for each in (some if isinstance(some, list) else [some])]


def _here(kwargs: Any) -> Any:
    """The same, and what is to be on another device on this one."""
    device = kwargs.get("device")
    elsewhere = device is not None and str(device).split(":")[0] not in ("cpu", "meta")
    return {**kwargs, "device": "cpu"} if elsewhere else kwargs


def _in_place(function: Any) -> bool:
    """Whether an operation makes no numbers of its own: it writes to an input, or is a view."""
    schema = function._schema
    return schema.is_mutable or any(each.alias_info is not None for each in schema.returns)


def _of_views(function: Any) -> bool:
    """Whether what is written is not numbers, but where they are and how they are laid out."""
    return any(str(tag).endswith("inplace_view") for tag in function.tags)
