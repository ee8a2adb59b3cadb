"""Checkpoints: one safetensors file whose metadata hold the facts as JSON, and a checksum.

Tensors and facts are in one file, so a checkpoint is always of one moment. Nothing in it can run
code when it is read. Beside it lies the one before it, for when the newest turns out to be damaged.
"""

from __future__ import annotations

import json
import time
import zlib
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from smashdsl.diagnostics.diagnostic import SmashError
from smashdsl.files import fail, read_bytes, write_atomic

FORMAT = "smashdsl.checkpoint/2"
_SUM, _NO_SUM = b'"crc32":"', b"00000000"

Tensors = Mapping[str, Tensor]
Facts = Mapping[str, Any]
Tell = Callable[[str], None]


def previous(path: Path) -> Path:
    """Where the checkpoint before the newest is.

    >>> previous(Path("hypernet.safetensors")).name
    'hypernet.previous.safetensors'
    """
    return path.with_name(f"{path.stem}.previous{path.suffix}")


def save(path: Path, tensors: Tensors, facts: Facts) -> None:
    """Write a checkpoint, whole or not at all; the one that was there becomes the previous one.

    Raises:
        SmashError: E920 to E922, when it cannot be written.
    """
    from safetensors.torch import save as encode

    plain = {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}
    metadata = {"crc32": _NO_SUM.decode(), "format": FORMAT,
                "facts": json.dumps(facts, sort_keys=True)}  # fmt: skip
    content = bytearray(encode(plain, metadata))
    place = content.index(_SUM + _NO_SUM) + len(_SUM)
    content[place : place + 8] = b"%08x" % zlib.crc32(content)
    write_atomic(path, bytes(content), previous(path))


def exists(path: Path) -> bool:
    """Whether there is a checkpoint, or at least a previous one."""
    return path.exists() or previous(path).exists()


def load(path: Path, needs: Iterable[str] = (),
         tell: Tell | None = None) -> tuple[dict[str, Tensor], dict[str, Any]]:  # fmt: skip
    """The tensors, on the CPU, and the facts of a checkpoint, which must have the keys `needs`.

    Where the newest is missing or damaged the previous one is taken, and `tell` is told.

    Raises:
        SmashError: E923 it cannot be read, E940 it is damaged or no checkpoint.
    """
    try:
        return _load(path, needs)
    except SmashError as error:
        if tell is None or not previous(path).exists():
            raise
        try:
            found = _load(previous(path), needs)
        except SmashError:
            raise error from None
        tell(f"{error.diagnostics[0].message}; going on from `{previous(path)}`")
        return found


def _load(path: Path, needs: Iterable[str]) -> tuple[dict[str, Tensor], dict[str, Any]]:
    from safetensors import SafetensorError
    from safetensors.torch import load as decode

    content = read_bytes(path)
    try:
        length = int.from_bytes(content[:8], "little")
        metadata = json.loads(content[8 : 8 + length])["__metadata__"]
        if metadata["format"] != FORMAT:
            raise ValueError(f"its format is {metadata['format']}")
        blank = content.replace(_SUM + metadata["crc32"].encode(), _SUM + _NO_SUM, 1)
        if f"{zlib.crc32(blank):08x}" != metadata["crc32"]:
            raise ValueError("its checksum is wrong")
        tensors = decode(content)
        facts = dict(json.loads(metadata["facts"]))
        if missing := set(needs) - set(facts):
            raise ValueError(f"it lacks {', '.join(sorted(missing))}")
        return tensors, facts
    except (SafetensorError, ValueError, KeyError, TypeError, AttributeError,
            RecursionError) as error:  # fmt: skip
        raise fail("E940", f"`{path}` is no checkpoint that can be read: {error}",
                   "delete it to start again") from error  # fmt: skip


def require_same(path: Path, found: Facts, wanted: Facts) -> None:
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


def model_tensors(module: torch.nn.Module) -> dict[str, Tensor]:
    """A module's parameters and buffers, named `model.*`."""
    return {f"model.{name}": tensor for name, tensor in module.state_dict().items()}


def under(tensors: Tensors, prefix: str) -> dict[str, Tensor]:
    """Those tensors whose names start with a prefix, without it."""
    return {
        name.removeprefix(prefix): value
        for name, value in tensors.items()
        if name.startswith(prefix)
    }


def restore(
    path: Path,
    tensors: Tensors,
    module: torch.nn.Module,
    optimizer: torch.optim.Optimizer | None = None,
    prefix: str = "model.",
) -> None:
    """Give a module (tensors named `model.*`, or with another prefix) and an optimiser their state
    back.

    Raises:
        SmashError: E940 tensors are missing, left over or of another shape.
    """
    state: dict[int, dict[str, Tensor]] = {}
    try:
        module.load_state_dict(under(tensors, prefix))
        if optimizer is None:
            return
        for name, value in under(tensors, "optimizer.").items():
            index, key = name.split(".", 1)
            state.setdefault(int(index), {})[key] = value
        groups = optimizer.state_dict()["param_groups"]
        optimizer.load_state_dict({"state": state, "param_groups": groups})
    except (RuntimeError, ValueError, KeyError) as error:
        raise fail("E940", f"`{path}` does not hold what it should: {error}",
                   "delete it to start again") from error  # fmt: skip


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
        tensors: Callable[[], Tensors],
        facts: Callable[[], Facts],
        *,
        now: bool = False,
    ) -> None:
        """Write tensors and facts, if it is time or `now`."""
        if self._path is None or not (now or self._clock() - self._last >= self._seconds):
            return
        save(self._path, tensors(), facts())
        self._last = self._clock()
