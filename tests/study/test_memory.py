"""Peaks of activation memory, written as arithmetic; planners, devices, and what is published."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

import mncost
from mncost.cost.footprint import Bits
from mncost.errors import MncostError, SettingError
from mncost.graph import Builder, Graph, Numbers, ops
from mncost.spec.devices import device, devices
from mncost.spec.schema import device_schema
from mncost.spec.source import parse
from mncost.study.fitting import fitting
from mncost.study.memory import PLANNERS, Planner, check, plan

BYTE = Bits(8, 8)
KIB = 1024


def graph(text: str) -> Graph:
    return mncost.lower(parse(f"norm: none\nact: none\n{text}".encode(), "net.yaml"))


def peaks(network: Graph, bits: Bits = BYTE) -> tuple[int, ...]:
    return tuple(plan(network, bits, planner).peak.bytes for planner in PLANNERS)


CHECKED = [
    ("mobilenet_v1", "liveness", 1176 * KIB, 112 * 112 * (32 + 64)),
    ("mobilenet_v2", "liveness", 1470 * KIB, 112 * 112 * 96 + 56 * 56 * 96),
    # Lin et al. 2021, MCUNetV2, figure 1 (https://arxiv.org/abs/2110.15352): 1372 kB, in int8
    ("mobilenet_v2", "in_place", 1372 * KIB, 112 * 112 * (16 + 96)),
    # MLPerf Tiny: input and output of each operation alive, in int8
    ("mlperf_tiny_vww", "liveness", 55_296, 48 * 48 * (8 + 16)),
    ("mlperf_tiny_resnet8", "liveness", 49_152, 3 * 32 * 32 * 16),
    ("mlperf_tiny_dscnn", "liveness", 16_000, 2 * 25 * 5 * 64),
    ("mlperf_tiny_autoencoder", "liveness", 3072 // 4, 640 + 128),
]


@pytest.mark.parametrize(("name", "planner", "known", "arithmetic"), CHECKED)
def test_checked_figures(name: str, planner: str, known: int, arithmetic: int) -> None:
    found = plan(mncost.lower(mncost.load(name)), BYTE, check(planner))
    assert found.peak.bytes == known == arithmetic


def test_a_peak_says_what_makes_it() -> None:
    found = plan(mncost.lower(mncost.load("mobilenet_v2")), BYTE)
    assert found.peak.node.name == "inverted_residual2/depthwise"
    assert [(each.name, each.bytes) for each in found.tensors] == [
        ("inverted_residual2/expand", 112 * 112 * 96),
        ("inverted_residual2/depthwise", 56 * 56 * 96),
    ]


def test_a_residual_stays_alive() -> None:
    network = graph("""input: [4, 8, 8]
layers:
  - op: residual
    layers: [{op: pointwise, out: 6}, {op: pointwise, out: 4}]
""")
    first, second, add = plan(network, BYTE).moments
    assert first.bytes == (4 + 6) * 64
    assert second.bytes == (4 + 6 + 4) * 64
    assert add.bytes == 3 * 4 * 64
    names = [each.name for each in plan(network, BYTE).tensors]
    assert names == ["residual1/pointwise1", "input", "residual1/pointwise2"]


def test_a_depthwise_convolution_in_place_needs_one_channel_more() -> None:
    network = graph(
        "input: [4, 8, 8]\nlayers: [{op: pointwise, out: 16}, {op: depthwise}, {op: pointwise, out: 2}]"
    )
    _, depthwise, last = plan(network, BYTE, "in_place").moments
    assert depthwise.bytes == 16 * 64 + 64
    assert [each.scratch for each in plan(network, BYTE, "in_place").tensors] == [False, False]
    assert depthwise.writes is not None
    assert depthwise.writes.scratch
    assert last.bytes == (16 + 2) * 64
    assert plan(network, BYTE).moments[1].bytes == 2 * 16 * 64


@pytest.mark.parametrize(
    "layers",
    [
        "[{op: depthwise}]",  # the network's input
        "[{op: pointwise, out: 4, id: a}, {op: depthwise, id: b}, {op: add, from: [a, b]}]",
        "[{op: pointwise, out: 4}, {op: depthwise, multiplier: 2}]",
        "[{op: pointwise, out: 4}, {op: depthwise, padding: 3}]",  # a larger map
        "[{op: pointwise, out: 4}, {op: depthwise, activation_bits: 16}]",  # or larger numbers
    ],
)
def test_what_cannot_be_overwritten_is_not(layers: str) -> None:
    network = graph(f"input: [4, 8, 8]\nlayers: {layers}")
    assert plan(network, BYTE, "in_place").moments == plan(network, BYTE).moments


def test_the_sum_is_of_all_tensors() -> None:
    network = graph(
        "input: [4, 8, 8]\nlayers: [{op: conv, out: 6, kernel: 3, act: relu}, {op: global_pool}, {op: linear, out: 3}]"
    )
    assert plan(network, BYTE, "sum").peak.bytes == 4 * 64 + 6 * 64 + 6 + 3


def test_each_tensor_has_its_own_bits_and_takes_whole_bytes() -> None:
    network = graph("""input: [3, 3, 3]
