"""The folder of a run: what is searched, with which data, seed and settings.

run.json               settings, seed, data, versions: all it takes to do it again
space.smash            the space as it was (with uses/, if it uses other files)
hypernet.safetensors   the trained weights of the space, or how far they are (and, as
                       hypernet.previous.safetensors, how far they were)
train.jsonl            what happened in training, line by line
ledger.sqlite          every program that was scored
fits/                  programs that were trained by themselves
winner.*               the best program: text, genome, picture, Python file, weights
report.html            all of it as a page, once `smashdsl report` has written it
.lock                  while a process writes any of these (see `held`)
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import torch

from smashdsl.api import Space, load
from smashdsl.check.check import check
from smashdsl.diagnostics.diagnostic import Severity, SmashError
from smashdsl.files import fail, make_folder, read_json, write_json
from smashdsl.proposing.registry import require_proposer
from smashdsl.search.changes import changed, flat, written
from smashdsl.search.commands import train_command
from smashdsl.search.environment import Environment
from smashdsl.search.held import NAME as LOCK
from smashdsl.search.held import held
from smashdsl.search.ledger import Filter, Reading, find
from smashdsl.search.settings import OtherSettings, SearchSettings, preset, restored
from smashdsl.search.texts import MAIN, copy_texts
from smashdsl.training.checkpoint import other_version, settings_differ
from smashdsl.training.data import Dataset, load_data, require_match
from smashdsl.training.progress import Progress
from smashdsl.training.sources.spec import absolute

FORMAT = "smashdsl.run/3"
MANIFEST = "run.json"
SMALL = 1000  # numbers in an image below which a second thread costs more than it saves


@dataclass(eq=False)
class Run:
    """An open run folder.

    Attributes:
        folder: where it is.
        name: of the space in `space.smash`.
        data: as `load_data` takes it; paths are whole.
        limit: how many examples of each part to read at most.
        seed: of everything.
        settings: of all steps.
        origin: the hash of the space as it was given.
        threads: of torch, on whose number the last bits of results depend.
        asked: the keys of the settings that the user gave, rather than left to a preset.
        environments: in which the HyperNet was trained, one after the other.
        ranked: by scorer, a digest of the settings with which ranking has come to its end.
        budget: minutes for all of a search, until the winner's epochs are settled by what is left.
        loaded: the data, once they are needed.
    """

    folder: Path
    name: str
    data: str
    limit: int | None
    seed: int
    settings: SearchSettings
    origin: str
    threads: int
    asked: tuple[str, ...] = ()
    environments: tuple[Environment, ...] = ()
    ranked: Mapping[str, str] = field(default_factory=dict)
    budget: float | None = None
    loaded: Dataset | None = field(default=None, repr=False)

    @cached_property
    def space(self) -> Space:
        """The space, from the copy in the folder.

        Raises:
            SmashError: E944, the copy is gone or damaged.
        """
        try:
            network = load(self.folder / MAIN, self.name)
        except SmashError as error:
            raise damaged(self.folder / MAIN, error.diagnostics[0].message) from error
        if not isinstance(network, Space):
            raise damaged(self.folder / MAIN, f"`{self.name}` is no space")
        return network

    def dataset(self, progress: Progress | None = None) -> Dataset:
        """The run's data; raises as `load_data` does."""
        if self.loaded is None:
            self.loaded = load_data(self.data, seed=self.seed, limit=self.limit, progress=progress)
        return self.loaded

    @property
    def facts(self) -> dict[str, Any]:
        """What all scores of the run depend on."""
        train = self.settings.train
        return {
            "space": self.name, "origin": self.origin, "data": self.data, "limit": self.limit,
            "seed": self.seed, "steps": train.steps, "calibration": train.calibration,
        }  # fmt: skip

    def _repr_html_(self) -> str | None:
        from smashdsl.search.shown import run_html

        try:
            return run_html(self)
        except SmashError:
            return None

    @property
    def within(self) -> Filter:
        """The programs of a ranking that keep the limits: also those that were ranked before there
        were any. Latency is measured for proposals alone."""
        rank = self.settings.rank
        return Filter(max_params=rank.max_params or None, max_flops=rank.max_flops or None)

    def ledger(self) -> Reading:
        """The scores of the run, to read, of which there may be none yet; raises as `Reading`."""
        return Reading(find(self.folder), self.facts)

    def changed(self, changes: Mapping[str, Any], *, keep: bool = True) -> Run:
        """The run with other settings for some keys, which are written down if they are to `keep`.

        Raises:
            SmashError: E920 to E922, they cannot be; E938 or E985 to E988, the space has no such
                proposer.
            ValueError: a value is out of its range.
        """
        asked = tuple(sorted({*self.asked, *changes}))
        settings = changed(self.settings, changes)
        if any(key.startswith("rank.") for key in changes) and settings.rank.proposed:
            require_proposer(settings.rank.proposer, self.space)
        if not keep:
            return dataclasses.replace(self, settings=settings, asked=asked)
        return self._with(settings=settings, asked=asked)

    def trained_in(self, environment: Environment) -> Run:
        """The run with a note that training goes on in this environment."""
        if self.environments[-1:] == (environment,):
            return self
        return self._with(environments=(*self.environments, environment))

    def settled(self, epochs: int) -> Run:
        """The run with so many epochs for its winner, for good."""
        return self._with(settings=changed(self.settings, {"fit.epochs": epochs}), budget=None)

    def ranked_by(self, scorer: str, digest: str) -> Run:
        """The run with a note that a scorer's ranking with these settings has come to its end."""
        return self._with(ranked={**self.ranked, scorer: digest})

    def _with(self, **values: Any) -> Run:
        run = dataclasses.replace(self, **values)
        if any(value != getattr(self, name) for name, value in values.items()):
            run.write()
        return run

    def told(self) -> dict[str, str]:
        """The settings that must be given to get this run again, by key, as `--set` takes them."""
        usual = flat(preset(self.data))
        return {
            key: written(value)
            for key, value in flat(self.settings).items()
            if key in self.asked or value != usual[key]
        }

    def write(self) -> None:
        """Write `run.json`."""
        write_json(self.folder / MANIFEST, self.as_data())

    def as_data(self) -> dict[str, Any]:
        """What `run.json` says, as plain data."""
        return {
            "format": FORMAT, "space": self.name, "origin": self.origin, "data": self.data,
            "limit": self.limit, "seed": self.seed, "threads": self.threads,
            "settings": dataclasses.asdict(self.settings), "asked": list(self.asked),
            "environments": [dataclasses.asdict(each) for each in self.environments],
            "ranked": dict(self.ranked), "budget": self.budget,
            "command": train_command(self, "NEW", Path()),
        }  # fmt: skip


