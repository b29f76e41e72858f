"""`dondoc status`: who has received, acknowledged and reported, and who is late."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from domain.errors import NotFound
from domain.ids import CampaignId, OfficeId
from dondoc.cli.options import DEFAULT_CONFIG, Config, Json, RoundName
from dondoc.cli.output import local_time, print_json, print_line, print_table
from dondoc.cli.session import opened

if TYPE_CHECKING:
    from domain.state import DispatchState
    from dondoc.app import App
    from dondoc.services.status import CampaignStatus, OfficeStatus

_SHORT = 12
"""Hexadecimal digits that tell one content from another at a glance; JSON has them all."""


def status(
    campaign: Annotated[
        str | None,
        typer.Argument(metavar="CAMPAIGN", help="Id of the campaign, such as nq47; else all."),
    ] = None,
    config: Config = DEFAULT_CONFIG,
    round_name: RoundName = None,
    office: Annotated[
        str | None,
        typer.Option("--office", metavar="ID", help="One office with everything that happened."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Show who has received, acknowledged and reported, and who is late.

    JSON is one object for one campaign; without CAMPAIGN and with several configured, it is
    {"campaigns": [...]}. Instants in it are UTC.

    Example: dondoc status nq47 --office xa-yen-son --config demo-out/dondoc.yaml
    """
    from dondoc.services.configuration import (  # noqa: PLC0415
        PUT_BACK,
        left_out,
        stands_still,
    )

    with opened(config, read_only=True) as session:
        names = [CampaignId(campaign)] if campaign else list(session.app.campaigns)
        only = OfficeId(office) if office else None
        found = [(name, _standing(session.app, name, round_name, only)) for name in names]
        now = session.now
        titles = {known.id: known.title for known in session.app.campaigns.values()}
        still = {} if campaign else left_out(session.app.ledger, session.app.campaigns)
    if as_json:
        _print_json(found, only, now)
        return
    for name, standing in found:
        _print(name, standing, only, titles.get(name, ""), now)
    for left, rounds in still.items():
        print_line(f"{stands_still(left, rounds)}; {PUT_BACK}")


def _standing(
    app: "App", campaign: CampaignId, round_name: str | None, only: OfficeId | None
) -> "CampaignStatus | None":
    from domain.state import DirectiveState, RoundState  # noqa: PLC0415
    from dondoc.services.status import campaign_status  # noqa: PLC0415

    waits = campaign in app.campaigns and not app.ledger.get(DirectiveState, (campaign,))
    if waits and round_name is None and only is None:
        return None
    rounds = [r.round for r in app.ledger.select(RoundState, campaign=campaign)]
    if rounds and round_name not in (None, *rounds):
        known = ", ".join(rounds)
        raise NotFound(f"campaign {campaign} has no round {round_name}; it has: {known}")
    standing = campaign_status(app, campaign, round_name)
    if only is not None and all(o.office != only for o in standing.offices):
        raise NotFound(f"office {only} takes no part in round {standing.round.round} of {campaign}")
    return standing


def _print_json(
    found: "list[tuple[CampaignId, CampaignStatus | None]]", only: OfficeId | None, now: datetime
) -> None:
    from dondoc.views.standing import no_standing, standing_view  # noqa: PLC0415

    views = [
        standing_view(standing, now, only) if standing else no_standing(name)
        for name, standing in found
    ]
    print_json(views[0] if len(views) == 1 else {"campaigns": views})


def _print(
    name: str,
    standing: "CampaignStatus | None",
    only: OfficeId | None,
    title: str,
    now: datetime,
) -> None:
    if standing is None:
        print_line(f"{name}: the directive has not come yet")
        _print_title(title)
        return
    if only is not None:
        for line in _said_of_directive(standing):
            print_line(line)
        for office in standing.offices:
            if office.office == only:
                _print_office(office, now)
        return
    _print_round(name, standing, title, now)


def _print_title(title: str) -> None:
    # A campaign that has left the configuration keeps its status, but not its title.
    if title:
        print_line(title)


