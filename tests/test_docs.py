"""The documentation holds: its programs, its table of operations, its links."""

from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

import smashdsl
from smashdsl.check.check import check
from smashdsl.diagnostics import Source
from smashdsl.elaborate.attributes import MOST
from smashdsl.elaborate.limits import DEFAULT
from smashdsl.elaborate.modules import DEEPEST, load_module
from smashdsl.elaborate.values import show
from smashdsl.ops.builtin import BUILTIN
from smashdsl.ops.table import OpSpec
from smashdsl.syntax.limits import MAX_DEPTH, MAX_DIGITS, MAX_FILE_BYTES

ROOT = Path(__file__).parents[1]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")])
FENCE = re.compile(r"^```(\w+)([^\n]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)

# What stands around a block that shows a part of a network.
CONTEXT = {
    "": "{}",
    "network": "space doc {{\ninput 3x32x32\nclasses 10\nstem {{ conv(16, 3) }}\n{}\n"
    "head {{ global_avg_pool -> linear(classes) }}\n}}",
    "block": "space doc {{\ninput 3x32x32\nclasses 10\nstem {{ conv(16, 3) }}\n"
    "block {{ bank x of 16  banks b[6] of 8\n{}\n}}\n"
    "head {{ global_avg_pool -> linear(classes) }}\n}}",
    "chain": "space doc {{\ninput 3x32x32\nclasses 10\nstem {{\n{}\n}}\n"
    "head {{ global_avg_pool -> linear(classes) }}\n}}",
}


@dataclass(frozen=True)
class Example:
    """One fenced block: `words` follow the language's name on the fence."""

    place: str
    language: str
    words: tuple[str, ...]
    text: str


def examples(language: str) -> list[Example]:
    """All blocks of a language, in all pages."""
    found = []
    for page in PAGES:
        text = page.read_text()
        for match in FENCE.finditer(text):
            if match[1] == language:
                line = text.count("\n", 0, match.start()) + 1
                place = f"{page.relative_to(ROOT)}:{line}"
                found.append(Example(place, language, tuple(match[2].split()), match[3]))
    return found


SMASH = examples("smash")


@pytest.mark.parametrize("example", SMASH, ids=[example.place for example in SMASH])
def test_smash_block(example: Example) -> None:
    """A block is free of mistakes, or gives exactly the error that it names."""
    context = next((word for word in example.words if word in CONTEXT), "")
    expected = {word.partition("=")[2] for word in example.words if word.startswith("error=")}
    source = CONTEXT[context].format(example.text)
    assert codes_of(source) == expected


@pytest.mark.parametrize(
    "block", [example for example in examples("python") if example.place.startswith("docs/")],
    ids=lambda block: block.place,
)  # fmt: skip
def test_python_blocks(block: Example) -> None:
    """The Python in the pages under docs/ runs, each block in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-c", block.text], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def codes_of(source: str) -> set[str]:
    """The codes of all that the checker finds in a text, warnings included."""
    try:
        return {found.code for found in check(load_module(Source("<docs>", source)))}
    except smashdsl.SmashError as error:
        return {found.code for found in error.diagnostics}


def signature(spec: OpSpec) -> str:
    """An operation as the reference writes it."""
    parts = []
    for parameter in spec.parameters:
        default = "…" if parameter.default is None else show(parameter.default)
        parts.append(parameter.name if parameter.required else f"{parameter.name}={default}")
    return f"`{spec.name}({', '.join(parts)})`" if parts else f"`{spec.name}`"


def test_the_reference_lists_every_operation() -> None:
    reference = (ROOT / "docs" / "language.md").read_text()
    table = reference.partition("| operation | output |")[2].partition("\n\n")[0]
    rows = [line for line in table.splitlines()[2:] if line]
    for spec in BUILTIN.values():
        assert any(row.startswith(f"| {signature(spec)}") for row in rows), signature(spec)
        (row,) = [row for row in rows if row.startswith(f"| {signature(spec)}")]
        assert (" * |" in row) == spec.weighted
    assert len(rows) == len(BUILTIN)


def test_the_reference_states_the_limits() -> None:
    reference = (ROOT / "docs" / "language.md").read_text()
    table = reference.partition("| what | most |")[2].partition("\n\n")[0]
    stated = [
        int(number.replace(",", ""))
        for number in re.findall(r"\| ([\d,]+)[^|]*\|$", table, re.MULTILINE)
    ]
    assert stated == [
        MAX_FILE_BYTES // 2**20, MAX_DEPTH, MAX_DIGITS, DEEPEST, DEFAULT.nesting, DEFAULT.layers,
        DEFAULT.banks, DEFAULT.stages, DEFAULT.iterations, DEFAULT.items, MOST, 2**16,
    ]  # fmt: skip


def anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, as GitHub makes them."""
    titles = re.findall(r"^#+ (.+)$", FENCE.sub("", page.read_text()), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


@pytest.mark.parametrize("page", PAGES, ids=[page.name for page in PAGES])
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", page.read_text()):
        if target.startswith(("http:", "https:")):
            continue
        name, _, anchor = target.partition("#")
        linked = page.parent / name if name else page
        assert linked.exists(), target
        assert not anchor or anchor in anchors(linked), target
