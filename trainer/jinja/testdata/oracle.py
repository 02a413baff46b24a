"""What transformers 5.24.0 makes of chat templates, one JSON line for each template and conversation.

    python oracle.py FOLDER > rendered.jsonl

FOLDER holds files named *.jinja. Needs transformers 5.24.0 and jinja2 3.1.6. The date is fixed, as in the program.
"""

import datetime
import json
import pathlib
import sys

from transformers.utils import chat_template_utils

from conversations import CASES


class Fixed(datetime.datetime):
    @classmethod
    def now(cls, tz=None):
        return cls(2024, 7, 26)


chat_template_utils.datetime = Fixed
TOKENS = {"bos_token": "<s>", "eos_token": "</s>", "pad_token": "<pad>"}


def prepared(messages):
    """What apply_chat_template does to messages before a template sees them."""
    return chat_template_utils._alias_reasoning_fields(chat_template_utils._normalize_chat_messages(messages))


def render(template, case, **options):
    case = dict(case)
    messages = chat_template_utils._normalize_chat_messages(case.pop("messages"))
    try:
        text, spans = chat_template_utils.render_jinja_template(
            [messages], chat_template=template, return_assistant_tokens_mask=True, **TOKENS, **case, **options
        )
        return {"text": text[0], "spans": spans[0]}
    except Exception as e:
        return {"error": f"{type(e).__name__}: {e}"}


def main():
    for file in sorted(pathlib.Path(sys.argv[1]).glob("*.jinja")):
        template = file.read_text(encoding="utf-8")
        print(json.dumps({"template": file.name, "source": template}))
        for name, case in CASES.items():
            given = {**case, "messages": prepared(case["messages"])}
            for prompt in (False, True):
                line = {"template": file.name, "case": name, "add_generation_prompt": prompt, "given": given}
                print(json.dumps({**line, **render(template, case, add_generation_prompt=prompt)}))


if __name__ == "__main__":
    main()
