"""Records what gguf-py makes of blocks of every number format that is read.

    pip install gguf==0.19.0 numpy==2.4.6
    python make_blocks.py

writes blocks.json: for each format its number, the elements and the bytes of a
block, and blocks of random bytes and of edge cases, each with the SHA-256 of
what gguf.quants.dequantize returns, in little-endian float32 (its first 16
digits). With a number, such as

    python make_blocks.py 1000

it prints the same of so many random blocks a format. Deterministic.
"""

import base64
import hashlib
import json
import pathlib
import sys
import warnings

import gguf
import numpy as np

HERE = pathlib.Path(__file__).parent
# Where a block has half-precision numbers.
HALVES = {
    "F32": [], "F16": [0], "BF16": [], "Q4_0": [0], "Q4_1": [0, 2], "Q5_0": [0], "Q5_1": [0, 2], "Q8_0": [0],
    "Q2_K": [80, 82], "Q3_K": [108], "Q4_K": [0, 2], "Q5_K": [0, 2], "Q6_K": [208], "IQ4_NL": [0], "IQ4_XS": [0], "MXFP4": [],
}
# The values that these take in edge cases.
EDGES = {
    "largest": 0x7BFF, "most negative": 0xFBFF, "zero": 0x0000, "minus zero": 0x8000,
    "smallest subnormal": 0x0001, "negative subnormal": 0x83FF, "smallest normal": 0x0400,
}


def finite(block, kind):
    """Gives halves, and numbers of F32 and BF16, an exponent that stands for a number."""
    for at in [h + 1 for h in HALVES[kind]]:
        if block[at] & 0x7C == 0x7C:
            block[at] &= 0xBF
    if kind in ("F32", "BF16") and block[-1] & 0x7F == 0x7F:
        block[-1] &= 0xBF
    return block


def blocks(kind, size, count):
    random = np.random.default_rng(0)
    for _ in range(count):
        yield "random", finite(random.integers(0, 256, size, dtype=np.uint8), kind)
    for fill in (0, 255):
        yield f"bytes of {fill}", finite(np.full(size, fill, dtype=np.uint8), kind)
    for name, half in EDGES.items():
        block = random.integers(0, 256, size, dtype=np.uint8)
        for at in HALVES[kind]:
            block[at : at + 2] = [half & 255, half >> 8]
        if HALVES[kind]:
            yield name, block
    if kind == "MXFP4":
        for exponent in (0, 1, 2, 127, 254, 255):
            block = random.integers(0, 256, size, dtype=np.uint8)
            block[0] = exponent
            yield f"exponent {exponent}", block


def format_of(kind, count):
    number = gguf.GGMLQuantizationType[kind]
    elements, size = gguf.GGML_QUANT_SIZES[number]
    recorded = []
    for what, block in blocks(kind, size, count):
        values = gguf.quants.dequantize(block, number).astype("<f4")
        assert values.shape == (elements,)
        sum_ = hashlib.sha256(values.tobytes()).hexdigest()[:16]
        recorded.append({"what": what, "bytes": base64.b64encode(block.tobytes()).decode(), "sum": sum_})
    return {"number": number.value, "elements": elements, "bytes": size, "blocks": recorded}


def main():
    warnings.simplefilter("ignore")  # of an infinite number, which the largest exponent of MXFP4 gives
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 4
    text = json.dumps({kind: format_of(kind, count) for kind in HALVES}, indent=1) + "\n"
    if len(sys.argv) > 1:
        print(text)
    else:
        (HERE / "blocks.json").write_text(text)


if __name__ == "__main__":
    main()
