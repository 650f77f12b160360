"""The budget gate: passes, fails, warns, refuses; every format; the base; what would fit."""

from __future__ import annotations

import csv
import io
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import xmlschema

from tests.conftest import GOLDENS, Ran

Run = Callable[..., Ran]

NET = """\
name: net
input: [3, 32, 32]
layers:
  - {op: conv, out: 8, kernel: 3, stride: 2, id: stem}
  - {op: separable, out: 16}
  - {op: separable, out: 32, stride: 2}
  - {op: global_pool}
  - {op: linear, out: 10}
"""
COST = (
    3 * 3 * 3 * 8 * 16 * 16
    + (3 * 3 * 8 + 8 * 16) * 16 * 16
    + (3 * 3 * 16 + 16 * 32) * 8 * 8
    + 32 * 10
)
WEIGHTS = 3 * 3 * 3 * 8 + 3 * 3 * 8 + 8 * 16 + 3 * 3 * 16 + 16 * 32 + 32 * 10


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("GITHUB_STEP_SUMMARY", raising=False)
    (tmp_path / "net.yaml").write_text(NET)
    return tmp_path


def configure(folder: Path, *limits: str, name: str = "mncost.toml") -> None:
    lines = ["[[budget]]", 'name = "b"', 'network = "net.yaml"', *limits]
    text = "\n".join(lines) + "\n"
    if name == "pyproject.toml":
        text = text.replace("[[budget]]", "[[tool.mncost.budget]]")
    (folder / name).write_text(text)


@pytest.mark.parametrize("name", ["mncost.toml", ".mncost.toml", "pyproject.toml"])
def test_within_and_over_to_the_unit(here: Path, mncost: Run, name: str) -> None:
    configure(here, f"mult_adds = {COST}", f"params = {WEIGHTS}", name=name)
    ran = mncost("check")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.startswith("PASS b: net")
    configure(here, f"mult_adds = {COST - 1}", name=name)
    ran = mncost("check")
    assert ran.code == 1
    assert (
        f"{name}:4:13: b: Mult-Adds {COST:,}, must be at most {COST - 1:,}: missed by 1 ("
        in ran.out
    )


@pytest.mark.parametrize(
    ("limit", "code"),
    [
        (f"mult_adds = {{max = {COST}, min = {COST}}}", 0),
        (f"mult_adds = {{min = {COST + 1}}}", 1),
        (f'macs = "{COST}"', 0),
        ('mult_adds = "0.1M"', 1),
        (f"params = {WEIGHTS - 1}", 1),
        (f"weight_bytes = {WEIGHTS}\nweight_bits = 8", 0),
        (f"weight_bytes = {WEIGHTS - 1}\nweight_bits = 8", 1),
        (f'peak = "{(8 + 16) * 16 * 16} B"\nactivation_bits = 8', 0),
        (f'peak = "{(8 + 16) * 16 * 16 - 1} B"\nactivation_bits = 8', 1),
        ('layer = {max_share = "60%"}', 0),
        ('layer = {max_share = "10%"}', 1),
        ('kinds = {pointwise = {min_share = "10%"}}', 0),
        ('kinds = {depthwise = {max_share = "1%"}}', 1),
        (f"layers = {{stem = {{mult_adds = {3 * 3 * 3 * 8 * 256}}}}}", 0),
        (f"layers = {{stem = {{macs = {3 * 3 * 3 * 8 * 256 - 1}}}}}", 1),
        ("layers = {separable1 = {params = 200}}", 0),
        ('mult_adds = {max = 1, level = "warn"}', 0),
        ('mult_adds = {max = 1, level = "off"}', 0),
        ('mult_adds = 1\nlevel = "warn"', 0),
        (f"mult_adds = {COST // 2}\nalpha = 0.5", 0),
        (f"mult_adds = {COST // 3}\nres = 16", 0),
    ],
)
def test_limits(here: Path, mncost: Run, limit: str, code: int) -> None:
    configure(here, limit)
    ran = mncost("check")
    assert (ran.code, ran.err) == (code, "")


