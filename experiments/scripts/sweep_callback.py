"""Logs every step of transformers' Trainer, and of what is built on it, to the file $SWEEP_METRICS.

SFTTrainer(..., callbacks=[SweepCallback()])
"""

import json
import os

from transformers import TrainerCallback


class SweepCallback(TrainerCallback):
    def on_train_begin(self, args, state, control, **kwargs):
        args.logging_strategy, args.logging_steps, state.logging_steps = "steps", 1, 1
        args.logging_nan_inf_filter = False  # it would log 0 or the loss before in place of NaN

    def on_log(self, args, state, control, logs=None, **kwargs):
        file = os.environ.get("SWEEP_METRICS")
        if file and state.is_world_process_zero and "train_runtime" not in logs:  # which sums up the run
            with open(file, "a") as metrics:
                metrics.write(json.dumps({"step": state.global_step, **logs}) + "\n")
