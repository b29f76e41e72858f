"""What one dispatch is about, looked up once for every way of writing it."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from domain.campaign import Channel, Expected
from domain.directive import Directive, StoredFile
from domain.errors import InvariantViolation
from domain.facts import About
from domain.ids import DispatchId, MessageId, OfficeId
from domain.intents import PlanDispatch
from domain.kinds import LETTERS, DispatchKind
from domain.office import Office
from domain.state import (
    SENT_AGAIN,
    AssignmentState,
    CompilationState,
    DispatchState,
    RoundState,
)
from dondoc.app import App
from mappings.mail.contexts import Deadline, Letter
from mappings.mail.tokens import reply_token, subject_token
from mappings.render.wording import subject_of
from schedulers.calendar import local_day
from schedulers.picture import Picture
from schedulers.portal import held


@dataclass(frozen=True, slots=True, kw_only=True)
class Sending:
    """One dispatch to be written: to whom, what, when planned, and everything it refers to.

    ``marked`` makes it say that it may be a duplicate.
    """

    dispatch: DispatchId
    about: About
    kind: DispatchKind
    occurrence: int
    channel: Channel
    target: str
    at: datetime
    marked: bool
    token: str
    office: Office
    round: RoundState
    assignment: AssignmentState | None
    directive: Directive
    edition: int
    picture: Picture
    recalls: DispatchState | None = None
    """The letter that it takes back."""

    @property
    def subject_token(self) -> str:
        """Return the visible code of the dispatch."""
        return subject_token(self.token)

    @property
    def period(self) -> str:
        """Return the reporting period as it is spoken of."""
        return f"năm {self.round.round}" if self.picture.campaign.rounds.yearly else ""

    @property
    def expected(self) -> Expected:
        """Return what the office is asked for; the Department is only informed."""
        return self.assignment.expected if self.assignment else Expected.INFORMATION

    def report_number(self) -> str | None:
        """Return the compilation's printed number, ``88/BC-VHTT``, or None before approval."""
        number = self.compilation().number
        notation = self.picture.campaign.compile.number_notation
        return f"{number}/{notation}" if number else None

    @property
    def overdue(self) -> bool:
        """Tell whether the deadline had gone by when this was planned."""
        due_at = self.assignment.due_at if self.assignment else None
        return due_at is not None and due_at < self.at

    def deadline(self) -> Deadline | None:
        """Return the deadline of the assignment; one that a person set counts to its own end."""
        due_at = self.assignment.due_at if self.assignment else None
        if due_at is None:
            return None
        own = due_at != self.round.due_at
        before = self.picture.campaign.rounds.before and not own
        return Deadline(day=local_day(due_at), before=before)

    def compilation(self) -> CompilationState:
        """Return the version that this dispatch carries; its number is in ``occurrence``."""
        for row in self.picture.compilations:
            if row.round == self.round.round and row.version == self.occurrence % SENT_AGAIN:
                return row
        raise InvariantViolation(f"{self.dispatch} carries a version that was never made")

    def files(self) -> tuple[StoredFile, ...]:
        """Return the files that go with it; a reminder carries none, the first letter has them."""
        match self.kind:
            case DispatchKind.DIRECTIVE | DispatchKind.NOTICE | DispatchKind.REPLACEMENT:
                return files_of(self.picture, self.edition, self.at)
            case DispatchKind.COMPILATION:
                return self.compilation().files
            case DispatchKind.REMINDER | DispatchKind.RECALL:
                return ()

    def letter(self) -> Letter:
        """Return the directive as a mail names it."""
        return self.named(self.directive)

    def named(self, directive: Directive) -> Letter:
        """Return a version of the directive as a mail names it."""
        return Letter(
            type_name=directive.type_name or "Công văn",
            code=directive.code,
            issued_on=directive.issued_on or local_day(self.at),
            issuer=directive.issuer,
            subject=subject_of(directive),
        )

    def earlier(self) -> list[DispatchState]:
        """Return what went to this office in this round before, oldest first."""
        return sorted(
            (
                d
                for d in self.picture.dispatches
                if d.office == self.office.id
                and d.round == self.round.round
                and d.kind is not DispatchKind.COMPILATION
                and d.planned_at < self.at
            ),
            key=lambda d: (d.planned_at, d.dispatch),
        )

    def thread(self) -> tuple[MessageId, ...]:
        """Return the mails that this one follows."""
        return tuple(d.message_id for d in self.earlier() if d.message_id)

    def new_deadline(self, app: App) -> date:
        """Return the last working day before the round is compiled, or the next one if later."""
        last = app.calendar.shift(local_day(self.round.compile_at), -1)
        return max(last, app.calendar.shift(local_day(self.at) + timedelta(days=1), 0))