layers:
  - {op: pointwise, out: 5, activation_bits: 4}
  - {op: pointwise, out: 2}
""")
    first, second = plan(network, Bits(8, 3)).moments
    assert first.bytes == -(-27 * 3 // 8) + -(-45 * 4 // 8) == 11 + 23
    assert second.bytes == 23 + -(-18 * 3 // 8) == 23 + 7


def test_what_the_network_gives_stays_to_the_end() -> None:
    """A head that nothing reads is one of its outputs."""
    network = graph("""input: [3, 8, 8]
layers:
  - {op: pointwise, out: 2, id: trunk}
  - {op: pointwise, out: 32, id: head}
  - {op: pointwise, out: 4, from: trunk}
  - {op: pointwise, out: 5}
""")
    assert network.gives == (1, 3)
    assert [each.bytes // 64 for each in plan(network, BYTE).moments] == [5, 34, 38, 32 + 4 + 5]


def test_so_does_what_is_stated_and_read_again() -> None:
    layers = "layers: [{op: pointwise, out: 8}, {op: pointwise, out: 2}, {op: pointwise, out: 9}]"
    network = graph(f"input: [1, 8, 8]\n{layers}")
    stated = replace(network, outputs=(0, 2))
    assert [each.bytes // 64 for each in plan(network, BYTE).moments] == [9, 10, 11]
    assert [each.bytes // 64 for each in plan(stated, BYTE).moments] == [9, 10, 8 + 2 + 9]
    dead = replace(network, outputs=(1,))  # what nothing reads, and the network does not give
    assert [each.bytes // 64 for each in plan(dead, BYTE).moments] == [9, 10, 11]


def test_what_the_network_gives_is_not_overwritten() -> None:
    network = graph("input: [1, 8, 8]\nlayers: [{op: conv, out: 4, kernel: 1, act: relu}]")
    (conv, act) = plan(replace(network, outputs=(0, 1)), BYTE).moments
    assert (conv.bytes, act.bytes) == (5 * 64, 8 * 64)
    assert plan(network, BYTE).peak.bytes == 5 * 64


VIEWED = """input: [1, 8, 8]
layers:
  - {op: conv, out: 4, kernel: 1, id: conv}
  - {op: move, function: reshape, out: [4, 4, 16], id: view}
  - {op: act, type: relu, id: act}
