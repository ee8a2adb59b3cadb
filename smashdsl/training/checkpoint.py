"""Checkpoints: one safetensors file whose metadata hold the facts as JSON, and a checksum.

Tensors and facts are in one file, so a checkpoint is always of one moment. Nothing in it can run
code when it is read. Beside it lies the one before it, for when the newest turns out to be damaged.
"""

from __future__ import annotations

import json
import time
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from smashdsl.diagnostics.diagnostic import SmashError
from smashdsl.files import fail, read_bytes, sweep, write_atomic

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
    """Write a checkpoint, whole or not at all; the one that was there becomes the previous one,
    unless it is damaged.

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
    write_atomic(path, bytes(content), previous(path) if _is_whole(path) else None)


def _is_whole(path: Path) -> bool:
    try:
        _checked(path, read_bytes(path))
    except SmashError:
        return False
    return True


def exists(path: Path) -> bool:
    """Whether there is a checkpoint, or at least a previous one."""
    return path.exists() or previous(path).exists()


def load(path: Path, needs: Iterable[str] = (), tell: Tell | None = None,
         wanted: Facts | None = None) -> tuple[dict[str, Tensor], dict[str, Any]]:  # fmt: skip
    """The tensors, on the CPU, and the facts of a checkpoint.

    Where the newest is missing or damaged the previous one is taken, and `tell` is told.

    Args:
        path: of the newest.
        needs: keys that its facts must have.
        tell: None never takes the previous one.
        wanted: what its facts must be, see `require_same`.

    Raises:
        SmashError: E923 it cannot be read, E940 it is damaged or no checkpoint, E941 it is one of
            another run, E949 one of another version.
    """
    try:
        found = _load(path, needs)
    except SmashError as error:
        if tell is None or not previous(path).exists():
            raise
        try:
            found = _load(previous(path), needs)
        except SmashError:
            raise error from None
        require_same(previous(path), found[1], wanted or {})
        tell(f"{error.diagnostics[0].message}; going on from `{previous(path)}`")
        return found
    require_same(path, found[1], wanted or {})
    return found


def _load(path: Path, needs: Iterable[str]) -> tuple[dict[str, Tensor], dict[str, Any]]:
    from safetensors import SafetensorError
    from safetensors.torch import load as decode

    content = read_bytes(path)
    facts = _checked(path, content)
    if missing := set(needs) - set(facts):
        raise other_version(path, f"it lacks {_listed(missing)}")
    try:
        return decode(content), facts
    except (SafetensorError, ValueError) as error:
        raise _unreadable(path, error) from error


def _checked(path: Path, content: bytes) -> dict[str, Any]:
    """The facts of a checkpoint whose content is what was once written."""
    try:
        length = int.from_bytes(content[:8], "little")
        metadata = json.loads(content[8 : 8 + length])["__metadata__"]
        blank = content.replace(_SUM + metadata["crc32"].encode(), _SUM + _NO_SUM, 1)
        if f"{zlib.crc32(blank):08x}" != metadata["crc32"]:
            raise ValueError("its checksum is wrong")
        found, written = dict(json.loads(metadata["facts"])), metadata["format"]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise _unreadable(path, error) from error
    if written != FORMAT:
        raise other_version(path, f"its format is {written}")
    return found


def _unreadable(path: Path, error: Exception) -> SmashError:
    return fail("E940", f"`{path}` is no checkpoint that can be read: {error}",
                "delete it to start again")  # fmt: skip


def other_version(path: Path, how: str) -> SmashError:
    """E949, about a file that is whole but not as this version writes it."""
    return fail("E949", f"`{path}` was written by another version of smashdsl: {how}",
                "go on with the version that wrote it, or start again")  # fmt: skip


def settings_differ(path: Path, found: Iterable[str], known: Iterable[str]) -> SmashError:
    """E949, about a file with other settings than there are."""
    return other_version(path, f"settings differ: {_unlike(found, known)}")


def _unlike(found: Iterable[str], known: Iterable[str]) -> str:
    """How names that were found are not those that are known, in words; nothing if they are."""
    one, other = set(found), set(known)
    parts = (("it has", one - other), ("it lacks", other - one))
    return ", and ".join(f"{verb} {_listed(names)}" for verb, names in parts if names)


def _listed(names: Iterable[str], most: int = 3) -> str:
    shown = sorted(names)
    more = f" and {len(shown) - most} more" if len(shown) > most else ""
    return ", ".join(f"`{name}`" for name in shown[:most]) + more


def require_same(path: Path, found: Facts, wanted: Facts) -> None:
    """Refuse to go on from a checkpoint whose facts are not those of this run.

    Raises:
        SmashError: E941, with every key of `wanted` in which they differ; E949, its settings are
            not those that there are.
    """
    here = json.loads(json.dumps(wanted))
    names = [set(_names(facts.get("settings"))) for facts in (found, here)]
    if "settings" in here and names[0] != names[1]:
        raise settings_differ(path, *names)
    shown = list(_differences(found, here))
    if shown:
        raise fail("E941", f"`{path}` belongs to another run: " + "; ".join(shown),
                   "use another run directory, or the settings of that run")  # fmt: skip


def _names(settings: Any, within: str = "") -> Iterator[str]:
    """The names of settings and of those within them, if that is what they are."""
    if isinstance(settings, dict):
        for name, value in settings.items():
            yield f"{within}{name}"
            yield from _names(value, f"{within}{name}.")


def _differences(found: Facts, wanted: Facts, within: str = "") -> Iterator[str]:
    for key, value in wanted.items():
        before, name = found.get(key), f"{within}{key}"
        if isinstance(before, dict) and isinstance(value, dict):
            yield from _differences(before, {**dict.fromkeys(before), **value}, f"{name}.")
        elif before != value:
            yield f"{name} was {before}, and now is {value}"


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
        SmashError: E949, tensors are missing, left over or of another shape.
    """
    given, state = under(tensors, prefix), module.state_dict()
    if different := _unlike(given, state):
        raise other_version(path, different)
    states: dict[int, dict[str, Tensor]] = {}
    try:
        module.load_state_dict(given)
        if optimizer is None:
            return
        for name, value in under(tensors, "optimizer.").items():
            index, key = name.split(".", 1)
            states.setdefault(int(index), {})[key] = value
        groups = optimizer.state_dict()["param_groups"]
        optimizer.load_state_dict({"state": states, "param_groups": groups})
    except (RuntimeError, ValueError, KeyError) as error:
        raise other_version(path, str(error).splitlines()[-1].strip()) from error


class Saver:
    """Saves now and then: at most once in `seconds`, and whenever it is told to.

    What earlier runs that were killed while they wrote have left beside `path` is removed.
    """

    def __init__(
        self,
        path: Path | None,
        seconds: float = 30.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._path, self._seconds, self._clock = path, seconds, clock
        self._last = clock()
        if path is not None:
            sweep(path)
            sweep(previous(path))

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
