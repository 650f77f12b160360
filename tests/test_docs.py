"""README and docs: every command in them runs and prints what they say it prints."""

from __future__ import annotations

import itertools
import re
import shlex
import shutil
import subprocess
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest

import mncost as package
from mncost.cli.main import COMMANDS
from mncost.spec import zoo
from tests.conftest import GOLDENS, Ran

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


def sessions() -> Iterator[tuple[str, str, str]]:
    """(page, command, what it prints) for each `$ mncost …` of the console blocks."""
    for page in PAGES:
        for block in re.findall(r"```console\n(.*?)```", page.read_text("utf-8"), re.DOTALL):
            for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
                command, _, printed = part.partition("\n")
                yield page.name, command, printed


@pytest.mark.parametrize(("page", "command", "printed"), list(sessions()))
def test_examples_print_what_they_say(
    page: str,
    command: str,
    printed: str,
    mncost: Callable[..., Ran],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A line with … alone stands for any number of lines."""
    monkeypatch.chdir(ROOT)
    program, *words = shlex.split(command)
    assert program == "mncost", page
    if words[:2] == ["space", "sample"] and not find_spec("numpy"):
        pytest.skip("without NumPy, a seed draws others")
    ran = mncost(*words)
    assert (ran.code, ran.err) == (0, "")
    pieces = [re.escape(piece) for piece in re.split(r"^…\n", printed, flags=re.MULTILINE)]
    assert re.fullmatch("(?s:.*)".join(pieces), ran.out), ran.out


def test_there_are_examples() -> None:
    assert len(list(sessions())) >= 8


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mncost: Callable[..., Ran]) -> Path:
    """A reader's folder: what `mncost init` writes, some copies, a base, and a first commit."""
    monkeypatch.chdir(tmp_path)
    assert mncost("init").code == 0
    (tmp_path / "models").mkdir()
    for copy in ("old.yaml", "doorbell.yaml", "models/net.yaml"):
        text = (tmp_path / "net.yaml").read_text("utf-8")
        (tmp_path / copy).write_text(text, "utf-8")
    shutil.copytree(ROOT / "examples", tmp_path / "examples")
    shutil.copy(GOLDENS / "onnx" / "mobilenet_v2.legacy17dyn.ext.onnx", tmp_path / "model.onnx")
    git = ["git", "-c", "user.email=a@example.org", "-c", "user.name=a"]
    subprocess.run(["git", "init", "-q", "-b", "main", "."], check=True)
    subprocess.run(["git", "add", "."], check=True)
    subprocess.run([*git, "commit", "-qm", "first"], check=True)
    return tmp_path


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_command_that_is_mentioned_runs(
    page: Path, folder: Path, mncost: Callable[..., Ran]
) -> None:
    """Commands in `code` and in sh blocks, in order; a command's bare name stands for its help."""
    text = page.read_text("utf-8")
    found = re.findall(r"`(mncost [^`]*)`", text)
    for block in re.findall(r"```sh\n(.*?)```", text, re.DOTALL):
        found += re.findall(r"^mncost .*$", block, re.MULTILINE)
    for command in found:
        words = shlex.split(command.partition(" > ")[0], comments=True)[1:]
        assert words[0] in COMMANDS, command
        if re.search(r"[A-Z]{3}|…", command):
            continue
        if "py:" in command or (".onnx" in command and not find_spec("onnx")):
            continue  # a reader's own code; an extra that is not there
        if ".parquet" in command and not find_spec("pyarrow"):
            continue
        bare = len(words) == 1 and words[0] in ("lint", "init", "snapshot", "diff", "space")
        bare = bare or (words[0] == "space" and len(words) == 2)
        ran = mncost(*words, *(["--help"] if bare else []))
        assert ran.code == 0, (command, ran.err)


def test_links_lead_somewhere() -> None:
    for page in [*PAGES, ROOT / "CONTRIBUTING.md"]:
        for link in re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text("utf-8")):
            assert (page.parent / link).exists(), f"{page.name}: {link}"


def test_python_of_the_readme_is_true() -> None:
    (code,) = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text("utf-8"), re.DOTALL)
    scope: dict[str, object] = {}
    for line in code.splitlines():
        statement, _, comment = line.partition("#")
        if comment.strip().isdigit():
            assert eval(statement, scope) == int(comment)
        else:
            exec(statement, scope)


def test_the_architecture_file_of_the_docs_is_legal(tmp_path: Path) -> None:
    text = (ROOT / "docs" / "files.md").read_text("utf-8")
    for block in re.findall(r"```yaml\n(.*?)```", text, re.DOTALL):
        file = tmp_path / "doorbell.yaml"
        file.write_text(block, "utf-8")
        assert package.analyze(package.load(file)).totals.mult_adds > 0


def test_the_space_of_the_docs_is_the_example() -> None:
    text = (ROOT / "docs" / "spaces.md").read_text("utf-8")
    (block,) = re.findall(r"```yaml\n(.*?)```", text, re.DOTALL)
    assert block == (ROOT / "examples" / "doorbell_space.yaml").read_text("utf-8")


def test_every_op_is_documented() -> None:
    from mncost.spec.layers import LAYERS

    text = (ROOT / "docs" / "files.md").read_text("utf-8")
    assert all(f"`{op}`" in text for op in LAYERS)


def test_the_zoo_costs_what_it_expects() -> None:
    names = zoo.names()
    assert "mobilenet_v1" in names
    for name in names:
        network = package.load(name)
        assert network.source, name
        assert network.expect is not None, name
        totals = package.analyze(network).totals
        counted = {
            "mult_adds": totals.mult_adds,
            "weights": totals.parameters.weights,
            "trainable": totals.parameters.trainable,
            "all": totals.parameters.all,
        }
        expected = network.expect.model_dump(exclude_none=True)
        assert expected, name
        assert {key: counted[key] for key in expected} == expected, name


def test_the_version_is_stated_once(mncost: Callable[..., Ran]) -> None:
    assert mncost("--version").out == f"mncost, version {package.__version__}\n"


def test_no_two_pages_print_one_example_twice() -> None:
    commands = [command for _, command, _ in sessions()]
    twice = [command for command, run in itertools.groupby(sorted(commands)) if len(list(run)) > 1]
    assert not twice
