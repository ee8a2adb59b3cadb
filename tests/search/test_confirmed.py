"""What is confirmed, and by which scores."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from smashdsl.scoring.value import Value
from smashdsl.search.confirmed import confirmed, ranked_entry
from smashdsl.search.ledger import Ledger, find, scorer_name
from tests.report.runs import begun, confirm


def test_scores_are_compared_on_the_same_images(tmp_path: Path) -> None:
    """The second half of the images is hard, and only the best programs have seen it."""
    run = begun(tmp_path / "run", top=1, random=3)
    programs = [run.space.sample(seed) for seed in (0, 1, 2)]
    assert len({program.hash for program in programs}) == 3
    with Ledger(find(run.folder), run.facts) as ledger:
        for number, program in enumerate(programs):
            easy = np.full(50, -1.0 + 0.1 * number, np.float32)
            seen = np.concatenate([easy, easy - 5]) if number == 2 else easy
            value = Value.mean_of(seen, 0, len(seen))
            proposal = (number, "random", number, program)
            ledger.add(scorer_name(), [proposal], [value], 1.0, stage=len(seen), seed=0)
    confirm(run, [program.hash for program in programs], [-0.3, -0.2, -0.1])
    choice = confirmed(run)
    assert choice is not None
    scores = {each.program.hash: each.entry.score.score for each in choice.trained}
    found = [scores[program.hash] for program in programs]
    assert found == pytest.approx([-1.0, -0.9, -0.8], abs=1e-6)
    long = {each.program.hash: ranked_entry(run, each).score.score for each in choice.trained}
    assert [long[program.hash] for program in programs] == pytest.approx([-1.0, -0.9, -3.3])
    assert choice.mix is not None
    assert choice.mix.shares[choice.mix.names.index("score")] > 0
