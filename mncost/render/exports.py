"""Checked budgets for machines: GitHub annotations, JUnit XML and SARIF."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from typing import Any
from urllib.parse import quote
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from mncost.render import verdicts
from mncost.render.table import Cell, Column, Table, clean
from mncost.render.text import draw, escaped_markdown
from mncost.study.budget import Checked
from mncost.study.findings import METRICS, MOST_TIME, Finding, Number

MARKER = "<!-- mncost -->"
"""Stands in the Markdown, so that a bot finds the comment that it wrote before."""

INFORMATION = "https://arxiv.org/abs/1704.04861"


_OTHERS = {"share": "a share of the Mult-Adds", "time": "an estimated time"}


def markdown(checks: Sequence[Checked], strict: bool) -> str:
    """For a pull-request comment: PASS or FAIL first, then a table, then who is to blame."""
    table = draw(verdicts.table(checks, strict), "github")
    details = [
        f"- {escaped_markdown(clean(line))}"
        for check in checks
        if check.worst(strict) != "pass"
        for line in _details(check)
    ]
    return "\n".join([MARKER, f"**{table.partition(':')[0]}**", "", table, *details]) + "\n"


def github(checks: Sequence[Checked], strict: bool) -> str:
    """GitHub's workflow commands: an annotation at the line of each missed limit."""
    lines = []
    for check, finding, status in _missed(checks, strict):
        kind = "warning" if status == "warn" else "error"
        place = (
            f"file={_property(clean(check.file))},line={max(finding.line, 1)},col={finding.column}"
        )
        title = _property(f"mncost: {clean(check.name)}")
        text = _whole_story(check, finding)
        lines.append(f"::{kind} {place},title={title}::{_data(clean(text))}")
    for check in checks:
        if check.partial:
            lines.append(f"::error title=mncost::{_data(clean(check.name))}: report is partial")
    return "".join(f"{line}\n" for line in lines)


def junit(checks: Sequence[Checked], strict: bool) -> str:
    """JUnit XML: a suite for each budget, a case for each limit. Warnings are no failures."""
    root = Element("testsuites", name="mncost", errors="0")
    for check in checks:
        root.append(_suite(check, strict))
    for count in ("tests", "failures"):
        root.set(count, str(sum(int(suite.attrib[count]) for suite in root)))
    indent(root)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{tostring(root, encoding="unicode")}\n'


def sarif(checks: Sequence[Checked], strict: bool) -> str:
    """SARIF 2.1.0: a result at the line of each missed limit."""
    rules = [
        {"id": metric, "shortDescription": {"text": f"Limit on {name}"}}
        for metric, name in (*METRICS.items(), *_OTHERS.items())
    ]
    results = [_result(*missed) for missed in _missed(checks, strict)]
    document = {
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [
            {
                "tool": {
                    "driver": {"name": "mncost", "informationUri": INFORMATION, "rules": rules}
                },
                "results": results,
            }
        ],
    }
    return json.dumps(document, indent=2) + "\n"


def to_json(checks: Sequence[Checked], strict: bool) -> str:
    """Every limit with raw numbers; shares and allowances as exact fractions in text."""
    document = {
        "schema_version": 1,
        "passed": all(check.worst(strict) != "fail" for check in checks),
        "budgets": [_budget(check, strict) for check in checks],
    }
    return json.dumps(document, indent=2) + "\n"


def to_csv(checks: Sequence[Checked], strict: bool) -> str:
    """A row for each limit, with raw numbers; shares as fractions of one."""
    rows = tuple(
        (
            verdicts.status(finding, strict),
            check.name,
            check.network,
            finding.what,
            finding.relation,
            _raw(finding.actual),
            _raw(finding.limit),
            _raw(finding.excess),
            check.file,
            finding.line,
        )
        for check in checks
        for finding in check.findings
    )
    keys = ("status", "budget", "network", "what", "relation")
    numbers = ("actual", "limit", "excess", "file", "line")
    return draw(Table("", tuple(Column(key, key) for key in (*keys, *numbers)), rows), "csv")


def _raw(number: Number) -> Cell:
    return int(number) if number == int(number) else Fraction(number)


FORMATS: dict[str, Callable[[Sequence[Checked], bool], str]] = {
    "text": verdicts.to_text,
    "json": to_json,
    "csv": to_csv,
    "markdown": markdown,
    "github": github,
    "junit": junit,
    "sarif": sarif,
}
"""Every format that a check can be reported in."""


