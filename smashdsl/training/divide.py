"""A source → a data set: which rows are for what, and what all images must have in common."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np
import torch
from torch import Tensor

from smashdsl.files import fail
from smashdsl.training.examples import Scale, Split
from smashdsl.training.moments import moments
from smashdsl.training.progress import Progress
from smashdsl.training.sources.known import Known
from smashdsl.training.sources.source import Part, Pixels, Source
from smashdsl.training.splits import Rows, cut, sample

HELD_OUT = 0.2


def divided(source: Source, seed: int, validation: float, limit: int | None,
            progress: Progress) -> tuple[dict[str, Split], Scale]:  # fmt: skip
    """The splits of a source by role, and how they are normalised.

    The images of `train` and `validation` are read here, those of `test` when they are first used.

    Args:
        source: what it has no part for is held out from its training examples.
        seed: decides which examples are held out.
        validation: the share of each class that is held out for validation.
        limit: how many examples of each part to read at most.
        progress: is told about reading.

    Raises:
        SmashError: E933 to E936, E939, E954 about the images; E955 they are not of the known set.
    """
    chosen = _chosen(source, seed, validation, limit)
    known = source.known
    if known and len(source.names) != known.classes:
        raise _unlike(source.name, known, f"{len(source.names)} classes")
    pixels = _read_for_training(source, chosen, progress)
    train = pixels["train"]
    if known and train.shape[1:] != known.shape:
        raise _unlike(source.name, known, f"images of {by(train.shape[1:])}")
    scale = _scale(known, train)
    splits = {
        role: Split(torch.from_numpy(pixels[role]), _labels(*chosen[role]), scale)
        for role in ("train", "validation")
    }
    part, rows = chosen["test"]
    read = partial(_read_test, source.name, part, rows, splits["train"].shape, progress)
    splits["test"] = Split(read, _labels(part, rows), scale)
    return splits, scale


def by(shape: Sequence[int]) -> str:
    """A shape as people write it."""
    return "x".join(map(str, shape))


def _chosen(source: Source, seed: int, validation: float,
            limit: int | None) -> dict[str, tuple[Part, Rows]]:  # fmt: skip
    """For each role the part of the source that its examples are in, and their rows."""
    chosen = {
        role: (part, sample(part.labels, limit or len(part.labels), seed))
        for role, part in source.parts.items()
    }
    for role, (_, rows) in chosen.items():
        if not len(rows):
            raise fail("E936", f"`{source.name}` holds no examples for {role}")
    for role, fraction in (("test", HELD_OUT), ("validation", validation)):
        if role not in chosen:
            part, rows = chosen["train"]
            kept, held = cut(rows, part.labels[rows], fraction, seed, role, source.names)
            chosen["train"], chosen[role] = (part, kept), (part, held)
    return chosen


def _read_for_training(source: Source, chosen: dict[str, tuple[Part, Rows]],
                       progress: Progress) -> dict[str, Pixels]:  # fmt: skip
    (train, rows), (other, held) = chosen["train"], chosen["validation"]
    if train is not other:
        pixels = train.read(rows, progress)
        rest = other.read(held, progress)
        return {"train": pixels, "validation": _alike(rest, pixels.shape[1:], source.name,
                                                      "validation")}  # fmt: skip
    both = np.sort(np.concatenate([rows, held]))
    pixels = train.read(both, progress)
    return {"train": pixels[np.isin(both, rows)], "validation": pixels[np.isin(both, held)]}


def _read_test(name: str, part: Part, rows: Rows, shape: tuple[int, ...],
               progress: Progress) -> Tensor:  # fmt: skip
    return torch.from_numpy(_alike(part.read(rows, progress), shape, name, "test"))


def _alike(pixels: Pixels, shape: tuple[int, ...], name: str, role: str) -> Pixels:
    """Images in the shape of those for training: grey ones become coloured where those are."""
    if pixels.shape[1:] == shape:
        return pixels
    if pixels.shape[1] == 1 and pixels.shape[2:] == shape[1:]:
        return pixels[:, [0] * shape[0]]
    raise fail("E934", f"`{name}` has {by(shape)} images for training, but "
               f"{by(pixels.shape[1:])} for {role}")  # fmt: skip


def _labels(part: Part, rows: Rows) -> Tensor:
    return torch.from_numpy(part.labels[rows])


def _scale(known: Known | None, train: Pixels) -> Scale:
    if known is None or known.mean is None or known.std is None or train.dtype != np.uint8:
        return moments(train)
    return Scale(tuple(255 * m for m in known.mean), tuple(255 * s for s in known.std))


def _unlike(name: str, known: Known, found: str) -> Exception:
    return fail("E955", f"`{name}` has {found}, but {known.name} has {known.classes} classes and "
                f"images of {by(known.shape)}",
                "leave out `as`, or name the data set it really is")  # fmt: skip
