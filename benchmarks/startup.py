"""Whole-process time of commands against a bare interpreter and `import click`, in one run.

python benchmarks/startup.py [ROUNDS]

Rounds are interleaved, so that a drift of the machine's speed falls on all alike; the ratio is of
medians. Aims: `--help` within 1.5 of importing click, `table1` within 4.
"""

from __future__ import annotations

import shutil
import statistics
import subprocess
import sys
import time

PYTHON = sys.executable
MNCOST = shutil.which("mncost") or sys.exit("mncost is not installed: pip install .")

COMMANDS = {
    "python -c pass": [PYTHON, "-c", "pass"],
    "python -c 'import click'": [PYTHON, "-c", "import click"],
    "mncost --help": [MNCOST, "--help"],
    "mncost table1 --alpha 0.75 --res 192": [MNCOST, "table1", "--alpha", "0.75", "--res", "192"],
    "mncost table3": [MNCOST, "table3"],
}
BASE = "python -c 'import click'"


def seconds(command: list[str]) -> float:
    start = time.perf_counter()
    subprocess.run(command, stdout=subprocess.DEVNULL, check=True)
    return time.perf_counter() - start


def main() -> None:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 15
    for command in COMMANDS.values():
        seconds(command)
    times: dict[str, list[float]] = {name: [] for name in COMMANDS}
    for _ in range(rounds):
        for name, command in COMMANDS.items():
            times[name].append(seconds(command))
    base = statistics.median(times[BASE])
    print(f"{'command':38} {'min ms':>7} {'median':>7} {'/ click':>8}   ({rounds} rounds)")
    for name, found in times.items():
        median = statistics.median(found)
        print(f"{name:38} {min(found) * 1e3:7.1f} {median * 1e3:7.1f} {median / base:8.2f}")


if __name__ == "__main__":
    main()
