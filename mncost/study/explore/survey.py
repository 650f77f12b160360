"""What there is in a space: the least and the most of each cost, and what each choice adds."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from mncost.study.explore.plan import ABSENT, Column, Plan

Choose = Callable[[Iterable[int]], int]


@dataclass(frozen=True, slots=True)
class Extreme:
    """An architecture with the least, or the most, of a cost: the first of them."""

    value: int
    path: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Effect:
    """What a choice is worth: `adds` to the least of a cost with its dearest option, and `saves`
    of the most with its cheapest."""

    adds: int
    saves: int


def extreme(plan: Plan, metric: int, choose: Choose) -> Extreme:
    """The architecture that has the least or the most of a cost."""
    ahead = plan.extreme(choose, metric)
    path, state = [], 0
    for depth, level in enumerate(plan.levels):
        sums = [o.costs[metric] + ahead[depth + 1][o.next] for o in level.options[state]]
        path.append(sums.index(ahead[depth][state]))
        state = level.options[state][path[-1]].next
    return Extreme(ahead[0][0], tuple(path))


def effects(plan: Plan, metric: int) -> dict[Column, Effect]:
    """What each choice is worth where it arises."""
    least, most = (_with_each(plan, metric, choose) for choose in (min, max))
    return {
        column: Effect(
            max(least[column].values()) - min(least[column].values()),
            max(most[column].values()) - min(most[column].values()),
        )
        for column in plan.columns
    }


def _with_each(plan: Plan, metric: int, choose: Choose) -> dict[Column, dict[int, int]]:
    """The least or the most of a cost with each option of each choice."""
    ahead, before = plan.extreme(choose, metric), {0: 0}
    found: dict[Column, dict[int, int]] = {column: {} for column in plan.columns}
    for depth, level in enumerate(plan.levels):
        after: dict[int, int] = {}
        for state, spent in before.items():
            for option in level.options[state]:
                so_far = spent + option.costs[metric]
                after[option.next] = choose((so_far, after.get(option.next, so_far)))
                whole = so_far + ahead[depth + 1][option.next]
                for column, pick in zip(level.columns, option.picks, strict=True):
                    if pick != ABSENT:
                        known = found[column].get(pick, whole)
                        found[column][pick] = choose((whole, known))
        before = after
    return found