@pytest.mark.parametrize(
    ("limit", "words"),
    [
        ("mult_adds = nan", ":4:13: expected a positive whole number, got nan"),
        ("mult_adds = -1", ":4:13: expected a positive whole number"),
        ("mult_adds = 0", ":4:13: expected a positive whole number, got 0"),
        ("mult_adds = [1]", ":4:13: expected a positive whole number"),
        ("mult_adds = true", ":4:13: expected a positive whole number, got true"),
        ('mult_adds = "569 m"', ":4:13: expected an amount, as in 569M"),
        ('mult_adds = "1e6"', ":4:13: expected an amount"),
        ('mult_adds = "1.5"', ":4:13: \"1.5\" is no whole number"),
        ('peak = "300 M"', ":4:8: expected an amount, as in 300 KiB"),
        ('layer = {max_share = 15}', "expected per cent, as in 15%"),
        ('layer = {max_share = "15"}', "expected per cent, as in 15%"),
        ("mult_add = 1", ':4:1: unknown key "mult_add"; did you mean mult_adds?'),
        ("mult_adds = 1\nmacs = 1", ':5:1: "macs" is another name for a key that is there already'),
        ("mult_adds = {maximum = 1}", 'unknown key "maximum"; did you mean max?'),
        ("", "a budget without a limit"),
        ("mult_adds = 1\nlevel = 'fatal'", "expected 'off', 'warn' or 'error'"),
        ("mult_adds = 1\nconvention = 'thopp'", "did you mean thop?"),
        ("mult_adds = 1\nalpha = 0", ":5:9: expected greater than 0"),
        ("layers = {nope = {macs = 1}}", 'no layer is called "nope"'),
        ("kinds = {convv = {max_share = '1%'}}", 'no kind of layer is called "convv"; did you mean conv?'),
        ("mult_adds = {max_increase = '1%'}", "no base to measure it from"),
    ],
)  # fmt: skip
def test_budgets_that_cannot_be(here: Path, mncost: Run, limit: str, words: str) -> None:
    configure(here, limit)
    ran = mncost("check")
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith("mncost.toml")
    assert words in ran.err


def test_nothing_to_check_is_no_pass(here: Path, mncost: Run) -> None:
    assert mncost("check").code == 2
    assert mncost("check net.yaml").code == 2
    (here / "mncost.toml").write_text("")
    assert mncost("check").code == 2
    configure(here, "mult_adds = 1")
    (here / "net.yaml").unlink()
    ran = mncost("check")
    assert ran.code == 2
    assert "net.yaml: no such file" in ran.err
    assert mncost("check --config no.toml").code == 2


def test_all_that_is_wrong_at_once(here: Path, mncost: Run) -> None:
    entry = '[[budget]]\nname = "{0}"\nnetwork = "{0}"\nmult_adds = 1\n'
    (here / "mncost.toml").write_text(entry.format("a.yaml") + entry.format("b.yaml"))
    ran = mncost("check")
    assert ran.code == 2
    assert len(ran.err.splitlines()) == 2


def test_a_budget_in_the_architecture_file(here: Path, mncost: Run) -> None:
    (here / "net.yaml").write_text(NET + "budget: {macs: 1, params: 10k}\n")
    ran = mncost("check net.yaml")
    assert ran.code == 1
    assert "net.yaml:9:16: net: Mult-Adds" in ran.out


