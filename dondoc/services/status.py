"""Where every office of a campaign stands, each status with the evidence that proves it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from sys import intern

from domain.campaign import Expected
from domain.errors import NotFound
from domain.facts import AssignmentPassed, Fact, Recorded, about
from domain.ids import CampaignId, Digest, OfficeId
from domain.kinds import ReviewKind
from domain.machine import settled
from domain.office import Passing
from domain.state import (
    AssignmentState,
    ConfigurationState,
    DirectiveState,
    DispatchState,
    RecallState,
    RestorationState,
    ReviewState,
    RoundState,
)
from domain.status import AssignmentStatus
from dondoc.app import App
from dondoc.services.configuration import refused_set, rehearses
from dondoc.services.organs import BY_FORMULA
from dondoc.services.picture import running
from dondoc.services.replies import ACCEPTED, SENDER_UNPROVED
from schedulers.recall import revoked

_UNPROVED = (SENDER_UNPROVED, ACCEPTED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One entry of an office's timeline."""

    at: datetime
    event: str
    evidence: Digest | None
    unproved: bool = False
    """It is a mail that counts although nothing, and no person, vouches for its sender."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OfficeStatus:
    """One office of a round with its dispatches and its timeline, oldest first."""

    office: OfficeId
    name: str
    assignment: AssignmentState
    dispatches: tuple[DispatchState, ...]
    timeline: tuple[Step, ...]
    reviews: tuple[ReviewState, ...]

    @property
    def unproved(self) -> bool:
        """Tell whether it answered by a mail that counts although nobody vouches for its sender."""
        return any(step.unproved for step in self.timeline)

    @property
    def settled(self) -> bool:
        """Tell whether nothing more is awaited."""
        return self.assignment.removed or settled(self.assignment.expected, self.assignment.status)


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignStatus:
    """One round of a campaign, office by office in the order of the directory."""

    campaign: CampaignId
    round: RoundState
    offices: tuple[OfficeStatus, ...]
    open_reviews: int
    directive: DirectiveState
    recalls: tuple[RecallState, ...] = ()
    """What was taken back of this round."""
    revoked: bool = False
    """A person has to decide on a revocation: nothing goes out until then."""
    rehearsal: bool = False
    """Every mail goes to one address of ours (mail.redirect_all), none to an office."""
    refused: ConfigurationState | None = None
    """The files as they stand were refused: an older set is in force."""
    put_back: RestorationState | None = None
    """The time that the ledger lacks, until a person has looked at it."""

    def count(self, status: AssignmentStatus) -> int:
        """Return how many offices that owe something have this status."""
        asked = (
            o
            for o in self.offices
            if o.assignment.expected is not Expected.INFORMATION and not o.assignment.removed
        )
        return sum(1 for o in asked if o.assignment.status is status)

    @property
    def missing(self) -> tuple[OfficeStatus, ...]:
        """Return the offices that still owe their report."""
        reports = (o for o in self.offices if o.assignment.expected is Expected.REPORT)
        return tuple(o for o in reports if not o.settled)


def campaign_status(app: App, campaign: str, round_name: str | None = None) -> CampaignStatus:
    """Return the standing of a round, the latest one unless named; raises ``NotFound``."""
    picture = running(app, campaign)
    chosen = [r for r in picture.rounds if round_name in (None, r.round)]
    if not chosen:
        known = ", ".join(r.round for r in picture.rounds)
        raise NotFound(f"campaign {campaign} has no round {round_name}; it has: {known}")
    round_state = max(chosen, key=lambda r: r.due_on)
    steps, reviews = _timelines(app, round_state), _open_reviews(app)
    by_office: dict[OfficeId, list[DispatchState]] = {}
    found = app.ledger.select(DispatchState, campaign=campaign, round=round_state.round)
    for dispatch in found:
        by_office.setdefault(dispatch.office, []).append(dispatch)
    order = {office.id: index for index, office in enumerate(app.directory.offices)}
    assignments = [a for a in picture.assignments if a.round == round_state.round]
    assignments.sort(key=lambda a: (order.get(a.office, len(order)), a.office))
    offices = tuple(
        _office(
            app,
            a,
            by_office.pop(a.office, []),
            steps.pop(a.office, []),
            reviews.get(a.office, []),
        )
        for a in assignments
    )
    return CampaignStatus(
        campaign=picture.campaign.id,
        round=round_state,
        offices=offices,
        open_reviews=sum(r.open for r in picture.reviews),
        directive=picture.directive,
        recalls=tuple(r for r in picture.recalls if r.round in ("", round_state.round)),
        revoked=revoked(picture),
        rehearsal=rehearses(app),
        refused=refused_set(app.ledger),
        put_back=_put_back(app),
    )


def _put_back(app: App) -> RestorationState | None:
    asked = app.ledger.select(ReviewState, open=True)
    if not any(one.kind is ReviewKind.STORE_PUT_BACK for one in asked):
        return None
    rows = app.ledger.select(RestorationState)
    return max(rows, key=lambda row: row.restored_at, default=None)


def _office(
    app: App,
    assignment: AssignmentState,
    dispatches: list[DispatchState],
    timeline: list[Step],
    reviews: list[ReviewState],
) -> OfficeStatus:
    office = app.directory.get(assignment.office)
    return OfficeStatus(
        office=assignment.office,
        name=office.name if office else assignment.office,
        assignment=assignment,
        dispatches=tuple(sorted(dispatches, key=lambda d: (d.planned_at, d.dispatch))),
        timeline=tuple(timeline),
        reviews=tuple(reviews),
    )


def _timelines(app: App, round_state: RoundState) -> dict[OfficeId, list[Step]]:
    """Return what happened to each office by the time it happened, then as it was recorded."""
    found: dict[OfficeId, list[Step]] = {}
    # Of ten thousand offices the same words are said, at the instants of few turns, and one letter
    # proves several facts: each is held once.
    known: dict[Digest, Digest] = {}
    instants: dict[datetime, datetime] = {}
    for recorded in app.ledger.events(campaign=round_state.campaign):
        scope = about(recorded.event.fact)
        if scope.office is not None and scope.round == round_state.round:
            step = _step(recorded)
            evidence = step.evidence and known.setdefault(step.evidence, step.evidence)
            step = replace(step, evidence=evidence, at=instants.setdefault(step.at, step.at))
            found.setdefault(scope.office, []).append(step)
            if isinstance(recorded.event.fact, AssignmentPassed):
                # It is as much what happened to the office that owes it now.
                found.setdefault(recorded.event.fact.to, []).append(step)
    for steps in found.values():
        steps.sort(key=lambda step: step.at)
    return found


def _open_reviews(app: App) -> dict[OfficeId, list[ReviewState]]:
    found: dict[OfficeId, list[ReviewState]] = {}
    for review in app.ledger.select(ReviewState, open=True):
        if review.office is not None:
            found.setdefault(review.office, []).append(review)
    return found


def _step(recorded: Recorded) -> Step:
    event = recorded.event
    return Step(
        at=event.occurred_at,
        event=intern(_words(recorded)),
        evidence=event.evidence,
        unproved=SENDER_UNPROVED in getattr(event.fact, "proofs", ()),
    )


def _words(recorded: Recorded) -> str:
    """Name the fact, with the member that tells most about it."""
    fact = recorded.event.fact
    name = type(fact).__name__
    passed: Sequence[Passing] = getattr(fact, "passed", ())
    if passed:
        return f"{name} {'; '.join(map(_passing, passed))}"
    for member in ("receipt", "kind", "outcome", "decision", "code"):
        value = getattr(fact, member, None)
        if value is not None:
            return f"{name} {value}{_doubt(fact)}"
    return name


def _passing(step: Passing) -> str:
    """Say who took a duty over from whom, and by which rule."""
    rule = f"for function {step.function}" if step.function else "for everything"
    return f"{step.to} takes over from {step.office} ({rule})"


def _doubt(fact: Fact) -> str:
    """Say where only a guess makes two identifiers one, and where nothing proved a mail's sender.

    So a status can be doubted as well as proved.
    """
    notes = [note for note in getattr(fact, "warnings", ()) if note.startswith(BY_FORMULA)]
    notes += [note for note in getattr(fact, "proofs", ()) if note in _UNPROVED]
    return f" ({'; '.join(notes)})" if notes else ""
