"""What goes wrong in an office, and what the person at the desk does about it.

Each incident is a line of steps that waits for what the ledger shows, while the daemon is killed as
it may be. ``aftermath`` counts what came of them.
"""

from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from itertools import count
from typing import Any, TypeVar

from domain.content import Inline
from domain.errors import Conflict, StoreFailed
from domain.exchange import Business, PacketKind
from domain.ids import OfficeId
from domain.kinds import DispatchKind, ReviewKind
from domain.state import (
    AnswerState,
    AssignmentState,
    DispatchState,
    PortalState,
    RawState,
    ReviewState,
    State,
)
from domain.status import AnswerStatus, AssignmentStatus, DispatchStatus, RawStatus
from dondoc.app import App
from tests.integration.services.service_parts import UNIT
from tests.system.crash import trouble
from tests.system.crash.aftermath import asks_back, left_open, wrong
from tests.system.crash.desk import BY, Desk
from tests.system.crash.offices import Offices
from tests.system.crash.place import OFFICES_SYSTEM, Place
from tests.system.crash.trouble import (
    CAMPAIGN,
    CLOSED,
    FETCHING,
    FULL,
    LARGE,
    LATE,
    MISTYPED,
    SLOW,
    WRONG,
)

S = TypeVar("S", bound=State)
Steps = Generator[str, None, None]
"""Yields what it waits for, and goes on when it is asked to look again."""

_UNSAID = 5
"""Sendings of which the exchange does not say that it took them."""
_PATIENT = 10
"""Looks at the ledger, two in a second, before hours are let pass."""
_MANY = 1000
"""Requests that a portal gives no file to: more than the daemon makes."""


