"""Trials of Optuna as programs of a space."""

from __future__ import annotations

import math
import sqlite3
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

import smashdsl
from smashdsl.importing.trials import from_trial, params_in, params_of
from smashdsl.proposing.parameters import Parameters

TEXT = """
space s {
  input 3x8x8
  classes 4
  stem { conv(8, one_of(3, 5)) }
  block {
    bank x of channels
    banks b[3] of 4
    let kind = one_of(relu, tanh, gelu)
    read x -> kind -> conv(4, one_of(1, 3)) -> dropout(uniform(0, 0.5)) -> write some(1, b)
  }
  head { global_avg_pool -> linear(classes) }
}
"""


def space(text: str = TEXT) -> smashdsl.Space:
    found = smashdsl.loads(text)
    assert isinstance(found, smashdsl.Space)
    return found


def params(of: smashdsl.Space, seed: int) -> dict[str, Any]:
    assert of.draws is not None
    found = Parameters(of.draws).values(of.sample(seed).genome)
    assert found is not None
    return dict(found)


@pytest.mark.parametrize("seed", range(5))
def test_the_parameters_of_a_program_give_it_back(seed: int) -> None:
    of = space()
    found = from_trial(of, params(of, seed))
    assert found.program.hash == of.sample(seed).hash
    assert of.contains(found.program)
    assert found.text.startswith("# A trial of `s`\nprogram s {")


def stored(path: Path, of: smashdsl.Space, values: Sequence[float | None] = (1.0, 3.0, None),
           **extra: Any) -> Path:  # fmt: skip
    """A study of complete trials with these values in a file, made by Optuna; None is one that
    failed."""
    optuna = pytest.importorskip("optuna")
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    from smashdsl.proposing.samplers import Tpe

    kinds = Tpe(of)._distributions
    study = optuna.create_study(storage=f"sqlite:///{path}", **extra)
    state = optuna.trial.TrialState
    for seed, value in enumerate(values):
        study.add_trial(
            optuna.trial.create_trial(
                params=params(of, seed), distributions=kinds, value=value,
                state=state.FAIL if value is None else state.COMPLETE,
            )
        )  # fmt: skip
    return path


def test_a_study_in_a_file(tmp_path: Path) -> None:
    of = space()
    path = stored(tmp_path / "study.db", of, direction="maximize", study_name="first")
    for number in range(3):
        assert params_of(str(path), number) == params(of, number)
    assert params_of(f"sqlite:///{path}", None) == params(of, 1)
    stored(path, of, study_name="second")
    assert params_of(str(path), None, "second") == params(of, 0)
    for number, study in ((0, None), (0, "third"), (7, "first")):
        with pytest.raises(smashdsl.SmashError, match="E993"):
            params_of(str(path), number, study)


@pytest.mark.parametrize("direction", ["minimize", "maximize"])
def test_the_best_of_values_without_bound(tmp_path: Path, direction: str) -> None:
    of = space()
    values = (math.inf, 2.0, -math.inf, 1.0)
    everything = stored(tmp_path / "all.db", of, values, direction=direction)
    assert params_of(str(everything), None) == params(of, 2 if direction == "minimize" else 0)
    worst = math.inf if direction == "minimize" else -math.inf
    one = stored(tmp_path / "one.db", of, (worst, 2.0), direction=direction)
    assert params_of(str(one), None) == params(of, 1)


def test_json() -> None:
    assert params_in('{"a": 1}') == params_in('{"number": 3, "params": {"a": 1}}') == {"a": 1}
    with pytest.raises(smashdsl.SmashError, match="E993"):
        params_in("[1, 2]")
    with pytest.raises(smashdsl.SmashError, match="E924"):
        params_in("[" * 100_000)


def wrong(name: str, value: Any) -> dict[str, Any]:
    return params(space(), 0) | {name: value}


KIND, SHARE = "block[0].kind", "block[0].layer[0].p"


@pytest.mark.parametrize(
    "given",
    [
        {}, wrong("other", 1), wrong(KIND, 3), wrong(KIND, -1), wrong(KIND, 0.5), wrong(KIND, True),
        wrong(KIND, "relu"), wrong(KIND, [0]), wrong(KIND, None), wrong(KIND, float("inf")),
        wrong(SHARE, 0.6),
        wrong(SHARE, float("nan")), wrong(SHARE, float("inf")), wrong(SHARE, 10**400),
        {name: 1 if "b[" in name else value for name, value in params(space(), 0).items()},
    ],
)  # fmt: skip
def test_parameters_that_mean_no_program(given: dict[str, Any]) -> None:
    with pytest.raises(smashdsl.SmashError, match="E993"):
        from_trial(space(), given)


def test_spaces_whose_programs_make_different_draws() -> None:
    with pytest.raises(smashdsl.SmashError, match="E988"):
        from_trial(smashdsl.load("specs/quickstart.smash"), {})


def test_files_that_hold_no_study(tmp_path: Path) -> None:
    missing, garbage, empty = (tmp_path / name for name in ("no.db", "bad.db", "empty.db"))
    garbage.write_bytes(b"SQLite format 3\x00" + b"\xff" * 500)
    sqlite3.connect(empty).close()
    empty.touch()
    with pytest.raises(smashdsl.SmashError, match="E923"):
        params_of(str(missing), 0)
    for path in (garbage, empty):
        with pytest.raises(smashdsl.SmashError, match="E993"):
            params_of(str(path), 0)
    assert not missing.exists()


def test_a_storage_with_other_things_in_it(tmp_path: Path) -> None:
    of = space()
    path = stored(tmp_path / "study.db", of)
    with sqlite3.connect(path) as base:
        base.execute("UPDATE trial_params SET distribution_json = '[]' WHERE trial_id = 1")
        base.execute("UPDATE trial_params SET param_value = 'x' WHERE trial_id = 2")
    base.close()
    with pytest.raises(smashdsl.SmashError, match="E993"):
        params_of(str(path), 0)
    with pytest.raises(smashdsl.SmashError, match="E993"):
        from_trial(of, params_of(str(path), 1))


def test_a_storage_that_would_compute(tmp_path: Path) -> None:
    path = tmp_path / "study.db"
    with sqlite3.connect(path) as base:
        base.execute(
            "CREATE VIEW studies AS WITH RECURSIVE "
            "n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) "
            "SELECT 'a' AS study_name, count(*) AS study_id FROM n"
        )
    base.close()
    with pytest.raises(smashdsl.SmashError, match="view"):
        params_of(str(path), 0)
