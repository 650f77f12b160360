"""`mncost show` on ONNX files beside another counter: time and memory of whole processes.

python benchmarks/onnx.py FILE… [--beside "onnx_tool -i {file}"] [--rounds 5]

With no file, it makes two: MobileNet V1 without weights, and one of 200 MB. Rounds of both take
turns, and the medians and peaks are compared. Aim: faster and smaller on every file.
"""

from __future__ import annotations

import argparse
import os
import shlex
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

MNCOST = shutil.which("mncost") or sys.exit("mncost is not installed: pip install .")


def measured(command: list[str]) -> tuple[float, float]:
    """Seconds and peak megabytes of a process."""
    start = time.perf_counter()
    pid = os.posix_spawn(
        command[0],
        command,
        os.environ,
        file_actions=[
            (os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0),
            (os.POSIX_SPAWN_OPEN, 2, os.devnull, os.O_WRONLY, 0),
        ],
    )
    _, status, usage = os.wait4(pid, 0)
    seconds = time.perf_counter() - start
    if status:
        sys.exit(f"failed: {shlex.join(command)}")
    unit = 1024 if sys.platform != "darwin" else 1024 * 1024
    return seconds, usage.ru_maxrss / unit


def made(folder: Path) -> list[Path]:
    """A small file and a large one, by mncost itself."""
    small, large = folder / "small.onnx", folder / "large.onnx"
    for path, network in ((small, "mobilenet_v1"), (large, "vgg16")):
        command = [MNCOST, "export", network, "-o", str(path), "--weights", "zero"]
        subprocess.run(command, check=True)
    return [small, large]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", nargs="*", type=Path)
    parser.add_argument("--beside", help="another counter's command line, with {file}")
    parser.add_argument("--rounds", type=int, default=5)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        for file in asked.files or made(Path(folder)):
            commands = {"mncost": [MNCOST, "show", str(file)]}
            if asked.beside:
                other = shlex.split(asked.beside.replace("{file}", shlex.quote(str(file))))
                commands["beside"] = [shutil.which(other[0]) or other[0], *other[1:]]
            figures: dict[str, list[tuple[float, float]]] = {name: [] for name in commands}
            for _ in range(asked.rounds):
                for name, command in commands.items():
                    figures[name].append(measured(command))
            size = file.stat().st_size / 1e6
            print(f"{file.name} ({size:.1f} MB)")
            for name, runs in figures.items():
                seconds = statistics.median(run[0] for run in runs)
                peak = max(run[1] for run in runs)
                print(f"  {name:8} {seconds * 1000:7.0f} ms {peak:7.0f} MB")


if __name__ == "__main__":
    main()
