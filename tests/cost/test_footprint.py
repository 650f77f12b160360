"""What layers hold and move, written as arithmetic."""

from __future__ import annotations

import math
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

import mncost
from mncost.cost.engine import analyze
from mncost.cost.footprint import Bits, Footprint, Product, together
from mncost.cost.report import Report, Row
from mncost.formulas import bytes_of, im2col, output_size, stored
from mncost.graph import Builder, Numbers, ops
from mncost.spec.source import parse

BYTE = Bits(8, 8)


def counted(text: str, bits: Bits = BYTE) -> dict[str, Row]:
    network = parse(f"norm: none\nact: none\n{text}".encode(), "net.yaml")
    return {row.name: row for row in analyze(mncost.lower(network), bits=bits)}


def of(row: Row) -> Footprint:
    assert row.footprint is not None
    return row.footprint


def test_a_convolution_of_the_paper() -> None:
    """Table 3's layer: 14x14x512 to 512 channels, 3x3, in bytes."""
    (row,) = counted("input: [512, 14, 14]\nlayers: [{op: conv, out: 512, kernel: 3}]").values()
    assert of(row) == Footprint(
        weights=3 * 3 * 512 * 512,
        activations=14 * 14 * 512,
        read=14 * 14 * 512 + 3 * 3 * 512 * 512,
        written=14 * 14 * 512,
        im2col=3 * 3 * 512 * 14 * 14,
        product=Product("im2col", 14 * 14, 3 * 3 * 512, 512),
    )


def test_pointwise_needs_no_im2col_and_depthwise_a_groups() -> None:
    rows = counted("input: [512, 14, 14]\nlayers: [{op: separable, out: 256, stride: 2}]")
    depthwise, pointwise = (of(row) for row in rows.values())
    assert depthwise.im2col == 3 * 3 * 1 * 7 * 7
    assert depthwise.product == Product("grouped", 7 * 7, 3 * 3, 1)
    assert pointwise.im2col == 0
    assert pointwise.product == Product("plain", 7 * 7, 512, 256)
    assert pointwise.moved == 7 * 7 * 512 + 512 * 256 + 7 * 7 * 256


@pytest.mark.parametrize(
    ("layer", "product", "buffer"),
    [
        ("{op: pointwise, out: 8, stride: 2}", Product("strided", 16, 6, 8), 0),
        ("{op: conv, out: 8, kernel: 1, padding: 1}", Product("strided", 100, 6, 8), 0),
        ("{op: pointwise, out: 8, groups: 2}", Product("grouped", 64, 3, 4), 0),
        ("{op: conv, out: 8, kernel: [1, 3]}", Product("im2col", 64, 18, 8), 3 * 6 * 64),
        ("{op: conv, out: 8, kernel: 3, groups: 2}", Product("grouped", 64, 27, 4), 9 * 3 * 64),
        (
            "{op: conv_transpose, out: 8, kernel: 2, stride: 2}",
            Product("col2im", 64, 6, 32),
            4 * 8 * 64,
        ),
        (
            "{op: conv_transpose, out: 8, kernel: 2, activation_bits: 16}",  # of what it puts out
            Product("col2im", 64, 6, 32),
            2 * 4 * 8 * 64,
        ),
        ("{op: conv_transpose, out: 8, kernel: 1}", Product("plain", 64, 6, 8), 0),
        ("{op: conv_transpose, out: 8, kernel: 1, stride: 2}", Product("strided", 64, 6, 8), 0),
        ("{op: linear, out: 10}", Product("plain", 1, 6 * 64, 10), 0),
        ("{op: pool, type: max, kernel: 2}", None, None),
        ("{op: softmax}", None, None),
    ],
)
def test_products_of_matrices(layer: str, product: Product | None, buffer: int | None) -> None:
    (row,) = counted(f"input: [6, 8, 8]\nlayers: [{layer}]").values()
    assert (of(row).product, of(row).im2col) == (product, buffer)


def test_the_product_is_the_mult_adds_where_there_is_one() -> None:
    """M·K·N, for each group, is what the paper's formulas count."""
    for name in ("mobilenet_v1", "mobilenet_v2", "shufflenet_v2_x1", "resnet50", "xception"):
        for row in analyze(mncost.lower(mncost.load(name)), bits=BYTE):
            if (made := of(row).product) is not None:
                groups = getattr(row.op, "groups", 1)
                assert made.m * made.k * made.n * groups == row.mult_adds, (name, row.name)


def test_a_sum_reads_both_and_what_is_read_twice_is_read_once() -> None:
    rows = counted("""input: [4, 8, 8]
layers:
  - {op: pointwise, out: 4, id: a}
  - {op: pointwise, out: 4, id: b}
  - {op: add, from: [a, b], id: both}
  - {op: add, from: [both, both], id: twice}
""")
    assert of(rows["both"]).read == 2 * 4 * 8 * 8
    assert of(rows["twice"]).read == 4 * 8 * 8


def test_norm_and_act_that_finish_a_layer_move_nothing_more() -> None:
    text = "input: [4, 8, 8]\nlayers: [{op: conv, out: 4, kernel: 3, norm: batch, act: relu}]"
    (row,) = counted(text).values()
    assert of(row).moved == 2 * 4 * 8 * 8 + 9 * 4 * 4
    (row,) = counted(text, Bits(8, 8, "all")).values()
    assert of(row).weights == 9 * 4 * 4 + 4 * 4  # scale, shift, mean and variance
    rows = counted("input: [4, 8, 8]\nlayers: [{op: act, type: relu}, {op: dropout}]")
    assert [of(row).moved for row in rows.values()] == [2 * 4 * 8 * 8, 0]


