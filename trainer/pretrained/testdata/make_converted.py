"""Has llama.cpp's own converter make GGUF files of models of random weights, one for
each family and for each way to stretch the rotary embedding, and records what
transformers makes of the models.

    pip install torch==2.15.0 transformers==5.24.0 safetensors==0.8.0 numpy==2.4.6
    pip download --no-deps --no-binary :all: llama-cpp-python==0.3.36
    tar xzf llama_cpp_python-0.3.36.tar.gz
    python make_converted.py llama_cpp_python-0.3.36/vendor/llama.cpp

writes converted/NAME.gguf, without tokenizers, and converted.json: for each its
config.json, the SHA-256 of every tensor in little-endian float32, by Hugging
Face's name, and the losses of some rows. With a further folder,

    python make_converted.py .../vendor/llama.cpp OUT

it writes larger models there, with their Hugging Face folders in OUT/NAME.
Deterministic.
"""

import hashlib
import json
import logging
import pathlib
import sys
import tempfile

import torch
import transformers

HERE = pathlib.Path(__file__).parent
ROWS = [
    [3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5, 8, 9, 7, 9, 3, 2, 3, 8, 4], [2, 7, 1, 8, 2, 8, 1, 8, 2, 8, 4, 5, 9, 0, 4, 5, 2, 3, 5, 3],
    [1, 4, 1, 4, 2, 13, 5, 6],
]
SMALL = dict(vocab_size=16, hidden_size=16, intermediate_size=24, num_hidden_layers=2, num_attention_heads=4, num_key_value_heads=2)
LARGE = dict(vocab_size=160, hidden_size=96, intermediate_size=160, num_hidden_layers=9, num_attention_heads=6, num_key_value_heads=2)
LLAMA3 = dict(rope_type="llama3", rope_theta=5e5, factor=8.0, low_freq_factor=1.0, high_freq_factor=4.0, original_max_position_embeddings=64)
YARN = dict(rope_type="yarn", rope_theta=1e4, factor=4.0, original_max_position_embeddings=32)
# What the converter takes a folder for, where it is not what its config.json says.
CLASSES = {"mistral3": "Mistral3ForConditionalGeneration"}
# The class, and what a case sets beside the sizes.
CASES = {
    "llama": ("Llama", dict(tie_word_embeddings=False)),
    "llama_biases": ("Llama", dict(attention_bias=True, mlp_bias=True, tie_word_embeddings=True)),
    "llama_llama3": ("Llama", dict(rope_parameters=LLAMA3)),
    "llama_linear": ("Llama", dict(rope_parameters=dict(rope_type="linear", rope_theta=1e4, factor=4.0))),
    "llama_head_dim": ("Llama", dict(head_dim=8)),
    "mistral": ("Mistral", dict(sliding_window=None)),
    "mistral3": ("Mistral", dict(sliding_window=None, head_dim=8, rope_parameters=YARN)),
    "qwen2": ("Qwen2", dict(tie_word_embeddings=True, rope_parameters=dict(rope_type="default", rope_theta=1e6))),
    "qwen2_yarn": ("Qwen2", dict(rope_parameters=YARN)),
    "qwen3": ("Qwen3", dict(head_dim=8)),
    "qwen3_yarn": ("Qwen3", dict(head_dim=8, rope_parameters=dict(YARN, attention_factor=1.25, beta_fast=16.0, beta_slow=2.0))),
    "gemma": ("Gemma", dict(head_dim=8)),
    "gemma2": ("Gemma2", dict(head_dim=8, query_pre_attn_scalar=8, sliding_window=6)),
    "gemma3": ("Gemma3", dict(head_dim=8, query_pre_attn_scalar=8, sliding_window=6, num_hidden_layers=7)),
    "gemma3_linear": ("Gemma3", dict(head_dim=8, query_pre_attn_scalar=8, sliding_window=6, num_hidden_layers=7, final_logit_softcapping=20.0, rope_parameters=dict(
        full_attention=dict(rope_type="linear", rope_theta=1e6, factor=8.0), sliding_attention=dict(rope_type="default", rope_theta=2e4),
    ))),
    "phi3": ("Phi3", dict(sliding_window=7, pad_token_id=0)),
    "phi3_long": ("Phi3", dict(
        pad_token_id=0, max_position_embeddings=64, original_max_position_embeddings=16,
        rope_parameters=dict(rope_type="longrope", rope_theta=1e4, short_factor="short", long_factor="long", partial_rotary_factor=0.5),
    )),
    "olmo": ("Olmo", dict(clip_qkv=0.5)),
    "olmo2": ("Olmo2", dict()),
    "olmo3": ("Olmo3", dict(sliding_window=6, num_hidden_layers=5)),
    "granite": ("Granite", dict(embedding_multiplier=3.0, logits_scaling=4.0, residual_multiplier=0.25, attention_multiplier=0.375)),
    "smollm3": ("SmolLM3", dict(num_hidden_layers=5, pad_token_id=0, tie_word_embeddings=True)),
    "cohere": ("Cohere", dict(logit_scale=0.25)),
    "cohere2": ("Cohere2", dict(logit_scale=0.25, rotary_pct=1.0, sliding_window=6, num_hidden_layers=5)),
}


