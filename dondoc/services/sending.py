"""What one dispatch is about, looked up once for every way of writing it."""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from domain.campaign import Channel, Expected
from domain.directive import Directive, StoredFile
from domain.enclosure import Enclosure
from domain.errors import InvariantViolation
from domain.facts import About
from domain.ids import Address, DispatchId, MessageId, OfficeId
from domain.intents import PlanDispatch
from domain.kinds import LETTERS, DispatchKind
from domain.office import Office
from domain.state import (
    SENT_AGAIN,
    AssignmentState,
    CompilationState,
    DispatchStanding,
    DispatchState,
    RoundState,
)
from dondoc.app import App
from mappings.mail.contexts import Deadline, Letter
from mappings.mail.conversation import Conversation
from mappings.mail.tokens import reply_token, subject_token
from mappings.render.wording import subject_of
from schedulers.calendar import local_day
from schedulers.enclosing import files_of
from schedulers.picture import Picture
from schedulers.portal import held


@dataclass(frozen=True, slots=True, kw_only=True)
class Continued:
    """The letter that a part goes on with."""

    dispatch: DispatchId
    kind: DispatchKind
    occurrence: int
    message_id: MessageId
    subject: str


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
    earlier: tuple[DispatchState, ...]
    """What went to this office in this round before, oldest first."""
    recalls: DispatchStanding | None = None
    """The letter that it takes back."""
    enclosure: Enclosure | None = None
    """What it carries; None is all its files."""
    continues: Continued | None = None
    """The letter, where this is a further part of it."""
    message_id: MessageId | None = None
    """What it was called when it was planned, and ``reply_to`` where its answers go; None where it
    is being planned. The account may be another one by the time of a repeat.
    """
    reply_to: Address | None = None

    @property
    def letter_kind(self) -> DispatchKind:
        """Return the kind of the letter: its own, or that of the letter that it is a part of."""
        return self.continues.kind if self.continues else self.kind

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
        occurrence = self.continues.occurrence if self.continues else self.occurrence
        for row in self.picture.compilations:
            if row.round == self.round.round and row.version == occurrence % SENT_AGAIN:
                return row
        raise InvariantViolation(f"{self.dispatch} carries a version that was never made")

    def files(self) -> tuple[StoredFile, ...]:
        """Return the files of the letter; a reminder carries none, the first letter has them."""
        if self.letter_kind in LETTERS:
            return files_of(self.picture, self.edition, self.at)
        return self.compilation().files if self.letter_kind is DispatchKind.COMPILATION else ()

    def attached(self) -> tuple[StoredFile, ...]:
        """Return the files that this very mail carries."""
        return self.files() if self.enclosure is None else self.enclosure.attached

    def elsewhere(self) -> tuple[StoredFile, ...]:
        """Return the files that other mails of the letter carry."""
        if self.enclosure is None or self.enclosure.parts == 1:
            return ()
        here = (*self.enclosure.attached, *(one.file for one in self.enclosure.linked))
        return tuple(file for file in self.files() if file not in here)

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

    def thread(self) -> tuple[MessageId, ...]:
        """Return the mails that this one follows, a part last of all its letter."""
        before = tuple(d.message_id for d in self.earlier if d.message_id)
        if self.continues is None:
            return before
        # Nothing is a follow-up of the directive on its way to the Department.
        result = self.continues.kind is DispatchKind.COMPILATION
        return (*(() if result else before), self.continues.message_id)

    def conversation(self, subject: str, message: MessageId) -> Conversation:
        """Return the conversation of this mail, which it may begin itself."""
        first = next((d for d in self.earlier if d.message_id), None)
        result = self.letter_kind is DispatchKind.COMPILATION
        if first is not None and first.message_id is not None and not result:
            return Conversation(topic=first.subject, root=first.message_id, began=first.planned_at)
        begun = self.continues
        return Conversation(
            topic=begun.subject if begun else subject,
            root=begun.message_id if begun else message,
            began=self.at,
        )

    def new_deadline(self, app: App) -> date:
        """Return the last working day before the round is compiled, or the next one if later."""
        last = app.calendar.shift(local_day(self.round.compile_at), -1)
        return max(last, app.calendar.shift(local_day(self.at) + timedelta(days=1), 0))


