"""PyTorch models as graphs, against torch's own counter, reference counts and other tools'."""

from __future__ import annotations

import functools
import json
import resource
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

import mncost
from mncost.convert.torch import graph as torch_graph
from mncost.cost.counters import named
from mncost.cost.events import Ledger
from mncost.cost.footprint import Bits, stored_bytes
from mncost.cost.report import Report
from mncost.errors import MncostError, SettingError, ShapeError, SpecError
from mncost.graph import Graph, ops
from tests.convert import models

torch: Any = pytest.importorskip("torch", reason="needs mncost[torch]")
nets: Any = __import__("tests.convert.nets", fromlist=["nets"])

GOLDENS = Path(__file__).parent.parent / "goldens"
MODELS: dict[str, Any] = json.loads((GOLDENS / "models.json").read_text("utf-8"))
REPORTED: dict[str, Any] = json.loads((GOLDENS / "counters.json").read_text("utf-8"))
IMAGE = (3, 224, 224)

pytestmark = pytest.mark.filterwarnings("ignore")  # torch's, of itself


def graph(factory: str, *sizes: tuple[int, ...], **arguments: object) -> Graph:
    return torch_graph.read(f"py:tests.convert.nets:{factory}", sizes, arguments)


def report(factory: str, *sizes: tuple[int, ...], **arguments: object) -> Report:
    return mncost.analyze(graph(factory, *sizes, **arguments))


def flops(model: Any, sizes: Sequence[tuple[int, ...]], whole: bool = False) -> int:
    """What torch's own counter says of a forward pass on tensors without numbers.

    On a device without kernels for it, scaled_dot_product_attention runs as the two products that
    it is; the counter sees nothing of the one kernel that a CPU has for it.
    """
    from torch.utils.flop_counter import FlopCounterMode

    model = model.eval().to("meta")
    for module in model.modules():
        for name, value in list(module.__dict__.items()):
            if isinstance(value, torch.Tensor):
                module.__dict__[name] = value.to("meta")
    kind = torch.int64 if whole else torch.float32
    inputs = [torch.empty(size, dtype=kind, device="meta") for size in sizes]
    with torch.no_grad(), torch.device("meta"), FlopCounterMode(display=False) as counter:
        model(*inputs)
    return int(counter.get_total_flops())


def stored(model: Any) -> int:
    return sum(each.numel() for each in model.parameters())


# -- networks that people have

FAMILIES = (
    "torchvision/mobilenet_v2", "torchvision/mobilenet_v3_large", "torchvision/resnet18",
    "torchvision/squeezenet1_1", "torchvision/shufflenet_v2_x1_0", "torchvision/mnasnet1_0",
    "torchvision/efficientnet_b0", "torchvision/vgg11", "torchvision/alexnet",
    "torchvision/googlenet", "torchvision/densenet121", "torchvision/regnet_y_400mf",
    "torchvision/convnext_tiny", "torchvision/vit_b_16", "torchvision/swin_t",
    "torchvision/swin_v2_t", "timm/mobilenetv3_small_100", "timm/mobilenetv4_conv_small",
    "timm/efficientnet_lite0", "timm/tf_efficientnet_lite0", "timm/mobilevit_s",
    "timm/levit_128s", "timm/ghostnet_100", "timm/mixer_s16_224", "timm/lambda_resnet26t",
)  # fmt: skip

IDLE = {"torchvision/googlenet": 6_379_984}
"""Auxiliary classifiers, which are there for training."""


@pytest.mark.parametrize("network", FAMILIES)
def test_half_of_what_torch_counts(network: str) -> None:
    source, arguments = models.source(network)
    package, _, name = network.partition("/")
    module = models.module(package)
    model = module.create_model(name) if package == "timm" else getattr(module.models, name)()
    size = model.default_cfg["input_size"] if package == "timm" else IMAGE
    held = stored(model)
    totals = mncost.analyze(torch_graph.read(source, [size], arguments)).totals
    assert 2 * totals.mult_adds == flops(model, [(1, *size)])
    assert totals.parameters.trainable == held - IDLE.get(network, 0)
    assert totals.events.count("unknown") == 0


COUNTED = [name for name in MODELS if name in REPORTED or not name.startswith("own/")]
COUNTED += ["own/shallow_mobilenet_v1_0.5_160", "own/conv_mobilenet_v1_0.75_128"]


