"""The best program: trained by itself, and written out."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from torch.fx import GraphModule

from smashdsl.api import Program
from smashdsl.backends.module import build_module
from smashdsl.diagnostics.diagnostic import SmashError
from smashdsl.files import make_folder, read_json, write_atomic, write_json
from smashdsl.plan import regularised
from smashdsl.search.ledger import Entry, find
from smashdsl.search.resources import Resources
from smashdsl.search.run import Run, damaged
from smashdsl.search.settings import WinnerSettings
from smashdsl.training import checkpoint
from smashdsl.training.devices import device_name
from smashdsl.training.fit import OWN, FitResult, fit
from smashdsl.training.seeds import derive

FITS = "fits"
FORMAT = "smashdsl.winner/1"
NEEDED = {"validation", "history", "test", "own", "seconds"}


@dataclass(frozen=True)
class Fit:
    """A program that was trained: where its checkpoint and its results are."""

    program: Program
    settings: WinnerSettings
    folder: Path

    @classmethod
    def of(cls, run: Run, program: Program) -> Fit:
        """How a run trains a program."""
        return cls(program, fit_settings(run, program), run.folder)

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
        if not isinstance(found, dict) or not set(found) >= NEEDED:
            raise damaged(self.results, "it holds no results")
        return found

    @property
    def lost(self) -> bool:
        """Whether training has ended and its checkpoint is gone."""
        return self.results.exists() and not self.checkpoint.exists()

    def network(self) -> GraphModule:
        """The network with its trained weights.

        Raises:
            SmashError: E923 or E940, the checkpoint is missing or damaged.
        """
        tensors, _ = checkpoint.load(self.checkpoint)
        network = build_module(self.program.plan, init=False)
        checkpoint.restore(self.checkpoint, tensors, network)
        return network.eval()


def original(run: Run, entry: Entry) -> Program:
    """The program of an entry of a run's ledger.

    Raises:
        SmashError: E944, its draws make another one, or none; or the run's space is damaged.
    """
    space = run.space
    try:
        program = space.rebuild(entry.genome)
    except SmashError as error:
        raise damaged(find(run.folder), error.diagnostics[0].message) from error
    if program.hash != entry.hash:
        raise damaged(find(run.folder), f"its draws do not make the program {entry.hash[:12]}")
    return program


def own_settings(run: Run, program: Program) -> dict[str, float]:
    """What the program's `train` part says of how to train it, by the names of `WinnerSettings`,
    except where the user has said otherwise.

    `drop_path` and `dropout` are not among them: they change the network that is trained.
    """
    return {
        OWN[name]: value
        for name, value in program.train.items()
        if name in OWN and f"fit.{OWN[name]}" not in run.asked
    }


def regularisation(program: Program) -> dict[str, float]:
    """What the program's `train` part says of the network that is trained: which share of paths and
    of values it drops."""
    return {name: program.train[name] for name in ("drop_path", "dropout") if name in program.train}


def fit_settings(run: Run, program: Program) -> WinnerSettings:
    """How to train a program of a run: as the user said, else as the program says, else as is usual
    for the data."""
    own: dict[str, Any] = own_settings(run, program)
    return dataclasses.replace(run.settings.fit, **own)


def fit_program(run: Run, program: Program, generated: Callable[[], GraphModule], test: bool,
                using: Resources) -> dict[str, Any]:  # fmt: skip
    """Train a program as any network is trained, unless that is done; gives the results.

    Args:
        run: has the settings, the data and the folder.
        program: to train.
        generated: makes it with the HyperNet's weights, for when the settings ask for them.
        test: also score on the test images.
        using: where to train.

    Raises:
        SmashError: as `fit` does.
        KeyboardInterrupt: the user stopped it; the checkpoint is up to date.
    """
    this = Fit.of(run, program)
    found = this.found()
    if found is not None and (found["test"] is not None or not test):
        return found
    make_folder(this.checkpoint.parent)
    start = time.perf_counter()
    module = generated() if this.settings.init == "hypernet" else _fresh(run, program)
    result = fit(
        _dropping(program, module), run.dataset(using.progress), this.settings, device=using.device,
        checkpoint=this.checkpoint, identity=program.hash, test=test, progress=using.progress,
        pause=using.pause,
    )  # fmt: skip
    before = 0.0 if found is None else float(found["seconds"])  # which had not seen the test images
    seconds = before + time.perf_counter() - start
    results = _results(this, own_settings(run, program), device_name(using.device), result, seconds)
    write_json(this.results, results)
    return results


def _fresh(run: Run, program: Program) -> GraphModule:
    return program.module(derive(run.seed, "fit", "weights"))


def _dropping(program: Program, module: GraphModule) -> GraphModule:
    """A network that drops paths and values in training as its program says, with these weights."""
    dropped = {"drop_path": 0.0, "dropout": 0.0, **regularisation(program)}
    if not any(dropped.values()):
        return module
    network = build_module(regularised(program.plan, **dropped), init=False)
    network.load_state_dict(module.state_dict())
    return network


def _results(
    this: Fit, own: dict[str, float], device: str, result: FitResult, seconds: float
) -> dict[str, Any]:
    scores = {"validation": result.validation, "test": result.test}
    return {
        "hash": this.program.hash,
        "settings": dataclasses.asdict(this.settings),
        "own": own,
        "device": device,
        "seconds": seconds,
        **{
            name: score and {**dataclasses.asdict(score), "accuracy": score.accuracy}
            for name, score in scores.items()
        },
        "history": [dataclasses.asdict(epoch) for epoch in result.history],
    }


def write_winner(run: Run, entry: Entry, program: Program, fitted: dict[str, Any] | None,
                 tell: Callable[[str], None]) -> None:  # fmt: skip
    """Write the text, the genome and the picture of the best program. A picture that cannot be
    drawn here is told of, and no reason to stop."""
    facts = {
        "format": FORMAT, "space": run.name, "seed": run.seed, "data": run.data,
        **entry.as_data(), "fit": fitted and {k: fitted[k] for k in ("validation", "test")},
    }  # fmt: skip
    write_atomic(run.folder / "winner.smash", program.text)
    write_json(run.folder / "winner.json", facts)
    try:
        picture = program.render("banks" if program.ir.blocks else "layers")
    except SmashError as error:
        tell(f"winner.svg is not drawn: {error.diagnostics[0].message}")
    else:
        write_atomic(run.folder / "winner.svg", picture)
