"""`dondoc recall`: take back what was sent, from all offices or from some."""

from typing import TYPE_CHECKING, Annotated

import typer

from domain.ids import OfficeId, RoundId
from dondoc.cli.options import DEFAULT_CONFIG, By, Campaign, Config
from dondoc.cli.output import print_line, print_table
from dondoc.cli.session import opened

if TYPE_CHECKING:
    from dondoc.app import App
    from dondoc.services.recall import Outlook


def recall(
    campaign: Campaign,
    reason: Annotated[
        str, typer.Option("--reason", metavar="TEXT", help="Why, in Vietnamese: offices read it.")
    ],
    by: By,
    config: Config = DEFAULT_CONFIG,
    office: Annotated[
        list[str] | None,
        typer.Option("--office", metavar="ID", help="Only from this office; may be repeated."),
    ] = None,
    round_name: Annotated[
        str | None,
        typer.Option("--round", metavar="ROUND", help="Only in this reporting period; else all."),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show whom it would ask, and record nothing.")
    ] = False,
) -> None:
    """Take back the directive: whoever has it, or may have it, is asked to give it back.

    The daemon asks at its next turn: by status 13 on the exchange and by mail, through each door
    by which the letter went. What has not left yet is dropped, and nothing more is sent to these
    offices. Ordering it again changes nothing.

    Example: dondoc recall nq47 --office xa-yen-son --reason "gửi nhầm đơn vị"
    --by "Trần Thị Lan" --config demo-out/dondoc.yaml
    """
    from dondoc.services.recall import Order, outlook, take_back  # noqa: PLC0415

    order = Order(
        offices=tuple(map(OfficeId, office or ())),
        round=RoundId(round_name) if round_name else None,
        reason=reason,
        by=by,
    )
    with opened(config, read_only=dry_run) as session:
        work = outlook if dry_run else take_back
        seen = work(session.app, campaign, order, session.now)
        _print(session.app, seen)
    if dry_run:
        print_line("nothing is recorded: without --dry-run it is ordered")
    elif seen.known:
        print_line("this was ordered before; nothing changes")
    else:
        print_line(f"ordered by {by}; the daemon asks at its next turn")


def _print(app: "App", seen: "Outlook") -> None:
    rows = [("ask back", _name(app, i.about.office), i.channel, i.target) for i in seen.asked]
    rows += [(f"drop {d.kind}", _name(app, d.office), d.channel, d.target) for d in seen.dropped]
    if rows:
        print_table(("Do", "Office", "By", "To"), rows)
    offices = len({i.about.office for i in seen.asked})
    print_line(
        f"{len(seen.asked)} request(s) to {offices} office(s), {len(seen.dropped)} sending(s) "
        f"dropped, {len(seen.waived)} assignment(s) released"
    )
    if seen.mode != "send":
        print_line(
            f"exchange: {seen.mode} - Dondoc sends nothing on the exchange: the e-office must take "
            f"back there what it sent itself ({len(seen.elsewhere)} office(s) known)"
        )
    for name in seen.elsewhere:
        print_line(f"  to take back in the e-office: {_name(app, name)}")


def _name(app: "App", office: OfficeId | None) -> str:
    found = app.directory.get(office) if office else None
    return found.name if found else str(office)
