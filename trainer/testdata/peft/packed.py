"""Make the golden of packed rows and accumulated passes, as make.py makes the others.

    pip install torch==2.15.0 transformers==5.24.0 peft==0.21.2 safetensors==0.8.0 trl==1.16.0 datasets==5.2.0
    python packed.py          # writes the folder packed beside this file

TRL packs the rows to sequences by its strategy "bfd". Step s trains on sequences (s*batch*accumulate + i) mod their
number, i < batch*accumulate, in accumulate passes of batch sequences each. A sequence is one line of the batch, padded on
the right; the positions start over at each of its rows, a mask that is causal within a row and shut between rows is laid
over its attention, and the first token of a row counts for nothing. The loss of a pass is the sum over its counted tokens
by those of all passes of the step, as transformers' num_items_in_batch has it, and the gradients of the passes add up.
"""

import json
import shutil

import torch
from datasets import Dataset
from peft import PeftModel
from trl import pack_dataset

import make

CASE = dict(make.CASES["gqa-untied"], rows=23)
PARAMS = make.DEFAULTS | CASE["params"] | dict(batch=2, accumulate=3, packing=True, clip=0.0, steps=20)


def pack(rows, seq):
    ids = Dataset.from_dict({"input_ids": [[i] * len(r["input_ids"]) for i, r in enumerate(rows)]})
    return [list(dict.fromkeys(sequence)) for sequence in pack_dataset(ids, seq, "bfd")["input_ids"]]


def line(rows, longest, dtype):
    """One sequence: its tokens, labels, positions and additive mask, padded to longest."""
    ids, labels, positions = [], [], []
    open_ = torch.zeros(longest, longest, dtype=torch.bool)
    for r in rows:
        n, at = len(r["input_ids"]), len(ids)
        open_[at : at + n, at : at + n] = torch.ones(n, n, dtype=torch.bool).tril()
        ids += r["input_ids"]
        labels += [-100] + r["labels"][1:]
        positions += range(n)
    rest = longest - len(ids)
    for i in range(len(ids), longest):
        open_[i, i] = True  # padding sees itself, so that its softmax is a number
    mask = torch.zeros(longest, longest, dtype=dtype).masked_fill(~open_, torch.finfo(dtype).min)
    return ids + [0] * rest, labels + [-100] * rest, positions + [0] * rest, mask


def passes_at(rows, sequences, p, s, dtype):
    n = p["batch"] * p["accumulate"]
    picked = [[rows[i] for i in sequences[(s * n + k) % len(sequences)]] for k in range(n)]
    for first in range(0, n, p["batch"]):
        some = picked[first : first + p["batch"]]
        longest = max(sum(len(r["input_ids"]) for r in sequence) for sequence in some)
        ids, labels, positions, masks = zip(*(line(sequence, longest, dtype) for sequence in some))
        yield dict(
            input_ids=torch.tensor(ids), labels=torch.tensor(labels), position_ids=torch.tensor(positions),
            attention_mask=torch.stack(masks)[:, None],
        )  # fmt: skip


def train(folder, rows, sequences, p, dtype):
    model = PeftModel.from_pretrained(make.load(folder, dtype).train(), folder / p["adapter"], is_trainable=True, autocast_adapter_dtype=False)
    model = model.to(dtype)
    trained = {n.replace(".default", ""): w for n, w in model.named_parameters() if w.requires_grad}
    weights = list(trained.values())
    optimizer = make.make_optimizer(p, weights)
    schedule = make.make_schedule(p, optimizer)
    golden = dict(losses=[], grad_norms=[], counted=[], lr_factors=[], lrs=[])
    for s in range(p["steps"]):
        passes = list(passes_at(rows, sequences, p, s, dtype))
        counted = sum(int((b["labels"][:, 1:] != -100).sum()) for b in passes)
        loss = 0.0
        for b in passes:
            part = model(**b, num_items_in_batch=counted).loss
            part.backward()
            loss += part.item()
        norm = torch.nn.utils.get_total_norm([w.grad for w in weights])
        lr = schedule.get_last_lr()[0]
        for name, value in dict(losses=loss, grad_norms=norm.item(), counted=counted, lr_factors=lr / p["lr"], lrs=lr).items():
            golden[name].append(value)
        optimizer.step()
        schedule.step()
        optimizer.zero_grad()
    golden["final"] = {n: dict(norm=w.double().norm().item(), sum=w.double().sum().item()) for n, w in trained.items()}
    return golden


def main():
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    folder = make.HERE / "packed"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    case = CASE | dict(params=PARAMS)
    make.save_model(make.make_model(case), case, folder)
    make.save_adapter(case, folder)
    rows = make.make_rows(case)
    (folder / PARAMS["data"]).write_text("".join(json.dumps(r) + "\n" for r in rows))
    sequences = pack(rows, PARAMS["seq"])
    golden = train(folder, rows, sequences, PARAMS, torch.float32)
    make.check("packed", PARAMS, golden, train(folder, rows, sequences, PARAMS, torch.float64))
    make.write_json(folder / "golden.json", dict(params=PARAMS, sequences=sequences) | golden)


if __name__ == "__main__":
    main()
