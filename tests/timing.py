"""What tests of times share: a device of round numbers, as a file has it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

WIDE = {"mult_adds": [0, 10**9], "bytes": [0, 10**8], "kernel": [1, 7]}


def kind(name: str, aligned: bool = True, **more: Any) -> dict[str, Any]:
    """A kind of work: 2 µs, 10,000 Mult-Adds a µs, 1,000 bytes a µs, unless it is said."""
    rates = {"overhead_us": 2.0, "mult_adds_per_us": 10_000.0, "bytes_per_us": 1_000.0}
    return {"kind": name, "aligned": aligned, **rates, "layers": 50, **WIDE, "error": 0.1, **more}


def device(**more: Any) -> dict[str, Any]:
    """A device on which all of MobileNet V1 and V2 can be estimated."""
    return {
        "mncost_device": 1,
        "name": "bench",
        "ran_on": {
            "processor": "a processor", "system": "Linux x86_64", "runtime": "onnxruntime 1.31.1",
            "level": "all", "threads": 1, "data_type": "float32",
        },
        "calibration": {
            "chains": 48, "seed": 0, "rounds": 20, "noise": 0.01, "error": 0.08, "within": 0.2,
            "confidence": 0.9,
        },
        "block": 1,
        "kinds": [
            *(kind(name) for name in ("stem", "pointwise", "depthwise", "conv", "linear")),
            kind("depthwise", False, mult_adds_per_us=1_000.0),
            kind("pointwise", False, mult_adds_per_us=5_000.0),
            kind("stem", False),
            *(kind(name) for name in ("global pool", "softmax", "relu6")),
        ],
        **more,
    }  # fmt: skip


def file(folder: Path, **more: Any) -> str:
    """The device in a file; its path."""
    path = folder / "bench.json"
    path.write_text(json.dumps(device(**more), indent=1), "utf-8")
    return str(path)
