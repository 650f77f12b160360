"""ONNX Runtime: sessions, runs, profiles. The one place that knows `onnxruntime`."""

from __future__ import annotations

import json
import os
import platform
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mncost.convert.onnx import file as onnx_file
from mncost.convert.onnx.file import OnnxNode
from mncost.errors import Problem, SpecError

LEVELS = ("none", "basic", "extended", "all")
"""Levels of graph optimisation, by the names that people use; the runtime's default is `all`."""

_LEVELS = {
    "none": "ORT_DISABLE_ALL",
    "basic": "ORT_ENABLE_BASIC",
    "extended": "ORT_ENABLE_EXTENDED",
    "all": "ORT_ENABLE_ALL",
}
_FATAL = 4
"""Of what the runtime logs, all else is left out: what goes wrong is raised as well."""

DATA_TYPE = "float32"


@dataclass(frozen=True, slots=True)
class Setting:
    """How a network is run."""

    level: str = "all"
    threads: int = 1


class Session:
    """A network, ready to run; with a profile of every operator where that is asked for."""

    def __init__(self, model: bytes, setting: Setting, profile: bool = False) -> None:
        self.folder = tempfile.TemporaryDirectory(prefix="mncost-") if profile else None
        self.session, self.feed = _opened(model, setting, self._path)

    def _path(self, name: str) -> str | None:
        return None if self.folder is None else os.path.join(self.folder.name, name)

    def run(self) -> float:
        """One run; how many seconds it took."""
        start = time.perf_counter()
        self.session.run(None, self.feed)
        return time.perf_counter() - start

    def __enter__(self) -> Session:
        return self

    def __exit__(self, *why: object) -> None:
        if self.folder is not None:
            self.session.end_profiling()
            self.folder.cleanup()

    def profile(self) -> tuple[list[Mapping[str, Any]], tuple[OnnxNode, ...]]:
        """The events so far, and the graph as the runtime rewrote it. Ends the profile."""
        assert self.folder is not None
        with open(self.session.end_profiling(), encoding="utf-8") as file:
            events = json.load(file)
        nodes = onnx_file.read(os.path.join(self.folder.name, "rewritten.onnx")).nodes
        return events, nodes


def _opened(model: bytes, setting: Setting, path: Any) -> tuple[Any, dict[str, Any]]:
    """A session, and what it is fed: numbers from a seed. Raises `SpecError`."""
    runtime, numpy = _imported()
    options = runtime.SessionOptions()
    options.intra_op_num_threads = setting.threads
    options.inter_op_num_threads = 1
    level = getattr(runtime.GraphOptimizationLevel, _LEVELS[setting.level])
    options.graph_optimization_level = level
    options.log_severity_level = _FATAL
    if path("profile") is not None:
        options.enable_profiling = True
        options.profile_file_prefix = path("profile")
        options.optimized_model_filepath = path("rewritten.onnx")
    try:
        session = runtime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
        generator = numpy.random.default_rng(0)
        feed = {
            each.name: generator.random(each.shape, dtype=DATA_TYPE)
            for each in session.get_inputs()
        }
        session.run(None, feed)
    except Exception as error:  # the runtime's own classes, which are not public
        what = " ".join(str(error).split())[:300]
        message = f"ONNX Runtime {runtime.__version__} cannot run this network: {what}"
        raise SpecError(
            Problem(message, "leave that operator out, or try another version")
        ) from None
    return session, feed


def version() -> str:
    """The runtime's name and version. Raises `SpecError` where there is none."""
    return f"onnxruntime {_imported()[0].__version__}"


def _imported() -> tuple[Any, Any]:
    try:
        import numpy
        import onnxruntime
    except ImportError:
        problem = Problem("measuring time needs ONNX Runtime", "pip install 'mncost[bench]'")
        raise SpecError(problem) from None
    return onnxruntime, numpy


def ran_on(setting: Setting) -> dict[str, Any]:
    """What a figure was measured on, and how: it means nothing without. Raises `SpecError`."""
    return {
        "processor": processor(),
        "system": f"{platform.system()} {platform.machine()}",
        "runtime": version(),
        "level": setting.level,
        "threads": setting.threads,
        "data_type": DATA_TYPE,
    }


def processor() -> str:
    """The processor's name, as far as the system tells it."""
    try:
        with open("/proc/cpuinfo", encoding="utf-8", errors="replace") as file:
            for line in file:
                if line.lower().startswith(("model name", "hardware")):
                    told = line.partition(":")[2].strip()[:100]
                    return told or "unknown"
    except OSError:
        pass
    return (platform.processor() or platform.machine() or "unknown")[:100]
