"""`dondoc demo`: the whole job with embedded servers and simulated offices."""

import logging
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated

import typer

from dondoc.cli.options import Json
from dondoc.cli.output import print_json, print_line, print_table

DEFAULT_OUT = Path("demo-out")


def demo(
    context: typer.Context,
    out: Annotated[
        Path, typer.Option("--out", metavar="DIR", help="Folder for results and state.")
    ] = DEFAULT_OUT,
    as_json: Json = False,
) -> None:
    """Run the whole job on the real directive: exchange, mail and some 60 offices on this machine.

    Leaves the compiled documents in the folder, and the configuration and store that it used, so
    that every other command works there. A demo that was killed goes on in the same folder.

    Example: dondoc demo --out demo-out; dondoc status nq47 --config demo-out/dondoc.yaml
    """
    from dondoc import logs  # noqa: PLC0415
    from dondoc.demo.run import FOLLOWED, run_demo  # noqa: PLC0415

    # Offices that misbehave on purpose are no news here: the result tells of them.
    if not context.find_root().params.get("debug"):
        logs.configure(level=logging.ERROR, lines=False)
    result = run_demo(out)
    if as_json:
        print_json(result.as_json())
    else:
        print_table(("Figure", "Value"), _rows(result.as_json()))
        print_line(f"everything lies in {out}; look on with: dondoc status --config {out}")
        print_line(f"what the e-office sent and Dondoc followed lies in {out / FOLLOWED}")


def _rows(figures: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    for name, value in figures.items():
        if isinstance(value, Mapping):
            yield from ((f"{name}: {key}", text) for key, text in _rows(value))
        elif isinstance(value, list):
            yield name, "\n".join(map(str, value)) or "none"
        else:
            yield name, str(value)
