"""Records the settings of transformers' configuration classes, and what its models make of
some configurations of each family.

    pip install torch==2.15.0 transformers==5.24.0
    python make_families.py

writes families.json: of each family the fields of its class with their defaults, and for
each case the configuration with what the model that transformers makes of it does.
"""

import dataclasses
import json
import pathlib
import tempfile

import torch
from transformers import AutoConfig, AutoModelForCausalLM
from transformers.modeling_rope_utils import ROPE_INIT_FUNCTIONS
from transformers.models.auto.configuration_auto import CONFIG_MAPPING

HERE = pathlib.Path(__file__).parent
SHAPE = dict(
    vocab_size=48, hidden_size=32, intermediate_size=64, num_hidden_layers=6, num_attention_heads=4,
    num_key_value_heads=2, max_position_embeddings=128, pad_token_id=0, bos_token_id=1, eos_token_id=2,
)  # fmt: skip
YARN = dict(rope_type="yarn", factor=4.0, original_max_position_embeddings=32)
LONG = dict(rope_type="longrope", short_factor=[1.0, 1.1, 1.2, 1.3], long_factor=[2.0, 3.0, 4.0, 5.0])
BY_SPAN = dict(full_attention=dict(rope_type="linear", factor=8.0, rope_theta=1e6), sliding_attention=dict(rope_theta=500.0))
LISTED = ["full_attention", "sliding_attention"] * 3
CASES = {
    "llama": [
        {}, dict(attention_bias=True, mlp_bias=True), dict(rope_scaling=YARN), dict(head_dim=16, rms_norm_eps=1e-3),
        dict(rope_scaling=YARN | dict(mscale=1.5, mscale_all_dim=0.5, truncate=False, beta_fast=16.0, beta_slow=2.0)),
        dict(rope_scaling=YARN | dict(attention_factor=1.25)), dict(rope_scaling=dict(type="dynamic", factor=4.0)),
        dict(rope_scaling=LONG | dict(original_max_position_embeddings=32)), dict(rope_scaling=LONG | dict(factor=2.0)),
        dict(hidden_act="gelu_pytorch_tanh"),
    ],
    "mistral": [{}, dict(sliding_window=16), dict(sliding_window=None)],
    "ministral": [dict(head_dim=8), dict(head_dim=8, sliding_window=16, layer_types=LISTED), dict(head_dim=8, sliding_window=16)],
    "qwen2": [
        {}, dict(use_sliding_window=True, sliding_window=16, max_window_layers=4),
        dict(use_sliding_window=True, sliding_window=16, layer_types=LISTED), dict(sliding_window=16, max_window_layers=4),
        dict(rope_scaling=YARN),
    ],
    "qwen3": [{}, dict(head_dim=8), dict(head_dim=16, attention_bias=True, use_sliding_window=True, sliding_window=8, max_window_layers=2)],
    "gemma": [{}, dict(head_dim=8), dict(hidden_act="gelu"), dict(attention_bias=True, tie_word_embeddings=False)],
    "gemma2": [
        {}, dict(head_dim=8, sliding_window=16, query_pre_attn_scalar=16, final_logit_softcapping=None),
        dict(layer_types=LISTED, sliding_window=16, attn_logit_softcapping=None),
    ],
    "gemma3_text": [
        {}, dict(head_dim=8, sliding_window=16), dict(rope_theta=5e5, rope_local_base_freq=2e4, sliding_window=16),
        dict(rope_scaling=dict(rope_type="linear", factor=8.0), sliding_window=16), dict(rope_parameters=BY_SPAN, sliding_window=16),
        dict(layer_types=LISTED, sliding_window=16), dict(sliding_window_pattern=3, sliding_window=16),
    ],
    "phi3": [
        {}, dict(sliding_window=16), dict(rope_scaling=LONG | dict(type="su"), original_max_position_embeddings=32),
        dict(partial_rotary_factor=0.5), dict(
            partial_rotary_factor=0.5, original_max_position_embeddings=32,
            rope_scaling=dict(type="longrope", short_factor=[1.0, 1.5], long_factor=[2.0, 4.0]),
        ),
    ],
    "olmo": [{}, dict(clip_qkv=0.5), dict(attention_bias=True)],
    "olmo2": [{}, dict(rms_norm_eps=1e-4, attention_bias=True)],
    "olmo3": [{}, dict(sliding_window=16), dict(sliding_window=16, rope_theta=2e4, rope_scaling=YARN)],
    "granite": [
        {}, dict(embedding_multiplier=12.0, logits_scaling=8.0, residual_multiplier=0.22, attention_multiplier=0.015625),
        dict(attention_bias=True, mlp_bias=True),
    ],
    "smollm3": [
        {}, dict(no_rope_layer_interval=2), dict(no_rope_layers=[0, 1, 1, 0, 1, 1]),
        dict(use_sliding_window=True, sliding_window=16), dict(use_sliding_window=True, sliding_window=16, layer_types=LISTED),
    ],
    "cohere": [{}, dict(logit_scale=0.25, layer_norm_eps=1e-4)],
    "cohere2": [{}, dict(sliding_window=16), dict(sliding_window=16, layer_types=LISTED), dict(sliding_window_pattern=3, sliding_window=16)],
}  # fmt: skip


