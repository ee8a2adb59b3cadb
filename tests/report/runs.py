"""Runs that nobody has trained: folders with the files that a report is made from."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np

import smashdsl
from smashdsl.files import make_folder, write_json
from smashdsl.scoring.value import Value
from smashdsl.search.environment import here
from smashdsl.search.ledger import Ledger, find
from smashdsl.search.run import Run
from smashdsl.search.settings import preset
from smashdsl.search.texts import copy_texts
from smashdsl.search.winner import Fit
from smashdsl.training import checkpoint

SPACE = """\
space small {
  input 1x8x8
  classes 10
  stem { conv(8, one_of(1, 3, 5)) }
  block {
    banks b[2] of 8
    read b[0] -> norm -> relu -> conv(8, one_of(1, 3, 5)) -> write b[1]
    read b -> norm -> relu -> conv(one_of(8, 16), 1) -> write b by one_of(add, max)
  }
  head { norm -> relu -> global_avg_pool -> linear(classes) }
}
"""
IMAGES = 64


def begun(folder: Path, top: int = 2, random: int = 3) -> Run:
    """A run of which nothing is done; so many programs are to be confirmed."""
    space = smashdsl.loads(SPACE)
    assert isinstance(space, smashdsl.Space)
    settings = preset("digits")
    confirm = dataclasses.replace(settings.confirm, top=top, random=random)
    settings = dataclasses.replace(settings, confirm=confirm)
    run = Run(folder, "small", "/data/<b>&digits", None, 3, settings, space.hash, 1,
              ("train.steps",), (here("cpu", 1),))  # fmt: skip
    make_folder(folder)
    copy_texts(space.definition.module, folder)
    run.write()
    return run


def train(run: Run, steps: int = 600) -> None:
    """As if the HyperNet had been trained for so many steps."""
    facts = {"step": steps, "skipped": 2, "data": {"name": "digits", "shape": [1, 8, 8],
             "classes": 10, "train": 1151, "mean": [4.89]}}  # fmt: skip
    checkpoint.save(run.folder / "hypernet.safetensors", {}, facts)
    lines = [{"step": step, "loss": 2 - step / 600, "images_per_second": 900.0,
              **({"probe_loss": 1.5 - step / 600} if step % 100 == 0 else {})}
             for step in range(20, steps + 1, 20)]  # fmt: skip
    text = "".join(json.dumps(line) + "\n" for line in [*lines, {"step": steps, "loss": None}])
    (run.folder / "train.jsonl").write_text(text)


def rank(run: Run, count: int = 16, scorer: str = "hypernet", worse: float = 0.0) -> list[str]:
    """As if so many programs had been scored, each better than the one before; gives their hashes
    in that order. A `worse` of infinity gives programs whose outputs are not finite."""
    programs: dict[str, smashdsl.Program] = {}
    seed = 0
    while len(programs) < count:
        program = run.space.sample(seed)
        programs.setdefault(program.hash, program)
        seed += 1
    with Ledger(find(run.folder), run.facts) as ledger:
        proposals, values = [], []
        for number, program in enumerate(programs.values()):
            likelihoods = np.linspace(-1, 0, IMAGES, dtype=np.float32) + number / 10 - worse
            proposals.append((number, "random", number, program))
            values.append(Value.mean_of(likelihoods, number, IMAGES))
        ledger.add(scorer, proposals, values, 5.0, stage=IMAGES, seed=3)
        for program in list(programs.values())[:2]:
            ledger.measure(program.hash, "latency on <cpu>", 1.25)
    return list(programs)


def confirm(run: Run, hashes: Sequence[str], reached: Sequence[float]) -> None:
    """As if these programs had been trained for a short time, with these likelihoods: the best of
    the ranking as promising ones."""
    settings = run.settings.confirm
    with run.ledger() as ledger:
        promising = {entry.hash for entry in ledger.ranked("hypernet", settings.top)}
        controls = {entry.hash for entry in ledger.entries("hypernet", sort="found")
                    if entry.proposals[0].proposer_number < settings.random}  # fmt: skip
        ranked = ledger.count("hypernet")
    programs = [
        {"hash": hash_, "reached": value, "stderr": 0.01, "accuracy": 0.9, "seconds": 1.0,
         "expressivity": 1.0, "trainability": -1.0, "promising": hash_ in promising,
         "control": hash_ in controls}
        for hash_, value in zip(hashes, reached, strict=True)
    ]  # fmt: skip
    write_json(run.folder / "confirm.json", {
        **dataclasses.asdict(settings), "ranked": ranked, "images": None, "programs": programs,
    })  # fmt: skip


def fit(run: Run, hash_: str) -> None:
    """As if a program had been trained to the end."""
    with run.ledger() as ledger:
        entry = ledger.entry("hypernet", hash_)
    assert entry is not None
    results = Fit.of(run, run.space.rebuild(entry.genome)).results
    score = {"mean_log_likelihood": -0.2, "stderr": 0.01, "n": 287, "accuracy": 0.97, "error": 0.03}
    history = [{"epoch": i, "loss": 2 / i, "accuracy": 1 - 1 / i} for i in range(1, 9)]
    make_folder(results.parent)
    write_json(results, {"validation": score, "test": None, "history": history, "own": {},
                         "seconds": 5.0})  # fmt: skip


def finished(folder: Path, random: int = 3, gap: float = 1.0) -> Run:
    """A run with everything, whose search has found what is by `gap` better than random ones."""
    run = begun(folder, top=2, random=random)
    train(run)
    hashes = rank(run)
    rank(run, 8, "hypernet:corrupt-all", worse=0.5)
    best = hashes[-2:]
    chosen = [*hashes[:random], *best]
    reached = [-0.5 - 0.01 * (place % 3) + gap * (hash_ in best)
               for place, hash_ in enumerate(chosen)]  # fmt: skip
    confirm(run, chosen, reached)
    fit(run, hashes[-1] if reached[-1] > reached[-2] else hashes[-2])
    return run


def study(folder: Path, space: str, n: int = 20) -> None:
    """A study that has ended."""
    make_folder(folder)
    write_json(folder / "study.json", {
        "study": "correlation", "space": space, "name": "small<i>", "data": "digits", "seed": 0,
    })  # fmt: skip
    truth = [-0.1 * i for i in range(n)]
    found = {
        name: {"scores": [None, *scores[1:]], "kendall": {"value": tau, "low": tau - 0.1,
                                                         "high": tau + 0.1, "n": n}}
        for name, scores, tau in (("hypernet", truth, 0.5), ("params", truth[::-1], 0.375))
    }  # fmt: skip
    write_json(folder / "data.json", {"scores": found, "truth": truth})
