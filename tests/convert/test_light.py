"""PyTorch models by a light run and by torch.export: the same graph, or the same refusal."""

from __future__ import annotations

from typing import Any

import pytest

from mncost.convert.torch import graph as torch_graph
from mncost.errors import MncostError
from tests.convert import models
from tests.convert.test_torch import FAMILIES

torch: Any = pytest.importorskip("torch", reason="needs mncost[torch]")
odd: Any = __import__("tests.convert.odd", fromlist=["odd"])
nets: Any = __import__("tests.convert.nets", fromlist=["nets"])
record: Any = __import__("mncost.convert.torch.record", fromlist=["record"])

pytestmark = pytest.mark.filterwarnings("ignore")  # torch's, of itself

MORE = (
    "torchvision/inception_v3", "torchvision/maxvit_t", "torchvision/resnext50_32x4d",
    "torchvision/vgg11_bn", "timm/beit_base_patch16_224", "timm/cait_xxs24_224",
    "timm/coat_tiny", "timm/convit_tiny", "timm/crossvit_tiny_240", "timm/davit_tiny",
    "timm/edgenext_xx_small", "timm/efficientvit_b0", "timm/eva02_tiny_patch14_224",
    "timm/fastvit_t8", "timm/gcvit_xxtiny", "timm/gmlp_s16_224", "timm/halonet26t",
    "timm/hrnet_w18_small", "timm/mobileone_s0", "timm/mvitv2_tiny", "timm/nf_resnet50",
    "timm/poolformer_s12", "timm/repvgg_a0", "timm/res2net50_26w_4s", "timm/sequencer2d_s",
    "timm/twins_svt_small", "timm/volo_d1_224", "timm/xcit_nano_12_p16_224",
)  # fmt: skip


class Doors:
    """Both ways of counting, and whether the light run saw everything when it was last asked."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.patch, self.run, self.saw = patch, record.run, False

    def _light(self, *given: Any) -> Any:
        self.saw = False
        run = self.run(*given)
        self.saw = True
        return run

    def _none(self, *given: Any) -> Any:
        raise record.Unfit("only torch.export")

    def one(self, light: bool, source: str, sizes: Any, arguments: dict[str, object]) -> Any:
        """A graph, or what is said where there is none."""
        self.patch.setattr(record, "run", self._light if light else self._none)
        try:
            return torch_graph.read(source, sizes, arguments)
        except MncostError as error:
            return f"{type(error).__name__}: {error}"

    def agree(self, source: str, sizes: Any, arguments: dict[str, object]) -> None:
        light = self.one(True, source, sizes, arguments)
        assert light == self.one(False, source, sizes, arguments)


@pytest.fixture
def doors(monkeypatch: pytest.MonkeyPatch) -> Doors:
    odd.CACHE.clear()
    return Doors(monkeypatch)


@pytest.mark.parametrize("network", [*FAMILIES, *MORE])
def test_networks_that_people_have(network: str, doors: Doors) -> None:
    source, arguments = models.source(network)
    size = (3, 224, 224)
    if network.startswith("timm/"):
        size = models.module("timm").models.get_pretrained_cfg(network[5:]).input_size
    doors.agree(source, [size], arguments)


@pytest.mark.parametrize("name", nets.PROBES)
def test_a_way_of_writing(name: str, doors: Doors) -> None:
    doors.agree("py:tests.convert.nets:probe", nets.PROBES[name][1], {"name": name})


@pytest.mark.parametrize("name", ["half", "float64"])
def test_types_of_numbers(name: str, doors: Doors) -> None:
    doors.agree("py:tests.convert.nets:of_type", [nets.MAP], {"name": name})
    assert doors.saw


@pytest.mark.parametrize("name", ["told_by_weights", "copied_over", "stored_in_halves"])
def test_types_that_change(name: str, doors: Doors) -> None:
    doors.agree(f"py:tests.convert.nets:{name}", [(8, 6, 6)], {})


@pytest.mark.parametrize("name", odd.SEEN)
def test_what_a_light_run_sees(name: str, doors: Doors) -> None:
    doors.agree("py:tests.convert.odd:fresh", odd.SEEN[name][1], {"name": name})
    assert doors.saw


@pytest.mark.parametrize("name", odd.UNSEEN)
def test_what_is_left_to_torch_export(name: str, doors: Doors) -> None:
    doors.agree("py:tests.convert.odd:fresh", odd.UNSEEN[name][1], {"name": name})
    assert not doors.saw


def test_what_outlives_a_run_is_no_hindrance(doors: Doors) -> None:
    source, size = "py:tests.convert.odd:fresh", [(3, 16, 16)]
    first = doors.one(True, source, size, {"name": "cached"})
    assert first == doors.one(True, source, size, {"name": "cached"})
    assert first == doors.one(False, source, size, {"name": "cached"})


@pytest.mark.parametrize("name", ["detr", "lstm", "hooks", "buffer counts", "buffer replaced",
                                  "listed", "norm in training", "by data", "raises"])  # fmt: skip
def test_a_model_is_left_as_it_was(name: str, doors: Doors) -> None:
    model = odd.made(name).train()
    before = contents(model)
    outside = surroundings()
    doors.one(
        True, "py:tests.convert.odd:made", {**odd.SEEN, **odd.UNSEEN}[name][1], {"name": name}
    )
    after = contents(model)
    assert len(before) == len(after)
    assert all(one is other for one, other in zip(before, after, strict=True))
    assert outside == surroundings()


def contents(model: Any) -> list[Any]:
    """Everything in a model, parameters, buffers, flags, hooks and attributes."""
    found: list[Any] = []
    left = [module.__dict__ for module in model.modules()]
    for holder in left:
        things = [*holder, *holder.values()] if isinstance(holder, dict) else holder
        found += [type(holder), len(holder), *things]
        left += [each for each in things if isinstance(each, dict | list)]
    return found


def surroundings() -> list[Any]:
    """What of torch's own a run changes while it lasts."""
    return [
        torch.nn.Module.__call__, torch.is_grad_enabled(), torch.compiler.is_compiling(),
        torch.compiler.is_exporting(), torch.fx._symbolic_trace._is_fx_tracing_flag,
        torch.backends.mha.get_fastpath_enabled(),
        torch._C._get_mkldnn_enabled(), torch._C._get_cudnn_enabled(),
        torch._ops._len_torch_dispatch_stack_pre_dispatch(), torch.get_rng_state().sum().item(),
    ]  # fmt: skip
