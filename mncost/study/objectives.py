"""What a Pareto front weighs: costs, of which less is better, and quality."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from mncost.errors import Problem, did_you_mean

QUALITY = "quality"


def faults(objectives: Sequence[str], costs: Sequence[str]) -> Iterator[Problem]:
    """What is wrong with objectives, where these costs are known."""
    known = (*costs, QUALITY)
    for name in dict.fromkeys(objectives):
        if name not in known:
            yield Problem(f'no objective "{name}"', did_you_mean(name, known))
        elif objectives.count(name) > 1:
            yield Problem(f"the objective {name} twice", "give each once")
    if QUALITY not in objectives and set(objectives) <= set(known):
        message = "a front of costs alone is the smallest network, whatever it is worth"
        yield Problem(message, f"add {QUALITY} to {','.join(objectives)}")
