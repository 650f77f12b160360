"""onnx's data types: how many bits a number takes, and the numbers of small tensors."""

from __future__ import annotations

import struct
from collections.abc import Iterable
from typing import Any

Value = tuple[int | float, ...]

BITS = {
    **{1: 32, 2: 8, 3: 8, 4: 16, 5: 16, 6: 32, 7: 64, 9: 8, 10: 16, 11: 64, 12: 32, 13: 64},
    **{16: 16, 17: 8, 18: 8, 19: 8, 20: 8, 21: 4, 22: 4, 23: 4, 24: 8, 25: 2, 26: 2},
}
"""How many bits a number of each data type takes."""

_FORMATS = {
    **{1: "f", 2: "B", 3: "b", 4: "H", 5: "h", 6: "i", 7: "q", 9: "B", 10: "e", 11: "d"},
    **{12: "I", 13: "Q", 16: "f"},
}
_LISTS = {1: "float_data", 7: "int64_data", 11: "double_data", 12: "uint64_data", 13: "uint64_data"}
_HALF, _BRAIN = 10, 16
"""Floats of 16 bits: by IEEE 754, and the upper half of one of 32 bits."""


def value(proto: Any, count: int) -> Value | None:
    """The numbers of a small tensor; None where they are elsewhere, or left out."""
    kind, raw = proto.data_type, proto.raw_data
    code = _FORMATS.get(kind)
    if proto.data_location == 1 or code is None:
        return None
    if not raw and kind not in (_HALF, _BRAIN):
        listed = tuple(getattr(proto, _LISTS.get(kind, "int32_data")))
        return listed if len(listed) == count else None
    raw = raw or _packed(proto.int32_data)
    if kind == _BRAIN:
        raw = b"".join(b"\0\0" + raw[at : at + 2] for at in range(0, len(raw), 2))
    return struct.unpack(f"<{count}{code}", raw) if _fits(raw, count, code) else None


def _packed(listed: Iterable[int]) -> bytes:
    """Bits of 16-bit floats, which files may list as whole numbers."""
    return b"".join(struct.pack("<H", each & 0xFFFF) for each in listed)


def _fits(raw: bytes, count: int, code: str) -> bool:
    return len(raw) == count * struct.calcsize(f"<{code}")
