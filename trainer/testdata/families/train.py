"""Train with PEFT and transformers what the matrix of families trains (../../matrix_test.go), for comparison.

    pip install torch==2.15.0 transformers==5.24.0 peft==0.21.2 tokenizers==0.23.3
    SWEEP_PYTHON=venv/bin/python go test -tags peft -run LivePEFT ./trainer            # compares
    SWEEP_PYTHON=venv/bin/python go test -tags peft -run LivePEFT ./trainer -update    # writes golden.json

Go calls it as "train.py FOLDER" with a folder of cases, each a folder of its own: model/ (config.json and weights as
this trainer writes them), rows.jsonl, adapter/ unless all weights train, and case.json with the run's params and
"shards", the largest size of a file of weights: with it transformers first saves the model again, in the same
number format, as sharded/. Each case leaves result.json:

    logits      of each row of the first batch, before training and without the adapter: those after its last token but one
    losses      loss of step s, before its update: nats a counted token, the mean over the batch
    grad_norms  global L2 norm of the gradient at step s, before clipping
    norms       L2 norm of every trained tensor after the last step

and, with LoRA, the adapter as trained, in trained/. "train.py FOLDER exported" then leaves exported.json where a case
has exported/, an adapter that this trainer wrote, and merged/, the model with it merged: the losses of the rows of the
first batch, each alone, with the two. "train.py FOLDER rounded" trains again, with both factors of each product by a
frozen matrix rounded to bfloat16, forward and back, and leaves rounded.json in place of result.json, and the adapter
before each step s in step-s/.

Rows are padded on the right; a text gets what the tokenizer's
template puts before it and EOS behind it, a prompt bears no loss. Arithmetic is float32 on one thread with eager attention.
"""

import functools
import json
import pathlib
import sys
import traceback

import torch
from peft import PeftModel
from tokenizers import Tokenizer
from transformers import AutoModelForCausalLM

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "peft"))
from make import batch_at, load, make_schedule, write_json


def read_rows(folder, model):
    rows = [json.loads(line) for line in (folder / "rows.jsonl").read_text().splitlines()]
    if "input_ids" in rows[0]:
        return rows
    tokenizer = Tokenizer.from_file(str(folder / "model" / "tokenizer.json"))
    return [encode(row, tokenizer, model.config.eos_token_id) for row in rows]


def encode(row, tokenizer, eos):
    before = tokenizer.encode("").ids
    if "text" in row:
        ids = before + tokenizer.encode(row["text"], add_special_tokens=False).ids + [eos]
        return dict(input_ids=ids, labels=[-100] * len(before) + ids[len(before) :])
    prompt = before + tokenizer.encode(row["prompt"], add_special_tokens=False).ids
    completion = tokenizer.encode(row["completion"], add_special_tokens=False).ids + [eos]
    return dict(input_ids=prompt + completion, labels=[-100] * len(prompt) + completion)


def groups(model, p):
    """Of A, of B, of all else: LoRA+ has a learning rate for each."""
    parts = {"lora_A": [], "lora_B": [], "": []}
    for name, weight in model.named_parameters():
        if weight.requires_grad:
            parts[next(part for part in parts if part in name)].append(weight)
    rates = {"lora_A": p["lr_a"], "lora_B": p["lr_b"], "": p["lr"]}
    return [dict(params=weights, lr=rates[part]) for part, weights in parts.items() if weights]


def make_optimizer(p, params):
    if p["optimizer"] == "sgd":
        return torch.optim.SGD(params, momentum=p["momentum"], nesterov=p["nesterov"], weight_decay=p["weight_decay"])
    kind = dict(adamw=torch.optim.AdamW, adam=torch.optim.Adam)[p["optimizer"]]
    return kind(params, betas=(p["beta1"], p["beta2"]), eps=p["eps"], weight_decay=p["weight_decay"])