def frequencies(rotary, config, kind):
    """transformers computes in float32 by name; here the name means float64."""
    parameters = config.rope_parameters[kind] if kind else config.rope_parameters
    layer = dict(layer_type=kind) if kind else {}
    single, torch.float, torch.float32 = torch.float, torch.float64, torch.float64
    try:
        if parameters["rope_type"] == "default":
            f, scale = rotary.compute_default_rope_parameters(config, **(layer | dict(device="cpu") if kind else {}))
        else:
            f, scale = ROPE_INIT_FUNCTIONS[parameters["rope_type"]](config, "cpu", **layer)
    finally:
        torch.float = torch.float32 = single
    return dict(frequencies=f.tolist(), scale=float(scale))


def facts(family, settings):
    given = {"model_type": family} | SHAPE | settings
    with tempfile.TemporaryDirectory() as folder:
        (pathlib.Path(folder) / "config.json").write_text(json.dumps(given))
        config = AutoConfig.from_pretrained(folder)
    whole = AutoModelForCausalLM.from_config(config)
    model = whole.model
    attentions = [layer.self_attn for layer in model.layers]
    windows = [getattr(a, "sliding_window", getattr(config, "sliding_window", None)) for a in attentions]
    kinds = [None] if "rope_type" in config.rope_parameters else ["full_attention", "sliding_attention"]
    mlp = model.layers[0].mlp
    return dict(
        config=given,
        parameters=sorted(name for name, _ in model.layers[0].named_parameters()),
        windows=windows,
        turned=[bool(getattr(a, "use_rope", family != "cohere2" or w is not None)) for a, w in zip(attentions, windows)],
        ropes=[frequencies(model.rotary_emb, config, kind) for kind in kinds],
        attention_scale=float(attentions[0].scaling),
        attention_cap=getattr(attentions[0], "attn_logit_softcapping", None),
        clip=getattr(config, "clip_qkv", None),
        embedding_scale=float(getattr(model.embed_tokens, "scalar_embed_scale", getattr(model, "embedding_multiplier", 1.0))),
        residual_scale=float(getattr(model.layers[0], "residual_multiplier", 1.0)),
        logit_scale=float(getattr(config, "logit_scale", 1 / getattr(config, "logits_scaling", 1.0))),
        logit_cap=getattr(config, "final_logit_softcapping", None),
        eps=float(getattr(model.norm, "eps", getattr(model.norm, "variance_epsilon", 1e-5))),
        tied=whole.lm_head.weight is model.embed_tokens.weight,
        pad=model.embed_tokens.padding_idx,
        head_dim=attentions[0].head_dim,
        kv_heads=config.num_key_value_heads,
        gate_at_one=float(getattr(mlp, "act_fn", getattr(mlp, "activation_fn", None))(torch.tensor(1.0))),
    )


def plain(default):
    return None if default is dataclasses.MISSING else default


def main():
    out = {}
    for family, cases in CASES.items():
        fields = {f.name: plain(f.default) for f in dataclasses.fields(CONFIG_MAPPING[family])}
        out[family] = dict(fields=fields, cases=[facts(family, c) for c in cases])
    text = json.dumps(out, separators=(",", ":")).replace('{"config"', '\n {"config"').replace('"fields"', '\n"fields"')
    (HERE / "families.json").write_text(text + "\n")


if __name__ == "__main__":
    main()