@functools.cache
def counted(network: str) -> Report:
    """A network of the reference counts, as its name says."""
    package, _, name = network.partition("/")
    size = tuple(MODELS[network]["input"][1:]) if network in MODELS else IMAGE
    if package == "own":
        kind, alpha, _ = name.rsplit("_", 2)
        full, shallow = kind.startswith("conv"), kind.startswith("shallow")
        return report("mobilenet_v1", size, alpha=float(alpha), full=full, shallow=shallow)
    source, arguments = models.source(network)
    if "mobilenet_v2_" in name:
        _, alpha, _ = name.rsplit("_", 2)
        source, arguments = "py:torchvision.models:mobilenet_v2", {"width_mult": float(alpha)}
    return mncost.analyze(torch_graph.read(source, [size], arguments))


@pytest.mark.parametrize("network", COUNTED)
def test_reference_counts(network: str) -> None:
    ours, theirs = counted(network), MODELS[network]
    by_kind = dict.fromkeys(theirs["mult_adds_by_kind"], 0)
    for row in ours.rows:
        if row.cost is not None and row.formula is not None:
            by_kind[row.kind] = by_kind.get(row.kind, 0) + row.cost
    kept, split = ours.totals.parameters, theirs["params"]
    assert ours.totals.mult_adds == theirs["mult_adds"]
    assert by_kind == theirs["mult_adds_by_kind"]
    assert kept.trainable == theirs["params_trainable"]
    assert kept.weights == split["conv_weight"] + split["linear_weight"] + split["other"]
    assert kept.biases == split["conv_bias"] + split["linear_bias"]
    assert kept.norm_affine == split["bn_weight"] + split["bn_bias"]
    assert kept.norm_statistics == theirs["bn_running_stats"]


@pytest.mark.parametrize("network", REPORTED)
def test_every_figure_of_every_tool(network: str) -> None:
    events = counted(network).totals.events
    for tool, figures in REPORTED[network].items():
        for figure, reported in figures.items():
            assert counts(tool, figure, events) == reported, (tool, figure)


def counts(tool: str, figure: str, events: Ledger) -> int | None:
    """What our convention for the tool says of these events."""
    convention = named(tool)
    if figure in ("params", "trainable"):
        return convention.stored(events)
    if figure == "macs" and convention.unit == "FLOPs":
        convention = named(f"{convention.name}-macs")
    return convention.price(events)


# -- ways of writing


@pytest.mark.parametrize("name", nets.PROBES)
def test_a_way_of_writing(name: str) -> None:
    make, sizes = nets.PROBES[name]
    ours = report("probe", *sizes, name=name).totals
    batched = [(1, *size) if len(size) in (1, 3) and size[0] != 1 else size for size in sizes]
    model = make()
    if name == "lazy":
        model(torch.zeros(batched[0]))
    held = stored(model)
    assert 2 * ours.mult_adds == flops(model, batched, whole=name == "embedding")
    assert ours.parameters.trainable == held
    assert ours.events.count("unknown") == 0


def test_products_of_vectors_that_torchs_counter_leaves_out() -> None:
    def vectors(x: Any) -> Any:
        return torch.dot(torch.mv(x[0], x[0, 0]), x[0] @ x[0, 1])

    nets.PROBES["vectors"] = (lambda: nets.Calls(lambda s, x: vectors(x)), [])
    assert report("probe", (1, 16, 24), name="vectors").totals.mult_adds == 16 * 24 + 16 * 24 + 16
    del nets.PROBES["vectors"]


@pytest.mark.parametrize(("name", "bits"), [("half", 16), ("bfloat16", 16), ("float64", 64)])
def test_other_types_than_floats_take_their_own_bits(name: str, bits: int) -> None:
    found = graph("of_type", nets.MAP, name=name)
    assert found.input_bits == (bits,)
    assert [each.numbers.activation_bits for each in found.nodes] == [bits] * 4 + [None, 64]
    assert [row.weight_bits for row in mncost.analyze(found).rows if row.mult_adds] == [bits] * 2
    plain = graph("of_type", nets.MAP, name="float32")
    assert plain.input_bits == (None,)
    assert [each.numbers.activation_bits for each in plain.nodes] == [None] * 4 + [64]
    assert [each.op for each in found.nodes if each.op != ops.Move("cast", (8, 10, 8))] == [
        each.op for each in plain.nodes
    ]


