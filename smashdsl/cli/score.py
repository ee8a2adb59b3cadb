"""`smashdsl score`: what a run makes of one program."""

from __future__ import annotations

import click

from smashdsl.cli.grouped import Command
from smashdsl.cli.knobs import device_option, scorer_option
from smashdsl.cli.options import examples, genome_option, json_option, name_argument, seed_option
from smashdsl.cli.output import say, say_json
from smashdsl.cli.processes import device_of, usage
from smashdsl.cli.reports import place_text
from smashdsl.cli.runs import the_run


@click.command(
    cls=Command,
    epilog=examples(
        "score runs/first mine.smash",
        "score runs/first mine.smash --scorer naswot",
        "score runs/first space.smash --seed 7",
    ),
)
@click.argument("run", metavar="RUN", type=click.Path())
@click.argument("file", metavar="FILE", type=click.Path(allow_dash=True))
@name_argument
@seed_option
@genome_option
@scorer_option
@device_option
@json_option
def command(run: str, file: str, name: str | None, seed: int | None, genome: str | None,
            scorer: str, device: str, as_json: bool) -> None:  # fmt: skip
    """Score the program in FILE, drawn or written by hand, with the weights of the run RUN.

    It must be a network of the run's space; where it is not, the error says which value lies
    outside which draw. The score is one on all images of the last stage, and is kept in the ledger.
    """
    from smashdsl.cli.networks import open_program
    from smashdsl.cli.progress import reporting
    from smashdsl.search.given import score_step
    from smashdsl.search.resources import Resources

    opened = the_run(run, None)
    program = open_program(file, name, seed, genome)
    with usage():
        entry = score_step(opened, program, Resources(reporting(quiet=as_json), device_of(device)),
                           scorer)  # fmt: skip
    with opened.ledger() as ledger:
        better = ledger.better(scorer, entry.score.score)
        count = ledger.count(scorer)
    if as_json:
        say_json({**entry.as_data(), "better": better, "programs": count})
        return
    say(place_text(entry, better, count))
