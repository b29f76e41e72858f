"""`dondoc exchange`: what a VXP node offers beside carrying packets, for administrators.

The store is not touched: what these commands do is between a person and the exchange.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from datetime import date, time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from domain.errors import ConfigError, ListNotWhole, Problem
from domain.exchange import PacketKind
from domain.exchange_units import Registration
from domain.ids import OrganId
from dondoc.cli.exchange_file import save
from dondoc.cli.options import DEFAULT_CONFIG, Config, Json, day
from dondoc.cli.output import print_json, print_line, print_table
from schedulers.calendar import at_local, end_of

if TYPE_CHECKING:
    from dondoc.bootstrap import VxpNode
    from dondoc.settings.records import ExchangeSettings

T = TypeVar("T")

app = typer.Typer(
    no_args_is_help=True,
    help="See and change what the document exchange knows of units and packets (VXP nodes only).",
)


def _filled(text: str) -> str:
    if not text.strip() or not text.isprintable():
        raise typer.BadParameter("write it on one line, and not blank")
    return text.strip()


Code = Annotated[
    str, typer.Argument(metavar="CODE", help="Identifier of a unit.", callback=_filled)
]


@app.command("agencies")
def list_agencies(
    qd20: Annotated[
        bool, typer.Option("--qd20", help="The list by identifiers of Quyết định 20/2020/QĐ-TTg.")
    ] = False,
    level: Annotated[int, typer.Option("--level", min=1, help="For --qd20.")] = 1,
    config: Config = DEFAULT_CONFIG,
    as_json: Json = False,
) -> None:
    """List the units that documents can be sent to, with both forms of their identifiers.

    Example: dondoc exchange agencies --qd20 --config /etc/dondoc/dondoc.yaml
    """
    with _opened(config) as exchange:
        ask = partial(exchange.agencies_qd20, level) if qd20 else exchange.agencies
        found, flaw = _sound(ask)
    if as_json:
        print_json({"agencies": [asdict(agency) for agency in found]})
    else:
        rows = [(a.id, a.code, a.old_code or "", a.name, a.parent_id, a.mail) for a in found]
        print_table(("Id", "Code", "Other code", "Name", "Parent", "Mail"), rows)
    if flaw:
        raise flaw


@app.command("units")
def list_units(config: Config = DEFAULT_CONFIG, as_json: Json = False) -> None:
    """List the register as systems synchronise it, with deleted units and their owners.

    Example: dondoc exchange units --json --config /etc/dondoc/dondoc.yaml
    """
    with _opened(config) as exchange:
        found = exchange.administration.units()
    if as_json:
        print_json({"units": [asdict(unit) for unit in found]})
        return
    rows = [
        (u.id, u.code, u.name, u.parent_id, u.center, u.modified, "deleted" if u.deleted else "")
        for u in found
    ]
    print_table(("Id", "Code", "Name", "Parent", "System", "Modified", "State"), rows)


@app.command("waiting")
def list_waiting(
    kind: Annotated[
        PacketKind, typer.Option("--kind", help="Documents or status messages.")
    ] = PacketKind.DOCUMENT,
    since: Annotated[
        date | None, typer.Option("--from", metavar="DATE", parser=day, help="First day.")
    ] = None,
    until: Annotated[
        date | None, typer.Option("--until", metavar="DATE", parser=day, help="Last day.")
    ] = None,
    config: Config = DEFAULT_CONFIG,
    as_json: Json = False,
) -> None:
    """List the packets that wait for us; takes none of them.

    Example: dondoc exchange waiting --from 2024-05-01 --config /etc/dondoc/dondoc.yaml
    """
    with _opened(config) as exchange:
        ask = partial(
            exchange.waiting,
            kind,
            since=at_local(since, time.min) if since else None,
            until=end_of(until) if until else None,
        )
        found, flaw = _sound(ask)
    if as_json:
        print_json({"waiting": [asdict(packet) for packet in found]})
    else:
        rows = [(packet.doc_id, packet.sender, packet.receiver, packet.created) for packet in found]
        print_table(("Packet", "From", "To", "Created"), rows)
    if flaw:
        raise flaw


@app.command("count")
def count_waiting(config: Config = DEFAULT_CONFIG, as_json: Json = False) -> None:
    """Count the documents and the status messages that wait for us.

    Example: dondoc exchange count --config /etc/dondoc/dondoc.yaml
    """
    with _opened(config) as exchange:
        documents = exchange.administration.count(PacketKind.DOCUMENT)
        statuses = exchange.administration.count(PacketKind.STATUS)
    if as_json:
        print_json({"documents": documents, "statuses": statuses})
    else:
        print_line(f"{documents} document(s) and {statuses} status message(s) wait")


@app.command("download")
def download(
    doc_id: Annotated[
        str, typer.Argument(metavar="DOC_ID", help="The packet, as the exchange names it.")
    ],
    target: Annotated[Path, typer.Argument(metavar="FILE", help="Where its edXML file goes.")],
    config: Config = DEFAULT_CONFIG,
    as_json: Json = False,
) -> None:
    """Write the edXML file of one packet, as the exchange holds it; the packet goes on waiting.

    FILE is written whole or not at all.

    Example: dondoc exchange download 8b669ab1-03e4-4c83-8c71-704b242a73c0 packet.edxml
    """
    with _opened(config) as exchange:
        saved = save(target, lambda into: exchange.administration.download(doc_id, into))
    if as_json:
        print_json({"doc_id": doc_id, "file": str(target), **asdict(saved)})
    else:
        print_line(f"{target}: {saved.size} octets, sha256 {saved.sha256}")


@app.command("register")
def register(
    code: Code,
    name: Annotated[str, typer.Option("--name", help="Its full name.", callback=_filled)],
    parent: Annotated[
        str, typer.Option("--parent", metavar="CODE", help="Identifier of the unit above it.")
    ] = "",
    mail: Annotated[str, typer.Option("--mail", help="Its address.")] = "",
    mobile: Annotated[str, typer.Option("--mobile", help="Its telephone.")] = "",
    fax: Annotated[str, typer.Option("--fax", help="Its fax.")] = "",
    number: Annotated[
        str,
        typer.Option(
            "--id", metavar="ID", help="Change the unit with this id of the list, else add one."
        ),
    ] = "",
    config: Config = DEFAULT_CONFIG,
    as_json: Json = False,
) -> None:
    """Add a unit to the register of the exchange, or change one of ours.

    What is left out is sent blank, in a change too. A new unit whose answer is lost is not sent
    again: look with `dondoc exchange units` first.

    Example: dondoc exchange register H37.99.1 --name "UBND xã Yên Sơn" --parent H37.99
    """
    unit = Registration(
        code=OrganId(code),
        name=name,
        parent=parent.strip(),
        mail=mail.strip(),
        mobile=mobile.strip(),
        fax=fax.strip(),
        id=number.strip(),
    )
    with _opened(config) as exchange:
        exchange.administration.register(unit)
    if as_json:
        print_json({"registered": code})
    else:
        print_line(f"{code} is registered; `dondoc exchange units` shows it")


@app.command("delete")
def delete(code: Code, config: Config = DEFAULT_CONFIG, as_json: Json = False) -> None:
    """Take one of our units out of the register: it then receives nothing more.

    Example: dondoc exchange delete H37.99.1 --config /etc/dondoc/dondoc.yaml
    """
    with _opened(config) as exchange:
        exchange.administration.delete(OrganId(code))
    if as_json:
        print_json({"deleted": code})
    else:
        print_line(f"{code} is deleted from the register of the exchange")


def _sound(ask: Callable[[], Sequence[T]]) -> tuple[Sequence[T], ListNotWhole[T] | None]:
    """Return the rows of a list, and the flaw of one that is not whole: to be told after them."""
    try:
        return ask(), None
    except ListNotWhole as error:
        return error.rows, error


@contextmanager
def _opened(config: Path) -> "Iterator[VxpNode]":
    from dondoc.bootstrap import SystemClock  # noqa: PLC0415
    from dondoc.bootstrap_accounts import vxp_client  # noqa: PLC0415
    from dondoc.settings.load import load_settings  # noqa: PLC0415

    settings = _vxp_of(load_settings(config).exchange, config)
    with vxp_client(settings, SystemClock().now) as exchange:
        yield exchange


def _vxp_of(settings: "ExchangeSettings | None", config: Path) -> "ExchangeSettings":
    if settings is not None and settings.lgsp is None:
        return settings
    what = "exchange.protocol is lgsp" if settings else "no exchange is configured"
    advice = "`dondoc exchange` needs a node of the exchange: exchange with protocol: vxp"
    problem = Problem(file=str(config), line=0, column=0, what=what, advice=advice)
    raise ConfigError((problem,))
