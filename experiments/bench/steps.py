"""Train in turns with sweep, with PyTorch + PEFT and with JAX, one core each, and write a table of the medians.

Usage: python steps.py SWEEP [TURNS]     from this folder; SWEEP is the program, TURNS 3 by default
"""
import datetime
import json
import os
import statistics
import subprocess
import sys
from importlib.metadata import version

sweep, turns = os.path.abspath(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 3
SHAPES = {"tiny": 60, "smollm2": 4}  # steps of a turn
here = os.path.dirname(os.path.abspath(__file__))


def last_json(command):
    """What a program that runs on the first core prints last."""
    if sys.platform == "linux":
        command = ["taskset", "-c", "0"] + command
    out = subprocess.run(command, cwd=here, check=True, capture_output=True, text=True).stdout
    return json.loads(out)


def ours(shape, dtype):
    return last_json([sweep, "bench", "--shape", shape, "--dtype", dtype, "--for", "3s", "-o", "json"])[0]


def peer(script, shape, *words):
    return last_json([sys.executable, script, shape, str(SHAPES[shape]), *words])["tokens_per_second"]


def measure(shape, dtype):
    """The median speeds of each program, ours first, and its share of the peak."""
    peers = {"PEFT": ["peft_step.py", dtype], "PEFT, compiled": ["peft_step.py", dtype, "compiled"]}
    if dtype == "float32":
        peers["JAX"] = ["jax_step.py"]
    speeds, shares = {"sweep": []} | {name: [] for name in peers}, []
    for _ in range(turns):
        row = ours(shape, dtype)
        speeds["sweep"].append(row["tokens_per_second"])
        shares.append(row["share_of_peak"])
        for name, (script, *words) in peers.items():
            speeds[name].append(peer(script, shape, *words))
    return {name: statistics.median(x) for name, x in speeds.items()}, statistics.median(shares), row


def main():
    lines = []
    for dtype in ("float32", "bfloat16"):
        for shape in SHAPES:
            speed, share, row = measure(shape, dtype)
            cells = [f"{shape}, {dtype}", f"{speed['sweep']:,.0f}", f"{100 * share:.0f} %"]
            for name in ("PEFT", "PEFT, compiled", "JAX"):
                cells.append(f"{speed[name]:,.0f} ({speed['sweep'] / speed[name]:.2f}x)" if name in speed else "")
            lines.append("| " + " | ".join(cells) + " |")
            print(lines[-1], file=sys.stderr)
    about = ", ".join(f"{name} {version(name)}" for name in ("torch", "transformers", "peft", "jax"))
    print(f"{row['cpu']}, kernels {row['kernels']}, load {os.getloadavg()[0]:.1f}, {datetime.date.today()}; {about}\n")
    print("| tokens/s on one core | sweep | of the peak | PEFT | PEFT, compiled | JAX |")
    print("|---|---|---|---|---|---|")
    print("\n".join(lines))


main()