def test_all_that_is_stored_takes_its_own_bits_and_places_are_no_weights() -> None:
    found = graph("stored_in_halves", (8, 6, 6))
    assert stored_bytes(found, Bits(counted="all")) == 2 * ((8 * 8 + 8) + 8 + 2 * 8 + 8)
    assert found.notes["all"].startswith("Weights of 16 bits: 4 layers. Activations")
    assert {each.numbers.weight_bits for each in found.nodes if isinstance(each.op, ops.Move)} == {
        None
    }


def test_weights_that_tell_a_type_stay_with_their_layer() -> None:
    found = graph("told_by_weights", (8, 6, 6))
    assert [type(each.op) for each in found.nodes] == [ops.Conv, ops.Move, ops.Move, ops.Conv]
    assert [each.sources for each in found.nodes] == [(-1,), (0,), (1,), (2,)]
    assert [row.parameters.trainable for row in mncost.analyze(found).rows if row.mult_adds] == [
        8 * 4 + 4, 4 * 6 + 6,
    ]  # fmt: skip


def test_what_is_copied_over_takes_the_bits_of_that() -> None:
    found = graph("copied_over", (8, 6, 6))
    assert found.nodes[1].op == ops.Move("cast", (8, 6, 6))
    assert [each.numbers.activation_bits for each in found.nodes] == [None, 16, 16, 16]


def test_a_shared_module_is_computed_each_time_and_stored_once() -> None:
    rows = [row for row in report("Shared", (4, 8, 8)).rows if row.kind == "conv"]
    assert [row.cost for row in rows] == [4 * 4 * 9 * 64, 4 * 4 * 9 * 16, 4 * 4 * 9 * 16]
    assert [row.parameters.trainable for row in rows] == [4 * 4 * 9 + 4 + 8, 0, 0]
    assert [row.parameters.norm_statistics for row in rows] == [8, 0, 0]
    assert [row.name for row in rows] == ["conv", "conv.2", "again"]


@pytest.mark.parametrize("data", [False, True])
def test_tied_weights_are_stored_once(data: bool) -> None:
    ours = report("Tied", (12,), data=data)
    assert ours.totals.parameters.trainable == 16_000 + 1_000
    assert ours.totals.mult_adds == 12 * 16 * 1000
    assert "whole numbers" in ours.notes["all"]


def test_how_it_is_written() -> None:
    written = [
        (type(node.op).__name__, node.written)
        for node in graph("ways", nets.MAP).nodes
        if not isinstance(node.op, ops.Move)
    ]
    assert written == [
        ("Conv", "module"), ("Conv", "subclass"), ("Act", "module"), ("Act", "module"),
        ("Conv", "function"), ("Act", "function"), ("AdaptivePool", "method"),
    ]  # fmt: skip


def test_names_have_the_hierarchy_of_modules() -> None:
    models.module("torchvision")
    nodes = torch_graph.read("py:torchvision.models:mobilenet_v2", [IMAGE]).nodes
    names = [node.name for node in nodes]
    assert names[:5] == [
        "features.0.0", "features.0.0/norm", "features.0.0/act",
        "features.1/conv.0.0", "features.1/conv.0.0/norm",
    ]  # fmt: skip
    assert "features.3/add" in names
    assert len(set(names)) == len(names)


def test_what_has_no_formula_is_named() -> None:
    nodes = graph("unknown", nets.MAP).nodes
    unknown = [node.op for node in nodes if isinstance(node.op, ops.Opaque)]
    assert unknown == [ops.Opaque("fft_fft2", (8, 12, 10))]
    assert mncost.analyze(graph("unknown", nets.MAP)).totals.mult_adds == 8 * 4 * 120


@pytest.mark.parametrize(
    ("size", "shape", "note"),
    [
        ((8, 12, 10), (8, 12, 10), ""),
        ((1, 8, 12, 10), (8, 12, 10), ""),
        ((32, 8, 12, 10), (8, 12, 10), "a batch of 32"),
    ],
)
def test_one_image_is_counted(size: tuple[int, ...], shape: tuple[int, ...], note: str) -> None:
    ours = graph("unknown", size)
    assert ours.input == shape
    assert note in ours.notes.get("all", "")


