"""How training went: of the HyperNet, and of the best program by itself."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from smashdsl.backends.web.markup import Html, folded, paragraph, section, table, tag
from smashdsl.backends.web.numbers import number
from smashdsl.report.chart import Series, figure
from smashdsl.report.gather import Findings

MOST = 600  # points of a curve; of more, neighbours are averaged
LISTED = 25
Lines = Sequence[Mapping[str, Any]]
Curve = tuple[list[float], list[float]]


def training_section(found: Findings) -> Html:
    """The curves of training, as far as there are such."""
    steps = found.run.settings.train.steps
    if not found.journal:
        said = (
            f"Training has not begun: it will take {steps:,} steps. "
            if not found.steps
            else f"{found.steps:,} of {steps:,} steps are done, of which there is no journal. "
        )
        return section("training", "Training", paragraph(said))
    done = max(found.steps, found.journal[-1]["step"])
    said = f"{done:,} of {steps:,} steps of one-shot training"
    return section("training", "Training", paragraph(f"{said}{_skipped(found)}."), _charts(found))


def _skipped(found: Findings) -> str:
    skipped = found.trained.get("skipped")
    return f"; {skipped:,} were skipped, as their loss was not finite" if skipped else ""


def _charts(found: Findings) -> Html:
    loss, probes = curve(found.journal, "loss"), curve(found.journal, "probe_loss")
    pace = curve(found.journal, "images_per_second")
    note = "" if len(found.journal) <= MOST else " Neighbouring lines of the journal are averaged."
    charts = [
        figure("Loss", "Cross-entropy of training batches, each on other random programs, and of "
               f"held-out images with a few programs that stay the same (probes).{note}",
               "step", "loss",
               [Series("training", *loss, "line"), Series("probes", *probes, "line")],
               _numbers(found.journal)),
        figure("Pace", f"Images per second; pauses and other work on the machine show.{note}",
               "step", "images per second", [Series("pace", *pace, "line")]),
    ]  # fmt: skip
    if found.leading is not None and found.leading.fitted is not None:
        charts.append(_own(found.leading.fitted["history"]))
    return tag("div", charts, class_="charts")


def _own(history: Lines) -> Html:
    """The best program's own training."""
    loss = curve(history, "loss", "epoch")
    rows = [[f"{line['epoch']:,}", number(line.get("loss")), _share(line.get("accuracy"))]
            for line in _some(history)]  # fmt: skip
    return figure(
        "The best program's own training", "Loss of its training batches.", "epoch", "loss",
        [Series("training", *loss, "line")],
        folded("Numbers", table("Its training", ["epoch", "loss", "held-out accuracy"], rows)),
    )  # fmt: skip


def _numbers(journal: Lines) -> Html:
    rows = [[f"{line['step']:,}", number(_real(line.get("loss"))),
             number(_real(line.get("probe_loss")))] for line in _some(journal)]  # fmt: skip
    return folded("Numbers", table("Loss by step", ["step", "loss", "loss of probes"], rows))


def _some(lines: Lines) -> Lines:
    """At most `LISTED` lines, the last among them."""
    every = max(1, -(-len(lines) // LISTED))
    return list(reversed(list(reversed(lines))[::every]))


def curve(lines: Lines, name: str, by: str = "step") -> Curve:
    """Places of the finite values of a name, at most `MOST`: each the mean of some neighbours."""
    pairs = [(float(line[by]), value) for line in lines
             if (value := _real(line.get(name))) is not None]  # fmt: skip
    every = max(1, -(-len(pairs) // MOST))
    groups = [pairs[i : i + every] for i in range(0, len(pairs), every)]
    return ([sum(x for x, _ in each) / len(each) for each in groups],
            [sum(y for _, y in each) / len(each) for each in groups])  # fmt: skip


def _real(value: Any) -> float | None:
    good = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    return float(value) if good else None


def _share(value: Any) -> str:
    found = _real(value)
    return "–" if found is None else f"{found:.1%}"
