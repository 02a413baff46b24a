"""Make pack.json: which rows TRL packs together by its strategy "bfd".

    pip install trl==1.16.0 datasets==5.2.0
    python pack.py            # writes beside this file

Each case has the tokens of rows, in their order, the tokens of a sequence, and the rows of each sequence.
"""

import json
import pathlib
import random

from datasets import Dataset
from trl import pack_dataset

HERE = pathlib.Path(__file__).parent


def packed(lengths, seq):
    rows = Dataset.from_dict({"input_ids": [[row] * n for row, n in enumerate(lengths)]})
    sequences = pack_dataset(rows, seq, "bfd")
    groups = []
    for ids, parts in zip(sequences["input_ids"], sequences["seq_lengths"], strict=True):
        at, group = 0, []
        for n in parts:
            group.append(ids[at])
            at += n
        groups.append(group)
    return groups


def main():
    rng = random.Random(0)
    cases = []
    for seq, rows, low, high in [(10, 12, 1, 10), (64, 40, 1, 64), (65, 60, 1, 20), (200, 50, 60, 70), (128, 1, 5, 5), (7, 30, 1, 7)]:
        lengths = [rng.randint(low, high) for _ in range(rows)]
        cases.append(dict(seq=seq, lengths=lengths, sequences=packed(lengths, seq)))
    lines = ",\n".join(json.dumps(case) for case in cases)
    (HERE / "pack.json").write_text(f"[\n{lines}\n]\n")


if __name__ == "__main__":
    main()
