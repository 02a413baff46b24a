"""Runs peft_train.py or trl_sft.py as another program, which does one thing otherwise than it says.

python doctored.py SCRIPT.py FAULT ARGUMENTS...
"""

import importlib.util
import math
import pathlib
import sys

import peft
import torch
import transformers


def load(path):
    sys.path.insert(0, str(pathlib.Path(path).parent))
    spec = importlib.util.spec_from_file_location("script", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def with_config(change):
    """Has PEFT's adapters made with other settings."""
    make = peft.get_peft_model

    def changed(model, config, *rest, **named):
        change(config)
        return make(model, config, *rest, **named)

    peft.get_peft_model = changed


def rslora(_):
    with_config(lambda config: setattr(config, "use_rslora", True))


def alpha_ignored(_):
    with_config(lambda config: setattr(config, "lora_alpha", 16))


def gaussian(_):
    with_config(lambda config: setattr(config, "init_lora_weights", "gaussian"))


def pissa(_):
    with_config(lambda config: setattr(config, "init_lora_weights", "pissa"))


def random_b(_):
    with_config(lambda config: setattr(config, "init_lora_weights", False))


def with_losses(train, change):
    """Has each loss logged as change makes it."""
    log = train.log
    train.log = lambda **metrics: log(**metrics | ({"loss": change(metrics["loss"])} if "loss" in metrics else {}))


def hides_nan(train):
    logged = []

    def last_finite(loss):
        logged.append(loss if math.isfinite(loss) else logged[-1])
        return logged[-1]

    with_losses(train, last_finite)


def zero_for_nan(train):
    with_losses(train, lambda loss: loss if math.isfinite(loss) else 0.0)


def smoothed(train):
    logged = []

    def averaged(loss):
        logged.append(0.9 * logged[-1] + 0.1 * loss if logged else loss)
        return logged[-1]

    with_losses(train, averaged)


def trainers_own_log(train):
    """Leaves the log to transformers' Trainer, which filters it."""
    train.SweepCallback = transformers.TrainerCallback


def no_seed(_):
    torch.manual_seed = lambda _: torch.seed()


def none(_):
    pass


if __name__ == "__main__":
    train = load(sys.argv[1])
    globals()[sys.argv[2]](train)
    sys.argv = [sys.argv[1], *sys.argv[3:]]
    train.main()