def backward(model, passes):
    """Adds up the gradients of a step's passes, as transformers' Trainer does: each is divided by the counted tokens of all."""
    counted = sum((batch["labels"][:, 1:] != -100).sum() for batch in passes)
    losses = [model(**batch, num_items_in_batch=counted).loss for batch in passes]
    for loss in losses:
        loss.backward()
    return sum(loss.item() for loss in losses)


class Rounded(torch.autograd.Function):
    """y = x W^T and dx = dy W of what is rounded to bfloat16, summed in float32."""

    @staticmethod
    def forward(ctx, x, weight):
        ctx.weight = rounded(weight)
        return torch.nn.functional.linear(rounded(x), ctx.weight)

    @staticmethod
    def backward(ctx, dy):
        return rounded(dy) @ ctx.weight, None


def rounded(x):
    return torch.where(x.abs() < 2**-55, 0, x.bfloat16().float())


def round_products(model):
    for module in model.modules():
        if isinstance(module, torch.nn.Linear) and not module.weight.requires_grad:
            assert module.bias is None
            module.forward = lambda x, weight=module.weight: Rounded.apply(x, weight)


def train(folder, rounds=False):
    case = json.loads((folder / "case.json").read_text())
    p, base = case["params"], folder / "model"
    if case["shards"]:
        AutoModelForCausalLM.from_pretrained(base, dtype="auto").save_pretrained(folder / "sharded", max_shard_size=case["shards"])
        base = folder / "sharded"
    model = load(base, torch.float32).train()
    rows = read_rows(folder, model)
    with torch.no_grad():
        logits = [model(input_ids=torch.tensor([row["input_ids"]])).logits[0, -2].tolist() for row in rows[: p["batch"]]]
    if p["method"] == "lora":
        model = PeftModel.from_pretrained(model, folder / "adapter", is_trainable=True, autocast_adapter_dtype=False)
    if rounds:
        round_products(model)
    optimizer = make_optimizer(p, groups(model, p))
    schedule = make_schedule(p, optimizer)
    trained = {n.replace(".default", ""): w for n, w in model.named_parameters() if w.requires_grad}
    losses, norms = [], []
    for step in range(p["steps"]):
        if rounds:
            model.save_pretrained(folder / f"step-{step}")
        loss = backward(model, [batch_at(rows, p, step * p["accumulate"] + i) for i in range(p["accumulate"])])
        norm = torch.nn.utils.get_total_norm([w.grad for w in trained.values()])
        if p["clip"] > 0:
            torch.nn.utils.clip_grads_with_norm_(list(trained.values()), p["clip"], norm)
        optimizer.step()
        schedule.step()
        optimizer.zero_grad()
        losses.append(loss)
        norms.append(norm.item())
    if p["method"] == "lora":
        model.save_pretrained(folder / "trained")
    final = {n.removeprefix("base_model.model."): w.double().norm().item() for n, w in trained.items()}
    write_json(folder / ("rounded.json" if rounds else "result.json"), dict(logits=logits, losses=losses, grad_norms=norms, norms=final))


def evaluate(folder):
    if not (folder / "exported").exists():
        return
    p = json.loads((folder / "case.json").read_text())["params"]
    base = load(folder / "model", torch.float32)
    rows = read_rows(folder, base)[: p["batch"]]
    adapted = PeftModel.from_pretrained(base, folder / "exported", autocast_adapter_dtype=False)
    out = dict(adapter=row_losses(adapted, rows), merged=row_losses(load(folder / "merged", torch.float32), rows))
    write_json(folder / "exported.json", out)


def row_losses(model, rows):
    with torch.no_grad():
        return [model.eval()(**{k: torch.tensor([row[k]]) for k in ("input_ids", "labels")}).loss.item() for row in rows]


def main():
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    kinds = {"": train, "exported": evaluate, "rounded": functools.partial(train, rounds=True)}
    what, failed = kinds["".join(sys.argv[2:])], 0
    for case in sorted(pathlib.Path(sys.argv[1]).glob("*/case.json")):
        try:
            what(case.parent)
        except Exception:  # the others are still of use
            print(case, traceback.format_exc())
            failed += 1
    sys.exit(failed)


if __name__ == "__main__":
    main()
