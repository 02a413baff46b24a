"""Train the 64 runs of sweep64.toml with PyTorch + PEFT in two processes. Prints the seconds as JSON."""
import itertools
import json
import time
from concurrent.futures import ProcessPoolExecutor

trainer = None


def begin():
    global trainer
    from peft_runs import Trainer

    trainer = Trainer()


def run(cell):
    return trainer.run(*cell)


if __name__ == "__main__":
    grid = list(itertools.product([2**i for i in range(8)], [1e-4 * 2**i for i in range(8)]))
    began = time.perf_counter()
    with ProcessPoolExecutor(2, initializer=begin) as pool:
        losses = list(pool.map(run, grid))
    print(json.dumps({"seconds": time.perf_counter() - began, "runs": len(losses), "best": min(losses)}))
