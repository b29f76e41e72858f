"""The command line as a whole: every command under its name, and what all have in common."""

import sys
from collections.abc import Callable, Sequence
from typing import Annotated

import typer

from dondoc.cli import (
    backup,
    campaign,
    check,
    demo,
    directory,
    doctor,
    exchange,
    init,
    mail,
    plan,
    portal,
    quarantine,
    read,
    recall,
    replay,
    result,
    review,
    run,
    schema,
    simulate,
    status,
    template,
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


# In the order in which a newcomer needs them.
_COMMANDS: tuple[tuple[str, Callable[..., None], str], ...] = (
    ("demo", demo.demo, "The whole job with simulated offices."),
    ("init", init.init, "A configuration to begin with."),
    ("check", check.check, "All problems of the configuration."),
    ("doctor", doctor.doctor, "Is everything in order, and what to do."),
    ("run", run.run, "The daemon."),
    ("status", status.status, "Who received, acknowledged, reported, is late."),
    ("plan", plan.plan, "What would be sent now, to whom and why."),
    ("portal", portal.portal, "What a portal's rules find."),
    ("compile", result.compile_result, "A new version of a round's result."),
    ("approve", result.approve_result, "Give a result its number and release it."),
    ("forward", result.forward_result, "Hand the approved result over now."),
    ("recall", recall.recall, "Take back what was sent."),
    ("backup", backup.backup, "A copy of the store, while the daemon works."),
    ("restore", backup.restore, "An empty store filled from a backup."),
    ("replay", replay.replay, "State rebuilt from events: any difference?"),
    ("schema", schema.schema, "JSON Schema of the configuration files."),
    ("template", template.template, "The templates of mails."),
    ("version", version.version, "The version of Dondoc."),
)
for _name, _command, _short in _COMMANDS:
    app.command(_name, short_help=_short)(_command)

app.add_typer(campaign.app, name="campaign", short_help="A campaign made from a letter.")
app.add_typer(review.app, name="review", short_help="What waits for a person, and deciding it.")
app.add_typer(directory.app, name="directory", short_help="Offices from a spreadsheet and back.")
app.add_typer(quarantine.app, name="quarantine", short_help="Input that could not be read.")
app.add_typer(exchange.app, name="exchange", short_help="The exchange's register, by hand.")
app.add_typer(mail.app, name="mail", short_help="Dondoc's own mailbox.")
app.add_typer(backup.store_app, name="store", short_help="Moving the store.")
app.add_typer(read.app, name="read", short_help="What Dondoc makes of something.")
app.add_typer(simulate.app, name="simulate", short_help="Stand-ins of the outside world.")


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and exit; ``arguments`` are those of the process if not given."""
    use_utf8()
    given = list(sys.argv[1:] if arguments is None else arguments)
    with advised(debug="--debug" in given):
        app(args=given, prog_name="dondoc")
