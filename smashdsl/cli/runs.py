"""The run that a verb works on: the one in a folder, or a new one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from smashdsl.cli.processes import first_alone, require_alone, usage

if TYPE_CHECKING:
    import torch

    from smashdsl.api import Space
    from smashdsl.search.run import Run
    from smashdsl.search.settings import SearchSettings
    from smashdsl.training.data import Dataset
    from smashdsl.training.progress import Progress
    from smashdsl.training.world import World


@dataclass(frozen=True)
class Request:
    """What the user asks to search: `changes` are settings by key, and None stands for what was not
    said. `space` may also be the folder of a run, and is not needed where `folder` holds one. A
    `budget`, in minutes, decides the settings of a new run."""

    space: str | None
    name: str | None
    data: str | None
    limit: int | None
    folder: str | None
    seed: int | None
    changes: Mapping[str, Any]
    budget: float | None = None

    def open(self, progress: Progress, world: World, device: torch.device | str = "cpu") -> Run:
        """The run to work on, which no other command writes until this one ends: the one in the
        folder if there is one, else a new one, which the first process makes.

        Raises:
            SmashError: as `start_run` and `continued` do.
            click.UsageError: too little was said, or settings are out of range.
        """
        from smashdsl.search.run import MANIFEST, open_run

        space, folder = self._resolved()

        def make() -> Run:
            exists = (folder / MANIFEST).exists()
            if exists:
                hold(folder)
            with usage():
                if exists or space is None:
                    return self._go_on(folder, space)
                made = self._start(folder, space, progress, world.size, device)
            hold(folder)
            return made

        return first_alone(world, make, lambda: open_run(folder))

    def _resolved(self) -> tuple[Space | None, Path]:
        """The space, if one was named, and the folder."""
        from smashdsl.cli.networks import require_space

        path, folder = self.space, self.folder
        if path is not None and folder is None and Path(path).is_dir():
            path, folder = None, path
        space = None if path is None else require_space(path, self.name)
        if folder is None:
            if space is None:
                raise click.UsageError("Name a SPACE to search, or an earlier run with --run DIR.")
            folder = str(Path("runs") / space.name)
        return space, Path(folder)

    def _go_on(self, folder: Path, space: Space | None) -> Run:
        from smashdsl.search.continued import continued

        said = {"data": self.data, "limit": self.limit, "seed": self.seed}
        given = {name: value for name, value in said.items() if value is not None}
        return continued(folder, space, given, self.changes)

    def _start(self, folder: Path, space: Space, progress: Progress, processes: int,
               device: torch.device | str) -> Run:  # fmt: skip
        from smashdsl.search.budget import within
        from smashdsl.search.changes import changed
        from smashdsl.search.pace import pace, typical
        from smashdsl.search.run import start_run
        from smashdsl.search.settings import preset

        if self.data is None:
            raise click.UsageError("A new run needs data: --data digits, or --data PATH.")
        seed, changes = self.seed or 0, {"train.replicas": processes, **self.changes}
        usual = preset(self.data)

        def settings(data: Dataset) -> SearchSettings:
            if self.budget is None:
                return changed(usual, changes)
            seconds = pace(typical(space, seed), data, device)
            epochs = changes.get("fit.epochs")
            return changed(within(self.budget, seconds, len(data.train), epochs, device), changes)

        return start_run(folder, space, self.data, seed, settings, progress, self.limit,
                         self.changes, self.budget)  # fmt: skip


def hold(folder: Path) -> None:
    """Let no other command write a run until this one ends.

    Raises:
        SmashError: E946, another one does.
    """
    from smashdsl.search.held import held

    click.get_current_context().with_resource(held(folder))


def the_run(run: str | None, folder: str | None, changes: Mapping[str, Any] | None = None,
            keep: bool = True) -> Run:  # fmt: skip
    """The run that a verb's argument or its option `--run` names.

    Args:
        run: the argument.
        folder: the option.
        changes: of its settings; None for verbs that only read the run. Others `hold` it.
        keep: write the changes down.

    Raises:
        SmashError: E943 it is no run, E924 or E944 it is damaged, E946 another process writes it.
        click.UsageError: there is not exactly one of the two, or settings are out of range.
    """
    from smashdsl.search.run import MANIFEST, open_run

    require_alone()
    named = [Path(place) for place in (run, folder) if place is not None]
    if len(named) != 1:
        raise click.UsageError("Name the folder of one run.")
    if changes is None or not (named[0] / MANIFEST).exists():
        return open_run(named[0])
    hold(named[0])
    opened = open_run(named[0])
    with usage():
        return opened.changed(changes, keep=keep)
