"""The files in `specs` as entries. Their first comment says what they are, where they come from and
what was published of them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from smashdsl.diagnostics.diagnostic import Diagnostic, SmashError
from smashdsl.diagnostics.similar import did_you_mean

SUFFIX = ".smash"
ARXIV = re.compile(r"arXiv:(\d{4}\.\d{4,5})")
_NETWORK = re.compile(r"^(program|space) (\w+)", re.MULTILINE)

# Sources of files whose text is fixed by the design of the language.
_SOURCES = {
    "densenet_bc": "Huang, Liu, van der Maaten, Weinberger: Densely Connected Convolutional "
    "Networks. 2016, arXiv:1608.06993",
    "fractalnet": "after Larsson, Maire, Shakhnarovich: FractalNet: Ultra-Deep Neural Networks "
    "without Residuals. 2017, arXiv:1605.07648",
    "nas_bench_201": "Dong, Yang: NAS-Bench-201: Extending the Scope of Reproducible Neural "
    "Architecture Search. 2020, arXiv:2001.00326",
    "nas_bench_macro": "Su et al.: Prioritized Architecture Sampling with Monto-Carlo Tree Search. "
    "2021, arXiv:2103.11922",
    "resnet20": "after He, Zhang, Ren, Sun: Identity Mappings in Deep Residual Networks. 2016, "
    "arXiv:1603.05027",
    "smash_v2": "after Brock, Lim, Ritchie, Weston: SMASH: One-Shot Model Architecture Search "
    "through HyperNetworks. 2017, arXiv:1708.05344",
}
_PUBLISHED = {"nas_bench_201": "15,625 programs", "nas_bench_macro": "6,561 programs"}


@dataclass(frozen=True)
class Entry:
    """One file: `title` is the beginning of its description, `about` all of it; `published` is a
    number that others have printed of it, with its unit."""

    name: str
    kind: str
    title: str
    about: str
    source: str
    published: str | None
    text: str


@cache
def entries() -> tuple[Entry, ...]:
    """All entries by name, programs first."""
    found = [
        parse_entry(file.name.removesuffix(SUFFIX), file.read_text("utf-8"))
        for file in files("smashdsl.specs").iterdir()
        if file.name.endswith(SUFFIX)
    ]
    return tuple(sorted(found, key=lambda entry: (entry.kind, entry.name)))


def entry(name: str) -> Entry:
    """The entry of a name, which may end like the file's.

    Raises:
        SmashError: E966, there is none.
    """
    known = {each.name: each for each in entries()}
    found = known.get(name.removesuffix(SUFFIX))
    if found is not None:
        return found
    raise SmashError(Diagnostic("E966", f"the zoo has no `{name}`", helps=(_near(name, known),)))


def _near(name: str, known: Iterable[str]) -> str:
    """Which of the known names may have been meant."""
    near = did_you_mean(name, known)
    longer = [each for each in sorted(known) if name and each.startswith(name.lower())]
    *others, last = [f"`{each}`" for each in ([near] if near else longer)] or [""]
    if not last:
        return "`smashdsl zoo` lists all"
    return f"did you mean {', '.join(others)}{' or ' * bool(others)}{last}?"


def parse_entry(name: str, text: str) -> Entry:
    """The entry of a file that begins with a comment: a description, then `Source: …`, unless that
    is this project, and perhaps `Published: …` on lines of their own.

    Raises:
        ValueError: the text has no network.
    """
    comment = []
    for line in text.splitlines():
        if not line.startswith("#"):
            break
        comment.append(line.removeprefix("#").strip())
    stated = {
        key: value
        for key, separator, value in (line.partition(": ") for line in comment)
        if separator and key in ("Source", "Published")
    }
    about = " ".join(line for line in comment if not line.startswith(("Source: ", "Published: ")))
    network = _NETWORK.search(text)
    if network is None:
        raise ValueError(f"{name} holds no network")
    source = stated.get("Source") or _SOURCES.get(name, "this project")
    title = re.split(r": |\.(?: (?=[A-Z])|$)", about)[0]
    published = stated.get("Published") or _PUBLISHED.get(name)
    return Entry(name, network[1], title, about, source, published, text)
