"""The best program: trained by itself, and written out."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from torch.fx import GraphModule

from smashdsl.api import Program
from smashdsl.backends.module import build_module
from smashdsl.files import make_folder, read_json, write_atomic, write_json
from smashdsl.search.ledger import Entry
from smashdsl.search.run import Run, damaged
from smashdsl.training import checkpoint
from smashdsl.training.data import Dataset
from smashdsl.training.fit import FitResult, FitSettings, fit
from smashdsl.training.progress import Progress
from smashdsl.training.seeds import derive

FITS = "fits"
FORMAT = "smashdsl.winner/1"


@dataclass(frozen=True)
class Fit:
    """A program that was trained: where its checkpoint and its results are."""

    program: Program
    settings: FitSettings
    folder: Path

    @property
    def stem(self) -> str:
        """Identifies program and settings."""
        facts = json.dumps(dataclasses.asdict(self.settings), sort_keys=True)
        return f"{self.program.hash[:12]}-{hashlib.sha256(facts.encode()).hexdigest()[:8]}"

    @property
    def checkpoint(self) -> Path:
        return self.folder / FITS / f"{self.stem}.safetensors"

    @property
    def results(self) -> Path:
        return self.folder / FITS / f"{self.stem}.json"

    def found(self) -> dict[str, Any] | None:
        """What training gave, if it has ended.

        Raises:
            SmashError: E924 or E944, the file is damaged.
        """
        if not self.results.exists():
            return None
        found = read_json(self.results)
        if not isinstance(found, dict) or not {"validation", "history", "test"} <= set(found):
            raise damaged(self.results, "it holds no results")
        return found

    def network(self) -> GraphModule:
        """The network with its trained weights.

        Raises:
            SmashError: E923 or E940, the checkpoint is missing or damaged.
        """
        tensors, _ = checkpoint.load(self.checkpoint)
        network = build_module(self.program.plan, init=False)
        checkpoint.restore(self.checkpoint, tensors, network)
        return network.eval()


def fit_program(run: Run, program: Program, data: Dataset, test: bool,
                progress: Progress) -> dict[str, Any]:  # fmt: skip
    """Train a program as any network is trained, unless that is done; gives the results.

    Args:
        run: has the settings and the folder.
        program: starts from fresh weights.
        data: of the run.
        test: also score on the test images.
        progress: is told about every step.

    Raises:
        SmashError: as `fit` does.
        KeyboardInterrupt: the user stopped it; the checkpoint is up to date.
    """
    this = Fit(program, run.settings.fit, run.folder)
    found = this.found()
    if found is not None and (found["test"] is not None or not test):
        return found
    make_folder(this.checkpoint.parent)
    result = fit(
        program.module(derive(run.seed, "fit", "weights")), data, run.settings.fit,
        checkpoint=this.checkpoint, identity=program.hash, test=test, progress=progress,
    )  # fmt: skip
    results = _results(program, run.settings.fit, result)
    write_json(this.results, results)
    return results


def _results(program: Program, settings: FitSettings, result: FitResult) -> dict[str, Any]:
    scores = {"validation": result.validation, "test": result.test}
    return {
        "hash": program.hash,
        "settings": dataclasses.asdict(settings),
        **{
            name: score and {**dataclasses.asdict(score), "accuracy": score.accuracy}
            for name, score in scores.items()
        },
        "history": [dataclasses.asdict(epoch) for epoch in result.history],
    }


def write_winner(run: Run, entry: Entry, program: Program, fitted: dict[str, Any] | None) -> None:
    """Write the text, the genome and the picture of the best program."""
    facts = {
        "format": FORMAT, "space": run.name, "seed": run.seed, "data": run.data,
        **entry.as_data(), "fit": fitted and {k: fitted[k] for k in ("validation", "test")},
    }  # fmt: skip
    write_atomic(run.folder / "winner.smash", program.text)
    write_json(run.folder / "winner.json", facts)
    picture = program.render("banks" if program.ir.blocks else "layers")
    write_atomic(run.folder / "winner.svg", picture)
