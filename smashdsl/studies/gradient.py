"""Does the gradient of the HyperNet's loss lead to better networks than chance does?

Brock et al. 2017 (section 5.1) followed dE/dc and did worse than random perturbation. Here several
proposers set out from the same random programs and score as many programs each; and it is looked
into what the gradient knows of single mutations.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from functools import partial

import numpy as np
import torch

from smashdsl.api import Space
from smashdsl.backends.plot import Panel, scatter
from smashdsl.proposing.gradient import EncodingGuide
from smashdsl.proposing.registry import make_proposer
from smashdsl.scoring.generated import GeneratedScorer
from smashdsl.search.ledger import Ledger
from smashdsl.search.rank import rank
from smashdsl.search.ranking import Ranking, Series
from smashdsl.studies.agreement import stderrs
from smashdsl.studies.foreseen import Changes, changes, explain
from smashdsl.studies.plan import Plan
from smashdsl.studies.report import Page
from smashdsl.studies.study import Study
from smashdsl.studies.weights import Method, trained
from smashdsl.training.data import Dataset
from smashdsl.training.progress import Silent
from smashdsl.training.seeds import derive

PROPOSERS = ("random", "perturb", "markov", "local", "surrogate", "gradient")
STARTS = 5  # random beginnings for each one-shot training
Course = list[float]


def gradient(study: Study, space: Space, data: Dataset, plan: Plan,
             device: torch.device | str = "cpu") -> Page:  # fmt: skip
    """Run the study; gives its page, which is written with its data and pictures."""
    first = max(4, plan.programs // 4)
    page = Page(f"Gradient: {space.name} on {data.name}")
    page.say(
        f"Each proposer sets out from the same {first} random programs and proposes "
        f"{plan.programs} more; scores are of {plan.images:,} held-out images, with the weights of "
        f"{plan.seeds} HyperNets ({plan.train.steps:,} steps), {STARTS} beginnings each. The "
        "gradient is one of training images, and costs about three times as much as scoring them."
    )
    known: list[Changes] = []
    courses: dict[str, list[Course]] = {name: [] for name in PROPOSERS}
    with study.progress.task("searching", plan.seeds * STARTS * len(PROPOSERS)) as task:
        for number in range(plan.seeds):
            settings = dataclasses.replace(plan.train, seed=plan.train.seed + number)
            scorer = _scorer(study, space, data, Method("hypernet", settings), plan, device)
            known += changes(study, space, scorer.oneshot, plan.images)
            for start in range(STARTS):
                for name in PROPOSERS:
                    key = f"course-{name}-{settings.seed}-{start}"
                    make = partial(_course, study, space, scorer, name, start, first,
                                   plan.programs, key)  # fmt: skip
                    courses[name].append(study.piece(key, make))
                    task.advance()
    _compare(page, courses)
    panels = [
        Panel(np.arange(1, len(mean) + 1), mean, name, "programs scored", "best score so far",
              range(len(mean)))
        for name, mean in ((name, np.mean(found, axis=0)) for name, found in courses.items())
    ]  # fmt: skip
    scatter(study.folder / "courses.svg", panels)
    page.picture("courses.svg", "the best score so far, on average")
    explain(page, known)
    page.write(study)
    return page


def _scorer(study: Study, space: Space, data: Dataset, method: Method, plan: Plan,
            device: torch.device | str) -> GeneratedScorer:  # fmt: skip
    return GeneratedScorer(trained(study, space, data, method, device), [plan.images])


def _course(study: Study, space: Space, scorer: GeneratedScorer, name: str, start: int, first: int,
            proposed: int, key: str) -> Course:  # fmt: skip
    """The best score after each program of one search."""
    seed = derive(scorer.oneshot.settings.seed, "gradient", start)
    guide = EncodingGuide(scorer.oneshot) if name == "gradient" else None
    options = {"startup": first} if name == "surrogate" else {}
    proposer = make_proposer(name, space, seed, guide, **options)
    beginning = [Series(make_proposer("random", space, seed), first)]
    count = proposed + (first if name == "random" else 0)
    path = study.folder / "work" / f"{key}.sqlite"
    with Ledger(path, {"course": key}) as ledger:
        rank(Ranking(space, scorer, [*beginning, Series(proposer, count)]), ledger, Silent())
        scores = [trial.score for trial in ledger.trials(scorer.name)]
    whole = [scores[min(place, len(scores) - 1)] for place in range(first + proposed)]
    return [float(each) for each in np.maximum.accumulate(whole)]


def _compare(page: Page, courses: Mapping[str, list[Course]]) -> None:
    """Add the table of what each proposer ends with, and how that compares with perturbation."""
    ends = {name: np.array([course[-1] for course in found]) for name, found in courses.items()}
    rows = []
    for name, best in ends.items():
        gain = best - ends["perturb"]
        n = len(gain)
        stderr = float(gain.std(ddof=1)) / math.sqrt(n) if n > 1 else math.inf
        rows.append([
            name, f"{best.mean():.4f} ± {best.std(ddof=1) if n > 1 else math.nan:.4f}",
            f"{gain.mean():+.4f} ± {stderrs(n - 1) * stderr:.4f}", f"{(gain > 0).mean():.0%}",
        ])  # fmt: skip
        page.data[name] = {"courses": courses[name], "gain": gain.tolist(), "stderr": stderr}
    page.table(["proposer", "best score in the end (sd)", "over perturbation (95 %, paired)",
                "better in"], rows)  # fmt: skip