def test_the_nearest_configuration_upward_alone(
    here: Path, mncost: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    configure(here, "mult_adds = 1")
    inner = here / "a" / "b"
    inner.mkdir(parents=True)
    monkeypatch.chdir(inner)
    assert mncost("check").code == 1
    (here / "a" / "pyproject.toml").write_text("[project]\nname = 'x'\n")
    assert mncost("check").code == 1
    (inner / "net.yaml").write_text(NET)
    configure(inner, f"mult_adds = {COST}")
    assert mncost("check").code == 0


def test_strict_and_exit_zero(here: Path, mncost: Run) -> None:
    configure(here, 'mult_adds = {max = 1, level = "warn"}')
    assert mncost("check").code == 0
    assert mncost("check --strict").code == 1
    assert mncost("check --strict --exit-zero").code == 0


def test_a_failure_says_who_what_and_what_would_fit(here: Path, mncost: Run) -> None:
    configure(here, f"mult_adds = {COST // 2}", 'message = "Owner: vision team"')
    out = mncost("check").out
    assert f"missed by {COST - COST // 2:,} (" in out
    assert "cost most: " in out
    assert "Owner: vision team" in out
    fits = json.loads(mncost("check --format json").out)["budgets"][0]["would_fit"]
    for setting in (f"alpha = {fits['alpha']}", f"res = {fits['resolution']}"):
        configure(here, f"mult_adds = {COST // 2}", setting)
        assert mncost("check").code == 0
    for setting in (f"alpha = {fits['alpha'] + 0.01}", f"res = {fits['resolution'][0] + 1}"):
        configure(here, f"mult_adds = {COST // 2}", setting)
        assert mncost("check").code == 1


def test_relative_to_a_base(here: Path, mncost: Run) -> None:
    configure(here, 'mult_adds = {max_increase = "1%"}')
    assert mncost("snapshot -o base.json").code == 0
    assert mncost("check --base base.json").code == 0
    (here / "net.yaml").write_text(NET.replace("out: 16", "out: 24"))
    ran = mncost("check --base base.json")
    assert ran.code == 1
    assert "Mult-Adds against the base" in ran.out
    assert "grew most: separable1/pointwise" in ran.out
    kept = (here / "base.json").read_text()
    ran = mncost("check --base base.json --update")
    assert "base kept for b" in ran.err
    assert (here / "base.json").read_text() == kept
    assert mncost("check --base base.json --update --allow-loosen").code == 1
    assert (here / "base.json").read_text() != kept
    assert mncost("check --base base.json").code == 0
    (here / "net.yaml").write_text(NET)
    assert mncost("check --base base.json --update").code == 0
    assert (here / "base.json").read_text() == kept


@pytest.mark.parametrize("text", ["{}", "[]", "nonsense", '{"mncost_snapshot": 99, "networks": {}}',
    '{"mncost_snapshot": 1, "networks": {"b": {"network": "n", "setting": "", "totals": {"mult_adds": -1}, "layers": []}}}'])  # fmt: skip
def test_a_broken_base_is_no_pass(here: Path, mncost: Run, text: str) -> None:
    configure(here, f"mult_adds = {COST}")
    (here / "base.json").write_text(text)
    ran = mncost("check --base base.json")
    assert ran.code == 2
    assert ran.err.startswith("base.json:")
    assert mncost("check --base nowhere.json").code == 2


def test_a_snapshot_is_one_line_a_layer_and_never_overwritten_unasked(
    here: Path, mncost: Run
) -> None:
    ran = mncost("snapshot net.yaml")
    layers = [line for line in ran.out.splitlines() if line.startswith('{"name"')]
    assert len(layers) == 7
    assert sum(json.loads(line.rstrip(","))["mult_adds"] for line in layers) == COST
    assert mncost("snapshot net.yaml -o base.json").code == 0
    assert mncost("snapshot net.yaml -o base.json").code == 2


NASTY = "::error::x\x1b[2J|<b>,\"'=]]>"


@pytest.mark.parametrize("format", ["text", "json", "csv", "markdown", "github", "junit", "sarif"])
def test_every_format_says_what_failed_and_stays_inert(
    here: Path, mncost: Run, format: str
) -> None:
    (here / "mncost.toml").write_text(
        f"[[budget]]\nname = {json.dumps(NASTY)}\nnetwork = 'net.yaml'\nmult_adds = 1\n"
        'params = { max = 1, level = "warn" }\n'
    )
    ran = mncost("check", "--format", format)
    assert ran.code == 1
    assert all(letter.isprintable() or letter == "\n" for letter in ran.out)
    if format == "github":
        first, second = ran.out.splitlines()
        assert first.startswith("::error file=mncost.toml,line=4,col=13,title=mncost%3A ")
        assert second.startswith("::warning file=mncost.toml,line=5,col=")
    else:
        assert not any(line.lstrip().startswith("::") for line in ran.out.splitlines())


def test_junit_is_valid_and_counts_right(here: Path, mncost: Run) -> None:
    configure(
        here, "mult_adds = 1", 'params = {max = 1, level = "warn"}', 'layer = {max_share = "99%"}'
    )
    schema = xmlschema.XMLSchema(GOLDENS / "junit-10.xsd")
    for options in ("", " --strict"):
        text = mncost(f"check --format junit{options}").out
        schema.validate(text)
        assert text.count("<failure") == (2 if options else 1)
        assert 'tests="3"' in text


def test_sarif_has_what_the_standard_requires(here: Path, mncost: Run) -> None:
    """Sections 3.13 to 3.27 of SARIF 2.1.0."""
    configure(here, "mult_adds = 1", 'params = {max = 1, level = "warn"}')
    document = json.loads(mncost("check --format sarif").out)
    assert document["version"] == "2.1.0"
    (run,) = document["runs"]
    rules = {rule["id"] for rule in run["tool"]["driver"]["rules"]}
    assert [result["level"] for result in run["results"]] == ["error", "warning"]
    for line, result in enumerate(run["results"], 4):
        assert result["ruleId"] in rules
        assert result["message"]["text"]
        (location,) = result["locations"]
        physical = location["physicalLocation"]
        assert physical["artifactLocation"] == {"uri": "mncost.toml"}
        assert physical["region"]["startLine"] == line


def test_sarif_is_valid_by_the_published_schema(here: Path, mncost: Run) -> None:
    schema = os.environ.get("MNCOST_SARIF_SCHEMA")
    if not schema:
        pytest.skip("MNCOST_SARIF_SCHEMA does not name OASIS' sarif-schema-2.1.0.json")
    import jsonschema

    configure(here, "mult_adds = 1", 'params = {max = 1, level = "warn"}')
    document = json.loads(mncost("check --format sarif").out)
    jsonschema.validate(document, json.loads(Path(schema).read_text("utf-8")))


def test_markdown_and_csv(here: Path, mncost: Run) -> None:
    configure(here, "mult_adds = 1")
    markdown = mncost("check --format markdown").out.splitlines()
    assert markdown[:2] == ["<!-- mncost -->", "**FAIL**"]
    (row,) = csv.DictReader(io.StringIO(mncost("check --format csv").out))
    assert (row["status"], row["budget"], row["actual"], row["limit"]) == (
        "fail",
        "b",
        str(COST),
        "1",
    )


def test_several_exports_and_the_step_summary(
    here: Path, mncost: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    configure(here, "mult_adds = 1")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(here / "summary.md"))
    ran = mncost("check --export junit=r.xml --export sarif=r.sarif --export json=r.json")
    assert ran.code == 1
    assert (here / "r.xml").read_text().startswith("<?xml")
    assert json.loads((here / "r.sarif").read_text())["version"] == "2.1.0"
    assert not json.loads((here / "r.json").read_text())["passed"]
    assert "**FAIL**" in (here / "summary.md").read_text()
    assert mncost("check --export junit").code == 2
    assert mncost("check --export nope=x").code == 2


def test_where_rounding_would_hide_the_difference(here: Path, mncost: Run) -> None:
    (here / "mncost.toml").write_text(
        '[[budget]]\nname = "v1"\nnetwork = "mobilenet_v1"\nmult_adds = 568740351\n'
    )
    out = mncost("check").out
    assert "Mult-Adds 568,740,352, must be at most 568,740,351: missed by 1 (<0.01 %)" in out


def test_diff_aligns_and_attributes(here: Path, mncost: Run) -> None:
    (here / "head.yaml").write_text(
        NET.replace(
            "  - {op: separable, out: 32, stride: 2}\n",
            "  - {op: separable, out: 32, stride: 2}\n  - {op: separable, out: 32}\n",
        ).replace("out: 16", "out: 24")
    )
    found = json.loads(mncost("diff net.yaml head.yaml --json").out)
    changes = {row["layer"]: row for row in found["rows"]}
    before, after = found["before"]["totals"], found["after"]["totals"]
    assert (
        sum(row["mult_adds"] for row in found["rows"]) == after["mult_adds"] - before["mult_adds"]
    )
    assert sum(row["weights"] for row in found["rows"]) == after["weights"] - before["weights"]
    assert changes["separable1/pointwise"]["change"] == "out 16×16×16 → 16×16×24"
    assert changes["separable1/pointwise"]["mult_adds"] == 8 * 8 * 256
    assert changes["separable3/depthwise"]["change"] == "new"
    assert mncost("diff net.yaml net.yaml --fail-on-increase 0%").code == 0
    assert mncost("diff net.yaml head.yaml --fail-on-increase 1%").code == 1
    assert mncost("diff net.yaml head.yaml --fail-on-increase 1000%").code == 0
    assert mncost("diff net.yaml head.yaml --fail-on-increase lots").code == 2


def test_diff_with_snapshots_and_git(here: Path, mncost: Run) -> None:
    mncost("snapshot net.yaml -o old.json")
    git = ["git", "-c", "user.email=a@example.org", "-c", "user.name=a"]
    subprocess.run(["git", "init", "-q", "."], check=True)
    subprocess.run(["git", "add", "net.yaml"], check=True)
    subprocess.run([*git, "commit", "-qm", "x"], check=True)
    (here / "net.yaml").write_text(NET.replace("out: 16", "out: 24"))
    from_git = json.loads(mncost("diff git:HEAD:net.yaml net.yaml --json").out)
    from_file = json.loads(mncost("diff old.json net.yaml --json").out)
    assert from_git["rows"] == from_file["rows"] != []
    subprocess.run(["git", "add", "old.json"], check=True)
    subprocess.run([*git, "commit", "-qm", "y"], check=True)
    base_from_git = json.loads(mncost("diff git:HEAD:old.json net.yaml --json").out)
    assert base_from_git["rows"] == from_file["rows"]
    assert mncost("diff git:nope:net.yaml net.yaml").code == 2
    assert mncost("diff git:HEAD net.yaml").code == 2
    assert mncost("diff git:--output=x:net.yaml net.yaml").code == 2


def test_diff_reads_each_side_once_and_tells_of_both(
    here: Path, mncost: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    ran = mncost("diff nope.yaml neither.yaml")
    assert ran.code == 2
    assert len(ran.err.splitlines()) == 2
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(NET.encode())))
    assert mncost("diff net.yaml - --fail-on-increase 1% --export github=-").code == 0