def config_of(kind, settings, sizes):
    settings = {**sizes, "max_position_embeddings": 128, "bos_token_id": 1, "eos_token_id": 2, **settings}
    if sizes is LARGE:
        settings["num_hidden_layers"] = sizes["num_hidden_layers"]
        for key in ("head_dim", "query_pre_attn_scalar"):  # which GGUF files have no key for: it is head_dim
            if key in settings:
                settings[key] = 24
    rope = settings.get("rope_parameters")
    if rope and "short_factor" in rope:
        half = settings["hidden_size"] // settings["num_attention_heads"] // 4  # pairs that turn, half of all
        rope = dict(rope, short_factor=[1 + 0.25 * i for i in range(half)], long_factor=[2 + 0.5 * i for i in range(half)])
        settings["rope_parameters"] = rope
    name = {"Gemma3": "Gemma3Text"}.get(kind, kind)
    return getattr(transformers, name + "Config")(**settings)


def model_of(kind, config):
    """Weights that F16 holds, and norms to which 1 can be added."""
    torch.manual_seed(0)
    model = getattr(transformers, kind + "ForCausalLM")(config)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            parameter.normal_(0, 0.25)
            if "norm" in name:
                parameter.copy_((parameter * 256).round() / 256 + (0 if kind.startswith("Gemma") else 1))
            parameter.copy_(parameter.half().float())
    return model.eval()


def sha(tensor):
    return hashlib.sha256(tensor.detach().float().contiguous().numpy().astype("<f4").tobytes()).hexdigest()[:16]


def save(model, folder):
    model.save_pretrained(folder)
    (folder / "generation_config.json").unlink(missing_ok=True)
    size = model.config.vocab_size
    tokens = {str(i): i for i in range(size)}  # the converter of Gemma 3 counts them
    (folder / "tokenizer.json").write_text(json.dumps({"model": {"vocab": tokens}, "added_tokens": []}))


def convert(folder, file, architecture):
    """Runs convert_hf_to_gguf.py's classes, but for the vocabulary."""
    import gguf
    from conversion import ModelBase, get_model_architecture, get_model_class
    from conversion.base import ModelType

    hparams = ModelBase.load_hparams(folder, False)
    cls = get_model_class(architecture or get_model_architecture(hparams, ModelType.TEXT))
    cls.set_vocab = lambda self: None
    converter = cls(folder, gguf.LlamaFileType.MOSTLY_F16, file)
    if hasattr(converter, "impl"):
        converter.impl.set_vocab = lambda: None
    with torch.inference_mode():
        converter.write()


def facts(model, config):
    tensors = {k: v for k, v in model.state_dict().items() if not (model.config.tie_word_embeddings and k == "lm_head.weight")}
    with torch.no_grad():
        losses = [float(model(torch.tensor([row]), labels=torch.tensor([row])).loss) for row in ROWS]
    return {
        "config": config,
        "tensors": {k: sha(v) for k, v in tensors.items()},
        "rows": ROWS,
        "losses": losses,
    }


def main():
    logging.disable(logging.WARNING)
    llama_cpp = pathlib.Path(sys.argv[1])
    sys.path[:0] = [str(llama_cpp), str(llama_cpp / "gguf-py")]
    out = pathlib.Path(sys.argv[2]) if len(sys.argv) > 2 else HERE
    (out / "converted").mkdir(parents=True, exist_ok=True)
    recorded = {}
    for name, (kind, settings) in CASES.items():
        model = model_of(kind, config_of(kind, settings, LARGE if len(sys.argv) > 2 else SMALL))
        with tempfile.TemporaryDirectory() as temporary:
            folder = (out if len(sys.argv) > 2 else pathlib.Path(temporary)) / name
            save(model, folder)
            convert(folder, out / "converted" / f"{name}.gguf", CLASSES.get(name))
            recorded[name] = facts(model, json.loads((folder / "config.json").read_text()))
    (out / "converted.json").write_text(json.dumps(recorded, separators=(",", ":")).replace('"config"', '\n"config"') + "\n")


if __name__ == "__main__":
    main()
