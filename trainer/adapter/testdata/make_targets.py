"""Writes targets.json beside this file: which modules of a Llama PEFT adapts, with which r and alpha.

    pip install torch==2.15.0 transformers==5.24.0 peft==0.21.2
    python make_targets.py

Each case has the settings of a LoraConfig (r = 8 and lora_alpha = 16 unless they say otherwise) and the modules that
PEFT then adapts, "r alpha" of each; none where PEFT refuses the settings. The model has 12 layers of Llama.
"""

import json
import pathlib
import warnings

import torch
from peft import LoraConfig, get_peft_model
from transformers import LlamaConfig, LlamaForCausalLM

CASES = [
    dict(target_modules=["v_proj"]),
    dict(target_modules=["self_attn.k_proj", "layers.1.mlp.up_proj", "model.layers.11.mlp.down_proj"]),
    dict(target_modules=["ttn.q_proj"]),  # the end of a word is no name
    dict(target_modules="all-linear"),
    dict(target_modules="ALL-linear"),
    dict(target_modules=r".*\.(q|v)_proj", exclude_modules=r".*\.\d\..*"),
    dict(target_modules="model.layers.[0-3].self_attn.q_proj"),
    dict(target_modules=r".*\.1\..*_proj"),
    dict(target_modules=r".*layers\.(?!1?\d\.).*|.*layers\.1[01]\.mlp\.up_proj"),
    dict(target_modules=r"(?:.*)(?<=layers\.2\.mlp\.)\w+"),
    dict(target_modules=r"model\.layers\.\d{1,2}\.self_attn\.[^kv]_proj", exclude_modules=["layers.1.self_attn.q_proj", "o_proj"]),
    dict(target_modules=r"model.layers.0.self_attn.(?P<which>[qk])_proj$"),
    dict(target_modules=r"q_proj"),  # not the whole of a name
    dict(target_modules=r".*self_attn.*"),  # self_attn itself
    dict(target_modules=r"model.*"),
    dict(target_modules=["q_proj"], layers_to_transform=[0, 11]),
    dict(target_modules=["q_proj"], layers_to_transform=1),
    dict(target_modules=["q_proj"], layers_to_transform=[]),
    dict(target_modules=["q_proj", "up_proj"], layers_to_transform=[3, 30], layers_pattern="layers"),
    dict(target_modules=["q_proj"], layers_to_transform=[3], layers_pattern=["h", "l.*rs"]),
    dict(target_modules=["q_proj"], layers_to_transform=[3], layers_pattern="blocks"),
    dict(target_modules=["q_proj", "k_proj"], exclude_modules=["k_proj"], rank_pattern={"layers.1.self_attn.q_proj": 2}),
    dict(target_modules=["q_proj"], rank_pattern={r"layers\.1.\.self_attn\.q_proj": 4, r"0\..*": 3}, alpha_pattern={"q_proj": 5}),
    dict(target_modules=["q_proj"], alpha_pattern={r"model\.layers\.[5-9]\..*": 1.5, r"model": 3, r"\d+.self_attn.q_proj": 2}),
    dict(target_modules=["q_proj", "v_proj"], rank_pattern={"q.proj": 2, "roj": 3, "(?i)V_PROJ": 4}),
    dict(target_modules=["q_proj", "v_proj"], rank_pattern={"q_proj|v_proj": 2}, alpha_pattern={"(q|k)_proj": 1}),
]  # fmt: skip


def adapted(case):
    model = LlamaForCausalLM(
        LlamaConfig(vocab_size=8, hidden_size=4, intermediate_size=4, num_hidden_layers=12, num_attention_heads=1, num_key_value_heads=1)
    )
    try:
        tuned = get_peft_model(model, LoraConfig(**dict(r=8, lora_alpha=16, task_type="CAUSAL_LM") | case))
    except Exception:
        return None
    return {
        name.removeprefix("base_model.model."): f"{module.r['default']} {module.lora_alpha['default']:g}"
        for name, module in tuned.named_modules()
        if hasattr(module, "lora_A") and isinstance(module.lora_A, torch.nn.ModuleDict)
    }


warnings.simplefilter("ignore")
golden = [dict(case, modules=adapted(case)) for case in CASES]
text = "[\n" + ",\n".join(json.dumps(case) for case in golden) + "\n]\n"
(pathlib.Path(__file__).parent / "targets.json").write_text(text)
