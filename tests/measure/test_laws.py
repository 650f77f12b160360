"""Laws fitted to numbers of which the law is known: with noise, with outliers, with none."""

from __future__ import annotations

import math
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mncost.measure.fits import Measured, fit, left_out, samples, within
from mncost.measure.fitting import LEAST, Sample, fitted
from mncost.measure.law import UNCACHED, Law, Laws
from mncost.measure.parts import Part


def made(
    law: Law, seed: int, count: int = 80, noise: float = 0.0, wild: float = 0.0
) -> list[Sample]:
    """Samples of a law, some off by `noise`, and a share `wild` of them several times too slow."""
    random = Random(seed)
    found = []
    for _ in range(count):
        mult_adds = round(math.exp(random.uniform(7, 18)))
        moved = round(math.exp(random.uniform(8, 15)))
        time = law.time(mult_adds, moved) * math.exp(random.gauss(0, noise))
        if random.random() < wild:
            time *= random.uniform(2, 8)
        found.append(Sample(mult_adds, moved, time))
    return found


def off(one: Law, other: Law, found: list[Sample]) -> float:
    """How far two laws differ, in the middle of some samples."""
    ratios = [
        abs(math.log(one.time(each.mult_adds, each.bytes) / other.time(each.mult_adds, each.bytes)))
        for each in found
    ]
    return sorted(ratios)[len(ratios) // 2]


@settings(max_examples=25)
@given(
    st.floats(0.5, 30), st.floats(1e-6, 1e-3), st.floats(1e-5, 1e-2), st.integers(0, 1000)
)  # fmt: skip
def test_a_law_is_found_again(overhead: float, rate: float, traffic: float, seed: int) -> None:
    law = Law(overhead, rate, traffic)
    found = made(law, seed)
    got = fitted(found)
    assert got is not None
    assert off(got, law, found) < 0.03


@pytest.mark.parametrize("seed", range(8))
def test_noise_and_outliers_move_it_little(seed: int) -> None:
    law = Law(3.0, 1e-5, 2e-5)
    found = made(law, seed, 150, noise=0.1, wild=0.15)
    got = fitted(found)
    assert got is not None
    assert off(got, law, found) < 0.08
    assert min(got.overhead, got.per_mult_add, got.per_byte) >= 0


TIMES = st.one_of(st.just(0.0), st.floats(1e-3, 1e5))
SAMPLES = st.builds(Sample, st.integers(0, 10**8), st.integers(1, 10**7), TIMES)


@given(st.lists(SAMPLES, max_size=30))
@settings(max_examples=50)
def test_no_samples_make_a_negative_law(found: list[Sample]) -> None:
    got = fitted(found)
    assert (got is None) == (len(found) < LEAST)
    if got is not None:
        assert all(
            math.isfinite(n) and n >= 0 for n in (got.overhead, got.per_mult_add, got.per_byte)
        )


def test_what_takes_no_time_in_most_layers_is_free() -> None:
    found = [Sample(0, 1000, 0.0)] * 9 + [Sample(0, 1000, 4.0)] * 3
    assert fitted(found) == Law(0.0, 0.0, 0.0)


def test_of_too_few_samples_there_is_no_law() -> None:
    assert fitted([Sample(1000, 1000, 1.0)] * (LEAST - 1)) is None


def test_overhead_compute_and_memory_are_told_apart() -> None:
    law = Law(5.0, 1e-4, 1e-3)
    assert law.time(10**6, 10**4) == pytest.approx(5 + 100)
    assert [law.bound(10**6, 10**4), law.bound(10**4, 10**5), law.bound(10, 10)] == [
        "compute", "memory", "overhead",
    ]  # fmt: skip


POINTWISE = Law(1.0, 1e-5, 4e-5)
PER_BYTE = 3e-5


def chain(number: int, block: int, acts: bool) -> Measured:
    """A chain of pointwise layers, computed in blocks, and in half of the chains with an
    activation that is computed with the layer before it."""
    random = Random(number)
    parts: list[Part] = []
    times: list[float] = []
    for _ in range(8):
        read, out = (8 * random.randint(1, 24) for _ in range(2))
        places = random.choice((49, 196, 784))
        size = 4 * (places * (read + out) + read * out)
        parts.append(
            Part((len(parts),), "p", "pointwise", True, read * out * places, size, 1, (read, out))
        )
        whole = [-(-channels // block) * block for channels in (read, out)]
        times.append(POINTWISE.time(whole[0] * whole[1] * places, size))
        if acts:
            behind = len(parts) - 1
            moved = 8 * places * out
            parts.append(Part((behind,), "p", "hardswish", True, 0, moved, behind=behind))
            times[behind] += PER_BYTE * moved
            times.append(0.0)
    return Measured(number, tuple(parts), tuple(times))


@pytest.mark.parametrize("block", [1, 8, 16])
def test_the_block_of_channels_is_found_again(block: int) -> None:
    chains = [chain(number, block, acts=False) for number in range(24)]
    laws = fit(chains)
    assert laws.block == max(block, 1) or block == 8  # in multiples of 8, blocks of 8 are none
    assert all(abs(ratio - 1) < 0.05 for ratio in left_out(chains, laws.block))


def test_a_fused_activation_is_told_apart_from_its_layer() -> None:
    chains = [chain(number, 1, acts=number % 2 == 0) for number in range(24)]
    laws = fit(chains, 1)
    assert laws.of["hardswish", True].per_byte == pytest.approx(PER_BYTE, rel=0.2)
    assert laws.of["pointwise", True].per_mult_add == pytest.approx(1e-5, rel=0.05)
    kept = samples(chains, laws)["pointwise", True]
    assert len(kept) == 24 * 8


def test_errors_are_of_chains_left_out() -> None:
    chains = [chain(number, 1, acts=False) for number in range(24)]
    slow = chains[0]
    chains[0] = Measured(0, slow.parts, tuple(3 * time for time in slow.times))
    ratios = left_out(chains, 1)
    assert ratios[0] == pytest.approx(3, rel=0.1)
    assert within(ratios) < 0.1


def test_a_kind_that_was_never_measured_has_no_time() -> None:
    assert Laws().time(Part((0,), "a", "matmul", True, 10, 10)) is None
    assert Laws(1, {("conv", True): POINTWISE}).time(Part((0,), "a", "conv", False, 1, 1)) is None


def classifier(number: int, slower: float) -> Measured:
    """A chain that is a fully connected layer, of a network that moves so much; beyond 20 MB its
    weights come `slower`."""
    random = Random(number)
    weights, moved = random.randint(100, 1200) * 4000, random.randint(4, 60) * 10**6
    rate = 1.5e-5 * (slower if moved > 20 * 10**6 else 1)
    part = Part((0,), "fc", "linear", True, weights // 4, weights, moved=moved)
    return Measured(number, (part,), (2 + weights * rate + random.gauss(0, 0.2),))


def test_weights_that_are_not_cached_are_told_apart() -> None:
    laws = fit([classifier(number, 2.5) for number in range(48)], 1)
    assert laws.cache is not None
    assert 10 * 10**6 < laws.cache <= 24 * 10**6
    near, far = (
        Part((0,), "fc", "linear", True, 10**6, 4 * 10**6, moved=moved) for moved in (10**6, 10**8)
    )
    assert laws.key(near) == ("linear", True)
    assert laws.key(far) == (UNCACHED, True)
    assert (laws.time(far) or 0) == pytest.approx(2.5 * (laws.time(near) or 0), rel=0.2)


def test_where_they_make_no_difference_they_are_not() -> None:
    assert fit([classifier(number, 1.0) for number in range(48)], 1).cache is None
    assert fit([classifier(number, 2.5) for number in range(15)], 1).cache is None
