"""A document that replaces the directive of a campaign, as it says itself or a person decides."""

from collections.abc import Sequence
from datetime import datetime

from domain.changes import changes
from domain.directive import Directive
from domain.exchange import Business, ExchangeStatus, Packet, PacketReading, TargetEvidence
from domain.facts import About, DirectiveReplaced, Event
from domain.ids import CampaignId
from domain.kinds import ReviewKind
from domain.state import DirectiveState, RawState, RecallState, RoundState
from dondoc.app import App
from dondoc.services.answers import planned_answer
from dondoc.services.directive_document import STATED, Named, candidate, issued_by, named_by
from dondoc.services.outcome import read_event
from dondoc.services.reviews import open_review
from dondoc.services.revocations import revocations_of
from mappings.render.outside import LONG, plain

_REPLACING = frozenset({Business.UPDATE, Business.REPLACEMENT})
_SURE = frozenset(TargetEvidence) - {TargetEvidence.CODE}


def read_replacement(
    app: App, raw: RawState, packet: Packet, reading: PacketReading, now: datetime
) -> Sequence[Event] | None:
    """Return the events of a document that says it replaces, or updates, a directive of ours.

    None where it names none surely, or is of another issuer that does not say which it means.
    """
    if packet.business not in _REPLACING:
        return None
    named = [n for n in named_by(app, packet) if _concerns(app, packet, n)]
    if not named:
        return None
    each = [event for one in named for event in _one(app, raw, packet, reading, one, now)]
    # The directives of several campaigns may be replaced by one document: it is answered once.
    found = list({(event.source, event.source_key): event for event in each}.values())
    about = About(campaign=named[0].state.campaign)
    why = "replaces a directive" if found else "replaces a directive, known already"
    return [*found, read_event(raw, now, why, about, reading.warnings)]


def _concerns(app: App, packet: Packet, named: Named) -> bool:
    by_issuer = issued_by(app, packet.sender.organ_id, named.state.directive)
    return named.evidence in (_SURE if by_issuer else STATED)


def _one(
    app: App, raw: RawState, packet: Packet, reading: PacketReading, named: Named, now: datetime
) -> list[Event]:
    state = named.state
    about = About(campaign=state.campaign)
    found = candidate(packet, reading)
    if found.directive in state.versions or not changes(state.directive, found.directive):
        # Nothing that an office sees differs: there is nothing to send.
        return []
    refusal = (
        _doubt(app, packet, named)
        or found.refusal
        or revoked(app, found.directive, state.campaign)
        or _other_deadline(app, state, found.directive)
    )
    if refusal is not None:
        kind, reason = refusal
        cause = f"document {packet.document_id} {raw.raw} {state.campaign}"
        return [open_review(kind, cause, about, reason, now, raw=raw.raw, evidence=raw.digest)]
    return replaced(app, raw, packet, state, found.directive, now, reason=packet.business_reason)


def _doubt(app: App, packet: Packet, named: Named) -> tuple[ReviewKind, str] | None:
    """Say what keeps a document from taking a directive's place without a person, or nothing."""
    state, sender = named.state, packet.sender.organ_id
    code = state.directive.code
    if not issued_by(app, sender, state.directive):
        return ReviewKind.CONTRADICTION, f"{sender} replaces {code}, which it did not issue"
    if named.instead:
        reason = (
            f"it says that it changes {named.instead}, which is no document here, and refers to "
            f"{code}: accept makes it the directive, noted leaves it to others"
        )
        return ReviewKind.DUPLICATE_DIRECTIVE, reason
    if not named.newest:
        old = state.versions[named.version - 1].code
        reason = f"it replaces {old}, the version {named.version}, which {code} replaced already"
        return ReviewKind.DUPLICATE_DIRECTIVE, reason
    if any(r.whole for r in app.ledger.select(RecallState, campaign=state.campaign)):
        reason = f"it replaces {code}, but campaign {state.campaign} was taken back"
        return ReviewKind.DUPLICATE_DIRECTIVE, reason
    return None


def _other_deadline(
    app: App, state: DirectiveState, directive: Directive
) -> tuple[ReviewKind, str] | None:
    """Let a person say which deadline holds where the replacement names one that is new."""
    rounds = app.ledger.select(RoundState, campaign=state.campaign)
    known = {state.directive.due_on, *(r.due_on for r in rounds)}
    if directive.due_on is None or directive.due_on in known:
        return None
    until = directive.due_on
    reason = (
        f"{directive.code} replaces {state.directive.code} and names {until:%d/%m/%Y} as its "
        f"deadline; accept with --until {until} gives the offices that time, without it the "
        "deadline stays as it is"
    )
    return ReviewKind.DUPLICATE_DIRECTIVE, reason


def revoked(app: App, directive: Directive, campaign: CampaignId) -> tuple[ReviewKind, str] | None:
    """Return that a document was revoked before it came, or None."""
    found = revocations_of(app, directive, campaign)
    if not found:
        return None
    said = next((r.reason for r in found if r.reason), "no reason given")
    reason = f"its issuer took {directive.code} back before it came: {said}; it is not distributed"
    return ReviewKind.REVOKED, reason


def replaced(
    app: App,
    raw: RawState,
    packet: Packet,
    state: DirectiveState,
    directive: Directive,
    now: datetime,
    *,
    reason: str = "",
    by: str | None = None,
) -> list[Event]:
    """Return that a document takes a directive's place, with the answer 15 where one is due."""
    about, version = About(campaign=state.campaign), state.version + 1
    fact = DirectiveReplaced(
        about=about,
        directive=directive,
        version=version,
        reason=plain(reason[: 10 * LONG], LONG),
        by=by,
    )
    event = Event(
        source="directive",
        source_key=f"{state.campaign} version {version}",
        occurred_at=now,
        fact=fact,
        evidence=raw.digest,
    )
    if packet.business not in _REPLACING:
        return [event]
    agreed = ExchangeStatus.RECALL_AGREED
    return [event, *planned_answer(app, raw, packet, agreed, now, about=about, again=raw.raw)]
