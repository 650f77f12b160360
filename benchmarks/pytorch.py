"""`py:module:function` beside other counters: the analysis itself, after imports, in one process.

python benchmarks/pytorch.py [torchvision.models:mobilenet_v2] [--rounds 5]

Counters that are not installed are left out. All count a model that is made already; beside it, what
mncost takes with making it, and where it is left to torch.export. Aim: no slower than the quickest.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib
import io
import statistics
import sys
import time
import types
from collections.abc import Callable

import torch

import mncost
from mncost.convert.torch import record
from mncost.study.models import load


def ours(source: str) -> dict[str, Callable[[], object]]:
    """The same, made already or not, and by torch.export."""

    def count(name: str) -> object:
        return mncost.analyze(load(f"py:{name}", {"#0": (3, 224, 224)})).totals

    def export() -> object:
        run, record.run = record.run, lambda *_: {}["only torch.export"]
        try:
            return count("made:model")
        finally:
            record.run = run

    return {
        "mncost": lambda: count("made:model"),
        "  and making": lambda: count(source),
        "  by export": export,
    }


def counters(model: torch.nn.Module, x: torch.Tensor) -> dict[str, Callable[[], object]]:
    """What is installed, each as a function that counts once."""
    found: dict[str, Callable[[], object]] = {}
    with contextlib.suppress(ImportError):
        from thop import profile

        found["thop"] = lambda: profile(model, inputs=(x,), verbose=False)
    with contextlib.suppress(ImportError):
        from ptflops import get_model_complexity_info

        size = tuple(x.shape[1:])
        found["ptflops"] = lambda: get_model_complexity_info(
            model, size, print_per_layer_stat=False
        )
    with contextlib.suppress(ImportError):
        from fvcore.nn import FlopCountAnalysis

        found["fvcore"] = lambda: FlopCountAnalysis(model, x).total()
    with contextlib.suppress(ImportError):
        from torchinfo import summary

        found["torchinfo"] = lambda: summary(model, input_data=x, verbose=0)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", nargs="?", default="torchvision.models:mobilenet_v2")
    parser.add_argument("--rounds", type=int, default=5)
    asked = parser.parse_args()
    module, _, name = asked.model.partition(":")
    model = getattr(importlib.import_module(module), name)().eval()
    sys.modules["made"] = types.ModuleType("made")
    sys.modules["made"].model = model  # type: ignore[attr-defined]
    candidates = {
        **ours(asked.model),
        **counters(model, torch.randn(1, 3, 224, 224)),
    }
    figures: dict[str, list[float]] = {each: [] for each in candidates}
    for _ in range(asked.rounds + 1):  # the first round is to warm up
        for each, count in candidates.items():
            start = time.perf_counter()
            with contextlib.redirect_stdout(io.StringIO()), torch.no_grad():
                count()
            figures[each].append(time.perf_counter() - start)
    for each, seconds in figures.items():
        low, middle = min(seconds[1:]) * 1000, statistics.median(seconds[1:]) * 1000
        print(f"{each:14} {middle:8.0f} ms, at best {low:.0f}")


if __name__ == "__main__":
    main()
