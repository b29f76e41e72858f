"""`dondoc check`: every problem of the configuration at once."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from domain.errors import ConfigError, Problem
from dondoc.cli.errors import ExitCode
from dondoc.cli.options import DEFAULT_CONFIG, Config, Json
from dondoc.cli.output import print_json, print_line

if TYPE_CHECKING:
    from dondoc.settings.records import Settings


def check(config: Config = DEFAULT_CONFIG, as_json: Json = False) -> None:
    """Check the configuration and print every problem as file:line:column: what; advice.

    Nothing is opened or connected, secrets are not looked up. Exits with 2 if there is an error;
    warnings alone do not count.

    Example: dondoc check --config config/dondoc.yaml
    """
    settings, problems = _read(config)
    errors = [problem for problem in problems if not problem.warning]
    warnings = [problem for problem in problems if problem.warning]
    if as_json:
        print_json({"ok": not errors, "errors": _listed(errors), "warnings": _listed(warnings)})
    else:
        _print(settings, errors, warnings)
    if errors:
        raise typer.Exit(ExitCode.WRONG_USAGE)


def _read(config: Path) -> "tuple[Settings | None, Sequence[Problem]]":
    from dondoc.settings.load import load_settings  # noqa: PLC0415

    try:
        settings = load_settings(config)
    except ConfigError as error:
        return None, error.problems
    return settings, settings.warnings


def _print(
    settings: "Settings | None", errors: Sequence[Problem], warnings: Sequence[Problem]
) -> None:
    for problem in errors:
        print_line(str(problem))
    for problem in warnings:
        print_line(f"warning: {problem}")
    if settings is None:
        found = f"{len(errors)} error(s), {len(warnings)} warning(s)"
        typer.echo(f"{found}; nothing is used before they are corrected", err=True)
    else:
        offices, campaigns = len(settings.directory.offices), len(settings.campaigns)
        print_line(f"the configuration is sound: {offices} offices, {campaigns} campaign(s)")


def _listed(problems: Sequence[Problem]) -> list[dict[str, str | int]]:
    return [
        {
            "file": problem.file,
            "line": problem.line,
            "column": problem.column,
            "what": problem.what,
            "advice": problem.advice,
        }
        for problem in problems
    ]