def test_init_writes_what_works_and_nothing_over(here: Path, mncost: Run) -> None:
    (here / "net.yaml").unlink()
    assert mncost("init").code == 0
    assert mncost("check").code == 0
    assert mncost("check net.yaml").code == 0
    assert mncost("lint net.yaml").out == ""
    (here / "net.yaml").write_text("mine")
    ran = mncost("init")
    assert ran.code == 2
    assert "net.yaml" in ran.err
    assert (here / "net.yaml").read_text() == "mine"
    assert mncost("init --force").code == 0


ODD = """\
input: [3, 33, 33]
width: {divisor: 8}
layers:
  - {op: conv, out: 12, kernel: 3, stride: 2, id: a}
  - {op: conv, out: 12, kernel: 3, groups: 12}
  - {op: global_pool, id: used}
  - {op: conv, out: 8, kernel: 3, from: used}
expect: {mult_adds: 7}
"""


def test_lint_finds_what_is_legal_and_odd(here: Path, mncost: Run) -> None:
    (here / "odd.yaml").write_text(ODD)
    ran = mncost("lint odd.yaml")
    assert (ran.code, ran.err) == (0, "")
    found = ran.out.splitlines()
    expected = [
        (4, "stride 2 on 33 pixels"), (4, "12 channels, no multiple"), (4, 'nothing reads the id "a"'),
        (5, "12 channels, no multiple"), (5, "12 groups make this convolution depthwise"),
        (7, "a 3×3 kernel on a map of one pixel"), (8, "expected to be 7"),
    ]  # fmt: skip
    assert len(found) == len(expected)
    for line, (number, words) in zip(found, expected, strict=True):
        assert line.startswith(f"odd.yaml:{number}:")
        assert words in line
    assert mncost("lint odd.yaml --strict").code == 1
    assert mncost("lint net.yaml mobilenet_v1 --strict").code == 0
    assert mncost("lint nope.yaml net.yaml").code == 2


