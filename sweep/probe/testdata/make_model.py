"""Writes a small random Llama with a tokenizer of bytes to a folder, and rows to train it on."""

import json
import pathlib
import random
import sys

import tokenizers
import torch
import transformers

folder = pathlib.Path(sys.argv[1])
torch.manual_seed(1)
transformers.LlamaForCausalLM(transformers.LlamaConfig(
    vocab_size=258, hidden_size=64, intermediate_size=128, num_hidden_layers=2, num_attention_heads=4, num_key_value_heads=2,
    max_position_embeddings=128, bos_token_id=256, eos_token_id=257, tie_word_embeddings=False,
)).save_pretrained(folder)  # fmt: skip
alphabet = sorted(tokenizers.pre_tokenizers.ByteLevel.alphabet())
vocab = {c: i for i, c in enumerate(alphabet)} | {"<s>": 256, "</s>": 257}
core = tokenizers.Tokenizer(tokenizers.models.BPE(vocab, []))
core.pre_tokenizer, core.decoder = tokenizers.pre_tokenizers.ByteLevel(add_prefix_space=False), tokenizers.decoders.ByteLevel()
core.add_special_tokens(["<s>", "</s>"])
transformers.PreTrainedTokenizerFast(tokenizer_object=core, bos_token="<s>", eos_token="</s>", pad_token="</s>").save_pretrained(folder)
draw = random.Random(1)
rows = [{"prompt": f"{a} times {b} is ", "completion": f"{a * b}"} for a, b in ((draw.randrange(100), draw.randrange(10)) for _ in range(200))]
(folder / "rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
