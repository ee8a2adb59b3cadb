"""The standard layout: what changes, and what must not."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest

from smashdsl.diagnostics import SmashError, Source
from smashdsl.syntax import format_network, format_nodes, format_source, load_source, nodes, parse
from smashdsl.syntax.compare import same_meaning
from smashdsl.syntax.format.wrap import WIDTH


def formatted(text: str) -> str:
    """The text formatted, after checking that it means the same and stays as it is."""
    source = Source("t", text)
    result = format_source(source)
    again = Source("t", result)
    assert same_meaning(parse(source), parse(again))
    assert format_source(again) == result
    return result


def unchanged(text: str) -> None:
    assert formatted(text) == text


def check(before: str, after: str) -> None:
    assert formatted(dedent(before).lstrip("\n")) == dedent(after).lstrip("\n")


def test_blanks_and_indentation() -> None:
    check(
        """
        program   p{input 3x8;classes 10
            stem{conv( 16,3 )->relu}
        for i in 0 .. 2{transition{f(i,k = 3)}}
              head   { relu }  }
        """,
        """
        program p {
          input 3x8
          classes 10
          stem { conv(16, 3) -> relu }
          for i in 0..2 { transition { f(i, k=3) } }
          head { relu }
        }
        """,
    )


def test_blank_lines_are_kept_one_at_a_time() -> None:
    check("\n\nlet a = 1\n\n\n\nlet b = 2\nlet c = 3\n\n", "let a = 1\n\nlet b = 2\nlet c = 3\n")
    check("op f {\n\n\n  relu ;\n\n\n  tanh\n\n\n}\n", "op f {\n  relu ;\n\n  tanh\n}\n")


def test_a_block_on_one_line_stays_there_if_it_fits() -> None:
    unchanged("op f { let a = 3 ; relu ; tanh }\n")
    unchanged("op f {\n  relu\n}\n")
    stages = " -> ".join(["relu"] * 12)
    check(f"op f {{ {stages} }}\n", f"op f {{\n  {stages}\n}}\n")


def test_choices() -> None:
    unchanged("op f { if a { relu } else { tanh } }\n")
    unchanged("op f {\n  if a { relu }\n  else if b { tanh }\n  else { gelu }\n}\n")
    unchanged(
        "op f {\n  if a {\n    relu\n  } else if b {\n    tanh\n  } else {\n    gelu\n  }\n}\n"
    )
    check(
        "op f {\n  if a {\n relu }\n  else { tanh }\n}\n",
        "op f {\n  if a {\n    relu\n  } else { tanh }\n}\n",
    )
    check(
        "op f {\n  if a { relu } else {\n tanh } }",
        "op f {\n  if a { relu }\n  else {\n    tanh\n  }\n}\n",
    )
    unchanged("op f {\n  if a {\n  } else {\n    relu\n  }\n}\n")


def test_parentheses_only_where_they_are_needed() -> None:
    check("let a = ((b) + (c * d))\n", "let a = b + c * d\n")
    check("let a = (b + c) * (d)\n", "let a = (b + c) * d\n")
    check("let a = (-b) ** (c ** d)\n", "let a = (-b) ** c ** d\n")
    check("let a = not (b == c) and (not d)\n", "let a = not b == c and not d\n")
    check("let a = (b if c else d) if e else (f if g else h)\n",
          "let a = (b if c else d) if e else f if g else h\n")  # fmt: skip
    check("let a = [(b if c else d) for i in (e if f else g) if (h)]\n",
          "let a = [b if c else d for i in (e if f else g) if h]\n")  # fmt: skip


def test_own_lines_for_comments() -> None:
    unchanged(
        "# head\n\n# of the file\nlet a = 1\n# before b\nlet b = 2\n\n# end\nop f {\n"
        "  # first\n  relu ;\n\n  # second\n  tanh\n  # last\n}\n# very last\n"
    )


def test_comments_beside_code() -> None:
    check(
        """
        let a = 1 # one
        let long = 234 #two
        op f { # opens
            relu # acts
        } # closes
        """,
        """
        let a = 1       # one
        let long = 234  #two
        op f {  # opens
          relu  # acts
        }  # closes
        """,
    )


def test_comments_that_are_lined_up_stay_where_they_are() -> None:
    unchanged("let a = 1            # one\nlet long = 234       # two\n")


def test_comments_of_long_lines_are_not_lined_up() -> None:
    value = " + ".join(["channels"] * 7)
    unchanged(f"let a = 1  # {'x' * 30}\nlet b = {value}  # y\n")


def test_a_comment_inside_a_statement_keeps_its_lines() -> None:
    check(
        """
        op f {
              conv(16,   3)   # wide
                 ->   relu    # and active
                 -> tanh
        }
        """,
        """
        op f {
          conv(16,   3)   # wide
             ->   relu    # and active
             -> tanh
        }
        """,
    )
    unchanged("let a = [1,  # one\n         2]   # two\nlet b = 3\n")
    unchanged("op f {\n  if a   # why\n  {\n  relu\n  }\n}\n")
    check("op f {\n if a { relu } # one\n   else { tanh } # two\n}\n",
          "op f {\n  if a { relu } # one\n    else { tanh }  # two\n}\n")  # fmt: skip


def test_comments_are_never_lost() -> None:
    text = (
        "# 0\nprogram # 1\np # 2\n{ # 3\ninput # 4\n3x8 # 5\n# 6\nop f # 7\n( # 8\na # 9\n) # 10\n"
        "{ # 11\nrelu # 12\n-> tanh # 13\n} # 14\nblock { # 15\nbank # 16\nx of 3 # 17\n"
        "read x # 18\n"
        "-> # 19\nwrite x # 20\n} # 21\nif a # 22\n{ # 23\nstem { relu } # 24\n} # 25\nelse # 26\n"
        "{ # 27\n} # 28\nlet b = [1, # 29\n2] # 30\n} # 31\n# 32\n"
    )
    result = formatted(text)
    for number in range(33):
        assert f"# {number}\n" in result


def test_long_chains_are_broken_before_arrows() -> None:
    stages = [f"conv(units, {k}, dilation={k})" for k in (3, 5, 7, 9, 11)]
    check(
        f"op f {{\n  {' -> '.join(stages)}\n}}\n",
        f"op f {{\n  {' -> '.join(stages[:3])}\n    -> {' -> '.join(stages[3:])}\n}}\n",
    )
    unchanged("op f {\n  relu\n    -> tanh -> gelu\n    -> silu\n}\n")
    unchanged("op f {\n  relu -> sum {\n    tanh ;\n    gelu -> silu\n  }\n}\n")


def test_long_layers() -> None:
    read = "read mean(columns[c for c in 0..columns - 1 if d % 2 ** c == 0]) -> identity"
    write = "-> write columns[c for c in 0..2] by replace"
    frame = "program p {{\n  input 3x8\n  block {{\n    {}\n  }}\n}}\n"
    check(frame.format(f"{read} {write}"), frame.format(f"{read}\n      {write}"))


def test_long_lists_are_lined_up_behind_their_bracket() -> None:
    numbers = [str(n) for n in range(1000, 1020)]
    check(
        f"let sizes = [{','.join(numbers)}]\n",
        f"let sizes = [{', '.join(numbers[:14])},\n             {', '.join(numbers[14:])}]\n",
    )
    unchanged("let a = one_of(1: 0.5,\n               2: 0.3)\n")


def test_nothing_is_wider_than_a_page_that_can_be_broken(corpus: Path) -> None:
    for path in sorted((corpus / "valid").glob("*.smash")):
        lines = formatted(load_source(path).text).splitlines()
        assert max(len(line) for line in lines if "#" not in line) <= WIDTH


def test_corpus(corpus: Path) -> None:
    accepted = 0
    for path in sorted(corpus.glob("*/*.smash")):
        source = load_source(path)
        try:
            parse(source)
        except SmashError:
            continue
        accepted += 1
        result = formatted(source.text)
        for comment in (line.partition("#")[2] for line in source.text.splitlines()):
            assert comment.rstrip() in result
    assert accepted >= 16


def test_trees_without_text(corpus: Path) -> None:
    for path in sorted((corpus / "valid").glob("*.smash")):
        file = parse(load_source(path))
        text = format_nodes(file)
        assert same_meaning(parse(Source("t", text)), file)
        (network,) = file.items
        assert isinstance(network, nodes.Network)
        assert format_network(network) == text
        unchanged(text)


@pytest.mark.parametrize("text", ["", "\n\n", "\ufeff\r\n"])
def test_nothing(text: str) -> None:
    assert formatted(text) == ""


def test_line_ends_of_other_systems() -> None:
    assert formatted("\ufefflet a = 1 # x\r\n\r\n# y\r\nlet b = [1, # z\r\n 2]\r\n") == (
        "let a = 1  # x\n\n# y\nlet b = [1, # z\n 2]\n"
    )


def test_mistakes_are_reported() -> None:
    with pytest.raises(SmashError):
        format_source(Source("t", "let = 3"))
