"""Options and arguments that several commands share, so that they are spelled alike."""

from datetime import date, datetime
from pathlib import Path
from typing import Annotated

import typer

DEFAULT_CONFIG = Path("/etc/dondoc/dondoc.yaml")
MAIN_FILE = "dondoc.yaml"


def located(path: Path) -> Path:
    """Return the main file of a configuration that was named by its file or its folder."""
    return path / MAIN_FILE if path.is_dir() else path


def day(text: str) -> date:
    """Read a day; raises ``typer.BadParameter``."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(f"{text!r} is not a day; write YYYY-MM-DD") from None


def instant(text: str) -> datetime:
    """Read a day (its end is meant) or a minute in Viet Nam, or an instant with its own offset.

    Raises ``typer.BadParameter``.
    """
    # The calendar loads the library of public holidays, which --help must not wait for.
    from schedulers.calendar import LOCAL, end_of  # noqa: PLC0415

    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        advice = "write YYYY-MM-DD or YYYY-MM-DDTHH:MM"
        raise typer.BadParameter(f"{text!r} is not an instant; {advice}") from None
    if len(text) <= len("YYYY-MM-DD"):
        return end_of(found.date())
    return found if found.tzinfo else found.replace(tzinfo=LOCAL)


Config = Annotated[
    Path,
    typer.Option(
        "--config",
        "-c",
        envvar="DONDOC_CONFIG",
        callback=located,
        metavar="FILE",
        help="The configuration: dondoc.yaml, or the folder that holds it.",
    ),
]

Json = Annotated[bool, typer.Option("--json", help="Print one JSON document and nothing else.")]


def _one_line(name: str) -> str:
    if not name.strip() or not name.isprintable():
        raise typer.BadParameter("write a name on one line, without control characters")
    return name.strip()


By = Annotated[
    str,
    typer.Option(
        "--by", metavar="NAME", help="Who decides; kept in the ledger.", callback=_one_line
    ),
]

Campaign = Annotated[
    str, typer.Argument(metavar="CAMPAIGN", help="Id of the campaign, such as nq47.")
]

RoundName = Annotated[
    str | None,
    typer.Option("--round", metavar="ROUND", help="Reporting period, as 2024; else the latest."),
]

Until = Annotated[
    date | None,
    typer.Option("--until", metavar="DATE", parser=day, help="New last day, as 2024-11-20."),
]

At = Annotated[
    datetime | None,
    typer.Option(
        "--at",
        metavar="DATE",
        parser=instant,
        help="As of the end of this day, 2024-11-20, or this minute, 2024-11-20T08:00, "
        "in Viet Nam; else now.",
    ),
]
