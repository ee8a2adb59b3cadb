"""From what a user asks for to an open study with its data and its plan."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch

from smashdsl.api import Space
from smashdsl.files import read_json
from smashdsl.search.pace import pace, typical
from smashdsl.search.settings import restored
from smashdsl.studies.plan import SMALL, Plan, fitted
from smashdsl.studies.study import MANIFEST, Study
from smashdsl.training.data import Dataset, load_data, require_match
from smashdsl.training.progress import Progress


def opened(folder: Path, name: str, space: Space, data: str, limit: int | None, seed: int,
           trainings: int, work: Mapping[str, Any], device: torch.device, progress: Progress,
           more: Mapping[str, Any] | None = None) -> tuple[Study, Dataset, Plan]:  # fmt: skip
    """The study in a folder, which is gone on with, or a new one.

    Args:
        folder: of the study.
        name: of the study.
        space: that is studied.
        data, limit: as `load_data` takes them.
        seed: of everything.
        trainings: how many one-shot trainings it compares.
        work: what the user said of how much work it may be; None for what was left open.
        device: where to compute.
        progress: is told about long work.
        more: facts of this study. All data that it goes `to` must be there, and fit the space when
            that is fitted to them.

    Raises:
        SmashError: E976 the folder holds another study; as `load_data`; E937 the data do not fit.
        ValueError: settings are out of range.
    """
    whole = load_data(data, seed=seed, limit=limit, progress=progress)
    require_match(whole, space.sample(0).plan)
    said = {key: value for key, value in work.items() if value is not None}
    facts = {"space": space.hash, "name": space.name, "data": data, "limit": limit, "seed": seed,
             "work": said, **(more or {})}  # fmt: skip
    plan = _known(folder)
    if plan is None:
        plan = _planned(space, whole, seed, trainings, said, device, limit is not None)
    for other in (more or {}).get("to", ()):
        there = load_data(other, seed=seed, limit=plan.limit or limit, progress=progress)
        space.fitted_to(there.shape, there.classes).sample(0)
    study = Study(folder, name, {**facts, "plan": plan.facts()}, progress)
    if plan.limit is not None:
        whole = load_data(data, seed=seed, limit=plan.limit, progress=progress)
    return study, whole, plan


def _known(folder: Path) -> Plan | None:
    """The plan of the study in a folder."""
    path = folder / MANIFEST
    found = read_json(path) if path.exists() else None
    try:
        return restored(Plan, found["plan"]) if isinstance(found, dict) else None
    except (KeyError, TypeError, ValueError):
        return None


def _planned(space: Space, data: Dataset, seed: int, trainings: int, said: Mapping[str, Any],
             device: torch.device, limited: bool) -> Plan:  # fmt: skip
    seconds = pace(typical(space, seed), data, device)
    seeds = int(said.get("seeds", 1))
    minutes = float(said.get("budget", SMALL))
    plan = fitted(minutes, seconds, len(data.train), trainings * seeds, seed,
                  said.get("programs"), said.get("epochs"))  # fmt: skip
    return dataclasses.replace(
        plan,
        limit=None if limited else plan.limit,
        seeds=seeds,
        images=said.get("images", plan.images),
        train=dataclasses.replace(
            plan.train,
            steps=said.get("steps", plan.train.steps),
            archs_per_step=said.get("archs_per_step", plan.train.archs_per_step),
        ),
    )
