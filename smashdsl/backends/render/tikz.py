"""Pictures as TikZ: what the engine drew, with text that LaTeX sets.

Takes the engine's SVG, which knows few shapes: polygons, lines, ellipses, paths of straight lines
and cubic curves, and text. The result is one `tikzpicture`, for a document that loads `tikz`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from xml.etree import ElementTree

_HEAD = """\
% {title}
% Put this into a document that loads the package tikz, by \\input.
% It is as wide as it was drawn; \\resizebox{{\\linewidth}}{{!}}{{\\input{{...}}}} makes it fit.
"""
_BEGIN = r"\begin{tikzpicture}[x=1bp,y=-1bp,line cap=round,every node/.style={inner sep=0pt}]"
_SPECIAL = {
    "\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "$": r"\$", "&": r"\&", "#": r"\#",
    "_": r"\_", "%": r"\%", "^": r"\textasciicircum{}", "~": r"\textasciitilde{}", "<": "$<$",
    ">": "$>$", "|": "$|$", '"': "''", "×": r"$\times$", "→": r"$\rightarrow$", "·": r"$\cdot$",
    "–": "--", "−": "$-$", "…": r"\dots{}", "±": r"$\pm$", "μ": r"$\mu$", "∨": r"$\vee$",
    "∞": r"$\infty$", "≠": r"$\ne$", "≤": r"$\le$", "≥": r"$\ge$", "\xa0": "~",
}  # fmt: skip
_ANCHORS = {"start": "base west", "middle": "base", "end": "base east"}
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")


def tikz(svg: str, title: str) -> str:
    """The engine's SVG as TikZ; `title` is said in a comment."""
    root = ElementTree.fromstring(svg)
    colors: dict[str, str] = {}
    shapes = [line for element in root.iter() for line in _shape(element, colors)]
    named = [f"\\definecolor{{{name}}}{{HTML}}{{{color}}}" for color, name in colors.items()]
    comment = _HEAD.format(title=" ".join(title.split()).replace("\\", "/"))
    return "\n".join([
        comment + _BEGIN,
        *named, *shapes, "\\end{tikzpicture}", "",
    ])  # fmt: skip


def _shape(element: ElementTree.Element, colors: dict[str, str]) -> Iterator[str]:
    kind = element.tag.rpartition("}")[2]
    get = element.attrib.get
    if kind == "text" and element.text:
        weight = "\\bfseries" if get("font-weight") == "bold" else ""
        size = float(get("font-size", "14"))
        font = f"\\sffamily{weight}\\fontsize{{{size:g}}}{{{size:g}}}\\selectfont"
        anchor = _ANCHORS[get("text-anchor", "start")]
        color = _color(get("fill", "black"), colors)
        place = f"({get('x')},{get('y')})"
        text = "".join(_SPECIAL.get(char, char) for char in element.text)
        yield f"\\node[anchor={anchor},text={color},font={{{font}}}] at {place} {{{text}}};"
        return
    path = _path(kind, element)
    if path is None:
        return
    style = _style(element, colors)
    if style:
        yield f"\\path[{','.join(style)}] {path};"


def _style(element: ElementTree.Element, colors: dict[str, str]) -> list[str]:
    """How a shape is filled and drawn; nothing for one that cannot be seen."""
    get = element.attrib.get
    style = [
        f"{verb}={_color(get(name, 'none'), colors)}"
        for verb, name in (("fill", "fill"), ("draw", "stroke"))
        if get(name, "none") not in ("none", "transparent")
    ]
    if style and "stroke-width" in element.attrib:
        style.append(f"line width={get('stroke-width')}bp")
    dashes = _NUMBER.findall(get("stroke-dasharray", ""))
    if style and len(dashes) == 2:
        style.append(f"dash pattern=on {dashes[0]}bp off {dashes[1]}bp")
    return style


def _path(kind: str, element: ElementTree.Element) -> str | None:
    get = element.attrib.get
    if kind in ("polygon", "polyline"):
        points = get("points", "").split()
        closed = "--cycle" if kind == "polygon" and points[0] == points[-1] else ""
        shown = points[:-1] if closed else points
        return "--".join(f"({point})" for point in shown) + closed
    if kind == "ellipse":
        return f"({get('cx')},{get('cy')}) ellipse [x radius={get('rx')},y radius={get('ry')}]"
    return _curves(get("d", "")) if kind == "path" else None


def _curves(path: str) -> str:
    """`M` and `C` with absolute places, and `L`, as the engine writes them."""
    numbers: list[str] = []
    parts: list[str] = []
    for letter, places in re.findall(r"([MCLZz])([^MCLZz]*)", path):
        numbers = _NUMBER.findall(places)
        points = [f"({x},{y})" for x, y in zip(numbers[::2], numbers[1::2], strict=True)]
        if letter in "Zz":
            parts.append("--cycle")
        elif letter == "C":
            for one, two, end in zip(*(points[i::3] for i in range(3)), strict=True):
                parts.append(f"..controls {one} and {two}..{end}")
        else:
            parts.append(("--" if letter == "L" else "") + "--".join(points))
    return "".join(parts)


def _color(color: str, colors: dict[str, str]) -> str:
    if not color.startswith("#"):
        return color
    return colors.setdefault(color[1:].upper(), f"smash{len(colors)}")