def open_run(folder: Path) -> Run:
    """The run in a folder.

    Raises:
        SmashError: E943 it holds no run, E924 or E944 the run is damaged, E949 it is of another
            version.
    """
    path = folder / MANIFEST
    if not path.is_file():
        reason = "it does not exist" if not folder.exists() else f"it has no `{MANIFEST}`"
        raise fail("E943", f"`{folder}` is not the folder of a run: {reason}",
                   "`smashdsl search SPACE --data digits --run DIR` starts one")  # fmt: skip
    found = read_json(path)
    try:
        if found["format"] != FORMAT:
            raise other_version(path, f"its format is {found['format']}")
        settings = restored(SearchSettings, found["settings"])
        name, data, origin = (str(found[key]) for key in ("space", "data", "origin"))
        seed, threads = (int(found[key]) for key in ("seed", "threads"))
        limit = None if found["limit"] is None else int(found["limit"])
        environments = tuple(restored(Environment, each) for each in found["environments"])
        return Run(folder, name, data, limit, seed, settings, origin, max(threads, 1),
                   tuple(map(str, found["asked"])), environments,
                   _texts(found["ranked"]), _minutes(found.get("budget")))  # fmt: skip
    except OtherSettings as error:
        raise settings_differ(path, error.found, error.known) from error
    except (KeyError, TypeError, ValueError) as error:
        raise damaged(path, str(error)) from error


def _texts(found: Any) -> dict[str, str]:
    """Texts by text."""
    return {str(key): str(value) for key, value in dict(found).items()}


def _minutes(found: Any) -> float | None:
    """A budget, if there is one."""
    if found is None:
        return None
    if not 0 < float(found) < math.inf:
        raise ValueError(f"a budget of {found} minutes")
    return float(found)


def start_run(
    folder: Path,
    space: Space,
    data: str,
    seed: int,
    settings: SearchSettings | Callable[[Dataset], SearchSettings],
    progress: Progress,
    limit: int | None = None,
    asked: Iterable[str] = (),
    budget: float | None = None,
) -> Run:
    """Make the folder of a new run, unless something is wrong with the space or the data.

    Args:
        folder: must not hold anything yet.
        space: to search.
        data: as `load_data` takes it.
        seed: of everything.
        settings: of all steps, or what chooses them by the data; the seed replaces theirs.
        progress: is told about reading the data.
        limit: how many examples of each part to read at most.
        asked: the keys of those settings that the user gave.
        budget: minutes for all of a search.

    Raises:
        SmashError: the space has mistakes; E93x the data cannot be used or do not fit it; E938 or
            E985 to E988 it has no such proposer; E943 the folder holds something else; E946 another
            process writes it; E92x it cannot be written.
    """
    mistakes = [d for d in check(space.definition.module) if d.severity is Severity.ERROR]
    if mistakes:
        raise SmashError(mistakes)
    _require_empty(folder)
    loaded = load_data(data, seed=seed, limit=limit, progress=progress)
    require_match(loaded, space.sample(0).plan)
    if bool((loaded.train.labels == loaded.train.labels[0]).all()):
        progress.tell("all training images have the same label: there is nothing to learn")
    chosen = settings(loaded) if callable(settings) else settings
    if chosen.rank.proposed:
        require_proposer(chosen.rank.proposer, space)
    small = math.prod(loaded.shape) < SMALL
    run = Run(
        folder, space.name, absolute(data), limit, seed, chosen.seeded(seed), space.hash,
        1 if small else torch.get_num_threads(), tuple(sorted(asked)), budget=budget,
        loaded=loaded,
    )  # fmt: skip
    with held(make_folder(folder)):
        _require_empty(folder)  # still
        copy_texts(space.definition.module, folder)
        run.write()
    return run


def _require_empty(folder: Path) -> None:
    """Refuse a folder that holds something.

    Raises:
        SmashError: E943.
    """
    if folder.exists() and not (folder.is_dir() and {p.name for p in folder.iterdir()} <= {LOCK}):
        raise fail("E943", f"`{folder}` holds something else than a run",
                   "name a new folder with `--run`")  # fmt: skip


def damaged(path: Path, reason: str) -> SmashError:
    """E944, about a file of a run."""
    return fail("E944", f"`{path}` is damaged: {reason}",
                "put back the file, or start again with another folder")  # fmt: skip
