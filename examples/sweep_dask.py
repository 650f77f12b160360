"""A sweep on the processes of Dask's local cluster: pip install mncost[explore] "dask[distributed]"

    python examples/sweep_dask.py SPACE.yaml --max-mult-adds 300M

Architectures of a space are numbered, so that a part of a sweep is a range of numbers: each process
is handed the plan, which is a table of costs and small, and a range. On one machine this pays from
some 10^10 architectures on; a cluster of many takes the same code with its own address in `Client`.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass

import numpy as np
from dask.distributed import Client, LocalCluster

import mncost


@dataclass(frozen=True)
class Found:
    """How many of a part are within the limit; the largest: its Mult-Adds, and its number."""

    count: int
    largest: tuple[int, int] | None


def part(plan: mncost.Plan, numbers: range, limit: int) -> Found:
    """What a process does: counts its range, some architectures at a time."""
    rows, count, largest = mncost.rows(plan), 0, None
    for some in mncost.steps(numbers):
        costs = np.asarray(rows.at(some, picks=False).mult_adds)
        costs = np.where(costs <= limit, costs, -1)
        count += int((costs >= 0).sum())
        best = int(costs.argmax())
        if costs[best] >= 0:
            largest = max(largest or (0, 0), (int(costs[best]), some[best]))
    return Found(count, largest)


def sweep(client: Client, plan: mncost.Plan, limit: int, parts: int) -> Found:
    """The whole space, part by part."""
    shared = client.scatter(plan, broadcast=True)
    ranges = [mncost.shard(plan.total, number, parts) for number in range(1, parts + 1)]
    found = client.gather(client.map(part, [shared] * parts, ranges, [limit] * parts))
    largest = [each.largest for each in found if each.largest]
    return Found(sum(each.count for each in found), max(largest, default=None))


def settings(
    client: Client, network: str, alphas: list[float], sizes: list[int]
) -> list[mncost.Cost]:
    """A network at every setting: the cost function is pure, and its results can be pickled."""
    pairs = [(alpha, size) for alpha in alphas for size in sizes]
    model = client.scatter(mncost.load(network), broadcast=True)
    tasks = [client.submit(mncost.cost, model, alpha=a, resolution=r) for a, r in pairs]
    return list(client.gather(tasks))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("space")
    parser.add_argument("--max-mult-adds", default="300M")
    parser.add_argument("--parts", type=int, default=8)
    asked = parser.parse_args()
    plan = mncost.plan(mncost.load_space(asked.space))
    limit = mncost.constraints({"mult_adds": asked.max_mult_adds}).limits[0].bound
    with LocalCluster(threads_per_worker=1) as cluster, Client(cluster) as client:
        found = sweep(client, plan, limit, asked.parts)
    print(f"{found.count:,} of {plan.total:,} have at most {limit:,} Mult-Adds")
    if found.largest:
        mult_adds, number = found.largest
        row = f"--rows {number}:{number + 1}"
        print(f"the largest has {mult_adds:,}: mncost sweep {asked.space} {row}")


if __name__ == "__main__":
    main()
