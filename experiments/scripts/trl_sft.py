"""Fine-tunes a language model with LoRA by TRL's SFTTrainer: an example to copy, with sweep_callback.py beside it.

    pip install torch==2.15.0 transformers==5.24.0 peft==0.21.2 trl==1.16.0
    python trl_sft.py --model FOLDER --data rows.jsonl --r 8 --alpha 16 --learning_rate 2e-4 --output_dir output

The model is a folder or a name on the Hugging Face hub; rows are JSON lines of {"prompt", "completion"}, {"text"} or
{"messages"}. All that TRL's SFTConfig has is an option, too.
"""

import json
import os
import pathlib
import sys
from dataclasses import dataclass

import datasets
import peft
import torch
import transformers
import trl
from sweep_callback import SweepCallback


@dataclass
class Options:
    model: str
    data: str
    data_eval: str = ""  # rows whose loss is logged as eval_strategy and eval_steps say
    adapter: str = ""  # folder of an adapter to start from, of the same r and targets
    r: int = 8
    alpha: float = 16
    targets: str = '["q_proj", "v_proj"]'  # or all-linear, or an expression
    dropout: float = 0
    shuffle: bool = True  # false takes rows in file order
    dtype: str = "auto"  # of the frozen weights; auto is the model's own


def read(file):
    return datasets.load_dataset("json", data_files=file, split="train") if file else None


def read_tokenizer(o):
    tokenizer = transformers.AutoTokenizer.from_pretrained(o.model)
    if tokenizer.eos_token is None:  # which SFTTrainer puts behind each row
        eos = transformers.AutoConfig.from_pretrained(o.model).eos_token_id
        tokenizer.add_special_tokens({"eos_token": tokenizer.convert_ids_to_tokens(eos)})
    return tokenizer


def last_checkpoint(folder):
    """What an earlier attempt saved last, and whole; None for a new one."""
    if os.environ.get("SWEEP_RESUME") != "1":
        return None
    whole = [c for c in pathlib.Path(folder).glob("checkpoint-*") if (c / "trainer_state.json").exists()]
    return max(whole, key=lambda c: int(c.name.split("-")[1]), default=None)


def main():
    o, config = transformers.HfArgumentParser((Options, trl.SFTConfig)).parse_args_into_dataclasses()
    checkpoint = last_checkpoint(config.output_dir)
    config.eval_on_start = config.eval_on_start and checkpoint is None
    config.enable_jit_checkpoint = True  # saves on SIGTERM
    if not o.shuffle:
        config.train_sampling_strategy = "sequential"
    trainer = trl.SFTTrainer(
        model=transformers.AutoModelForCausalLM.from_pretrained(o.model, dtype=o.dtype),
        args=config,
        train_dataset=read(o.data),
        eval_dataset=read(o.data_eval),
        processing_class=read_tokenizer(o),
        peft_config=peft.LoraConfig(
            r=o.r, lora_alpha=o.alpha, lora_dropout=o.dropout, task_type="CAUSAL_LM",
            target_modules=json.loads(o.targets) if o.targets.startswith('["') else o.targets,
        ),
        callbacks=[SweepCallback()],
    )  # fmt: skip
    if o.adapter:
        peft.set_peft_model_state_dict(trainer.model, peft.load_peft_weights(o.adapter, device="cpu"))
    versions = {m.__name__: m.__version__ for m in (torch, transformers, peft, trl)}
    pathlib.Path(config.output_dir, "environment.txt").write_text("".join(f"{k} = {v}\n" for k, v in versions.items()))
    trainer.train(resume_from_checkpoint=checkpoint)
    if trainer.state.global_step < trainer.state.max_steps:
        sys.exit(75)  # stopped by SIGTERM: asks sweep to go on with this run later
    trainer.save_model()


if __name__ == "__main__":
    main()
