"""The pages in `docs/zoo` are those of the files."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from smashdsl.backends.web.markup import Html
from smashdsl.backends.web.thumbnail import picture_file
from smashdsl.zoo.entries import entries, entry
from smashdsl.zoo.figures import figures
from smashdsl.zoo.generate import generate
from smashdsl.zoo.pages import INDEX, LARGEST, SMALL, entry_files, index, pages
from tests.drawings import said

DOCS = Path(__file__).parents[2] / "docs" / "zoo"
STALE = "run `python -m smashdsl.zoo.generate specs docs/zoo`"
MOST = 3 * 2**20  # bytes of all pages
QUICK = ("resnet20_v1", "densenet_bc_100_12", "nas_bench_macro_small", "voxel_space")


def on_disk(name: str) -> str:
    path = DOCS / name
    return path.read_text() if path.exists() else ""


def assert_up_to_date(name: str, content: str) -> None:
    same = said if name.endswith(".svg") else str
    assert same(content) == same(on_disk(name)), f"{name}: {STALE}"


def test_the_index_is_up_to_date() -> None:
    assert index([(each, figures()[each.name]) for each in entries()]) == on_disk(INDEX), STALE


@pytest.mark.parametrize("name", QUICK)
def test_a_page_is_up_to_date(name: str) -> None:
    for file, content in entry_files(entry(name), figures()[name]).items():
        assert_up_to_date(file, content)


@pytest.mark.slow
def test_all_pages_are_up_to_date() -> None:
    rows = [(each, figures()[each.name]) for each in entries()]
    files = dict(pages(rows))
    assert {path.name for path in DOCS.iterdir()} == set(files)
    for file, content in files.items():
        assert_up_to_date(file, content)


def test_pages_hold_their_texts_and_are_not_large() -> None:
    assert sum(path.stat().st_size for path in DOCS.iterdir()) < MOST
    for each in entries():
        page = on_disk(f"{each.name}.md")
        assert f"```smash\n{each.text}```" in page, STALE
        picture = DOCS / f"{each.name}.svg"
        assert picture.exists() == (f"({each.name}.svg)" in page)
        assert not picture.exists() or picture.stat().st_size <= LARGEST
        small = on_disk(f"{each.name}{SMALL}")
        assert small == picture_file(Html(figures()[each.name].thumbnail)), STALE
        assert f"({each.name}{SMALL})" in on_disk(INDEX)


def test_links_lead_somewhere() -> None:
    for path in DOCS.glob("*.md"):
        text = re.sub(r"```.*?```", "", path.read_text(), flags=re.DOTALL)
        for target in re.findall(r"\]\(([^)\s]+)\)", text):
            assert target.startswith("https://arxiv.org/abs/") or (DOCS / target).exists(), target


def test_what_belongs_to_nothing_is_removed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("smashdsl.zoo.generate.entries", lambda: (entry("resnet20"),))
    (tmp_path / "old.md").touch()
    (tmp_path / "notes.txt").touch()
    generate(tmp_path, tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {
        "README.md", "resnet20.md", "resnet20.svg", "resnet20.small.svg", "figures.json",
        "notes.txt",
    }  # fmt: skip
