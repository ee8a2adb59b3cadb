"""The command lines that do again what a run has done."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING

from smashdsl.search.ledger import scorer_name
from smashdsl.search.texts import MAIN

if TYPE_CHECKING:
    from smashdsl.search.run import Run

TOOL = "smashdsl"


def train_command(run: Run, folder: str, place: Path) -> str:
    """The command that trains a run's HyperNet again, into another folder; `place` is where the run
    is, as seen from where the command is given."""
    words = ["train", str(place / MAIN), "--name", run.name, "--data", run.data]
    if run.limit is not None:
        words += ["--limit", str(run.limit)]
    words += ["--seed", str(run.seed)]
    for key, value in run.told().items():
        words += ["--set", f"{key}={value}"]
    last = run.environments[-1] if run.environments else None
    if last is not None:
        words += ["--device", last.device.split()[0]]
    if last is not None and last.processes > 1:
        start = ["torchrun", "--nproc-per-node", str(last.processes), "-m", TOOL]
        return shlex.join([*start, *words, "--run-dir", folder])
    threads = f"OMP_NUM_THREADS={run.threads} " if run.threads > 1 else ""
    return threads + shlex.join([TOOL, *words, "--run", folder])


def commands(run: Run, folder: str) -> list[str]:
    """The commands for all steps that a run has behind it."""
    with run.ledger() as ledger:
        scorers = sorted(ledger.scorers())
    wrong = scorer_name("")
    found = [["rank", folder]] if scorer_name() in scorers else []
    found += [
        ["rank", folder, "--corrupt", name.removeprefix(wrong)]
        for name in scorers
        if name.startswith(wrong)
    ]
    if any((run.folder / "fits").glob("*.json")):
        found.append(["fit", folder])
    if (run.folder / "winner.py").exists():
        found.append(["export", folder])
    first = train_command(run, folder, run.folder)
    return [first, *(shlex.join([TOOL, *words]) for words in found)]
