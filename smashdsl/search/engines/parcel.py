"""A run as a parcel that goes to a worker, and what the worker makes of it: the run again.

Images go as arrays and all else as the files of a run's folder, which are read and checked there as
anywhere. Workers need neither the folder nor the data set on their machine.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from smashdsl.files import make_folder, read_bytes, write_atomic
from smashdsl.hypernet.oneshot import CHECKPOINT
from smashdsl.search.engines.engine import Parcel, Plain
from smashdsl.search.run import MANIFEST, Run, open_run
from smashdsl.search.texts import MAIN, USED
from smashdsl.training.checkpoint import previous
from smashdsl.training.data import Dataset, Split
from smashdsl.training.examples import Scale
from smashdsl.version import __version__

Layout = tuple[npt.NDArray[Any], tuple[int, ...], tuple[int, ...]]
ROLES = ("train", "validation", "test")


def packed(run: Run, data: Dataset, facts: Plain, *, weights: bool, test: bool = False) -> Parcel:
    """A run with its settings as they are now.

    Args:
        run: to send.
        data: of the run.
        facts: what else workers must know.
        weights: whether the trained HyperNet goes with it.
        test: whether test images do.

    Raises:
        SmashError: a file of the run cannot be read.
    """
    files = {MANIFEST: json.dumps(run.as_data()).encode()}
    newest = run.folder / CHECKPOINT
    kept = [path for path in (newest, previous(newest)) if weights and path.exists()]
    for path in (run.folder / MAIN, *sorted((run.folder / USED).glob("*")), *kept):
        files[path.relative_to(run.folder).as_posix()] = read_bytes(path)
    return Parcel({"version": __version__, **facts}, files, data, test)


def unpacked(files: Mapping[str, bytes], data: Dataset, folder: Path) -> Run:
    """The run of a parcel in a new folder, with its space already read."""
    for name, content in files.items():
        make_folder((folder / name).parent)
        write_atomic(folder / name, content)
    run = dataclasses.replace(open_run(folder), loaded=data)
    _ = run.space
    return run


def data_sent(data: Dataset, test: bool) -> dict[str, Any]:
    """Data as arrays and plain data, without test images unless these are needed."""
    roles = {role: _split_sent(getattr(data, role), test or role != "test") for role in ROLES}
    kept = ("name", "class_names", "mean", "std", "seed")
    return {**{name: getattr(data, name) for name in kept}, **roles}


def data_received(sent: Mapping[str, Any]) -> Dataset:
    """The data of which `data_sent` was made; test images that were not sent cannot be taken."""
    found: dict[str, Any] = {role: _split_received(sent[role]) for role in ROLES}
    return Dataset(**{**sent, **found})


def _split_sent(split: Split, pixels: bool) -> dict[str, Any]:
    scale = split.scale
    return {
        "pixels": _laid_out(split.pixels) if pixels else None,
        "labels": split.labels.cpu().numpy(),
        "scale": scale and (scale.mean, scale.std),
    }


def _split_received(sent: Mapping[str, Any]) -> Split:
    pixels, scale = sent["pixels"], sent["scale"]
    images = _not_sent if pixels is None else _put_back(*pixels)
    return Split(images, torch.from_numpy(np.array(sent["labels"])), scale and Scale(*scale))


def _laid_out(pixels: torch.Tensor) -> Layout:
    """Images as they lie in memory, with shape and strides: how PyTorch computes with them, and so
    the last bits of results, depend on these."""
    strides = torch.empty_like(pixels).stride()  # those of the images unless there are gaps
    lying = torch.empty_strided(pixels.shape, strides, dtype=pixels.dtype).copy_(pixels)
    return lying.as_strided((lying.numel(),), (1,)).numpy(), tuple(pixels.shape), strides


def _put_back(flat: npt.NDArray[Any], shape: tuple[int, ...],
              strides: tuple[int, ...]) -> torch.Tensor:  # fmt: skip
    return torch.from_numpy(np.array(flat)).as_strided(shape, strides)


def _not_sent() -> torch.Tensor:
    raise ValueError("the test images were not sent")
