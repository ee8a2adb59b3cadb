"""HTML that is escaped unless it was made here."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

from smashdsl.backends.labels import printable

VOID = frozenset(
    {"input", "line", "circle", "path", "rect", "polygon", "polyline", "meta", "br", "img"}
)


class Html(str):
    """Text that is markup already."""

    __slots__ = ()


Content = str | Iterable["Content"] | None


def tag(name: str, /, *content: Content, **attributes: object) -> Html:
    """An element.

    Args:
        name: of the element.
        content: texts, which are escaped unless they are `Html`; several of them in a list or
            tuple; None for nothing.
        attributes: by name, with `_` for `-` and a `_` at the end dropped. None and False are left
            out, True stands alone.

    >>> tag("td", "a < b", class_="name")
    '<td class="name">a &lt; b</td>'
    """
    shown = "".join(_attribute(key, value) for key, value in attributes.items())
    if name in VOID and not content:
        return Html(f"<{name}{shown}/>")
    return Html(f"<{name}{shown}>{join(content)}</{name}>")


def join(content: Content, between: str = "") -> Html:
    """Texts and elements in a row; raises nothing, escapes what is not markup."""
    if content is None:
        return Html("")
    if isinstance(content, Html):
        return content
    if isinstance(content, str):
        return Html(escape(printable(content)))
    return Html(between.join(join(part) for part in content))


def _attribute(key: str, value: object) -> str:
    if value is None or value is False:
        return ""
    name = key.removesuffix("_").replace("_", "-")
    shown = f"{value:.5g}" if isinstance(value, float) else str(value)
    return f" {name}" if value is True else f' {name}="{escape(printable(shown))}"'


def section(name: str, title: str, *content: Content) -> Html:
    """A part of the page under a heading; `name` is its anchor."""
    head = tag("h2", title, id=f"{name}-title")
    return tag("section", head, *content, id=name, aria_labelledby=f"{name}-title")


def folded(summary: str, *content: Content) -> Html:
    """What is shown when it is asked for."""
    return tag("details", tag("summary", summary), *content)


def paragraph(*content: Content, **attributes: object) -> Html:
    return tag("p", *content, **attributes)


def table(caption: str, head: Iterable[str], rows: Iterable[Iterable[Content]]) -> Html:
    """A table whose first column names the rows; wide ones scroll by themselves. Where all names of
    columns are empty it has no heading."""
    names = list(head)
    columns = tag("thead", tag("tr", [tag("th", name, scope="col") for name in names]))
    body = [tag("tr", [tag("th", first, scope="row"), *(tag("td", cell) for cell in rest)])
            for first, *rest in map(list, rows)]  # fmt: skip
    name = tag("caption", caption) if caption else None
    inner = tag("table", name, columns if any(names) else None, tag("tbody", body))
    return scrolling(inner, caption or "table")


def scrolling(inner: Html, label: str) -> Html:
    """Something wide, in a part of the page that scrolls sideways and can be reached by keys."""
    return tag("div", inner, class_="wide", role="region", tabindex=0, aria_label=label)


def code(text: str, label: str, *, wrapped: bool = False) -> Html:
    """A text as it stands, or with long lines broken where there are spaces."""
    return tag("pre", tag("code", text), role="region", tabindex=0, aria_label=label,
               class_="wrapped" if wrapped else None)  # fmt: skip
