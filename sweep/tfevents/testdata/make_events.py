"""Make the goldens of event files: scalars as TensorBoard's writers know to write them, and hyperparameters.

    pip install tensorboardX==2.6.5 torch==2.15.0 tensorboard==2.21.0
    python make_events.py
"""

import math
import pathlib
import shutil
import tempfile

import tensorboardX
from torch.utils import tensorboard

HERE = pathlib.Path(__file__).parent
LOSSES = [(0, 3.5), (10, 2.25), (20, 0.1), (30, float("nan")), (40, float("inf")), (2**40, -1e-3)]


def scalars(writer, **how):
    for step, loss in LOSSES:
        writer.add_scalar("train/loss", loss, step, **how)
    writer.add_text("args/text_summary", '{"learning_rate": 0.001}', 0)
    writer.close()


def main():
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        scalars(tensorboardX.SummaryWriter(str(folder / "tensorboardx")))
        scalars(tensorboard.SummaryWriter(str(folder / "torch")))
        scalars(tensorboard.SummaryWriter(str(folder / "tensor")), new_style=True)
        scalars(tensorboard.SummaryWriter(str(folder / "double")), double_precision=True)
        with tensorboard.SummaryWriter(str(folder / "hparams")) as writer:
            writer.add_hparams({"lr": 1e-3, "lora_r": 8, "use_rslora": True, "optim": "adamw_torch"}, {"eval/loss": 2.5}, run_name=".")
        for run in sorted(folder.iterdir()):
            files = sorted(run.glob("events.out.tfevents.*"))
            for i, file in enumerate(files):
                shutil.copy(file, HERE / f"{run.name}{i or ''}.tfevents")


main()