def _whole_story(check: Checked, finding: Finding) -> str:
    """A missed limit, who is to blame, what would fit, and whom to ask."""
    parts = [verdicts.message(check, finding), *verdicts.advice(check, finding)]
    return "; ".join([*parts, *verdicts.remedies(check)])


def _in_repository(file: str) -> str:
    """A file as GitHub finds it: from the root of its workspace, where there is one."""
    root = os.environ.get("GITHUB_WORKSPACE")
    if not root:
        return file
    relative = os.path.relpath(os.path.realpath(file), os.path.realpath(root))
    return file if relative.startswith("..") else relative


def _missed(checks: Sequence[Checked], strict: bool) -> Iterator[tuple[Checked, Finding, str]]:
    for check in checks:
        for finding in check.findings:
            if not finding.holds and finding.level != "off":
                warns = finding.severity == "warn" and not strict
                yield check, finding, "warn" if warns else "fail"


def _details(check: Checked) -> Iterator[str]:
    for finding in check.findings:
        if not finding.holds and finding.level != "off":
            yield "; ".join([verdicts.message(check, finding), *verdicts.advice(check, finding)])
    for line in verdicts.remedies(check):
        yield f"{check.name}: {line}"


def _suite(check: Checked, strict: bool) -> Element:
    name, file = clean(check.name), clean(check.file)
    suite = Element("testsuite", name=name, file=file, errors="0")
    for finding in check.findings:
        case = SubElement(suite, "testcase", classname=name)
        case.set("name", clean(f"{finding.what}, {finding.relation}"))
        if finding.level == "off":
            SubElement(case, "skipped")
        if finding.holds or finding.level == "off":
            continue
        text = clean(f"{verdicts.place(check, finding)}: {verdicts.message(check, finding)}")
        if strict or finding.severity == "error":
            failure = SubElement(case, "failure", type=finding.metric, message=text)
            details = [*verdicts.advice(check, finding), *verdicts.remedies(check)]
            failure.text = clean("; ".join(details))
        else:
            SubElement(case, "system-out").text = text
    if check.partial:
        case = SubElement(suite, "testcase", classname=name, name="complete")
        SubElement(case, "failure", type="partial", message="the report is partial")
    suite.set("tests", str(len(suite)))
    suite.set("failures", str(len(suite.findall("testcase/failure"))))
    return suite


def _result(check: Checked, finding: Finding, status: str) -> dict[str, Any]:
    text = _whole_story(check, finding)
    uri = quote(_in_repository(check.file).replace(os.sep, "/"))
    region = {"startLine": max(finding.line, 1), "startColumn": max(finding.column, 1)}
    return {
        "ruleId": finding.metric,
        "level": "warning" if status == "warn" else "error",
        "message": {"text": clean(text)},
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": {"uri": uri},
                    "region": region,
                }
            }
        ],
    }


def _budget(check: Checked, strict: bool) -> dict[str, Any]:
    return {
        "name": check.name,
        "network": check.network,
        "file": check.file,
        "status": check.worst(strict),
        "partial": check.partial,
        "convention": check.report.convention.name,
        "setting": check.saved.setting,
        "totals": dict(check.saved.totals),
        "limits": [
            {
                "what": finding.what,
                "metric": finding.metric,
                "relation": finding.relation,
                "limit": _number(finding.limit),
                "actual": _number(finding.actual),
                "excess": _number(finding.excess),
                "base": finding.base,
                "level": finding.level,
                "holds": finding.holds,
                "line": finding.line,
                "column": finding.column,
                "blame": [{"layer": name, "cost": cost} for name, cost in finding.blame],
                **_band(finding),
            }
            for finding in check.findings
        ],
        "would_fit": {
            "alpha": float(check.fits.alpha) if check.fits.alpha is not None else None,
            "resolution": list(check.fits.resolution) if check.fits.resolution else None,
        }
        if check.fits
        else None,
        "message": check.message,
    }


def _band(finding: Finding) -> dict[str, Any]:
    """Of an estimate, in nanoseconds: from where to where; and whether that tells."""
    if finding.band is None:
        return {}
    low, high = finding.band
    band = [low, None if high == MOST_TIME else high]
    return {"unit": "ns", "band": band, "inconclusive": finding.inconclusive}


def _number(number: Any) -> int | str:
    return int(number) if number == int(number) else str(number)


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
