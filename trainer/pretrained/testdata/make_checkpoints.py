"""Writes tiny Llama checkpoints and adapters of random weights, and records what
transformers and PEFT read from them.

    pip install torch==2.15.0 transformers==5.23.0 peft==0.21.2 gguf==0.19.0 safetensors==0.8.0
    PYTHONHASHSEED=0 python make_checkpoints.py

writes checkpoints/NAME (a folder or a GGUF file) and golden.json: for every
checkpoint its settings, the inverse frequencies of its rotary embedding from
transformers' own code run in float64, and the SHA-256 of every tensor as
transformers loads it, in little-endian float32. It writes adapters/NAME and the
same of their factors to the testdata of package adapter. Needs digits.json of
package tokenizer. Deterministic.
"""

import hashlib
import json
import pathlib
import shutil

import gguf
import numpy as np
import torch
from peft import LoraConfig, get_peft_model
from safetensors.torch import load_file
from transformers import LlamaConfig, LlamaForCausalLM
from transformers.models.llama.modeling_llama import LlamaRotaryEmbedding
from transformers.modeling_rope_utils import ROPE_INIT_FUNCTIONS

HERE = pathlib.Path(__file__).parent
ADAPTERS_HERE = HERE.parents[1] / "adapter" / "testdata"
TOKENIZERS = HERE.parents[1] / "tokenizer" / "testdata" / "tokenizers"
LLAMA3 = {
    "rope_type": "llama3", "rope_theta": 500000.0, "factor": 8.0,
    "low_freq_factor": 1.0, "high_freq_factor": 4.0, "original_max_position_embeddings": 64,
}
BASE = dict(
    vocab_size=48, hidden_size=32, intermediate_size=64, num_hidden_layers=2, num_attention_heads=4,
    num_key_value_heads=2, max_position_embeddings=128, rms_norm_eps=1e-5, bos_token_id=1, eos_token_id=2,
)
CHECKPOINTS = {
    "tied": dict(dtype=torch.float32, tie_word_embeddings=True),
    "untied_sharded": dict(dtype=torch.bfloat16, head_dim=12, rope_parameters=LLAMA3, shards="12KB"),
    "version4": dict(dtype=torch.float16, rope_parameters=LLAMA3, version4=True, eos_token_id=[2, 5]),
}
# The GGUF type of the matrices, and that of the embedding.
GGUFS = {
    "q4_1": ("Q4_1", "Q8_0", True),
    "f16": ("F16", "F16", False),
    "bf16": ("BF16", "Q8_0", True),
}
ALL = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]
ADAPTERS = {
    "qv": dict(r=2, lora_alpha=4, target_modules=["q_proj", "v_proj"]),
    "all_rslora": dict(r=3, lora_alpha=2.5, target_modules=ALL, use_rslora=True),
}


def model_of(config):
    torch.manual_seed(0)
    model = LlamaForCausalLM(config)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.normal_(0, 0.5)
    return model


def sha(tensor):
    return hashlib.sha256(tensor.detach().float().contiguous().numpy().astype("<f4").tobytes()).hexdigest()


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


def facts(model):
    c = model.config
    eos = c.eos_token_id
    tensors = {k: v for k, v in model.state_dict().items() if not (c.tie_word_embeddings and k == "lm_head.weight")}
    return {
        "vocab": c.vocab_size, "width": c.hidden_size, "hidden": c.intermediate_size, "layers": c.num_hidden_layers,
        "heads": c.num_attention_heads, "kv_heads": c.num_key_value_heads, "head_dim": c.head_dim,
        "max_positions": c.max_position_embeddings, "norm_eps": c.rms_norm_eps, "tied": c.tie_word_embeddings,
        "bos": c.bos_token_id, "eos": eos[0] if isinstance(eos, list) else eos,
        "frequencies": frequencies(c),
        "tensors": {k: sha(v) for k, v in tensors.items()},
    }


def as_version4(path):
    """Rewrites config.json in the style of transformers 4."""
    config = json.loads(path.read_text())
    rope = config.pop("rope_parameters")
    config["rope_theta"] = rope.pop("rope_theta")
    config["rope_scaling"] = rope
    config["torch_dtype"] = config.pop("dtype")
    del config["head_dim"]
    path.write_text(json.dumps(config, indent=2) + "\n")


def write_checkpoint(name, dtype, shards=None, version4=False, **settings):
    folder = HERE / "checkpoints" / name
    model = model_of(LlamaConfig(**{**BASE, **settings})).to(dtype)
    model.save_pretrained(folder, **({"max_shard_size": shards} if shards else {}))
    (folder / "generation_config.json").unlink()
    if version4:
        as_version4(folder / "config.json")
    return facts(LlamaForCausalLM.from_pretrained(folder, dtype=torch.float32))


