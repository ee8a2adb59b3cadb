"""Does the HyperNet listen? The same weights, told the truth or something wrong about a network.

Brock et al. 2017, section 5.1, field by field of the encoding.
"""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import numpy.typing as npt
import torch

from smashdsl.api import Space
from smashdsl.backends.plot import Panel, scatter
from smashdsl.hypernet.controls import FIELDS
from smashdsl.studies.plan import Plan
from smashdsl.studies.report import Page
from smashdsl.studies.settled import distinct
from smashdsl.studies.study import Study
from smashdsl.studies.weights import Method, generated, scored, trained
from smashdsl.training.data import Dataset


def corruption(
    study: Study, space: Space, data: Dataset, plan: Plan, device: torch.device | str = "cpu"
) -> Page:
    """Run the study; gives its page, which is written with its data and pictures."""
    programs = distinct(space, plan.programs, plan.train.seed)
    page = Page(f"Corruption: {space.name} on {data.name}")
    page.say(
        f"{len(programs)} random programs scored on {plan.images:,} held-out images with the "
        f"weights of {plan.seeds} HyperNets ({plan.train.steps:,} steps each) that are told the "
        "truth, or have one field of the encoding shuffled."
    )
    right, wrong = [], {field: [] for field in FIELDS}  # type: ignore[var-annotated]
    for number in range(plan.seeds):
        settings = dataclasses.replace(plan.train, seed=plan.train.seed + number)
        oneshot = trained(study, space, data, Method("hypernet", settings), device)
        for field in (None, *FIELDS):
            scorer = generated(oneshot, plan.images, field)
            name = f"{field or 'right'}-{settings.seed}"
            values = scored(study, name, scorer, programs)
            (right if field is None else wrong[field]).append(values)
    truth = np.mean(right, axis=0)
    rows, panels = [], []
    for field, values in wrong.items():
        lied = np.mean(values, axis=0)
        loss, stderr, better = _loss(truth, lied)
        rows.append([field, f"{loss:.4f} ± {1.96 * stderr:.4f}", f"{better:.0%}"])
        page.data[field] = {"loss": loss, "stderr": stderr, "right_is_better": better,
                            "scores": lied.tolist()}  # fmt: skip
        panels.append(Panel(lied, truth, field, "score, told wrong", "score, told right"))
    page.table(["field told wrong", "log-likelihood lost (95 %)", "programs that lose"], rows)
    page.data["right"] = truth.tolist()
    scatter(study.folder / "scores.svg", panels)
    page.picture("scores.svg", "scores with right and with wrong encodings")
    page.write(study)
    return page


def _loss(right: npt.NDArray[np.float64],
          wrong: npt.NDArray[np.float64]) -> tuple[float, float, float]:  # fmt: skip
    """What is lost on average, its standard error over programs, and how many lose."""
    good = np.isfinite(right) & np.isfinite(wrong)
    lost = (right - wrong)[good]
    stderr = float(lost.std(ddof=1)) / math.sqrt(len(lost)) if len(lost) > 1 else math.inf
    return float(lost.mean()) if len(lost) else math.nan, stderr, float((right > wrong).mean())
