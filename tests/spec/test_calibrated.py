"""Device files: read back as they were written, and refused at their place where they are broken."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from mncost.cli.calibrate import to_json
from mncost.errors import SpecError
from mncost.spec.calibrated import read
from tests.timing import device, file, kind


def refused(folder: Path, value: Any) -> str:
    path = folder / "bench.json"
    text = value if isinstance(value, str) else json.dumps(value, indent=1)
    path.write_text(text, "utf-8")
    with pytest.raises(SpecError) as error:
        read(str(path))
    return str(error.value).replace(str(path), "FILE")


def test_a_file_is_read_as_it_was_written(tmp_path: Path) -> None:
    path = tmp_path / "laptop.json"
    path.write_text(to_json(device()), "utf-8")
    found = read(str(path))
    assert found.model_dump(exclude_none=True)["calibration"] == device()["calibration"]
    assert [each.kind for each in found.kinds] == [each["kind"] for each in device()["kinds"]]
    assert found.kinds[0].mult_adds == (0, 10**9)


def test_a_file_is_readable_by_people() -> None:
    """A line for each kind of work."""
    text = to_json(device())
    assert json.loads(text) == device()
    assert sum('"kind":' in line for line in text.splitlines()) == len(device()["kinds"])


def test_a_rate_that_is_not_there_is_no_limit(tmp_path: Path) -> None:
    free = kind("add")
    del free["mult_adds_per_us"], free["bytes_per_us"]
    assert read(file(tmp_path, kinds=[free])).kinds[0].bytes_per_us is None


NAN = '{"mncost_device": 1, "block": NaN}'


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("{", "FILE:1:2: not valid JSON: "),
        ("[]", "FILE:1:1: not a device file of mncost; measure one with: mncost calibrate"),
        ({"layers": []}, "FILE:1:1: not a device file of mncost"),
        (NAN, "FILE: not valid JSON: NaN is no number"),
        (
            device(mncost_device=2),
            "FILE:2:19: a device file of version 2, and this reads version 1",
        ),
        (device(mncost_device="1"), 'version the text "1", and this reads version 1'),
        (device(kinds=[]), "expected at least one, got none"),
        (device(block=0), "expected a positive integer, got 0"),
        (device(kinds=[kind("conv", overhead_us=-1)]), "expected a number from 0 to 1e+12, got -1"),
        (device(kinds=[kind("conv", bytes_per_us=0)]), "a rate of 0, and 1e-06 is the least"),
        (device(kinds=[kind("conv", mult_adds_per_us=1e-300)]), "a rate of 1e-300, and 1e-06"),
        (device(kinds=[kind("conv", bytes_per_us="fast")]), 'got the text "fast"'),
        (
            device(kinds=[kind("conv", bytes=[5, 3])]),
            "expected [least, most] from 0 up, got [5, 3]",
        ),
        (device(kinds=[kind("conv", bytes=[5])]), "expected [least, most], two whole numbers"),
        (device(kinds=[kind("conv"), kind("conv")]), 'the kind "conv", aligned, twice'),
        (device(kinds=[kind("conv", speed=3)]), 'unknown key "speed"'),
        (device(name=""), "an empty text"),
        ({"ram": "1 MiB"}, "FILE:1:1: a device by its memory, which mncost memory reads; times"),
    ],
)
def test_broken_files_are_refused_with_the_reason(tmp_path: Path, value: Any, message: str) -> None:
    assert message in refused(tmp_path, value)


def test_nan_in_yaml_is_no_number_either(tmp_path: Path) -> None:
    path = tmp_path / "bench.yaml"
    text = json.dumps(device(block=1)).replace('"within": 0.2', '"within": .nan')
    path.write_text(text, "utf-8")
    with pytest.raises(SpecError, match="a number"):
        read(str(path))


def test_all_that_is_wrong_is_told_at_once_each_at_its_place(tmp_path: Path) -> None:
    broken = device(kinds=[kind("conv", overhead_us=-1), kind("pool", layers=0)])
    lines = refused(tmp_path, broken).splitlines()
    assert len(lines) == 2
    assert all(line.startswith("FILE:") and line.split(":")[1].isdigit() for line in lines)


def test_a_missing_file_and_a_folder_are_refused(tmp_path: Path) -> None:
    for path in (tmp_path / "no.json", tmp_path):
        with pytest.raises(SpecError):
            read(str(path))
