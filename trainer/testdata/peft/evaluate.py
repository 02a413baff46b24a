"""Prints the mean loss over the counted tokens of rows, by models with PEFT adapters or none, as a JSON list.

    python evaluate.py ROWS.jsonl MODEL ADAPTER [MODEL ADAPTER ...]   # ADAPTER may be ""

Checked with torch 2.15.0, transformers 5.24.0 and peft 0.21.2.
"""
import json
import sys

import torch
from peft import PeftModel
from transformers import AutoModelForCausalLM


def loss(model, adapter, rows):
    base = AutoModelForCausalLM.from_pretrained(model, dtype=torch.float32, attn_implementation="eager")
    tuned = (PeftModel.from_pretrained(base, adapter) if adapter else base).eval()
    total, counted = 0.0, 0
    with torch.no_grad(), open(rows) as lines:
        for row in map(json.loads, lines):
            ids, labels = torch.tensor([row["input_ids"]]), torch.tensor(row["labels"])[1:]
            logits = tuned(ids).logits[0, :-1]
            total += torch.nn.functional.cross_entropy(logits, labels, ignore_index=-100, reduction="sum").item()
            counted += (labels != -100).sum().item()
    return total / counted


torch.set_num_threads(1)
rows, pairs = sys.argv[1], sys.argv[2:]
print(json.dumps([loss(model, adapter, rows) for model, adapter in zip(pairs[::2], pairs[1::2])]))
