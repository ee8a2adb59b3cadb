"""Is the network that a search finds on one data set a good one for others?

Brock et al. 2017, section 5.3. For each data set the network found at home, the one found there,
and random ones are trained alike, and looked at on its test images, once.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np
import torch

from smashdsl.api import Program, Space
from smashdsl.search.resources import Resources
from smashdsl.search.run import MANIFEST, open_run, start_run
from smashdsl.search.settings import ConfirmSettings, RankSettings, SearchSettings, WinnerSettings
from smashdsl.search.steps import choose_step, train_step
from smashdsl.studies.plan import Plan
from smashdsl.studies.report import Page
from smashdsl.studies.settled import distinct, settle
from smashdsl.studies.study import Study, file_name
from smashdsl.training.data import Dataset, load_data

RANDOM = 3  # networks that nobody searched for


def transfer(study: Study, space: Space, data: Dataset, plan: Plan, device: torch.device | str,
             home: str, others: Sequence[str]) -> Page:  # fmt: skip
    """Run the study; gives its page, which is written with its data.

    Args:
        study: where it is kept.
        space: that is searched; for other data it is the same with another input and classes.
        data: at home.
        plan: how much work each search and each training may be.
        device: where to compute.
        home: the data where the network that is transferred is found, as `load_data` takes them.
        others: the data that it is transferred to.
    """
    found = _searched(study, space, home, plan, device)
    page = Page(f"Transfer: {space.name} from {data.name}")
    page.say(
        f"A search on {data.name} ({plan.train.steps:,} steps) found `{found.hash[:12]}`. On each "
        f"set it is trained for {plan.fit.epochs} epochs, as are the network that a search there "
        f"found and {RANDOM} random ones (± is their standard deviation). Accuracy on test images, "
        "which nothing else reads. What is moved are draws: the network has another size there, "
        "and need not keep to the space's limits."
    )
    rows = []
    for name in (home, *others):
        there = load_data(
            name, seed=plan.train.seed, limit=_limit(study, plan), progress=study.progress
        )
        of = space.fitted_to(there.shape, there.classes)
        moved = of.rebuild(found.genome, required=False)  # limits of cost are those at home
        own = found if name == home else _searched(study, of, name, plan, device)
        programs = [moved, of.rebuild(own.genome), *distinct(of, RANDOM, plan.train.seed)]
        settled = settle(study, programs, there, plan.fit, device, test=True)
        random = settled.tested[2:]
        rows.append([
            there.name, f"{settled.tested[0]:.1%}", f"{settled.tested[1]:.1%}",
            f"{np.mean(random):.1%} ± {np.std(random, ddof=1):.1%}", f"{max(random):.1%}",
            f"{moved.costs.params:,}", f"{programs[1].costs.params:,}",
        ])  # fmt: skip
        page.data[name] = {
            "transferred": settled.tested[0], "searched_here": settled.tested[1],
            "random": list(random), "test_images": len(there.test),
            "hashes": [program.hash for program in programs],
        }  # fmt: skip
    page.table(["data", "found at home", "found there", f"{RANDOM} random ones", "best of these",
                "parameters, home", "there"], rows)  # fmt: skip
    page.write(study)
    return page


def _searched(study: Study, space: Space, data: str, plan: Plan,
              device: torch.device | str) -> Program:  # fmt: skip
    """The network that a search on some data chooses."""
    folder = study.folder / "runs" / file_name(data).strip("-")
    rank = RankSettings(plan.programs, plan.programs // 2)
    confirm = ConfirmSettings(epochs=max(1, plan.fit.epochs // 3))
    fit = WinnerSettings(**dataclasses.asdict(plan.fit))
    settings = SearchSettings(plan.train, rank, confirm, fit)
    if (folder / MANIFEST).exists():
        run = open_run(folder)
    else:
        run = start_run(folder, space, data, plan.train.seed, settings, study.progress,
                        _limit(study, plan))  # fmt: skip
    using = Resources(study.progress, device)
    train_step(run, using)
    return choose_step(run, using).program


def _limit(study: Study, plan: Plan) -> int | None:
    """How many images of a set are read: as asked for, else as the budget allows."""
    asked: int | None = study.facts.get("limit")
    return plan.limit if asked is None else asked
