"""How fast images are read and batches made.

    python bench/data_loading.py [--data FOLDER] [--device cuda] [--json]

Three comparisons, each within one run, since absolute times mean little on a shared machine:

- decoding: the images of a folder of parquet files as a data set, against a bare loop over Pillow,
  both in processor time (one thread decodes small images);
- batches: drawing, normalising and augmenting a batch, against torch's DataLoader with the same
  augmentation image by image, and against one copy of the batch, which is the least that any loader
  can take;
- training: the share of a step of ordinary training that goes into its batch.

Where no `--data` is named, made-up images of the size of CIFAR-10 stand in, and nothing is decoded.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import platform
import re
import time
from collections.abc import Callable
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import DataLoader, RandomSampler
from torch.utils.data import Dataset as TorchDataset

import smashdsl
from smashdsl.training.augment import Augmentation, usual
from smashdsl.training.batches import Batches
from smashdsl.training.data import Dataset, Split, from_arrays, load_data
from smashdsl.training.divide import by
from smashdsl.training.optimise import descend, parameter_groups

SPECS = Path(__file__).parents[1] / "specs"
ROUNDS = 5


def seconds(work: Callable[[], object], repeats: int, device: torch.device) -> float:
    """The least mean time of one call over some rounds of `repeats` calls."""
    work()
    best = float("inf")
    for _ in range(ROUNDS):
        synchronize(device)
        start = time.perf_counter()
        for _ in range(repeats):
            work()
        synchronize(device)
        best = min(best, (time.perf_counter() - start) / repeats)
    return best


def synchronize(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize(device)


class Single(TorchDataset):  # type: ignore[type-arg]
    """Images one by one, each augmented by itself, as a plain loader would do it."""

    def __init__(self, split: Split, augmentation: Augmentation) -> None:
        self.images, self.labels, self.augmentation = split.images, split.labels, augmentation
        self.generator = torch.Generator().manual_seed(0)

    def __len__(self) -> int:
        return len(self.labels)

    def __getitem__(self, row: int) -> tuple[Tensor, Tensor]:
        image = self.augmentation(self.images[row : row + 1], self.generator)[0]
        return image, self.labels[row]


def loader_seconds(split: Split, augmentation: Augmentation, size: int, workers: int) -> float:
    """The time of a batch of torch's loader, without the start of its workers."""
    examples = Single(split, augmentation)
    sampler = RandomSampler(examples, replacement=True, num_samples=30 * size)
    batches = iter(DataLoader(examples, size, sampler=sampler, num_workers=workers))
    for _ in islice(batches, 2 + 2 * workers):
        pass
    start = time.perf_counter()
    count = sum(1 for _ in islice(batches, 20))
    return (time.perf_counter() - start) / count


def batches(data: Dataset, size: int, device: torch.device) -> dict[str, float]:
    """Seconds for one batch, by the way it is made."""
    augmentation, moved = usual(data), data.train.to(device)
    drawn = Batches(moved, size, seed=0)
    steps = iter(range(10**9))
    rows = torch.arange(min(size, len(moved)), device=device)
    images = drawn[0][0]
    generator = torch.Generator().manual_seed(0)
    target = torch.empty_like(images)

    def batch() -> Tensor:
        return augmentation(drawn[next(steps)][0], generator)

    found = {
        "drawn": seconds(lambda: drawn[next(steps)], 50, device),
        "drawn and augmented": seconds(batch, 50, device),
        "copy of floats": seconds(lambda: target.copy_(images), 50, device),
        "copy of bytes": seconds(lambda: moved.pixels.index_select(0, rows), 50, device),
    }
    for workers in (0, 2):
        label = f"DataLoader, {workers} workers"
        found[label] = loader_seconds(data.train, augmentation, size, workers)
    return found


def step_seconds(data: Dataset, size: int, device: torch.device) -> float:
    """One step of ordinary training of a small ResNet, without the making of its batch."""
    spec = "voxel_resnet.smash" if len(data.shape) == 4 else "resnet20.smash"
    text = re.sub(r"input [\dx]+", f"input {by(data.shape)}", (SPECS / spec).read_text())
    text = re.sub(r"classes \d+", f"classes {data.classes}", text)
    module = smashdsl.loads(text).module().to(device).train()
    optimizer = torch.optim.SGD(parameter_groups(module.parameters(), 0.01, 0), momentum=0.9)
    images, labels = Batches(data.train.to(device), size, seed=0)[0]

    def step() -> None:
        loss = torch.nn.functional.cross_entropy(module(images), labels)
        descend(loss, optimizer, 1.0, 0)

    return seconds(step, 2, device)


def decoding(path: str, limit: int | None) -> tuple[Dataset, dict[str, float]]:
    """A data set, and images a second: read, decoded and divided; and decoded only, by Pillow."""
    from PIL import Image
    from pyarrow import parquet

    start = time.process_time()
    data = load_data(path, limit=limit)
    taken = time.process_time() - start
    count = len(data.train) + len(data.validation)
    table = parquet.read_table(min(Path(path).rglob("train-*.parquet")))
    column = next(name for name in table.column_names if "label" not in name)
    values = table.column(column)[:count].to_pylist()
    if not isinstance(values[0], dict):
        return data, {"voxel grids": count, "as a data set, a second": count / taken}
    start = time.process_time()
    for value in values:
        np.asarray(Image.open(io.BytesIO(value["bytes"])))
    bare = time.process_time() - start
    return data, {
        "images": count,
        "as a data set, a second": count / taken,
        "by bare Pillow, a second": len(values) / bare,
        "ratio": (count / taken) / (len(values) / bare),
    }


def made_up() -> Dataset:
    generator = np.random.default_rng(0)
    images = generator.integers(0, 256, (10_000, 3, 32, 32)).astype(np.uint8)
    return from_arrays(images, np.arange(len(images)) % 10, name="made up")


def measured(options: argparse.Namespace) -> dict[str, Any]:
    device = torch.device(options.device)
    data, decoded = decoding(options.data, options.limit) if options.data else (made_up(), {})
    times = batches(data, options.batch_size, device)
    ours = times["drawn and augmented"]
    step = step_seconds(data, options.batch_size, device)
    return {
        "machine": {
            "python": platform.python_version(), "torch": torch.__version__,
            "threads": torch.get_num_threads(), "load": os.getloadavg()[0],
            "device": torch.cuda.get_device_name(device) if device.type == "cuda" else "cpu",
        },
        "data": data.name, "shape": data.shape, "batch": options.batch_size,
        "microseconds": {name: 1e6 * value for name, value in times.items()},
        "times a batch takes": {name: value / ours for name, value in times.items()},
        "share of a step": ours / (ours + step),
        "step, milliseconds": 1e3 * step,
        "decoding": decoded,
    }  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--data", help="a folder of parquet files with encoded images")
    parser.add_argument("--limit", type=int, help="images to read (all)")
    parser.add_argument("--batch-size", type=int, default=128)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    found = measured(options)
    if options.json:
        print(json.dumps(found, indent=2))
        return
    print(f"{found['data']} {found['shape']}, batches of {found['batch']}   {found['machine']}")
    for name, micro in found["microseconds"].items():
        ratio = found["times a batch takes"][name]
        print(f"  {name:24} {micro:10,.0f} us {ratio:8.2f}x")
    print(f"  a step of a small ResNet takes {found['step, milliseconds']:.0f} ms more: "
          f"{found['share of a step']:.2%} of it goes into the batch")  # fmt: skip
    for name, value in found["decoding"].items():
        print(f"  {name:30} {value:,.2f}")


if __name__ == "__main__":
    main()
