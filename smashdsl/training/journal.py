"""What happened during training, for people and scripts: one JSON object a line, and TensorBoard.

A resumed run goes on in the same file; lines about steps that were lost with an interruption are
taken out first, so every step is told of once.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, TextIO

from smashdsl.files import fail, read_bytes, unwritable, write_atomic


class Journal:
    """Lines of facts about steps.

    Args:
        path: of the file; None writes nothing.
        step: the last step that the run has behind it.
        tensorboard: a folder for TensorBoard's events, if any.

    Raises:
        SmashError: E920 to E922 the file cannot be written, E938 TensorBoard is not installed.
    """

    def __init__(self, path: Path | None, step: int = 0, tensorboard: Path | None = None) -> None:
        self._path, self._file = path, _continued(path, step)
        self._board = _writer(tensorboard, step)

    def write(self, step: int, facts: Mapping[str, Any]) -> None:
        """Add a line; numbers also go to TensorBoard, under their names.

        Raises:
            SmashError: E920 to E922, it cannot be written.
        """
        if self._board is not None:
            for name, value in facts.items():
                if isinstance(value, int | float):
                    self._board.add_scalar(name, value, step)
        if self._file is None or self._path is None:
            return
        try:
            self._file.write(json.dumps({"step": step, **_plain(facts)}) + "\n")
            self._file.flush()
        except OSError as error:
            raise unwritable(self._path, error) from error

    def close(self) -> None:
        """Close the files, whatever became of them."""
        for file in (self._board, self._file):
            if file is not None:
                with suppress(OSError):
                    file.close()


def read_journal(path: Path) -> list[dict[str, Any]]:
    """The lines of a journal as far as they are whole; none where there is no file.

    Raises:
        SmashError: E923, the file cannot be read.
    """
    if not path.exists():
        return []
    found = []
    for line in read_bytes(path).splitlines():
        try:
            entry = json.loads(line)
        except (ValueError, RecursionError):
            break
        if not isinstance(entry, dict) or not isinstance(entry.get("step"), int):
            break
        found.append(entry)
    return found


def _continued(path: Path | None, step: int) -> TextIO | None:
    if path is None:
        return None
    kept = [entry for entry in read_journal(path) if entry["step"] <= step]
    write_atomic(path, "".join(json.dumps(entry) + "\n" for entry in kept))
    try:
        return path.open("a", encoding="utf-8")
    except OSError as error:
        raise unwritable(path, error) from error


def _plain(value: Any) -> Any:
    """The same without numbers that JSON does not know: what is not finite becomes null."""
    if isinstance(value, Mapping):
        return {name: _plain(part) for name, part in value.items()}
    if isinstance(value, list):
        return [_plain(part) for part in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _writer(folder: Path | None, step: int) -> Any:
    if folder is None:
        return None
    try:
        from torch.utils.tensorboard import SummaryWriter
    except ImportError as error:
        raise fail("E938", f"TensorBoard's log needs the package `tensorboard`: {error}",
                   "pip install tensorboard") from error  # fmt: skip
    try:
        return SummaryWriter(str(folder), purge_step=step + 1)
    except OSError as error:
        raise unwritable(folder, error) from error
