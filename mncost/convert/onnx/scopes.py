"""What operators are called: the scopes that exporters write into names."""

from __future__ import annotations

import re


def layer(name: str) -> str:
    """The layer's name, in a file that we wrote: `/separable1/depthwise/Conv` without its end."""
    return name.removeprefix("/").rpartition("/")[0]


def hierarchy(name: str, op: str) -> str:
    """`/features/features.0/features.0.1/Conv` as `features.0.1`: each module once."""
    parts = [part for part in name.split("/") if part]
    if parts and re.fullmatch(rf"{re.escape(op)}(_[0-9]+)?", parts[-1]):
        parts = parts[:-1]
    elif len(parts) == 1:
        return re.sub(r"[^A-Za-z0-9._-]", "_", parts[0])
    out, before = "", ""
    for part in parts:
        inner = part.removeprefix(f"{before}.") if before else part
        joint = "." if inner != part and inner.split(".")[0].isdigit() else "/"
        out = f"{out}{joint if out else ''}{inner}"
        before = part
    return out
