"""Make the PEFT goldens: small random Llama checkpoints, starting adapters, rows, and the curves PEFT trains on them.

    pip install torch==2.15.0 transformers==5.23.0 peft==0.21.2 safetensors==0.8.0
    python make.py            # writes the folders of CASES beside this file
    python make.py NAME...    # only these; padded, contradictory, patterns and regex were made with transformers==5.24.0

Each folder holds config.json and safetensors weights as transformers saves them, adapter/ as PEFT saves it,
rows.jsonl ({"input_ids", "labels"}, -100 = not counted) and golden.json:

    params      the run's settings; those of the adapter are in adapter/adapter_config.json where the case has a lora
    base_loss   loss of the first batch without the adapter
    losses      loss of step s = 0..steps-1, before its update: nats a counted token, the mean over the batch
    grad_norms  global L2 norm of the gradient at step s, before clipping
    counted     tokens that the loss of step s counts
    lr_factors  learning rate of step s over params.lr: s/max(1, warmup) while s < warmup, so 0 at the first step
                of a warm-up; then 1, (steps-s)/(steps-warmup), or (1+cos(pi (s-warmup)/(steps-warmup)))/2
    lrs         the learning rate of step s
    final       L2 norm and sum of every trained tensor after the last step

Step s trains on rows (s*batch + i) mod rows, i < batch, padded on the right to the longest, with an attention mask.
A label counts where it is the target of the token before it, so a row's first label never does. Gradients are clipped
by min(1, clip/(norm + 1e-6)). Weight decay applies to every trained tensor, norms and embeddings included.

Arithmetic is float32 on one thread with eager attention; every case is trained in float64 too, and refused if its
curve differs enough from that for a comparison within 1e-4 to be a matter of luck.
"""

import json
import math
import pathlib
import random
import shutil
import sys

import torch
from peft import LoraConfig, PeftModel, get_peft_model
from safetensors.torch import load_file, save_file
from transformers import AutoModelForCausalLM, LlamaConfig, LlamaForCausalLM
from transformers import get_constant_schedule, get_cosine_schedule_with_warmup, get_linear_schedule_with_warmup

HERE = pathlib.Path(__file__).parent
ATTENTION = ["q_proj", "k_proj", "v_proj", "o_proj"]
SEVEN = ATTENTION + ["gate_proj", "up_proj", "down_proj"]

DEFAULTS = dict(
    model=".", data="rows.jsonl", data_eval="", adapter="adapter", method="lora", scaling="alpha/r", init_std=0.0,
    momentum=0.0, beta1=0.9, beta2=0.999, eps=1e-8, weight_decay=0.0, clip=0.0, schedule="constant", warmup=0,
    steps=30, batch=4, seq=48, eval_every=0, holdout=0.0, shuffle=False, seed=0, dtype="float32",
)  # fmt: skip

