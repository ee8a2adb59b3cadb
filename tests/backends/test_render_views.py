"""Spaces and differences as pictures; themes, TikZ, Mermaid and what pictures say when pointed at.

Golden files were looked at: they are written anew with SMASHDSL_WRITE_GOLDEN=1.
"""

from __future__ import annotations

import os
import re
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
from programs import conv, random_banks, resnet_like
from svg_text import texts

import smashdsl
from smashdsl.backends.render import render, render_diff, render_encoding, svg
from smashdsl.backends.render.colors import FAINT, INK, KINDS, MUTED, PANEL, READ, RULE, TINT, WRITE
from smashdsl.backends.render.colors import SAME as GREY
from smashdsl.backends.render.differing import CHANGED, GONE, NEW, SAME, differing
from smashdsl.backends.render.mermaid import escaped
from smashdsl.backends.render.outline import outline
from smashdsl.backends.render.shade import dark_shade, shade
from smashdsl.backends.render.theme import DARK, dark_css, themed
from smashdsl.diagnostics.diagnostic import SmashError
from smashdsl.ir import Bank, Block, Layer, Program

GOLDEN = Path(__file__).parents[1] / "golden" / "render"
SPACE = """\
space choices {
  input 3x8x8
  classes 4
  train { lr = log_uniform(0.01, 0.1) }
  op twice(units) { conv(units, one_of(1, 3)) -> relu -> conv(units, 3) }
  let width = one_of(8: 1, 16: 3)
  stem { conv(width, 3) }
  block {
    banks b[4] of width
    repeat 1..3 { read some(1, written) -> twice(width) -> write some(1, written, fresh(1)) }
    if width > 8 { read b[0] -> relu -> write b[0] } else { read b[0] -> tanh -> write b[0] }
  }
  head { global_avg_pool -> linear(classes) }
  require params <= 100k
}
"""


def space(text: str = SPACE) -> smashdsl.Space:
    found = smashdsl.loads(text)
    assert isinstance(found, smashdsl.Space)
    return found


def matches(name: str, drawn: str | bytes) -> bool:
    """Whether something is what its golden file holds."""
    assert isinstance(drawn, str)
    path = GOLDEN / name
    if os.environ.get("SMASHDSL_WRITE_GOLDEN"):
        path.write_text(drawn)
    return drawn == path.read_text()


OLD = resnet_like(width=8, layers=3, stages=2, input_shape=(3, 8, 8), name="old")


def new() -> Program:
    """The old program with another stem, one layer more, one with another kernel, and another bank
    in its last block."""
    first, transition, last = OLD.body
    assert isinstance(first, Block)
    assert isinstance(last, Block)
    layers = [*first.layers, replace(first.layers[0], stages=(conv(8, 5),))]
    banks = (*last.banks, Bank("y", 16))
    more = Layer((0, 1), "cat", (conv(16, 1),), (1,))
    other = Layer((0,), "cat", (conv(16),), (1,))
    wider = replace(last, banks=banks, layers=(last.layers[0], other, more, last.layers[2]))
    return replace(OLD, name="new", stem=(conv(8, 5),),
                   body=(replace(first, layers=tuple(layers)), transition, wider))  # fmt: skip


# Golden files ---------------------------------------------------------------------------------


@pytest.mark.parametrize("format", ["dot", "text", "mermaid"])
def test_a_golden_space(format: str):
    suffix = {"text": "txt", "mermaid": "mmd"}.get(format, format)
    assert matches(f"choices.space.{suffix}", space().render(format))


@pytest.mark.parametrize("format", ["dot", "text", "mermaid"])
def test_a_golden_difference(format: str):
    suffix = {"text": "txt", "mermaid": "mmd"}.get(format, format)
    assert matches(f"old-new.diff.{suffix}", render_diff(OLD, new(), format=format))


@pytest.mark.parametrize("view", ["layers", "banks"])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_golden_charts(view: str, theme: str):
    drawn = render(random_banks(), view=view, format="mermaid", theme=theme)
    assert matches(f"banks.{view}.{theme}.mmd", drawn)