def dispatch_id(intent: PlanDispatch) -> DispatchId:
    """Return the name of the one sending that an intent means."""
    return name_of(intent.about, intent.kind, intent.occurrence, intent.channel)


def name_of(about: About, kind: DispatchKind, occurrence: int, channel: Channel) -> DispatchId:
    """Return the name of a sending: the same whenever it is asked for."""
    words = (about.campaign, about.round, about.office, kind, occurrence)
    return DispatchId("/".join([*map(str, words), channel]))


def sending_of(
    app: App,
    picture: Picture,
    intent: PlanDispatch,
    now: datetime,
    enclosure: Enclosure | None = None,
) -> Sending:
    """Return the sending that an intent asks for; it carries all its files unless told."""
    name = dispatch_id(intent)
    recalled = picture.dispatch(intent.recalls)
    edition = recalled.edition if recalled else _edition(picture, intent)
    return Sending(
        dispatch=name,
        about=intent.about,
        kind=intent.kind,
        occurrence=intent.occurrence,
        channel=intent.channel,
        target=intent.target,
        at=now,
        marked=intent.marked,
        token=reply_token(app.token_key(), name),
        office=_office(app, intent.about.office),
        round=_round(picture, intent.about),
        assignment=picture.assignment(intent.about),
        directive=picture.directive.versions[edition - 1],
        edition=edition,
        picture=picture,
        earlier=_earlier(app, picture, intent.about, now),
        recalls=recalled,
        enclosure=enclosure,
    )


def part_of(
    app: App, letter: Sending, continued: Continued, enclosure: Enclosure, occurrence: int
) -> Sending:
    """Return a further mail of a letter."""
    name = name_of(letter.about, DispatchKind.PART, occurrence, letter.channel)
    return replace(
        letter,
        dispatch=name,
        kind=DispatchKind.PART,
        occurrence=occurrence,
        token=reply_token(app.token_key(), name),
        enclosure=enclosure,
        continues=continued,
    )


def next_part(picture: Picture, intent: PlanDispatch) -> int:
    """Return the occurrence of the next part to go to an office in a round."""
    before = (
        d.occurrence
        for d in picture.dispatches_to(intent.about.office)
        if d.kind is DispatchKind.PART and d.round == intent.about.round
    )
    return max(before, default=0) + 1


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
        assignment=picture.assignment(dispatch.about),
        directive=picture.directive.version_of(dispatch),
        edition=dispatch.edition,
        picture=picture,
        earlier=_earlier(app, picture, dispatch.about, dispatch.planned_at),
        recalls=picture.dispatch(dispatch.recalls),
        enclosure=dispatch.enclosure,
        continues=_continued(app, dispatch),
        message_id=dispatch.message_id,
        reply_to=Address(dispatch.reply_to) if dispatch.reply_to else None,
    )


def _earlier(app: App, picture: Picture, about: About, at: datetime) -> tuple[DispatchState, ...]:
    known = [d for d in picture.dispatches_to(about.office) if d.round == about.round]
    if not known or about.round is None or about.office is None:
        return ()
    return tuple(
        row
        for row in app.ledger.dispatches_of(picture.campaign.id, about.round, about.office)
        if row.kind not in (DispatchKind.COMPILATION, DispatchKind.PART) and row.planned_at < at
    )


def _continued(app: App, dispatch: DispatchState) -> Continued | None:
    if dispatch.part_of is None:
        return None
    letter = app.ledger.get(DispatchState, (dispatch.part_of,))
    if letter is None or letter.message_id is None:
        return None
    return Continued(
        dispatch=letter.dispatch,
        kind=letter.kind,
        occurrence=letter.occurrence,
        message_id=letter.message_id,
        subject=letter.subject,
    )


def _edition(picture: Picture, intent: PlanDispatch) -> int:
    """Return the version in force; a reminder names what the office has while that one waits."""
    if intent.kind is DispatchKind.REMINDER and held(picture):
        had = (d.edition for d in picture.dispatches_to(intent.about.office) if d.kind in LETTERS)
        return max(had, default=picture.directive.version)
    return picture.directive.version


def _office(app: App, name: OfficeId | None) -> Office:
    office = app.directory.get(name) if name else None
    if office is None:
        raise InvariantViolation(f"office {name} is not in the directory")
    return office


def _round(picture: Picture, about: About) -> RoundState:
    return next(r for r in picture.rounds if r.round == about.round)
