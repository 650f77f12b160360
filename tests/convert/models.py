"""Models of torchvision and timm for tests, where torchvision has no extension for this machine."""

from __future__ import annotations

import functools
from typing import Any

import pytest

MISSING = {
    "nms": "(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
    "qnms": "(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
}
"""Operators that torchvision's extension registers, and that its import asks for."""

_KEPT: list[Any] = []


@functools.cache
def define_missing() -> None:
    """Registers what the extension would have, where it is not there. No model calls it."""
    import torch

    library = torch.library.Library("torchvision", "FRAGMENT")
    for name, signature in MISSING.items():
        if not hasattr(torch.ops.torchvision, name):
            library.define(f"{name}{signature}")
    _KEPT.append(library)


def module(name: str) -> Any:
    """torchvision or timm; the test is skipped where it cannot be imported."""
    pytest.importorskip("torch")
    try:
        define_missing()
        import torchvision.models  # timm needs it, too

        return torchvision if name == "torchvision" else __import__(name)
    except Exception as error:
        pytest.skip(f"{name} cannot be imported: {error}")


def source(network: str) -> tuple[str, dict[str, object]]:
    """`torchvision/resnet18` or `timm/…` as a source and its arguments."""
    package, _, name = network.partition("/")
    module(package)
    if package == "timm":
        return "py:timm:create_model", {"model_name": name}
    return f"py:torchvision.models:{name}", {}
