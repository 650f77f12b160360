"""Tensors that know their size alone, and what torch says comes out of an operation on them.

A blank tensor has a size, a type of numbers and a device, and nothing behind them: an operation
that is done to one out of sight, or that asks for its numbers, finds nothing and fails.
"""

from __future__ import annotations

import contextlib
import functools
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple


class Unfit(Exception):
    """What is not told on blank tensors."""


class Made(NamedTuple):
    """What comes out in one place: a tensor of this size (None: that of the first that goes in),
    that which went in at place `given`, or no tensor at all."""

    size: Any = None
    stride: Any = None
    kind: Any = None
    given: int = -1


@dataclass(frozen=True, slots=True)
class Form:
    """An operation of torch's: its arguments in order, and how to ask about it."""

    names: tuple[str, ...]
    defaults: tuple[Any, ...]
    plain: int
    device: int
    elementwise: bool
    norm: bool
    lifts: bool

    def values(self, args: Sequence[Any], kwargs: Mapping[str, Any]) -> list[Any]:
        """All that it is given, what is left out as torch fills it in."""
        rest = zip(self.names[len(args) :], self.defaults[len(args) :], strict=True)
        return [*args, *(kwargs.get(name, default) for name, default in rest)]


@functools.cache
def form(function: Any) -> Form:
    """What an operation takes."""
    name = function._schema.name
    if name != "aten::detach_" and any(
        str(each).endswith("inplace_view") for each in function.tags
    ):
        raise Unfit(f"{function} lays a tensor out anew")
    if any("Tensor" not in str(each.type) for each in function._schema.returns):
        raise Unfit(f"{function} puts out no tensor")
    arguments = function._schema.arguments
    names = tuple(each.name for each in arguments)
    return Form(
        names,
        tuple(each.default_value for each in arguments),
        sum(not each.kwarg_only for each in arguments),
        names.index("device") if "device" in names else -1,
        any(str(each).endswith("pointwise") for each in function.tags),
        name == "aten::batch_norm",
        name.startswith("aten::lift_fresh"),
    )


class Blanks:
    """Makes blank tensors, and asks torch about each kind of operation on them once.

    Torch makes some anew itself, `again`: `torch.zeros` does. What else is done to one out of
    sight is `missed`.
    """

    def __init__(self, again: Callable[[Any], Any], missed: Callable[[str], Any]) -> None:
        import torch
        from torch._dispatch.python import enable_python_dispatcher

        self.torch = torch
        self.dispatched = enable_python_dispatcher
        self.blank = _blank(again, missed)
        self.told: dict[Any, tuple[Any, tuple[Made, ...]]] = {}
        self.made: list[Any] = []

    def tensor(self, size: Any, stride: Any, kind: Any, trained: bool = False) -> Any:
        """A new one; kept, so that no other is ever at its place in memory."""
        made = self.torch.Tensor._make_wrapper_subclass(
            self.blank, size, strides=stride, dtype=kind, device="cpu", requires_grad=trained
        )
        self.made.append(made)
        return made

    def ran(self, function: Any, values: Sequence[Any]) -> Any:
        """What comes out of an operation on tensors, each blank or that of a model."""
        how = form(function)
        tensors = self.tensors(values)
        alike = self._alike(how, tensors)
        key = self._key((function, *values), alike)
        told = self.told.get(key)
        if told is None and alike and how.norm and self._is_plain_norm(values, tensors):
            told = self.told[key] = None, (Made(kind=tensors[0].dtype),)
        if told is None:
            out, told = self._asked(function, how, values, tensors)
            if told is None:
                return out
            if alike and not all(_is_like(each, tensors[0]) for each in told[1]):
                alike, key = False, self._key((function, *values), False)
            if alike:
                told = told[0], tuple(each._replace(size=None) for each in told[1])
            self.told[key] = told
        holder, places = told
        made = [self._out(each, tensors) for each in places]
        return holder(made) if holder else made[0]

    def let_go(self) -> None:
        """Blank tensors that outlive the run, in a cache that the code has, say, become what
        `torch.export` leaves there."""
        made, self.made = self.made, []
        self.tensor((), None, self.torch.float32)
        made.append(self.made.pop())
        alone = 0
        while made:
            each = made.pop()
            count = sys.getrefcount(each)
            alone = alone or count
            if count > alone:
                self._to_fake(each)

    def _to_fake(self, tensor: Any) -> None:
        from torch._subclasses.fake_tensor import FakeTensorMode

        with FakeTensorMode():
            fake = self.torch.empty_strided(tensor.shape, tensor.stride(), dtype=tensor.dtype)
        with contextlib.suppress(Exception):  # there is one who holds it in another way
            self.torch.utils.swap_tensors(tensor, fake)

    def tensors(self, values: Any) -> list[Any]:
        """All tensors among arguments, in order."""
        found = []
        for each in values:
            if isinstance(each, self.torch.Tensor):
                found.append(each)
            elif isinstance(each, list | tuple):
                found += self.tensors(each)
        return found

    def _out(self, made: Made, tensors: Sequence[Any]) -> Any:
        if made.given >= 0:
            return tensors[made.given]
        if made.kind is None:
            return None
        if made.size is None:
            return self.tensor(tensors[0].shape, tensors[0].stride(), made.kind)
        return self.tensor(made.size, made.stride, made.kind)

    def _alike(self, how: Form, tensors: Sequence[Any]) -> bool:
        """Whether what comes out has the size of what goes in, whatever that is: torch says so of
        elementwise operations; of a batch norm it is known."""
        if not (how.elementwise or how.norm) or not tensors:
            return False
        first, *rest = tensors
        size = first.shape[1:2] if how.norm else first.shape
        if how.norm and len(first.shape) < 2:
            return False
        return self._dense(first) and all(
            each.shape == size and (how.norm or self._dense(each)) for each in rest
        )

    def _is_plain_norm(self, values: Sequence[Any], tensors: Sequence[Any]) -> bool:
        """Whether a batch norm has all that it needs, in one kind of numbers."""
        running, training = values[3:5], values[5]
        kinds = {each.dtype for each in tensors}
        known = training is False and all(each is not None for each in running)
        return known and len(kinds) == 1 and tensors[0].is_floating_point()

    def _dense(self, tensor: Any) -> bool:
        return type(tensor) is self.blank and tensor.is_contiguous()

    def _key(self, values: Sequence[Any], alike: bool) -> tuple[Any, ...]:
        """All of what is given that torch's answer depends on."""
        key: list[Any] = []
        for each in values:
            if isinstance(each, self.torch.Tensor):
                blank = type(each) is self.blank
                layout = each.dim() if alike else (each.shape, each.stride() if blank else None)
                key.append((each.dtype, layout))
            elif isinstance(each, list | tuple):
                key.append(self._key(each, alike))
            else:
                key.append((type(each), each))
        return tuple(key)

    def _asked(
        self, function: Any, how: Form, values: Sequence[Any], tensors: Sequence[Any]
    ) -> tuple[Any, tuple[Any, tuple[Made, ...]] | None]:
        """What torch puts out, and that as it is kept; None where no tensor is among it."""
        twins = {id(each): self._twin(each) for each in tensors}
        given = _swapped(values, twins)
        if how.device >= 0:
            device = given[how.device]
            if device is not None and self.torch.device(device).type != "cpu":
                raise Unfit("on another device")
            if device is not None or not tensors:
                given[how.device] = "meta"
        named = dict(zip(how.names[how.plain :], given[how.plain :], strict=True))
        with self.dispatched():
            out = function(*given[: how.plain], **named)
        several = isinstance(out, list | tuple)
        outs = out if several else (out,)
        if not self.tensors(outs):
            return out, None
        if any(twins[id(each)].shape != each.shape for each in tensors):
            raise Unfit("a tensor is made larger or smaller")
        order = [id(twins[id(each)]) for each in tensors]
        return out, (type(out) if several else None, tuple(self._made(e, order) for e in outs))

    def _made(self, out: Any, order: Sequence[int]) -> Made:
        if out is None:
            return Made()
        if id(out) in order:
            return Made((), None, out.dtype, order.index(id(out)))
        if not isinstance(out, self.torch.Tensor) or not out.is_meta or out.is_sparse:
            raise Unfit("what comes out is no dense tensor")
        return Made(out.shape, out.stride(), out.dtype)

    def _twin(self, tensor: Any) -> Any:
        """A tensor of the same size on the device that torch has for tensors without numbers."""
        if tensor.layout is not self.torch.strided:
            raise Unfit("a tensor that is not dense")
        stride = tensor.stride() if type(tensor) is self.blank else _dense_stride(tensor.shape)
        return self.torch.empty_strided(tensor.shape, stride, dtype=tensor.dtype, device="meta")


