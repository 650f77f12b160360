"""The GitHub Action and the pre-commit hooks: their scripts, run as they stand."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parent.parent


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """A PATH on which `mncost` is this one."""
    shim = tmp_path / "bin" / "mncost"
    shim.parent.mkdir()
    shim.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m mncost "$@"\n')
    shim.chmod(0o755)
    python = f"{ROOT}:{os.environ.get('PYTHONPATH', '')}"
    return {**os.environ, "PATH": f"{shim.parent}:{os.environ['PATH']}", "PYTHONPATH": python}


def check_step() -> dict[str, Any]:
    action = yaml.safe_load((ROOT / "action.yml").read_text("utf-8"))
    (step,) = [step for step in action["runs"]["steps"] if step["name"] == "Check budgets"]
    assert set(step["env"]) == {"NETWORKS", "CONFIG", "BASE", "STRICT"}
    assert all(f"inputs.{name.lower()}" in value for name, value in step["env"].items())
    return dict(step)


@pytest.mark.parametrize(
    ("inputs", "code"),
    [
        ({}, 0),
        ({"NETWORKS": "net.yaml"}, 0),
        ({"NETWORKS": "net.yaml\nnope.yaml\n"}, 2),
        ({"CONFIG": "tight.toml"}, 1),
        ({"CONFIG": "warn.toml"}, 0),
        ({"CONFIG": "warn.toml", "STRICT": "true"}, 1),
        ({"NETWORKS": "nope.yaml"}, 2),
        ({"BASE": "nope.json"}, 2),
        ({"NETWORKS": "$(touch pwned) net.yaml"}, 2),
    ],
)
def test_the_action(
    inputs: dict[str, str], code: int, tmp_path: Path, environment: dict[str, str]
) -> None:
    subprocess.run(["mncost", "init"], cwd=tmp_path, env=environment, check=True)
    budget = (
        '[[budget]]\nname = "b"\nnetwork = "net.yaml"\nmult_adds = {max = 1, level = "LEVEL"}\n'
    )
    (tmp_path / "tight.toml").write_text(budget.replace("LEVEL", "error"))
    (tmp_path / "warn.toml").write_text(budget.replace("LEVEL", "warn"))
    given = {"NETWORKS": "", "CONFIG": "", "BASE": "", "STRICT": "false", **inputs}
    ran = subprocess.run(
        ["bash", "-e", "-o", "pipefail", "-c", check_step()["run"]],
        cwd=tmp_path,
        env={**environment, **given},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == code, ran.stderr
    assert not (tmp_path / "pwned").exists()
    if code == 1:
        assert ran.stdout.startswith("::error file=" if "tight" in given["CONFIG"] else "::")


def test_the_hooks_are_commands_that_run(tmp_path: Path, environment: dict[str, str]) -> None:
    subprocess.run(["mncost", "init"], cwd=tmp_path, env=environment, check=True)
    hooks = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text("utf-8"))
    assert {hook["id"] for hook in hooks} == {"mncost-check", "mncost-lint"}
    for hook in hooks:
        files = ["net.yaml"] if hook.get("pass_filenames", True) else []
        words = [*hook["entry"].split(), *files]
        subprocess.run(words, cwd=tmp_path, env=environment, check=True)


def test_the_job_that_init_writes_is_yaml_and_calls_what_there_is() -> None:
    job = yaml.safe_load((ROOT / "mncost" / "data" / "init" / "mncost.yml").read_text("utf-8"))
    runs = [step["run"] for step in job["jobs"]["mncost"]["steps"] if "run" in step]
    assert "mncost check --format github" in runs
