"""Design spaces: candidates a second, fronts, and exact counts, side by side in one run.

python benchmarks/explore.py [--candidates 8000000] [--points 1000000] [--rounds 3]

Needs NumPy (pip install 'mncost[explore]'); paretoset and moocore are compared where they are
installed, and PyArrow writes a Parquet file. Aims: 3 million candidates a second on one core with
exact costs, and twice that on two.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

import mncost
from mncost.study.explore.fronts_numpy import Kept
from mncost.study.explore.rows import PlainRows
from mncost.study.explore.within import Within

STAGE = "out: {choice: %s}, kernel: {choice: [3, 5, 7]}, expand: {choice: [3, 4, 6]}, repeat: {choice: %s}"
V2_LIKE = "\n".join([
    "mncost: 1", "name: v2_like", "input: {channels: 3, size: {choice: [128, 160, 192, 224]}}", "act: relu6", "layers:",
    "  - {op: conv, out: {choice: [16, 24, 32]}, kernel: 3, stride: 2}",
    "  - {op: inverted_residual, out: 16, expand: 1}",
    *(f"  - {{op: inverted_residual, stride: {stride}, {STAGE % (out, repeat)}}}"
      for stride, out, repeat in ((2, [16, 24, 32], [1, 2, 3]), (2, [24, 32, 40], [2, 3, 4]), (2, [48, 64, 80], [2, 3, 4]),
                                  (1, [80, 96, 112], [2, 3, 4]), (2, [128, 160, 192], [2, 3, 4]))),
    "  - {op: conv, out: {choice: [960, 1280]}, kernel: 1}", "  - {op: global_pool}", "  - {op: linear, out: 1000}", "",
])  # fmt: skip

ONCE_FOR_ALL = (Path(__file__).parent.parent / "examples" / "once_for_all.yaml").read_text()
"""MobileNetV3-like, as in once-for-all networks: 5 stages of 2 to 4 blocks of 9 kinds."""


def best(work: Callable[[], Any], rounds: int) -> float:
    """The least seconds of some rounds."""
    seconds = []
    for _ in range(rounds):
        start = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - start)
    return min(seconds)


def planned(text: str, name: str) -> Any:
    """The plan of a space, and how long it took."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / f"{name}.yaml"
        file.write_text(text)
        start = time.perf_counter()
        plan = mncost.plan(mncost.load_space(file))
    print(f"{name}: {plan.total:,} architectures, planned in {time.perf_counter() - start:.2f} s")
    return plan


def gathered(plan: Any, seed: int, count: int) -> int:
    """Costs of random candidates; the sum of them, so that nothing can be left out."""
    rows, numbers = mncost.rows(plan), np.random.default_rng(seed).integers(0, plan.total, count)
    return sum(
        int(rows.at(numbers[some.start : some.stop], picks=False).mult_adds.sum())
        for some in mncost.steps(range(count))
    )


def in_order(plan: Any, count: int) -> int:
    """Costs of the first candidates, their choices with them."""
    rows = mncost.rows(plan)
    return sum(int(rows.at(some).mult_adds.sum()) for some in mncost.steps(range(count)))


def of_some(seed: int, count: int) -> int:
    return gathered(_SHARED[0], seed, count)


_SHARED: list[Any] = []


def share(plan: Any) -> None:
    _SHARED.append(plan)


def candidates(plan: Any, count: int, rounds: int) -> None:
    """Candidates a second: in arrays on one core and on two, plain, and by the engine itself."""
    gathered(plan, 0, 1 << 16)
    one = count / best(lambda: gathered(plan, 1, count), rounds)
    ordered = count / best(lambda: in_order(plan, count), rounds)
    with multiprocessing.Pool(2, share, (plan,)) as pool:
        pool.starmap(of_some, [(0, 1 << 16)] * 2)
        two = 2 * count / best(lambda: pool.starmap(of_some, [(1, count), (2, count)]), rounds)
    few = min(count, 200_000)
    plain = few / best(lambda: PlainRows(plan).at(range(few)), 1)
    network = mncost.load("mobilenet_v2")
    alphas = [0.35 + 0.01 * at for at in range(20)]
    engine = 20 / best(lambda: [mncost.cost(network, alpha=alpha) for alpha in alphas], 1)
    print(f"\ncandidates a second, exact integers ({count:,} each, best of {rounds})")
    for name, speed in (
        ("random, NumPy, one core", one),
        (f"random, NumPy, two processes on {os.cpu_count()} cores", two),
        ("in order, with what was chosen, one core", ordered),
        ("in order, plain Python", plain),
        ("the whole network anew each time", engine),
    ):
        print(f"  {name:<48}{speed:>14,.0f}   {speed / engine:>10,.0f}×")
    met = {True: "met", False: "MISSED"}
    print(f"  aims: 3 million on one core: {met[one >= 3e6]}; 6 million on two: {met[two >= 6e6]}")


