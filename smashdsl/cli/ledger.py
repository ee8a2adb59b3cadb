"""`smashdsl ledger`: what a run has scored."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from smashdsl.cli.grouped import Command, grouped, options
from smashdsl.cli.options import examples, json_option
from smashdsl.cli.output import say, say_json, suffix_of
from smashdsl.search.ledger.exporting import FORMATS
from smashdsl.search.ledger.queries import SORTS

if TYPE_CHECKING:
    from smashdsl.api import Program
    from smashdsl.search.ledger import Entry, Filter, Reading

SHOWN = 10


_which = grouped("Which programs")


def _bound(name: str, words: str) -> Any:
    return _which(name, metavar="N", type=click.IntRange(min=0), help=words)


which_options = (
    _which("--scorer", metavar="NAME", help="Whose scores (hypernet, or the only one)."),
    _which("--top", metavar="N", type=click.IntRange(min=1),
           help=f"The first N of them ({SHOWN}; all for --export)."),
    _which("--sort", type=click.Choice(tuple(SORTS)), default="score",
           help="By score, error, images, stage, seconds, time, when it was found, or cost "
                "(score)."),
    _bound("--min-params", "With at least so many parameters."),
    _bound("--max-params", "With at most so many."),
    _bound("--min-flops", "With at least so many multiply-adds."),
    _bound("--max-flops", "With at most so many."),
    _bound("--min-depth", "At least so deep."),
    _bound("--max-depth", "At most so deep."),
    _bound("--min-stage", "Scored at the stage of so many images, or later."),
    _which("--proposer", metavar="NAME", help="Which this one has proposed."),
)  # fmt: skip
_do = grouped("What to do with them")
do_options = (
    _do("--export", "out", metavar="FILE", type=click.Path(),
        help="Write all that is known of them to a .csv or .parquet file."),
    _do("--merge", "others", metavar="OTHER", type=click.Path(), multiple=True,
        help="First take in what another folder of the same run has scored, or another ledger."),
)  # fmt: skip


@click.command(
    cls=Command,
    epilog=examples(
        "ledger runs/first",
        "ledger runs/first --max-params 100000 --top 20",
        "ledger runs/first 4b4339                     one program: its text and all its scores",
        "ledger runs/first --proposer random --export random.parquet",
        "ledger runs/first --merge elsewhere/first    what another machine has scored",
    ),
)
@click.argument("run", metavar="RUN", type=click.Path())
@click.argument("prefix", metavar="[HASH]", required=False)
@options(*which_options, *do_options)
@json_option
def command(run: str, prefix: str | None, scorer: str | None, top: int | None, sort: str,
            out: str | None, others: tuple[str, ...], as_json: bool,
            **bounds: Any) -> None:  # fmt: skip
    """List the programs that were scored, best first; or show the one whose HASH begins so.

    RUN is the folder of a run, or a ledger.sqlite. It is only read, unless something is merged
    into it. That must be of the same space, data, seed and training; where both have scored a
    program, the score that looked at more images counts.
    """
    from smashdsl.search.ledger import Filter, Reading

    _require_format(out)
    path = _existing(run)
    if others:
        _merge(path, others, quiet=as_json)
    with Reading(path) as ledger:
        if prefix is not None:
            _show(ledger, prefix, as_json)
            return
        name, where = _scorer(ledger, scorer), Filter(**bounds)
        if out is not None:
            _export(ledger, name, top, where, sort, Path(out), as_json)
        else:
            _list(ledger, name, SHOWN if top is None else top, where, sort, as_json)


def _require_format(out: str | None) -> None:
    """Refuse the name of a file that cannot be a table.

    Raises:
        click.UsageError: it does not end in one of the formats.
    """
    if out == "-":
        raise click.UsageError("A table goes to a file; --json prints to standard output.")
    suffix_of(out, FORMATS, "csv")


def _existing(run: str) -> Path:
    """The ledger of a run.

    Raises:
        SmashError: E943 it is no run, E945 nothing is scored yet.
    """
    from smashdsl.files import fail
    from smashdsl.search.ledger import find

    path = find(run)
    if path.parent == Path(run) and not path.exists():
        if (path.parent / "run.json").exists():
            raise fail("E945", f"`{run}` is not that far: no program is scored",
                       f"`smashdsl rank {run}` does that step")  # fmt: skip
        raise fail("E943", f"`{run}` is neither the folder of a run nor a ledger")
    return path


def _merge(path: Path, others: tuple[str, ...], quiet: bool) -> None:
    from smashdsl.cli.ledger_page import merged_text
    from smashdsl.search.ledger import Ledger

    sources = [(other, _existing(other)) for other in others]
    with Ledger(path) as ledger:
        for other, source in sources:
            merged = ledger.merge(source)
            if not quiet:
                say(merged_text(other, merged))


def _scorer(ledger: Reading, asked: str | None) -> str:
    """The scorer whose scores are wanted.

    Raises:
        click.UsageError: there is no such, or it is not clear which.
    """
    from smashdsl.search.ledger import scorer_name

    known = ledger.scorers()
    usual = scorer_name() if scorer_name() in known or len(known) != 1 else next(iter(known))
    name = usual if asked is None else asked
    if name not in known:
        others = f", but {', '.join(known)}" if known else ", nor has anything else"
        raise click.UsageError(f"{name} has scored nothing here{others}.")
    return name


def _list(ledger: Reading, scorer: str, top: int, where: Filter, sort: str,
          as_json: bool) -> None:  # fmt: skip
    from smashdsl.cli.ledger_page import list_data, list_text

    entries = ledger.ranked(scorer, top, where, sort)
    matching = ledger.count(scorer, where)
    if as_json:
        say_json(list_data(ledger, scorer, matching, entries))
    else:
        say(list_text(ledger, scorer, matching, sort, entries))


def _export(ledger: Reading, scorer: str, top: int | None, where: Filter, sort: str, out: Path,
            as_json: bool) -> None:  # fmt: skip
    from smashdsl.search.ledger import export

    count = export(out, scorer, ledger.entries(scorer, top, where, sort))
    if as_json:
        say_json({"file": str(out), "scorer": scorer, "rows": count})
    else:
        say(f"wrote {count:,} row{'s' * (count != 1)} to {out}")


def _show(ledger: Reading, prefix: str, as_json: bool) -> None:
    from smashdsl.cli.ledger_page import program_data, program_text

    hashes = ledger.hashes(prefix.lower(), 4)
    if not hashes:
        raise click.UsageError(f"There is no program whose hash begins with {prefix}.")
    if len(hashes) > 1:
        listed = ", ".join(each[: len(prefix) + 6] for each in hashes)
        raise click.UsageError(f"Several hashes begin with {prefix}: {listed} …")
    entries = {
        scorer: entry
        for scorer in ledger.scorers()
        if (entry := ledger.entry(scorer, hashes[0])) is not None
    }
    program = _program(ledger, next(iter(entries.values())))
    if as_json:
        say_json(program_data(entries, program))
    else:
        say(program_text(ledger, entries, program))


def _program(ledger: Reading, entry: Entry) -> Program | None:
    """The program of an entry, where the space lies beside the ledger.

    Raises:
        SmashError: E944, the draws make another program; else as `load` and `rebuild`.
    """
    from smashdsl.api import Space, load
    from smashdsl.files import fail

    path = ledger.path.parent / "space.smash"
    if not path.exists():
        return None
    space = load(path, ledger.facts.get("space"))
    program = space.rebuild(entry.genome) if isinstance(space, Space) else None
    if program is None or program.hash != entry.hash:
        raise fail("E944", f"`{ledger.path}` is damaged: its draws do not make the program "
                           f"{entry.hash[:12]} of `{path}`")  # fmt: skip
    return program