@pytest.mark.parametrize("view", ["layers", "banks"])
def test_golden_dark_pictures(view: str):
    drawn = render(OLD, view=view, format="dot", theme="dark")
    assert matches(f"old.{view}.dark.dot", drawn)


@pytest.mark.parametrize(("format", "theme", "suffix"), [
    ("dot", "light", "dot"), ("dot", "dark", "dark.dot"), ("text", "light", "txt"),
])  # fmt: skip
def test_a_golden_encoding(format: str, theme: str, suffix: str):
    drawn = space().sample(seed=1).render("encoding", format, theme=theme)
    assert matches(f"choices.encoding.{suffix}", drawn)


@pytest.mark.parametrize("view", ["space", "diff"])
def test_golden_dark_spaces_and_differences(view: str):
    if view == "space":
        assert matches("choices.space.dark.dot", space().render("dot", theme="dark"))
    else:
        drawn = render_diff(OLD, new(), format="dot", theme="dark")
        assert matches("old-new.diff.dark.dot", drawn)


# Spaces ---------------------------------------------------------------------------------------


def test_draws_stand_where_they_are_made_and_where_they_act():
    lines = {line.text.split("{")[0].strip(): line for line in outline(space().definition).lines}
    made = {text: [draw.text for draw in line.draws] for text, line in lines.items() if line.draws}
    assert made == {
        "conv(units, one_of(1, 3)) -> relu -> conv(units, 3)": ["one_of(1, 3)"],
        "let width = one_of(8: 1, 16: 3)": ["one_of(8: 1, 16: 3)"],
        "repeat 1..3": ["1..3"],
        "read some(1, written) -> twice(width) -> write some(1, written, fresh(1))":
            ["some(1, written)", "some(1, written, fresh(1))"],
        "train": ["log_uniform(0.01, 0.1)"],
    }  # fmt: skip
    letter = {draw.text: draw.letter for line in lines.values() for draw in line.draws}
    width, kernel = letter["one_of(8: 1, 16: 3)"], letter["one_of(1, 3)"]
    assert set(lines["read some(1, written) -> twice(width) -> write some(1, written, fresh(1))"]
               .acting) == {width, kernel}  # fmt: skip
    assert lines["if width > 8"].acting == (width,)
    assert lines["conv(width, 3)"].acting == (width,)


def test_weights_are_shown_where_they_differ():
    text = space().render("text")
    assert "8 (25%), 16 (75%)" in text
    assert "one_of(1, 3): 1, 3\n" in text
    assert "0.01 to 0.1, by the logarithm" in text


def test_a_space_can_be_read_off_its_picture():
    shown = texts(str(space().render()))
    assert {"choices", "stem", "block", "head", "drawn here", "acts here"} <= set(shown)
    assert {"8  25%", "16  75%"} <= set(shown)


def test_a_program_is_a_space_without_draws():
    program = smashdsl.loads(SPACE.replace("space", "program")
                             .replace("one_of(1, 3)", "3").replace("one_of(8: 1, 16: 3)", "8")
                             .replace("1..3", "2").replace("some(1, written)", "b[0]")
                             .replace("some(1, written, fresh(1))", "b[0]")
                             .replace("log_uniform(0.01, 0.1)", "0.1"))  # fmt: skip
    assert isinstance(program, smashdsl.Program)
    assert str(program.render("space", "text")).endswith("nothing is drawn\n")


def test_draws_of_operations_from_other_files_are_not_lost(tmp_path: Path):
    (tmp_path / "ops.smash").write_text("op any(units) { conv(units, one_of(1, 3, 5)) }\n")
    path = tmp_path / "space.smash"
    path.write_text(
        'use "ops.smash"\n' + re.sub(r"  op twice.*\n", "", SPACE).replace("twice", "any")
    )
    text = str(smashdsl.load(path).render("text"))  # type: ignore[union-attr]
    assert "in operations from other places" in text
    assert "one_of(1, 3, 5): 1, 3, 5" in text


# Differences ----------------------------------------------------------------------------------