def test_the_schema_takes_what_we_take(here: Path, mncost: Run) -> None:
    import jsonschema
    import yaml

    schema = json.loads(mncost("schema").out)
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    mncost("init")
    for text in (NET, ODD, NET.replace("[3, 32, 32]", "{channels: 3, size: 32}")):
        validator.validate(yaml.safe_load(text))
    for wrong in (
        NET.replace("out: 8", "out: 0"),
        NET.replace("kernel", "kernal"),
        NET.replace("op: conv", "op: cnv"),
    ):
        assert not validator.is_valid(yaml.safe_load(wrong))
    config = json.loads(mncost("schema config").out)
    jsonschema.Draft202012Validator.check_schema(config)


def test_json_is_as_its_schema_says(here: Path, mncost: Run) -> None:
    import jsonschema

    configure(
        here, "mult_adds = 1", 'params = {max_increase = "0%"}', 'layer = {max_share = "33%"}'
    )
    mncost("snapshot net.yaml -o base.json")
    text = (here / "base.json").read_text().replace('"net": {', '"b": {', 1)
    (here / "base.json").write_text(text)
    document = json.loads(mncost("check --base base.json --format json").out)
    validator = jsonschema.Draft202012Validator(json.loads(mncost("schema check").out))
    validator.validate(document)
    assert len(document["budgets"][0]["limits"]) == 3
    document["budgets"][0]["status"] = "maybe"
    assert not validator.is_valid(document)
    table = jsonschema.Draft202012Validator(json.loads(mncost("schema table").out))
    for command in ("table1", "table2", "table3 --explain", "show mobilenet_v1 --by stage",
                    "compare standard dwsep --shape 14x14x512", "compare net.yaml mobilenet_v1",
                    "diff net.yaml mobilenet_v1"):  # fmt: skip
        table.validate(json.loads(mncost(f"{command} --json").out))


