"""Checkpoints: one safetensors file whose metadata hold the facts as JSON.

Tensors and facts are in one file, so a checkpoint is always of one moment. Nothing in it can run
code when it is read.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from smashdsl.files import fail, read_bytes, write_atomic

FORMAT = "smashdsl.checkpoint/1"


def save(path: str | Path, tensors: Mapping[str, Tensor], facts: Mapping[str, Any]) -> None:
    """Write a checkpoint, whole or not at all.

    Raises:
        SmashError: E920 to E922, when it cannot be written.
    """
    from safetensors.torch import save as encode

    plain = {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}
    metadata = {"format": FORMAT, "facts": json.dumps(facts, sort_keys=True)}
    write_atomic(path, encode(plain, metadata))


def load(path: str | Path, needs: Iterable[str] = ()) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """The tensors, on the CPU, and the facts of a checkpoint, which must have the keys `needs`.

    Raises:
        SmashError: E923 it cannot be read, E940 it is damaged or no checkpoint.
    """
    from safetensors import SafetensorError
    from safetensors.torch import load as decode

    content = read_bytes(path)
    try:
        tensors = decode(content)
        length = int.from_bytes(content[:8], "little")
        metadata = json.loads(content[8 : 8 + length])["__metadata__"]
        if metadata["format"] != FORMAT:
            raise ValueError(f"its format is {metadata['format']}")
        facts = dict(json.loads(metadata["facts"]))
        if missing := set(needs) - set(facts):
            raise ValueError(f"it lacks {', '.join(sorted(missing))}")
        return tensors, facts
    except (SafetensorError, ValueError, KeyError, TypeError) as error:
        raise fail("E940", f"`{path}` is no checkpoint that can be read: {error}",
                   "delete it to start again") from error  # fmt: skip


def require_same(path: str | Path, found: Mapping[str, Any], wanted: Mapping[str, Any]) -> None:
    """Refuse to go on from a checkpoint whose facts are not those of this run.

    Raises:
        SmashError: E941, with every key of `wanted` in which they differ.
    """
    shown = [
        f"{key} was {found.get(key)}, and now is {value}"
        for key, value in json.loads(json.dumps(wanted)).items()
        if found.get(key) != value
    ]
    if shown:
        raise fail("E941", f"`{path}` belongs to another run: " + "; ".join(shown),
                   "use another run directory, or the settings of that run")  # fmt: skip


def optimizer_tensors(optimizer: torch.optim.Optimizer) -> dict[str, Tensor]:
    """The state of an optimiser as named tensors (`optimizer.3.exp_avg`)."""
    state = optimizer.state_dict()["state"]
    return {
        f"optimizer.{index}.{name}": torch.as_tensor(value)
        for index, entries in state.items()
        for name, value in entries.items()
        if value is not None
    }


def restore(
    path: str | Path,
    tensors: Mapping[str, Tensor],
    module: torch.nn.Module,
    optimizer: torch.optim.Optimizer | None = None,
) -> None:
    """Give a module (tensors named `model.*`) and an optimiser their state back.

    Raises:
        SmashError: E940 tensors are missing, left over or of another shape.
    """
    model = {name[6:]: value for name, value in tensors.items() if name.startswith("model.")}
    state: dict[int, dict[str, Tensor]] = {}
    try:
        module.load_state_dict(model)
        if optimizer is None:
            return
        for name, value in tensors.items():
            if name.startswith("optimizer."):
                _, index, key = name.split(".", 2)
                state.setdefault(int(index), {})[key] = value
        groups = optimizer.state_dict()["param_groups"]
        optimizer.load_state_dict({"state": state, "param_groups": groups})
    except (RuntimeError, ValueError, KeyError) as error:
        raise fail("E940", f"`{path}` does not hold what it should: {error}",
                   "delete it to start again") from error  # fmt: skip


def model_tensors(module: torch.nn.Module) -> dict[str, Tensor]:
    """A module's parameters and buffers, named `model.*`."""
    return {f"model.{name}": tensor for name, tensor in module.state_dict().items()}


class Saver:
    """Saves now and then: at most once in `seconds`, and whenever it is told to."""

    def __init__(
        self,
        path: Path | None,
        seconds: float = 30.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._path, self._seconds, self._clock = path, seconds, clock
        self._last = clock()

    def __call__(
        self,
        module: torch.nn.Module,
        optimizer: torch.optim.Optimizer,
        facts: Callable[[], Mapping[str, Any]],
        *,
        now: bool = False,
    ) -> None:
        """Write module, optimiser and facts, if it is time or `now`."""
        if self._path is None or not (now or self._clock() - self._last >= self._seconds):
            return
        save(self._path, {**model_tensors(module), **optimizer_tensors(optimizer)}, facts())
        self._last = self._clock()
