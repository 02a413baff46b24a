"""What transformers 5.24.0 tokenises of conversations, and what the assistant says of it, one JSON line for each.

    PYTHONPATH=../../jinja/testdata python chat.py FOLDER... > chat.jsonl

Each FOLDER holds a tokenizer.json and a tokenizer_config.json, with the chat template there or in chat_template.jinja.
The date is fixed, as in the program.
"""

import json
import os
import sys

from transformers import PreTrainedTokenizerFast

import oracle
from conversations import CASES


def main():
    for folder in sys.argv[1:]:
        tokenizer = PreTrainedTokenizerFast.from_pretrained(folder)
        for name, case in CASES.items():
            options = dict(case)
            messages = options.pop("messages")
            line = {"folder": os.path.abspath(folder), "case": name, "given": {"chat_template_kwargs": {}, **case}}
            if "enable_thinking" in case:
                line["given"]["chat_template_kwargs"] = {"enable_thinking": line["given"].pop("enable_thinking")}
            try:
                out = tokenizer.apply_chat_template(messages, return_assistant_tokens_mask=True, return_dict=True, **options)
                line |= {"ids": out["input_ids"], "mask": out["assistant_masks"]}
            except Exception as e:
                line["error"] = f"{type(e).__name__}: {e}"
            print(json.dumps(line))


if __name__ == "__main__":
    main()
