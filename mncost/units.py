"""Where numbers meet suffixes: the unit of a column, and numbers as text. Exact until here."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction

SUFFIXES = ("", "k", "M", "G", "T", "P", "E", "Z", "Y", "R", "Q")
"""SI prefixes, a factor of 1000 each; the paper's "Million Mult-Adds" is M."""

MOST = 10**9
"""The largest count that may be stated: beyond any network, and far from any overflow."""

MOST_BITS = 64
"""The most that a number may take."""

MOST_DECIMALS = 3
MOST_PREFIXES_DOWN = 2


BINARY = ("B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB", "ZiB", "YiB")
"""IEC prefixes of bytes, a factor of 1024 each."""


@dataclass(frozen=True, slots=True)
class Scale:
    """How a column of counts is printed: divided by `1000 ** power`, with so many decimals.

    A scale of bytes divides by `1024 ** power`.
    """

    power: int = 0
    decimals: int = 0
    bytes: bool = False

    @property
    def suffix(self) -> str:
        return BINARY[self.power] if self.bytes else SUFFIXES[self.power]

    @property
    def unit(self) -> int:
        """What one of its suffix is."""
        return int((1024 if self.bytes else 1000) ** self.power)

    @property
    def legend(self) -> str:
        """The suffix in words: `k = 10^3`."""
        if self.bytes:
            return f"{self.suffix} = 2^{10 * self.power} bytes"
        return f"{self.suffix} = 10^{3 * self.power}"

    def text(self, count: int) -> str:
        """The count in this scale, rounded half to even as all of Python's printing is.

        >>> Scale(2, 1).text(568_740_352)
        '568.7'
        """
        text = fixed(Fraction(count, self.unit), self.decimals) if count else "0"
        return (
            text
            if not count or text.strip("-0.")
            else f"<{fixed(Fraction(1, 10**self.decimals), self.decimals)}"
        )


EXACT = Scale()