def files_of(picture: Picture, version: int, at: datetime) -> tuple[StoredFile, ...]:
    """Return what goes with a letter planned at an instant: its files, and the one of the portal.

    That joins those that it came without, and no other one of the same bytes or name.
    """
    own = picture.directive.versions[version - 1].files
    posted = picture.portal.joins(version, at) if picture.portal else None
    if posted is None or any(posted.digest == f.digest or posted.name == f.name for f in own):
        return own
    return (*own, posted)


def dispatch_id(intent: PlanDispatch) -> DispatchId:
    """Return the name of the one sending that an intent means."""
    about = intent.about
    parts = (about.campaign, about.round, about.office, intent.kind, intent.occurrence)
    return DispatchId("/".join([*map(str, parts), intent.channel]))


def sending_of(app: App, picture: Picture, intent: PlanDispatch, now: datetime) -> Sending:
    """Return the sending that an intent asks for."""
    name = dispatch_id(intent)
    recalled = _recalled(picture, intent.recalls)
    edition = recalled.edition if recalled else _edition(picture, intent)
    return Sending(
        dispatch=name,
        about=intent.about,
        kind=intent.kind,
        occurrence=intent.occurrence,
        channel=intent.channel,
        target=intent.target,
        at=now,
        marked=False,
        token=reply_token(app.token_key(), name),
        office=_office(app, intent.about.office),
        round=_round(picture, intent.about),
        assignment=_assignment(picture, intent.about),
        directive=picture.directive.versions[edition - 1],
        edition=edition,
        picture=picture,
        recalls=recalled,
    )


def sending_again(app: App, picture: Picture, dispatch: DispatchState) -> Sending:
    """Return a planned sending as it was, marked as a possible duplicate."""
    return Sending(
        dispatch=dispatch.dispatch,
        about=dispatch.about,
        kind=dispatch.kind,
        occurrence=dispatch.occurrence,
        channel=dispatch.channel,
        target=dispatch.target,
        at=dispatch.planned_at,
        marked=True,
        token=dispatch.token,
        office=_office(app, dispatch.office),
        round=_round(picture, dispatch.about),
        assignment=_assignment(picture, dispatch.about),
        directive=picture.directive.version_of(dispatch),
        edition=dispatch.edition,
        picture=picture,
        recalls=_recalled(picture, dispatch.recalls),
    )


def _edition(picture: Picture, intent: PlanDispatch) -> int:
    """Return the version in force; a reminder names what the office has while that one waits."""
    if intent.kind is DispatchKind.REMINDER and held(picture):
        had = (
            d.edition
            for d in picture.dispatches
            if d.kind in LETTERS and d.office == intent.about.office
        )
        return max(had, default=picture.directive.version)
    return picture.directive.version


def _recalled(picture: Picture, name: DispatchId | None) -> DispatchState | None:
    return next((d for d in picture.dispatches if d.dispatch == name), None)


def _office(app: App, name: OfficeId | None) -> Office:
    office = app.directory.get(name) if name else None
    if office is None:
        raise InvariantViolation(f"office {name} is not in the directory")
    return office


def _round(picture: Picture, about: About) -> RoundState:
    return next(r for r in picture.rounds if r.round == about.round)


def _assignment(picture: Picture, about: About) -> AssignmentState | None:
    matching = (
        a for a in picture.assignments if a.round == about.round and a.office == about.office
    )
    return next(matching, None)
