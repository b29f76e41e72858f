"""Servers that do with each letter what a test draws, and a ledger whose every append is judged.

The judgement is written anew here, not read from the tables of the state machines: what a status
may stand on is what was recorded of it, in whatever order that came.
"""

from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from enum import Enum

from connector.email.memory import MemoryHub, MemoryMailbox
from connector.eoffice.memory import MemoryExchange
from connector.store.memory import MemoryLedger
from connector.store.memory_rows import MemoryRows
from domain import facts
from domain.campaign import Channel
from domain.content import Content, whole
from domain.errors import DeliveryUnknown, PeerRefused, PeerUnavailable
from domain.exchange import PacketKind
from domain.facts import Event, Fact, Recorded
from domain.ids import Address, DispatchId, MessageId, OrganId, digest_of
from domain.kinds import LETTERS, ReplyKind
from domain.mail import Acceptance, Envelope
from domain.state import AssignmentState, DispatchState
from domain.status import AssignmentStatus, DispatchEvent, DispatchStatus

_A, _D, _E = AssignmentStatus, DispatchStatus, DispatchEvent
_PEER = "the server"


class Fate(Enum):
    """What becomes of a letter that is handed over."""

    TAKEN = "taken"
    REFUSED = "refused"
    PUT_OFF = "put off"
    LOST = "lost on the way, the sender does not know"
    UNANSWERED = "taken, the sender does not know"
    KILLED = "the daemon is killed before the server has it"
    TAKEN_AND_KILLED = "the daemon is killed before it reads the answer"


class Box(Enum):
    """Whether our own mailbox shows our blind copies."""

    SHOWS = "shows"
    HIDES = "hides"
    DOWN = "down"


class Killed(BaseException):
    """The process of the daemon ended here."""


class Servers:
    """The mail server and the exchange. ``judge`` is asked before anything leaves."""

    def __init__(self, judge: Callable[[Channel, str, bytes], DispatchState]) -> None:
        self._judge = judge
        self.fates: deque[Fate] = deque()
        self.meanwhile: Callable[[], object] | None = None
        """What happens once, while the next letter is on its way."""
        self.box = Box.SHOWS
        self.copies: dict[DispatchId, list[tuple[bool, bytes]]] = defaultdict(list)
        """What arrived of each dispatch: whether it was marked, and its octets."""
        self.shown: set[MessageId] = set()

    def take(self, channel: Channel, target: str, octets: bytes) -> None:
        """Do with a letter what its fate is."""
        dispatch = self._judge(channel, target, octets)
        if self.meanwhile is not None:
            meanwhile, self.meanwhile = self.meanwhile, None
            meanwhile()
        fate = self.fates.popleft() if self.fates else Fate.TAKEN
        match fate:
            case Fate.KILLED:
                raise Killed
            case Fate.PUT_OFF:
                raise PeerUnavailable(_PEER, "451")
            case Fate.REFUSED:
                raise PeerRefused(_PEER, "550", "no such user")
            case Fate.LOST:
                raise DeliveryUnknown(_PEER, "cut")
        self.copies[dispatch.dispatch].append((dispatch.marked, octets))
        if dispatch.message_id is not None:
            self.shown.add(dispatch.message_id)
        if fate is Fate.UNANSWERED:
            raise DeliveryUnknown(_PEER, "cut")
        if fate is Fate.TAKEN_AND_KILLED:
            raise Killed


class Line:
    """The way to the mail server."""

    def __init__(self, servers: Servers) -> None:
        self._servers = servers

    def send(self, envelope: Envelope, message: Content) -> Acceptance:
        self._servers.take(Channel.EMAIL, envelope.recipient, whole(message))
        return Acceptance(answer="250")


class Exchange(MemoryExchange):
    """The way to the exchange."""

    servers: Servers

    def send(
        self, content: Content, *, kind: PacketKind, sender: OrganId, receivers: Sequence[OrganId]
    ) -> str:
        octets = whole(content)
        self.servers.take(Channel.EXCHANGE, receivers[0], octets)
        return digest_of(octets)


class OwnBox(MemoryMailbox):
    """Our own mailbox, in which blind copies are looked for; none come unless ``copied``."""

    def __init__(self, address: Address, servers: Servers, *, copied: bool) -> None:
        super().__init__("nq47", MemoryHub([address]), address)
        self._servers = servers
        self._copied = copied

    def mentioning(self, mailbox: str, word: str) -> list[bytes]:
        if self._servers.box is Box.DOWN:
            raise PeerUnavailable(_PEER, "it is switched off")
        if not self._copied or self._servers.box is Box.HIDES:
            return []
        own = f"From: {self._address}\r\nMessage-ID: "
        return [f"{own}{one}\r\n\r\n".encode() for one in self._servers.shown if word in one]


