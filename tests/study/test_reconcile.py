"""Between any two counts of any network nothing is left over; and numbers are traced back."""

from __future__ import annotations

import pytest

import mncost
from mncost.cost.conventions import PAPER
from mncost.cost.counters import CONVENTIONS, named
from mncost.cost.events import Event
from mncost.spec import zoo
from mncost.study.reconcile import by_layer, reconcile
from mncost.study.target import Explanation, Setting, explain_number
from mncost.units import Printed

REPORTS = {name: mncost.analyze(mncost.load(name)) for name in zoo.names()}


@pytest.mark.parametrize("name", REPORTS)
def test_nothing_is_left_over(name: str) -> None:
    report = REPORTS[name]
    for to in CONVENTIONS.values():
        whole, parts = reconcile(report, to), by_layer(report, to)
        assert whole.remainder == 0
        assert whole.end == (to.price(report.totals.events) or 0)
        assert [part.remainder for part in parts] == [0] * len(parts)
        assert sum(part.end for part in parts) == whole.end
        assert reconcile(report, PAPER, start=to).end == report.totals.mult_adds


def test_the_terms_of_thop_for_v1() -> None:
    whole = reconcile(REPORTS["mobilenet_v1"], named("thop"))
    terms = {str(step.event): (step.weight, step.count) for step in whole.steps}
    assert terms == {
        "norm affine folds": (4, 5_042_688),
        "pool global avg ratio": (1, 7 * 7 * 1024 + 1024),
    }
    assert 568_740_352 + 4 * 5_042_688 + 7 * 7 * 1024 + 1024 == whole.end == 588_962_304


def test_what_another_convention_leaves_out_is_taken_away() -> None:
    whole = reconcile(REPORTS["mobilenet_v4_conv_small"], named("thop"))
    linear = next(step for step in whole.steps if step.event.of == "linear")
    assert linear.event == Event("mac", "linear", "", "subclass")
    assert (linear.weight, linear.amount) == (-1, -1_280_000)


PUBLIC = [
    # (network, number that people ask about, departures, a convention among those that give it)
    ("mobilenet_v2", "300M", (), "paper"),
    ("mobilenet_v2", "301M", (), "paper"),
    ("mobilenet_v2", "314M", (), "fvcore"),
    ("mobilenet_v2", "320M", (), "ptflops"),
    ("mobilenet_v2", "327M", (), "thop"),
    ("resnet50", "3.8G", ("resnet50_v1",), "paper"),
    ("resnet50", "4.1G", (), "paper"),
    ("resnet50", "4.13G", (), "thop"),
    ("mobilenet_v1", "569M", (), "paper"),
    ("mobilenet_v1", "574M", (), "torchprofile"),
    ("mobilenet_v1", "579M", (), "fvcore"),
    ("mobilenet_v1", "584M", (), "ptflops-modules"),
    ("mobilenet_v1", "589M", (), "thop"),
    ("mobilenet_v1", "1137M", (), "torch-flop-counter"),
    ("mobilenet_v1", "418 M", ("input 192×192",), "paper"),
    ("mobilenet_v1", "325M", ("α = 0.75",), "paper"),
    ("mobilenet_v1", "239M", ("α = 0.75", "input 192×192"), "paper"),
    ("mobilenet_v1", "110M", ("α = 0.5", "input 192×192"), "paper"),
    ("mobilenet_v1", "1.1G", (), "torch-flop-counter"),
    ("mobilenet_v1_as_printed", "569M", ("mobilenet_v1",), "paper"),
    ("resnet50_v1", "4.09G", ("resnet50",), "paper"),
    ("mobilenet_v1", "567,716,352", ("without the classifier",), "paper"),
    ("mobilenet_v1", "4.2M", (), None),
]


@pytest.mark.parametrize(("name", "number", "departures", "convention"), PUBLIC)
def test_numbers_that_people_ask_about(
    name: str, number: str, departures: tuple[str, ...], convention: str | None
) -> None:
    first = search(name, number)[0]
    assert first.departures == departures
    assert convention in (first.conventions or (None,))


def test_what_is_cut_off_is_told_from_what_is_rounded() -> None:
    assert search("mobilenet_v2", "300M")[0].digits == "cut off"
    assert search("mobilenet_v2", "301M")[0].digits == "rounded"
    assert search("mobilenet_v2", "300,774,272")[0].digits == "exact"


def test_nothing_found_tells_what_is_nearest() -> None:
    network = mncost.load("efficientnet_b0")
    search = explain_number(Setting(network), Printed.parse("390M"))
    assert search.found == ()
    assert (search.nearest[0].conventions[0], search.nearest[0].count) == ("paper", 385_814_752)


def test_departures_that_change_nothing_are_not_told() -> None:
    found = search("mobilenet_v1", "569M")
    assert all("1001 classes" not in each.departures for each in found)
    assert all(not each.repeats(other) for each in found for other in found)
    assert len({(each.count, each.what) for each in found}) == len(found)


def test_departures_are_from_the_setting_that_is_given() -> None:
    """α is the network's own, and not a share of the one that is given."""
    network = mncost.load("mobilenet_v1")
    given = Setting(network, alpha=0.5)
    (first, *_) = explain_number(given, Printed.parse("325,400,448")).found
    assert first.departures == ("α = 0.75",)
    (first, *_) = explain_number(given, Printed.parse("41,030,272")).found
    assert first.departures == ("α = 0.25",)
    bare = Setting(network, classes=0)
    (first, *_) = explain_number(bare, Printed.parse("568,740,352")).found
    assert first.departures == ("1000 classes",)


def test_relatives_are_taken_at_the_setting_that_is_given() -> None:
    given = Setting(mncost.load("mobilenet_v1"), alpha=0.25, classes=0)
    relatives = [mncost.load("mobilenet_v1_minimum_16")]
    (first, *_) = explain_number(given, Printed.parse("45,992,576"), relatives).found
    assert first.departures == ("mobilenet_v1_minimum_16",)


def search(name: str, number: str) -> tuple[Explanation, ...]:
    relatives = [mncost.load(each) for each in zoo.relatives(name)]
    return explain_number(Setting(mncost.load(name)), Printed.parse(number), relatives).found
