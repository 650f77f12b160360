"""The promises of SECURITY.md that other tests do not hold already."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

import mncost
from mncost.errors import MncostError

ROOT = Path(__file__).parent.parent

WATCH = """
import sys
import mncost, mncost.spec.source, mncost.spec.lower, mncost.spec.budgets, mncost.spec.yaml_text, yaml, yaml._yaml
mncost.lower(mncost.load("mobilenet_v1"))
seen = []
sys.addaudithook(lambda event, arguments: seen.append((event, str(arguments[:1]))))
try:
    mncost.analyze(mncost.load(sys.argv[1]))
except mncost.MncostError:
    pass
watched = ("open", "socket", "subprocess", "os.system", "os.exec", "os.fork", "exec", "compile", "import", "pickle")
print(*[f"{event} {what}" for event, what in seen if event.startswith(watched)], sep="\\n")
"""

CASES = ROOT / "tests" / "bad_inputs" / "cases"


@pytest.mark.parametrize(
    "name",
    ["good.yaml", "A18_python_tag.yaml", "B29_kernel_pyexpr.yaml", "H04_pickle_renamed_yaml.yaml",
     "I20_extends_passwd.yaml", "I26_format_string.yaml", "E01_ok_plain.toml", "D02_ok_bom.json"],
)  # fmt: skip
def test_reading_runs_no_code_and_opens_nothing_else(name: str) -> None:
    file = str(CASES / name)
    ran = subprocess.run(
        [sys.executable, "-c", WATCH, file], capture_output=True, text=True, check=True
    )
    events = ran.stdout.splitlines()
    opened = [event for event in events if event.startswith("open") and file not in event]
    assert all(
        ("site-packages" in each or "/lib/python" in each or "mncost/" in each) for each in opened
    )
    forbidden = ("socket", "subprocess", "os.", "pickle")
    assert not [event for event in events if event.startswith(forbidden)]
    assert not [
        event for event in events if event.startswith(("exec", "compile")) and "bad_inputs" in event
    ]


def test_nothing_is_silently_ignored(tmp_path: Path) -> None:
    """Every key that a good file has can be misspelled, and every misspelling is refused."""
    good = json.loads((CASES / "D02_ok_bom.json").read_text("utf-8-sig"))
    file = tmp_path / "n.json"
    for place in (good, *good["layers"]):
        for key in list(place):
            if key == "op":
                continue
            value = place.pop(key)
            place[f"{key}_x"] = value
            file.write_text(json.dumps(good))
            with pytest.raises(MncostError, match=f'unknown key "{key}_x"|missing key'):
                mncost.lower(mncost.load(file))
            del place[f"{key}_x"]
            place[key] = value
