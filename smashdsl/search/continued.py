"""Going on with a run, where what is asked for is what the run is about."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from smashdsl.api import Space
from smashdsl.hypernet.run import FREE
from smashdsl.search.changes import flat
from smashdsl.search.run import MANIFEST, Run, open_run
from smashdsl.training.checkpoint import require_same
from smashdsl.training.sources.spec import absolute


def continued(folder: Path, space: Space | None, given: Mapping[str, Any],
              changes: Mapping[str, Any]) -> Run:  # fmt: skip
    """The run in a folder, to go on with.

    Args:
        folder: of the run.
        space: what the user asked to search, which must be the space of the run.
        given: `data`, `limit` and `seed` where the user gave them, which must be those of the run.
        changes: settings that the user gave. Those of training must be those of the run, unless
            they change no weight.

    Raises:
        SmashError: E941 it is a run of something else; else as `open_run`.
        ValueError: a setting is out of its range.
    """
    run = open_run(folder)
    found = _plain(flat(run.settings)) | {"data": run.data, "limit": run.limit, "seed": run.seed}
    wanted = {key: value for key, value in changes.items() if decides(key)} | dict(given)
    if "data" in wanted:
        wanted["data"] = absolute(wanted["data"])
    if space is not None:
        found |= {"space": run.name, "text of the space": run.origin[:12]}
        wanted |= {"space": space.name, "text of the space": space.hash[:12]}
    require_same(folder / MANIFEST, found, wanted)
    return run.changed(changes)


def decides(key: str) -> bool:
    """Whether trained weights depend on the setting of a key."""
    step, _, name = key.partition(".")
    return step == "train" and name not in FREE


def _plain(values: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(json.dumps(values))
    return found
