"""Hold rendered templates to the schemas of axolotl and torchtune, in whose packages they are.

    pip install --no-deps --target FOLDER axolotl==0.19.0 torchtune==0.6.1 torchao==0.9.0 torchdata==0.11.0 \
        omegaconf==2.3.0 antlr4-python3-runtime==4.9.3
    SWEEP_PYTHON=venv/bin/python SWEEP_TEMPLATES=FOLDER go test ./cmd/sweep -run Templates

Go calls it as "check_templates.py FOLDER axolotl FILE" or "... torchtune FILE", by a Python with transformers and
accelerate. It fails with what the library says, and where the library reads no key of that name.
"""

import sys

import yaml


def check_axolotl(file):
    from axolotl.utils.schemas.config import AxolotlInputConfig

    given = yaml.safe_load(open(file))
    refuse_unknown(given, AxolotlInputConfig.model_fields)
    read = AxolotlInputConfig(**given)
    for key in ("learning_rate", "lora_alpha", "lora_r", "max_steps", "seed"):
        assert float(getattr(read, key)) == float(given[key]), key
    assert read.lora_target_modules == given["lora_target_modules"]
    prompt = read.datasets[0].type
    assert (prompt.format, prompt.field_output) == ("{instruction}", "completion"), prompt


def check_torchtune(file):
    from omegaconf import OmegaConf
    from torchtune import config

    given = OmegaConf.load(file)
    config.validate(given)
    recipe = OmegaConf.load(f"{sys.argv[1]}/recipes/configs/llama3_1/8B_lora_single_device.yaml")
    refuse_unknown(given, recipe)
    assert given.checkpointer.output_dir == given.output_dir
    assert isinstance(given.optimizer.lr, float)


def refuse_unknown(given, known):
    if unknown := sorted(set(given) - set(known)):
        sys.exit(f"nothing reads {', '.join(unknown)}")


sys.path.insert(0, sys.argv[1])
{"axolotl": check_axolotl, "torchtune": check_torchtune}[sys.argv[2]](sys.argv[3])
