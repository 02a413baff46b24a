"""Read what 'sweep export' wrote with pandas, pyarrow and TensorBoard, and compare the curves.

    pip install pandas==3.1.1 pyarrow==26.0.1 tensorboard==2.21.0
    sweep export --out c.csv; sweep export --out c.jsonl; sweep export --out c.parquet
    sweep export runs --out r.parquet; sweep export --format tensorboard --out logs
    python read_back.py c.csv c.jsonl c.parquet r.parquet logs
"""

import pathlib
import sys

import numpy as np
import pandas as pd
import pyarrow.parquet
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.plugins.hparams import plugin_data_pb2

csv, jsonl, parquet, runs, logs = sys.argv[1:]
numbers = ["loss", "grad_norm", "eval_loss"]
tables = {
    "CSV": pd.read_csv(csv),
    "JSON lines": pd.read_json(jsonl, lines=True, precise_float=True),
    "Parquet by pandas": pd.read_parquet(parquet),
    "Parquet by pyarrow": pyarrow.parquet.read_table(parquet).to_pandas(),
}
first = tables["Parquet by pandas"]
for name, table in tables.items():
    assert list(table["run"]) == list(first["run"]) and list(table["step"]) == list(first["step"]), name
    for column in numbers:
        values = pd.to_numeric(table[column]).to_numpy(dtype=float)
        assert np.array_equal(values, first[column].to_numpy(dtype=float), equal_nan=True), (name, column)
    print(f"{name}: {len(table)} rows, equal to the bit")

settings = pd.read_parquet(runs).set_index("run")
for run, rows in first.groupby("run"):
    events = EventAccumulator(str(pathlib.Path(logs) / run)).Reload()
    for tag, column in (("train/loss", "loss"), ("train/grad_norm", "grad_norm"), ("eval/loss", "eval_loss")):
        want = rows[["step", column]].dropna()
        got = [(s.step, s.value) for s in events.Scalars(tag)] if tag in events.Tags()["scalars"] else []
        assert [s for s, _ in got] == list(want["step"]), (run, tag)
        assert np.array_equal(np.float32([x for _, x in got]), want[column].to_numpy(dtype=np.float32)), (run, tag)
    (content,) = events.summary_metadata["_hparams_/session_start_info"].plugin_data.content,
    hparams = plugin_data_pb2.HParamsPluginData.FromString(content).session_start_info.hparams
    assert hparams["lr"].number_value == settings.lr[run] and hparams["r"].number_value == settings.r[run], run
print(f"TensorBoard: {len(settings)} runs, equal to float32, with their hyperparameters")
