"""Make golden.json: what transformers' generate and PEFT say greedily after prompts, for models of ../peft.

    pip install torch==2.15.0 transformers==5.24.0 peft==0.21.2
    python make.py
    python make.py SmolLM2-135M-Instruct.Q4_1.gguf   # smollm2.json: the same of texts, by the model alone

Each entry has a case of ../peft, a prompt, the tokens that follow it by the model alone (base) and with the case's
adapter (adapter), and margin: the least distance of the highest logit from the next over all of them. Prompts with a
margin below LEAST, where equal tokens would be a matter of luck, are drawn anew. Arithmetic is float32 on one thread with eager attention.
"""

import json
import pathlib
import random
import sys

import torch
from peft import PeftModel
from transformers import AutoModelForCausalLM, AutoTokenizer

HERE = pathlib.Path(__file__).parent
TOKENS = 24
LEAST = 5e-3


def complete(model, prompt):
    out = model.generate(
        torch.tensor([prompt]), attention_mask=torch.ones(1, len(prompt), dtype=torch.long), do_sample=False,
        max_new_tokens=TOKENS, eos_token_id=None, pad_token_id=0, return_dict_in_generate=True, output_logits=True,
    )  # fmt: skip
    top = [step[0].topk(2).values for step in out.logits]
    return out.sequences[0, len(prompt) :].tolist(), min(float(t[0] - t[1]) for t in top)


def texts(file):
    """What a GGUF file's model says after some texts."""
    file = pathlib.Path(file)
    model = AutoModelForCausalLM.from_pretrained(file.parent, gguf_file=file.name, dtype=torch.float32, attn_implementation="eager")
    tokenizer, golden = AutoTokenizer.from_pretrained(file.parent, gguf_file=file.name), []
    for prompt in ["The capital of France is", "def fibonacci(n):\n", "Once upon a time, in a village by the sea,"]:
        ids = tokenizer(prompt, add_special_tokens=False).input_ids
        said, margin = complete(model.eval(), ids)
        golden.append(dict(prompt=prompt, ids=ids, said=said, text=tokenizer.decode(said), margin=margin))
        print(golden[-1])
    (HERE / "smollm2.json").write_text(json.dumps(golden, indent=1) + "\n")


def main():
    if len(sys.argv) > 1:
        return texts(sys.argv[1])
    torch.set_num_threads(1)
    rng, golden = random.Random(1), []
    for case in ["gqa-untied", "tied-llama3"]:
        folder = HERE.parent / "peft" / case
        read = lambda: AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32, attn_implementation="eager")
        base, adapted = read().eval(), PeftModel.from_pretrained(read(), folder / "adapter").eval()
        for length in [1, 9, 30]:
            margin = 0
            while margin < LEAST:
                prompt = [rng.randrange(base.config.vocab_size) for _ in range(length)]
                (alone, first), (with_adapter, second) = complete(base, prompt), complete(adapted, prompt)
                margin = min(first, second)
            golden.append(dict(case=case, prompt=prompt, base=alone, adapter=with_adapter, margin=margin))
    lines = ",\n".join("  " + json.dumps(g) for g in golden)
    (HERE / "golden.json").write_text("[\n" + lines + "\n]\n")


main()
