"""Make the optimiser goldens: what torch.optim does to a small float32 vector over 20 steps of given gradients.

    pip install torch==2.15.0
    python make.py            # writes golden.json beside this file

golden.json holds start [5], gradients [20][5] and cases, each with its settings and parameters [20][5] after each step.
Its numbers are float32, written with the digits that give them back exactly. The first element never has a gradient:
with eps 0, Adam's 0/0 is NaN in torch, so those cases leave that element out (first = 1). The last has gradients near
float32's rounding of eps, where sqrt(v) + eps differs from sqrt(v + eps).
"""

import json
import pathlib

import torch

STEPS, WIDTH = 20, 5
CASES = {
    "adam": dict(optimizer="adam", lr=0.01, beta1=0.9, beta2=0.999, eps=1e-8, weight_decay=0.0),
    "adam decay": dict(optimizer="adam", lr=0.01, beta1=0.9, beta2=0.999, eps=1e-8, weight_decay=0.1),
    "adam large eps": dict(optimizer="adam", lr=0.01, beta1=0.8, beta2=0.95, eps=1e-3, weight_decay=0.0),
    "adam eps 0": dict(optimizer="adam", lr=0.01, beta1=0.9, beta2=0.999, eps=0.0, weight_decay=0.0),
    "adamw": dict(optimizer="adamw", lr=0.01, beta1=0.9, beta2=0.999, eps=1e-8, weight_decay=0.0),
    "adamw decay": dict(optimizer="adamw", lr=0.05, beta1=0.9, beta2=0.95, eps=1e-6, weight_decay=0.1),
    "adamw eps 0": dict(optimizer="adamw", lr=0.01, beta1=0.9, beta2=0.999, eps=0.0, weight_decay=0.01),
    "sgd": dict(optimizer="sgd", lr=0.1, momentum=0.0, weight_decay=0.0),
    "sgd momentum": dict(optimizer="sgd", lr=0.1, momentum=0.9, weight_decay=0.0),
    "sgd momentum decay": dict(optimizer="sgd", lr=0.1, momentum=0.9, weight_decay=0.1),
}


def make_optimizer(c, weights):
    if c["optimizer"] == "sgd":
        return torch.optim.SGD(weights, lr=c["lr"], momentum=c["momentum"], weight_decay=c["weight_decay"])
    kind = {"adam": torch.optim.Adam, "adamw": torch.optim.AdamW}[c["optimizer"]]
    return kind(weights, lr=c["lr"], betas=(c["beta1"], c["beta2"]), eps=c["eps"], weight_decay=c["weight_decay"])


def run(c, start, gradients):
    """Parameters after each step, of the elements from c's first on."""
    first = c["first"]
    weight = torch.nn.Parameter(start[first:].clone())
    optimizer = make_optimizer(c, [weight])
    after = []
    for gradient in gradients:
        weight.grad = gradient[first:].clone()
        optimizer.step()
        after.append(weight.tolist())
    return after


def main():
    torch.set_num_threads(1)
    torch.manual_seed(5)
    start = torch.randn(WIDTH)
    gradients = torch.randn(STEPS, WIDTH) * torch.tensor([0.0, 1.0, 1e-2, 30.0, 1e-7])
    gradients[7, 1] = 0.0
    cases = []
    for name, settings in CASES.items():
        c = dict(name=name, first=1 if settings.get("eps") == 0 else 0) | settings
        cases.append(c | dict(parameters=run(c, start, gradients)))
    assert all(torch.tensor(c["parameters"]).isfinite().all() for c in cases)
    golden = dict(start=start.tolist(), gradients=gradients.tolist(), cases=cases)
    path = pathlib.Path(__file__).with_name("golden.json")
    path.write_text(json.dumps(golden, indent=1) + "\n")


if __name__ == "__main__":
    main()
