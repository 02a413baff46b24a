"""Make what transformers' Trainer prints, saves and writes for TensorBoard, a folder for each way to train.

    pip install torch==2.15.0 transformers==5.24.0 accelerate==1.14.0 tensorboard==2.21.0
    python make_logs.py

Each folder gets log-N.txt, what attempt N printed, and a trainer_state.json with full precision; "resumed" has two
attempts, of which the second goes on from step 6.
"""

import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).parent

WAYS = {
    "plain": [{}],
    "evaluated": [{"eval_strategy": "steps", "eval_steps": 4}],
    "sparse": [{"logging_steps": 5, "eval_strategy": "steps", "eval_steps": 6, "logging_first_step": True}],
    "no-bar": [{"disable_tqdm": True}],
    "hidden-nan": [{"blow_at": 8}],
    "resumed": [{"blow_at": 9, "stop": 9}, {"resume": 6}],
}


def train(out, options):
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM, Trainer, TrainingArguments

    blow_at, stop, resume = options.pop("blow_at", None), options.pop("stop", None), options.pop("resume", None)
    torch.manual_seed(0)
    model = LlamaForCausalLM(LlamaConfig(
        vocab_size=64, hidden_size=16, intermediate_size=32, num_hidden_layers=1, num_attention_heads=2, num_key_value_heads=2))
    rows = [{"input_ids": (ids := torch.randint(0, 64, (8,))), "labels": ids} for _ in range(40)]

    class Doctored(Trainer):
        def compute_loss(self, model, inputs, **kwargs):
            if self.state.global_step == stop:
                os._exit(1)
            loss = super().compute_loss(model, inputs, **kwargs)
            return loss * float("nan") if blow_at is not None and stop is None and self.state.global_step >= blow_at else loss

    args = TrainingArguments(**{
        "output_dir": out, "max_steps": 12, "per_device_train_batch_size": 4, "logging_steps": 1, "save_steps": 6,
        "learning_rate": 1e-3, "use_cpu": True, "report_to": ["tensorboard"], **options})
    trainer = Doctored(model=model, args=args, train_dataset=rows, eval_dataset=rows[:8])
    trainer.train(resume_from_checkpoint=f"{out}/checkpoint-{resume}" if resume else None)
    trainer.save_state()


def main():
    for way, attempts in WAYS.items():
        to = HERE / way
        shutil.rmtree(to, ignore_errors=True)
        to.mkdir()
        with tempfile.TemporaryDirectory() as out:
            for number, options in enumerate(attempts, 1):
                with open(to / f"log-{number}.txt", "w") as log:
                    subprocess.run([sys.executable, __file__, out, repr(options)], stdout=log, stderr=subprocess.STDOUT)
            out = pathlib.Path(out)
            shutil.copy(out / "trainer_state.json", to)
            for events in sorted(out.glob("**/*tfevents*")):
                name = events.name.split(".")
                shutil.copy(events, to / f"events.out.tfevents.{name[3]}.host.{name[-1]}")


if __name__ == "__main__":
    if len(sys.argv) > 1:
        train(sys.argv[1], eval(sys.argv[2]))
    else:
        main()
