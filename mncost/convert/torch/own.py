"""What a model holds while it is run light: blank tensors, in the places of its own."""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Iterator
from typing import Any

from mncost.convert.torch.blank import Blanks, Unfit
from mncost.convert.torch.saved import Saved, saved


class Own:
    """The modules of a model by path, and what they store, with blank tensors to stand for it."""

    def __init__(self, model: Any, blanks: Blanks) -> None:
        import torch

        self.tensor, self.parameter = torch.Tensor, torch.nn.Parameter
        self.blanks = blanks
        self.paths: dict[int, str] = {}
        self.places: list[tuple[dict[str, Any], str, Any]] = []
        self.records: dict[int, Saved] = {}
        self.twins: dict[int, Any] = {}
        parameters: dict[str, Saved] = {}
        buffers: dict[str, Saved] = {}
        for path, module in model.named_modules(remove_duplicate=False):
            if id(module) in self.paths:
                raise Unfit("a module of two names")
            kind: Any = type(module)
            if not _PROGRAMS.isdisjoint(_names(kind)):
                raise Unfit("a module that is a program")
            self.paths[id(module)] = path
            before = f"{path}." if path else ""
            self._holds(before, module._parameters, parameters, True)
            self._holds(before, module._buffers, buffers, False)
            for name, each in module.__dict__.items():
                if isinstance(each, torch.Tensor):
                    self._stored(f"{before}{name}", each, False)
        self.everything = {**parameters, **buffers}

    def _holds(
        self, path: str, holder: dict[str, Any], found: dict[str, Saved], trained: bool
    ) -> None:
        for name, each in holder.items():
            if each is not None:
                found[path + name] = self._stored(path + name, each, trained)
                self.places.append((holder, name, each))

    def _stored(self, name: str, tensor: Any, trained: bool) -> Saved:
        kind = self.parameter if trained else self.tensor
        plain = type(tensor) is kind and tensor.is_cpu and not tensor.is_quantized
        if not plain or str(tensor.layout) != "torch.strided":
            raise Unfit("a tensor that is not plain")
        record = saved(name, tensor, trained)
        self.records.setdefault(id(tensor), record)
        return record

    def saved(self, tensor: Any) -> Saved | None:
        """What is stored in a tensor of the model's own, or in that which it stands for."""
        return self.records.get(id(tensor))

    @contextlib.contextmanager
    def blank(self) -> Iterator[None]:
        """While blank tensors are in the places of parameters and buffers."""
        try:
            for holder, name, each in self.places:
                holder[name] = self._twin(each)
            yield
        finally:
            for holder, name, each in self.places:
                holder[name] = each

    def let_go(self) -> None:
        """Keeps the blank tensors no longer."""
        self.twins.clear()

    def _twin(self, tensor: Any) -> Any:
        twin = self.twins.get(id(tensor))
        if twin is None:
            twin = self.blanks.tensor(tensor.shape, None, tensor.dtype, tensor.requires_grad)
            if type(tensor) is self.parameter:
                twin._is_param = True
            self.twins[id(tensor)] = twin
            self.records[id(twin)] = self.records[id(tensor)]
        return twin


_PROGRAMS = frozenset(["GraphModule", "OptimizedModule", "ScriptModule"])


@functools.cache
def _names(kind: Any) -> frozenset[str]:
    """Of a class, and those that it derives from."""
    return frozenset(each.__name__ for each in kind.__mro__)
