"""Studies of a space, read from their folders."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from smashdsl.diagnostics.diagnostic import SmashError
from smashdsl.files import fail, read_json
from smashdsl.studies.agreement import Estimate
from smashdsl.studies.study import MANIFEST


@dataclass(frozen=True)
class Studied:
    """What a study found of how scores agree with the truth.

    Attributes:
        folder: where it is.
        name: of the study, such as `correlation`.
        space: its hash.
        about: on what it was done, in words.
        scores: by scorer, the score of each of n networks; NaN where it is not finite.
        taus: by scorer, Kendall's tau with the truth.
        truth: what each of the n networks reached.
    """

    folder: Path
    name: str
    space: str
    about: str
    scores: Mapping[str, tuple[float, ...]]
    taus: Mapping[str, Estimate]
    truth: tuple[float, ...]


def read_study(folder: Path) -> Studied:
    """The study in a folder.

    Raises:
        SmashError: E978 it holds none, or none that has ended or compares scores with a truth;
            E923 or E924 a file cannot be read.
    """
    if not (folder / MANIFEST).is_file() or not (folder / "data.json").is_file():
        raise _unfit(folder, "it holds no study that has ended")
    facts, data = read_json(folder / MANIFEST), read_json(folder / "data.json")
    try:
        about = f"{facts['name']} on {facts['data']}, seed {facts['seed']}"
        found = data.get("scores", data)
        named = {str(name): each for name, each in found.items()
                 if isinstance(each, dict) and "scores" in each}  # fmt: skip
        truth = _numbers(data["truth"])
        scores = {name: _numbers(each["scores"]) for name, each in named.items()}
        taus = {name: _estimate(each["kendall"]) for name, each in named.items()}
        if not scores or any(len(values) != len(truth) for values in scores.values()):
            raise ValueError("there are not as many scores as true values")
        return Studied(folder, str(facts["study"]), str(facts["space"]), about, scores, taus, truth)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise _unfit(folder, f"it does not compare scores with a truth ({error})") from error


def _numbers(values: Any) -> tuple[float, ...]:
    return tuple(math.nan if value is None else float(value) for value in values)


def _estimate(found: Mapping[str, Any]) -> Estimate:
    value, low, high = _numbers([found["value"], found["low"], found["high"]])
    return Estimate(value, low, high, int(found["n"]))


def _unfit(folder: Path, reason: str) -> SmashError:
    return fail("E978", f"`{folder}` cannot be shown: {reason}",
                "name the folder of a study `correlation`, `capacity` or `truth`")  # fmt: skip
