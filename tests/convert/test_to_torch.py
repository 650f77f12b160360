"""Networks written as PyTorch source: the same sizes, Mult-Adds and parameters, and it trains."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import mncost
from mncost.convert.onnx import write as to_onnx
from mncost.convert.source import write as to_torch
from mncost.errors import ShapeError, SpecError
from mncost.graph import Graph, ops
from mncost.spec import zoo
from mncost.spec.lower import lower
from mncost.spec.network import Network
from tests.convert.networks import EVERY_LAYER, network, of_layers, thin

torch = pytest.importorskip("torch", reason="torch is not installed")
nn: Any = torch.nn

KINDS: dict[Any, type] = {
    nn.Conv2d: ops.Conv,
    nn.Linear: ops.Linear,
    nn.BatchNorm2d: ops.BatchNorm,
    nn.BatchNorm1d: ops.BatchNorm,
    nn.MaxPool2d: ops.Pool,
    nn.AvgPool2d: ops.Pool,
    nn.AdaptiveAvgPool2d: ops.AdaptivePool,
    nn.AdaptiveMaxPool2d: ops.AdaptivePool,
    nn.LocalResponseNorm: ops.LocalNorm,
    nn.Upsample: ops.Resize,
}
"""Modules that stand for one operation each."""


def run(text: str) -> dict[str, Any]:
    """The names in a written file."""
    space: dict[str, Any] = {"__name__": "written"}
    exec(compile(text, "written.py", "exec"), space)
    return space


def modules_in_order(net: Any, x: Any) -> list[tuple[Any, tuple[int, ...]]]:
    """The modules that stand for operations, as they are called, each with what it puts out."""
    seen: list[tuple[Any, tuple[int, ...]]] = []
    hooks = [
        module.register_forward_hook(
            lambda module, _, out: seen.append((module, tuple(out.shape[1:])))
        )
        for module in net.modules()
        if type(module) in KINDS
    ]
    net(x)
    for hook in hooks:
        hook.remove()
    return seen


def held(network: Network) -> str:
    """Holds a network's file against its graph, on tensors without numbers; the file."""
    from torch.utils.flop_counter import FlopCounterMode

    text = to_torch.source(network)
    space, graph, totals = run(text), lower(network), mncost.analyze(network).totals
    with torch.device("meta"):
        net, x = space["Net"]().eval(), torch.empty(1, *space["INPUT"])
    seen = modules_in_order(net, x)
    wanted = [(type(n.op), n.output) for n in graph.nodes if type(n.op) in KINDS.values()]
    assert [(KINDS[type(module)], shape) for module, shape in seen] == wanted
    with FlopCounterMode(display=False) as counter:
        out = net(x)
    assert tuple(out.shape[1:]) == graph.nodes[-1].output
    assert counter.get_total_flops() == 2 * totals.mult_adds == 2 * space["MULT_ADDS"]
    count = sum(each.numel() for each in net.parameters())
    assert count == totals.parameters.trainable == space["PARAMETERS"]
    statistics = [each for name, each in net.named_buffers() if "running" in name]
    assert sum(each.numel() for each in statistics) == totals.parameters.norm_statistics
    return text


@pytest.mark.parametrize("name", zoo.names())
def test_a_zoo_network_is_the_same_in_pytorch(name: str) -> None:
    text = held(mncost.load(name))
    assert "mncost" not in [line.split()[1] for line in text.splitlines() if "import" in line[:7]]
    assert max(len(line) for line in text.splitlines()) <= 100


@pytest.mark.parametrize("name", ["mobilenet_v1", "mobilenet_v3_large", "mobilenet_v4_conv_small"])
@pytest.mark.parametrize(("alpha", "resolution"), [(0.5, 160), (0.35, 97), (0.75, 50)])
def test_thinner_and_smaller(name: str, alpha: float, resolution: int) -> None:
    held(thin(name, alpha, resolution))


def test_every_layer_of_the_language() -> None:
    text = held(network(EVERY_LAYER))
    for word in ("Universal", "Inverted", "Fused", "Separable", "Residual", "Sum(", "Split("):
        assert word in text
    assert "x = low_raise_systemexit = self.part_low_raise_systemexit(x)" in text
    assert "exit() #" in text.splitlines()[2]


def test_a_row_is_a_line() -> None:
    text = to_torch.source(mncost.load("mobilenet_v1"))
    rows = text[text.index("nn.Sequential(\n") :].splitlines()[1:14]
    assert [row.strip() for row in rows] == [
        "Conv(3, 32, 3, stride=2),",
        "Separable(32, 64),",
        "Separable(64, 128, stride=2),",
        "Separable(128, 128),",
        "Separable(128, 256, stride=2),",
        "Separable(256, 256),",
        "Separable(256, 512, stride=2),",
        "*(Separable(512, 512) for _ in range(5)),",
        "Separable(512, 1024, stride=2),",
        "Separable(1024, 1024),",
        "nn.AdaptiveAvgPool2d(1),",
        "nn.Flatten(), nn.Linear(1024, 1000),",
        "# softmax: left to the loss",
    ]
    assert "InvertedResidual" not in text