CASES = {
    # Grouped queries, heads * head_dim = 64 != width = 48, an untied head, all seven projections, B not zero.
    "gqa-untied": dict(
        seed=1,
        rows=11,
        b_std=0.1,
        shape=dict(
            vocab_size=160, hidden_size=48, intermediate_size=96, num_hidden_layers=2, num_attention_heads=4,
            num_key_value_heads=2, head_dim=16, tie_word_embeddings=False, rms_norm_eps=1e-6,
            rope_parameters=dict(rope_type="default", rope_theta=10000.0),
        ),
        params=dict(targets=SEVEN, r=4, alpha=8.0, optimizer="adamw", lr=4e-3, weight_decay=0.01),
    ),
    # A tied head, llama3 frequencies with wavelengths in all three bands, rsLoRA, SGD, clipping, warm-up and cosine.
    "tied-llama3": dict(
        seed=2,
        rows=13,
        b_std=0.1,
        shape=dict(
            vocab_size=128, hidden_size=32, intermediate_size=80, num_hidden_layers=3, num_attention_heads=4,
            num_key_value_heads=1, head_dim=16, tie_word_embeddings=True, rms_norm_eps=1e-5,
            rope_parameters=dict(
                rope_type="llama3", rope_theta=100.0, factor=8.0, low_freq_factor=1.0, high_freq_factor=4.0,
                original_max_position_embeddings=64,
            ),
        ),
        params=dict(
            targets=ATTENTION + ["down_proj"], r=6, alpha=12.0, scaling="alpha/sqrt(r)", optimizer="sgd", lr=3e-3,
            momentum=0.9, clip=9.0, schedule="cosine", warmup=5, batch=3,
        ),
    ),
    # BF16 weights in shards, a config.json as transformers 4 wrote it, B zero, warm-up and linear decay.
    "qv-bf16": dict(
        seed=3,
        rows=10,
        b_std=0.0,
        shards="70KB",
        shape=dict(
            vocab_size=256, hidden_size=64, intermediate_size=112, num_hidden_layers=2, num_attention_heads=4,
            num_key_value_heads=4, head_dim=16, tie_word_embeddings=False, rms_norm_eps=1e-5,
            rope_parameters=dict(rope_type="default", rope_theta=50000.0),
        ),
        params=dict(
            targets=["q_proj", "v_proj"], r=8, alpha=16.0, optimizer="adamw", lr=1e-2, schedule="linear", warmup=4,
        ),
    ),
    # Names with layers and exclusions, ranks and alphas of some modules, by names and expressions, and rsLoRA.
    "patterns": dict(
        seed=7,
        rows=5,
        b_std=0.1,
        shape=dict(
            vocab_size=48, hidden_size=24, intermediate_size=40, num_hidden_layers=3, num_attention_heads=2,
            num_key_value_heads=1, head_dim=12, tie_word_embeddings=True, rms_norm_eps=1e-5,
            rope_parameters=dict(rope_type="default", rope_theta=10000.0),
        ),
        lora=dict(
            layers_to_transform=[0, 2], layers_pattern="layers", exclude_modules=["layers.2.mlp.up_proj"],
            rank_pattern={"v_proj": 2, r"layers\.0\.mlp\..*": 3}, alpha_pattern={"model.layers.2.self_attn.q_proj": 9.0},
        ),
        params=dict(
            targets=["q_proj", "v_proj", "up_proj", "down_proj"], r=4, alpha=5.0, scaling="alpha/sqrt(r)",
            optimizer="adamw", lr=3e-3,
        ),
    ),
    # An expression that looks ahead, and a table whose order decides: down_proj of layer 2 has alpha = 12.
    "regex": dict(
        seed=8,
        rows=5,
        b_std=0.1,
        shape=dict(
            vocab_size=48, hidden_size=24, intermediate_size=40, num_hidden_layers=3, num_attention_heads=2,
            num_key_value_heads=2, head_dim=12, tie_word_embeddings=True, rms_norm_eps=1e-5,
            rope_parameters=dict(rope_type="default", rope_theta=10000.0),
        ),
        lora=dict(
            rank_pattern={"q_proj": 2}, alpha_pattern={"absent": 3.0, "down_proj": 12.0, r"layers\.2\..*": 5.0}
        ),
        params=dict(
            targets=r".*layers\.(?!1\.)\d+\.(self_attn\.[qo]_proj|mlp\.down_proj)", r=4, alpha=8.0, optimizer="adamw",
            lr=3e-3,
        ),
    ),
    # Every weight trained: the tied embedding and the norms too.
    "full": dict(
        seed=4,
        rows=9,
        shape=dict(
            vocab_size=64, hidden_size=32, intermediate_size=64, num_hidden_layers=2, num_attention_heads=4,
            num_key_value_heads=2, head_dim=8, tie_word_embeddings=True, rms_norm_eps=1e-5,
            rope_parameters=dict(rope_type="default", rope_theta=10000.0),
        ),
        params=dict(
            method="full", adapter="", targets=[], r=1, alpha=1.0, optimizer="adamw", lr=2e-3, weight_decay=0.1,
            beta2=0.95, schedule="cosine", warmup=3,
        ),
    ),
    # A padding token among the rows: its embedding gets no gradient but the tied head's, and decays.
    "padded": dict(
        seed=5,
        rows=9,
        shape=dict(
            vocab_size=32, hidden_size=32, intermediate_size=64, num_hidden_layers=1, num_attention_heads=4,
            num_key_value_heads=2, head_dim=8, tie_word_embeddings=True, rms_norm_eps=1e-5, pad_token_id=7,
            rope_parameters=dict(rope_type="default", rope_theta=10000.0),
        ),
        params=dict(
            method="full", adapter="", targets=[], r=1, alpha=1.0, optimizer="adamw", lr=3e-3, weight_decay=0.1,
        ),
    ),
    # A config.json that ties the head though the weights hold another, names the padding token from behind, and says
    # rope_scaling beside another rope_parameters: transformers unties, counts, and lets rope_scaling hold.
    "contradictory": dict(
        seed=6,
        rows=9,
        shape=dict(
            vocab_size=32, hidden_size=32, intermediate_size=64, num_hidden_layers=1, num_attention_heads=4,
            num_key_value_heads=2, head_dim=8, tie_word_embeddings=False, rms_norm_eps=1e-5,
            rope_parameters=dict(rope_type="default", rope_theta=10000.0),
        ),
        config=dict(
            tie_word_embeddings=True, pad_token_id=-25, rope_theta=300.0, rope_scaling=dict(type="linear", factor=2.0)
        ),
        params=dict(
            method="full", adapter="", targets=[], r=1, alpha=1.0, optimizer="adamw", lr=3e-3, weight_decay=0.1,
        ),
    ),
}  # fmt: skip


