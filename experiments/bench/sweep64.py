"""Train the 64 runs of sweep64.toml with sweep, with PyTorch + PEFT, and with Optuna driving that, on two cores.

Usage: python sweep64.py SWEEP [TURNS]    from this folder; SWEEP is the program, TURNS 1 by default
"""
import datetime
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from importlib.metadata import version

sweep, turns = os.path.abspath(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 1
here = os.path.dirname(os.path.abspath(__file__))


def write_rows():
    """1,600 rows of 64 random tokens, a step's after the other's."""
    drawn = random.Random(1)
    with open(os.path.join(here, "rows.jsonl"), "w") as rows:
        for _ in range(200 * 8):
            tokens = [drawn.randrange(256) for _ in range(64)]
            rows.write(json.dumps({"input_ids": tokens, "labels": tokens}) + "\n")


def ours(*flags):
    with tempfile.TemporaryDirectory() as folder:
        began = time.perf_counter()
        subprocess.run([sweep, "run", "sweep64.toml", "--workers", "2", "--db", os.path.join(folder, "sweep.db"), *flags],
                       cwd=here, check=True, capture_output=True)
        return time.perf_counter() - began


def peer(*command):
    out = subprocess.run([sys.executable, *command], cwd=here, check=True, capture_output=True, text=True).stdout
    return json.loads(out.splitlines()[-1])["seconds"]


ways = {
    "sweep run --no-symmetry": lambda: ours("--no-symmetry"),
    "sweep run": lambda: ours(),
    "sweep run --no-symmetry --prune": lambda: ours("--no-symmetry", "--prune"),
    "sweep run --prune": lambda: ours("--prune"),
    "PyTorch + PEFT, two processes": lambda: peer("peft_sweep.py"),
    "Optuna, two processes": lambda: peer("optuna_sweep.py"),
    "Optuna, two processes, its median pruner": lambda: peer("optuna_sweep.py", "prune"),
}
write_rows()
seconds = {way: [] for way in ways}
for _ in range(turns):
    for way, run in ways.items():
        seconds[way].append(run())
        print(f"{way}: {seconds[way][-1]:.1f} s, load {os.getloadavg()[0]:.1f}", file=sys.stderr)
plain = statistics.median(seconds["PyTorch + PEFT, two processes"])
cpu = json.loads(subprocess.run([sweep, "bench", "--for", "100ms", "-o", "json"], check=True, capture_output=True, text=True).stdout)[0]["cpu"]
print(f"{cpu}, load {os.getloadavg()[0]:.1f}, {datetime.date.today()}; " + ", ".join(f"{n} {version(n)}" for n in ("torch", "transformers", "peft", "optuna")) + "\n")
print("| 64 runs | seconds | of PEFT's |")
print("|---|---|---|")
for way, x in seconds.items():
    print(f"| {way} | {statistics.median(x):.0f} | {statistics.median(x) / plain:.2f} |")
