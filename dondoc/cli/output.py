"""What commands print: one JSON document, a table, or plain lines, always on standard output."""

import json
import sys
from collections.abc import Iterable, Sequence
from datetime import datetime
from io import TextIOWrapper
from typing import TYPE_CHECKING

from schedulers.calendar import LOCAL

if TYPE_CHECKING:
    from rich.table import Table

_PIPED_WIDTH = 180
"""Columns of a table that goes into a file or a pipe, where no terminal tells its width."""


def use_utf8() -> None:
    """Write UTF-8 whatever the locale says: JSON demands it and names are Vietnamese."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")


def print_json(document: object) -> None:
    """Print one JSON document."""
    sys.stdout.write(json.dumps(document, ensure_ascii=False, indent=2) + "\n")


def print_line(text: str = "") -> None:
    """Print one line."""
    sys.stdout.write(f"{text}\n")


def print_table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print a table; cells are shown as they are, markup in them means nothing."""
    from rich import box  # noqa: PLC0415 - only what prints a table waits for it
    from rich.table import Table  # noqa: PLC0415

    table = Table(*headings, box=box.SIMPLE_HEAD, pad_edge=False)
    for row in rows:
        table.add_row(*row)
    _show(table)


def _show(table: "Table") -> None:
    from rich.console import Console  # noqa: PLC0415

    width = None if sys.stdout.isatty() else _PIPED_WIDTH
    Console(width=width, markup=False, emoji=False, highlight=False).print(table)


def local_time(instant: datetime | None) -> str:
    """Return an instant as a clock in Viet Nam shows it; blank for None."""
    return f"{instant.astimezone(LOCAL):%d/%m/%Y %H:%M}" if instant else ""
