"""`mncost check` on a repository of 50 architecture files: time and memory of the whole process.

python benchmarks/check.py [FILES] [ROUNDS]

Aims: within 25 times of importing click, and under 100 MB. `--profile` says where the time goes.
"""

from __future__ import annotations

import cProfile
import os
import pstats
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

PYTHON = sys.executable
MNCOST = shutil.which("mncost") or sys.exit("mncost is not installed: pip install .")


def network(index: int) -> str:
    """A network in the manner of MobileNetV2, each a little different."""
    rows = ["name: net", f"input: [3, {160 + index % 5 * 16}, {160 + index % 5 * 16}]"]
    rows += [
        "width: {divisor: 8}",
        "act: relu6",
        "layers:",
        "  - {op: conv, out: 32, kernel: 3, stride: 2}",
    ]
    for out, stride, repeat in (
        (16, 1, 1),
        (24, 2, 2),
        (32, 2, 3),
        (64, 2, 4),
        (96, 1, 3),
        (160, 2, 3),
    ):
        channels = out + index % 3 * 8
        rows.append(
            f"  - {{op: inverted_residual, expand: 6, out: {channels}, stride: {stride}, repeat: {repeat}}}"
        )
    rows += [
        "  - {op: pointwise, out: 1280}",
        "  - {op: global_pool}",
        "  - {op: linear, out: 1000}",
    ]
    return "\n".join(rows) + "\n"


def repository(folder: Path, files: int) -> None:
    """So many networks, and a budget for each that holds."""
    entries = []
    for index in range(files):
        (folder / f"net{index}.yaml").write_text(network(index))
        entries.append(
            f'[[budget]]\nname = "n{index}"\nnetwork = "net{index}.yaml"\n'
            'mult_adds = "2G"\nparams = "20M"\npeak = "1 GiB"\n'
        )
    (folder / "mncost.toml").write_text("\n".join(entries))


def run(command: list[str]) -> tuple[float, float]:
    """Seconds and megabytes of one whole process."""
    start = time.perf_counter()
    child = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    assert child.returncode == 0, command
    return time.perf_counter() - start, usage.ru_maxrss / 1024


def main() -> None:
    numbers = [int(word) for word in sys.argv[1:] if word.isdigit()]
    files, rounds = [*numbers, 50, 7][:2] if len(numbers) < 2 else numbers[:2]
    with tempfile.TemporaryDirectory() as name:
        repository(Path(name), files)
        os.chdir(name)
        if "--profile" in sys.argv:
            profile()
            return
        times: dict[str, list[tuple[float, float]]] = {"import click": [], "mncost check": []}
        for _ in range(rounds):
            times["import click"].append(run([PYTHON, "-c", "import click"]))
            times["mncost check"].append(run([MNCOST, "check"]))
    base = statistics.median(seconds for seconds, _ in times["import click"])
    print(
        f"{'command':16} {'median ms':>10} {'/ click':>8} {'peak MB':>8}   ({files} files, {rounds} rounds)"
    )
    for command, found in times.items():
        median = statistics.median(seconds for seconds, _ in found)
        memory = max(megabytes for _, megabytes in found)
        print(f"{command:16} {median * 1e3:10.1f} {median / base:8.2f} {memory:8.1f}")


def profile() -> None:
    """Where the time goes, by the functions that take most in all."""
    from mncost.cli.main import run as mncost

    profiler = cProfile.Profile()
    sys.stdout = open(os.devnull, "w")
    profiler.runcall(mncost, ["check"])
    sys.stdout = sys.__stdout__
    pstats.Stats(profiler).sort_stats("cumulative").print_stats("mncost|yaml|pydantic", 25)


if __name__ == "__main__":
    main()