def _print_round(name: str, standing: "CampaignStatus", title: str, now: datetime) -> None:
    from domain.status import AssignmentStatus  # noqa: PLC0415

    due, when = standing.round, local_time(standing.round.due_at)
    print_line(f"{name}, round {due.round}: {due.status}, due {when}")
    _print_title(title)
    for line in _said_of_directive(standing):
        print_line(line)
    print_table(
        ("Office", "Expected", "Status", "Late", "Exchange", "Email", "Reported", "Waits"),
        [_row(office, now) for office in standing.offices],
    )
    counts = [f"{standing.count(s)} {s}" for s in AssignmentStatus if standing.count(s)]
    print_line(f"of those who owe something: {', '.join(counts) or 'nobody'}")
    late = sum(1 for office in standing.offices if office.assignment.late_at(now))
    missing, reviews = len(standing.missing), standing.open_reviews
    print_line(f"{missing} report(s) missing, {late} office(s) late, {reviews} review(s) open")
    unproved = sum(1 for office in standing.offices if office.unproved)
    if unproved:
        print_line(
            f"{unproved} office(s) answered by mail whose sender is not authenticated; "
            "--office ID shows which answers"
        )


def _said_of_directive(standing: "CampaignStatus") -> list[str]:
    """Tell what happened to the letter itself: replaced, revoked, taken back."""
    state, found = standing.directive, []
    if state.former:
        former = ", ".join(directive.code for directive in state.former)
        found.append(
            f"directive {state.directive.code}, version {state.version}; it replaces {former}"
        )
    if standing.rehearsal:
        found.append("REHEARSAL: every mail goes to mail.redirect_all, none to an office")
    if standing.refused:
        since = local_time(standing.refused.refused_at)
        found.append(
            f"the changed configuration was refused on {since}, the one before stays in force: "
            f"{len(standing.refused.problems)} problem(s), see `dondoc doctor`"
        )
    if standing.put_back:
        since = local_time(standing.put_back.made_at)
        found.append(
            f"an older ledger was put back: what happened after {since} is not in it; see "
            "`dondoc review list`"
        )
    if standing.revoked:
        found.append("revoked by its issuer: nothing is sent until that review is decided")
    for order in standing.recalls:
        when, whom = local_time(order.ordered_at), order.office or "every office"
        found.append(f"taken back from {whom} on {when} by {order.by}: {order.reason}")
    return found


def _row(office: "OfficeStatus", now: datetime) -> tuple[str, ...]:
    return (
        office.name,
        office.assignment.expected,
        office.assignment.membership if office.assignment.removed else office.assignment.status,
        "late" if office.assignment.late_at(now) else "",
        _latest(office, "exchange"),
        _latest(office, "email"),
        local_time(office.assignment.reported_at),
        "review" if office.reviews else "",
    )


def _latest(office: "OfficeStatus", channel: str) -> str:
    """Return how far the latest letter over a channel has come, and how many sendings there were.

    A reminder after it hides nothing of what became of the letter, such as that it was taken back.
    """
    from domain.kinds import LETTERS  # noqa: PLC0415

    there = [dispatch for dispatch in office.dispatches if dispatch.channel == channel]
    # A request shows in the status of its letter, unless it has not come through.
    sent = [d for d in there if d.recalls is None]
    asked = [d for d in there if d.recalls is not None and d.accepted_at is None]
    if not sent:
        return ""
    latest = ([d for d in sent if d.kind in LETTERS] or sent)[-1].status
    found = latest if len(sent) == 1 else f"{latest} ({len(sent)})"
    return f"{found}, recall {asked[-1].status}" if asked else found


def _way(dispatch: "DispatchState") -> str:
    return f"{dispatch.channel} (e-office)" if dispatch.followed else dispatch.channel


def _print_office(office: "OfficeStatus", now: datetime) -> None:
    late = ", late" if office.assignment.late_at(now) else ""
    due = local_time(office.assignment.due_at) or "nothing due"
    print_line(f"{office.name} ({office.office})")
    print_line(f"{office.assignment.expected}: {office.assignment.status}{late}; due {due}")
    if office.assignment.removed:
        when = local_time(office.assignment.membership_at)
        how = office.assignment.membership
        print_line(f"{how} on {when}: {office.assignment.membership_why}")
    print_table(
        ("Sent", "Kind", "By", "Status", "To"),
        [
            (local_time(d.accepted_at), d.kind, _way(d), d.status, d.target)
            for d in office.dispatches
        ],
    )
    print_table(
        ("When", "What", "Evidence"),
        [
            (local_time(step.at), step.event, (step.evidence or "")[:_SHORT])
            for step in office.timeline
        ],
    )
    for review in office.reviews:
        print_line(f"waits for a person: {review.review} {review.kind}: {review.reason}")
