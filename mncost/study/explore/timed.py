"""Times of a sweep's architectures, estimated one by one: they stand in no plan.

A plan adds up what rows cost, each counted by itself, in exact integers. What a part of a network
takes is known of networks alone: what is fused into a layer is for what is behind it to say.
"""

from __future__ import annotations

from collections.abc import Callable

from mncost.spec.calibrated import Device
from mncost.spec.chosen import network
from mncost.spec.network import Network
from mncost.study.estimate import Estimate, estimate
from mncost.study.explore.picked import made
from mncost.study.explore.rows import Chunk
from mncost.study.explore.sweep import Sweep
from mncost.study.models import taken

MOST_TIMED = 2_000
"""Each is built anew, in some hundredths of a second."""


def times(
    found: Sweep, shown: Chunk, device: Device, tick: Callable[[int], None] = lambda done: None
) -> list[Estimate]:
    """The time of each."""
    plan, estimates = found.plan, []
    for at in range(len(shown)):
        picks = [int(shown.picks[column][at]) for column in plan.columns]
        value = network(plan.space, made(plan, picks), plan.space.name)
        estimates.append(estimate(taken(Network.model_validate(value)), device))
        tick(1)
    return estimates
