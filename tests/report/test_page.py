"""The page of a run: whole, safe, and for every stage that a run can be in."""

from __future__ import annotations

import math
import re
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import pytest

from smashdsl.backends.render import limits
from smashdsl.diagnostics.diagnostic import SmashError
from smashdsl.report import report
from smashdsl.report.gather import gather
from smashdsl.report.trust import trust_section, verdict
from tests.report import runs

LOADS = re.compile(
    r"""(?:src|srcset|action|formaction|data|poster|background)=|@import|url\(|
        <(?:link|iframe|object|embed|base|form|img|image|use)\b""", re.VERBOSE)  # fmt: skip


class Outline(HTMLParser):
    """What a page consists of; wrongly nested tags fail."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.feed(page)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open[-1:] not in (["script"], ["style"]):
            self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())

    def all(self, tag: str, **wanted: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements
                if name == tag and wanted.items() <= attributes.items()]  # fmt: skip


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> str:
    return report(runs.finished(tmp_path_factory.mktemp("runs") / "run"), pictures=5)


def test_it_loads_nothing(page: str) -> None:
    assert LOADS.findall(page) == []
    outside = set(re.findall(r"https?://[^\s\"'<>]+", page))
    assert outside <= {"http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"}
    assert "default-src &#x27;none&#x27;" in page


def test_what_is_untrusted_is_escaped(page: str) -> None:
    assert "<b>&digits" not in page
    assert "&lt;b&gt;&amp;digits" in page
    assert "latency on <cpu>" not in page


def test_it_is_sound(page: str) -> None:
    outline = Outline(page)
    assert outline.all("html", lang="en")
    assert len(outline.all("h1")) == len(outline.all("main")) == 1
    ids = [each["id"] for _, each in outline.elements if "id" in each]
    assert len(ids) == len(set(ids))
    targets = {each["href"] for each in outline.all("a") if each.get("href")}
    assert targets <= {f"#{each}" for each in ids}
    assert len(targets) == 6
    for attributes in outline.all("svg"):
        assert attributes.get("aria-hidden") or attributes.get("role") == "img"
    assert outline.all("label", **{"for": "filter"})
    levels = [int(tag[1]) for tag, _ in outline.elements if re.fullmatch(r"h[1-6]", tag)]
    assert all(after - before <= 1 for before, after in pairwise(levels))


def test_the_leaderboard_can_be_sorted(page: str) -> None:
    outline = Outline(page)
    heads = [each for each in outline.all("th", scope="col") if "aria-sort" in each]
    assert {each["data-name"] for each in heads} >= {"place", "score", "params", "flops", "trained"}
    assert [each["data-name"] for each in heads if each["aria-sort"] != "none"] == ["place"]
    assert len(outline.all("svg", **{"class": "thumb"})) == 5
    values = [float(each["data-v"] or "") for each in outline.all("th", scope="row")
              if each.get("data-v")]  # fmt: skip
    assert values == list(range(1, 17))


def test_it_says_how_to_repeat_it(page: str) -> None:
    text = Outline(page).text
    assert "smashdsl train" in text
    assert "--seed 3" in text
    assert "smashdsl fit NEW" in text
    assert "training images 1,151" in text
    assert "1×8×8" in text
    assert "one_of(8, 16)" in text


def test_it_has_the_winner(page: str) -> None:
    text = Outline(page).text
    assert "program small" in text
    assert "import torch" in text
    assert "97.0% of 287 right" in text
    assert 'class="cluster"' in page  # the drawing engine's


def test_corrupted_encodings_are_told_of(page: str) -> None:
    assert "+0.500 (+0.500 to +0.500)" in Outline(page).text


def test_the_same_run_gives_the_same_page(page: str, tmp_path: Path) -> None:
    again = report(runs.finished(tmp_path / "run"), pictures=5)
    strip = re.compile(r"\S*/run\b")
    assert strip.sub("", again) == strip.sub("", page)


@pytest.mark.parametrize(("gap", "said"), [
    (3.0, "found a better program than random search"),
    (-3.0, "would have found a better program"),
    (0.0, "cannot be told apart from random search"),
])  # fmt: skip
def test_the_verdict_follows_from_the_gain(gap: float, said: str, tmp_path: Path) -> None:
    run = runs.finished(tmp_path / "run", random=6, gap=gap)
    assert said in verdict(gather(run, None, 1, 0, []))


@pytest.mark.parametrize(("random", "more"), [(3, True), (11, False)])
def test_where_nothing_can_be_told_it_says_what_would(
    random: int, more: bool, tmp_path: Path
) -> None:
    run = runs.finished(tmp_path / "run", random=random, gap=0.0)
    said = verdict(gather(run, None, 1, 0, []))
    assert ("--controls 8</code> would tell more" in said) is more


def test_few_random_programs_say_nothing_of_ranks(page: str, tmp_path: Path) -> None:
    assert "cannot be known from 3 random programs" in Outline(page).text
    run = runs.finished(tmp_path / "run", random=11)
    many = trust_section(gather(run, None, 1, 0, []))
    assert "cannot be known" not in many
    assert "among 11 random programs" in many


def test_a_run_that_has_just_begun(tmp_path: Path) -> None:
    text = Outline(report(runs.begun(tmp_path / "run"))).text
    assert "Training has not begun: it will take 600 steps" in text
    assert "Nothing is ranked yet" in text
    assert "What the ranking is worth cannot be known yet" in text


def test_the_verdict_names_its_subject_and_shows_commands_as_such(tmp_path: Path) -> None:
    run = runs.begun(tmp_path / "my run")
    page = report(run)
    intro, trust = page.split("<h1>")[1].split("</header>")[0], page.split('id="trust"')[1]
    for part in (intro, trust):
        assert "What the ranking is worth cannot be known yet" in part
        assert f"<code>smashdsl confirm &#x27;{run.folder}&#x27;</code>" in part
    assert "`" not in Outline(page).text


def test_a_run_that_is_being_trained(tmp_path: Path) -> None:
    run = runs.begun(tmp_path / "run")
    runs.train(run, 200)
    text = Outline(report(run)).text
    assert "200 of 600 steps of one-shot training; 2 were skipped" in text
    assert "Nothing is ranked yet" in text


def test_a_run_that_is_ranked(tmp_path: Path) -> None:
    run = runs.begun(tmp_path / "run")
    runs.train(run)
    runs.rank(run)
    outline = Outline(report(run, rows=4, pictures=2))
    assert "The best 4 of 16 programs, as scored by hypernet" in outline.text
    assert "nothing has confirmed it" in outline.text
    assert "What the ranking is worth cannot be known yet" in outline.text
    assert len(outline.all("svg", **{"class": "thumb"})) == 2


def test_a_run_that_only_another_scorer_has_ranked(tmp_path: Path) -> None:
    run = runs.begun(tmp_path / "run")
    runs.rank(run, scorer="synflow")
    text = Outline(report(run)).text
    assert "16 programs, as scored by synflow" in text
    assert "There is none before a ranking" in text
    with pytest.raises(ValueError, match="'zico' has scored no program of this run; synflow has"):
        report(run, scorer="zico")


def test_scores_that_are_not_finite_come_last_and_are_not_drawn(tmp_path: Path) -> None:
    run = runs.begun(tmp_path / "run")
    runs.rank(run, worse=math.inf)
    page = report(run, pictures=0)
    assert page.count('data-v="-Infinity"') == 16
    assert not re.search(r"[\d.\"=-](inf|nan)\b", page)
    assert "Score by parameters" not in page


def test_studies_are_told_of(tmp_path: Path) -> None:
    run = runs.begun(tmp_path / "run")
    runs.study(tmp_path / "study", run.origin)
    runs.study(tmp_path / "other", "another")
    text = Outline(report(run, studies=[tmp_path / "study"])).text
    assert "hypernet 0.500 (0.400 to 0.600) 20" in text
    assert "Study correlation: small<i> on digits" in text
    assert "of another space" not in text
    text = Outline(report(run, studies=[tmp_path / "other"])).text
    assert "This study is of another space than the run" in text


@pytest.mark.parametrize("content", [
    None, "[]", '{"truth": [1]}', '{"truth": [1], "scores": 3}',
    '{"truth": [1], "scores": {"a": {"scores": [1, 2]}}}',
])  # fmt: skip
def test_no_study_is_an_error(content: str | None, tmp_path: Path) -> None:
    run = runs.begun(tmp_path / "run")
    folder = tmp_path / "study"
    runs.study(folder, run.origin)
    if content is None:
        (folder / "data.json").unlink()
    else:
        (folder / "data.json").write_text(content)
    with pytest.raises(SmashError) as caught:
        report(run, studies=[folder])
    assert [each.code for each in caught.value.diagnostics] == ["E978"]


def test_a_program_that_cannot_be_drawn_is_told_of(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = runs.finished(tmp_path / "run")
    monkeypatch.setattr(limits, "MOST_MARKS", 1)
    text = Outline(report(run, pictures=0)).text
    assert "There is no picture: the picture would have 6 reads and writes" in text
    assert "Its text in .smash" in text
