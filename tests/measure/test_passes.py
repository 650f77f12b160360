"""How often chains are measured: in passes, as many as there is time for."""

from __future__ import annotations

import pytest

from mncost.graph import Graph
from mncost.measure import calibrate
from mncost.measure.parts import Part, Parts, parts
from mncost.measure.runtime import Setting
from mncost.measure.timing import PartTime, Timing


@pytest.mark.parametrize(
    ("seconds", "passes"), [(1.0, 8), (10.0, 8), (11.5, 7), (30.0, 3), (90, 1)]
)
def test_no_pass_is_begun_that_would_end_too_late(
    seconds: float, passes: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Three chains of so many seconds each, and 270 in all."""
    clock = [0.0]

    def measure(graph: Graph, setting: Setting, rounds: int) -> Timing:
        clock[0] += seconds
        found = parts(graph)
        return Timing((1.0,), found, (PartTime(1.0),) * len(found.parts), (), 1)

    monkeypatch.setattr(calibrate, "measure", measure)
    monkeypatch.setattr(calibrate.time, "monotonic", lambda: clock[0])
    found = calibrate.calibrate(Setting(), 3)
    assert [len(timings) for timings in found.chains.values()] == [passes] * 3
    assert clock[0] <= calibrate.LONGEST


def chain_of(*bests: float, times: tuple[float, ...] = (2.0, 1.0)) -> list[Timing]:
    """A chain of two parts in so many passes, its rounds all but alike."""
    found = Parts((PART, PART), (0, 1))
    taken = tuple(PartTime(each) for each in times)
    return [Timing((best, best * 1.01), found, taken, (), 1) for best in bests]


PART = Part((0,), "a", "conv", True, 1, 1)


def test_parts_add_up_to_the_fastest_pass() -> None:
    """Of each part the fastest, in shares of the whole; microseconds."""
    slower = chain_of(9.0, times=(1.0, 3.0))
    (found,) = calibrate.Calibration(0, {0: [*chain_of(6.0), *slower]}).measured()
    assert found.times == (3000.0, 3000.0)
    assert found.whole == 6000.0


def test_noise_is_of_rounds_or_of_passes() -> None:
    quiet = calibrate.Calibration(0, {n: chain_of(5.0, 5.0, 5.0) for n in range(3)})
    assert calibrate.noise(quiet) == pytest.approx(0.005)
    busy = calibrate.Calibration(0, {n: chain_of(5.0, 6.0, 8.0) for n in range(3)})
    assert calibrate.noise(busy) == pytest.approx(6 / 5 - 1)


def test_a_slow_first_pass_ends_with_what_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [0.0]

    def measure(graph: Graph, setting: Setting, rounds: int) -> Timing:
        clock[0] += 20.0
        return chain_of(1.0)[0]

    monkeypatch.setattr(calibrate, "measure", measure)
    monkeypatch.setattr(calibrate.time, "monotonic", lambda: clock[0])
    found = calibrate.calibrate(Setting(), 48)
    assert len(found.chains) == 14  # 270 s are over with the last
    clock[0] = 0.0
    assert len(calibrate.calibrate(Setting(), 13).chains) == 13
