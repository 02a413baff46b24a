"""Records what Hugging Face's tokenizers puts around a text for a few
post-processors.

    pip install tokenizers==0.23.3
    python make_templates.py

writes templates.json: the post-processors, each with the ids of one text.
Deterministic.
"""

import json
import pathlib

from tokenizers import Tokenizer, processors

HERE = pathlib.Path(__file__).parent
TEXT = "12 <|end|>it's"
END, START = ("<|end|>", 0), ("<|start|>", 1)


def template(single, *tokens):
    return processors.TemplateProcessing(single=single, pair="$A $B", special_tokens=list(tokens))


PROCESSORS = {
    "none": None,
    "byte level": processors.ByteLevel(trim_offsets=True),
    "BOS": template("<|start|> $A", START),
    "EOS": template("$A <|end|>", END),
    "BOS and EOS": template("<|start|> $A <|end|>", START, END),
    "two before": template("<|start|> <|end|> $A", START, END),
    "a name for two tokens": processors.TemplateProcessing(
        single="[gMASK] $A", pair="$A $B", special_tokens=[{"id": "[gMASK]", "ids": [1, 2], "tokens": ["<|start|>", "<|start|>user"]}]
    ),
    "in a sequence": processors.Sequence([processors.ByteLevel(), template("<|start|> $A <|end|>", START, END)]),
}


def main():
    cases = []
    for name, processor in PROCESSORS.items():
        tokenizer = Tokenizer.from_file(str(HERE / "tokenizers" / "digits.json"))
        if processor is not None:
            tokenizer.post_processor = processor
        parts = json.loads(tokenizer.to_str())["post_processor"]
        cases.append({"name": name, "post_processor": parts, "text": TEXT, "ids": tokenizer.encode(TEXT).ids})
    (HERE / "templates.json").write_text(json.dumps(cases, indent=1) + "\n")


if __name__ == "__main__":
    main()
