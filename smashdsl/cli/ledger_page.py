"""What `smashdsl ledger` says."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from smashdsl.backends.summary.columns import columns

if TYPE_CHECKING:
    from smashdsl.api import Program
    from smashdsl.search.ledger import Entry, Merged, Reading

LARGE = 1000  # from which a score is shown as a whole number


def list_text(ledger: Reading, scorer: str, matching: int, sort: str,
              entries: Sequence[Entry]) -> str:  # fmt: skip
    """Some of a scorer's programs as a table, of `matching` ones in all."""
    scorers = ledger.scorers()
    total = scorers.pop(scorer)
    said = f"{_programs(total)} scored by {scorer}"
    if scorers:
        said += f" ({', '.join(f'{n:,} by {name}' for name, n in scorers.items())})"
    if matching < total:
        said += f", {matching:,} of them match"
    if len(entries) < matching:
        said += f"; the {'best' if sort == 'score' else 'first'} {len(entries)}"
    if sort != "score":
        said += f", by {sort}"
    lines = [_title(ledger), said + ":" * bool(entries)]
    if not entries:
        return "\n".join(lines) + "\n"
    rows = [["", "score", "± stderr", "error", "images", "stage", "parameters", "FLOPs", "depth",
             "found as", "hash"]]  # fmt: skip
    for place, entry in enumerate(entries, 1):
        rows.append([str(place), *_score(entry), f"{entry.params:,}", f"{entry.flops:,}",
                     str(entry.depth), _found(entry), entry.hash[:12]])  # fmt: skip
    return "\n".join(lines) + "\n\n" + columns(rows, range(9))


def list_data(ledger: Reading, scorer: str, matching: int,
              entries: Sequence[Entry]) -> dict[str, Any]:  # fmt: skip
    """The same as plain JSON data."""
    return {
        "ledger": str(ledger.path), "facts": dict(ledger.facts), "scorers": ledger.scorers(),
        "scorer": scorer, "matching": matching,
        "programs": [entry.as_data(times=True) for entry in entries],
    }  # fmt: skip


def program_text(ledger: Reading, entries: Mapping[str, Entry], program: Program | None) -> str:
    """Everything that is known of one program, which some scorers have scored."""
    entry = next(iter(entries.values()))
    costs = f"{entry.params:,} parameters, {entry.flops:,} FLOPs, depth {entry.depth}"
    lines = [_title(ledger), f"{entry.hash}\n{costs}"]
    lines += [f"{name}: {value:g}" for name, value in entry.measures.items()]
    rows = [["scorer", "score", "± stderr", "error", "images", "stage", "seconds", "time",
             "found as"]]  # fmt: skip
    for scorer, entry in entries.items():
        found = ", ".join(map(str, entry.proposals[:5])) + ", …" * (len(entry.proposals) > 5)
        rows.append([scorer, *_score(entry), f"{entry.seconds:.3g}", entry.time, found])
    text = "the space is not beside the ledger: there is no text" if program is None else ""
    return (
        "\n".join(lines)
        + "\n\n"
        + columns(rows, range(1, 7))
        + "\n"
        + (text if program is None else program.text)
    )


def program_data(entries: Mapping[str, Entry], program: Program | None) -> dict[str, Any]:
    """The same as plain JSON data."""
    own = ("score", "stderr", "error", "images", "validation_images", "stage", "seed", "seconds",
           "time", "proposals")  # fmt: skip
    data = {scorer: entry.as_data(times=True) for scorer, entry in entries.items()}
    shared = next(iter(data.values()))
    return {
        **{key: value for key, value in shared.items() if key not in own},
        "text": None if program is None else program.text,
        "scores": {scorer: {key: each[key] for key in own} for scorer, each in data.items()},
    }


def merged_text(other: str, merged: Merged) -> str:
    """What a merge has brought."""
    if not any((merged.programs, merged.scores, merged.improved, merged.proposals)):
        return f"{other}: nothing that was not here already"
    return (
        f"{other}: {_programs(merged.programs)} more, {merged.scores:,} new scores, "
        f"{merged.improved:,} of a later stage, {merged.proposals:,} proposals"
    )


def _title(ledger: Reading) -> str:
    facts = ledger.facts
    return f"{ledger.path}: {facts.get('space')} on {facts.get('data')}, seed {facts.get('seed')}"


def _programs(count: int) -> str:
    return f"{count:,} program{'s' * (count != 1)}"


def _score(entry: Entry) -> list[str]:
    """Score, standard error, error, images and stage, as far as there are such."""
    score = entry.score
    return [
        _number(score.score), _number(score.stderr) if score.stderr else "",
        "" if score.error is None else f"{score.error:.1%}",
        f"{score.images:,}" if score.images else "", str(entry.stage),
    ]  # fmt: skip


def _number(value: float) -> str:
    return f"{value:,.0f}" if LARGE <= abs(value) < math.inf else f"{value:.3f}"


def _found(entry: Entry) -> str:
    more = len(entry.proposals) - 1
    return str(entry.proposals[0]) + (f" and {more} more" if more else "")