def test_what_is_shared_is_told_from_what_is_not():
    parts = {part.title: part for part in differing(OLD, new())}
    states = {title: part.state for title, part in parts.items()}
    assert states == {"stem": CHANGED, "block 1": CHANGED, "transition 1": SAME,
                      "block 2": CHANGED, "head": SAME}  # fmt: skip
    assert [layer.state for layer in parts["block 1"].layers] == [SAME, SAME, SAME, NEW]
    assert {lane.name: lane.state for lane in parts["block 2"].lanes} == {"x": SAME, "y": NEW}
    back = {part.title: part for part in differing(new(), OLD)}
    assert [layer.state for layer in back["block 1"].layers] == [SAME, SAME, SAME, GONE]
    assert {lane.name: lane.state for lane in back["block 2"].lanes} == {"x": SAME, "y": GONE}
    touches = Counter(touch.state for layer in back["block 2"].layers
                      for touch in (*layer.reads, *layer.writes))  # fmt: skip
    assert touches[GONE]
    assert touches[SAME]


def test_parts_that_only_one_has():
    shorter = replace(OLD, body=OLD.body[:1])
    states = {part.title: part.state for part in differing(OLD, shorter)}
    assert states["block 2"] == GONE
    assert states["transition 1"] == GONE
    assert {part.title: part.state for part in differing(shorter, OLD)}["block 2"] == NEW


def test_a_program_does_not_differ_from_itself():
    (part,) = differing(OLD, OLD)
    assert part.state == SAME
    assert "the same network" in render_diff(OLD, OLD, format="text")
    assert WRITE not in str(render_diff(OLD, replace(OLD, name="other"), format="dot")).partition(
        "part 0")[2]  # fmt: skip


def test_long_programs_stay_short():
    kernels = [1 + 2 * i.bit_count() for i in range(300)]  # which repeat nothing for long
    layers = tuple(Layer((0, 1), "cat", (conv(8, kernel),), (0,)) for kernel in kernels)
    block = Block((Bank("x", 8), Bank("y", 8)), (0,), layers, (0,))
    long = replace(OLD, body=(block,))
    other = replace(block.layers[150], stages=(conv(8, 21),))
    changed = replace(long, body=(replace(block, layers=(*block.layers[:150], other,
                                                         *block.layers[151:])),))  # fmt: skip
    part = next(part for part in differing(long, changed) if part.layers)
    assert [layer.number for layer in part.layers] == ["1–150", "151", "152–300"]
    with pytest.raises(SmashError, match="more than the 500 of Mermaid"):
        render(long, view="banks", format="mermaid")


def test_a_difference_can_be_read_off_its_picture():
    shown = texts(str(render_diff(OLD, new())))
    assert {"old → new", "in both", "only in old", "only in new", "≠ block 1", "+"} <= set(shown)


# Themes ---------------------------------------------------------------------------------------


