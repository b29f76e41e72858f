"""`dondoc check`: every problem of the configuration at once."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from domain.errors import ConfigError, Problem
from domain.words import Words, say
from dondoc.cli.errors import ExitCode
from dondoc.cli.options import DEFAULT_CONFIG, At, Config, Json
from dondoc.cli.output import print_json, print_line
from dondoc.languages import Language, said, told

if TYPE_CHECKING:
    from dondoc.settings.records import Settings

Lang = Annotated[
    Language,
    typer.Option("--lang", envvar="DONDOC_LANG", help="Language of the problems."),
]


def check(
    config: Config = DEFAULT_CONFIG,
    lang: Lang = Language.EN,
    at: At = None,
    as_json: Json = False,
) -> None:
    """Check the configuration and print every problem as file:line:column: what; advice.

    Nothing is opened or connected, secrets are not looked up, only the rights of their files. Exits
    with 2 if there is an error; warnings stand below the errors and do not count. Whether a group
    has offices is looked at for the day of --at: a directive of that day would go to them.

    Example: dondoc check --lang vi --config config/dondoc.yaml
    """
    settings, problems = _read(config, at or datetime.now(UTC))
    errors = [problem for problem in problems if not problem.warning]
    warnings = [problem for problem in problems if problem.warning]
    if as_json:
        print_json(
            {
                "ok": not errors,
                "errors": _listed(errors, lang),
                "warnings": _listed(warnings, lang),
            }
        )
    else:
        _print(errors, warnings, lang)
        if settings is not None:
            print_line(said(_sound(settings), lang))
        else:
            typer.echo(said(_refused(errors, warnings), lang), err=True)
    if errors:
        raise typer.Exit(ExitCode.WRONG_USAGE)


def _read(config: Path, now: datetime) -> "tuple[Settings | None, Sequence[Problem]]":
    from dondoc.settings.load import load_settings  # noqa: PLC0415
    from schedulers.calendar import LOCAL  # noqa: PLC0415

    try:
        settings = load_settings(config, day=now.astimezone(LOCAL).date())
    except ConfigError as error:
        return None, error.problems
    return settings, settings.warnings


def _print(errors: Sequence[Problem], warnings: Sequence[Problem], lang: Language) -> None:
    for problem in errors:
        print_line(told(problem, lang))
    if warnings:
        if errors:
            print_line()
        print_line(said(say("warnings, which stop nothing:"), lang))
        for problem in warnings:
            print_line(told(problem, lang))
        print_line()


def _sound(settings: "Settings") -> Words:
    return say(
        "the configuration is sound: {offices} offices, {campaigns} campaign(s)",
        offices=len(settings.directory.offices),
        campaigns=len(settings.campaigns),
    )


def _refused(errors: Sequence[Problem], warnings: Sequence[Problem]) -> Words:
    return say(
        "{errors} error(s), {warnings} warning(s); nothing is used before they are corrected",
        errors=len(errors),
        warnings=len(warnings),
    )


def _listed(problems: Sequence[Problem], lang: Language) -> list[dict[str, str | int]]:
    return [
        {
            "file": problem.file,
            "line": problem.line,
            "column": problem.column,
            "what": said(problem.what, lang),
            "advice": said(problem.advice, lang),
        }
        for problem in problems
    ]
