"""Make the golden of Optuna's table: a study of 12 trials, one pruned and one failed, as to_csv writes it.

    pip install optuna==5.0.0 pandas==3.1.1
    python make_tables.py
"""

import math
import pathlib

import optuna

HERE = pathlib.Path(__file__).parent


def objective(trial):
    lr = trial.suggest_float("lr", 1e-4, 1e-1, log=True)
    alpha = trial.suggest_categorical("lora_alpha", [8, 16, 32])
    trial.set_user_attr("gpu", "A100")
    if trial.number == 5:
        raise optuna.TrialPruned
    if trial.number == 7:
        raise ValueError
    return 2 + 0.1 * math.log(lr * alpha / 0.1) ** 2


study = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=1))
study.optimize(objective, n_trials=12, catch=(ValueError,))
study.trials_dataframe().to_csv(HERE / "optuna.csv")