# -- what it takes, and what it leaves


def test_no_weights_are_allocated() -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    ours = report("huge", (100_000,)).totals
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert ours.mult_adds == 10**10
    assert ours.parameters.trainable == 10**10 + 200_000
    assert grown * (1 if sys.platform == "darwin" else 1024) < 2**28


def test_a_model_is_left_as_it_was() -> None:
    model = nets.READY
    held = {name: (each, each.clone()) for name, each in model.state_dict(keep_vars=True).items()}
    modes = [module.training for module in model.modules()]
    random = torch.random.get_rng_state()
    assert report("READY", (3, 8, 8)).totals.mult_adds == 3 * 4 * 9 * 36
    assert [module.training for module in model.modules()] == modes == [True, True, False, True]
    assert (model.cache, model.seen) == ({}, 0)
    for name, each in model.state_dict(keep_vars=True).items():
        was, values = held[name]
        assert each is was
        assert torch.equal(each, values)
        assert each.grad is None
    assert torch.equal(torch.random.get_rng_state(), random)


def test_the_same_model_twice() -> None:
    assert graph("READY", (3, 8, 8)) == graph("READY", (3, 8, 8))


# -- factories that go wrong

BAD = """
import sys
import torch
from torch import nn

class Needs(nn.Module):
    def __init__(self, width, depth=1):
        super().__init__()
        self.conv = nn.Conv2d(3, width, 3)
    def forward(self, x):
        return self.conv(x)

def raises():
    raise ValueError("no such size\\nand more")
def exits():
    sys.exit(3)
def nothing():
    pass
def weights():
    return nn.Conv2d(3, 4, 3).state_dict()
def cls():
    return nn.Conv2d
def late():
    import no_such_module
def reads():
    conv = nn.Conv2d(3, 400, 3)
    return conv if conv.weight.sum() > 0 else None
def prints():
    import os
    print("hello from the factory")
    os.system("echo hello from below")
    class Prints(nn.Conv2d):
        def forward(self, x):
            print("hello from forward")
            return super().forward(x)
    return Prints(3, 4, 3)
def interrupted():
    raise KeyboardInterrupt
class Crashes(nn.Module):
    def forward(self, x):
        return x.undefined
class Exits(nn.Module):
    def forward(self, x):
        sys.exit()
class Idle(nn.Module):
    def forward(self, x):
        return x
class Two(nn.Module):
    def forward(self, image, mask):
        return image * mask
TABLE = {"a": 1}
"""


