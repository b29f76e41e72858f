"""Read the table of units that seeds the exchange: CSV with a heading line, or a JSON list."""

import csv
import json
from pathlib import Path

from domain.errors import ConfigError, Problem
from dondoc.simulators.eoffice.units import Agency

_COLUMNS = ("code", "oldCode", "name", "mail", "parent", "system", "locked")
_TRUE = frozenset({"1", "true", "yes"})


def read_agencies(path: Path) -> list[Agency]:
    """Read a ``.csv`` or ``.json`` file in UTF-8.

    Its keys are code, oldCode, name, mail, parent, system and locked; only ``code`` is needed.
    Raises ConfigError with every problem.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
        rows = _json_rows(text) if path.suffix.lower() == ".json" else _csv_rows(text)
    except (OSError, ValueError, csv.Error) as error:
        raise _config_error([_problem(path, 0, str(error), "give a readable file")]) from error
    problems = [
        _problem(path, line, what, advice) for line, row in rows for what, advice in _faults_of(row)
    ]
    if problems:
        raise _config_error(problems)
    return [_agency(row) for _line, row in rows]


def _csv_rows(text: str) -> list[tuple[int, dict[str, str]]]:
    reader = csv.DictReader(text.splitlines(), restkey="more columns than the heading has")
    return [
        (reader.line_num, {str(key): _text(value) for key, value in row.items()}) for row in reader
    ]


def _json_rows(text: str) -> list[tuple[int, dict[str, str]]]:
    value = json.loads(text)
    if not isinstance(value, list) or not all(isinstance(row, dict) for row in value):
        raise ValueError("not a JSON list of objects")
    return [(0, {str(key): _text(item) for key, item in row.items()}) for row in value]


def _text(value: object) -> str:
    return "" if value is None else str(value).strip()


def _faults_of(row: dict[str, str]) -> list[tuple[str, str]]:
    known = ", ".join(_COLUMNS)
    faults = [(f"unknown column {name!r}", f"use {known}") for name in row if name not in _COLUMNS]
    if not row.get("code"):
        faults.append(("a unit without code", "fill the column code"))
    return faults


def _agency(row: dict[str, str]) -> Agency:
    return Agency(
        code=row["code"],
        old_code=row.get("oldCode", ""),
        name=row.get("name", ""),
        mail=row.get("mail", ""),
        parent=row.get("parent", ""),
        system=row.get("system", ""),
        locked=row.get("locked", "").lower() in _TRUE,
    )


def _problem(path: Path, line: int, what: str, advice: str) -> Problem:
    return Problem(file=str(path), line=line, column=0, what=what, advice=advice)


def _config_error(problems: list[Problem]) -> ConfigError:
    return ConfigError(tuple(problems))
