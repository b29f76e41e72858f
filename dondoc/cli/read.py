"""`dondoc read`: what Dondoc makes of something, without counting it."""

import sys
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from domain.errors import NotFound
from dondoc.cli.options import DEFAULT_CONFIG, At, Config, Json
from dondoc.cli.output import print_json, print_line

if TYPE_CHECKING:
    from dondoc.services.read_command import MessageView

app = typer.Typer(no_args_is_help=True, help="Show what Dondoc makes of something; count nothing.")


@app.callback()
def _group() -> None:
    """Keep `message` a command of its own name even while it is the only one."""


@app.command("message")
def message(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="One raw email (.eml); - is standard input.")
    ],
    config: Config = DEFAULT_CONFIG,
    at: At = None,
    as_json: Json = False,
) -> None:
    """Show what Dondoc makes of one raw email and why; nothing is recorded.

    Example: dondoc read message reply.eml --at 2024-11-06 --config demo-out/dondoc.yaml --json
    """
    view = _view(_content(file), config, at)
    if as_json:
        print_json(view)
    else:
        _print(view)


def _content(file: Path) -> bytes:
    if str(file) == "-":
        return sys.stdin.buffer.read()
    try:
        return file.read_bytes()
    except OSError as error:
        raise NotFound(f"{file} cannot be read: {error.strerror}") from error


def _view(raw: bytes, config: Path, at: datetime | None) -> "MessageView":
    # Loading these takes longer than the reading; `--help` must not wait for them.
    from dondoc.bootstrap import SystemClock, open_app  # noqa: PLC0415
    from dondoc.services.read_command import message_view  # noqa: PLC0415
    from dondoc.settings.load import load_settings  # noqa: PLC0415

    clock = SystemClock()
    with open_app(load_settings(config), clock, read_only=True, may_lack_store=True) as app:
        return message_view(app, raw, at, clock.now())


def _print(view: "MessageView") -> None:
    machine = " (written by a machine)" if view["machine"] else ""
    print_line(f"kind:     {view['kind']}{machine}")
    print_line(f"match:    {view['match']}")
    members = {
        "office": view["office"],
        "campaign": "/".join(filter(None, (view["campaign"], view["round"]))),
        "sender": view["sender"]["address"],
        "numbers": ", ".join(view["numbers"]),
        "cites": ", ".join(view["cites"]),
    }
    for name, value in members.items():
        if value:
            print_line(f"{name + ':':<9} {value}")
    for candidate in view["candidates"]:
        why = "; ".join(candidate["why"])
        print_line(f"candidate {candidate['office']} {candidate['score']:.2f}: {why}")
    for attachment in view["attachments"]:
        role, size = attachment["role"], attachment["size"]
        print_line(f"file      {attachment['name']} ({size} octets): {role}, {attachment['why']}")
    for reason in view["reasons"]:
        print_line(f"reason    {reason['rule']}: {reason['evidence']}")