def test_diff_in_every_verdict_format(here: Path, mncost: Run) -> None:
    (here / "head.yaml").write_text(NET.replace("out: 16", "out: 24"))
    exports = " ".join(
        f"--export {name}=r.{name}"
        for name in ("junit", "sarif", "markdown", "github", "json", "csv", "text")
    )
    ran = mncost(f"diff net.yaml head.yaml --fail-on-increase 1% {exports}")
    assert ran.code == 1
    xmlschema.XMLSchema(GOLDENS / "junit-10.xsd").validate((here / "r.junit").read_text())
    assert (here / "r.github").read_text().startswith("::error file=head.yaml")
    assert "**FAIL**" in (here / "r.markdown").read_text()
    assert (
        json.loads((here / "r.json").read_text())["budgets"][0]["limits"][0]["relation"]
        == "max_increase"
    )
    assert mncost("diff net.yaml net.yaml --fail-on-increase 1% --export github=-").code == 0
    assert mncost("diff net.yaml mobilenet_v1 --fail-on-increase 1% --export github=-").code == 1
    mncost("snapshot net.yaml -o old.json")
    assert mncost("diff old.json net.yaml --alpha 0.5").code == 2


def test_compare_networks(here: Path, mncost: Run) -> None:
    found = json.loads(mncost("compare net.yaml mobilenet_v1 --res 32 --alpha 0.5 --json").out)
    assert [row["network"] for row in found["rows"]] == ["net", "mobilenet_v1"]
    for row in found["rows"]:
        name = "net.yaml" if row["network"] == "net" else row["network"]
        shown = json.loads(mncost(f"show {name} --res 32 --alpha 0.5 --json").out)
        assert row["mult_adds"] == shown["totals"]["mult_adds"]
    assert mncost("compare net.yaml standard").code == 2
    assert len(mncost("compare nope.yaml nope2.yaml").err.splitlines()) == 2


