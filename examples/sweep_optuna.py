"""Settings of a network under a budget, by Optuna: pip install mncost optuna

    python examples/sweep_optuna.py mobilenet_v2 --max-mult-adds 150M --max-params 3M

`mncost.constraints` is Optuna's `constraints_func`: 0 and less where a limit is kept (Optuna 5
warns that `Trial.set_constraint` will take its place). In place of `worth`, which takes Mult-Adds
for quality, train the network and return its accuracy.
"""

from __future__ import annotations

import argparse

import optuna

import mncost

ALPHAS = (0.35, 0.5, 0.75, 1.0)
SIZES = (96, 128, 160, 192, 224)


def worth(cost: mncost.Cost) -> float:
    """What is to be as high as possible."""
    return float(cost.mult_adds)


def search(
    network: str,
    budget: dict[str, object],
    trials: int | None = None,
    seed: int = 0,
) -> optuna.Study:
    """Tries every setting, or as many as asked; each trial carries its exact costs."""
    model, within = mncost.load(network), mncost.constraints(budget)

    def objective(trial: optuna.Trial) -> float:
        alpha = trial.suggest_categorical("alpha", ALPHAS)
        size = trial.suggest_categorical("resolution", SIZES)
        cost = mncost.cost(model, alpha=alpha, resolution=size)
        for key, value in cost.to_record().items():
            trial.set_user_attr(key, value)
        return worth(cost)

    sampler = optuna.samplers.NSGAIISampler(seed=seed, constraints_func=within)
    study = optuna.create_study(direction="maximize", sampler=sampler)
    if trials is None:
        for alpha in ALPHAS:
            for size in SIZES:
                study.enqueue_trial({"alpha": alpha, "resolution": size})
        trials = len(ALPHAS) * len(SIZES)
    study.optimize(objective, n_trials=trials)
    return study


def kept(study: optuna.Study, budget: dict[str, object]) -> list[optuna.trial.FrozenTrial]:
    """The trials within the budget, best first."""
    within = mncost.constraints(budget)
    fitting = [trial for trial in study.trials if all(each <= 0 for each in within(trial))]
    return sorted(fitting, key=lambda trial: -(trial.value or 0))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("network", nargs="?", default="mobilenet_v2")
    parser.add_argument("--max-mult-adds", default="150M")
    parser.add_argument("--max-params", default="3M")
    asked = parser.parse_args()
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    budget: dict[str, object] = {"mult_adds": asked.max_mult_adds, "params": asked.max_params}
    for trial in kept(search(asked.network, budget), budget):
        costs = {key: trial.user_attrs[key] for key in ("mult_adds", "params")}
        print(trial.params, costs)


if __name__ == "__main__":
    main()
