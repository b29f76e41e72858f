"""What a campaign came to, counted where it lies: in mailboxes, on the exchange, in the ledger.

The recipients' side is compared with the ledger and with what the offices know that they sent;
nobody's word but the servers' counts for what has arrived.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from domain.campaign import Channel
from domain.exchange import PacketKind
from domain.facts import (
    About,
    AssignmentWaived,
    DispatchAccepted,
    DispatchAttempted,
    DispatchDeferred,
    DispatchLost,
    DispatchPlanned,
    DispatchRefused,
    Fact,
    ReplyRecorded,
    StoreRestored,
)
from domain.ids import Digest, DispatchId, MessageId, OfficeId, digest_of
from domain.kinds import DispatchKind, RawChannel, ReplyKind
from domain.mail import OwnCopy
from domain.state import DispatchState, RawState, ReplyState, RoundState
from domain.status import DispatchStatus, RawStatus, RoundStatus
from dondoc.app import App
from dondoc.demo.copies import MARK
from dondoc.demo.office_mail import Received
from tests.system.crash.offices import Offices
from tests.system.crash.place import CAMPAIGN, OFFICES_SYSTEM, Place
from tests.system.crash.trouble import FULL, MISTYPED

_NEVER_LEFT = frozenset(
    {DispatchStatus.PLANNED, DispatchStatus.CANCELLED, DispatchStatus.UNCERTAIN}
)


@dataclass(kw_only=True)
class Account:
    """``lost`` and ``duplicated`` name what is wrong with sendings, ``wrong`` everything else.

    ``marked`` has the dispatches of which a copy that says so lies at the receiver.
    """

    letters: int = 0
    packets: int = 0
    replies: int = 0
    lost: list[str] = field(default_factory=list)
    duplicated: list[str] = field(default_factory=list)
    marked: list[DispatchId] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)


def counted(
    place: Place,
    offices: Offices,
    *,
    ends: RoundStatus = RoundStatus.FORWARDED,
    read_anew: bool = False,
    cut: Collection[DispatchId] | None = None,
) -> Account:
    """Count everything, once nothing is on its way any more.

    ``ends`` is what the round must be by then. With ``read_anew`` what came may have been taken in
    more than once, and counts once all the same; documents may have been answered again. ``cut``
    are the sendings that something cut off; without it the ledger is asked which.
    """
    place.postfix.settle()
    account = Account()
    with place.opened() as app:
        dispatches = app.ledger.select(DispatchState)
        repeated = {*(_cut_off(app) if cut is None else cut), *_resent(app)}
        _count_mail(account, place, dispatches, repeated)
        _count_packets(account, place, dispatches)
        _count_letters(account, place, dispatches)
        account.wrong += _wrong_replies(account, app, offices.replies())
        account.wrong += _wrong_answers(place, offices, again=read_anew)
        account.wrong += _wrong_input(app, place, read_anew=read_anew)
        account.wrong += reminded_needlessly(one.event.fact for one in app.ledger.events())
        account.wrong += [f"replay: {line}" for line in app.ledger.differences()]
        rounds = [one.status for one in app.ledger.select(RoundState, campaign=CAMPAIGN)]
        if rounds != [ends]:
            account.wrong.append(f"the round is not {ends}: {rounds}")
    return account


def _cut_off(app: App) -> frozenset[DispatchId]:
    """Return the sendings of which the ledger did not know the outcome at one time."""
    facts = [one.event.fact for one in app.ledger.events()]
    if any(isinstance(fact, StoreRestored) for fact in facts):
        return frozenset(one.dispatch for one in app.ledger.select(DispatchState))
    return frozenset(fact.dispatch for fact in facts if isinstance(fact, DispatchLost))


def _resent(app: App) -> frozenset[DispatchId]:
    """Return what a person had sent again because nothing told whether it had arrived."""
    facts = (one.event.fact for one in app.ledger.events())
    return frozenset(
        fact.dispatch for fact in facts if isinstance(fact, DispatchPlanned) and fact.marked
    )


def _count_mail(
    account: Account,
    place: Place,
    dispatches: Sequence[DispatchState],
    cut: Collection[DispatchId],
) -> None:
    """Count the copies of each letter, and letters that no dispatch knows."""
    known = {d.message_id: d for d in dispatches if d.channel is Channel.EMAIL}
    found: Counter[str] = Counter()
    marked: Counter[str] = Counter()
    for office in (*place.offices, *place.troubled):
        for address in office.emails:
            for raw in place.postfix.dovecot.messages(address):
                received = Received.of(raw)
                account.letters += 1
                dispatch = known.get(MessageId(received.message_id))
                if dispatch is None or dispatch.office != office.id:
                    account.duplicated.append(f"{office.id} has {received.message_id}: no intent")
                elif MARK in " ".join(received.text.split()):
                    marked[dispatch.dispatch] += 1
                else:
                    found[dispatch.dispatch] += 1
    for dispatch in known.values():
        if dispatch.status is DispatchStatus.BOUNCED and dispatch.office == MISTYPED:
            continue  # refused as it should be; what came of it ``incidents`` counts
        if dispatch.status is DispatchStatus.RECALL_ASKED and dispatch.office == FULL:
            continue  # a kill left it open, so it was asked back although nothing had room there
        copies = Copies(plain=found[dispatch.dispatch], marked=marked[dispatch.dispatch])
        proved = place.settings.mail is not None and place.settings.mail.own_copy is OwnCopy.ALWAYS
        judge(account, dispatch, copies, cut=dispatch.dispatch in cut, proved=proved)


def _count_packets(account: Account, place: Place, dispatches: Sequence[DispatchState]) -> None:
    held = place.exchange.held()
    for dispatch in dispatches:
        # What the e-office sent is no sending of ours, and has no name that we gave it.
        if dispatch.channel is Channel.EXCHANGE and not dispatch.followed:
            copies = held[dispatch.target, dispatch.document_id or ""]
            account.packets += copies
            judge(account, dispatch, Copies(plain=copies))


@dataclass(frozen=True, kw_only=True)
class Copies:
    """How many copies of one letter lie at its receiver, without the mark and with it."""

    plain: int
    marked: int = 0


def judge(
    account: Account,
    dispatch: DispatchState,
    copies: Copies,
    *,
    cut: bool = False,
    proved: bool = False,
) -> None:
    """Put into an account what the copies of a letter say.

    ``cut`` tells whether something cut off its sending, without which it needs no repeat. Where it
    is ``proved`` by a copy of our own that it left, it needs none either.
    """
    plain, marked = copies.plain, copies.marked
    if plain > 1:
        account.duplicated.append(f"{dispatch.dispatch}: {plain} copies without a mark")
    if marked > 1:
        account.duplicated.append(f"{dispatch.dispatch}: {marked} copies with the mark")
    if marked and not cut:
        account.duplicated.append(f"{dispatch.dispatch}: a marked copy, and nothing cut it off")
    if marked and plain and proved:
        account.duplicated.append(
            f"{dispatch.dispatch}: a marked copy though our own one lay there"
        )
    if marked:
        account.marked.append(dispatch.dispatch)
    if not plain + marked and dispatch.status not in _NEVER_LEFT:
        account.lost.append(f"{dispatch.dispatch}: {dispatch.status}, and nothing lies there")


def _count_letters(account: Account, place: Place, dispatches: Sequence[DispatchState]) -> None:
    """See that each recipient has a letter with the directive that came to it."""
    reached = {
        d.office
        for d in dispatches
        if d.kind is DispatchKind.DIRECTIVE and d.status not in _NEVER_LEFT
    }
    account.lost += [
        f"{office.id} has no directive" for office in place.recipients if office.id not in reached
    ]


def reminded_needlessly(told: Iterable[Fact]) -> Iterator[str]:
    """Name each reminder that was tried after its office had reported or was released.

    ``told`` is in the order of the ledger. What a restored store finds to have left before is no
    attempt: its acceptance is proved, and stands right behind.
    """
    reminders: set[DispatchId] = set()
    settled: set[About] = set()
    suspect: dict[DispatchId, str] = {}
    for fact in told:
        match fact:
            case DispatchPlanned(kind=DispatchKind.REMINDER):
                reminders.add(fact.dispatch)
            case ReplyRecorded(kind=ReplyKind.REPORT) | AssignmentWaived():
                settled.add(fact.about)
            case DispatchAttempted() if fact.dispatch in reminders and fact.about in settled:
                suspect[fact.dispatch] = f"{fact.dispatch} was tried after its office was settled"
            case DispatchAccepted(probed=True):
                suspect.pop(fact.dispatch, None)
            case DispatchAccepted() | DispatchDeferred() | DispatchLost() | DispatchRefused():
                if said := suspect.pop(fact.dispatch, ""):
                    yield said
    yield from suspect.values()


def _wrong_replies(
    account: Account, app: App, sent: Mapping[OfficeId, Counter[ReplyKind]]
) -> Iterator[str]:
    recorded: dict[OfficeId, Counter[ReplyKind]] = {}
    for reply in app.ledger.select(ReplyState):
        recorded.setdefault(reply.office, Counter())[reply.kind] += 1
        account.replies += 1
    for office in sorted(sent.keys() | recorded.keys()):
        ours, theirs = recorded.get(office, Counter()), sent.get(office, Counter())
        if ours != theirs:
            yield f"{office} sent {dict(theirs)}, recorded is {dict(ours)}"


def _wrong_answers(place: Place, offices: Offices, *, again: bool) -> Iterator[str]:
    """See that each document of an office was answered by 01 and 03, each once unless ``again``."""
    with place.client(OFFICES_SYSTEM) as client:
        waiting = Counter(one.receiver for one in client.waiting(PacketKind.STATUS))
    troubled = {office.organ_id for office in place.troubled}
    for organ, documents in offices.reported().items():
        if organ in troubled:
            continue  # ``incidents`` counts theirs
        if waiting[organ] != 2 * documents and not (again and waiting[organ] > 2 * documents):
            yield f"{organ} has {waiting[organ]} statuses for {documents} document(s)"


def all_taken(place: Place) -> bool:
    """Tell whether as many messages were read as lie in our mailbox."""
    with place.opened() as app:
        raws = [raw for raw in app.ledger.select(RawState) if raw.channel is RawChannel.MAIL]
    read = all(raw.status is not RawStatus.ARRIVED for raw in raws)
    return read and len(raws) >= sum(1 for _ in _own_mail(place))


def _own_mail(place: Place) -> Iterator[bytes]:
    for folder in ("INBOX", "Processed"):
        yield from place.postfix.dovecot.messages(place.own, folder)


def _as_taken(raw: bytes, taken: Counter[Digest]) -> Digest:
    """Return the digest of a message, or of its header where only that was taken."""
    whole, header = digest_of(raw), digest_of(raw[: raw.find(b"\r\n\r\n") + 4])
    return whole if whole in taken or header not in taken else header


def _wrong_input(app: App, place: Place, *, read_anew: bool) -> Iterator[str]:
    """See that each message in our mailbox was taken in once, and that all was read."""
    raws = app.ledger.select(RawState)
    taken = Counter(raw.digest for raw in raws if raw.channel is RawChannel.MAIL)
    lying = Counter(_as_taken(raw, taken) for raw in _own_mail(place))
    if read_anew:
        taken, lying = Counter(set(taken)), Counter(set(lying))
    if taken != lying:
        yield f"mail lies there and is not taken {lying - taken}, taken too often {taken - lying}"
    for raw in raws:
        if raw.status is not RawStatus.READ:
            yield f"{raw.raw} is {raw.status}: {raw.outcome}"
