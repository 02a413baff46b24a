"""Fine-tunes a language model with LoRA, by PyTorch and PEFT alone: an example to copy.

    pip install torch==2.15.0 transformers==5.24.0 peft==0.21.2
    python peft_train.py --model FOLDER --data rows.jsonl --r 8 --alpha 16 --lr 2e-4 --steps 100

The model is a folder or a name on the Hugging Face hub; rows are JSON lines of {"prompt", "completion"}, with the loss
on the completion, or of {"text"}. Options are named as sweep's parameters and mean the same ('sweep help params'), but
that --steps 0 only writes the adapter to start from, and --dtype auto is the model's own. Outside of sweep, metrics go
to the terminal and files to output/.
"""

import argparse
import json
import math
import os
import pathlib
import platform
import signal
import sys

import peft
import torch
import transformers
from torch.nn.utils.rnn import pad_sequence

OPTIONS = dict(
    model="", data="", data_eval="", eval_every=0, adapter="", seed=0, dtype="auto", seq=192, batch=8, accumulate=1,
    shuffle="true", r=8, alpha=16.0, scaling="alpha/r", targets='["q_proj", "v_proj"]', dropout=0.0, optimizer="adamw",
    lr=1e-3, weight_decay=0.0, clip=0.0, schedule="constant", warmup=0, steps=200, save_every=100,
)  # fmt: skip
NO_LOSS = -100  # label of a token that bears no loss
FOLDER = pathlib.Path(os.environ.get("SWEEP_DIR", "output"))
CHECKPOINT = FOLDER / "checkpoint.pt"


def read_rows(file, tokenizer, eos, seq):
    """Token ids and labels of each row, cut to seq tokens. A row of which nothing is to be learnt is left out."""
    rows, begin = [], [i for i in tokenizer("").input_ids if i != eos]
    lines = [json.loads(line) for line in open(file, encoding="utf-8") if line.strip()]
    for row in lines:
        prompt = begin + tokenizer(row.get("prompt", ""), add_special_tokens=False).input_ids
        learnt = row["completion"] if "prompt" in row else row["text"]
        learnt = tokenizer(learnt, add_special_tokens=False).input_ids + [eos]
        ids, labels = (prompt + learnt)[:seq], ([NO_LOSS] * len(prompt) + learnt)[:seq]
        if counted([(ids, labels)]):
            rows.append((ids, labels))
    print(f"{file}: {len(rows)} of {len(lines)} rows have tokens to learn, with seq = {seq}", flush=True)
    return rows