"""


def test_a_view_is_of_its_inputs_tensor() -> None:
    network = graph(VIEWED)
    assert [each.bytes // 64 for each in plan(network, BYTE).moments] == [5, 4, 4]
    assert plan(network, BYTE, "sum").peak.bytes == 5 * 64
    assert [each.writes is None for each in plan(network, BYTE).moments] == [False, True, True]


def test_nothing_is_overwritten_through_a_view_that_another_reads() -> None:
    again = "  - {op: move, function: reshape, out: [4, 8, 8], id: again}\n"
    network = graph(f"{VIEWED}{again}  - {{op: add, from: [again, conv]}}")
    moments = plan(network, BYTE).moments
    assert [each.bytes // 64 for each in moments] == [5, 4, 8, 8, 12]


@pytest.mark.parametrize(("bits", "peak"), [(4, 5 * 64), (8, 5 * 64), (16, 4 * 64 + 8 * 64)])
def test_more_bits_do_not_fit_in_place(bits: int, peak: int) -> None:
    layers = f"[{{op: conv, out: 4, kernel: 1}}, {{op: act, type: relu, activation_bits: {bits}}}]"
    assert plan(graph(f"input: [1, 8, 8]\nlayers: {layers}"), BYTE).peak.bytes == peak


def old_peak(network: Graph) -> tuple[int, str]:
    """What was counted before there were planners: by its definition, tensor by tensor."""
    last: dict[int, int] = {}
    home = {-1: -1}
    readers = [s for node in network.nodes for s in node.sources]
    for at, node in enumerate(network.nodes):
        first = node.sources[0]
        alias = first >= 0 and readers.count(first) == 1
        alias = alias and isinstance(node.op, ops.BatchNorm | ops.Act | ops.Dropout)
        home[at] = home[first] if alias else at
        last.update((home[s], at) for s in node.sources)
    sizes = {-1: network.input, **{at: node.output for at, node in enumerate(network.nodes)}}
    best = (0, "")
    for at, node in enumerate(network.nodes):
        total = 0
        for tensor in {*home.values()}:
            if tensor <= at <= max(last.get(tensor, tensor), tensor):
                count = 1
                for side in sizes[tensor]:
                    count *= side
                total += count
        best = max(best, (total, node.name), key=lambda each: each[0])
    return best


@pytest.mark.parametrize(
    "name", ["mobilenet_v1", "mobilenet_v3_small", "shufflenet_v2_x0_5", "googlenet", "resnet18"]
)
def test_liveness_is_what_it_was(name: str) -> None:
    network = mncost.lower(mncost.load(name))
    found = plan(network, BYTE).peak
    assert (found.bytes, found.node.name) == old_peak(network)


BLOCKS = st.lists(
    st.tuples(st.sampled_from(["depthwise", "pointwise", "separable", "act", "pool", "residual", "branch"]), st.integers(1, 6)),
    min_size=1, max_size=8,
)  # fmt: skip


def network_of(blocks: list[tuple[str, int]], order: tuple[int, int] = (0, 1)) -> Graph:
    lines = ["  - {op: pointwise, out: 4}"]
    for kind, count in blocks:
        branches = ["[{op: depthwise}, {op: depthwise}]", f"[{{op: pointwise, out: {count}}}]"]
        lines.append("  - " + {
            "depthwise": "{op: depthwise}",
            "pointwise": f"{{op: pointwise, out: {count}}}",
            "separable": f"{{op: separable, out: {count}, stride: 2}}",
            "act": "{op: act, type: relu}",
            "pool": "{op: pool, type: max, kernel: 1}",
            "residual": "{op: residual, layers: [{op: depthwise}, {op: depthwise}]}",
            "branch": f"{{op: parallel, branches: [{branches[order[0]]}, {branches[order[1]]}]}}",
        }[kind])  # fmt: skip
    return graph("input: [3, 16, 16]\nlayers:\n" + "\n".join(lines) + "\n")


@given(BLOCKS, st.sampled_from([1, 3, 4, 8, 16]))
def test_sum_is_at_least_liveness_at_least_in_place(
    blocks: list[tuple[str, int]], bits: int
) -> None:
    """At the peak, and at every operation."""
    network = network_of(blocks)
    plans = [plan(network, Bits(8, bits), planner) for planner in PLANNERS]
    for total, alive, in_place in zip(*(each.moments for each in plans), strict=True):
        assert total.bytes >= alive.bytes >= in_place.bytes > 0
    assert plans[0].peak.bytes >= plans[1].peak.bytes >= plans[2].peak.bytes


@given(BLOCKS)
def test_no_operation_is_without_its_inputs_and_its_output(blocks: list[tuple[str, int]]) -> None:
    network = network_of(blocks)
    for moment in plan(network, BYTE).moments:
        written = moment.writes.bytes if moment.writes else 0
        assert moment.bytes >= sum(each.bytes for each in moment.reads) + written


@given(BLOCKS, st.sampled_from(list(PLANNERS)))
def test_the_tensors_of_the_peak_make_it(blocks: list[tuple[str, int]], planner: Planner) -> None:
    found = plan(network_of(blocks), BYTE, planner)
    assert sum(each.bytes for each in found.tensors) == found.peak.bytes
    assert found.peak.bytes == max(moment.bytes for moment in found.moments)
    assert len({id(each) for each in found.tensors}) == len(found.tensors)


@given(BLOCKS)
def test_the_sum_does_not_depend_on_the_order_of_branches(blocks: list[tuple[str, int]]) -> None:
    """Liveness does: it is of an order of execution."""
    one, other = network_of(blocks), network_of(blocks, (1, 0))
    assert plan(one, BYTE, "sum").peak.bytes == plan(other, BYTE, "sum").peak.bytes


@given(BLOCKS, st.integers(1, 8))
def test_twice_the_bits_are_at_most_twice_the_bytes(
    blocks: list[tuple[str, int]], bits: int
) -> None:
    network = network_of(blocks)
    for once, twice in zip(
        peaks(network, Bits(8, bits)), peaks(network, Bits(8, 2 * bits)), strict=True
    ):
        assert once <= twice <= 2 * once


def test_an_unknown_planner_is_named() -> None:
    with pytest.raises(SettingError, match='no planner "livenes"; did you mean liveness'):
        check("livenes")


def test_the_api_names_its_planner() -> None:
    cost = mncost.cost("mobilenet_v2", bits=8, planner="in_place")
    assert (cost.peak_bytes, cost.planner) == (1372 * KIB, "in_place")
    assert mncost.cost("mobilenet_v2", bits=8).to_record()["planner"] == "liveness"
    with pytest.raises(SettingError, match="no planner"):
        mncost.cost("mobilenet_v2", planner="greedy")


# -- devices


def test_every_device_has_its_source() -> None:
    assert devices()
    for name, each in devices().items():
        assert name == name.lower()
        assert each.source
        assert each.ram
        assert each.flash
    assert (devices()["stm32f746"].ram, devices()["stm32f746"].flash) == (320 * KIB, 1024 * KIB)
    assert device("STM32F746") == devices()["stm32f746"]


def test_what_is_left_and_what_is_missing(tmp_path: Path) -> None:
    network = mncost.lower(mncost.load("mlperf_tiny_vww"))
    weights = 208_112
    file = tmp_path / "board.toml"
    file.write_text(f'ram = {55_296}\nflash = "{weights} B"\n', "utf-8")
    found = fitting(network, plan(network, BYTE), BYTE, device(str(file)))
    assert (found.device.name, found.fits) == ("board", True)
    assert [room.left for room in found.rooms] == [0, 0]
    file.write_text(f'ram = {55_295}\nflash = "{weights} B"\n', "utf-8")
    found = fitting(network, plan(network, BYTE), BYTE, device(str(file)))
    assert [(room.left, room.fits) for room in found.rooms] == [(-1, False), (0, True)]
    assert not found.fits


def test_what_a_device_does_not_state_is_not_judged(tmp_path: Path) -> None:
    file = tmp_path / "board.yaml"
    file.write_text("ram: 1 MiB\n", "utf-8")
    network = mncost.lower(mncost.load("mlperf_tiny_vww"))
    found = fitting(network, plan(network, BYTE), BYTE, device(str(file)))
    assert (found.rooms[1].left, found.rooms[1].fits, found.fits) == (None, None, True)


def test_what_has_no_formula_cannot_be_said_to_fit() -> None:
    builder = Builder("odd", (4, 8, 8))
    builder.add(ops.Opaque("Strange", (4, 8, 8)), (0,), "odd", -1, numbers=Numbers(8))
    network = builder.build()
    found = fitting(network, plan(network, BYTE), BYTE, device("stm32h743"))
    assert found.rooms[1].needed is None
    assert not found.fits


WRONG = [
    ("flash: 1 MiB\n", 'board.yaml:1:1: missing key "ram"'),
    ("ram: .nan\n", "board.yaml:1:6: expected a positive whole number, got nan"),
    ("ram: -1\n", "board.yaml:1:6: expected a positive whole number, got -1"),
    ("ram: 0\n", "board.yaml:1:6: expected a positive whole number, got 0"),
    ("ram: -5 KiB\n", 'board.yaml:1:6: expected an amount, as in 300 KiB or 1 MB, got "-5 KiB"'),
    ("ram: 320 kb\n", 'board.yaml:1:6: expected an amount, as in 300 KiB or 1 MB, got "320 kb"'),
    ("ram: 1 KiB\nflsh: 1 MiB\n", 'board.yaml:2:1: unknown key "flsh"; did you mean flash?'),
    ("- ram\n", "board.yaml:1:1: expected a device, got a list of 1; write ram and flash"),
    ("ram: [\n", "board.yaml:2:1: "),
    ("", "board.yaml: empty"),
]


@pytest.mark.parametrize(("text", "expected"), WRONG, ids=[text[:12] for text, _ in WRONG])
def test_a_broken_device_file_names_the_place(
    text: str, expected: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("board.yaml").write_text(text, "utf-8")
    with pytest.raises(MncostError) as caught:
        device("board.yaml")
    assert str(caught.value).startswith(expected)


def test_an_unknown_device_is_told_the_nearest() -> None:
    with pytest.raises(
        MncostError, match='no device "stm32f764"; did you mean stm32f769 or stm32f746'
    ):
        device("stm32f764")
    with pytest.raises(MncostError, match="no such file"):
        device("nowhere/board.yaml")


def test_a_long_network_is_planned_at_once() -> None:
    """What is kept of each operation does not grow with the network."""
    layers = "[{op: repeat, times: 4000, layers: [{op: pointwise, out: 4}]}]"
    network = graph(f"input: [4, 8, 8]\nlayers: {layers}")
    assert peaks(network) == (4001 * 256, 512, 512)


def test_the_schema_of_a_device_file() -> None:
    schema = device_schema()
    jsonschema.validate({"ram": "320 KiB", "flash": 1024}, schema)
    for wrong in ({"flash": "1 MiB"}, {"ram": 0}, {"ram": "1 KiB", "rom": 1}):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(wrong, schema)


def test_a_report_says_what_rows_hold() -> None:
    first = mncost.analyze(mncost.load("mobilenet_v1"), bits=8).to_records()[0]
    assert (first["weight_bytes"], first["bytes_written"]) == (864, 112 * 112 * 32)
    assert first["im2col_bytes"] == 27 * 112 * 112
    with pytest.raises(SettingError, match="bits must be from 1 to 64, got 0"):
        mncost.analyze(mncost.load("mobilenet_v1"), bits=0)
    assert "weight_bytes" not in mncost.analyze(mncost.load("mobilenet_v1")).to_records()[0]