def permute(weight, heads):
    """The order of rows in which llama.cpp's converter writes Q and K."""
    return weight.reshape(heads, 2, weight.shape[0] // heads // 2, -1).swapaxes(1, 2).reshape(weight.shape)


def gguf_names(layers):
    yield "model.embed_tokens.weight", "token_embd.weight"
    yield "model.norm.weight", "output_norm.weight"
    yield "lm_head.weight", "output.weight"
    parts = {
        "input_layernorm": "attn_norm", "self_attn.q_proj": "attn_q", "self_attn.k_proj": "attn_k",
        "self_attn.v_proj": "attn_v", "self_attn.o_proj": "attn_output", "post_attention_layernorm": "ffn_norm",
        "mlp.gate_proj": "ffn_gate", "mlp.up_proj": "ffn_up", "mlp.down_proj": "ffn_down",
    }
    for layer in range(layers):
        for ours, theirs in parts.items():
            yield f"model.layers.{layer}.{ours}.weight", f"blk.{layer}.{theirs}.weight"


def write_metadata(writer, config, tokenizer):
    writer.add_block_count(config.num_hidden_layers)
    writer.add_context_length(config.max_position_embeddings)
    writer.add_embedding_length(config.hidden_size)
    writer.add_feed_forward_length(config.intermediate_size)
    writer.add_head_count(config.num_attention_heads)
    writer.add_head_count_kv(config.num_key_value_heads)
    writer.add_rope_freq_base(20000.0)
    writer.add_rope_dimension_count(config.head_dim)
    writer.add_key_length(config.head_dim)
    writer.add_value_length(config.head_dim)
    writer.add_layer_norm_rms_eps(config.rms_norm_eps)
    vocabulary = sorted(tokenizer["model"]["vocab"].items(), key=lambda item: item[1])
    added = {a["content"]: a["id"] for a in tokenizer["added_tokens"]}
    tokens = [token for token, _ in vocabulary] + [t for t, i in sorted(added.items(), key=lambda item: item[1]) if i >= len(vocabulary)]
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("smollm")
    writer.add_token_list(tokens)
    writer.add_token_types([gguf.TokenType.CONTROL if t in added else gguf.TokenType.NORMAL for t in tokens])
    writer.add_token_merges([" ".join(m) for m in tokenizer["model"]["merges"]])
    writer.add_bos_token_id(1)
    writer.add_eos_token_id(2)
    return len(tokens)


def write_gguf(name, matrices, embedding, tied):
    tokenizer = json.loads((TOKENIZERS / "digits.json").read_text())
    path = HERE / "checkpoints" / f"{name}.gguf"
    writer = gguf.GGUFWriter(path, "llama")
    size = write_metadata(writer, LlamaConfig(**BASE), tokenizer)
    config = LlamaConfig(**{**BASE, "vocab_size": size, "num_hidden_layers": 1, "tie_word_embeddings": tied})
    writer.kv_data[0]["llama.block_count"].value = 1
    weights = model_of(config).state_dict()
    for ours, theirs in gguf_names(1):
        if ours not in weights or tied and ours == "lm_head.weight":
            continue
        weight = weights[ours].numpy()
        if "q_proj" in ours:
            weight = permute(weight, config.num_attention_heads)
        if "k_proj" in ours:
            weight = permute(weight, config.num_key_value_heads)
        kind = "F32" if weight.ndim == 1 else embedding if "embed" in ours or "lm_head" in ours else matrices
        kind = gguf.GGMLQuantizationType[kind]
        data = weight if kind == gguf.GGMLQuantizationType.F32 else gguf.quantize(weight, kind)
        if kind == gguf.GGMLQuantizationType.F16:
            data = weight.astype(np.float16)
        writer.add_tensor(theirs, data, raw_dtype=kind)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return facts(LlamaForCausalLM.from_pretrained(path.parent, gguf_file=path.name, dtype=torch.float32))


def write_adapter(name, **settings):
    folder = ADAPTERS_HERE / "adapters" / name
    base = model_of(LlamaConfig(**{**BASE, "tie_word_embeddings": True}))
    model = get_peft_model(base, LoraConfig(task_type="CAUSAL_LM", base_model_name_or_path="tied", **settings))
    with torch.no_grad():
        for key, parameter in model.named_parameters():
            if "lora_" in key:
                parameter.normal_(0, 0.5)
    model.save_pretrained(folder)
    (folder / "README.md").unlink()
    return {k: sha(v) for k, v in load_file(folder / "adapter_model.safetensors").items()}


def main():
    for folder in (HERE / "checkpoints", ADAPTERS_HERE / "adapters"):
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
    golden = {
        "checkpoints": {n: write_checkpoint(n, **s) for n, s in CHECKPOINTS.items()}
        | {n + ".gguf": write_gguf(n, *s) for n, s in GGUFS.items()},
    }
    (HERE / "golden.json").write_text(json.dumps(golden, indent=1) + "\n")
    golden = {n: write_adapter(n, **s) for n, s in ADAPTERS.items()}
    (ADAPTERS_HERE / "golden.json").write_text(json.dumps(golden, indent=1) + "\n")


if __name__ == "__main__":
    main()
