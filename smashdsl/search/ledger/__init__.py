"""The ledger of a run: every program that was scored, by whatever scorer, in a SQLite file.

What `Ledger.add` was given is in the file for good when it returns, whatever becomes of the
process; others may read meanwhile.

    from smashdsl.search.ledger import Reading, find

    with Reading(find("runs/first")) as ledger:
        for entry in ledger.ranked("hypernet", 10):
            print(entry.score.score, entry.params, dict(entry.genome))
"""

from __future__ import annotations

from pathlib import Path

from smashdsl.search.ledger.entry import Entry as Entry
from smashdsl.search.ledger.entry import Proposal as Proposal
from smashdsl.search.ledger.exporting import export as export
from smashdsl.search.ledger.ledger import Ledger as Ledger
from smashdsl.search.ledger.merging import Merged as Merged
from smashdsl.search.ledger.queries import SORTS as SORTS
from smashdsl.search.ledger.queries import Filter as Filter
from smashdsl.search.ledger.reading import Reading as Reading

NAME = "ledger.sqlite"


def find(place: Path | str) -> Path:
    """The ledger in the folder of a run; or the file, where that is what is named."""
    path = Path(place)
    return path / NAME if path.is_dir() else path


def scorer_name(corrupt: str | None = None) -> str:
    """What the HyperNet is called as a scorer: told the truth, or something wrong in a field."""
    return "hypernet" if corrupt is None else f"hypernet:corrupt-{corrupt}"
