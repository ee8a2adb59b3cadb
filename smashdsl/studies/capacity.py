"""Does a larger HyperNet rank better? (Brock et al. 2017, section 5.1: one too small does not.)"""

from __future__ import annotations

import dataclasses

import numpy as np
import torch

from smashdsl.api import Space
from smashdsl.backends.plot import Panel, scatter
from smashdsl.hypernet.bodies import GraphSettings
from smashdsl.hypernet.model import HyperNet, HyperNetSettings
from smashdsl.studies.agreement import agreement, difference
from smashdsl.studies.plan import Plan
from smashdsl.studies.report import Page
from smashdsl.studies.settled import distinct, settle
from smashdsl.studies.study import Study
from smashdsl.studies.weights import Method, generated, scored, trained
from smashdsl.training.data import Dataset

SIZES = {
    "tiny": GraphSettings(width=8, heads=2, layers=1, hidden=8),
    "small": GraphSettings(width=32, heads=4, layers=2, hidden=24),
    "usual": GraphSettings(),
    "large": GraphSettings(width=192, heads=8, layers=4, hidden=160),
}


def capacity(
    study: Study, space: Space, data: Dataset, plan: Plan, device: torch.device | str = "cpu"
) -> Page:
    """Run the study; gives its page, which is written with its data and pictures."""
    programs = distinct(space, plan.programs, plan.train.seed)
    truth = settle(study, programs, data, plan.fit, device)
    page = Page(f"Capacity: {space.name} on {data.name}")
    page.say(
        f"HyperNets of several sizes, each trained for {plan.train.steps:,} steps with "
        f"{plan.seeds} seeds, rank {len(programs)} random programs that were trained for "
        f"{plan.fit.epochs} epochs."
    )
    scores, rows = {}, []
    for name, size in SIZES.items():
        net = HyperNetSettings("graph", size)
        per_seed = []
        for number in range(plan.seeds):
            settings = dataclasses.replace(plan.train, hypernet=net, seed=plan.train.seed + number)
            oneshot = trained(study, space, data, Method(name, settings), device)
            scorer = generated(oneshot, plan.images)
            per_seed.append(scored(study, f"{name}-{settings.seed}", scorer, programs))
        scores[name] = np.mean(per_seed, axis=0)
        found = agreement(scores[name], truth.reached)
        weights = sum(p.numel() for p in HyperNet(space.layout, net, 0).parameters())
        rows.append([name, f"{weights:,}", f"{np.mean(scores[name]):.3f}", found.kendall,
                     found.top_half])  # fmt: skip
        page.data[name] = {"parameters": weights, "scores": scores[name].tolist(),
                           **dataclasses.asdict(found)}  # fmt: skip
    head = ["HyperNet", "its parameters", "mean score", "Kendall's tau", "tau, better half"]
    page.table(head, rows)
    first, last = scores["tiny"], scores["large"]
    page.say(f"From the smallest to the largest, tau rises by "
             f"{difference(last, first, truth.reached)}.")  # fmt: skip
    page.data["truth"] = truth.reached.tolist()
    panels = [Panel(values, truth.reached, name, "score", "truth")
              for name, values in scores.items()]  # fmt: skip
    scatter(study.folder / "scores.svg", panels, 2)
    page.picture("scores.svg", "scores of each HyperNet against the truth")
    page.write(study)
    return page
