"""Time LoRA fine-tuning steps with PyTorch + PEFT on one CPU thread: r = 8 on q_proj and v_proj, AdamW.

Prints one line of JSON. Usage: peft_step.py {tiny,smollm2} STEPS [float32|bfloat16] [compiled]
"""
import json
import sys
import time

import torch
from peft import LoraConfig, get_peft_model
from transformers import LlamaConfig, LlamaForCausalLM

SHAPES = {  # model, batch, seq: those of `sweep bench`
    "tiny": (dict(hidden_size=128, intermediate_size=384, num_hidden_layers=4, num_attention_heads=4,
                  num_key_value_heads=4, vocab_size=256, max_position_embeddings=256), 8, 64),
    "smollm2": (dict(hidden_size=576, intermediate_size=1536, num_hidden_layers=30, num_attention_heads=9,
                  num_key_value_heads=3, vocab_size=49152, max_position_embeddings=2048), 2, 128),
}
shape, steps = sys.argv[1], int(sys.argv[2])
dtype = torch.bfloat16 if "bfloat16" in sys.argv[3:] else torch.float32
config, batch, seq = SHAPES[shape]
torch.set_num_threads(1)
torch.manual_seed(0)
model = LlamaForCausalLM._from_config(LlamaConfig(**config, tie_word_embeddings=True), attn_implementation="sdpa")
model.config.use_cache = False
model = get_peft_model(model, LoraConfig(r=8, lora_alpha=16, target_modules=["q_proj", "v_proj"], lora_dropout=0.0)).to(dtype)
trained = [p for p in model.parameters() if p.requires_grad]
optimizer = torch.optim.AdamW(trained, lr=1e-3, weight_decay=0.0, foreach=True)

if "compiled" in sys.argv[3:]:
    model = torch.compile(model)


def step():
    tokens = torch.randint(0, config["vocab_size"], (batch, seq))
    model(input_ids=tokens, labels=tokens).loss.backward()
    optimizer.step()
    optimizer.zero_grad(set_to_none=True)


for _ in range(2):
    step()
began = time.perf_counter()
for _ in range(steps):
    step()
seconds = time.perf_counter() - began
print(json.dumps({"tokens_per_second": batch * seq * steps / seconds}))