_OF_DISPATCH = (
    facts.DispatchPlanned
    | facts.DispatchAttempted
    | facts.DispatchAccepted
    | facts.DispatchDeferred
    | facts.DispatchLost
    | facts.DispatchRefused
    | facts.DispatchCancelled
    | facts.ReceiptRecorded
)


class WatchedLedger(MemoryLedger):
    """A ledger that refuses, as a failed assertion, rows that its events do not stand for."""

    def __init__(self) -> None:
        super().__init__()
        self.replayed = MemoryRows()
        """The rows that the events give, read back as a replay reads them."""
        self._told: dict[DispatchId, list[Fact]] = defaultdict(list)
        self._shown: dict[tuple[str, ...], set[AssignmentStatus]] = defaultdict(set)
        self._waived: set[tuple[str, ...]] = set()

    def append(self, events: Sequence[Event], *, recorded_at: datetime) -> list[Recorded]:
        done = super().append(events, recorded_at=recorded_at)
        for recorded in self.events(after=done[0].sequence - 1) if done else ():
            self.replayed.record(recorded)
            self._judge(recorded.event.fact)
        return done

    def _judge(self, fact: Fact) -> None:
        row = None
        if isinstance(fact, _OF_DISPATCH):
            row = self.replayed.get(DispatchState, (fact.dispatch,))
            assert row is not None
            follows(self._told[row.dispatch], fact, row)
            self._told[row.dispatch].append(fact)
            stands(row, self._told[row.dispatch])
        scope = facts.about(fact)
        key = (scope.campaign or "", scope.round or "", scope.office or "")
        office = self.replayed.get(AssignmentState, key)
        if office is not None:
            self._shown[key] |= shows(fact, row)
            self._waived |= {key} if isinstance(fact, facts.AssignmentWaived) else set()
            office_stands(office, self._shown[key], waived=key in self._waived)


def _last(told: Iterable[Fact]) -> Fact | None:
    """Return what we did or heard of our server last; what others say of a letter is not that."""
    ours = [fact for fact in told if not isinstance(fact, facts.ReceiptRecorded)]
    return ours[-1] if ours else None


def follows(told: Sequence[Fact], fact: Fact, row: DispatchState) -> None:
    """Judge whether a fact may follow what was recorded of a dispatch before."""
    last = _last(told)
    tried = isinstance(last, facts.DispatchAttempted)
    lost = any(isinstance(one, facts.DispatchLost) for one in told)
    match fact:
        case facts.DispatchPlanned():
            assert not told
        case facts.DispatchAttempted():
            _attempt_follows(told, fact, row)
        case facts.DispatchAccepted():
            assert tried or fact.probed, "taken, as nobody said"
        case facts.DispatchDeferred():
            assert tried, "put off without an attempt"
        case facts.DispatchRefused():
            assert tried, "refused without an attempt"
            assert not lost, "what may have arrived counts as failed"
        case facts.DispatchLost():
            assert tried or isinstance(last, facts.DispatchLost), "uncertain, yet never tried"
        case facts.DispatchCancelled():
            assert isinstance(last, facts.DispatchPlanned | facts.DispatchDeferred)


def _attempt_follows(
    told: Sequence[Fact], fact: facts.DispatchAttempted, row: DispatchState
) -> None:
    last = _last(told)
    attempts = [one for one in told if isinstance(one, facts.DispatchAttempted)]
    assert told, "sent without an intent"
    assert fact.attempt == len(attempts) + 1
    assert not isinstance(last, facts.DispatchAttempted), "sent again, the first outcome open"
    assert not any(isinstance(one, facts.ReceiptRecorded) for one in told), "proved, yet repeated"
    assert not isinstance(last, facts.DispatchAccepted | facts.DispatchRefused)
    lost = any(isinstance(one, facts.DispatchLost) for one in told)
    if row.channel is Channel.EMAIL:
        resent = any(isinstance(one, facts.DispatchPlanned) and one.marked for one in told)
        assert fact.marked is (lost or resent), "what may be a repeat is marked, and nothing else"
        marked = next((n for n, one in enumerate(told) if _marked(one)), len(told))
        after = told[marked:]
        assert not any(isinstance(one, facts.DispatchLost) for one in after), "repeated twice"


def _marked(fact: Fact) -> bool:
    return isinstance(fact, facts.DispatchAttempted) and fact.marked


_PROVED = (
    _D.ACCEPTED,
    _D.DELAYED,
    _D.RELAYED,
    _D.DELIVERED,
    _D.DISPLAYED,
    _D.REGISTERED,
    _D.ASSIGNED,
    _D.PROCESSING,
    _D.FINISHED,
)
"""How far a letter has verifiably come, the least first."""

