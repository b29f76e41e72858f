"""What incidents came to: each once, at the offices and at the Department, and in the ledger."""

from collections import Counter
from collections.abc import Iterator
from functools import partial

from domain.content import gathered
from domain.exchange import PacketKind, StatusPacket
from domain.ids import OfficeId
from domain.kinds import DispatchKind
from domain.state import DispatchState
from domain.status import DispatchStatus
from dondoc.demo.office_mail import Received
from tests.edxml_files import read
from tests.system.crash import trouble
from tests.system.crash.place import OFFICES_SYSTEM, Place
from tests.system.crash.trouble import CLOSED, FULL, WRONG

ONCE: dict[str, int] = {
    "RecallOrdered": 2,
    "AssignmentWaived": 2,
    "AssignmentExtended": 1,
    "DirectiveReplaced": 1,
    "RevocationReceived": 1,
    "RevocationDecided": 1,
    "RawQuarantined": 1,
    "RawReleased": 1,
    "DispatchFollowed": 1,
    "DispatchRefused": 1,
    "AnswerRefused": 2,
    "PortalWaived": 1,
    "PortalRetryAsked": 1,
    "PortalFileFetched": 1,
    "PortalCompared": 1,
}
"""How often each kind of fact must stand in the ledger, whatever was killed."""

_LETTERS = {trouble.BY_POST: 1}
"""How many letters lie in a mailbox where it is not the directive in both versions."""


def wrong(place: Place, repeated: int) -> Iterator[str]:
    """Say what did not come about once; ``repeated`` is how often the directive came again.

    Everything is at its end, and the daemon too.
    """
    with place.opened() as app:
        facts = Counter(type(one.event.fact).__name__ for one in app.ledger.events())
        dispatches = app.ledger.select(DispatchState)
    asked = sorted(d.office for d in dispatches if asks_back(d))
    # A letter that a kill left open may lie there, and is asked back as well.
    open_ones = {
        d.office
        for d in dispatches
        if d.office == FULL and d.kind is DispatchKind.DIRECTIVE and left_open(d)
    }
    for name, times in ONCE.items():
        if facts[name] != times:
            yield f"{name} stands {facts[name]} times in the ledger instead of {times}"
    if asked != sorted({WRONG, *open_ones}):
        yield f"{asked} were asked to give back what they got"
    for office, letters in _letters(place).items():
        wanted = len(open_ones) if office == FULL else _LETTERS.get(office, 2)
        if letters != wanted:
            yield f"{office} has {letters} letters instead of {wanted}"
    if (statuses := _statuses(place)) != (due := _due(repeated)):
        yield f"the Department was answered {statuses}, instead of {due}"


def _letters(place: Place) -> dict[OfficeId, int]:
    """Count different letters in mailboxes; their copies are counted with those of others."""
    dovecot = place.postfix.dovecot
    return {
        one.id: len({Received.of(raw).message_id for raw in dovecot.messages(one.emails[0])})
        for one in place.troubled
        if one.emails
    }


def _statuses(place: Place) -> Counter[tuple[str, str]]:
    """Count what waits for the Department, by code and document; and for who was closed."""
    found: Counter[tuple[str, str]] = Counter()
    with place.client(OFFICES_SYSTEM) as client:
        for one in client.waiting(PacketKind.STATUS):
            if one.receiver in (trouble.DEPARTMENT.organ_id, trouble.organ_of(CLOSED)):
                packet = read(gathered(partial(client.fetch, one.doc_id))).packet
                assert isinstance(packet, StatusPacket)
                found[packet.code, packet.response_for.document_id] += 1
    return found


def _due(repeated: int) -> Counter[tuple[str, str]]:
    first, second = trouble.document_id("513"), trouble.document_id(trouble.REPLACEMENT)
    revocation = trouble.document_id(trouble.REVOCATION)
    due = [(code, one) for one in (first, second, revocation) for code in ("01", "03")]
    due += [("15", second), ("16", revocation)]
    return Counter([*due, *(("01", trouble.again(n + 1)) for n in range(repeated))])


def asks_back(dispatch: DispatchState) -> bool:
    """Tell whether it is a request to give something back, and left."""
    return dispatch.kind is DispatchKind.RECALL and dispatch.accepted_at is not None


def left_open(dispatch: DispatchState) -> bool:
    """Tell whether it may have arrived, and nothing more is done but to ask it back."""
    uncertain = dispatch.status is DispatchStatus.UNCERTAIN and dispatch.due_at is None
    return uncertain or dispatch.status is DispatchStatus.RECALL_ASKED