def fronts(count: int, rounds: int) -> None:
    """The front of random points, by a few ways."""
    others = {}
    try:
        from paretoset import paretoset

        others["paretoset"] = lambda points: paretoset(points, sense=["min"] * points.shape[1])
    except ImportError:
        pass
    try:
        import moocore

        others["moocore"] = lambda points: moocore.is_nondominated(points, keep_weakly=True)
    except ImportError:
        pass

    def own(points: Any) -> Any:
        kept = Kept()
        for some in mncost.steps(range(len(points))):
            kept.add(list(points[some.start : some.stop].T), some.start)
        return kept.of

    print(f"\nfronts of {count:,} points, seconds (size of the front)")
    for width in (2, 3):
        rng = np.random.default_rng(width)
        costs = rng.integers(1, 10**9, (count, width - 1))
        quality = -(np.log(costs).sum(1) * 1e6).astype(np.int64) + rng.integers(0, 10**7, count)
        points = np.column_stack([costs, quality])
        for name, work in {"mncost": own, **others}.items():
            found = work(points)
            size = int(found.sum()) if found.dtype == bool else len(found)
            print(
                f"  {width} objectives, {name:<12}{best(lambda w=work, p=points: w(p), rounds):>10.3f}   ({size:,})"
            )


def counting(plan: Any) -> None:
    """How many are within limits, exactly, and some of them."""
    none = 10**30
    print("\nexact counts of the once-for-all space")
    for name, limits in (
        ("at most 300M Mult-Adds", ((0, 300 * 10**6), (0, none))),
        ("from 200M to 210M", ((200 * 10**6, 210 * 10**6), (0, none))),
        ("at most 300M, and 4M parameters", ((0, 300 * 10**6), (0, 4 * 10**6))),
    ):
        start = time.perf_counter()
        within = Within(plan, limits)
        seconds = time.perf_counter() - start
        start = time.perf_counter()
        drawn = [within.path(random.Random(at).randrange(within.total)) for at in range(20)]
        each = (time.perf_counter() - start) / len(drawn)
        print(
            f"  {name:<34}{within.total:>26,}{seconds:>8.2f} s, {each * 1000:.1f} ms for each sample"
        )


def streamed(rows: int) -> None:
    """A sweep into files, by the command line: rows a second but for start-up, and peak memory."""
    print(f"\nmncost sweep, {rows:,} rows into a file")
    with tempfile.TemporaryDirectory() as folder:
        space = Path(folder) / "space.yaml"
        space.write_text(V2_LIKE)
        for suffix in ("csv", "parquet"):
            out = Path(folder) / f"rows.{suffix}"
            idle, _ = swept(space, 1, out)
            seconds, peak = swept(space, rows, out)
            if not seconds:
                print(f"  {suffix:<10}not installed")
                continue
            speed, size = rows / (seconds - idle), out.stat().st_size / 1e6
            print(
                f"  {suffix:<10}{speed:>12,.0f} rows a second, {size:,.0f} MB, peak {peak:,.0f} MB"
            )


def swept(space: Path, rows: int, out: Path) -> tuple[float, float]:
    """Seconds and peak megabytes of a sweep as a process of its own; nothing where it fails."""
    words = ["sweep", str(space), "--rows", f"0:{rows}", "-o", str(out), "--force"]
    start = time.perf_counter()
    code = "import resource, sys\nfrom mncost.cli.main import run\ncode = run(sys.argv[1:])\n"
    code += "print(code, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)"
    ran = subprocess.run(
        [sys.executable, "-c", code, *words], capture_output=True, text=True, check=False
    )
    status, peak = (int(each) for each in ran.stdout.split())
    unit = 1024 if sys.platform != "darwin" else 1024 * 1024
    return (0.0, 0.0) if status else (time.perf_counter() - start, peak / unit)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--candidates", type=int, default=8_000_000)
    parser.add_argument("--points", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    asked = parser.parse_args()
    streamed(asked.candidates)  # first: a process begins with the memory of the one that starts it
    candidates(planned(V2_LIKE, "v2_like"), asked.candidates, asked.rounds)
    fronts(asked.points, asked.rounds)
    counting(planned(ONCE_FOR_ALL, "once_for_all"))


if __name__ == "__main__":
    main()
