"""Trains small tokenizers on made-up text, and records what Hugging Face's
tokenizers makes of a few hundred awkward strings.

    pip install tokenizers==0.23.3
    python make_tokenizers.py

writes tokenizers/texts.json, and for every pipeline tokenizers/NAME.json (the
tokenizer) and tokenizers/NAME.golden.json: one entry a text, its ids and, where
it differs from the text, what they decode to. Deterministic.
"""

import json
import pathlib
import random

from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

HERE = pathlib.Path(__file__).parent / "tokenizers"
LLAMA3 = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}"
    r"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
QWEN2 = LLAMA3.replace(r"\p{N}{1,3}", r"\p{N}")
SPECIAL = ["<|end|>", "<|start|>", "<|start|>user"]


def byte_level(**options):
    return pre_tokenizers.ByteLevel(**{"add_prefix_space": False, "use_regex": True, **options})


def split(pattern):
    return pre_tokenizers.Sequence([
        pre_tokenizers.Split(Regex(pattern), "isolated"),
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
}


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


def main():
    HERE.mkdir(exist_ok=True)
    samples = texts(random.Random(2))
    (HERE / "texts.json").write_text(json.dumps(samples, indent=0) + "\n")
    for name, pipeline in PIPELINES.items():
        path = HERE / f"{name}.json"
        train(**pipeline).save(str(path), pretty=False)
        tokenizer = Tokenizer.from_file(str(path))
        golden = []
        for text in samples:
            ids = tokenizer.encode(text, add_special_tokens=False).ids
            golden.append({"ids": ids})
            decoded = tokenizer.decode(ids, skip_special_tokens=False)
            if decoded != text:
                golden[-1]["decoded"] = decoded
        lines = ",\n".join(json.dumps(g, separators=(",", ":")) for g in golden)
        (HERE / f"{name}.golden.json").write_text(f"[\n{lines}\n]\n")


if __name__ == "__main__":
    main()
