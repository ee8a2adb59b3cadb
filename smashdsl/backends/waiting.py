"""Waiting for a device, without which times of a GPU are those of giving it work."""

from __future__ import annotations

from collections.abc import Callable

import torch


def waiter(device: torch.device | str) -> Callable[[], None]:
    """What waits until a device has done what it was told to do."""
    where = torch.device(device)
    if where.type == "cuda":
        return lambda: torch.cuda.synchronize(where)
    return lambda: None
