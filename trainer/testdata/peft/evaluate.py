"""Prints the mean loss over the counted tokens of rows, by a model and a PEFT adapter.

    python evaluate.py MODEL ADAPTER ROWS.jsonl
"""
import json
import sys

import torch
from peft import PeftModel
from transformers import AutoModelForCausalLM

model, adapter, rows = sys.argv[1:]
base = AutoModelForCausalLM.from_pretrained(model, dtype=torch.float32)
tuned = PeftModel.from_pretrained(base, adapter).eval()
total, counted = 0.0, 0
with torch.no_grad(), open(rows) as lines:
    for row in map(json.loads, lines):
        ids, labels = torch.tensor([row["input_ids"]]), torch.tensor(row["labels"])[1:]
        logits = tuned(ids).logits[0, :-1]
        total += torch.nn.functional.cross_entropy(logits, labels, ignore_index=-100, reduction="sum").item()
        counted += (labels != -100).sum().item()
print(total / counted)
