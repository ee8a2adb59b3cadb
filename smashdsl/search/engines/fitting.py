"""The task of training programs, each by itself."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from typing import Any

from torch.fx import GraphModule

from smashdsl.api import Program
from smashdsl.files import make_folder, read_bytes, write_atomic, write_json
from smashdsl.search.engines.answers import FIT, program_sent, unusable
from smashdsl.search.engines.engine import Parcel, Plain, Task
from smashdsl.search.engines.parcel import packed
from smashdsl.search.resources import Resources
from smashdsl.search.run import Run
from smashdsl.search.trained import trained_hypernet
from smashdsl.search.winner import NEEDED, Fit, fit_program
from smashdsl.training.interrupt import interruptible
from smashdsl.training.progress import Silent
from smashdsl.training.progress import Task as Shown

SLICE = 20.0  # seconds that a worker trains before it sends a checkpoint

Fitted = dict[str, Any]


def fit_programs(run: Run, programs: Sequence[Program], using: Resources, test: bool = False,
                 shown: bool = False) -> Iterator[tuple[int, Fitted]]:  # fmt: skip
    """Train programs where the engine does; gives the results of each as they come, with its place.
    Those that are trained already come first.

    Args:
        run: has the settings, the data and the folder.
        programs: to train.
        using: with what.
        test: also score on the test images.
        shown: show the steps of training, which suits a single program.

    Raises:
        SmashError: as `fit_program` and the engine do.
        KeyboardInterrupt: the user stopped it; checkpoints are in the run's folder.
    """
    left = []
    for place, program in enumerate(programs):
        found = Fit.of(run, program).found()
        if found is None or (test and found["test"] is None):
            left.append(place)
        else:
            yield place, found
    if not left:
        return
    run.dataset(using.progress)  # before anybody may stop at ease
    with ExitStack() as stack:
        stop = stack.enter_context(interruptible())
        task = Fitting(run, using, test, stack if shown else None)
        for group in using.engine.map(task, [programs[place] for place in left], stop):
            for number, found in group:
                yield left[number], found


class Fitting(Task[Program, Fitted]):
    """Trains programs of a run; see `fit_programs`. Steps are shown, where they are, until the
    stack `shown` ends."""

    def __init__(self, run: Run, using: Resources, test: bool, shown: ExitStack | None) -> None:
        self._run, self._using, self._test, self._shown = run, using, test, shown
        self._steps: Shown | None = None
        self.threads, self.device = run.threads, str(using.device)
        self._spent: dict[str, float] = {}

    def here(self, items: Sequence[Program]) -> list[Fitted]:
        """See `Task`."""
        using = Resources(self._using.progress if self._shown else Silent(), self.device)
        return [self._here(program, using) for program in items]

    def _here(self, program: Program, using: Resources) -> Fitted:
        def generated() -> GraphModule:
            return trained_hypernet(self._run, using).network(program)

        return fit_program(self._run, program, generated, self._test, using)

    def parcel(self) -> Parcel:
        """See `Task`."""
        facts = {"test": self._test, "device": self.device}
        weights = self._run.settings.fit.init == "hypernet"
        return packed(self._run, self._run.dataset(), facts, weights=weights, test=self._test)

    def order(self, item: Program) -> Plain:
        """See `Task`."""
        path = Fit.of(self._run, item).checkpoint
        return {
            "kind": FIT, **program_sent(item), "seconds": SLICE,
            "checkpoint": read_bytes(path) if path.exists() else None,
        }  # fmt: skip

    def result(self, item: Program, answer: Plain) -> Fitted | None:
        """See `Task`. The checkpoint is kept, whether or not training has come to its end."""
        this, found, content = (
            Fit.of(self._run, item),
            answer.get("results"),
            answer.get("checkpoint"),
        )
        if answer.get("hash") != item.hash or not isinstance(content, bytes):
            raise unusable(f"it has no checkpoint of the program {item.hash[:12]}")
        make_folder(this.checkpoint.parent)
        write_atomic(this.checkpoint, content)
        self._show(answer)
        if found is None:
            self._spent[item.hash] = self._spent.get(item.hash, 0.0) + float(answer["spent"])
            return None
        if not isinstance(found, dict) or not set(found) >= NEEDED:
            raise unusable(f"it has no results of the program {item.hash[:12]}")
        found["seconds"] += self._spent.get(item.hash, 0.0)
        write_json(this.results, found)
        return found

    def _show(self, answer: Plain) -> None:
        """Show how far training has come."""
        if self._steps is None and self._shown is not None:
            task = self._using.progress.task("training", int(answer["total"]))
            self._steps = self._shown.enter_context(task)
        if self._steps is not None:
            self._steps.advance(int(answer["done"]), str(answer["note"]))

    def name(self, item: Program) -> str:
        """See `Task`."""
        return item.hash[:12]
