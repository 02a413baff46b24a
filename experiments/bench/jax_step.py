"""Time a hand-written, jitted JAX LoRA step on one CPU thread, at the shapes of peft_step.py: the strongest float32 peer.

Prints one line of JSON. Usage: jax_step.py {tiny,smollm2} STEPS
"""
import json
import os
import sys
import time

os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"
import jax
import jax.numpy as jnp

# width, hidden, layers, heads, key heads, vocabulary, batch, seq
SHAPES = {"tiny": (128, 384, 4, 4, 4, 256, 8, 64), "smollm2": (576, 1536, 30, 9, 3, 49152, 2, 128)}
D, F, L, H, KV, V, B, S = SHAPES[sys.argv[1]]
STEPS, R, HD = int(sys.argv[2]), 8, D // H
keys = iter(jax.random.split(jax.random.PRNGKey(0), 12))


def draw(*shape):
    return 0.02 * jax.random.normal(next(keys), shape)


frozen = dict(q=draw(L, D, D), k=draw(L, D, KV * HD), v=draw(L, D, KV * HD), o=draw(L, D, D),
              gate=draw(L, D, F), up=draw(L, D, F), down=draw(L, F, D))
embedding = draw(V, D)
lora = dict(qa=draw(L, D, R), qb=jnp.zeros((L, R, D)), va=draw(L, D, R), vb=jnp.zeros((L, R, KV * HD)))
tokens = jax.random.randint(next(keys), (B, S), 0, V)
angle = jnp.arange(S)[:, None] / (1e4 ** (jnp.arange(HD // 2) * 2 / HD))[None]
cos, sin = jnp.cos(angle)[None, :, None], jnp.sin(angle)[None, :, None]
causal = jnp.tril(jnp.ones((S, S), bool))


def norm(x):
    return x * jax.lax.rsqrt(jnp.mean(x * x, -1, keepdims=True) + 1e-5)


def rotate(x):
    a, b = x[..., : HD // 2], x[..., HD // 2:]
    return jnp.concatenate([a * cos - b * sin, b * cos + a * sin], -1)


def layer(h, weights):
    w, p = weights
    x = norm(h)
    q = rotate((x @ w["q"] + 2 * (x @ p["qa"]) @ p["qb"]).reshape(B, S, H, HD)).reshape(B, S, KV, H // KV, HD)
    k = rotate((x @ w["k"]).reshape(B, S, KV, HD))
    v = (x @ w["v"] + 2 * (x @ p["va"]) @ p["vb"]).reshape(B, S, KV, HD)
    scores = jnp.einsum("bsgmd,btgd->bgmst", q, k) / HD**0.5
    mixed = jnp.einsum("bgmst,btgd->bsgmd", jax.nn.softmax(jnp.where(causal, scores, -1e9), -1), v)
    h = h + mixed.reshape(B, S, D) @ w["o"]
    x = norm(h)
    return h + (jax.nn.silu(x @ w["gate"]) * (x @ w["up"])) @ w["down"], None


def loss(lora, frozen, embedding):
    h, _ = jax.lax.scan(layer, embedding[tokens], (frozen, lora))
    logp = jax.nn.log_softmax(norm(h)[:, :-1] @ embedding.T)
    return -jnp.mean(jnp.take_along_axis(logp, tokens[:, 1:, None], -1))


@jax.jit
def step(lora, m, v, i, frozen, embedding):
    value, g = jax.value_and_grad(loss)(lora, frozen, embedding)
    m = jax.tree.map(lambda m, g: 0.9 * m + 0.1 * g, m, g)
    v = jax.tree.map(lambda v, g: 0.999 * v + 0.001 * g * g, v, g)
    lora = jax.tree.map(lambda p, m, v: p - 1e-3 * (m / (1 - 0.9**i)) / (jnp.sqrt(v / (1 - 0.999**i)) + 1e-8), lora, m, v)
    return lora, m, v, value


m = v = jax.tree.map(jnp.zeros_like, lora)
for i in range(2):
    lora, m, v, value = step(lora, m, v, i + 1.0, frozen, embedding)
value.block_until_ready()
began = time.perf_counter()
for i in range(STEPS):
    lora, m, v, value = step(lora, m, v, i + 3.0, frozen, embedding)
value.block_until_ready()
seconds = time.perf_counter() - began
print(json.dumps({"tokens_per_second": B * S * STEPS / seconds}))
