"""What tests share: the command line as a function, and the reference counts."""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from mncost.cli.main import run

GOLDENS = Path(__file__).parent / "goldens"

settings.register_profile("ci", deadline=None, max_examples=200, derandomize=True)
settings.register_profile("dev", deadline=None)
settings.load_profile("ci" if os.environ.get("CI") else "dev")


@pytest.fixture(autouse=True, scope="session")
def interrupted_as_in_a_terminal() -> None:
    """A shell that runs the tests in the background has Ctrl-C ignored, also in what they start."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-goldens", action="store_true", help="write rendered goldens anew")


@pytest.fixture
def update_goldens(request: pytest.FixtureRequest) -> bool:
    return bool(request.config.getoption("--update-goldens"))


@dataclass(frozen=True)
class Ran:
    """What a command did."""

    code: int
    out: str
    err: str


@pytest.fixture
def mncost(capsys: pytest.CaptureFixture[str]) -> Callable[..., Ran]:
    """Runs a command line, given as one text or as words."""

    def call(*words: str) -> Ran:
        arguments = words[0].split() if len(words) == 1 else list(words)
        capsys.readouterr()
        code = run(arguments)
        captured = capsys.readouterr()
        return Ran(code, captured.out, captured.err)

    return call


@pytest.fixture(scope="session")
def reference() -> dict[str, Any]:
    """Networks counted on real framework models, with hooks: name to counts."""
    counted: dict[str, Any] = json.loads((GOLDENS / "models.json").read_text("utf-8"))
    return counted


@pytest.fixture
def hide_numpy(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Makes design spaces do without NumPy from then on, as where it is not installed."""

    def hide() -> None:
        from mncost.study import explore

        for name in ("rows_numpy", "fronts_numpy", "bags_numpy"):
            monkeypatch.setitem(sys.modules, f"{explore.__name__}.{name}", None)
            monkeypatch.delattr(explore, name, raising=False)

    return hide
