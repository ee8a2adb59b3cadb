"""The command group: verbs are imported when they are called."""

from __future__ import annotations

from importlib import import_module
from typing import Any, cast

import click

from smashdsl.cli.guard import guarded
from smashdsl.diagnostics.similar import did_you_mean

VERBS = {
    "The language": {
        "check": "Report every mistake in files.",
        "fmt": "Bring files into their standard layout.",
        "explain": "Explain the code of a diagnostic.",
        "info": "Show costs layer by layer, or what a space holds.",
        "sample": "Print programs that a space holds.",
        "diff": "Say in what two programs differ.",
        "zoo": "List, show and copy networks and spaces that come along.",
        "import": "Write a network from elsewhere as a program.",
    },
    "What a program compiles to": {
        "compile": "Print a stage: syntax tree, plan, graph, Python, ...",
        "render": "Draw banks, layers, the encoding, the space.",
        "encode": "Encode a program as the HyperNet sees it.",
        "profile": "Measure layers: time and memory on this device.",
    },
    "Searching a space": {
        "search": "All of the following in a row.",
        "train": "Train the HyperNet.",
        "rank": "Score programs with generated weights.",
        "score": "Score one program of a run's space.",
        "confirm": "Train promising programs for a short time, and choose.",
        "fit": "Train the best program by itself.",
        "export": "Write a network for use without smashdsl: Python, ONNX, ...",
        "ledger": "List, filter, export and merge what was scored.",
        "report": "Write a run as one page for a browser.",
        "replay": "Train a run's HyperNet again, and compare.",
        "study": "Find out what a ranking is worth.",
    },
}
_MODULES = {verb: f"smashdsl.cli.{verb}" for verbs in VERBS.values() for verb in verbs}
_MODULES["compile"] = "smashdsl.cli.compiling"
_MODULES["import"] = "smashdsl.cli.importing"

EPILOG = """\b
Examples:
  smashdsl check net.smash                     every mistake in a file
  smashdsl render net.smash --view banks -o net.svg
  smashdsl sample space.smash --seed 7         the program that a seed draws
  smashdsl search space.smash --data digits --run runs/first
\b
`-` stands for standard input or output. `smashdsl VERB --help` says more.
Exit codes: 0 fine, 1 findings, 2 wrong use or an error of ours, 130 interrupted.
NO_COLOR turns colours off.
\b
Shell completion: put the line for your shell into its start-up file.
  eval "$(_SMASHDSL_COMPLETE=bash_source smashdsl)"
  eval "$(_SMASHDSL_COMPLETE=zsh_source smashdsl)"
  _SMASHDSL_COMPLETE=fish_source smashdsl | source
"""


class Tool(click.Group):
    """A group whose verbs live in modules of their own, each with a command `command`."""

    def main(self, *args: Any, **extra: Any) -> Any:
        """Run the tool and exit, whatever happens, with a code and without a traceback."""
        options = {**extra, "prog_name": "smashdsl", "standalone_mode": False}
        raise SystemExit(guarded(lambda: super(Tool, self).main(*args, **options)))

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_MODULES)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _MODULES:
            return None
        return cast("click.Command", import_module(_MODULES[cmd_name]).command)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in _MODULES and not args[0].startswith("-"):
            near = did_you_mean(args[0], _MODULES)
            hint = f" Did you mean `{near}`?" if near else ""
            ctx.fail(f"There is no verb `{args[0]}`.{hint}")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        for title, verbs in VERBS.items():
            with formatter.section(title):
                formatter.write_dl(list(verbs.items()), col_max=12)


def _print_version(ctx: click.Context, _option: click.Parameter, wanted: bool) -> None:
    if wanted and not ctx.resilient_parsing:
        from smashdsl.cli.versions import versions

        click.echo(versions())
        ctx.exit()


@click.group(
    cls=Tool, epilog=EPILOG, context_settings={"help_option_names": ["-h", "--help"]}
)  # fmt: skip
@click.option(
    "--version", is_flag=True, is_eager=True, expose_value=False, callback=_print_version,
    help="Show the versions of the package, the language and the encoding, and exit.",
)  # fmt: skip
def main() -> None:
    """Write memory-bank networks and spaces of them, compile them, and search the spaces."""
