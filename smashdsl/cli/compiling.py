"""`smashdsl compile`: each stage and artefact of a program."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click

from smashdsl.cli.options import (
    examples,
    file_argument,
    genome_option,
    json_option,
    name_argument,
    out_option,
    seed_option,
)
from smashdsl.cli.output import deliver, json_text

if TYPE_CHECKING:
    from smashdsl.api import Program

STAGES = ("ast", "ir", "program", "plan", "graph", "encoding", "fx", "python", "summary")


@click.command(
    name="compile",
    epilog=examples(
        "compile net.smash --emit plan",
        "compile net.smash --emit python -o net.py",
        "compile space.smash --seed 3 --emit graph -o net.json",
        "compile space.smash --seed 3 --emit encoding -o c.npz",
    ),
)
@file_argument
@name_argument
@click.option("--emit", type=click.Choice(STAGES), required=True, help="What to print or write.")
@seed_option
@genome_option
@click.option("--view", type=click.Choice(("layers", "banks")), default="layers", show_default=True,
              help="Which graph, for --emit graph.")  # fmt: skip
@out_option("Write to this file instead of printing.")
@json_option
def command(file: str, name: str | None, emit: str, seed: int | None, genome: str | None,
            view: str, out: str | None, as_json: bool) -> None:  # fmt: skip
    """Compile the network NAME in FILE, or one program of a space, and print a stage of it.

    \b
    ast       the syntax tree, before anything is drawn
    ir        blocks, banks, layers and operations, every attribute resolved
    program   the normal form as .smash text: no draws, no loops
    plan      flat steps with every shape and weight
    graph     a networkx graph as node-link JSON
    encoding  the tensor c: a JSON table, or the arrays as .npz
    fx        the code of the torch.fx.GraphModule
    python    a standalone file that needs only torch
    summary   what `info` prints
    """
    wants_json = as_json or (out or "").endswith(".json")
    if emit == "ast":
        content: str | bytes = _syntax_tree(file, name, wants_json)
    else:
        from smashdsl.cli.networks import open_program

        program = open_program(file, name, seed, genome)
        content = _compiled(program, emit, view, out, wants_json)
    deliver(content, out)


@dataclass(frozen=True)
class _Forms:
    """How to print a stage as text and as JSON data; None where it has no such form."""

    text: Callable[[Program], str] | None
    data: Callable[[Program], Any] | None


def _compiled(
    program: Program, emit: str, view: str, out: str | None, wants_json: bool
) -> str | bytes:
    if emit == "encoding" and (out or "").endswith(".npz"):
        from smashdsl.cli.encodings import encoding_npz

        return encoding_npz(program)
    if emit == "graph":
        return json_text(_graph(program, view))
    forms = _FORMS[emit]
    if forms.data is not None and (wants_json or forms.text is None):
        return json_text(forms.data(program))
    if wants_json or forms.text is None:
        raise click.UsageError(f"There is no JSON of `--emit {emit}`.")
    return forms.text(program)


def _syntax_tree(file: str, name: str | None, wants_json: bool) -> str:
    from smashdsl.cli.dump import tree_data, tree_text
    from smashdsl.elaborate.choice import choose
    from smashdsl.elaborate.modules import load_module
    from smashdsl.syntax import load_source

    module = load_module(load_source(file))
    tree = module.tree if name is None else choose(module, name).network
    return json_text(tree_data(tree)) if wants_json else tree_text(tree)


def _ir_text(program: Program) -> str:
    from smashdsl.cli.dump import tree_text

    return tree_text(program.ir)


def _ir_data(program: Program) -> Any:
    from smashdsl.cli.dump import tree_data

    return tree_data(program.ir)


def _plan_text(program: Program) -> str:
    from smashdsl.cli.plan_table import plan_text

    return plan_text(program.plan)


def _plan_data(program: Program) -> Any:
    from smashdsl.cli.plan_table import plan_data

    return plan_data(program.plan)


def _graph(program: Program, view: str) -> Any:
    from smashdsl.backends.graph import node_link

    return node_link(program.graph(view))


def _encoding(program: Program) -> Any:
    from smashdsl.cli.encodings import encoding_data

    return encoding_data(program)


def _fx(program: Program) -> str:
    return str(program.module().code).lstrip("\n")


def _summary_text(program: Program) -> str:
    from smashdsl.backends.summary import program_page, summarise_program

    return program_page(summarise_program(program.plan))


def _summary_data(program: Program) -> Any:
    from smashdsl.backends.summary import summarise_program

    return summarise_program(program.plan).as_data()


_FORMS = {
    "ir": _Forms(_ir_text, _ir_data),
    "program": _Forms(lambda program: program.text, None),
    "plan": _Forms(_plan_text, _plan_data),
    "encoding": _Forms(None, _encoding),
    "fx": _Forms(_fx, None),
    "python": _Forms(lambda program: program.export(), None),
    "summary": _Forms(_summary_text, _summary_data),
}
