"""The page in a browser without a network; skipped where there is no Chromium."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from typing import Any

import pytest

from smashdsl.report import report
from tests.report import runs

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
WIDE, PHONE = {"width": 1200, "height": 800}, {"width": 360, "height": 740}


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The address of a report of a finished run, with a study."""
    folder = tmp_path_factory.mktemp("report")
    run = runs.finished(folder / "run")
    runs.study(folder / "study", run.origin)
    path = folder / "report.html"
    path.write_text(report(run, pictures=3, studies=[folder / "study"]))
    return path.as_uri()


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    api = pytest.importorskip("playwright.sync_api", reason="needs playwright")
    program = next(filter(None, map(shutil.which, BROWSERS)), None)
    if program is None:
        pytest.skip("needs Chromium")
    with api.sync_playwright() as started:
        # As root, Chromium has no sandbox; what is opened is ours.
        opened = started.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield opened
        opened.close()


class Opened:
    """A page, and what it has complained of or asked for."""

    def __init__(self, browser: Any, place: str, **options: Any) -> None:
        self.context = browser.new_context(offline=True, **options)
        self.page = self.context.new_page()
        self.complaints: list[str] = []
        self.requests: list[str] = []
        self.page.on("console", lambda message: self.complaints.append(message.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.goto(place)

    def unfold(self) -> None:
        """Open everything that is folded."""
        self.page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")

    def column(self, number: int) -> list[str]:
        """The texts of a column of the leaderboard, as far as its rows are shown."""
        found = f"#programs tbody tr:not([hidden]) > :nth-child({number})"
        return self.page.eval_on_selector_all(found, "all => all.map(e => e.textContent.trim())")

    def press(self, name: str) -> None:
        """Activate the button of a column by keyboard."""
        self.page.locator(f'th[data-name="{name}"] button').focus()
        self.page.keyboard.press("Enter")

    def order(self, name: str) -> str | None:
        found = self.page.locator(f'th[data-name="{name}"]').get_attribute("aria-sort")
        return None if found is None else str(found)

    def filter(self, text: str) -> list[str]:
        """The places that a filter leaves."""
        self.page.get_by_label("Filter programs").fill(text)
        return self.column(1)


@pytest.fixture(scope="module")
def page_at_a_desk(browser: Any, place: str) -> Iterator[Opened]:
    opened = Opened(browser, place, viewport=WIDE)
    yield opened
    opened.context.close()


@pytest.fixture
def wide(page_at_a_desk: Opened) -> Opened:
    """The page as it is opened, at a desk."""
    page_at_a_desk.page.reload()
    return page_at_a_desk


def test_it_opens_without_a_network_or_a_complaint(wide: Opened, place: str) -> None:
    assert wide.page.get_by_role("heading", level=1).inner_text() == "small on <b>&digits"
    assert set(wide.requests) == {place}
    wide.page.get_by_text("Its code in Python").click()
    assert wide.page.get_by_text("import torch").first.is_visible()
    assert wide.complaints == []


def test_it_is_sorted_by_keyboard(wide: Opened) -> None:
    places = wide.column(1)
    assert places == [str(number) for number in range(1, 17)]
    wide.press("params")
    params = [int(text.replace(",", "")) for text in wide.column(6)]
    assert params == sorted(params)
    assert wide.order("params") == "ascending"
    assert wide.order("place") == "none"
    wide.press("params")
    assert wide.order("params") == "descending"
    assert [int(text.replace(",", "")) for text in wide.column(6)] == sorted(params, reverse=True)
    wide.press("score")
    assert wide.order("score") == "descending"
    assert wide.column(1) == places
    wide.press("trained")
    assert wide.column(5)[-1] == "–"
    wide.press("trained")
    assert wide.column(5)[-1] == "–"  # what has no number stays last
    assert wide.complaints == []


def test_it_is_filtered(wide: Opened) -> None:
    status = wide.page.get_by_role("status")
    assert wide.filter("place<=3") == ["1", "2", "3"]
    assert status.inner_text() == "3 of 16 programs"
    assert wide.filter("place<=3 random place>1") == ["2", "3"]
    assert len(wide.filter("trained>-9")) == 5
    assert wide.filter("params>1k params<1.001k") == []
    assert wide.filter("no-such-word") == []
    assert wide.filter("place<") == []  # no comparison, hence a word
    assert len(wide.filter("")) == 16
    assert status.inner_text() == "16 programs"


def test_it_is_reached_by_tab(wide: Opened) -> None:
    reached = []
    for _ in range(60):
        wide.page.keyboard.press("Tab")
        reached.append(wide.page.evaluate("document.activeElement.tagName"))
        if wide.page.evaluate("document.activeElement.closest('#repeat') !== null"):
            break
    assert {"A", "SUMMARY", "INPUT", "BUTTON", "DIV"} <= set(reached)
    assert wide.page.evaluate("document.activeElement.closest('#repeat') !== null")
    outline = wide.page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert outline == "solid"


def test_readers_of_screens_find_their_way(wide: Opened) -> None:
    page = wide.page
    assert page.get_by_role("navigation").get_by_role("link").count() == 6
    assert page.get_by_role("table", name="16 programs, as scored by hypernet").count() == 1
    assert page.get_by_role("columnheader", name="score").count() >= 1
    assert page.get_by_role("img", name="Loss. Cross-entropy").count() == 1
    described = page.get_by_label("Filter programs").get_attribute("aria-describedby")
    assert page.locator(f"#{described}").inner_text().startswith("Words must occur")


def test_it_is_legible_on_a_phone(wide: Opened) -> None:
    page = wide.page
    page.set_viewport_size(PHONE)
    wide.unfold()
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    assert page.evaluate(
        "Math.min(...[...document.querySelectorAll('p, td, th, li, figcaption')]"
        ".map(e => parseFloat(getComputedStyle(e).fontSize)))"
    ) >= 12  # fmt: skip
    page.set_viewport_size(WIDE)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_is_legible_in_both_schemes(wide: Opened, scheme: str) -> None:
    wide.page.emulate_media(color_scheme=scheme)
    places = ["body", ".hint", "summary", "th button", ".verdict", ".charts svg text", "footer p"]
    *inks, ground = wide.page.evaluate(
        "all => [...all.map(e => getComputedStyle(document.querySelector(e)))"
        ".map((s, i) => all[i].includes('svg') ? s.fill : s.color),"
        "getComputedStyle(document.body).backgroundColor]", places,
    )  # fmt: skip
    paper = _luminance(ground)
    for place, ink in zip(places, map(_luminance, inks), strict=True):
        assert (paper > ink) == (scheme == "light"), place
        assert (max(ink, paper) + 0.05) / (min(ink, paper) + 0.05) >= 4.5, place
    drawn = wide.page.eval_on_selector(".paper svg text", "e => getComputedStyle(e).fill")
    assert (paper > _luminance(drawn)) == (scheme == "light")
    wide.page.emulate_media(color_scheme=None)


def _luminance(colour: str) -> float:
    """The relative luminance of `rgb(r, g, b)`, by WCAG 2."""
    channels = [int(each) / 255 for each in colour[4:-1].split(",")]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return sum(weight * each for weight, each in zip((0.2126, 0.7152, 0.0722), linear, strict=True))
