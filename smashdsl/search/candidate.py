"""Ranked programs with all that is known of them before they are trained."""

from __future__ import annotations

import math
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from smashdsl.api import Program
from smashdsl.scoring.counts import live_params
from smashdsl.scoring.scorer import Context
from smashdsl.scoring.spectra import Spectra
from smashdsl.search.ledger import Entry, Ledger, Reading, find, scorer_name
from smashdsl.search.resources import Resources
from smashdsl.search.run import Run
from smashdsl.search.winner import original

PROMISES = ("expressivity", "trainability")
FEATURES = ("score", "live params", "flops", "depth", *PROMISES)


@dataclass(frozen=True)
class Candidate:
    """A ranked program.

    Attributes:
        entry: its place in the ledger, with its score on images that all candidates have seen.
        program: itself.
        expressivity, trainability: what it promises untrained.
    """

    entry: Entry
    program: Program
    expressivity: float
    trainability: float


def features_of(candidates: Iterable[Candidate]) -> npt.NDArray[np.float64]:
    """What a mix knows of programs, `(n, 6)`, in the order of `FEATURES`."""
    return np.array([
        [each.entry.score.score, *sizes(each.program), each.expressivity, each.trainability]
        for each in candidates
    ])  # fmt: skip


def sizes(program: Program) -> tuple[float, float, float]:
    """Live parameters, multiply-adds, and depth."""
    costs = program.costs
    return live_params(program).score, float(costs.flops), float(costs.depth)


def ranked_candidates(run: Run, using: Resources) -> list[Candidate]:
    """All programs of a run's ranking that keep its limits, the best first. What they promise is
    kept in the ledger, and what it takes to find out is added to what scoring took.

    Raises:
        SmashError: E944 the ledger is damaged; E920, E922 or E946 it cannot be written.
    """
    with Ledger(find(run.folder), run.facts) as ledger:
        entries = ledger.ranked(scorer_name(), where=run.within, sort="stage")
        known = on_the_same_images(ledger, {entry.hash: entry for entry in entries})
        programs = [original(run, entry) for entry in known.values()]
        promised = _promises(run, ledger, list(known.values()), programs, using)
    return [
        Candidate(entry, program, *promises)
        for entry, program, promises in zip(known.values(), programs, promised, strict=True)
    ]


def on_the_same_images(ledger: Reading, entries: Mapping[str, Entry],
                       images: int | None = None) -> dict[str, Entry]:  # fmt: skip
    """Entries by hash with scores on so many `images`, or as many as the one that saw fewest:
    scores on more of them are of other images, and so cannot be compared."""
    values = {hash_: ledger.value(scorer_name(), hash_) for hash_ in entries}
    seen = [len(value.likelihoods) for value in values.values()
            if value is not None and value.likelihoods is not None]  # fmt: skip
    if not seen:
        return dict(entries)
    count = images or min(seen)
    return {
        hash_: replace(
            entry, score=replace(value.first(count), likelihoods=None), validation_images=count
        )
        for hash_, entry in entries.items()
        if (value := values[hash_]) is not None
    }


def _promises(run: Run, ledger: Ledger, entries: Sequence[Entry], programs: Sequence[Program],
              using: Resources) -> list[tuple[float, float]]:  # fmt: skip
    """Expressivity and trainability of programs, measured where the ledger does not know them."""
    found = []
    data = run.dataset(using.progress)
    spectra = Spectra(Context(run.space, data, run.seed, using.device))
    with using.progress.task("looking at untrained networks", len(programs)) as task:
        for entry, program in zip(entries, programs, strict=True):
            one, two = (entry.measures.get(name) for name in PROMISES)
            if one is None or two is None:
                start = time.perf_counter()
                one, two = spectra(program)
                for name, value in zip(PROMISES, (one, two), strict=True):
                    if math.isfinite(value):
                        ledger.measure(entry.hash, name, value)
                ledger.took(scorer_name(), entry.hash, time.perf_counter() - start)
            found.append((one, two))
            task.advance()
    return found