@pytest.mark.parametrize(
    ("limit", "words"),
    [
        ("mult_adds = {}", "a limit without a bound"),
        ('mult_adds = {level = "warn"}', "a limit without a bound"),
        ("layer = {}", "a limit without a bound"),
        ("kinds = {conv = {}}", "a limit without a bound"),
        ("layers = {stem = {}}", "a limit without a bound"),
        ("layers = {stem = {macs = {max_increase = '1%'}}}", "no max_increase for a single layer"),
        ('params = "2,6M"', "expected an amount"),
        ('layer = {max_share = "0,5%"}', "expected per cent"),
        ('layer = {max_share = "150%"}', "a share of more than 100%"),
        ("mult_adds = {max = 1, min = 2}", "a minimum of 2 above the maximum of 1"),
        ("mult_adds = 1\nalpha = true", "expected a valid number"),
        ("mult_adds = 1\nalpha = '0.5'", "expected a valid number"),
        ('mult_adds = 1\n[[budget]]\nname = "b"\nnetwork = "net.yaml"\nparams = 1', 'the name "b" twice; first at 2:8'),
        ('mult_adds = 1\n[[budget]]\nname = "c"\nnetwork = "nope.yaml"\nparams = 1', "mncost.toml:7:11: nope.yaml: no such file"),
        ('mult_adds = 1\n[[budget]]\nname = "c"\nnetwork = "mobilnet_v1"\nparams = 1', "did you mean mobilenet_v1"),
    ],
)  # fmt: skip
def test_gates_that_would_never_close(here: Path, mncost: Run, limit: str, words: str) -> None:
    configure(here, limit)
    ran = mncost("check")
    assert (ran.code, ran.out) == (2, "")
    assert words in ran.err


@pytest.mark.parametrize(
    "value", ["null", "{mult_adds: null}", "{mult_adds: {max: null}}", "{macs: 1, layer: null}"]
)
def test_a_null_limit_is_no_limit_and_no_pass(here: Path, mncost: Run, value: str) -> None:
    (here / "net.yaml").write_text(NET + f"budget: {value}\n")
    ran = mncost("check net.yaml")
    assert ran.code == 2
    assert ran.err.startswith("net.yaml:9:")


def test_limits_of_nought_are_exceeded_and_no_crash(here: Path, mncost: Run) -> None:
    configure(here, 'layer = {max_share = "0%"}')
    assert mncost("check").code == 1
    for name in ("json", "csv", "markdown", "junit", "sarif", "github"):
        assert mncost(f"check --format {name}").code == 1


def test_a_base_of_another_setting_is_no_measure(here: Path, mncost: Run) -> None:
    increase = 'mult_adds = {max_increase = "1%"}'
    configure(here, increase)
    mncost("snapshot -o base.json")
    for other in ("res = 16", "alpha = 0.5", "weight_bits = 8", 'count = "all"'):
        configure(here, increase, other)
        ran = mncost("check --base base.json")
        assert ran.code == 2
        assert "the base was taken of net α=1 32×32" in ran.err
        assert mncost("check --base base.json --update --allow-loosen").code in (0, 1)
        assert mncost("check --base base.json").code == 0
        configure(here, increase)
        mncost("check --base base.json --update --allow-loosen")


def test_a_missing_base_is_written_by_update_alone(here: Path, mncost: Run) -> None:
    configure(here, 'mult_adds = {max_increase = "1%"}')
    assert mncost("check --base new.json").code == 2
    ran = mncost("check --base new.json --update")
    assert ran.code == 0
    assert "wrote new.json" in ran.err
    assert mncost("check --base new.json").code == 0
    text = (here / "mncost.toml").read_text()
    (here / "mncost.toml").write_text('base = "new.json"\n' + text)
    assert mncost("check").code == 0
    (here / "mncost.toml").write_text('base = "new.json"\n' + text.replace('"b"', '"c"'))
    assert 'new.json has no "c"' in mncost("check").err
    assert mncost("check --allow-loosen").code == 2


def test_exports_never_overwrite_what_is_read(here: Path, mncost: Run) -> None:
    configure(here, "mult_adds = 1")
    before = {file: file.read_text() for file in here.iterdir()}
    for target in ("csv=net.yaml", "csv=./mncost.toml"):
        assert mncost(f"check --export {target}").code == 2
    assert mncost("check --export csv=a --export json=./a").code == 2
    assert {file: file.read_text() for file in here.iterdir()} == before
    assert mncost("check --export csv=-").out.count("status,budget") == 1