def scale_for(counts: Iterable[int], least_decimals: int = 2) -> Scale:
    """One scale for a whole column: no count of it prints as nought.

    The largest count chooses the prefix; the smallest chooses the decimals, so that it keeps two
    significant digits. Where that takes more than three decimals the next smaller prefix serves,
    as long as the largest stays readable; then the smallest prints as "<0.001".

    >>> scale_for([225_792, 51_380_224, 568_740_352])
    Scale(power=2, decimals=2, bytes=False)
    >>> scale_for([288, 1_048_576, 4_209_088])
    Scale(power=1, decimals=2, bytes=False)
    """
    sizes = [abs(count) for count in counts if count]
    if not sizes or max(sizes) < 1000:
        return EXACT
    power = min((len(str(max(sizes))) - 1) // 3, len(SUFFIXES) - 1)
    least = max(power - MOST_PREFIXES_DOWN, 0)
    for lower in range(power, least - 1, -1):
        decimals = _decimals(Fraction(min(sizes), 1000**lower))
        if decimals <= MOST_DECIMALS and lower:
            return Scale(lower, max(decimals, least_decimals))
    return Scale(least, MOST_DECIMALS) if least else EXACT


BYTES = Scale(bytes=True)


def scale_for_bytes(counts: Iterable[int]) -> Scale:
    """One scale for a column of bytes: KiB, or MiB from 1000 MiB on, whose least is not nought.

    >>> scale_for_bytes([1_204_224, 150_528]), scale_for_bytes([864, 96])
    (Scale(power=1, decimals=2, bytes=True), Scale(power=0, decimals=0, bytes=True))
    """
    sizes = [count for count in counts if count]
    if not sizes or max(sizes) < 1024:
        return BYTES
    power = 1
    while max(sizes) >= 1000 * 1024 ** (power + 1) and power < len(BINARY) - 1:
        power += 1
    return Scale(power, 2, bytes=True)


def scaled(count: int) -> str:
    """A count on its own, in its own unit.

    >>> scaled(568_740_352), scaled(864), scaled(1_024_000)
    ('568.7 M', '864', '1.0 M')
    """
    scale = scale_for([count], least_decimals=1)
    return f"{scale.text(count)} {scale.suffix}" if scale.suffix else scale.text(count)


def fixed(value: Fraction | int, decimals: int) -> str:
    """An exact value with so many decimals and thousands separators, without passing by float.

    >>> fixed(Fraction(53949235, 56874035) * 100, 2), fixed(Fraction(7, 2), 0)
    ('94.86', '4')
    """
    whole = round(Fraction(value) * 10**decimals)
    digits = f"{abs(whole):0{decimals + 1}d}"
    sign = "-" if whole < 0 else ""
    if not decimals:
        return f"{sign}{int(digits):,}"
    return f"{sign}{int(digits[:-decimals]):,}.{digits[-decimals:]}"


_AMOUNT = re.compile(
    r"((?:[0-9]{1,3}(?:,[0-9]{3}){1,9}|[0-9]{1,30})(?:\.[0-9]{1,30})?) ?([A-Za-zµ%]*)", re.ASCII
)
_COUNTS = {suffix: 1000**power for power, suffix in enumerate(SUFFIXES)}
_BYTES = {
    **{"": 1, "B": 1, "kB": 10**3, "KB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12},
    **{"KiB": 2**10, "MiB": 2**20, "GiB": 2**30, "TiB": 2**40},
}
_TIMES = {"s": 10**9, "ms": 10**6, "us": 10**3, "µs": 10**3, "ns": 1}


@dataclass(frozen=True, slots=True)
class Printed:
    """A number as somebody printed it: `569 M` says no more than its last digit does.

    >>> Printed.parse("569 M").fits(568_740_352), Printed.parse("290M").fits(290_678_784)
    (True, False)
    >>> Printed.parse("290M").is_cut_from(290_678_784)
    True
    """

    text: str
    value: Fraction
    step: Fraction
    """One unit of the last digit printed."""

    @classmethod
    def parse(cls, text: str, unit: str = "") -> Printed:
        """A number with its suffix, or without one and counted in `unit`. Raises `ValueError`.

        >>> Printed.parse("4.2", "M").step
        Fraction(100000, 1)
        """
        found = _AMOUNT.fullmatch(text)
        suffix = {"B": "G", "K": "k"}.get(found[2], found[2]) or unit if found else "?"
        if not found or suffix not in _COUNTS:
            raise ValueError(f'expected a number, as in 569M or 4.1 G, got "{text[:40]}"')
        digits = found[1].replace(",", "")
        step = Fraction(_COUNTS[suffix], 10 ** len(digits.partition(".")[2]))
        return cls(text, Fraction(digits) * _COUNTS[suffix], step)

    def fits(self, count: Fraction | int) -> bool:
        """Whether this is the count, rounded: within half a unit of the last digit."""
        return abs(count - self.value) <= self.step / 2

    def is_cut_from(self, count: Fraction | int) -> bool:
        """Whether this is the count with its further digits cut off."""
        return self.value <= count < self.value + self.step


def parse_count(text: str) -> int:
    """A count with a suffix, exactly. Raises `ValueError` that says what is wrong.

    >>> parse_count("569M"), parse_count("4.2 M"), parse_count("1,024")
    (569000000, 4200000, 1024)
    """
    return _parsed(text, _COUNTS, "569M or 4.2 G")


def parse_bytes(text: str) -> int:
    """An amount of memory with its unit, exactly. Raises `ValueError`.

    >>> parse_bytes("300 KiB"), parse_bytes("1MB")
    (307200, 1000000)
    """
    return _parsed(text, _BYTES, "300 KiB or 1 MB")


def parse_time(text: str) -> int:
    """An amount of time with its unit, in whole nanoseconds, exactly. Raises `ValueError`.

    >>> parse_time("20ms"), parse_time("1.5 s"), parse_time("250us")
    (20000000, 1500000000, 250000)
    """
    return _parsed(text, _TIMES, "20ms or 1.5 s")


def time_text(nanoseconds: int) -> str:
    """An amount of time in milliseconds, exactly to the microsecond and without noughts at its end.

    >>> time_text(20_000_000), time_text(11_432_100)
    ('20 ms', '11.432 ms')
    """
    return f"{plain(Fraction(round(nanoseconds, -3), 10**6))} ms"


def parse_share(text: str) -> Fraction:
    """Per cent, exactly: "15%", "+1%". Raises `ValueError`.

    >>> parse_share("15%"), parse_share("+0.5 %")
    (Fraction(3, 20), Fraction(1, 200))
    """
    found = _AMOUNT.fullmatch(text.removeprefix("+"))
    if not found or found[2] != "%":
        raise ValueError(f'expected per cent, as in 15%, got "{text[:40]}"')
    return Fraction(found[1].replace(",", "")) / 100


def bytes_text(count: int) -> str:
    """An amount of memory for people, and exactly where that is not a round one.

    >>> bytes_text(1_204_224), bytes_text(1000)
    ('1,176 KiB', '1,000 B')
    """
    if count >= 2**10 and count % 2**10 == 0:
        return f"{count // 2**10:,} KiB"
    return f"{count:,} B"


def _parsed(text: str, units: Mapping[str, int], example: str) -> int:
    found = _AMOUNT.fullmatch(text)
    if not found or found[2] not in units:
        raise ValueError(f'expected an amount, as in {example}, got "{text[:40]}"')
    amount = Fraction(found[1].replace(",", "")) * units[found[2]]
    if amount.denominator != 1:
        raise ValueError(f'"{text[:40]}" is no whole number')
    return int(amount)


def significant(value: Fraction | float, digits: int = 3) -> str:
    """A ratio with so many significant digits, zeros at the end left out.

    >>> significant(0.75), significant(Fraction(160, 224)), significant(1)
    ('0.75', '0.714', '1')
    """
    return f"{float(value):.{digits}g}"


def plain(value: Fraction | int) -> str:
    """A number as people write it, exactly where decimals can.

    >>> plain(7), plain(Fraction(-1, 8)), plain(Fraction(1, 3)), plain(Fraction(10**20, 1))
    ('7', '-0.125', '0.333333333333', '100000000000000000000')
    """
    value = Fraction(value)
    decimals = decimals_of(value)
    if decimals is None:
        return significant(value, 12)
    whole, part = divmod(abs(value.numerator) * 10**decimals // value.denominator, 10**decimals)
    sign = "-" if value < 0 else ""
    return f"{sign}{whole}.{part:0{decimals}}" if decimals else f"{sign}{whole}"


def decimals_of(value: Fraction) -> int | None:
    """How many decimals say a number exactly; None where none do.

    >>> decimals_of(Fraction(1, 8)), decimals_of(Fraction(5)), decimals_of(Fraction(1, 3))
    (3, 0, None)
    """
    twos = fives = 0
    rest = value.denominator
    while rest % 2 == 0:
        rest, twos = rest // 2, twos + 1
    while rest % 5 == 0:
        rest, fives = rest // 5, fives + 1
    return max(twos, fives) if rest == 1 else None


def _decimals(value: Fraction) -> int:
    """How many decimals show two significant digits of a positive value."""
    decimals = 0
    while value * 10**decimals < 10:
        decimals += 1
    return decimals
