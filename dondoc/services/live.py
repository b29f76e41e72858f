"""Rounds that replies may belong to, and the dispatches that a message points at."""

from collections.abc import Sequence
from datetime import date

from domain.campaign import Campaign
from domain.directive import Directive
from domain.ids import CampaignId, DispatchId, OfficeId, RoundId
from domain.kinds import LETTERS, DispatchKind
from domain.reading import Clue, LiveRound, MailContent, Via
from domain.recipients import expand
from domain.state import AssignmentState, DirectiveState, DispatchState, RoundState
from domain.status import RoundStatus
from dondoc.app import App
from dondoc.services.pointed import dispatches_at, pointers_of
from schedulers.calendar import first_due_date

ANSWERABLE = LETTERS | {DispatchKind.REMINDER, DispatchKind.RECALL}
"""What an office may answer; the compilation goes to the Department."""


def live_rounds(app: App) -> list[LiveRound]:
    """Return every round that is not superseded: reports also come after the forwarding."""
    if app.rounds is not None:
        return list(app.rounds)
    found: list[LiveRound] = []
    for row in app.ledger.select(RoundState):
        directive = app.ledger.get(DirectiveState, (row.campaign,))
        if directive is None:
            continue
        found.append(
            LiveRound(
                campaign=row.campaign,
                round=row.round,
                directive=directive.directive,
                keywords=_keywords(app, row.campaign),
                offices=_offices(app, row),
                former=directive.former,
            )
        )
    return _latest(found, app)


def _offices(app: App, row: RoundState) -> frozenset[OfficeId]:
    """Return who takes part in a round: from its opening on, or not at all."""
    place = (row.campaign, row.round, row.opened_at)
    if place not in app.taking_part:
        made = app.ledger.select(AssignmentState, campaign=row.campaign, round=row.round)
        app.taking_part[place] = frozenset(a.office for a in made)
    return app.taking_part[place]


def foreseen_rounds(app: App, day: date) -> list[LiveRound]:
    """Return the rounds of campaigns that have not taken their directive yet, as of ``day``.

    They are read from the rules alone: good for showing what a message would be taken for.
    """
    found: list[LiveRound] = []
    for campaign in app.campaigns.values():
        if app.ledger.get(DirectiveState, (campaign.id,)) is not None:
            continue
        directive = _foreseen(campaign)
        recipients = expand(campaign, app.directory, day)
        found.append(
            LiveRound(
                campaign=campaign.id,
                round=RoundId(str(first_due_date(campaign.rounds, day).year)),
                directive=directive,
                keywords=campaign.keywords,
                offices=frozenset(r.office.id for r in recipients),
            )
        )
    return found


def _foreseen(campaign: Campaign) -> Directive:
    rule = campaign.intake
    return Directive(
        number=rule.number,
        notation=rule.notation or "",
        issued_on=None,
        issuer="",
        issuer_organ=None,
        subject=" ".join(rule.subject_contains),
        type_name="",
        document_id="",
    )


def _keywords(app: App, campaign: CampaignId) -> tuple[str, ...]:
    rules = app.campaigns.get(campaign)
    return rules.keywords if rules else ()


def _latest(rounds: list[LiveRound], app: App) -> list[LiveRound]:
    """Drop forwarded rounds of a campaign once a later round is open."""
    status = {(r.campaign, r.round): r.status for r in app.ledger.select(RoundState)}
    newest = {r.campaign: max(x.round for x in rounds if x.campaign == r.campaign) for r in rounds}
    return [
        r
        for r in rounds
        if r.round == newest[r.campaign] or status[r.campaign, r.round] is not RoundStatus.FORWARDED
    ]


def clues_of(app: App, content: MailContent) -> list[Clue]:
    """Return the dispatches that a message points at, strongest evidence first, each once."""
    pointers = pointers_of(content)
    named = dispatches_at(app, pointers)
    found: dict[str, Clue] = {}
    for via, column, value in pointers:
        for dispatch in named:
            if getattr(dispatch, column) == value:
                found.setdefault(dispatch.dispatch, clue(via, dispatch))
    return list(found.values())


def clue(via: Via, dispatch: DispatchState) -> Clue:
    """Return the clue that a dispatch is, found by ``via``."""
    return Clue(
        via=via,
        dispatch=dispatch.dispatch,
        campaign=dispatch.campaign,
        round=dispatch.round,
        office=dispatch.office,
    )


def letter_of(app: App, dispatch: DispatchState) -> DispatchState:
    """Return the letter that a dispatch is a further part of; any other one as it is."""
    letter = app.ledger.get(DispatchState, (dispatch.part_of,)) if dispatch.part_of else None
    return letter or dispatch


def answerable(app: App, clues: Sequence[Clue]) -> list[Clue]:
    """Keep the clues to dispatches that an office may answer (not those to the Department).

    Whoever answers a further part of a letter answers the letter.
    """
    kept: dict[DispatchId, Clue] = {}
    for one in clues:
        found = app.ledger.get(DispatchState, (one.dispatch,))
        dispatch = letter_of(app, found) if found else None
        if dispatch is not None and dispatch.kind in ANSWERABLE:
            kept.setdefault(dispatch.dispatch, clue(one.via, dispatch))
    return list(kept.values())
