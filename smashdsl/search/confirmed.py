"""The step of a search that confirms: trains promising and random programs for a short time."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from smashdsl.files import read_json, write_json
from smashdsl.hypernet.run import JOURNAL
from smashdsl.search.candidate import (
    PROMISES,
    Candidate,
    features_of,
    on_the_same_images,
    ranked_candidates,
)
from smashdsl.search.confirm import (
    ROUND,
    Choice,
    Gain,
    Trained,
    as_data,
    choose,
    gain,
    promising,
)
from smashdsl.search.engines.fitting import fit_programs
from smashdsl.search.held import holding
from smashdsl.search.ledger import Entry, scorer_name
from smashdsl.search.resources import Resources, threads
from smashdsl.search.run import Run, damaged
from smashdsl.search.trained import not_ranked
from smashdsl.search.winner import original
from smashdsl.training.journal import read_journal

NAME = "confirm.json"


@holding
def confirm_step(run: Run, using: Resources) -> Choice | None:
    """Train random and promising programs, as many as asked for, unless that is done.

    Gives the choice among them, which is also written to `confirm.json`; None where nothing is to
    be confirmed.

    Raises:
        SmashError: E945 nothing is ranked yet, E946 another process writes the run; else as
            `fit_program`.
        KeyboardInterrupt: the user stopped it; what was trained is kept.
    """
    known = confirmed(run)
    if known is not None or not run.settings.confirm.top:
        return known
    candidates = ranked_candidates(run, using)
    if not candidates:
        raise not_ranked(run)
    trained = _trained(run, candidates, using)
    choice = choose(trained)
    write_json(run.folder / NAME, {
        **_facts(run), "images": trained[0].entry.validation_images,
        **as_data(choice, gained(run, choice)),
    })  # fmt: skip
    return choice


def _trained(run: Run, candidates: Sequence[Candidate], using: Resources) -> list[Trained]:
    """Controls and promising candidates after their training."""
    short = run.changed({"fit.epochs": run.settings.confirm.epochs}, keep=False)
    top = min(run.settings.confirm.top, len(candidates))
    controls = _controls(run, candidates)
    features, chosen, trained = features_of(candidates), [0], dict[int, Trained]()
    places = list(dict.fromkeys([*controls, *chosen]))
    with threads(run.threads), using.progress.task("confirming", len(places) + top - 1) as task:
        while places:
            programs = [candidates[place].program for place in places]
            for number, found in fit_programs(short, programs, using):
                place = places[number]
                trained[place] = _measured(candidates[place], found, place in chosen,
                                           place in controls)  # fmt: skip
                task.advance(note=f"accuracy {trained[place].accuracy:.1%}")
            reached = {place: each.reached for place, each in trained.items()}
            places = promising(features, reached, min(ROUND, top - len(chosen)))
            chosen += places
    return [trained[place] for place in sorted(trained)]


def _measured(candidate: Candidate, found: Mapping[str, Any], chosen: bool,
              control: bool) -> Trained:  # fmt: skip
    """A candidate with what its training gave."""
    score = found["validation"]
    known = (candidate.entry, candidate.program, candidate.expressivity, candidate.trainability)
    return Trained(
        *known, _number(score["mean_log_likelihood"], -math.inf),
        _number(score["stderr"], math.inf), float(score["accuracy"]), chosen, control,
        float(found["seconds"]),
    )  # fmt: skip


def _controls(run: Run, candidates: Sequence[Candidate]) -> list[int]:
    """The places of the first random programs."""
    with run.ledger() as ledger:
        drawn = {
            proposal.hash
            for proposal in ledger.proposals(scorer_name())
            if proposal.proposer == "random"
            and proposal.proposer_number < run.settings.confirm.random
        }
    return [place for place, each in enumerate(candidates) if each.program.hash in drawn]


def _facts(run: Run) -> dict[str, int]:
    """What a choice depends on."""
    with run.ledger() as ledger:
        ranked = ledger.count(scorer_name())
    settings, limits = run.settings.confirm, run.settings.rank
    return {"top": settings.top, "random": settings.random, "epochs": settings.epochs,
            "ranked": ranked, "max_params": limits.max_params, "max_flops": limits.max_flops,
            }  # fmt: skip


def confirmed(run: Run) -> Choice | None:
    """The choice that was made among the programs that are now to be confirmed; None if there was
    none.

    Raises:
        SmashError: E924 or E944, the ledger or `confirm.json` is damaged.
    """
    path = run.folder / NAME
    if not path.exists() or not run.settings.confirm.top:
        return None
    found = read_json(path)
    try:
        facts = {"max_params": 0, "max_flops": 0, **found}  # those of choices before there were any
        if any(facts[name] != value for name, value in _facts(run).items()):
            return None
        programs = {str(each["hash"]): each for each in found["programs"]}
        with run.ledger() as ledger:
            entries = {hash_: ledger.entry(scorer_name(), hash_) for hash_ in programs}
            known = {hash_: entry for hash_, entry in entries.items() if entry is not None}
            if len(known) < len(programs):
                return None
            known = on_the_same_images(ledger, known, found["images"])
        return choose([_read(run, known[hash_], each) for hash_, each in programs.items()])
    except (KeyError, TypeError, ValueError) as error:
        raise damaged(path, str(error)) from error


def _read(run: Run, entry: Entry, found: Mapping[str, Any]) -> Trained:
    """A program of `confirm.json`, where None stands for what was not finite."""
    one, two = (_number(found[name], -math.inf) for name in PROMISES)
    return Trained(
        entry, original(run, entry), one, two,
        _number(found["reached"], -math.inf), _number(found["stderr"], math.inf),
        float(found["accuracy"]), bool(found["promising"]), bool(found["control"]),
        float(found["seconds"]),
    )  # fmt: skip


def ranked_entry(run: Run, confirmed: Trained) -> Entry:
    """The entry of a confirmed program as it is in the ranking, with its score on all images that
    it has seen; that of `confirmed` is on those that all confirmed programs have seen."""
    with run.ledger() as ledger:
        return ledger.entry(scorer_name(), confirmed.program.hash) or confirmed.entry


def gained(run: Run, choice: Choice) -> Gain | None:
    """What the search gained over random programs, at equal total cost."""
    return gain(choice.trained, searching_seconds(run))


def searching_seconds(run: Run) -> float:
    """How long the HyperNet was trained, and programs were ranked and looked at untrained."""
    with run.ledger() as ledger:
        ranking = sum(entry.seconds for entry in ledger.entries(scorer_name(), sort="found"))
    return training_seconds(run) + ranking


def training_seconds(run: Run) -> float:
    """How long the HyperNet was trained, by the journal."""
    train, before, total = run.settings.train, 0, 0.0
    images = train.archs_per_step * train.replicas * train.batch_size
    for line in read_journal(run.folder / JOURNAL):
        pace = line.get("images_per_second")
        if isinstance(pace, int | float) and pace > 0:
            total += (line["step"] - before) * images / pace
            before = line["step"]
    return total


def _number(value: Any, missing: float) -> float:
    """A number of JSON data, where None is one that was not finite."""
    return missing if value is None else float(value)