def test_the_file_runs_by_itself(tmp_path: Path) -> None:
    file = tmp_path / "net.py"
    file.write_text(to_torch.source(mncost.load("squeezenet_1_1")), encoding="utf-8")
    ran = subprocess.run(
        [sys.executable, "-I", "-X", "utf8", file], capture_output=True, text=True, check=True
    )
    assert ran.stdout == "1,235,496 parameters, 349,151,936 Mult-Adds\n"


@pytest.mark.parametrize(
    ("row", "written"),
    [
        ("op: conv, out: 8, kernel: 3, stride: 2", "Conv(3, 8, 3, stride=2)"),
        ("op: conv, out: 8, kernel: 5, stride: 2", "Conv(3, 8, 5, stride=2)"),
        ("op: conv, out: 8, kernel: 2", "nn.ZeroPad2d((0, 1, 0, 1)), Conv(3, 8, 2)"),
        ("op: conv, out: 8, kernel: 3, padding: [2, 0, 0, 2]",
         "nn.ZeroPad2d((0, 2, 2, 0)), Conv(3, 8, 3, padding=0)"),
        ("op: conv, out: 8, kernel: 3, padding: valid, norm: none", "Conv(3, 8, 3, padding=0, norm=False)"),
        ("op: conv, out: 8, kernel: 3, bias: true, act: none", "Conv(3, 8, 3, bias=True, act=None)"),
        ("op: depthwise, kernel: [1, 7], dilation: 2", "Conv(3, 3, (1, 7), groups=3, dilation=2)"),
        ("op: pool, type: max, kernel: 3, stride: 2, padding: same",
         "nn.MaxPool2d(3, stride=2, ceil_mode=True)"),
        ("op: pool, type: max, kernel: 2, stride: 1, padding: same",
         'nn.ConstantPad2d((0, 1, 0, 1), float("-inf")), nn.MaxPool2d(2, stride=1)'),
        ("op: pool, type: avg, kernel: 2, stride: 1, padding: [1, 0, 1, 0]",
         "nn.ZeroPad2d((1, 0, 1, 0)), nn.AvgPool2d(2, stride=1)"),
        ("op: inverted_residual, out: 3, expand: 2, residual: never",
         "InvertedResidual(3, 6, 3, residual=False)"),
        ("op: uib, out: 4, expand: 2, middle: 0, stride: 2, start: 5",
         "UniversalBottleneck(3, 6, 4, start=5, middle=0, stride=2)"),
        ("op: dropout", "nn.Dropout(0.5)"),
        ("op: linear, out: 2, act: gelu", "nn.Flatten(), nn.Linear(768, 2), nn.GELU()"),
    ],
)  # fmt: skip
def test_a_row_as_it_is_written(row: str, written: str) -> None:
    text = held(of_layers(row))
    (line,) = [each.strip() for each in text.split("class Net")[1].splitlines()[4:5]]
    assert line == f"{written},"


def test_layers_that_read_others_by_name() -> None:
    net = of_layers(
        "op: conv, out: 8, kernel: 3, id: low",
        "op: conv, out: 8, kernel: 3, stride: 2",
        "op: resize, scale: 2, id: up",
        "op: add, from: [low, up], id: sum",
        "op: act, type: relu",
        "op: concat, from: [sum, input], repeat: 1",
        "op: conv, out: 8, kernel: 3, from: up, repeat: 2",
    )
    text = held(net)
    forward = text[
        text.index("def forward(self, x: torch.Tensor) -> torch.Tensor:\n        image") :
    ]
    assert [line.strip() for line in forward.splitlines()[1:10]] == [
        "image = x",
        "x = low = self.part_low(x)",
        "x = up = self.part_up(x)",
        "x = low + up",
        "sum = x",
        "x = self.part1(x)",
        "x = torch.cat((sum, image), dim=1)",
        "x = self.part2(up)",
        "return x",
    ]


def test_what_cannot_be_written_is_told_at_once() -> None:
    net = of_layers(
        "op: custom, id: mine, mult_adds: 5, out: [4, 9, 9]",
        "op: custom, mult_adds: 5, out: [4, 9, 9], repeat: 3",
        "op: linear, out: 12",
        "op: local_norm",
    )
    with pytest.raises(SpecError) as caught:
        to_torch.source(net)
    assert [str(problem) for problem in caught.value.problems] == [
        'net.yaml:5:5: PyTorch: "mine" states what it costs, not what it computes; '
        "leave it out, or write it with other layers",
        "net.yaml:6:5: PyTorch: a custom layer states what it costs, not what it computes; "
        "leave it out, or write it with other layers",
        "net.yaml:8:5: PyTorch: a local_norm layer normalises channels, and reads no map; "
        "leave it out, or write it with other layers",
    ]
    with pytest.raises(ShapeError):
        to_torch.source(of_layers("op: linear, out: 1", "op: conv, out: 1, kernel: 1"))


