"""What the ranking is worth: against random search, against counting, against the truth."""

from __future__ import annotations

import math
import shlex
import statistics
from collections.abc import Sequence

from smashdsl.backends.web.markup import Html, join, paragraph, section, table, tag
from smashdsl.backends.web.numbers import SURE, interval, number, plus_minus
from smashdsl.report.chart import Series, figure
from smashdsl.report.gather import Findings
from smashdsl.report.studied import Studied
from smashdsl.search.candidate import FEATURES, features_of
from smashdsl.search.confirm import Choice, Gain, Trained, more_controls
from smashdsl.studies.agreement import ENOUGH, agreement, stderrs

COUNTED = ("params", "live_params", "flops", "depth")


def trust_section(found: Findings) -> Html:
    """The verdict first, then what it rests on."""
    parts = [
        paragraph(tag("strong", verdict(found)), class_="verdict"),
        *_gain(found.gain),
        *_trained(found.choice),
        *_ranks(found.choice),
        *_mix(found.choice),
        *_corrupted(found),
        *(part for each in found.studies for part in _study(each, found)),
    ]
    return section("trust", "What is this ranking worth?", *parts)


def verdict(found: Findings) -> Html:
    """In a sentence or two, whether the search found more than random search would have; plainly
    that it cannot be known where it cannot."""
    folder = found.run.folder
    unknown = "What the ranking is worth cannot be known"
    if found.choice is None:
        problem = f"{unknown} yet: no program of it has been trained by itself. "
        command = f"smashdsl confirm {shlex.quote(str(folder))}"
        return join([problem, tag("code", command), " trains promising ones and random ones."])
    gain = found.gain
    if gain is None:
        problem = f"{unknown}: fewer than two random programs were trained beside promising ones. "
        return join([problem, tag("code", more_controls(folder)), " trains more."])
    more = [" ", tag("code", more_controls(folder)), " would tell more."]
    return join([_compared(gain), *(more if gain.wants_more else [])])


def _compared(gain: Gain) -> str:
    shown = f"{interval(gain.gain, gain.low, gain.high)} in log-likelihood"
    if gain.low > 0:
        return f"The search found a better program than random search at equal cost: {shown}."
    if gain.high < 0:
        return f"Random search at equal cost would have found a better program: {shown}."
    return f"The search cannot be told apart from random search at equal cost: {shown}."


def _gain(gain: Gain | None) -> list[Html]:
    if gain is None:
        return []
    rows = [
        ["the best of the promising ones", number(gain.best)],
        ["random programs, on average",
         f"{number(gain.random)} (standard deviation {number(gain.spread)})"],
        [f"the best of {gain.trained:,} random ones, which would have cost as much (estimated)",
         number(gain.expected)],
        ["gain, with 95 % interval", interval(gain.gain, gain.low, gain.high)],
    ]  # fmt: skip
    return [
        table("Log-likelihood after a short training", ["", "reached"], rows),
        paragraph("The estimate takes random programs for normally distributed; the fewer there "
                  "are, the wider is its interval. The same held-out images chose and measured."),
    ]  # fmt: skip


def _trained(choice: Choice | None) -> list[Html]:
    if choice is None:
        return []
    groups = {
        "promising programs": [each for each in choice.trained if each.promising],
        "random programs": [each for each in choice.trained if each.control and not each.promising],
    }
    series = [_series(name, each, kind) for (name, each), kind in
              zip(groups.items(), ("points", "rings"), strict=True)]  # fmt: skip
    rows = [
        [each.program.hash[:12], each.role, number(each.entry.score.score),
         plus_minus(each.reached, each.stderr), f"{each.accuracy:.1%}", plus_minus(worth, unsure)]
        for each, worth, unsure in zip(choice.trained, choice.worth, choice.unsure, strict=True)
    ]  # fmt: skip
    head = ["program", "", "score", "reached", "accuracy", "worth"]
    return [
        tag("div", figure(
            "Score against truth", "What programs were scored with generated weights, and what "
            "they reached after a short training of their own; 95 % intervals. Scores are on the "
            "images that all of them have seen.",
            "score", "reached", series,
        ), class_="charts"),
        table("Programs that were trained, the chosen one first", head, rows),
    ]  # fmt: skip