def test_what_would_fit_keeps_every_limit(here: Path, mncost: Run) -> None:
    configure(
        here,
        f"layers = {{separable2 = {{mult_adds = {2 * 32 * 64}}}}}",
        'params = {max = 1, level = "off"}',
    )
    (check,) = json.loads(mncost("check --format json").out)["budgets"]
    fits = check["would_fit"]
    limit = f"layers = {{separable2 = {{mult_adds = {2 * 32 * 64}}}}}"
    for setting in (f"alpha = {fits['alpha']}", f"res = {fits['resolution']}"):
        configure(here, limit, setting)
        assert mncost("check").code == 0
    configure(here, 'layer = {max_share = "1%"}')
    assert "would fit: nothing" in mncost("check").out


def test_blame_is_in_the_metrics_own_unit(here: Path, mncost: Run) -> None:
    configure(here, "weight_bytes = 1", "weight_bits = 16", "peak = 1", "params = 1")
    limits = json.loads(mncost("check --format json").out)["budgets"][0]["limits"]
    blame = {limit["metric"]: limit["blame"] for limit in limits}
    assert blame["params"][0] == {"layer": "separable2/pointwise", "cost": 16 * 32}
    assert blame["weight_bytes"][0] == {"layer": "separable2/pointwise", "cost": 16 * 32 * 2}
    assert blame["peak"] == [{"layer": "separable1/pointwise", "cost": (8 + 16) * 256 * 4}]


def test_a_file_is_checked_once_and_its_own_budget_with_it(here: Path, mncost: Run) -> None:
    (here / "net.yaml").write_text(NET + "budget: {params: 1}\n")
    configure(here, f"mult_adds = {COST}")
    ran = mncost("check", "net.yaml", "./net.yaml", str(here / "net.yaml"))
    assert ran.code == 1
    assert "2 budgets" in ran.out
    assert mncost("check").code == 1


def test_a_broken_nearest_configuration_is_not_skipped(
    here: Path, mncost: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    configure(here, f"mult_adds = {COST}")
    inner = here / "inner"
    inner.mkdir()
    monkeypatch.chdir(inner)
    assert mncost("check").code == 0
    (inner / "mncost.toml").mkdir()
    assert mncost("check").code == 2
    (inner / "mncost.toml").rmdir()
    (inner / "mncost.toml").symlink_to("nowhere")
    assert mncost("check").code == 2


def test_an_insertion_changes_no_other_layer(here: Path, mncost: Run) -> None:
    line = "  - {op: separable, out: 32, stride: 2}\n"
    (here / "net.yaml").write_text(NET.replace(line, line + "  - {op: separable, out: 32}\n" * 3))
    (here / "head.yaml").write_text(
        NET.replace(line, line + "  - {op: separable, out: 32}\n" * 3).replace(
            "  - {op: separable, out: 16}\n",
            "  - {op: separable, out: 8}\n  - {op: separable, out: 16}\n",
        )
    )
    found = json.loads(mncost("diff net.yaml head.yaml --json").out)["rows"]
    assert {row["change"] for row in found} == {"new"}
    assert len(found) == 2


def test_diff_picks_its_network_from_a_base_of_many(here: Path, mncost: Run) -> None:
    mncost("snapshot net.yaml mobilenet_v1 -o base.json")
    assert json.loads(mncost("diff base.json net.yaml --json").out)["rows"] == []
    (here / "other.yaml").write_text(NET.replace("name: net", "name: other"))
    ran = mncost("diff base.json other.yaml")
    assert ran.code == 2
    assert "mobilenet_v1, net" in ran.err
    assert mncost("show base.json").code == 2


def test_two_networks_of_one_name_are_no_snapshot(here: Path, mncost: Run) -> None:
    (here / "copy.yaml").write_text(NET)
    assert 'two networks called "net"' in mncost("snapshot net.yaml copy.yaml").err


def test_init_files_are_as_the_schema_says(here: Path, mncost: Run) -> None:
    import tomllib

    import jsonschema
    import yaml

    mncost("init --force")
    network = jsonschema.Draft202012Validator(json.loads(mncost("schema").out))
    network.validate(yaml.safe_load((here / "net.yaml").read_text()))
    config = jsonschema.Draft202012Validator(json.loads(mncost("schema config").out))
    config.validate(tomllib.loads((here / "mncost.toml").read_text()))
    for wrong in ({"budget": [{"name": "a", "network": "b"}]}, {"budgets": []}):
        assert not config.is_valid(wrong)
