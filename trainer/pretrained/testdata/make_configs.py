"""Records what transformers makes of a few config.json that say something twice,
or leave it to a default.

    pip install torch==2.15.0 transformers==5.24.0
    python make_configs.py

writes configs.json: the settings beside BASE, and the inverse frequencies (in
float64) and the padding token of the model that transformers makes of them.
"""

import json
import pathlib
import tempfile

import torch
from transformers import AutoConfig, LlamaForCausalLM
from transformers.modeling_rope_utils import ROPE_INIT_FUNCTIONS
from transformers.models.llama.modeling_llama import LlamaRotaryEmbedding

HERE = pathlib.Path(__file__).parent
BASE = dict(
    model_type="llama", vocab_size=48, hidden_size=32, intermediate_size=64, num_hidden_layers=1, num_attention_heads=4,
    max_position_embeddings=128,
)  # fmt: skip
PARAMETERS = dict(rope_theta=300.0, rope_type="default")
LINEAR = dict(type="linear", factor=2.0)
LLAMA3 = dict(rope_type="llama3", factor=2.0, low_freq_factor=1.0, high_freq_factor=4.0)
CASES = {
    "nothing": {},
    "theta at the top": dict(rope_theta=500.0),
    "theta in both": dict(rope_theta=500.0, rope_parameters=PARAMETERS),
    "scaling beside parameters": dict(rope_parameters=PARAMETERS, rope_scaling=LINEAR),
    "scaling beside parameters and theta": dict(rope_theta=500.0, rope_parameters=PARAMETERS, rope_scaling=LINEAR),
    "empty scaling": dict(rope_parameters=PARAMETERS, rope_scaling={}),
    "scaling null": dict(rope_parameters=PARAMETERS, rope_scaling=None),
    "llama3 without its length": dict(rope_scaling=LLAMA3),
    "llama3 with its length at the top": dict(rope_scaling=LLAMA3, original_max_position_embeddings=32),
    "llama3 with two lengths": dict(
        rope_scaling=LLAMA3 | dict(original_max_position_embeddings=64), original_max_position_embeddings=32
    ),
    "swish": dict(hidden_act="swish"),
    "padding": dict(pad_token_id=3),
    "padding from behind": dict(pad_token_id=-1),
}


def frequencies(config):
    """transformers computes in float32 by name; here the name means float64."""
    single, torch.float = torch.float, torch.float64
    try:
        kind = config.rope_parameters["rope_type"]
        if kind == "default":
            return LlamaRotaryEmbedding.compute_default_rope_parameters(config)[0].tolist()
        return ROPE_INIT_FUNCTIONS[kind](config, "cpu")[0].tolist()
    finally:
        torch.float = single


def facts(settings):
    with tempfile.TemporaryDirectory() as folder:
        (pathlib.Path(folder) / "config.json").write_text(json.dumps(BASE | settings))
        config = AutoConfig.from_pretrained(folder)
    model = LlamaForCausalLM(config).model
    return {"config": BASE | settings, "frequencies": frequencies(config), "pad": model.embed_tokens.padding_idx}


def main():
    (HERE / "configs.json").write_text(json.dumps({name: facts(s) for name, s in CASES.items()}, indent=1) + "\n")


if __name__ == "__main__":
    main()
