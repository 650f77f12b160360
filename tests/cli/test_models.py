"""Models of others at the command line: PyTorch's, and files that run."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

Run = Callable[..., Any]
needs_torch = pytest.mark.skipif(not find_spec("torch"), reason="torch is not installed")
needs_onnx = pytest.mark.skipif(not find_spec("onnx"), reason="onnx is not installed")

CODE = """
import torch
from torch import nn

print("imported")

def make(channels=8):
    print("made")
    return nn.Sequential(nn.Conv2d(3, channels, 3, padding=1, bias=False), nn.BatchNorm2d(channels), nn.ReLU())

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 8, 3, padding=1, bias=False)
    def forward(self, x):
        return self.conv(x)
"""
MACS = 3 * 3 * 3 * 8 * 16 * 16


@pytest.fixture
def models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A folder with a module of models in it; its name is new for every test."""
    name = f"models_{abs(hash(tmp_path))}"
    (tmp_path / f"{name}.py").write_text(CODE)
    monkeypatch.chdir(tmp_path)
    return name


@needs_torch
def test_a_model_of_ones_own(mncost: Run, models: str) -> None:
    ran = mncost(f"show py:{models}:make --input 3x16x16 --json")
    assert ran.code == 0, ran.err
    found = json.loads(ran.out)  # what the code prints does not spoil it
    assert found["totals"]["mult_adds"] == MACS
    assert len(found["rows"]) == 1
    ran = mncost(f"show py:{models}:make --input 3x16x16 --arg channels=16 --exact")
    assert f"{2 * MACS:,}" in ran.out


@needs_torch
def test_budgets_and_conversion(mncost: Run, models: str, tmp_path: Path) -> None:
    budget = f'[[budget]]\nname = "n"\nnetwork = "py:{models}:Net@3x16x16"\nmult_adds = '
    for limit, code in ((MACS, 0), (MACS - 1, 1)):
        (tmp_path / "mncost.toml").write_text(f"{budget}{limit}\n")
        assert mncost("check").code == code
    assert mncost(f"convert py:{models}:Net --input 3x16x16 -o net.yaml").code == 0
    assert mncost("show net.yaml --json").out
    assert mncost(f"compare net.yaml py:{models}:Net@3x16x16").code == 0
    assert "no size of an input" in mncost(f"compare net.yaml py:{models}:Net@3xbig").err
    ran = mncost(f"compare net.yaml py:{models}:Net")
    assert ran.code == 2  # its input is not known there
    assert "--input" in ran.err


@needs_torch
def test_what_is_wrong_is_said(mncost: Run, models: str) -> None:
    for source, options in (
        (f"py:{models}:nobody", "--input 3x16x16"),
        ("py:no_such_module:x", "--input 3x16x16"),
        ("py:nothing", "--input 3x16x16"),
        (f"py:{models}:Net", ""),
        (f"py:{models}:Net", "--input 4x16x16"),
        (f"py:{models}:make", "--input 3x16x16 --arg width=1"),
        (f"py:{models}:Net", "--input 3x16x16 --alpha 0.5"),
    ):
        ran = mncost(f"show {source} {options}")
        assert (ran.code, ran.out) == (2, ""), (source, options, ran.err)
        assert "Traceback" not in ran.err


def test_without_torch(mncost: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)
    ran = mncost("show py:models:Net --input 3x16x16")
    assert ran.code == 2
    assert "pip install 'mncost[torch]'" in ran.err


def test_options_that_say_nothing(mncost: Run) -> None:
    assert "--arg is for py:module:function" in mncost("show mobilenet_v1 --arg a=1").err
    assert "expected a size" in mncost("show mobilenet_v1 --input 3x").err
    assert "expected NAME=VALUE" in mncost("show mobilenet_v1 --arg a").err
    assert "its name would end in .onnx or .py" in mncost("export mobilenet_v1 -o net.txt").err
    assert "--seed is for .onnx files" in mncost("export mobilenet_v1 -o net.py --seed 1").err


@needs_onnx
def test_a_file_that_runs(mncost: Run, tmp_path: Path) -> None:
    path = tmp_path / "net.onnx"
    command = ("export", "mobilenet_v1", "--alpha", "0.25", "--res", "128", "-o", str(path))
    assert mncost(*command).code == 0
    found = json.loads(mncost("show", str(path), "--json").out)
    assert found["totals"]["mult_adds"] == 13_570_048
    first = path.read_bytes()
    assert mncost(*command).code == 2  # it is there already
    assert mncost(*command, "--force").code == 0
    assert path.read_bytes() == first
    assert mncost(*command, "--force", "--seed", "1").code == 0
    assert path.read_bytes() != first
    assert mncost(*command, "--force", "--weights", "zero").code == 0
    assert path.stat().st_size < len(first) / 10


def test_source_of_a_network(mncost: Run, tmp_path: Path) -> None:
    path = tmp_path / "net.py"
    assert mncost("export", "mobilenet_v1", "--alpha", "0.25", "-o", str(path)).code == 0
    text = path.read_text()
    assert "PARAMETERS = 470_072" in text
    assert "import mncost" not in text
    if find_spec("torch"):
        ran = subprocess.run(
            [sys.executable, str(path)], capture_output=True, text=True, check=True
        )
        assert "470,072 parameters, 41,030,272 Mult-Adds" in ran.stdout
