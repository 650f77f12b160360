"""The equations: by hand, by properties, and against equations (1) and (3) performed literally."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from mncost import formulas
from mncost.cost.events import ledger, parameters
from mncost.graph import Node
from mncost.graph.ops import Conv
from mncost.graph.shapes import infer
from tests.oracle import multiplications

small = st.integers(1, 9)
pairs = st.tuples(small, small)
alphas = st.floats(0.01, 1.0)


def test_table_3_of_the_paper_as_arithmetic() -> None:
    assert formulas.standard((3, 3), 512, 512, (14, 14)) == 3 * 3 * 512 * 512 * 14 * 14
    assert formulas.depthwise((3, 3), 512, (14, 14)) == 3 * 3 * 512 * 14 * 14
    assert formulas.pointwise(512, 512, (14, 14)) == 512 * 512 * 14 * 14
    assert formulas.separable((3, 3), 512, 512, (14, 14)) == 903_168 + 51_380_224
    assert (
        formulas.separable_thin((3, 3), 512, 512, (14, 14), 0.75)
        == 3 * 3 * 384 * 14 * 14 + 384 * 384 * 14 * 14
    )
    assert (
        formulas.separable_small((3, 3), 512, 512, (14, 14), 0.75, 0.714)
        == 3 * 3 * 384 * 10 * 10 + 384 * 384 * 10 * 10
    )


@given(pairs, small, small, pairs)
def test_separable_over_standard_is_the_papers_reduction(
    kernel: formulas.Pair, m: int, n: int, fmap: formulas.Pair
) -> None:
    share = Fraction(formulas.separable(kernel, m, n, fmap), formulas.standard(kernel, m, n, fmap))
    assert (
        share
        == formulas.reduction(kernel, n)
        == Fraction(1, n) + Fraction(1, kernel[0] * kernel[1])
    )


@given(pairs, small, small, pairs)
def test_both_multipliers_at_one_change_nothing(
    kernel: formulas.Pair, m: int, n: int, fmap: formulas.Pair
) -> None:
    full = formulas.separable(kernel, m, n, fmap)
    assert formulas.separable_thin(kernel, m, n, fmap, 1.0) == full
    assert formulas.separable_small(kernel, m, n, fmap, 1.0, 1.0) == full


@given(pairs, small, small, pairs, alphas, st.floats(0.01, 1.0))
def test_smaller_multipliers_never_cost_more(
    kernel: formulas.Pair, m: int, n: int, fmap: formulas.Pair, alpha: float, rho: float
) -> None:
    thin = formulas.separable_thin(kernel, m, n, fmap, alpha)
    assert formulas.separable_small(kernel, m, n, fmap, alpha, rho) <= thin
    assert thin <= formulas.separable(kernel, m, n, fmap)


@st.composite
def convolutions(draw: st.DrawFn) -> tuple[Conv, int, int, int]:
    groups = draw(st.integers(1, 3))
    channels, out = groups * draw(st.integers(1, 3)), groups * draw(st.integers(1, 3))
    conv = Conv(
        out=out,
        kernel=draw(st.tuples(st.integers(1, 4), st.integers(1, 4))),
        stride=draw(st.tuples(st.integers(1, 3), st.integers(1, 3))),
        padding=draw(st.tuples(*[st.integers(0, 2)] * 4)),
        dilation=draw(st.tuples(st.integers(1, 3), st.integers(1, 3))),
        groups=groups,
    )
    return conv, channels, draw(st.integers(1, 8)), draw(st.integers(1, 8))


@given(convolutions())
def test_the_engine_counts_every_multiplication(case: tuple[Conv, int, int, int]) -> None:
    conv, channels, height, width = case
    counted, tall, wide = multiplications(conv, channels, height, width)
    assume(tall and wide)
    shape = (channels, height, width)
    node = Node((), "", conv, (shape,), infer(conv, (shape,)), (-1,))
    assert node.output == (conv.out, tall, wide)
    assert ledger(node).count("mac") == counted
    assert parameters(node).weights * tall * wide == counted
    assert counted == formulas.convolution(
        conv.kernel, channels, conv.out, (tall, wide), conv.groups
    )


@given(st.integers(1, 500), st.integers(1, 7), st.integers(1, 4), st.integers(1, 3))
def test_same_padding_gives_the_ceiling_and_no_more_than_it_needs(
    size: int, kernel: int, stride: int, dilation: int
) -> None:
    before, after = formulas.same_padding(size, kernel, stride, dilation)
    places = formulas.output_size(size, kernel, stride, dilation, (before, after))
    assert places == -(-size // stride)
    assert 0 <= after - before <= 1
    if before + after:
        less = formulas.output_size(size, kernel, stride, dilation, (before, after - 1))
        assert less == places - 1


@pytest.mark.parametrize("size", [300, 224, 97])
def test_half_padding_and_same_give_the_same_sizes(size: int) -> None:
    sizes_same, sizes_half = [size], [size]
    for _ in range(5):
        same = formulas.same_padding(sizes_same[-1], 3, 2, 1)
        sizes_same.append(formulas.output_size(sizes_same[-1], 3, 2, 1, same))
        sizes_half.append(formulas.output_size(sizes_half[-1], 3, 2, 1, (1, 1)))
    assert sizes_same == sizes_half
    if size == 300:
        assert sizes_same[1:] == [150, 75, 38, 19, 10]


@given(st.integers(1, 60), st.integers(1, 5), st.integers(1, 4), st.integers(0, 2))
def test_ceil_pooling_covers_the_map_and_starts_on_it(
    size: int, kernel: int, stride: int, pad: int
) -> None:
    assume(kernel <= size + 2 * pad and pad <= kernel // 2)
    places = formulas.output_size_ceil(size, kernel, stride, 1, (pad, pad))
    floor = formulas.output_size(size, kernel, stride, 1, (pad, pad))
    assert floor <= places <= floor + 1
    assert (places - 1) * stride < size + pad


def test_width_rules_agree_on_the_papers_settings() -> None:
    """TF-Slim's `max(int(α·C), 8)` and Keras' `int(α·C)`."""
    for alpha in (1.0, 0.75, 0.5, 0.25):
        for channels in (32, 64, 128, 256, 512, 1024):
            slim = formulas.thin(channels, alpha, minimum=8)
            assert slim == formulas.thin(channels, alpha) == int(channels * alpha)


def test_products_are_float_as_in_the_frameworks() -> None:
    assert formulas.thin(100, 0.29) == int(100 * 0.29) == 28


@pytest.mark.parametrize(
    ("channels", "alpha", "expected"),
    [
        (32, 0.35, 16),
        (16, 0.35, 8),
        (24, 0.35, 8),
        (96, 0.35, 32),
        (320, 0.35, 112),
        (1280, 1.4, 1792),
    ],
)
def test_multiples_of_eight_as_in_v2(channels: int, alpha: float, expected: int) -> None:
    assert formulas.thin_divisible(channels, alpha, 8) == expected


@given(st.integers(1, 4000), alphas, st.sampled_from([4, 8, 16]))
def test_a_divisible_width_is_a_multiple_and_never_a_tenth_short(
    channels: int, alpha: float, divisor: int
) -> None:
    width = formulas.thin_divisible(channels, alpha, divisor)
    assert width % divisor == 0
    assert width >= 0.9 * alpha * channels


@given(st.integers(1, 10**9), st.floats(0.001, 1.0))
def test_a_shrunk_side_is_the_nearest_pixel(size: int, rho: float) -> None:
    assert abs(formulas.shrink(size, rho) - Fraction(rho) * size) <= Fraction(1, 2)