@pytest.fixture
def beside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The name of a module in the current directory."""
    name = f"their_{tmp_path.name.replace('-', '_')}"
    (tmp_path / f"{name}.py").write_text(BAD)
    monkeypatch.chdir(tmp_path)
    return name


WRONG: list[tuple[str, dict[str, object], str]] = [
    ("raises", {}, "{m}.py:14: raises raised ValueError: no such size"),
    ("exits", {}, "exits ended the program; sys.exit()"),
    ("nothing", {}, "nothing returned None, where a torch.nn.Module is expected; return the model"),
    ("weights", {}, "weights returned an OrderedDict, where a torch.nn.Module is expected; weights alone have no architecture: return the model"),
    ("cls", {}, "cls returned a class (Conv2d), where a torch.nn.Module is expected; return an instance of it"),
    ("late", {}, "{m}.py:24: late raised ModuleNotFoundError: No module named 'no_such_module'"),
    ("reads", {}, "{m}.py:27: reads raised NoNumbers: aten._local_scalar_dense.default reads the numbers of weights, and here they have none"),
    ("Needs", {}, "Needs needs width; add --arg width=…"),
    ("Needs", {"wdth": 8}, 'Needs takes no argument "wdth"; did you mean width or depth?'),
    ("nothing", {"a": 1}, 'nothing takes no argument "a"; it takes none'),
    ("Needs", {"width": "wide"}, "{m}.py:9: Needs raised TypeError:"),
    ("TABLE", {}, "TABLE is a dict, no model and no function that returns one; write py:package.module:factory"),
    ("Need", {}, '{m} has no "Need"; did you mean Needs?'),
    ("Crashes", {}, "{m}.py:41: Crashes raised AttributeError:"),
    ("Exits", {}, "Exits ended the program"),
    ("Idle", {}, "nothing that is computed from the input; not a network"),
    ("Two", {}, "Two takes 2 inputs (image, mask), and 1 sizes are given; one --input for each, in order"),
]  # fmt: skip


@pytest.mark.parametrize(("factory", "arguments", "message"), WRONG)
def test_a_factory_that_goes_wrong(
    factory: str, arguments: dict[str, object], message: str, beside: str
) -> None:
    path = list(sys.path)
    with pytest.raises(MncostError) as caught:
        torch_graph.read(f"py:{beside}:{factory}", [(3, 8, 8)], arguments)
    assert len(caught.value.problems) == 1
    assert message.format(m=beside) in str(caught.value)
    assert "\n" not in str(caught.value)
    assert sys.path == path


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("py:no_such_module:net", 'no module is called "no_such_module"'),
        ("py:tests.no_such:net", 'no module is called "tests.no_such"'),
        ("py:tests", "no factory is named; write py:package.module:factory"),
        ("py::net", "no module is named"),
        ("py:", "no module is named"),
        ("py:./models.py:net", '"./models.py" is no name of a module; a module, not a file'),
    ],
)
def test_a_source_that_names_nothing(source: str, message: str) -> None:
    with pytest.raises(SpecError) as caught:
        torch_graph.read(source, [IMAGE], {})
    assert message in str(caught.value)


def test_a_module_with_an_error(beside: str) -> None:
    Path(f"{beside}_b.py").write_text("x = 1\nthis is no python\n")
    Path(f"{beside}_c.py").write_text("import no_such_module\n")
    with pytest.raises(
        SpecError, match=f"{beside}_b.py:2: importing {beside}_b raised SyntaxError"
    ):
        torch_graph.read(f"py:{beside}_b:net", [IMAGE], {})
    with pytest.raises(SpecError, match=f'{beside}_c needs "no_such_module", which is not install'):
        torch_graph.read(f"py:{beside}_c:net", [IMAGE], {})


def test_what_is_printed_goes_to_standard_error(
    beside: str, capfd: pytest.CaptureFixture[str]
) -> None:
    torch_graph.read(f"py:{beside}:prints", [(3, 8, 8)], {})
    out, err = capfd.readouterr()
    assert out == ""
    for where in ("the factory", "below", "forward"):
        assert f"hello from {where}" in err


def test_an_interruption_passes(beside: str) -> None:
    with pytest.raises(KeyboardInterrupt):
        torch_graph.read(f"py:{beside}:interrupted", [(3, 8, 8)], {})


@pytest.mark.parametrize(
    ("factory", "size", "message"),
    [
        ("branching", nets.MAP, "cond: control flow, whose cost depends on the data"),
        ("depending", nets.MAP, "it is made and run without numbers"),
        ("unknown", (9, 12, 10), "raised RuntimeError"),
    ],
)
def test_a_model_that_cannot_be_run(factory: str, size: tuple[int, ...], message: str) -> None:
    with pytest.raises(MncostError, match=message):
        graph(factory, size)


@pytest.mark.parametrize("size", [(), (0, 3), (3, -1, 4), (3, 10**12, 4)])
def test_a_size_that_cannot_be(size: tuple[int, ...]) -> None:
    with pytest.raises(SettingError, match="an impossible size"):
        graph("unknown", size)


def test_no_size() -> None:
    with pytest.raises(SpecError, match="and no sizes are given; add --input 3x224x224, say"):
        graph("huge")


def test_without_torch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(SpecError, match=r"pip install 'mncost\[torch\]'"):
        torch_graph.read("py:tests.convert.nets:ways", [nets.MAP], {})


def test_torch_and_our_rules_must_agree(monkeypatch: pytest.MonkeyPatch) -> None:
    from mncost.convert.torch import layers as torch_layers

    monkeypatch.setattr(torch_layers, "_padding", lambda values: (0, 0, 0, 0))
    with pytest.raises(ShapeError, match=r"its output is 6×10×16 for torch, and 5×6×16 by our rul"):
        graph("probe", nets.MAP, name="conv")
