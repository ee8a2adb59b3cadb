"""What `--data` says → an open source.

    digits | NAME | hub:OWNER/SET | PATH, each perhaps with options: `PATH?label=fine_label&...`

A name that is known means the public set, whatever lies in the current folder: `./cifar10` is the
folder of that name.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import parse_qsl

from smashdsl.diagnostics.similar import did_you_mean
from smashdsl.files import fail
from smashdsl.training.progress import Progress
from smashdsl.training.sources.arrays import CHANNELS
from smashdsl.training.sources.digits import NAME, read_digits
from smashdsl.training.sources.folders import is_image_folder, read_folder
from smashdsl.training.sources.hub import PREFIX, known_set, read_hub
from smashdsl.training.sources.known import KNOWN, Known
from smashdsl.training.sources.npz import read_npz
from smashdsl.training.sources.parquet import parquet_files, read_parquet
from smashdsl.training.sources.shrink import parse_size, shrunk
from smashdsl.training.sources.source import Source

_COLUMNS = ("image", "label")
_HUB = (*_COLUMNS, "config", "revision")


@dataclass(frozen=True)
class Spec:
    """Where the data are, and the options that the user gave."""

    place: str
    options: Mapping[str, str]

    @property
    def built_in(self) -> bool:
        """Whether the place is a name, and no path."""
        return self.place == NAME or self.place in KNOWN or self.place.startswith(PREFIX)


def parse_spec(text: str) -> Spec:
    """The parts of what `--data` says.

    Raises:
        SmashError: E951 what follows the `?` are no options.

    >>> parse_spec("photos?label=breed")
    Spec(place='photos', options={'label': 'breed'})
    """
    place, mark, query = text.rpartition("?")
    if not mark or os.path.exists(text):
        return Spec(text, {})
    try:
        pairs = parse_qsl(query, keep_blank_values=True, strict_parsing=True)
    except ValueError as error:
        raise fail("E951", f"`{query}` are no options of data: {error}",
                   "write them as `PATH?label=NAME&image=NAME`") from error  # fmt: skip
    options = dict(pairs)
    if len(options) < len(pairs) or not all(options.values()):
        raise fail("E951", f"an option in `{query}` is empty or given twice")
    return Spec(place, options)


def absolute(text: str) -> str:
    """The same data, said so that it does not depend on the current folder."""
    spec = parse_spec(text)
    if spec.built_in:
        return text
    return os.path.realpath(spec.place) + text[len(spec.place) :]


def open_source(text: str, progress: Progress) -> Source:
    """The data that `--data` names.

    Raises:
        SmashError: E930 there are none, E951 an option is wrong; else as the readers do.
    """
    spec = parse_spec(text)
    size = spec.options.get("size")
    wanted = None if size is None else parse_size(size)
    share = _share(spec.options.get("validation"))
    source = replace(_opened(spec, progress), validation=share)
    if share is not None and "validation" in source.parts:
        raise fail("E951", f"`validation={share:g}` does not count: `{spec.place}` has validation "
                   "examples of its own", "leave it out")  # fmt: skip
    return source if wanted is None else shrunk(source, wanted)


def _share(text: str | None) -> float | None:
    """What `validation=` says."""
    if text is None:
        return None
    with suppress(ValueError):
        if 0 < (share := float(text)) < 1:
            return share
    raise fail("E951", f"`validation={text}` is no share of the training examples",
               "write a number between 0 and 1, as in `validation=0.1`")  # fmt: skip


def _opened(spec: Spec, progress: Progress) -> Source:
    if spec.place == NAME:
        _require(spec, ())
        return read_digits()
    if spec.place in KNOWN or spec.place.startswith(PREFIX):
        return _public(spec, progress)
    source = _local(spec, progress)
    known = spec.options.get("as")
    return replace(source, known=_known(known)) if known else source


def _public(spec: Spec, progress: Progress) -> Source:
    _require(spec, _HUB)
    name = spec.place
    known = KNOWN.get(name) or known_set(name.removeprefix(PREFIX))
    repository = known.repository if known else name.removeprefix(PREFIX)
    if repository is None:
        raise fail(
            "E950", f"`{name}` is not on the hub in a form that can be read",
            f"bring it into an .npz or parquet file and name its path, as in "
            f"`--data PATH?as={name}`",
        )  # fmt: skip
    return read_hub(repository, known, spec.options, progress)


def _local(spec: Spec, progress: Progress) -> Source:
    path = Path(spec.place)
    # Unlike the methods of paths, these say no to names that are too long or may not be looked at.
    is_file, is_folder = os.path.isfile(spec.place), os.path.isdir(spec.place)
    if is_file and path.suffix == ".npz":
        _require(spec, ("channels", "as"))
        channels = spec.options.get("channels", "auto")
        if channels not in CHANNELS:
            raise fail("E951", f"`channels` is one of {', '.join(CHANNELS)}, not `{channels}`")
        return read_npz(path, channels)
    if is_file or (is_folder and parquet_files(path)):
        _require(spec, (*_COLUMNS, "as"))
        return read_parquet(path, spec.options)
    if is_folder:
        if not is_image_folder(path):
            raise fail(
                "E931", f"`{path}` holds neither parquet files nor folders of images",
                "name a folder with `train-*.parquet` or with `train/<class>/*.png`",
            )  # fmt: skip
        _require(spec, ("as",))
        return read_folder(path, progress)
    raise _nothing(spec.place)


def _nothing(place: str) -> Exception:
    near = did_you_mean(place, [NAME, *KNOWN])
    return fail(
        "E930", f"`{place}` is neither the name of a data set nor a file or folder",
        *([f"did you mean `{near}`?"] if near else []),
        f"name a file or folder, or one of {', '.join([NAME, *KNOWN])}",
    )  # fmt: skip


def _known(name: str) -> Known:
    if name not in KNOWN:
        raise fail("E951", f"`as={name}` names no known data set",
                   f"the known ones are {', '.join(KNOWN)}")  # fmt: skip
    return KNOWN[name]


def _require(spec: Spec, known: tuple[str, ...]) -> None:
    allowed = (*known, "size", "validation")
    for option in spec.options:
        if option not in allowed:
            raise fail("E951", f"`{spec.place}` has no option `{option}`; it has "
                       f"{', '.join(allowed)}")  # fmt: skip
