"""Have Optuna drive the 64 runs of sweep64.toml, trained with PyTorch + PEFT by two processes that share a study.

Prints the seconds as JSON. Usage: optuna_sweep.py [prune]    prune: its median pruner, by the loss every 10 steps
"""
import json
import multiprocessing
import os
import sys
import tempfile
import time

import optuna

GRID = {"alpha": [2**i for i in range(8)], "lr": [1e-4 * 2**i for i in range(8)]}
optuna.logging.set_verbosity(optuna.logging.WARNING)


def study(path, prune):
    storage = optuna.storages.JournalStorage(optuna.storages.journal.JournalFileBackend(path))
    pruner = optuna.pruners.MedianPruner(n_warmup_steps=50) if prune else optuna.pruners.NopPruner()
    return optuna.create_study(study_name="bench", storage=storage, sampler=optuna.samplers.GridSampler(GRID, seed=0), pruner=pruner, load_if_exists=True)


def work(path, prune):
    from peft_runs import Trainer

    trainer = Trainer()

    def objective(trial):
        alpha, lr = trial.suggest_categorical("alpha", GRID["alpha"]), trial.suggest_categorical("lr", GRID["lr"])

        def report(step, loss):
            if step % 10:
                return False
            trial.report(loss, step)
            return prune and trial.should_prune()

        loss = trainer.run(alpha, lr, report)
        if prune and trial.should_prune():
            raise optuna.TrialPruned
        return loss

    study(path, prune).optimize(objective, n_trials=None)


if __name__ == "__main__":
    prune = "prune" in sys.argv[1:]
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "study.log")
        began = time.perf_counter()
        study(path, prune)
        processes = [multiprocessing.get_context("spawn").Process(target=work, args=(path, prune)) for _ in range(2)]
        for p in processes:
            p.start()
        for p in processes:
            p.join()
        seconds, trials = time.perf_counter() - began, study(path, prune).trials
    states = [t.state.name for t in trials]
    print(json.dumps({"seconds": seconds, "runs": len(trials), "pruned": states.count("PRUNED"), "best": min(t.value for t in trials if t.state.name == "COMPLETE")}))
