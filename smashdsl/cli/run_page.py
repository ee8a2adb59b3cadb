"""What `smashdsl info` says of a run's folder."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING, Any

from smashdsl.backends.summary.columns import columns

if TYPE_CHECKING:
    from smashdsl.search.run import Run

LOSSES = (("loss", "loss"), ("probe_loss", "held-out loss of probes"))


def run_facts(folder: Path) -> dict[str, Any]:
    """How far a run is, as plain JSON data.

    Raises:
        SmashError: E943 it is no run; E923, E924, E940 or E944 it is damaged.
    """
    from smashdsl.hypernet.run import JOURNAL
    from smashdsl.search.ledger import scorer_name
    from smashdsl.search.run import open_run
    from smashdsl.search.trained import steps_done
    from smashdsl.training.journal import read_journal

    run = open_run(folder)
    with run.ledger() as ledger:
        count, best = ledger.count(scorer_name()), ledger.ranked(scorer_name(), 1, run.within)
    steps = steps_done(run)
    journal = read_journal(folder / JOURNAL) if steps else []  # of weights that are there
    return {
        "run": str(folder), "space": run.name, "data": run.data, "limit": run.limit,
        "seed": run.seed, "asked": _asked(run), "steps_done": steps,
        "steps": run.settings.train.steps,
        "environments": [dataclasses.asdict(each) for each in run.environments],
        "journal": journal[-1] if journal else None,
        "programs": count, "best": best[0].as_data() if best else None,
        "fits": sorted(path.stem for path in (folder / "fits").glob("*.json")),
        "exported": (folder / "winner.py").exists(),
    }  # fmt: skip


def _asked(run: Run) -> dict[str, str]:
    told = run.told()
    return {key: told[key] for key in run.asked if key in told}


def run_page(facts: dict[str, Any]) -> str:
    """The same for people."""
    rows = [["trained", _trained(facts)], ["ranked", _ranked(facts)]]
    count = len(facts["fits"])
    rows.append(["fitted", f"{count} time{'s' * (count != 1)}"])
    rows.append(["exported", "winner.py" if facts["exported"] else "not yet"])
    rows += [["settings", f"{key}={value}"] for key, value in facts["asked"].items()]
    title = f"{facts['run']}: {facts['space']} on {facts['data']}, seed {facts['seed']}\n\n"
    return title + columns(rows, widest=10_000)


def _trained(facts: dict[str, Any]) -> str:
    said = f"{facts['steps_done']:,} of {facts['steps']:,} steps"
    if facts["environments"]:
        last = facts["environments"][-1]
        said += f" on {last['device']}, torch {last['torch']}"
    line = facts["journal"] or {}
    shown = [f"{words} {line[name]:.3f}" for name, words in LOSSES if line.get(name) is not None]
    return ", ".join([said, *shown])


def _ranked(facts: dict[str, Any]) -> str:
    best = facts["best"]
    if best is None:
        return "not yet"
    score = best["score"]
    shown = "not finite" if score is None else f"{score:.3f}"
    return f"{facts['programs']:,} programs, the best scores {shown} ({best['hash'][:12]})"
