"""Where to compute: what `--device` says → a device of torch."""

from __future__ import annotations

import re
from collections.abc import Callable

import torch
from torch import Tensor

from smashdsl.training.world import local_device

AUTO = "auto"
_NAME = re.compile(r"cpu|cuda(:(?P<number>\d{1,4}))?")


def find_device(name: str = AUTO) -> torch.device:
    """The device of a name: `auto`, `cpu`, `cuda` or `cuda:N`.

    `auto` is a GPU where there is one. Processes of one launcher that are not told a number each
    get the GPU that is meant for them.

    Raises:
        ValueError: there is no such device here.

    >>> find_device("cpu")
    device(type='cpu')
    """
    match = _NAME.fullmatch(name)
    if match is None and name != AUTO:
        raise ValueError(f"the device is auto, cpu, cuda or cuda:N, not {name!r}")
    there = torch.cuda.device_count() if torch.cuda.is_available() else 0
    if name == "cpu" or (name == AUTO and not there):
        return torch.device("cpu")
    if not there:
        raise ValueError(f"{name}: torch finds no GPU here")
    if match is None or match["number"] is None:
        return local_device() or torch.device("cuda", torch.cuda.current_device())
    if int(match["number"]) >= there:
        raise ValueError(f"{name}: there are {there} GPUs here, counted from 0")
    return torch.device(name)


def half_precision(device: torch.device | str) -> torch.dtype | None:
    """The type of automatic mixed precision: bfloat16 on GPUs, none elsewhere."""
    return torch.bfloat16 if torch.device(device).type == "cuda" else None


def mixed(network: Callable[[Tensor], Tensor], images: Tensor, half: torch.dtype | None) -> Tensor:
    """A network's output for images, in float32 where it ran in `half` precision."""
    with torch.autocast(images.device.type, half, enabled=half is not None):
        logits = network(images)
    return logits if half is None else logits.float()


def device_name(device: torch.device | str) -> str:
    """What results say about where they were computed: `cpu`, or `cuda (` the GPU's name `)`."""
    kind = torch.device(device).type
    return f"{kind} ({torch.cuda.get_device_name(device)})" if kind == "cuda" else kind
