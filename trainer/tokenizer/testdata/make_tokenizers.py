"""Trains small tokenizers on made-up text, and records what Hugging Face's
tokenizers, SentencePiece and tiktoken make of a few hundred awkward strings.

    pip install tokenizers==0.23.3 transformers==5.24.0 sentencepiece==0.2.3 tiktoken==0.14.0 protobuf
    python make_tokenizers.py

writes tokenizers/texts.json, and for every pipeline tokenizers/NAME.json (the
tokenizer) and tokenizers/NAME.golden.json: one entry a text, its ids and, where
it differs from the text, what they decode to. A model of SentencePiece is
tokenizers/NAME.model, a file of tiktoken tokenizers/NAME.tiktoken. Deterministic.
"""

import base64
import json
import pathlib
import random
import re
import tempfile

import sentencepiece
import tiktoken
from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

HERE = pathlib.Path(__file__).parent / "tokenizers"
LLAMA3 = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}"
    r"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
QWEN2 = LLAMA3.replace(r"\p{N}{1,3}", r"\p{N}")
SPECIAL = ["<|end|>", "<|start|>", "<|start|>user"]


TEKKEN = (
    r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+"
    r"|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*"
    r"|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
GPT4O = (
    r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?"
    r"|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?"
    r"|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
DEEPSEEK = (
    "[!\"#$%&'()*+,\\-./:;<=>?@\\[\\\\\\]^_`{|}~][A-Za-z]+|[^\r\n\\p{L}\\p{P}\\p{S}]?[\\p{L}\\p{M}]+| ?[\\p{P}\\p{S}]+[\r\n]*"
    "|\\s*[\r\n]+|\\s+(?!\\S)|\\s+"
)
# No model's: it has what the others lack.
GENERAL = r"'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}+|(?<=\d)[^\d\s]\b|\d{2,3}+|\p{Han}|^#.*$| ?[^\s\w]++[\r\n]*|\s*[\r\n]|\s+(?!\S)|\s+"


def byte_level(**options):
    return pre_tokenizers.ByteLevel(**{"add_prefix_space": False, "use_regex": True, **options})


def split(pattern):
    return pre_tokenizers.Sequence([
        pre_tokenizers.Split(Regex(pattern), "isolated"),
        byte_level(use_regex=False),
    ])


def inverted(pattern):
    return pre_tokenizers.Sequence([
        pre_tokenizers.Split(Regex(pattern), "removed", invert=True),
        byte_level(use_regex=False),
    ])


def splits(*patterns):
    return pre_tokenizers.Sequence([*(pre_tokenizers.Split(Regex(p), "isolated") for p in patterns), byte_level(use_regex=False)])


BEHAVIOURS = pre_tokenizers.Sequence([
    pre_tokenizers.Split("--", "merged_with_next"),
    pre_tokenizers.Split(Regex(r"[.!?]+"), "merged_with_previous"),
    pre_tokenizers.Split(Regex(r"\p{Lu}"), "merged_with_next"),
    pre_tokenizers.Split(Regex(r"[ab]"), "contiguous"),
    pre_tokenizers.Split("'", "merged_with_previous", invert=True),
    pre_tokenizers.Split(Regex(r"\p{So}"), "removed"),
    pre_tokenizers.Punctuation("contiguous"),
    pre_tokenizers.Digits(individual_digits=False),
    pre_tokenizers.WhitespaceSplit(),
    pre_tokenizers.Whitespace(),
    byte_level(use_regex=False),
])


def corpus(rng):
    """Sentences of random syllables, with numbers, quotes and other scripts."""
    syllables = [c + v + e for c in "bdfgklmnprst" for v in "aeiou" for e in ("", "n", "r", "st")]
    words = ["".join(rng.choices(syllables, k=rng.randint(1, 3))) for _ in range(300)]
    words += ["I'm", "we'll", "it's", "don't", "größe", "naïve", "日本語", "мир", "русский", "😀", "==", "->", "...", "   ", "\n\n"]
    for _ in range(1500):
        line = rng.choices(words, k=rng.randint(3, 12))
        line.insert(rng.randrange(len(line)), str(rng.randrange(10 ** rng.randint(1, 6))))
        yield " ".join(line).capitalize() + rng.choice([".", "!", "?", "\n", ";  "])


def texts(rng):
    fixed = [
        "", " ", "  ", "   ", "\n", "\n\n", "\n\n\n\n\n", " \n", "\n ", " \n \n ", "\r\n", "\r\n\r\n", "\t", "\t\t a", "a\t\tb",
        "a", " a", "a ", "  a", "a  b", "a   b", "a \n b", "a\n\n\nb", "a \n\n  b", "word\n\n\nword", "x  \n", "x\n  y", "x\n\n  y",
        "I'm you're he's we'll they'd I've can't", "I'M YOU'RE HE'S WE'LL THEY'D I'VE CAN'T", "'s'S'T'll'LL'Ll'", "'ſ it'ſ", "''s", "'", "' s",
        "don’t", "o'clock 'tis rock'n'roll", " 's", "1's", "'re're", "'r e", "'v", "'l", "'l'", "'RE", "'vE",
        "0", "12", "123", "1234", "12345", "1234567890", "3.14159", "1,000,000", "-5", "2024-01-31", "v1.2.3", "1e-5", "a1b2c3", "1 2  3",
        "½ ⅓ ²³ ₄ Ⅷ Ⅻ ① ㊿ 一二三 ٣٤٥ १२३ 𝟙𝟚", "x²+y²", "H₂O", "1st2nd", "١٢٣٤٥٦",
        "aaaa", "a" * 100, "b" * 33, "ab" * 64, "na" * 40, " " * 50, "\n" * 50, "=" * 80, "-" * 81, "!?" * 20, "é" * 30, "日" * 30, "😀" * 12,
        "größe Größe", "naïve café", "cafe\u0301", "e\u0301e\u0300", "A\u030a Å \u212b", "ﬁ ﬂ ﬀ", "ﷺ", "각 \u1100\u1161\u11a8", "\u0958 \u0915\u093c",
        "q\u0307\u0323 q\u0323\u0307", "\u0344", "ö o\u0308 ọ̈", "\u2126 Ω \u212a K",
        "日本語のテキスト", "中文，没有空格。", "русский текст", "Ελληνικά", "עברית שלום", "العربية مرحبا", "हिन्दी भाषा", "ไทย", "한국어 문장",
        "mixed日本abcмир123", "a日b", "日1本2",
        "😀", "😀😃😄", "👨‍👩‍👧‍👦", "👍🏽", "🇩🇪🇫🇷", "❤️", "☺️ ok", "a😀b", "🏴󠁧󠁢󠁥󠁮󠁧󠁿",
        "\x00", "\x01\x02\x03", "a\x00b", "\x1b[31mred\x1b[0m", "\x7f", "\x04\x06\x13", "\x85", "a\x85b", "\x0b\x0c", "\x1c\x1d\x1e\x1f x",
        "\u00a0", "a\u00a0b", "\u00a0\u00a0a", "a\u2003b", "a\u2028b\u2029c", "\u3000日", "\u1680x", "\u200b", "a\u200bb", "a\u200db", "\ufeffa",
        "\u00ad", "so\u00adft", "\u202etxet", "\u2060x", "\ufffd", "\ufffe", "\U0010ffff", "\U000e0001", "\ue000", "\U00020000", "\U000f0000\U00100000",
        "<|end|>", "a<|end|>b", " <|end|> ", "<|end|><|end|>", "<|end|", "<|end|>>", "<<|end|>", "<|start|>user\nhi<|end|>\n<|start|>",
        "<|start|>use", "<|start|>users", "<|START|>", "<|end|>\n\n\nx", "  <|end|>  ", "1<|end|>2", "'<|end|>s",
        "caf\u00e9|tok", "cafe\u0301|tok", "[[soft]]", "a[[soft]]b", "[[soft]][[soft]]x", "[[ soft]]",
        "def f(x):\n    return x**2  # sq\n\n\nclass A:\n\tpass\n", "if (a && b) { c++; }", "https://example.org/a_b?c=d&e=%20#f", "user@host.tld",
        "{\"key\": [1, 2, {\"k\": null}]}", "<p class='x'>&amp;</p>", "$x_{i}^{2}$", "C:\\dir\\file.txt", "a/b/c", "__init__", "snake_case camelCase",
        "Hello, world!", "Hello,world!", "...", "....", "…", "a...b", "(a)", "( a )", "“quoted”", "«q»", "—", "a—b", "a - b", "#hash @at", "!!", "?\n", "!\n\n", ".\r\n x",
        "a.\n\nb", ".\n\n\n.", "  .\n", "\n.\n", " \t\n", "\t\n\t", " \r", "\r", "\r\r\n\n", "x\r", "\u2028\n", "\u0085\n",
    ]
    scraps = [
        " ", "  ", "\n", "\n\n", "\t", "\r\n", "a", "ba", "tan", "word", "Word", "12", "7", "9999", "'s", "'LL", "'", "é", "e\u0301", "日本", "мир", "😀",
        "👍🏽", "\u00a0", "\u200d", "\u0301", "½", "٣", ".", "..", "!", "==", "_", "-", "<|end|>", "<|start|>", "user", "[[soft]]", "\x00", "\x1f", "\u3000",
        "\u2003", "ﬁ", "ſ", "\U0010ffff", "\x85", "café|tok", "karin", "stor",
    ]
    return fixed + ["".join(rng.choices(scraps, k=rng.randint(2, 14))) for _ in range(260)]


def bos_template(tokenizer):
    bos = tokenizer.token_to_id("<|start|>")
    return processors.Sequence([
        processors.ByteLevel(trim_offsets=True),
        processors.TemplateProcessing(single="<|start|> $A", pair="<|start|> $A $B", special_tokens=[("<|start|>", bos)]),
    ])


PIPELINES = {
    # As SmolLM2 is published.
    "digits": dict(pre=pre_tokenizers.Sequence([pre_tokenizers.Digits(individual_digits=True), byte_level()])),
    # As Llama 3 is.
    "llama3": dict(pre=split(LLAMA3), ignore_merges=True, bos=True),
    # As Qwen 2 is.
    "qwen2": dict(pre=split(QWEN2), normalizer=normalizers.NFC()),
    # As GPT-2 is.
    "bytelevel": dict(pre=byte_level()),
    "prefix": dict(pre=byte_level(add_prefix_space=True)),
    "digitsprefix": dict(pre=pre_tokenizers.Sequence([pre_tokenizers.Digits(individual_digits=True), byte_level(add_prefix_space=True)])),
    # Vocabularies without a token for some bytes.
    "dropped": dict(pre=byte_level(), holes=True),
    "unknown": dict(pre=byte_level(), holes=True, unknown="<|end|>"),
    "fused": dict(pre=byte_level(), holes=True, unknown="<|end|>", fuse=True, normalizer=normalizers.NFC()),
    # As GPT-4o is.
    "gpt4o": dict(pre=inverted(GPT4O)),
    # As DeepSeek is.
    "deepseek": dict(pre=splits(r"\p{N}{1,3}", "[一-龥぀-ゟ゠-ヿ]+", DEEPSEEK)),
    # As no model is.
    "general": dict(pre=split(GENERAL), normalizer=normalizers.NFD()),
    "behaviours": dict(pre=BEHAVIOURS, normalizer=normalizers.NFKD()),
}


# As SentencePiece's are published: spaces are signs, and what has no token is bytes.
SPACE = "▁"
SIGNS = {
    # As Llama 2 is.
    "llama2": dict(
        normalizer=normalizers.Sequence([normalizers.Prepend(SPACE), normalizers.Replace(" ", SPACE)]),
        decoder=[decoders.Replace(SPACE, " "), decoders.ByteFallback(), decoders.Fuse(), decoders.Strip(" ", 1, 0)],
    ),
    # As Gemma is, but without tokens for some bytes.
    "gemma": dict(
        normalizer=normalizers.Replace(" ", SPACE),
        pre=pre_tokenizers.Split(" ", "merged_with_previous"),
        decoder=[decoders.Replace(SPACE, " "), decoders.ByteFallback(), decoders.Fuse()],
        without=range(0x90, 0xA0),
    ),
    # As Llama 2 without legacy is.
    "metaspace": dict(
        pre=pre_tokenizers.Metaspace(SPACE, "first", True),
        normalizer=normalizers.Sequence([normalizers.NFKC(), normalizers.Lowercase()]),
        decoder=[decoders.Metaspace(SPACE, "first", True), decoders.ByteFallback()],
        fuse=False,
    ),
}


def signs(normalizer, decoder, pre=None, without=(), fuse=True):
    learnt = Tokenizer(models.BPE())
    learnt.pre_tokenizer = pre_tokenizers.Metaspace(SPACE, "always", True)
    learnt.train_from_iterator(corpus(random.Random(1)), trainers.BpeTrainer(vocab_size=300, show_progress=False))
    model = json.loads(learnt.to_str())["model"]
    names = ["<unk>", "<s>", "</s>"] + [f"<0x{c:02X}>" for c in range(256) if c not in without] + sorted(model["vocab"], key=model["vocab"].get)
    merges = [tuple(m) for m in model["merges"]]
    tokenizer = Tokenizer(models.BPE({name: i for i, name in enumerate(names)}, merges, unk_token="<unk>", fuse_unk=fuse, byte_fallback=True))
    if pre:
        tokenizer.pre_tokenizer = pre
    if normalizer:
        tokenizer.normalizer = normalizer
    tokenizer.decoder = decoders.Sequence(decoder)
    tokenizer.add_special_tokens(["<unk>", "<s>", "</s>", *SPECIAL])
    tokenizer.add_tokens([
        AddedToken("[[soft]]", normalized=False, lstrip=True), AddedToken("caf\u00e9|tok", normalized=True), AddedToken("==", normalized=False, rstrip=True),
        AddedToken("word", single_word=True, normalized=False), AddedToken("Stor", single_word=True, normalized=True),
    ])
    tokenizer.post_processor = processors.TemplateProcessing(single="<s> $A", pair="<s> $A <s> $B", special_tokens=[("<s>", 1)])
    return tokenizer


def unigram(byte_fallback):
    learnt = Tokenizer(models.Unigram())
    learnt.pre_tokenizer = pre_tokenizers.Metaspace(SPACE, "always", True)
    learnt.train_from_iterator(corpus(random.Random(1)), trainers.UnigramTrainer(vocab_size=400, show_progress=False, unk_token="<unk>", special_tokens=["<unk>", "</s>"]))
    vocabulary = [tuple(v) for v in json.loads(learnt.to_str())["model"]["vocab"]]
    if byte_fallback:
        vocabulary += [(f"<0x{c:02X}>", 0.0) for c in range(256)]
    tokenizer = Tokenizer(models.Unigram(vocabulary, 0, byte_fallback))
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(SPACE, "always", not byte_fallback)
    if byte_fallback:
        tokenizer.normalizer = normalizers.Sequence([normalizers.NFKC(), normalizers.Strip(True, False), normalizers.Replace(Regex(r"\.{2,}"), "…")])
    tokenizer.decoder = decoders.Sequence([decoders.ByteFallback(), decoders.Metaspace(SPACE, "always", True)])
    tokenizer.add_special_tokens(["</s>", *SPECIAL])
    return tokenizer


class Pieces:
    """A model of SentencePiece: control tokens are found in a text as transformers does, and SentencePiece encodes what is between.

    transformers agrees but where a character that is replaced has a mark behind it, which it drops.
    """

    def __init__(self, name, **options):
        with tempfile.TemporaryDirectory() as folder:
            folder = pathlib.Path(folder)
            (folder / "rules.tsv").write_text("".join(f"{ord(a):x}\t{' '.join(f'{ord(c):x}' for c in b)}\n" for a, b in RULES.items()))
            lines = [line.strip() for line in corpus(random.Random(1))]
            sentencepiece.SentencePieceTrainer.train(
                sentence_iterator=iter(lines), model_prefix=str(folder / "tokenizer"), num_threads=1, minloglevel=2,
                **{k: str(folder / v) if k == "normalization_rule_tsv" else v for k, v in options.items()},
            )
            data = (folder / "tokenizer.model").read_bytes()
            (HERE / f"{name}.model").write_bytes(data)
            from transformers import TokenizersBackend

            self.tokenizer = TokenizersBackend.from_pretrained(folder)._tokenizer
            self.model = sentencepiece.SentencePieceProcessor(model_proto=data)

    def encode(self, text):
        ids = []
        for part in re.split("(" + "|".join(map(re.escape, sorted(SPECIAL, key=len, reverse=True))) + ")", text):
            ids += [self.model.piece_to_id(part)] if part in SPECIAL else self.model.encode(part)
        other = self.tokenizer.encode(text, add_special_tokens=False).ids
        assert ids == other or any(f"{c}{mark}" in text for c in RULES for mark in MARKS), (text, ids, other)
        return ids

    def decode(self, ids):
        return self.tokenizer.decode(ids, skip_special_tokens=False)


# A normalisation of our own: a character, and what it becomes.
RULES = {"ﬁ": "fi", "\u00a0": " ", "\u2003": " ", "①": "1", "½": "1/2", "ſ": "s", "Ａ": "A"}
MARKS = ["\u0301", "\u200d", "🏽"]
PIECES = {
    "pieces": dict(model_type="bpe", vocab_size=700, byte_fallback=True, normalization_rule_name="identity", remove_extra_whitespaces=False,
                   user_defined_symbols=["==", "[[soft]]", SPACE * 2], control_symbols=SPECIAL),
    "likely": dict(model_type="unigram", vocab_size=500, normalization_rule_tsv="rules.tsv", control_symbols=SPECIAL),
}


class Ranks:
    """tiktoken, with the special tokens behind the others."""

    def __init__(self, name):
        learnt = json.loads(train(pre=split(LLAMA3)).to_str())["model"]["vocab"]
        alphabet = {letter: byte for byte, letter in enumerate(letters())}
        tokens = [bytes(alphabet[c] for c in t) for t in sorted(learnt, key=learnt.get) if t not in SPECIAL]
        lines = [f"{base64.b64encode(t).decode()} {rank}\n" for rank, t in enumerate(tokens)]
        (HERE / f"{name}.tiktoken").write_text("".join(lines))
        special = {t: len(tokens) + i for i, t in enumerate(SPECIAL[:2])}
        added = {str(i): {"content": t, "special": True} for t, i in special.items()}
        (HERE / f"{name}.config.json").write_text(json.dumps({"added_tokens_decoder": added, "add_bos_token": True, "bos_token": "<|start|>"}) + "\n")
        ranks = {t: rank for rank, t in enumerate(tokens)}
        self.encoding = tiktoken.Encoding(name, pat_str=LLAMA3, mergeable_ranks=ranks, special_tokens=special)

    def encode(self, text):
        return self.encoding.encode(text, allowed_special="all")

    def decode(self, ids):
        return self.encoding.decode(ids)


class Tekken:
    """tiktoken as Mistral has it, with the special tokens before the others."""

    def __init__(self, name):
        inner = Ranks("ranks").encoding
        n = len(inner._mergeable_ranks)
        vocab = [{"rank": r, "token_bytes": base64.b64encode(t).decode(), "token_str": None} for t, r in inner._mergeable_ranks.items()]
        special = [{"rank": i, "token_str": t, "is_control": True} for i, t in enumerate(["<unk>", "<s>", "</s>", *SPECIAL[:2]])]
        config = {"pattern": TEKKEN, "num_vocab_tokens": n, "default_vocab_size": n + 5, "default_num_special_tokens": 10, "version": "v3"}
        (HERE / f"{name}.json").write_text(json.dumps({"config": config, "vocab": vocab, "special_tokens": special}) + "\n")
        self.names = [s["token_str"] for s in special] + [f"<SPECIAL_{i}>" for i in range(len(special), 10)]
        ranks = {t: r for t, r in inner._mergeable_ranks.items() if r < n - 5}
        self.first = len(ranks)
        self.encoding = tiktoken.Encoding(name, pat_str=TEKKEN, mergeable_ranks=ranks, special_tokens={t: self.first + i for i, t in enumerate(self.names)})

    def encode(self, text):
        return [i - self.first if i >= self.first else i + 10 for i in self.encoding.encode(text, allowed_special="all")]

    def decode(self, ids):
        return self.encoding.decode([i + self.first if i < 10 else i - 10 for i in ids])


def letters():
    """The letter of each byte in the byte-level alphabet."""
    printable = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    others = [b for b in range(256) if b not in printable]
    return [chr(b) if b in printable else chr(256 + others.index(b)) for b in range(256)]


def train(pre, ignore_merges=False, bos=False, normalizer=None, holes=False, unknown=None, fuse=False):
    tokenizer = Tokenizer(models.BPE(ignore_merges=ignore_merges, unk_token=unknown, fuse_unk=fuse))
    tokenizer.pre_tokenizer = pre
    if normalizer:
        tokenizer.normalizer = normalizer
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=560,
        special_tokens=SPECIAL,
        initial_alphabet=[] if holes else pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(corpus(random.Random(1)), trainer)
    tokenizer.add_tokens([AddedToken("[[soft]]", normalized=False), AddedToken("caf\u00e9|tok", normalized=True)])
    tokenizer.post_processor = bos_template(tokenizer) if bos else processors.ByteLevel(trim_offsets=False)
    return tokenizer


class HuggingFace:
    def __init__(self, name, tokenizer):
        path = HERE / f"{name}.json"
        tokenizer.save(str(path), pretty=False)
        self.tokenizer = Tokenizer.from_file(str(path))

    def encode(self, text):
        return self.tokenizer.encode(text, add_special_tokens=False).ids

    def decode(self, ids):
        return self.tokenizer.decode(ids, skip_special_tokens=False)


def tokenizers():
    for name, pipeline in PIPELINES.items():
        yield name, HuggingFace(name, train(**pipeline))
    for name, pipeline in SIGNS.items():
        yield name, HuggingFace(name, signs(**pipeline))
    yield "unigram", HuggingFace("unigram", unigram(False))
    yield "unigrambytes", HuggingFace("unigrambytes", unigram(True))
    for name, options in PIECES.items():
        yield name, Pieces(name, **options)
    yield "ranks", Ranks("ranks")
    yield "tekken", Tekken("tekken")


def main():
    HERE.mkdir(exist_ok=True)
    samples = texts(random.Random(2))
    (HERE / "texts.json").write_text(json.dumps(samples, indent=0) + "\n")
    for name, tokenizer in tokenizers():
        golden = []
        for text in samples:
            ids = tokenizer.encode(text)
            golden.append({"ids": ids})
            decoded = tokenizer.decode(ids)
            if decoded != text:
                golden[-1]["decoded"] = decoded
        lines = ",\n".join(json.dumps(g, separators=(",", ":")) for g in golden)
        (HERE / f"{name}.golden.json").write_text(f"[\n{lines}\n]\n")


if __name__ == "__main__":
    main()
