"""Data sets in memory: three splits of normalised images with labels.

Takes `digits` or a path to parquet files; gives tensors that are ready for training. The splits and
the normalisation depend on the seed alone.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from smashdsl.diagnostics.diagnostic import Diagnostic, SmashError
from smashdsl.files import fail
from smashdsl.plan import Plan
from smashdsl.training.parquet import read_parquet
from smashdsl.training.progress import Progress, Silent
from smashdsl.training.raw import Raw, Sources, read_digits
from smashdsl.training.splits import cut, sample

HELD_OUT = 0.2


@dataclass(frozen=True, eq=False)
class Split:
    """`images` float32 `(n, channels, *spatial)`, normalised; `labels` int64 `(n,)`."""

    images: Tensor
    labels: Tensor

    def __len__(self) -> int:
        return len(self.labels)

    def to(self, device: torch.device | str) -> Split:
        return Split(self.images.to(device), self.labels.to(device))

    def first(self, count: int) -> Split:
        """At most `count` examples, spread evenly over the split."""
        if count >= len(self):
            return self
        rows = torch.arange(count) * len(self) // count
        return Split(self.images[rows], self.labels[rows])


@dataclass(frozen=True, eq=False)
class Dataset:
    """Images for training, for choosing and for the last word.

    `mean` and `std` per channel are those of the training pixels (0 to 255; digits 0 to 16) by
    which all splits were normalised.
    """

    name: str
    train: Split
    validation: Split
    test: Split
    class_names: tuple[str, ...]
    mean: tuple[float, ...]
    std: tuple[float, ...]
    seed: int

    @property
    def shape(self) -> tuple[int, ...]:
        """`(channels, *spatial)` of one image."""
        return tuple(self.train.images.shape[1:])

    @property
    def classes(self) -> int:
        return len(self.class_names)

    def to(self, device: torch.device | str) -> Dataset:
        """The same data on another device."""
        parts = {role: getattr(self, role).to(device) for role in ("train", "validation", "test")}
        return dataclasses.replace(self, **parts)

    def facts(self) -> dict[str, object]:
        """What a run records about its data, as plain data."""
        return {
            "name": self.name,
            "shape": list(self.shape),
            "classes": self.classes,
            "train": len(self.train),
            "validation": len(self.validation),
            "test": len(self.test),
            "mean": list(self.mean),
            "std": list(self.std),
            "seed": self.seed,
        }


def load_data(
    spec: str,
    *,
    seed: int = 0,
    validation: float = HELD_OUT,
    limit: int | None = None,
    progress: Progress | None = None,
) -> Dataset:
    """Load a data set and divide it.

    Args:
        spec: `digits`, or the path of a parquet file or of a folder of them.
        seed: decides which examples are held out.
        validation: the share of each class's training examples that is held out for choosing; a set
            that has files for validation and for test keeps its own.
        limit: read at most so many rows of each part, evenly over the classes.
        progress: is told about decoding.

    Raises:
        SmashError: E930 to E939, about what is wrong with the data.
        ValueError: `validation` is not between 0 and 1, or `limit` not positive.

    >>> load_data("digits").shape
    (1, 8, 8)
    """
    if not 0 < validation < 1:
        raise ValueError(f"validation must lie between 0 and 1, not {validation}")
    if limit is not None and limit < 1:
        raise ValueError(f"limit must be at least 1, not {limit}")
    if spec == "digits":
        return _divided("digits", _some(read_digits(), limit, seed), seed, validation)
    path = Path(spec)
    if not path.exists():
        raise fail(
            "E930",
            f"`{spec}` is neither `digits` nor a file or folder",
            "name a folder with `train-*.parquet`, or use the built-in `digits`",
        )
    sources = read_parquet(path, limit, seed, progress or Silent())
    return _divided(path.resolve().name, sources, seed, validation)


def require_match(data: Dataset, plan: Plan) -> None:
    """Refuse data that a network cannot take.

    Raises:
        SmashError: E937, where the program was written, with both sides and what to write instead.
    """
    program = plan.program
    problems, helps = [], []
    if program.input != data.shape:
        problems.append(f"it takes {_by(program.input)}, but the images are {_by(data.shape)}")
        helps.append(f"write `input {_by(data.shape)}`")
    if program.classes not in (None, data.classes):
        problems.append(f"it has {program.classes} classes, but the data have {data.classes}")
        helps.append(f"write `classes {data.classes}`")
    elif (out := plan.steps[plan.output].shape) != (data.classes,):
        problems.append(f"it ends in {_by(out)} numbers, but the data have {data.classes} classes")
        helps.append("end its head with `global_avg_pool -> linear(classes)`")
    if problems:
        message = f"`{program.name}` does not fit the data set `{data.name}`: "
        raise SmashError(Diagnostic("E937", message + "; ".join(problems), program.span,
                                    helps=tuple(helps)))  # fmt: skip


def _by(shape: Sequence[int]) -> str:
    return "x".join(map(str, shape))


def _some(sources: Sources, limit: int | None, seed: int) -> Sources:
    if limit is None:
        return sources
    chosen = {role: sample(raw.labels, limit, seed) for role, raw in sources.items()}
    return {
        role: Raw(raw.pixels[chosen[role]], raw.labels[chosen[role]], raw.names)
        for role, raw in sources.items()
    }


def _divided(name: str, sources: Sources, seed: int, validation: float) -> Dataset:
    train = sources["train"]
    rows = np.arange(len(train.labels), dtype=np.int64)
    held: dict[str, Raw] = {role: raw for role, raw in sources.items() if role != "train"}
    for role, fraction in (("test", HELD_OUT), ("validation", validation)):
        if role not in held:
            rows, out = cut(rows, train.labels[rows], fraction, seed, role, train.names)
            held[role] = Raw(train.pixels[out], train.labels[out], train.names)
    parts = {"train": Raw(train.pixels[rows], train.labels[rows], train.names), **held}
    for role, raw in held.items():
        if raw.pixels.shape[1:] != train.pixels.shape[1:]:
            ours, theirs = _by(train.pixels.shape[1:]), _by(raw.pixels.shape[1:])
            raise fail("E934", f"`{name}` has {ours} images for training, but {theirs} for {role}")
    mean, std = moments(parts["train"].pixels)
    tensors = {role: _normalised(raw, mean, std) for role, raw in parts.items()}
    return Dataset(name, tensors["train"], tensors["validation"], tensors["test"], train.names,
                   mean, std, seed)  # fmt: skip


def moments(pixels: npt.NDArray[np.uint8]) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Mean and standard deviation per channel; sums of whole numbers, so order cannot matter.

    A channel that never varies gets a deviation of 1.
    """
    axes = (0, *range(2, pixels.ndim))
    total = pixels.sum(axis=axes, dtype=np.int64)
    squares = sum(
        np.square(part, dtype=np.int64).sum(axis=axes)
        for part in np.array_split(pixels, -(-len(pixels) // 1024))
    )
    count = pixels.size // pixels.shape[1]
    mean = total / count
    std = np.sqrt(np.maximum(squares / count - mean**2, 0))
    return tuple(mean.tolist()), tuple(np.where(std > 0, std, 1.0).tolist())


def _normalised(raw: Raw, mean: tuple[float, ...], std: tuple[float, ...]) -> Split:
    view = (1, -1, *[1] * (raw.pixels.ndim - 2))
    images = torch.from_numpy(raw.pixels).float()
    images.sub_(torch.tensor(mean).view(view)).div_(torch.tensor(std).view(view))
    return Split(images, torch.from_numpy(raw.labels))
