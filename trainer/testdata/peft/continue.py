"""Goes on training a PEFT adapter on all rows at once, by AdamW without weight decay, and
prints the mean loss over their counted tokens before and after.

    python continue.py MODEL ADAPTER ROWS.jsonl LR STEPS

Checked with torch 2.15.0, transformers 5.24.0 and peft 0.21.2.
"""
import json
import sys

import torch
from peft import PeftModel
from transformers import AutoModelForCausalLM

model, adapter, rows, lr, steps = sys.argv[1:]
base = AutoModelForCausalLM.from_pretrained(model, dtype=torch.float32)
tuned = PeftModel.from_pretrained(base, adapter, is_trainable=True).train()
with open(rows) as lines:
    examples = [(torch.tensor([r["input_ids"]]), torch.tensor(r["labels"])[1:]) for r in map(json.loads, lines)]


def loss():
    total, counted = 0, 0
    for ids, labels in examples:
        logits = tuned(ids).logits[0, :-1]
        total += torch.nn.functional.cross_entropy(logits, labels, ignore_index=-100, reduction="sum")
        counted += (labels != -100).sum().item()
    return total / counted


optimizer = torch.optim.AdamW([p for p in tuned.parameters() if p.requires_grad], lr=float(lr), weight_decay=0)
print(loss().item())
for _ in range(int(steps)):
    optimizer.zero_grad()
    loss().backward()
    optimizer.step()
print(loss().item())
