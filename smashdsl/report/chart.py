"""Points and lines against axes, as SVG that takes its colours from the page."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from smashdsl.backends.web.markup import Content, Html, join, tag
from smashdsl.backends.web.numbers import bounds, log_ticks, short, ticks

WIDTH, HEIGHT = 440, 300
LEFT, RIGHT, TOP, BOTTOM = 56, 10, 10, 44
LOG_FROM = 20  # the ratio of the greatest to the least from which an axis counts in times
_RADIUS = 4.0


@dataclass(frozen=True)
class Series:
    """What is drawn in one way.

    Attributes:
        name: for the legend.
        x, y: places of n points; those that are not finite are left out.
        kind: `points`, `rings`, `dots` (small, without texts), `line`, or `steps`, which go on
            level until the next point.
        x_error, y_error: half of each point's interval; none where there are none.
        labels: what is said of each point where the pointer rests on it.
    """

    name: str
    x: Sequence[float]
    y: Sequence[float]
    kind: str = "points"
    x_error: Sequence[float] = ()
    y_error: Sequence[float] = ()
    labels: Sequence[str] = ()

    @property
    def places(self) -> list[int]:
        """Which points can be drawn."""
        pairs = zip(self.x, self.y, strict=True)
        return [i for i, (x, y) in enumerate(pairs) if math.isfinite(x) and math.isfinite(y)]

    def reach(self, axis: str) -> list[float]:
        """How far points and intervals go on an axis."""
        values = self.x if axis == "x" else self.y
        errors = self.x_error if axis == "x" else self.y_error
        found = [values[i] for i in self.places]
        if errors:
            found += [
                values[i] + sign * _finite(errors[i]) for i in self.places for sign in (-1, 1)
            ]
        return found


@dataclass(frozen=True)
class _Axis:
    low: float
    high: float
    start: float
    end: float
    log: bool

    def __call__(self, value: float) -> float:
        low, high, at = self.low, self.high, value
        if self.log:
            low, high, at = math.log(low), math.log(high), math.log(max(at, 1e-300))
        return round(self.start + (at - low) / (high - low) * (self.end - self.start), 1)

    @property
    def ticks(self) -> list[float]:
        return log_ticks(self.low, self.high) if self.log else ticks(self.low, self.high)


def figure(title: str, about: str, x_label: str, y_label: str, series: Sequence[Series],
           *more: Content, log_x: bool = False) -> Html:  # fmt: skip
    """A chart with its title, its legend and a sentence that says what can be seen.

    Args:
        title: stands above.
        about: for the caption, and for those who do not see the picture.
        x_label, y_label: of the axes.
        series: what is drawn, the last on top.
        more: what follows the caption, such as the numbers as a table.
        log_x: whether the x axis counts in times, where that helps.
    """
    shown = [each for each in series if each.places]
    if not shown:
        return tag("figure", tag("h3", title), tag("p", "There is nothing to draw yet."))
    x, y = _axes(shown, log_x)
    marks = [_draw(each, number, x, y) for number, each in enumerate(shown)]
    drawing = tag("svg", _frame(x, y, x_label, y_label), marks, viewBox=f"0 0 {WIDTH} {HEIGHT}",
                  role="img", aria_label=f"{title}. {about}")  # fmt: skip
    signs = [_legend(each, number) for number, each in enumerate(shown)]
    legend = tag("ul", signs, class_="legend") if len(signs) > 1 else None
    return tag("figure", tag("h3", title), drawing, legend, tag("figcaption", about), *more)


def _axes(series: Sequence[Series], log_x: bool) -> tuple[_Axis, _Axis]:
    xs = [value for each in series for value in each.reach("x")]
    ys = [value for each in series for value in each.reach("y")]
    log = log_x and min(xs) > 0 and max(xs) / min(xs) >= LOG_FROM
    low, high = (min(xs) / 1.1, max(xs) * 1.1) if log else bounds(xs)
    bottom, top = bounds(ys, 0.06)
    return (_Axis(low, high, LEFT, WIDTH - RIGHT, log),
            _Axis(bottom, top, HEIGHT - BOTTOM, TOP, False))  # fmt: skip


def _frame(x: _Axis, y: _Axis, x_label: str, y_label: str) -> Html:
    parts = []
    for value in x.ticks:
        at = x(value)
        parts.append(tag("line", x1=at, x2=at, y1=TOP, y2=HEIGHT - BOTTOM, class_="grid"))
        parts.append(_text(short(value), at, HEIGHT - BOTTOM + 15, "middle"))
    for value in y.ticks:
        at = y(value)
        parts.append(tag("line", x1=LEFT, x2=WIDTH - RIGHT, y1=at, y2=at, class_="grid"))
        parts.append(_text(short(value), LEFT - 6, at + 4, "end"))
    middle = (TOP + HEIGHT - BOTTOM) / 2
    parts.append(_text(x_label, (LEFT + WIDTH - RIGHT) / 2, HEIGHT - 8, "middle"))
    parts.append(tag("text", y_label, x=12, y=middle, text_anchor="middle",
                     transform=f"rotate(-90 12 {middle:g})"))  # fmt: skip
    return join(parts)


def _text(text: str, x: float, y: float, anchor: str) -> Html:
    return tag("text", text, x=round(x, 1), y=round(y, 1), text_anchor=anchor)


def _draw(series: Series, number: int, x: _Axis, y: _Axis) -> Html:
    at = {i: (x(series.x[i]), y(series.y[i])) for i in series.places}
    if series.kind in ("line", "steps"):
        lone = " lone" if len(at) == 1 else ""
        inner = [tag("path", d=_line(list(at.values()), series.kind), class_=f"line{lone}")]
    elif series.kind == "dots":
        inner = [tag("path", d="".join(f"M{a:g} {b:g}h0" for a, b in at.values()), class_="dots")]
    else:
        inner = [_whiskers(series, at, x, y)]
        inner += [_point(series, i, *place) for i, place in at.items()]
    return tag("g", inner, class_=f"{series.kind} c{number}")


def _line(at: Sequence[tuple[float, float]], kind: str) -> str:
    if len(at) == 1:
        return f"M{at[0][0]:g} {at[0][1]:g}h0"
    middle = "H{0:g}V{1:g}" if kind == "steps" else "L{0:g} {1:g}"
    return f"M{at[0][0]:g} {at[0][1]:g}" + "".join(middle.format(*place) for place in at[1:])


def _whiskers(series: Series, at: dict[int, tuple[float, float]], x: _Axis, y: _Axis) -> Html:
    lines = []
    for i, (a, b) in at.items():
        if series.y_error and _finite(series.y_error[i]):
            low, high = (y(series.y[i] + sign * series.y_error[i]) for sign in (-1, 1))
            lines.append(f"M{a:g} {low:g}V{high:g}")
        if series.x_error and _finite(series.x_error[i]):
            low, high = (x(series.x[i] + sign * series.x_error[i]) for sign in (-1, 1))
            lines.append(f"M{low:g} {b:g}H{high:g}")
    return tag("path", d="".join(lines), class_="whiskers") if lines else Html("")


def _point(series: Series, place: int, x: float, y: float) -> Html:
    said = tag("title", series.labels[place]) if series.labels else None
    if said is None:
        return tag("circle", cx=x, cy=y, r=_RADIUS)
    return tag("circle", said, cx=x, cy=y, r=_RADIUS)


def _legend(series: Series, number: int) -> Html:
    sign = {
        "line": tag("path", d="M1 8H23", class_="line"),
        "steps": tag("path", d="M1 12H12V4H23", class_="line"),
        "dots": tag("path", d="M6 8h0M12 5h0M18 10h0", class_="dots"),
    }.get(series.kind) or tag("circle", cx=12, cy=8, r=_RADIUS)
    drawn = tag("svg", tag("g", sign, class_=f"{series.kind} c{number}"), viewBox="0 0 24 16",
                class_="sign", aria_hidden="true")  # fmt: skip
    return tag("li", drawn, series.name)


def _finite(value: float) -> float:
    return value if math.isfinite(value) else 0.0
