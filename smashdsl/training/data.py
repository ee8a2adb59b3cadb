"""Data sets in memory: three splits of images with labels.

Takes what `--data` says, or arrays; gives images that are ready for training. The splits and the
normalisation depend on the seed alone, and test images are not read before they are used.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from smashdsl.diagnostics.diagnostic import Diagnostic, SmashError
from smashdsl.plan import Plan
from smashdsl.training.divide import HELD_OUT, divided
from smashdsl.training.examples import Device, Split
from smashdsl.training.progress import Progress, Silent
from smashdsl.training.sources.arrays import (
    CHANNELS,
    Channels,
    as_labels,
    as_pixels,
    require_images,
)
from smashdsl.training.sources.known import by
from smashdsl.training.sources.labels import numbered
from smashdsl.training.sources.source import Part, Source
from smashdsl.training.sources.spec import open_source

__all__ = ["HELD_OUT", "Dataset", "Split", "from_arrays", "load_data", "require_match"]

Arrays = tuple[npt.ArrayLike, npt.ArrayLike]


@dataclass(frozen=True, eq=False)
class Dataset:
    """Images for training, for choosing and for the last word.

    The images of `test` are read when they are first used. `mean` and `std` per channel, by which
    all splits are normalised, are those of the training pixels (0 to 255; digits 0 to 16), or for a
    known set the published ones.
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
        return self.train.shape

    @property
    def classes(self) -> int:
        return len(self.class_names)

    def to(self, device: Device) -> Dataset:
        """The same data on another device."""
        parts = {role: getattr(self, role).to(device) for role in ("train", "validation", "test")}
        return dataclasses.replace(self, **parts)

    def facts(self) -> dict[str, object]:
        """What a run records about its data, as plain data; no test image is read for it."""
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
        spec: `digits`, the name of a known set, `hub:OWNER/SET`, or the path of a parquet file, of
            an .npz archive, or of a folder of parquet files or of images, with options as in
            `PATH?label=fine_label` (see docs/data.md).
        seed: decides which examples are held out.
        validation: the share of each class's training examples that is held out for choosing,
            unless the spec says another (`PATH?validation=0.1`); a set that has files for
            validation and for test keeps its own.
        limit: read at most so many rows of each part, evenly over the classes.
        progress: is told about reading and decoding.

    Raises:
        SmashError: E930 to E939 and E950 to E956, about what is wrong with the data.
        ValueError: `validation` is not between 0 and 1, or `limit` not positive.

    >>> load_data("digits").shape
    (1, 8, 8)
    """
    _require_sizes(validation, limit)
    told = progress or Silent()
    source = open_source(spec, told)
    return _dataset(source, seed, source.validation or validation, limit, told)


def from_arrays(
    images: npt.ArrayLike,
    labels: npt.ArrayLike,
    *,
    validation_set: Arrays | None = None,
    test_set: Arrays | None = None,
    class_names: Sequence[str] | None = None,
    channels: Channels = "auto",
    name: str = "arrays",
    seed: int = 0,
    validation: float = HELD_OUT,
    limit: int | None = None,
) -> Dataset:
    """A data set of arrays (NumPy's, or tensors on the CPU), which are divided like any other.

    Args:
        images: `(n, height, width)` or `(n, channels, *spatial)`, numbers without NaN; whole ones
            from 0 to 255 are kept as bytes.
        labels: whole numbers `(n,)` from 0.
        validation_set: images and labels for choosing, instead of a share of the training ones.
        test_set: images and labels for the last word, likewise.
        class_names: the classes' names; without them they are called by their numbers.
        channels: where the images' channels are: `first`, `last` or, for grey ones, `none`; need
            not be said where the shape tells.
        name: what results call the data.
        seed: decides which examples are held out.
        validation: the share of each class's training examples that is held out for choosing.
        limit: use at most so many rows of each part, evenly over the classes.

    Raises:
        SmashError: E934 to E936, E939, E953 and E954, about what is wrong with the arrays.
        ValueError: another argument is out of range.

    >>> from_arrays(np.zeros((20, 8, 8)), np.arange(20) % 2).facts()["train"]
    12
    """
    _require_sizes(validation, limit)
    if channels not in CHANNELS:
        raise ValueError(f"channels must be one of {', '.join(CHANNELS)}, not {channels!r}")
    given = {"train": (images, labels), "validation": validation_set, "test": test_set}
    names = tuple(class_names) if class_names is not None else None
    parts = {
        role: _part(role, *arrays, channels, names) for role, arrays in given.items() if arrays
    }
    names = names or numbered(part.labels for part in parts.values())
    return _dataset(Source(name, parts, names), seed, validation, limit, Silent())


def _part(role: str, images: npt.ArrayLike, labels: npt.ArrayLike, channels: str,
          names: Sequence[str] | None) -> Part:  # fmt: skip
    array: npt.NDArray[Any] = np.asarray(images)
    place = f"the array of {role} images"
    require_images(array.shape, array.dtype, channels, place)
    pixels = as_pixels(array, channels, place)
    checked = as_labels(np.asarray(labels), len(pixels), names, f"the array of {role} labels")
    return Part(checked, lambda rows, _: pixels[rows])


def _require_sizes(validation: float, limit: int | None) -> None:
    if not 0 < validation < 1:
        raise ValueError(f"validation must lie between 0 and 1, not {validation}")
    if limit is not None and limit < 1:
        raise ValueError(f"limit must be at least 1, not {limit}")


def _dataset(source: Source, seed: int, validation: float, limit: int | None,
             progress: Progress) -> Dataset:  # fmt: skip
    splits, scale = divided(source, seed, validation, limit, progress)
    name = source.known.name if source.known else source.name
    return Dataset(name, splits["train"], splits["validation"], splits["test"], source.names,
                   scale.mean, scale.std, seed)  # fmt: skip


def require_match(data: Dataset, plan: Plan) -> None:
    """Refuse data that a network cannot take.

    Raises:
        SmashError: E937, where the program was written, with both sides and what to write instead.
    """
    program = plan.program
    problems, helps = [], []
    if program.input != data.shape:
        problems.append(f"it takes {by(program.input)}, but the images are {by(data.shape)}")
        helps.append(f"write `input {by(data.shape)}`")
    if program.classes not in (None, data.classes):
        problems.append(f"it has {program.classes} classes, but the data have {data.classes}")
        helps.append(f"write `classes {data.classes}`")
    elif (out := plan.steps[plan.output].shape) != (data.classes,):
        problems.append(f"it ends in {by(out)} numbers, but the data have {data.classes} classes")
        helps.append("end its head with `global_avg_pool -> linear(classes)`")
    if problems:
        message = f"`{program.name}` does not fit the data set `{data.name}`: "
        raise SmashError(Diagnostic("E937", message + "; ".join(problems), program.span,
                                    helps=tuple(helps)))  # fmt: skip