def make_model(case):
    """A random model whose activations, losses and gradients are of order one."""
    torch.manual_seed(case["seed"])
    model = LlamaForCausalLM(LlamaConfig(**case["shape"], max_position_embeddings=128, bos_token_id=1, eos_token_id=2))
    tied = case["shape"]["tie_word_embeddings"]
    for name, p in model.named_parameters():
        if "norm" in name:
            p.data = 1 + 0.2 * torch.randn(p.shape)
        elif "embed" in name:
            p.data = torch.randn(p.shape) * (0.3 if tied else 1.0)
        else:
            sharp = 2.0 if "q_proj" in name or "k_proj" in name else 1.0  # attention that notices positions
            p.data = sharp * torch.randn(p.shape) / math.sqrt(p.shape[1])
    model.tie_weights()
    return model


def save_model(model, case, folder):
    if "shards" not in case:
        model.save_pretrained(folder)
    else:
        model.to(torch.bfloat16).save_pretrained(folder, max_shard_size=case["shards"])
        as_transformers_4(folder / "config.json")
    (folder / "generation_config.json").unlink(missing_ok=True)
    if "config" in case:
        path = folder / "config.json"
        write_json(path, json.loads(path.read_text()) | case["config"])


def as_transformers_4(path):
    """Write a config the old way: rope_theta and torch_dtype at the top, and tie_word_embeddings left to its default."""
    config = json.loads(path.read_text())
    config["rope_theta"] = config.pop("rope_parameters")["rope_theta"]
    config["rope_scaling"] = None
    config["torch_dtype"] = config.pop("dtype")
    del config["tie_word_embeddings"]
    config["transformers_version"] = "4.46.0"
    write_json(path, dict(sorted(config.items())))


def save_adapter(case, folder):
    """PEFT's own start (A kaiming uniform, B zero), B then drawn with b_std."""
    p = case["params"]
    torch.manual_seed(100 + case["seed"])
    rslora = p.get("scaling") == "alpha/sqrt(r)"
    config = LoraConfig(
        r=p["r"], lora_alpha=p["alpha"], target_modules=p["targets"], use_rslora=rslora, lora_dropout=0.0,
        **case.get("lora", {}),
    )  # fmt: skip
    model = get_peft_model(load(folder, torch.float32), config)
    for name, weight in model.named_parameters():
        if "lora_B" in name:
            weight.data = case["b_std"] * torch.randn(weight.shape)
    model.save_pretrained(folder / "adapter")
    (folder / "adapter" / "README.md").unlink()
    path = folder / "adapter" / "adapter_config.json"
    saved = json.loads(path.read_text())
    saved.update(base_model_name_or_path="..", target_modules=p["targets"])  # PEFT writes a path of this machine and a set
    if isinstance(saved["exclude_modules"], list):
        saved["exclude_modules"].sort()
    write_json(path, saved)
    weights = folder / "adapter" / "adapter_model.safetensors"
    save_file(dict(sorted(load_file(weights).items())), weights, metadata={"format": "pt"})


