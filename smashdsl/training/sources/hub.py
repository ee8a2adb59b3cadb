"""Data sets of the Hugging Face hub, through its `datasets` library (the extra `hub`).

The library downloads a set once and keeps it; it runs no code that comes with a set.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

import numpy as np

from smashdsl.files import fail
from smashdsl.training.progress import Progress
from smashdsl.training.sources.columns import (
    Columns,
    Slice,
    choose_columns,
    class_names,
    labels_of,
    pixels_of,
)
from smashdsl.training.sources.known import KNOWN, Known
from smashdsl.training.sources.labels import numbered
from smashdsl.training.sources.source import ROLES, Part, Pixels, Source, optional
from smashdsl.training.splits import Rows

PREFIX = "hub:"
_BATCH = 1000


def known_set(repository: str) -> Known | None:
    """What is known of a repository of the hub."""
    return next((known for known in KNOWN.values() if known.repository == repository), None)


def read_hub(repository: str, known: Known | None, options: Mapping[str, str],
             progress: Progress) -> Source:  # fmt: skip
    """A set of the hub; `options` may give a `config`, a `revision` and the columns `image` and
    `label`.

    Raises:
        SmashError: E938 the library is missing, E950 the set cannot be had, E931 it has no `train`
            split, E932 no columns of images and labels, E935 a bad label.
    """
    if known is not None:
        told = {"config": known.config, "label": known.label}
        options = {**{key: value for key, value in told.items() if value}, **options}
    with progress.task(f"fetching {repository}", 1) as task:
        splits = _load(repository, known, options.get("config"), options.get("revision"))
        task.advance()
    roles = _roles(repository, list(splits), known)
    tables = {role: splits[name].with_format("arrow") for role, name in roles.items()}
    schema = _schema(tables["train"])
    columns = choose_columns(schema, f"`{repository}`", options)
    names = class_names(schema, columns.label)
    labels = {
        role: labels_of(
            table.select_columns([columns.label])[:].column(0), names, _place(repository, role)
        )
        for role, table in tables.items()
    }
    names = names or numbered(labels.values())
    parts = {
        role: Part(labels[role], partial(_read, _place(repository, role), role, table, columns))
        for role, table in tables.items()
    }
    return Source(known.name if known else repository, parts, names, known)


def _load(repository: str, known: Known | None, config: str | None,
          revision: str | None) -> Mapping[str, Any]:  # fmt: skip
    library = optional("datasets", "datasets")
    try:
        found: Mapping[str, Any] = library.load_dataset(repository, config, revision=revision)
    # Networks, accounts, servers and damaged files fail in the ways of five libraries.
    except Exception as error:
        reason = str(error).strip().splitlines() or [type(error).__name__]
        local = f"'DIR?as={known.name}'" if known else "DIR"
        raise fail(
            "E950", f"`{repository}` cannot be fetched from the hub: {reason[0]}",
            f"where there is a network, `hf download {repository} --repo-type dataset "
            f"--local-dir DIR` fetches it; then give that folder: `--data {local}`",
        ) from error  # fmt: skip
    return found


def _roles(repository: str, splits: list[str], known: Known | None) -> dict[str, str]:
    """The split to read for each role."""
    wanted = dict(known.roles) if known and known.roles else ROLES
    roles: dict[str, str] = {}
    for name in splits:
        if name in wanted:
            roles.setdefault(wanted[name], name)
    if "train" not in roles:
        raise fail("E931", f"`{repository}` has no split `train`; it has {', '.join(splits)}")
    if "test" not in roles and "validation" in roles:
        roles["test"] = roles.pop("validation")
    return roles


def _schema(table: Any) -> Any:
    return table.features.arrow_schema


def _place(repository: str, role: str) -> str:
    return f"`{repository}` ({role})"


def _read(place: str, role: str, table: Any, columns: Columns, rows: Rows,
          progress: Progress) -> Pixels:  # fmt: skip
    slices = _slices(place, table.select_columns([columns.image]), rows)
    return pixels_of(slices, len(rows), columns, f"reading {role} images", progress)


def _slices(place: str, table: Any, rows: Rows) -> Iterator[Slice]:
    for part in np.array_split(rows, -(-len(rows) // _BATCH)):
        yield place, part, table[part.tolist()].column(0).combine_chunks()
