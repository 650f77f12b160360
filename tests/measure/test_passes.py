"""How often chains are measured: in passes, as many as there is time for."""

from __future__ import annotations

import pytest

from mncost.graph import Graph
from mncost.measure import calibrate
from mncost.measure.parts import parts
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