def _series(name: str, trained: Sequence[Trained], kind: str) -> Series:
    labels = [f"{each.program.hash[:12]}: score {number(each.entry.score.score)}, reached "
              f"{number(each.reached)}" for each in trained]  # fmt: skip
    return Series(
        name, [each.entry.score.score for each in trained], [each.reached for each in trained],
        kind, [SURE * each.entry.score.stderr for each in trained],
        [SURE * each.stderr for each in trained], labels,
    )  # fmt: skip


def _ranks(choice: Choice | None) -> list[Html]:
    """Kendall's tau among the random programs, which nothing has chosen."""
    if choice is None:
        return []
    controls = [each for each in choice.trained if each.control and math.isfinite(each.reached)]
    n = len(controls)
    if n < ENOUGH:
        chance = "" if n < 2 else (
            f": by chance alone, Kendall's tau of {n} has a standard deviation of "
            f"{by_chance(n):.2f}")  # fmt: skip
        return [paragraph(
            f"Whether scores rank programs as their own training does cannot be known from "
            f"{n} random program{'s' * (n != 1)}{chance}. Promising ones do not count, since "
            "scores chose them. ", tag("code", "smashdsl study correlation"), " finds out.",
        )]  # fmt: skip
    truth = [each.reached for each in controls]
    rows = [[name, str(agreement(values, truth).kendall)]
            for name, values in zip(FEATURES, features_of(controls).T, strict=True)]  # fmt: skip
    return [table(f"Kendall's tau with what training reached, among {n} random programs (95 %)",
                  ["by", "tau"], rows)]  # fmt: skip


def by_chance(n: int) -> float:
    """The standard deviation of Kendall's tau of n pairs that have nothing to do with each other.

    >>> round(by_chance(3), 2)
    0.64
    """
    return math.sqrt(2 * (2 * n + 5) / (9 * n * (n - 1)))


def _mix(choice: Choice | None) -> list[Html]:
    if choice is None or choice.mix is None:
        return []
    shares = ", ".join(f"{name} {share:+.3f}" for name, share in
                       zip(choice.mix.names, choice.mix.shares, strict=True))  # fmt: skip
    return [paragraph(
        "Worth lies between what a program reached and what a mix expects of it, by how sure each "
        f"is. The mix, fitted on {choice.mix.n} trained programs, weighs normal ranks: {shares}."
    )]  # fmt: skip


def _corrupted(found: Findings) -> list[Html]:
    """Whether the HyperNet listens to what it is told."""
    rows = []
    for field, gains in found.gains.items():
        rows.append([field, f"{len(gains):,}", _mean(gains) if len(gains) > 1 else "–"])
    if not rows:
        return []
    caption = "By how much scores are higher with the right encoding than with a wrong one (95 %)"
    return [table(caption, ["wrong in", "programs", "gain"], rows)]


def _study(study: Studied, found: Findings) -> list[Html]:
    """What a study says, with pictures of the HyperNet's scores and of the best that is counted."""
    title = tag("h3", f"Study {study.name}: {study.about}")
    warning = [] if study.space == found.run.origin else [
        paragraph("This study is of another space than the run.", class_="warning")]  # fmt: skip
    order = sorted(study.taus, key=lambda name: -_or_least(study.taus[name].value))
    rows = [[name, str(study.taus[name]), str(study.taus[name].n)] for name in order]
    drawn = [name for name in ("hypernet", _counted(study)) if name in study.scores]
    charts = [
        figure(f"{name}, tau {study.taus[name]}", f"{len(study.truth):,} networks.",
               "score", "truth", [Series(name, study.scores[name], study.truth, "dots")])
        for name in drawn or order[:2]
    ]  # fmt: skip
    taus = table("Kendall's tau with the truth (95 %)", ["score", "tau", "networks"], rows)
    return [title, *warning, tag("div", charts, class_="charts"), taus]


def _counted(study: Studied) -> str:
    known = [name for name in COUNTED if name in study.taus]
    return max(known, key=lambda name: _or_least(study.taus[name].value), default="")


def _or_least(value: float) -> float:
    return -2.0 if math.isnan(value) else value


def _mean(values: Sequence[float]) -> str:
    """The mean of two values or more with its 95 % interval."""
    mean = statistics.mean(values)
    stderr = statistics.stdev(values) / math.sqrt(len(values))
    around = stderrs(len(values) - 1) * stderr
    return interval(mean, mean - around, mean + around)
