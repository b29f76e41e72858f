"""`dondoc campaign`: a campaign file made from a letter, for a person to look over."""

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from domain.errors import NotFound
from domain.words import say
from dondoc.cli.errors import ExitCode
from dondoc.cli.options import DEFAULT_CONFIG, Config, day
from dondoc.cli.output import print_line
from dondoc.languages import Language, in_language, told

if TYPE_CHECKING:
    from domain.errors import Problem
    from dondoc.services.campaign_draft import Draft
    from dondoc.services.campaign_file import Surroundings
    from dondoc.settings.records import Settings

app = typer.Typer(no_args_is_help=True, help="Making campaigns.")

Letter = Annotated[
    Path,
    typer.Option("--from", metavar="LETTER", help="The letter: a text, Word or PDF file."),
]
Out = Annotated[
    Path | None,
    typer.Option("--out", metavar="FILE", help="Where to write it; else it is printed."),
]
Lang = Annotated[
    Language,
    typer.Option("--lang", envvar="DONDOC_LANG", help="Language of the comments and problems."),
]
Today = Annotated[
    date | None,
    typer.Option(
        "--at", metavar="DATE", parser=day, help="Day for a letter without a date; else today."
    ),
]


@app.callback()
def _group() -> None:
    """Keep `draft` a command of its own name even while it is the only one."""


@app.command("draft")
def draft(
    letter: Letter,
    out: Out = None,
    lang: Lang = Language.EN,
    at: Today = None,
    config: Config = DEFAULT_CONFIG,
) -> None:
    """Read a letter and write a campaign file for a person to look over.

    Each guess bears the sentence that it came from; what the letter does not say is marked. An
    existing file is never overwritten. Exits with 3 when something is left for a person.

    Example: dondoc campaign draft --from cong-van.docx --out nq47.yaml --config config/dondoc.yaml
    """
    from dondoc.services.campaign_file import campaign_file  # noqa: PLC0415
    from dondoc.settings.load import load_settings  # noqa: PLC0415

    with in_language(lang):
        settings = load_settings(config, new=True)
        made = _made(letter, settings, at)
        text = campaign_file(made, letter.name, _around(settings), lang)
        if out is not None:
            _write(out, text)
    if out is None:
        print_line(text.rstrip("\n"))
        waiting = bool(made.open)
    else:
        waiting = _report(made, out, _problems(config, out), lang)
    if waiting:
        raise typer.Exit(ExitCode.WAITING)


def _made(letter: Path, settings: "Settings", at: date | None) -> "Draft":
    from dondoc.bootstrap import SystemClock  # noqa: PLC0415
    from dondoc.services.campaign_draft import Unit, draft  # noqa: PLC0415
    from dondoc.settings.source import os_reason  # noqa: PLC0415
    from mappings.text.extract import extract_text  # noqa: PLC0415
    from schedulers.calendar import local_day  # noqa: PLC0415

    try:
        content = letter.read_bytes()
    except OSError as error:
        reason = os_reason(error)
        raise NotFound(
            say("{what} cannot be read: {reason}", what=letter, reason=reason)
        ) from error
    text = extract_text(content)
    if not text.strip():
        raise NotFound(
            say(
                "{file} has no text, as a scan has none; give the Word file of the letter",
                file=letter,
            )
        )
    today = at or local_day(SystemClock().now())
    own = settings.unit
    unit = Unit(name=own.name, place=settings.place, parent=own.in_charge)
    return draft(text, unit, settings.directory, tuple(settings.campaigns), today)


def _around(settings: "Settings") -> "Surroundings":
    from dondoc.services.campaign_file import Surroundings  # noqa: PLC0415

    return Surroundings(
        organ_id=settings.unit.organ_id,
        unit=settings.unit.name,
        has_exchange=settings.exchange is not None,
    )


def _write(out: Path, text: str) -> None:
    from dondoc.settings.source import os_reason  # noqa: PLC0415

    try:
        with out.open("x", encoding="utf-8") as stream:
            stream.write(text)
    except FileExistsError as error:
        raise NotFound(
            say("{file} is there already; give another name, it is not overwritten", file=out)
        ) from error
    except OSError as error:
        reason = os_reason(error)
        raise NotFound(
            say("{file} cannot be written: {reason}", file=out, reason=reason)
        ) from error


def _problems(config: Path, out: Path) -> "list[Problem]":
    """Return what `dondoc check` says about the new file beside the whole configuration."""
    from domain.errors import ConfigError  # noqa: PLC0415
    from dondoc.settings.load import load_settings  # noqa: PLC0415

    try:
        found = load_settings(config, also=(out,), new=True).warnings
    except ConfigError as error:
        found = tuple(error.problems)
    return [problem for problem in found if problem.file == str(out)]


def _report(made: "Draft", out: Path, problems: "list[Problem]", lang: Language) -> bool:
    """Print what is left; return whether anything is."""
    from dondoc.services.campaign_words import WORDS, told_open  # noqa: PLC0415

    words = WORDS[lang]
    print_line(words.count.format(out=out, rules=len(made.recipients), open=len(made.open)))
    for thing in made.open:
        print_line(f"  {words.fill}{told_open(words, thing.left, thing.words)}")
    for problem in problems:
        print_line(told(problem, lang))
    return bool(made.open) or any(not problem.warning for problem in problems)
