"""What is asked of a run that is ranked already: limits, proposers, lost files."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from smashdsl.search.ledger import Reading, find
from tests.cli.conftest import SMALL
from tests.cli.tools import Run


def sizes(found: Path) -> list[int]:
    with Reading(find(found)) as ledger:
        return sorted(entry.params for entry in ledger.ranked("hypernet"))


def test_limits_hold_for_what_was_ranked_before(run: Run, found: Path):
    every = sizes(found)
    assert every[0] < every[-1]
    said = run("rank", found, "--max-params", str(every[0])).stdout
    kept = every.count(every[0])
    assert said.startswith(f"{kept} programs of small that keep the limits, of {len(every)}, the")
    data = json.loads(run("rank", found, "--pareto", "params", "--json").stdout)
    assert {each["params"] for each in (*data["best"], *data["pareto"])} == {every[0]}
    chosen = json.loads(run("confirm", found, "--json").stdout)["programs"]
    assert 1 <= len(chosen) <= kept
    winner = json.loads(run("fit", found, "--json").stdout)["winner"]
    assert winner["params"] == every[0]


def test_limits_that_nothing_keeps(run: Run, found: Path):
    least = sizes(found)[0]
    said = run("rank", found, "--max-params", "1", code=1).stderr
    assert "error[E987]" in said
    assert f"the limit is 1 parameters; the least of these is {least}" in said
    assert "`--random N`" in said
    for verb in ("confirm", "fit"):
        assert "no program is ranked that keeps its limits" in run(verb, found, code=1).stderr


@pytest.mark.parametrize(("proposer", "code"), [
    ("nix", "E985"), ("", "E985"), ("surrogate?pool=0", "E986"), ("surrogate?pool=9999", "E986"),
    ("local?x=1", "E986"), ("gradient?pool=x", "E986"),
])  # fmt: skip
def test_a_proposer_that_is_none_is_refused_at_once(
    run: Run, found: Path, space: Path, tmp_path: Path, proposer: str, code: str
):
    before = (found / "run.json").read_bytes()
    assert f"error[{code}]" in run("rank", found, "--proposer", proposer, code=1).stderr
    assert (found / "run.json").read_bytes() == before
    run("rank", found)
    new = ("--data", "digits", "--run", tmp_path / "new", *SMALL, "--proposer", proposer)
    assert f"error[{code}]" in run("search", space, *new, code=1).stderr
    assert not (tmp_path / "new").exists()


def test_a_winner_whose_weights_are_gone_is_trained_again(run: Run, found: Path):
    weights = (found / "winner.safetensors").read_bytes()
    for path in (found / "fits").glob("*.safetensors"):
        path.unlink()
    said = run("export", found, code=1).stderr
    assert "weights are gone" in said
    assert f"smashdsl fit {found}" in said
    run("fit", found)
    run("export", found)
    assert (found / "winner.safetensors").read_bytes() == weights


def test_a_damaged_space_is_named_and_nothing_else(run: Run, found: Path):
    (found / "space.smash").write_text("space tiny {")
    said = run("fit", found, code=1).stderr
    assert said.startswith(f"error[E944]: `{found / 'space.smash'}` is damaged: this `{{` is never")
    assert "ledger" not in said