def _dense_stride(size: Sequence[int]) -> tuple[int, ...]:
    """How a tensor of this size is laid out without gaps."""
    stride, step = [], 1
    for side in reversed(size):
        stride.append(step)
        step *= max(side, 1)
    return tuple(reversed(stride))


def _is_like(made: Made, first: Any) -> bool:
    """Whether what comes out is laid out as what goes in."""
    return made.given >= 0 or (made.size == first.shape and made.stride == first.stride())


def _swapped(values: Any, twins: Mapping[int, Any]) -> list[Any]:
    """Arguments with other tensors."""
    return [
        _swapped(each, twins) if isinstance(each, list | tuple) else twins.get(id(each), each)
        for each in values
    ]


def _blank(again: Callable[[Any], Any], missed: Callable[[str], Any]) -> Any:
    """A class of blank tensors."""
    import torch

    class Blank(torch.Tensor):  # type: ignore[misc]
        __torch_function__ = torch._C._disabled_torch_function_impl

        @classmethod
        def __torch_dispatch__(
            cls, function: Any, types: Any, args: Any = (), kwargs: Any = None
        ) -> Any:
            if function._schema.name == "aten::detach":
                return again(args[0])
            return missed(str(function))

    for name in HIDDEN:
        setattr(Blank, name, _hidden(name, missed))
    return Blank


HIDDEN = (
    "_base", "_cdata", "_grad", "_is_view", "_typed_storage", "_version",
    "_rev_view_func_unsafe", "_view_func", "_view_func_unsafe", "__array__", "__array_interface__",
    "__cuda_array_interface__", "__deepcopy__", "__dlpack__", "__dlpack_device__", "__format__",
    "__reduce_ex__", "__repr__", "apply_", "as_subclass", "backward", "const_data_ptr", "data",
    "data_ptr", "dim_order", "grad", "is_pinned", "is_shared", "map2_", "map_", "name", "names",
    "numpy", "output_nr", "pin_memory", "register_hook", "retain_grad", "retains_grad", "set_data",
    "share_memory_", "storage", "storage_offset", "storage_type", "tolist", "untyped_storage",
)  # fmt: skip
"""Of a tensor, what torch tells without an operation, and what a blank one has not."""


def _hidden(name: str, missed: Callable[[str], Any]) -> Any:
    """An attribute of blank tensors that is asked for in vain."""

    def asked(tensor: Any, *_: Any) -> Any:
        return missed(f"Tensor.{name}")

    return property(asked, asked)
