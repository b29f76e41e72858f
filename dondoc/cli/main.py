"""The command line as a whole: every command under its name, and what all have in common."""

import sys
from collections.abc import Sequence
from typing import Annotated

import typer

from dondoc.cli import (
    check,
    demo,
    doctor,
    plan,
    quarantine,
    read,
    replay,
    result,
    review,
    run,
    schema,
    simulate,
    status,
    version,
)
from dondoc.cli.errors import advised
from dondoc.cli.output import use_utf8

_HELP = """Distribute a directive, follow every answer as evidence, remind the late, compile and
forward the result.

Exit codes: 0 done, 1 failed, 2 wrong configuration or usage, 3 something waits for a person.
"""

app = typer.Typer(
    name="dondoc",
    help=_HELP,
    no_args_is_help=True,
    add_completion=False,
    # Plain help loads faster and reads well in a pipe; errors are told by errors.py alone.
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)


@app.callback()
def _common(
    debug: Annotated[
        bool, typer.Option("--debug", help="Log everything, and show where an error comes from.")
    ] = False,
    _version: Annotated[
        bool,
        typer.Option("--version", callback=version.show, is_eager=True, help="Print the version."),
    ] = False,
) -> None:
    import logging  # noqa: PLC0415

    from dondoc import logs  # noqa: PLC0415 - keeps `dondoc --help` quick

    logs.configure(level=logging.DEBUG if debug else logging.WARNING, lines=False)


app.command("demo")(demo.demo)
app.command("run")(run.run)
app.command("check")(check.check)
app.command("doctor")(doctor.doctor)
app.command("status")(status.status)
app.command("plan")(plan.plan)
app.add_typer(review.app, name="review")
app.add_typer(quarantine.app, name="quarantine")
app.command("compile")(result.compile_result)
app.command("approve")(result.approve_result)
app.command("forward")(result.forward_result)
app.add_typer(read.app, name="read")
app.command("replay")(replay.replay)
app.add_typer(simulate.app, name="simulate")
app.command("schema")(schema.schema)
app.command("version")(version.version)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and exit; ``arguments`` are those of the process if not given."""
    use_utf8()
    given = list(sys.argv[1:] if arguments is None else arguments)
    with advised(debug="--debug" in given):
        app(args=given, prog_name="dondoc")