def ordered(rows, o):
    """The rows of all steps, one after the other: in file order, or in one that is drawn for each time through them."""
    size, draw = o.steps * o.batch * o.accumulate, torch.Generator().manual_seed(o.seed)
    shuffled = torch.cat([torch.randperm(len(rows), generator=draw) for _ in range(1 + size // len(rows))])
    places = {"true": shuffled.tolist(), "false": [i % len(rows) for i in range(size)]}[o.shuffle]
    return [rows[i] for i in places[:size]]


def counted(rows):
    return sum(label != NO_LOSS for _, labels in rows for label in labels[1:])


def summed_loss(model, rows):
    """The losses of the tokens that count, added up. Rows are padded behind their ends, where no token looks."""
    ids = pad_sequence([torch.tensor(ids) for ids, _ in rows], batch_first=True)
    labels = pad_sequence([torch.tensor(labels) for _, labels in rows], batch_first=True, padding_value=NO_LOSS)
    logits = model(input_ids=ids.to(model.device), use_cache=False).logits[:, :-1].float().flatten(0, 1)
    labels = labels[:, 1:].flatten().to(model.device)
    return torch.nn.functional.cross_entropy(logits, labels, ignore_index=NO_LOSS, reduction="sum")


@torch.no_grad()
def evaluate(model, rows, batch):
    model.eval()
    total = sum(summed_loss(model, rows[i : i + batch]).item() for i in range(0, len(rows), batch))
    model.train()
    return total / counted(rows)


def train_step(model, optimizer, rows, o):
    """Updates the factors. The loss is that before the update, the norm that of its gradient before clipping."""
    loss, total = 0.0, counted(rows)
    for i in range(0, len(rows), o.batch):
        part = summed_loss(model, rows[i : i + o.batch]) / total
        part.backward()
        loss += part.item()
    norm = torch.nn.utils.clip_grad_norm_(model.parameters(), o.clip or math.inf).item()
    optimizer.step()
    optimizer.zero_grad()
    return {"loss": loss, "grad_norm": norm}


def make_model(o):
    device = "cuda" if torch.cuda.is_available() else "mps" if torch.backends.mps.is_available() else "cpu"
    model = transformers.AutoModelForCausalLM.from_pretrained(o.model, dtype=o.dtype).to(device)
    targets = json.loads(o.targets) if o.targets.startswith('["') else o.targets  # "all-linear", or an expression
    rslora = {"alpha/r": False, "alpha/sqrt(r)": True}[o.scaling]
    lora = dict(r=o.r, lora_alpha=o.alpha, lora_dropout=o.dropout, use_rslora=rslora, target_modules=targets)
    torch.manual_seed(o.seed)
    model = peft.get_peft_model(model, peft.LoraConfig(**lora, task_type="CAUSAL_LM"))
    if o.adapter:
        load(model, peft.load_peft_weights(o.adapter, device="cpu"))
    return model.train()


def make_optimizer(model, o):
    kind = {"adamw": torch.optim.AdamW, "adam": torch.optim.Adam, "sgd": torch.optim.SGD}[o.optimizer]
    optimizer = kind([w for w in model.parameters() if w.requires_grad], lr=o.lr, weight_decay=o.weight_decay)
    course = "constant_with_warmup" if o.schedule == "constant" else o.schedule
    return optimizer, transformers.get_scheduler(course, optimizer, o.warmup, o.steps)


def load(model, factors):
    if absent := [name for name in peft.set_peft_model_state_dict(model, factors).missing_keys if "lora_" in name]:
        sys.exit(f"the adapter to start from has no {absent[0]}")


def save(step, model, optimizer, schedule):
    state = [step, peft.get_peft_model_state_dict(model), optimizer.state_dict(), schedule.state_dict()]
    torch.save(state, CHECKPOINT.with_suffix(".new"))
    CHECKPOINT.with_suffix(".new").replace(CHECKPOINT)


def resume(model, optimizer, schedule):
    """Takes up what an earlier attempt saved, and returns the step that it had reached."""
    if os.environ.get("SWEEP_RESUME") != "1" or not CHECKPOINT.exists():
        return 0
    step, factors, *states = torch.load(CHECKPOINT, map_location=model.device)
    load(model, factors)
    optimizer.load_state_dict(states[0])
    schedule.load_state_dict(states[1])
    return step


def log(**metrics):
    if "SWEEP_METRICS" not in os.environ:
        return print(json.dumps(metrics), flush=True)
    with open(os.environ["SWEEP_METRICS"], "a") as file:
        print(json.dumps(metrics), file=file)


def describe(model):
    """Says what trains in environment.txt, which sweep keeps with the run."""
    about = {"python": platform.python_version()} | {m.__name__: m.__version__ for m in (torch, transformers, peft)}
    about["device"] = torch.cuda.get_device_name() if torch.cuda.is_available() else model.device.type
    (FOLDER / "environment.txt").write_text("".join(f"{name} = {value}\n" for name, value in about.items()))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, default in OPTIONS.items():
        parser.add_argument("--" + name, type=type(default), default=default, required=name in ("model", "data"))
    o, stopped = parser.parse_args(), []
    signal.signal(signal.SIGTERM, lambda *_: stopped.append(True))
    FOLDER.mkdir(parents=True, exist_ok=True)
    model, tokenizer = make_model(o), transformers.AutoTokenizer.from_pretrained(o.model)
    describe(model)
    eos = model.config.eos_token_id if tokenizer.eos_token_id is None else tokenizer.eos_token_id
    rows = ordered(read_rows(o.data, tokenizer, eos, o.seq), o)
    held_out = read_rows(o.data_eval, tokenizer, eos, o.seq) if o.data_eval else []
    optimizer, schedule = make_optimizer(model, o)
    step, size = resume(model, optimizer, schedule), o.batch * o.accumulate
    tokens = sum(len(ids) for ids, _ in rows[: step * size])
    if held_out and step == 0:
        log(step=0, eval_loss=evaluate(model, held_out, o.batch))
    while step < o.steps:
        torch.manual_seed(o.seed * 1_000_003 + step)  # of dropout, which is the same after a resumption
        batch = rows[step * size : (step + 1) * size]
        tokens += sum(len(ids) for ids, _ in batch)
        metrics = train_step(model, optimizer, batch, o) | {"num_tokens": tokens}
        schedule.step()
        step += 1
        if held_out and (step == o.steps or o.eval_every and step % o.eval_every == 0):
            metrics["eval_loss"] = evaluate(model, held_out, o.batch)
        if torch.cuda.is_available():
            metrics["peak_memory_bytes"] = torch.cuda.max_memory_allocated()
        log(step=step, **metrics)
        if not math.isfinite(metrics["loss"]):
            return  # it diverged, as sweep sees from the metrics
        if stopped or o.save_every and step % o.save_every == 0:
            save(step, model, optimizer, schedule)
        if stopped:
            sys.exit(75)  # asks sweep to go on with this run later
    model.save_pretrained(FOLDER / "adapter")


if __name__ == "__main__":
    main()
