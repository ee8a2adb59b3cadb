"""A trial of Optuna → the program of a space that its parameters mean.

Parameters are those of `smashdsl.proposing`: by the paths of draws, an option by its place among
those that may be drawn. Studies are read from SQLite files as data: no package of Optuna is needed.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

from smashdsl.api import Space
from smashdsl.diagnostics.diagnostic import SmashError
from smashdsl.files import fail, parse_json
from smashdsl.importing.imported import Imported, imported, short
from smashdsl.proposing.parameters import Parameter, Parameters

MOST = 100_000  # parameters of a trial
_PREFIX = "sqlite:///"
_SIZE = "CASE value_type WHEN 'INF_NEG' THEN -1 WHEN 'INF_POS' THEN 1 ELSE 0 END"  # kept as NULL


def from_trial(space: Space, params: Mapping[str, Any], comment: str = "") -> Imported:
    """The program of a space that the parameters of a trial mean.

    Raises:
        SmashError: E988 not all programs of the space make the same draws, E993 the parameters are
            not those of the space, or mean no program of it.
    """
    parameters = Parameters(_draws(space))
    known = {each.name: each for each in parameters.all}
    _agree(space, known, params)
    values = {name: _value(each, params[name]) for name, each in known.items()}
    genome = parameters.genome(values, 0)
    if parameters.values(genome) != values:
        raise fail("E993", f"the trial's sets of banks have not the sizes that `{space.name}` has")
    try:
        program = space.rebuild(genome)
    except SmashError as error:
        reason = error.diagnostics[0].message
        raise fail("E993", f"the trial means no program of `{space.name}`: {reason}") from error
    return imported(program.ir, [f"A trial of `{space.name}`{comment and f': {comment}'}"])


def _agree(space: Space, known: Mapping[str, Parameter], params: Mapping[str, Any]) -> None:
    missing = [name for name in known if name not in params]
    strange = [name for name in params if name not in known]
    if missing or strange:
        what = f"the trial lacks `{short(missing[0])}`" if missing else (
            f"the trial has a parameter `{short(strange[0])}`"
        )  # fmt: skip
        listed = ", ".join(f"`{name}`" for name in list(known)[:8]) or "none"
        more = ", …" if len(known) > 8 else ""
        raise fail("E993", f"{what}, unlike `{space.name}`",
                   f"the parameters of the space are {listed}{more}")  # fmt: skip


def _value(parameter: Parameter, value: Any) -> int | float:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if parameter.interval is not None:
        interval = parameter.interval
        if number and interval.low <= value <= interval.high:
            return interval.snap(float(value))
        raise fail("E993", f"`{parameter.name}` is {short(repr(value))}, which does not lie "
                   f"between {interval.low:g} and {interval.high:g}")  # fmt: skip
    if number and 0 <= value < parameter.count and value == int(value):
        return int(value)
    raise fail("E993", f"`{parameter.name}` is {short(repr(value))}, no place from 0 to "
               f"{parameter.count - 1}", "options are given by their places, as samplers of "
               "`smashdsl` do")  # fmt: skip


def _draws(space: Space) -> Any:
    if space.draws is None:
        raise fail("E988", f"not all programs of `{space.name}` make the same draws, so that no "
                   "trial can have the parameters of all")  # fmt: skip
    return space.draws


def params_in(content: str) -> dict[str, Any]:
    """The parameters in JSON: an object, or one with a key `params`.

    Raises:
        SmashError: E924 it is no JSON, E993 it holds something else.
    """
    data = parse_json(content.encode(errors="replace"), "the trial")
    if isinstance(data, dict) and isinstance(data.get("params"), dict):
        data = data["params"]
    if not isinstance(data, dict) or len(data) > MOST:
        raise fail("E993", "the trial is no JSON object of parameters",
                   '`json.dumps(trial.params)` writes one')  # fmt: skip
    return data


def params_of(storage: str, number: int | None, study: str | None = None) -> dict[str, Any]:
    """The parameters of a trial in a study that a SQLite file keeps.

    Args:
        storage: the file, as such or as `sqlite:///FILE`.
        number: which trial; the best one of a study of one goal if None.
        study: its name, not needed where there is one.

    Raises:
        SmashError: E923 there is no such file, E993 it holds no such study or trial.
    """
    path = Path(storage.removeprefix(_PREFIX))
    if not path.is_file():
        raise fail("E923", f"cannot read `{path}`: it does not exist")
    try:
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as base:
            return _params(base, str(path), number, study)
    except (sqlite3.Error, OverflowError, UnicodeDecodeError) as error:
        raise fail("E993", f"`{path}` is no storage of Optuna: {error}") from error


def _params(base: sqlite3.Connection, path: str, number: int | None,
            study: str | None) -> dict[str, Any]:  # fmt: skip
    if base.execute("SELECT 1 FROM sqlite_master WHERE type = 'view'").fetchone():
        raise fail("E993", f"`{path}` is no storage of Optuna: it has views, which could compute")
    studies = dict(base.execute("SELECT study_name, study_id FROM studies LIMIT 1000").fetchall())
    if study is None and len(studies) == 1:
        study = next(iter(studies))
    if study is None or study not in studies:
        listed = ", ".join(f"`{short(str(name))}`" for name in list(studies)[:8]) or "none"
        problem = f"no study `{short(study)}`" if study else f"{len(studies)} studies"
        raise fail("E993", f"`{path}` holds {problem}", f"say which one by its name: {listed}")
    if number is None:
        number = _best(base, path, studies[study])
    row = base.execute(
        "SELECT trial_id FROM trials WHERE study_id = ? AND number = ?", (studies[study], number)
    ).fetchone()
    if row is None:
        raise fail("E993", f"the study `{short(study)}` has no trial {number}")
    found = base.execute(
        "SELECT param_name, param_value, distribution_json FROM trial_params WHERE trial_id = ? "
        "LIMIT ?", (row[0], MOST + 1),
    ).fetchall()  # fmt: skip
    if len(found) > MOST:
        raise fail("E993", f"the trial has more than {MOST:,} parameters")
    return {str(name): _external(value, distribution) for name, value, distribution in found}


def _best(base: sqlite3.Connection, path: str, study: int) -> int:
    goals = base.execute(
        "SELECT direction FROM study_directions WHERE study_id = ?", (study,)
    ).fetchall()
    if len(goals) != 1:
        raise fail("E993", f"the study in `{path}` has {len(goals)} goals: say which trial")
    order = "DESC" if goals[0][0] == "MAXIMIZE" else "ASC"
    row = base.execute(
        "SELECT trials.number FROM trials JOIN trial_values USING (trial_id) "
        f"WHERE study_id = ? AND state = 'COMPLETE' ORDER BY {_SIZE} {order}, value {order}, "
        "number LIMIT 1", (study,),
    ).fetchone()  # fmt: skip
    if row is None:
        raise fail("E993", f"the study in `{path}` has no complete trial")
    return int(row[0])


def _external(value: Any, distribution: Any) -> Any:
    """A value as Optuna shows it: those of categories are kept by their places."""
    try:
        kind = json.loads(distribution)
        if kind["name"] == "CategoricalDistribution":
            return kind["attributes"]["choices"][int(value)]
    except (ValueError, KeyError, TypeError, IndexError, RecursionError, OverflowError) as error:
        raise fail("E993", "the storage describes a parameter in a way that is not Optuna's",
                   "a storage of Optuna 3 or newer is needed") from error  # fmt: skip
    return value