@dataclass(kw_only=True)
class Incidents:
    """The incidents of a place that has troubled offices; elsewhere there are none."""

    place: Place
    offices: Offices
    desk: Desk
    _under_way: dict[str, Steps] = field(init=False, default_factory=dict)
    _waits: dict[str, str] = field(init=False, default_factory=dict)
    _app: App = field(init=False)
    _repeated: int = field(init=False, default=0)
    """How often the Department sent its directive once more."""

    def __post_init__(self) -> None:
        if not self.place.troubled:
            return
        self._sent_to_us()
        self._under_way = {
            "portal": self._without_portal(),
            "mistyped": self._mistyped(),
            "full": self._full(),
            "slow": self._slow(),
            "late": self._late(),
            "large": self._large(),
            "wrong": self._wrong(),
            "closed": self._closed(),
            "failing": self._failing(),
            "followed": self._followed(),
            "department": self._department(),
        }

    def act(self) -> None:
        """Go on with each incident as far as the ledger lets it."""
        if not self._under_way or not self.place.begun:
            return
        try:
            with self.place.opened() as app:
                self._app = app
                for name, steps in list(self._under_way.items()):
                    waits = next(steps, "")
                    self._waits[name] = waits
                    if not waits:
                        del self._under_way[name]
        except (StoreFailed, Conflict):
            return  # the daemon may be making the store

    def waits(self) -> str:
        """Say what is waited for; empty when every incident came to its end."""
        return "; ".join(f"{name}: {self._waits.get(name, '')}" for name in self._under_way)

    def _sent_to_us(self) -> None:
        """Let both directives lie on the exchange, and everything fail that is to fail."""
        place = self.place
        assert place.portal is not None
        place.portal.post(trouble.posted())
        place.portal.faults.arm("layout", _MANY)
        place.postfix.behave(self._address(MISTYPED), "refuse")
        place.postfix.behave(self._address(FULL), "tempfail")
        place.postfix.behave(self._address(SLOW), "tempfail")
        self._from_department("513")
        with place.client(UNIT) as client:
            client.send(
                Inline(trouble.by_eoffice()),
                kind=PacketKind.DOCUMENT,
                sender=UNIT,
                receivers=[UNIT, trouble.organ_of(FETCHING)],
            )
        # The first answer and the first letters: answers go first, and nobody else sends yet. A
        # daemon that is killed meanwhile has used up one of them.
        place.exchange.faults.arm("html", _UNSAID, operation="sendEdoc")

    # The incidents, each as it goes in an office.

    def _without_portal(self) -> Steps:
        """The portal shows another page than it used to, and a person does without the file."""
        review = yield from self._hastened(self._review(ReviewKind.PORTAL_MISSING))
        self.desk.decide(review.review, "accept")

    def _mistyped(self) -> Steps:
        """No such mailbox; it is made, and the letter sent again."""
        review = yield from self._review(ReviewKind.UNDELIVERABLE, MISTYPED)
        self.place.postfix.behave(self._address(MISTYPED), None)
        self.desk.decide(review.review, "resend")
        yield from self._reports(MISTYPED, "report")

    def _full(self) -> Steps:
        """A full mailbox; before there is room in it, the office turns out not to be meant."""
        yield from self._put_off(FULL)
        self._recall(FULL)
        yield from self._row(DispatchState, lambda one: one.office == FULL and _dropped(one))
        self.place.postfix.behave(self._address(FULL), None)

    def _slow(self) -> Steps:
        """A full mailbox, in which there is room after a while."""
        yield from self._put_off(SLOW)
        self.place.postfix.behave(self._address(SLOW), None)
        yield from self._reports(SLOW, "report")

    def _late(self) -> Steps:
        """An office asks for more time, and has it."""
        self.offices.told(LATE, "more time")
        review = yield from self._review(ReviewKind.EXTENSION_REQUEST, LATE)
        self.desk.decide(review.review, "accept", "--until", "2024-11-15")
        yield from self._reports(LATE, "report")

    def _large(self) -> Steps:
        """A report is larger than what is taken; the limit is raised, and it is read again."""
        self.offices.told(LARGE, "large report")
        raw = yield from self._row(RawState, lambda one: one.status is RawStatus.QUARANTINED)
        self.place.take_larger_mail()
        self.desk.command("quarantine", "release", raw.raw, "--by", BY)
        yield from self._reported(LARGE)

    def _wrong(self) -> Steps:
        """It got the letter by mistake, and is asked to give it back."""
        yield from self._has(WRONG)
        self._recall(WRONG)
        yield from self._row(DispatchState, asks_back)

    def _closed(self) -> Steps:
        """An office reports and is closed on the exchange before its report can be answered."""
        yield from self._has(CLOSED)
        self.place.exchange.lock(trouble.organ_of(CLOSED))
        self.offices.told(CLOSED, "report")
        while len(self._app.ledger.select(AnswerState, status=AnswerStatus.REFUSED)) < 2:
            yield "two refused answers"
        self.place.exchange.lock(trouble.organ_of(CLOSED), locked=False)
        yield from self._reported(CLOSED)

    def _failing(self) -> Steps:
        """The exchange takes an answer of ours and does not say so; it is put off.

        Where a kill came in between, the Department sends its directive once more under another
        identity, until that happens.
        """
        yield from self._row(AnswerState, partial(_tried, trouble.document_id("513")))
        while not any(one.attempts for one in self._app.ledger.select(AnswerState)):
            self._repeated += 1
            name = trouble.again(self._repeated)
            self._from_department("513", document_id=name)
            self.place.exchange.faults.arm("html", operation="sendEdoc")
            yield from self._row(AnswerState, partial(_tried, name))
        while True:
            asked = self._app.ledger.select(ReviewState, open=True)
            found = [one for one in asked if one.kind is ReviewKind.DUPLICATE_DIRECTIVE]
            if not found:
                return
            self.desk.decide(found[0].review, "noted")
            yield "a directive that came again"

    def _followed(self) -> Steps:
        """The e-office sends to an office itself."""
        yield from self._row(DispatchState, lambda one: one.followed)

    def _department(self) -> Steps:
        """The directive is replaced once everybody has dealt with it, and then taken back."""
        while set(self._under_way) != {"department"}:
            yield "the other incidents"
        self._from_department(
            trouble.REPLACEMENT,
            business=Business.REPLACEMENT,
            business_reason="điều chỉnh nội dung",
            business_document_id=trouble.document_id("513"),
        )
        review = yield from self._hastened(self._review(ReviewKind.PORTAL_MISSING))
        assert self.place.portal is not None
        self.place.portal.faults.clear()
        self.desk.decide(review.review, "noted")
        yield from self._hastened(self._row(DispatchState, _replaces))
        self._from_department(
            trouble.REVOCATION,
            business=Business.REVOCATION,
            business_reason="sai thẩm quyền",
            business_document_id=trouble.document_id(trouble.REPLACEMENT),
        )
        review = yield from self._review(ReviewKind.REVOKED)
        self.desk.decide(review.review, "reject")

    # What they have in common.

    def _recall(self, office: OfficeId) -> None:
        reason = "gửi nhầm đơn vị"
        self.desk.command("recall", CAMPAIGN, "--office", office, "--reason", reason, "--by", BY)

    def _reports(self, office: OfficeId, deed: str) -> Steps:
        self.offices.told(office, deed)
        yield from self._reported(office)

    def _reported(self, office: OfficeId) -> Steps:
        yield from self._row(
            AssignmentState,
            lambda one: one.office == office and one.status is AssignmentStatus.REPORTED,
        )

    def _review(
        self, kind: ReviewKind, office: OfficeId | None = None
    ) -> Generator[str, None, ReviewState]:
        def fits(one: ReviewState) -> bool:
            return one.open and one.kind is kind and office in (None, one.office)

        return (yield from self._row(ReviewState, fits))

    def _has(self, office: OfficeId) -> Steps:
        yield from self._row(
            DispatchState, lambda one: one.office == office and one.accepted_at is not None
        )

    def _put_off(self, office: OfficeId) -> Steps:
        yield from self._row(
            DispatchState,
            lambda one: one.office == office and one.status is DispatchStatus.DEFERRED,
        )

    def _hastened(self, steps: Generator[str, None, S]) -> Generator[str, None, S]:
        """Go through steps, and let hours pass where the portal is asked again only after them.

        That is so where a daemon was killed while it asked.
        """
        for looked in count(1):
            try:
                waits = next(steps)
            except StopIteration as end:
                found: S = end.value
                return found
            portal = self._app.ledger.get(PortalState, (CAMPAIGN,))
            if looked % _PATIENT == 0 and portal and portal.retry_at and not portal.done:
                self.place.step(max(timedelta(), portal.retry_at - self.place.now()))
            yield waits
        raise AssertionError("steps without an end")

    def _row(self, kind: type[S], fits: Callable[[S], bool]) -> Generator[str, None, S]:
        while True:
            for one in self._app.ledger.select(kind):
                if fits(one):
                    return one
            yield kind.__name__

    def _address(self, office: OfficeId) -> str:
        return next(one.emails[0] for one in self.place.troubled if one.id == office)

    def _from_department(self, number: str, **members: Any) -> None:  # of a packet
        self.place.exchange.faults.clear()
        with self.place.client(OFFICES_SYSTEM) as client:
            client.send(
                Inline(trouble.document(number, **members)),
                kind=PacketKind.DOCUMENT,
                sender=trouble.DEPARTMENT.organ_id,
                receivers=[UNIT],
            )

    def wrong(self) -> Iterator[str]:
        """Say what did not come about once; everything is at its end, and the daemon too."""
        return wrong(self.place, self._repeated) if self.place.troubled else iter(())


def _dropped(dispatch: DispatchState) -> bool:
    return dispatch.status is DispatchStatus.CANCELLED or left_open(dispatch)


def _replaces(dispatch: DispatchState) -> bool:
    return dispatch.kind is DispatchKind.REPLACEMENT and dispatch.accepted_at is not None


def _tried(document_id: str, answer: AnswerState) -> bool:
    sent = answer.attempts > 0 or answer.status is AnswerStatus.SENT
    return sent and answer.document_id == document_id
