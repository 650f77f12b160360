"""The same network through every door: our language, PyTorch source, ONNX, PyTorch models."""

from __future__ import annotations

import importlib
import warnings
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

import mncost
from mncost.convert.source import write
from mncost.cost.report import Report
from mncost.graph import Graph
from mncost.spec import zoo
from tests.convert import models

torch = pytest.importorskip("torch", reason="torch is not installed")
pytest.importorskip("onnx", reason="onnx is not installed")

from mncost.convert.onnx import graph as onnx_graph  # noqa: E402
from mncost.convert.torch import graph as torch_graph  # noqa: E402


def counted(report: Report) -> Counter[tuple[Any, ...]]:
    """The layers that multiply, with all that each costs and stores; moves aside."""
    return Counter(
        (row.kind, row.output, row.mult_adds, row.parameters.trainable)
        for row in report
        if row.mult_adds
    )


def events(report: Report) -> Counter[str]:
    """What happens in all, whatever writing; what is free, or told apart by it, aside."""
    found: Counter[str] = Counter()
    for event, count in report.totals.events.items():
        if event.what in ("mac", "bias", "norm", "act", "add", "mul", "parameter"):
            found[f"{event.what} {event.of}"] += count
    return found


LOCAL = ("alexnet_2012", "googlenet_2014")
"""With local response norms, which PyTorch computes by a pool and a product."""


@pytest.mark.parametrize("name", zoo.names())
def test_source_and_back(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Written as PyTorch source, and read as a PyTorch model: layer by layer the same."""
    network = mncost.load(name)
    assert not isinstance(network, Graph)
    module = f"written_{name}"
    (tmp_path / f"{module}.py").write_text(write.source(network), "utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    importlib.invalidate_caches()
    size = (network.input.channels, *network.resolution)
    ours = mncost.analyze(network)
    theirs = mncost.analyze(torch_graph.read(f"py:{module}:Net", [size], {}))
    assert theirs.totals.mult_adds == ours.totals.mult_adds
    assert theirs.totals.parameters == ours.totals.parameters
    assert counted(theirs) == counted(ours)
    if name not in LOCAL:
        assert events(theirs) == events(ours)


EXPORTED = (
    "mobilenet_v2", "mobilenet_v3_small", "resnet18", "squeezenet1_1", "shufflenet_v2_x1_0",
    "mnasnet0_5", "efficientnet_b0", "googlenet", "densenet121", "regnet_y_400mf",
    "convnext_tiny", "swin_t",
)  # fmt: skip


@pytest.mark.parametrize("name", EXPORTED)
def test_an_export_counts_as_the_model_does(name: str, tmp_path: Path) -> None:
    """torch's own exporter, and our two readers: the same Mult-Adds by kind."""
    package = models.module("torchvision")
    path = tmp_path / f"{name}.onnx"
    with warnings.catch_warnings(), torch.no_grad():
        warnings.simplefilter("ignore")
        model = getattr(package.models, name)().eval()
        torch.onnx.export(
            model, torch.zeros(1, 3, 224, 224), str(path), opset_version=17, dynamo=False
        )
        source = f"py:torchvision.models:{name}"
        traced = mncost.analyze(torch_graph.read(source, [(3, 224, 224)], {}))
    exported = mncost.analyze(onnx_graph.read(str(path)))
    assert exported.totals.mult_adds == traced.totals.mult_adds
    kinds = [
        {kind: total.mult_adds for kind, total in report.by_kind().items() if total.mult_adds}
        for report in (exported, traced)
    ]
    assert kinds[0] == kinds[1]
