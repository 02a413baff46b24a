"""Runs of builtin:tiny as PyTorch + PEFT trains them, on the rows of rows.jsonl: r = 8 on q_proj and v_proj, AdamW."""
import json
import os

import torch
from peft import LoraConfig, get_peft_model
from transformers import LlamaForCausalLM

here = os.path.dirname(os.path.abspath(__file__))
STEPS, BATCH = 200, 8


class Trainer:
    """Has the model and the rows, read once a process."""

    def __init__(self):
        torch.set_num_threads(1)
        self.base = LlamaForCausalLM.from_pretrained(os.path.join(here, "..", "..", "trainer", "builtin", "tiny"), dtype=torch.float32)
        self.base.config.use_cache = False
        with open(os.path.join(here, "rows.jsonl")) as rows:
            self.rows = torch.tensor([json.loads(line)["input_ids"] for line in rows]).reshape(STEPS, BATCH, -1)

    def run(self, alpha, lr, report=None):
        """Train a run and return its last loss; report(step, loss) ends it by returning True."""
        torch.manual_seed(0)
        model = get_peft_model(self.base, LoraConfig(r=8, lora_alpha=alpha, target_modules=["q_proj", "v_proj"]))
        optimizer = torch.optim.AdamW([p for p in model.parameters() if p.requires_grad], lr=lr, weight_decay=0.0, foreach=True)
        for step, rows in enumerate(self.rows, 1):
            loss = model(input_ids=rows, labels=rows).loss
            loss.backward()
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)
            if report is not None and report(step, loss.item()):
                break
        self.base = model.unload()
        return loss.item()