def luminance(color: str) -> float:
    channels = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return sum(weight * each for weight, each in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def test_every_colour_has_a_legible_partner():
    every = {INK, MUTED, RULE, FAINT, PANEL, TINT, READ, WRITE, GREY, "#ffffff",
             *(kind.fill for kind in KINDS.values())}  # fmt: skip
    assert every <= set(DARK)
    grounds = [DARK[PANEL], DARK["#ffffff"], DARK[TINT], *(DARK[k.fill] for k in KINDS.values())]
    assert min(contrast(DARK[INK], ground) for ground in grounds) >= 4.5
    assert min(contrast(DARK[color], DARK[ground]) for color in (MUTED, READ, WRITE)
               for ground in (PANEL, "#ffffff")) >= 4.5  # fmt: skip


@pytest.mark.parametrize("view", ["layers", "banks"])
def test_dark_pictures_have_no_light_colour(view: str):
    drawn = str(render(random_banks(), view=view, format="dot", theme="dark"))
    assert not set(re.findall(r"#[0-9a-f]{6}", drawn)) & set(DARK) - set(DARK.values())
    assert "white" not in drawn
    assert str(render(random_banks(), view=view, format="dot")) != drawn


def test_only_colours_change_their_theme():
    text = 'x [label="#ffffff white" color=white fillcolor="#1f5f8b"] c 7 -#ffffff C 7 -#1f5f8b'
    assert themed(text, "light") == text
    assert themed(text, "dark") == (
        'x [label="#ffffff white" color="#14181c" fillcolor="#7cc0f0"] c 7 -#14181c C 7 -#7cc0f0'
    )
    assert '.paper [fill="white"] { fill: #14181c; }' in dark_css(".paper")


def test_shades_are_turned_round():
    lights = [luminance(shade(value / 10)) for value in range(-10, 11)]
    darks = [luminance(dark_shade(shade(value / 10))) for value in range(-10, 11)]
    assert lights == sorted(lights, reverse=True)
    assert darks == sorted(darks)


def test_no_theme_of_that_name():
    with pytest.raises(ValueError, match="theme must be one of light, dark"):
        render(OLD, theme="sepia")


# TikZ and Mermaid -----------------------------------------------------------------------------


@pytest.mark.parametrize("view", ["layers", "banks"])
def test_tikz_says_what_the_picture_says(view: str):
    drawn = str(render(random_banks(), view=view, format="tikz"))
    assert drawn.count("\\begin{tikzpicture}") == drawn.count("\\end{tikzpicture}") == 1
    assert drawn.count("\\node[") == len([t for t in texts(svg(random_banks(), view)) if t])
    assert drawn.count("{") == drawn.count("}")
    for line in drawn.splitlines()[3:]:
        assert line.startswith(("\\definecolor", "\\node", "\\path", "\\begin", "\\end")), line
    used = set(re.findall(r"=(smash\d+)", drawn))
    assert used == set(re.findall(r"\\definecolor\{(\w+)\}", drawn))
    assert not re.search(r"[×→·–]", drawn.partition("\\begin")[2])


def test_tikz_escapes_what_latex_reads():
    drawn = str(render_encoding(["a_b&%$#{}~^\\"], [[1.0]], ["50%"], format="tikz"))
    assert r"a\_b\&\%\$\#\{\}\textasciitilde{}\textasciicircum{}" in drawn
    assert r"50\%" in drawn


def test_mermaid_escapes_what_it_reads():
    assert escaped('"a" <b> #1 `c`\\') == "#quot;a#quot; #lt;b#gt; #35;1 #96;c#96;#92;"


def test_a_heat_map_is_no_chart():
    with pytest.raises(SmashError) as caught:
        render_encoding(["a"], [[1.0]], ["b"], format="mermaid")
    assert caught.value.diagnostics[0].code == "E831"


def test_every_link_of_a_chart_joins_nodes_that_are_there():
    for drawn in (render(random_banks(), view="banks", format="mermaid"),
                  render(random_banks(), format="mermaid"), space().render("mermaid"),
                  render_diff(OLD, new(), format="mermaid")):  # fmt: skip
        text = str(drawn)
        known = set(re.findall(r"^ *(n\d+)[\[(]", text, re.MULTILINE))
        linked = re.findall(
            r"^  (n\d+) (?:-->|==>|-\.->)(?:\|[^|]*\|)? (n\d+)$", text, re.MULTILINE
        )
        assert linked
        assert {end for link in linked for end in link} <= known
        assert text.count("subgraph ") == len(re.findall(r"^ *end$", text, re.MULTILINE))


# What is said where the pointer rests ---------------------------------------------------------


def test_layers_and_banks_say_what_they_are():
    drawn = svg(OLD, "banks")
    said = re.findall(r"<title>([^<]*)</title>", drawn)
    assert said[0] == "old: banks"
    assert "x: 8 channels" in said
    assert any(each.startswith("layer 1: reads x; norm → relu → conv 3×3, 8") for each in said)
    said = re.findall(r"<title>([^<]*)</title>", svg(OLD))
    assert "stem: conv 3×3, 8 → 8×8×8" in said
    assert not [each for each in said if "&#45;" in each or "cluster" in each]