def test_each_tensor_takes_whole_bytes() -> None:
    """3·3·3·3 = 81 weights of 3 bits are 243 bits: 31 bytes; 3·5·5 = 75 of 5 bits 47 bytes."""
    text = "input: [3, 5, 5]\nlayers: [{op: conv, out: 3, kernel: 3}]"
    (row,) = counted(text, Bits(3, 5)).values()
    assert (of(row).weights, of(row).activations) == (31, 47)
    assert of(row).im2col == math.ceil(9 * 3 * 25 * 5 / 8)
    (row,) = counted(text.replace("3}", "3, bias: true}"), Bits(3, 5, "all")).values()
    assert of(row).weights == 31 + math.ceil(3 * 3 / 8)


def test_bits_and_density_of_the_file_are_the_layers_own() -> None:
    rows = counted("""input: [4, 8, 8]
activation_bits: 16
layers:
  - {op: conv, out: 4, kernel: 3, weight_bits: 4, density: 0.3, id: a}
  - {op: pointwise, out: 4, activation_bits: 4, id: b}
""")
    assert of(rows["a"]).weights == math.ceil(math.ceil(144 * 0.3) * 4 / 8) == 22
    assert of(rows["a"]).read == 2 * 256 + 22
    assert rows["a"].mult_adds == 9 * 4 * 4 * 64
    assert of(rows["b"]) == Footprint(16, 128, 512 + 16, 128, 0, Product("plain", 64, 4, 4))


def test_shared_weights_are_stored_once_and_read_twice() -> None:
    builder = Builder("shared", (4, 8, 8))
    at = builder.add(ops.Conv(4, (1, 1)), (0,), "a", -1)
    builder.add(ops.Conv(4, (1, 1)), (1,), "b", at, shared="weights")
    first, second = analyze(builder.build(), bits=BYTE)
    assert [of(row).weights for row in (first, second)] == [16, 0]
    assert of(first).read == of(second).read == 256 + 16


def test_what_has_no_formula_is_unknown_and_never_nought() -> None:
    builder = Builder("odd", (4, 8, 8))
    at = builder.add(ops.Opaque("Strange", (4, 8, 8)), (0,), "odd", -1, numbers=Numbers(8))
    builder.add(ops.Conv(4, (1, 1)), (1,), "conv", at)
    odd, conv = (of(row) for row in analyze(builder.build(), bits=BYTE))
    assert odd.unknown
    assert not conv.unknown
    assert not together([odd, conv]).unknown


def test_moves_that_keep_the_order_are_free_and_parts_are_read_in_part() -> None:
    rows = counted("""input: [4, 8, 8]
layers:
  - {op: split, id: half}
  - {op: shuffle, groups: 2, id: dealt}
  - {op: move, function: flatten, out: [128], id: flat}
""")
    assert of(rows["half"]).moved == 2 * 128
    assert of(rows["dealt"]).moved == 2 * 128
    assert of(rows["flat"]).moved == 0


def total(report: Report) -> Footprint:
    return together(of(row) for row in report)


@given(
    st.sampled_from(["mobilenet_v1", "mobilenet_v2", "mobilenet_v3_small", "squeezenet_1_1"]),
    st.integers(1, 8),
)
def test_sums_do_not_depend_on_how_layers_are_grouped(name: str, size: int) -> None:
    report = analyze(mncost.lower(mncost.load(name)), bits=BYTE)
    groups = [report.rows[at : at + size] for at in range(0, len(report.rows), size)]
    regrouped = together(together(of(row) for row in group) for group in groups)
    whole = total(report)
    assert (regrouped.weights, regrouped.read, regrouped.written, regrouped.im2col) == (
        whole.weights, whole.read, whole.written, whole.im2col,
    )  # fmt: skip
    assert whole.weights == report.totals.parameters.weights


@given(st.integers(1, 9), st.integers(1, 64), st.integers(0, 10**6))
def test_bytes_hold_every_bit_and_no_byte_too_many(step: int, bits: int, count: int) -> None:
    assert count * bits <= 8 * bytes_of(count, bits) < count * bits + 8
    assert bytes_of(count, 8 * step) == step * count


@given(st.integers(0, 10**6), st.fractions(Fraction(1, 1000), 1))
def test_pruning_keeps_a_whole_number_of_weights(count: int, density: Fraction) -> None:
    kept = stored(count, density)
    assert kept - 1 < count * density <= kept <= count
    assert stored(count, Fraction(1)) == count


@given(st.integers(1, 4), st.integers(1, 3), st.integers(1, 3), st.integers(1, 7))
def test_im2col_has_a_column_for_each_place(kernel: int, m: int, stride: int, size: int) -> None:
    size += kernel
    places = output_size(size, kernel, stride, 1, (0, 0))
    columns = [
        [(c, y + dy, x + dx) for c in range(m) for dy in range(kernel) for dx in range(kernel)]
        for y in range(0, size - kernel + 1, stride)
        for x in range(0, size - kernel + 1, stride)
    ]
    assert sum(map(len, columns)) == im2col((kernel, kernel), m, (places, places))
