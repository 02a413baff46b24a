"""Make the goldens of runs that transformers' Trainer trained: trainer_state.json, adapter_config.json, TensorBoard events.

    pip install torch==2.15.0 transformers==5.23.0 accelerate==1.15.0 peft==0.21.2 tensorboard==2.21.0
    python make_trainer.py

A random Llama of two narrow layers learns sequences that count upwards. trainer/ has 3 alphas x 4 lr x 2 seeds, the last
lr of which is too high; args/ has one run more with its arguments and its TensorBoard events; blown/ has two that blew up:
one to NaN, and one to a loss of ln(64) with gradients of exactly zero, since its norms overflowed.
"""

import json
import pathlib
import shutil
import tempfile

import peft
import torch
import transformers

HERE = pathlib.Path(__file__).parent
STEPS = 40


def rows(n, seed):
    g = torch.Generator().manual_seed(seed)
    starts = torch.randint(0, 64, (n,), generator=g)
    strides = torch.randint(1, 4, (n,), generator=g)
    ids = [[int(s + d * k) % 64 for k in range(24)] for s, d in zip(starts, strides)]
    return [{"input_ids": i, "labels": i} for i in ids]


def base():
    torch.manual_seed(1)
    config = transformers.LlamaConfig(
        vocab_size=64, hidden_size=32, intermediate_size=64, num_hidden_layers=2, num_attention_heads=2, num_key_value_heads=2, max_position_embeddings=64
    )
    return transformers.LlamaForCausalLM(config)


def train(out, alpha, lr, seed, **more):
    transformers.set_seed(seed)
    model = peft.get_peft_model(
        base(), peft.LoraConfig(r=8, lora_alpha=alpha, target_modules=["q_proj", "v_proj", "up_proj", "down_proj"], task_type="CAUSAL_LM")
    )
    args = transformers.TrainingArguments(
        output_dir=str(out), max_steps=STEPS, learning_rate=lr, seed=seed, per_device_train_batch_size=8, lr_scheduler_type="constant",
        logging_steps=5, eval_strategy="steps", eval_steps=10, save_strategy="steps", save_steps=20, save_total_limit=1, use_cpu=True, disable_tqdm=True,
        max_grad_norm=0, **more,
    )
    trainer = transformers.Trainer(
        model=model, args=args, train_dataset=rows(256, 2), eval_dataset=rows(64, 3), data_collator=transformers.default_data_collator
    )
    trainer.train()
    trainer.save_state()
    return args


def blow_up(folder):
    for name, more in (("flat", {"lr": 1e30}), ("nan", {"lr": 1e40})):
        train(folder / name, 16, seed=1, report_to=[], **more)
        keep = HERE / "blown" / name
        keep.mkdir(parents=True)
        shutil.copy(folder / name / "trainer_state.json", keep)


def main():
    torch.set_num_threads(1)
    for old in ("trainer", "args", "blown"):
        shutil.rmtree(HERE / old, ignore_errors=True)
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        for alpha in (4, 16, 64):
            for lr in ("3e-4", "3e-3", "3e-2", "3e-1"):
                for seed in (1, 2):
                    name = f"a{alpha}-lr{lr}-s{seed}"
                    train(folder / name, alpha, float(lr), seed, report_to=[])
                    keep = HERE / "trainer" / name / f"checkpoint-{STEPS}"
                    keep.mkdir(parents=True)
                    for file in ("trainer_state.json", "adapter_config.json"):
                        shutil.copy(folder / name / f"checkpoint-{STEPS}" / file, keep / file)
        args = train(folder / "args", 16, 3e-3, 1, report_to=["tensorboard"], gradient_accumulation_steps=2, eval_on_start=True, run_name="r")
        blow_up(folder)
        keep = HERE / "args"
        keep.mkdir()
        shutil.copy(folder / "args" / "trainer_state.json", keep)
        shutil.copy(folder / "args" / f"checkpoint-{STEPS}" / "adapter_config.json", keep)
        settings = json.loads(args.to_json_string())
        (keep / "training_args.json").write_text(json.dumps(settings, indent=1, sort_keys=True) + "\n")
        (events,) = folder.rglob("events.out.tfevents.*")
        shutil.copy(events, keep / "events.out.tfevents.1.host.1.0")


if __name__ == "__main__":
    main()