# -- the two doors against one another


def loaded(net: Any, graph: Graph, data: bytes) -> None:
    """Gives a network in PyTorch the weights of the ONNX file of its graph."""
    onnx = pytest.importorskip("onnx", reason="onnx is not installed")
    stored = {
        each.name: torch.from_numpy(onnx.numpy_helper.to_array(each).copy())
        for each in onnx.load_from_string(data).graph.initializer
    }
    names = {"weight": ("weight", "scale"), "bias": ("bias", "shift")}
    names |= {"running_mean": ("mean",), "running_var": ("variance",)}
    modules = [m for m, _ in modules_in_order(net, torch.zeros(1, *graph.input))]
    nodes = [node for node in graph.nodes if type(node.op) in KINDS.values()]
    for module, node in zip(modules, nodes, strict=True):
        for ours, theirs in names.items():
            tensor = getattr(module, ours, None)
            for each in theirs:
                if tensor is not None and f"{node.name}/{each}" in stored:
                    tensor.data.copy_(stored.pop(f"{node.name}/{each}"))


ODD = [
    ("mobilenet_v1", 33), ("mobilenet_v2", 97), ("mobilenet_v3_small", 65), ("mnasnet_a1", 65),
    ("mobilenet_v4_conv_small", 97), ("googlenet", 65), ("squeezenet_1_0", 95),
    ("shufflenet_v2_x0_5", 65), ("resnet18", 65), ("xception", 79), ("inception_v3", 107),
    ("alexnet_2012", 99), ("mlperf_tiny_autoencoder", None), ("every layer", None),
]  # fmt: skip
"""Networks whose padding is alike on both ends, at a size where it is."""


@pytest.mark.parametrize(("name", "resolution"), ODD)
def test_pytorch_and_onnx_runtime_compute_the_same(name: str, resolution: int | None) -> None:
    runtime = pytest.importorskip("onnxruntime", reason="onnxruntime is not installed")
    whole = name.startswith(("shufflenet", "mlperf"))
    net = (
        network(EVERY_LAYER.replace("[1, 2], type: max", "[5, 1], type: max"))
        if name == "every layer"
        else thin(name, 1.0 if whole else 0.25, resolution)
    )
    graph = lower(net)
    data = to_onnx.model(graph, seed=5)
    written = run(to_torch.source(net))["Net"]().eval()
    x = torch.randn(1, *graph.input, generator=torch.Generator().manual_seed(5))
    session = runtime.InferenceSession(data, providers=["CPUExecutionProvider"])
    (theirs,) = session.run(["output"], {"input": x.numpy()})
    with torch.no_grad():
        loaded(written, graph, data)
        ours = written(x)
    if graph.nodes[-1].written == "absent":
        ours = ours.softmax(1)
    scale = float(abs(theirs).max())
    assert ours.numpy() / scale == pytest.approx(theirs / scale, abs=1e-4)


# -- training


def test_mobilenet_v1_trains_as_the_paper_says() -> None:
    net = mncost.scale(mncost.load("mobilenet_v1"), alpha=0.25, resolution=32, classes=4)
    space = run(to_torch.source(net))
    torch.manual_seed(1)
    written = space["Net"]()
    optimizer = space["rmsprop"](written)
    schedule = space["schedule"](optimizer)
    images, labels = torch.randn(16, 3, 32, 32), torch.arange(16) % 4
    losses = [space["train_step"](written, images, labels, optimizer) for _ in range(30)]
    assert sum(losses[-5:]) / 5 < 0.85 * losses[0]
    for _ in range(2):
        schedule.step()
    assert optimizer.param_groups[0]["lr"] == pytest.approx(0.045 * 0.94)


def test_depthwise_filters_are_spared_weight_decay() -> None:
    space = run(to_torch.source(thin("mobilenet_v1")))
    net = space["Net"]()
    decayed, spared = space["parameter_groups"](net)
    assert (decayed["weight_decay"], spared["weight_decay"]) == (4e-5, 0.0)
    depthwise = {m.weight for m in net.modules() if isinstance(m, nn.Conv2d) and m.groups > 1}
    kernels = {m.weight for m in net.modules() if isinstance(m, nn.Conv2d | nn.Linear)}
    assert len(depthwise) == 13
    assert set(decayed["params"]) == kernels - depthwise
    assert set(spared["params"]) == set(net.parameters()) - set(decayed["params"])


def test_a_softmax_in_the_network_is_not_taken_twice() -> None:
    assert "nll_loss" in to_torch.source(mncost.load("mobilenet_v1_keras"))
    assert "cross_entropy" in to_torch.source(mncost.load("mobilenet_v1"))
    assert "rmsprop" not in to_torch.source(mncost.load("mobilenet_v2"))