def make_rows(case):
    """Ragged arithmetic progressions modulo the vocabulary: a learnable task. The first tokens, and a few later, are not counted."""
    rng, vocab = random.Random(case["seed"]), case["shape"]["vocab_size"]
    rows = []
    for _ in range(case["rows"]):
        length, start, stride = rng.randrange(9, 41), rng.randrange(vocab), rng.randrange(1, 6)
        ids = [(start + stride * i) % vocab for i in range(length)]
        prompt = rng.randrange(0, length // 2)
        labels = [-100 if i < prompt or rng.random() < 0.1 else t for i, t in enumerate(ids)]
        rows.append(dict(input_ids=ids, labels=labels))
    return rows


def load(folder, dtype):
    return AutoModelForCausalLM.from_pretrained(folder, dtype=dtype, attn_implementation="eager")


def batch_at(rows, p, s):
    picked = [rows[(s * p["batch"] + i) % len(rows)] for i in range(p["batch"])]
    longest = max(len(r["input_ids"]) for r in picked)

    def padded(values, fill):
        return torch.tensor([v + [fill] * (longest - len(v)) for v in values])

    return dict(
        input_ids=padded([r["input_ids"] for r in picked], 0),
        labels=padded([r["labels"] for r in picked], -100),
        attention_mask=padded([[1] * len(r["input_ids"]) for r in picked], 0),
    )


def make_optimizer(p, weights):
    lr, decay = p["lr"], p["weight_decay"]
    if p["optimizer"] == "sgd":
        return torch.optim.SGD(weights, lr=lr, momentum=p["momentum"], weight_decay=decay)
    return torch.optim.AdamW(weights, lr=lr, betas=(p["beta1"], p["beta2"]), eps=p["eps"], weight_decay=decay)


def make_schedule(p, optimizer):
    if p["schedule"] == "constant":
        return get_constant_schedule(optimizer)
    make = {"linear": get_linear_schedule_with_warmup, "cosine": get_cosine_schedule_with_warmup}[p["schedule"]]
    return make(optimizer, num_warmup_steps=p["warmup"], num_training_steps=p["steps"])


def train(folder, rows, p, dtype):
    model = load(folder, dtype).train()
    with torch.no_grad():
        golden = dict(base_loss=model(**batch_at(rows, p, 0)).loss.item())
    if p["adapter"]:
        model = PeftModel.from_pretrained(model, folder / p["adapter"], is_trainable=True, autocast_adapter_dtype=False)
        model = model.to(dtype)
    trained = {n.replace(".default", ""): w for n, w in model.named_parameters() if w.requires_grad}
    weights = list(trained.values())
    optimizer = make_optimizer(p, weights)
    schedule = make_schedule(p, optimizer)
    golden.update(losses=[], grad_norms=[], counted=[], lr_factors=[], lrs=[])
    for s in range(p["steps"]):
        batch = batch_at(rows, p, s)
        loss = model(**batch).loss
        loss.backward()
        norm = torch.nn.utils.get_total_norm([w.grad for w in weights])
        if p["clip"] > 0:
            torch.nn.utils.clip_grads_with_norm_(weights, p["clip"], norm)
        lr = schedule.get_last_lr()[0]
        golden["losses"].append(loss.item())
        golden["grad_norms"].append(norm.item())
        golden["counted"].append(int((batch["labels"][:, 1:] != -100).sum()))
        golden["lr_factors"].append(lr / p["lr"])
        golden["lrs"].append(lr)
        optimizer.step()
        schedule.step()
        optimizer.zero_grad()
    golden["final"] = {n: dict(norm=w.double().norm().item(), sum=w.double().sum().item()) for n, w in trained.items()}
    return golden


def check(name, p, golden, exact):
    """A golden is worth comparing with when it learns, and when rounding does not decide it."""
    worst = {k: max(abs(a / b - 1) for a, b in zip(golden[k], exact[k])) for k in ("losses", "grad_norms")}
    clipped = sum(p["clip"] > 0 and n > p["clip"] for n in golden["grad_norms"])
    first, last = golden["losses"][0], sum(golden["losses"][-5:]) / 5
    print(f"{name}: loss {first:.3f} -> {last:.3f}, clipped {clipped} of {p['steps']}, off float64 by {worst}")
    assert all(map(math.isfinite, golden["losses"] + golden["grad_norms"])), name
    assert last < 0.8 * first, f"{name} does not learn"
    assert p["clip"] == 0 or clipped > p["steps"] / 2, f"{name} hardly clips"
    assert worst["losses"] < 1e-5 and worst["grad_norms"] < 1e-4, f"{name} is decided by rounding"


def write_json(path, value):
    path.write_text(json.dumps(value, indent=1) + "\n")


def main():
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    for name, case in CASES.items():
        if sys.argv[1:] and name not in sys.argv[1:]:
            continue
        folder, p = HERE / name, DEFAULTS | case["params"]
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        save_model(make_model(case), case, folder)
        if p["adapter"]:
            save_adapter(case, folder)
        rows = make_rows(case)
        (folder / p["data"]).write_text("".join(json.dumps(r) + "\n" for r in rows))
        golden = train(folder, rows, p, torch.float32)
        check(name, p, golden, train(folder, rows, p, torch.float64))
        if "lora" in case:
            p = {k: v for k, v in p.items() if k not in ("targets", "r", "alpha", "scaling")}
        write_json(folder / "golden.json", dict(params=p) | golden)


if __name__ == "__main__":
    main()
