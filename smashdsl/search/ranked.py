"""The step of a search that ranks: by generated weights, or by another scorer."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Callable

from smashdsl.diagnostics.diagnostic import Diagnostic, Note, SmashError
from smashdsl.hypernet.oneshot import OneShot
from smashdsl.proposing.gradient import EncodingGuide, Guide
from smashdsl.proposing.latency import Meter
from smashdsl.proposing.limits import Guard, Limits
from smashdsl.proposing.registry import find_proposer, make_proposer
from smashdsl.scoring.generated import GeneratedScorer
from smashdsl.scoring.registry import find_kind, make_scorer
from smashdsl.scoring.scorer import Context, Scorer
from smashdsl.search.engines.engine import Parcel
from smashdsl.search.engines.parcel import packed
from smashdsl.search.held import holding
from smashdsl.search.ledger import Ledger, Reading, find, scorer_name
from smashdsl.search.rank import rank
from smashdsl.search.ranking import Ranking, Series
from smashdsl.search.resources import Resources, threads
from smashdsl.search.run import Run, open_run
from smashdsl.search.settings import RankSettings
from smashdsl.search.trained import trained_hypernet
from smashdsl.training.seeds import derive

HYPERNET = "hypernet"


@holding
def rank_step(run: Run, using: Resources, trained: OneShot | None = None,
              corrupt: str | None = None, scorer: str = HYPERNET) -> str:  # fmt: skip
    """Score random programs and those of a proposer; what is in the ledger is not scored again.

    Args:
        run: must be trained, unless the scorer needs no trained weights.
        using: where to score.
        trained: what `train_step` gave, if it is at hand.
        corrupt: a field of the encoding of which the HyperNet is told something wrong; it then
            counts as another scorer.
        scorer: `hypernet`, or a name as `make_scorer` takes it.

    Returns:
        The name of the scorer in the ledger.

    Raises:
        SmashError: E945 the HyperNet is not trained to the end, E946 another process writes the
            run, E970 or E971 there is no such scorer, E987 nothing keeps the limits; else as
            `rank`.
        ValueError: the HyperNet is not told of that field, or a proposer follows its gradient and
            it is told nothing.
    """
    if corrupt is not None:
        _require_told(corrupt, run.settings.train.control, run.settings.train.hypernet.body)
    name = scorer if corrupt is None else scorer_name(corrupt)
    digest = hashlib.sha256(repr(run.settings.rank).encode()).hexdigest()[:16]
    with run.ledger() as ledger:
        if run.ranked.get(name) == digest and ledger.count(name):
            _require_within(run, ledger, name)
            return name
    with threads(run.threads):
        made = make_run_scorer(run, using, scorer, trained, corrupt)
        with Ledger(find(run.folder), run.facts) as writing:
            ranking = _ranking(run, made, using, trained, _sent(run, using, scorer, corrupt))
            rank(ranking, writing, using.progress)
            _require_within(run, writing, name)
    open_run(run.folder).ranked_by(name, digest)  # whose settings may be others
    return name


def _require_within(run: Run, ledger: Reading, scorer: str) -> None:
    """Refuse limits that nothing that was ranked keeps.

    Raises:
        SmashError: E987.
    """
    if ledger.count(scorer, run.within) or not ledger.count(scorer):
        return
    rank = run.settings.rank
    notes = [
        Note(f"the limit is {most:,} {what}; the least of these is {least:,}")
        for most, what, cost in ((rank.max_params, "parameters", "params"),
                                 (rank.max_flops, "multiply-adds", "flops"))
        if most and (least := getattr(ledger.ranked(scorer, 1, sort=cost)[0], cost)) > most
    ]  # fmt: skip
    problem = f"none of the {ledger.count(scorer):,} programs that were ranked keeps the limits"
    helps = ("raise them, or rank more programs: `--random N`",)
    raise SmashError(Diagnostic("E987", problem, notes=tuple(notes), helps=helps))


def generated_scorer(run: Run, using: Resources, trained: OneShot | None = None,
                     corrupt: str | None = None) -> GeneratedScorer:  # fmt: skip
    """The scorer with a run's trained weights; raises as `trained_hypernet`."""
    if trained is None or corrupt is not None:
        trained = trained_hypernet(run, using, corrupt)
    return GeneratedScorer(trained, run.settings.rank.stages)


def make_run_scorer(run: Run, using: Resources, name: str = HYPERNET,
                    trained: OneShot | None = None,
                    corrupt: str | None = None) -> Scorer:  # fmt: skip
    """The scorer of that name for the programs of a run; raises as `rank_step`."""
    if name == HYPERNET:
        return generated_scorer(run, using, trained, corrupt)
    find_kind(name)  # before data are read
    data = run.dataset(using.progress).to(using.device)
    return make_scorer(name, Context(run.space, data, run.seed, using.device))


def _sent(run: Run, using: Resources, name: str, corrupt: str | None) -> Callable[[], Parcel]:
    """Makes what a worker needs to make the same scorer."""
    facts = {"scorer": name, "corrupt": corrupt, "device": str(using.device)}
    return lambda: packed(run, run.dataset(), facts, weights=name == HYPERNET)


def _ranking(run: Run, scorer: Scorer, using: Resources, trained: OneShot | None,
             sent: Callable[[], Parcel]) -> Ranking:  # fmt: skip
    settings, space = run.settings.rank, run.space
    seed = derive(run.seed, "rank")
    series = [Series(make_proposer("random", space, seed), settings.random, blind=True)]
    if settings.proposed:
        guide = _guide(run, using, trained)
        proposer = make_proposer(settings.proposer, space, seed, guide)
        blind = proposer.name == "random"
        first = settings.random if blind else 0
        series.append(Series(proposer, first + settings.proposed, blind))
    guard = Guard(_limits(settings), Meter(using.device))
    return Ranking(space, scorer, series, settings.keep, settings.exact, guard, run.seed,
                   using.engine, sent, run.threads, str(using.device))  # fmt: skip


def _guide(run: Run, using: Resources, trained: OneShot | None) -> Guide | None:
    """What the proposer is guided by, if it is; raises as `trained_hypernet`."""
    if not find_proposer(run.settings.rank.proposer).guided:
        return None
    return EncodingGuide(trained_hypernet(run, using) if trained is None else trained)


def _limits(settings: RankSettings) -> Limits:
    names = [field.name for field in dataclasses.fields(Limits)]
    return Limits(**{name: getattr(settings, name) or None for name in names})


def _require_told(field: str, control: str, body: str) -> None:
    if control != "none":
        raise ValueError(f"the run was trained with --control {control}: no encoding to corrupt")
    if field == "graph" and body != "graph":
        raise ValueError(f"the body `{body}` does not see the graph: nothing to corrupt")