_PROVES = {
    _E.DELAYED: _D.DELAYED,
    _E.RELAYED: _D.RELAYED,
    _E.DELIVERED: _D.DELIVERED,
    _E.AUTO_REPLIED: _D.DELIVERED,
    _E.DISPLAYED: _D.DISPLAYED,
    _E.REGISTERED: _D.REGISTERED,
    _E.ASSIGNED: _D.ASSIGNED,
    _E.PROCESSING: _D.PROCESSING,
    _E.FINISHED: _D.FINISHED,
}


def _proof(fact: Fact) -> int | None:
    if isinstance(fact, facts.DispatchAccepted):
        return _PROVED.index(_D.ACCEPTED)
    if isinstance(fact, facts.ReceiptRecorded) and fact.receipt in _PROVES:
        return _PROVED.index(_PROVES[fact.receipt])
    return None


_OURS: dict[DispatchStatus, type[Fact]] = {
    _D.PLANNED: facts.DispatchPlanned,
    _D.SENDING: facts.DispatchAttempted,
    _D.DEFERRED: facts.DispatchDeferred,
    _D.UNCERTAIN: facts.DispatchLost,
    _D.CANCELLED: facts.DispatchCancelled,
}
"""Statuses that stand for what we did last, and for nothing that anybody said."""

_ANSWERS = {
    _D.RECALL_ASKED: _E.RECALL_ASKED,
    _D.RECALLED: _E.RECALL_AGREED,
    _D.RECALL_REFUSED: _E.RECALL_REFUSED,
}


def stands(row: DispatchState, told: Sequence[Fact]) -> None:
    """Judge whether a dispatch may have its status by what was recorded of it."""
    receipts = {one.receipt for one in told if isinstance(one, facts.ReceiptRecorded)}
    best = max((n for n in map(_proof, told) if n is not None), default=-1)
    if row.status in _PROVED:
        assert _PROVED.index(row.status) == best, f"{row.status} is not what is proved"
    elif row.status in _OURS:
        assert isinstance(_last(told), _OURS[row.status])
        assert best == -1, f"{row.status}, although something is proved"
    elif row.status in _ANSWERS:
        assert _ANSWERS[row.status] in receipts
    elif row.status is _D.BOUNCED:
        refused = any(isinstance(one, facts.DispatchRefused) for one in told)
        assert refused or _E.BOUNCED in receipts
        assert best < _PROVED.index(_D.DELIVERED), "it came back, and yet it was there"
    else:
        assert row.status is _D.REJECTED
        assert _E.REJECTED in receipts
        assert best < _PROVED.index(_D.REGISTERED)


_LADDER = (_A.WAITING, _A.SENT, _A.DELIVERED, _A.DISPLAYED, _A.ACKNOWLEDGED, _A.REPORTED)

_SHOWS = {
    _D.ACCEPTED: _A.SENT,
    _D.DELAYED: _A.SENT,
    _D.RELAYED: _A.SENT,
    _D.DELIVERED: _A.DELIVERED,
    _D.DISPLAYED: _A.DISPLAYED,
}
_NOWHERE = frozenset({_D.REJECTED, _D.BOUNCED, _D.RECALLED, _D.CANCELLED})


def shows(fact: Fact, row: DispatchState | None) -> set[AssignmentStatus]:
    """Return what a fact proves of where an office stands."""
    if isinstance(fact, facts.ReplyRecorded):
        proved = {ReplyKind.ACKNOWLEDGEMENT: _A.ACKNOWLEDGED, ReplyKind.REPORT: _A.REPORTED}
        return {proved[fact.kind]} if fact.kind in proved else set()
    proof = _proof(fact)
    if proof is None or row is None or row.kind not in LETTERS:
        return set()
    shown = _SHOWS.get(_PROVED[proof], _A.ACKNOWLEDGED)
    # Of a letter that is with nobody a late "it is on its way" shows nothing.
    return set() if shown is _A.SENT and row.status in _NOWHERE else {shown}


def office_stands(row: AssignmentState, shown: set[AssignmentStatus], *, waived: bool) -> None:
    """Judge whether an office may have its status; each kind of evidence counts for itself."""
    best = max((_LADDER.index(one) for one in shown), default=0)
    if row.status in _LADDER:
        assert _LADDER.index(row.status) == best, f"{row.status} is not what is proved"
    elif row.status is _A.UNREACHED:
        assert best < _LADDER.index(_A.DELIVERED)
    assert (row.status is _A.REPORTED) is (_A.REPORTED in shown)
    assert (row.status is _A.WAIVED) is (waived and _A.REPORTED not in shown)
    assert (row.report is not None) is (_A.REPORTED in shown)
    assert (row.reported_at is not None) is (_A.REPORTED in shown)
    assert (row.acknowledged_at is not None) is (_A.ACKNOWLEDGED in shown)
    assert (row.delivered_at is not None) is bool(shown & {_A.DELIVERED, _A.DISPLAYED})
