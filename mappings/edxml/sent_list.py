"""What a row of a door's sent list says: which document it is of, and how far that came.

Rows differ by door: the exchange gives transport states (``initial``, ``processing``, ``done``,
``fail``), an e-office behind a mapping the codes of Quyết định 28/2018/QĐ-TTg.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta

from domain.directive import Directive
from domain.exchange import ExchangeStatus, SentPacket
from domain.machine import OF_STATUS
from domain.office import Office
from domain.status import DispatchEvent
from mappings.edxml.identifiers import same_code
from mappings.edxml.values import read_day, read_instant
from mappings.names.fold import fold

_TRANSPORT = {
    # The receiver's system has it; only its own failure says that it does not.
    "processing": DispatchEvent.DELIVERED,
    "done": DispatchEvent.DELIVERED,
    "fail": DispatchEvent.BOUNCED,
}

_CLOCKS_DIFFER = timedelta(days=1)


def shows(row: SentPacket, directive: Directive) -> bool:
    """Tell whether a row is of this directive, by its number, or by notation and subject.

    Numbers begin anew each year: a sending before the day of issue is of another letter.
    """
    sent_on = read_day(row.sent)
    if sent_on is not None and _before(sent_on, directive.issued_on):
        return False
    if same_code(row.notation, directive.code):
        return True
    named = fold(row.notation) == fold(directive.notation) and bool(fold(row.notation))
    return named and fold(row.title) == fold(directive.subject)


def _before(sent_on: date, issued_on: date | None) -> bool:
    return issued_on is not None and sent_on < issued_on - _CLOCKS_DIFFER


def state_of(row: SentPacket) -> DispatchEvent | None:
    """Return what a row proves besides that the exchange took the document; None for nothing."""
    word = row.receive_status.strip().lower()
    if word in _TRANSPORT:
        return _TRANSPORT[word]
    if word in set(ExchangeStatus):
        return OF_STATUS[ExchangeStatus(word)]
    return DispatchEvent.BOUNCED if row.send_status.strip().lower() == "fail" else None


def sent_at(row: SentPacket) -> datetime | None:
    """Return when the document was sent, None where the row has no time that can be read."""
    return read_instant(row.sent)


def received_at(row: SentPacket) -> datetime | None:
    """Return when the state of the receiver came about, None where the row does not say."""
    return read_instant(row.received)


def by_name(offices: Iterable[Office]) -> Mapping[str, Sequence[Office]]:
    """Return offices by the folded forms of their name and other names."""
    found: dict[str, list[Office]] = {}
    for office in offices:
        for name in dict.fromkeys(map(fold, (office.name, *office.aliases))):
            found.setdefault(name, []).append(office)
    return found


def named_offices(receiver: str, offices: Mapping[str, Sequence[Office]]) -> Sequence[Office]:
    """Return the offices, given ``by_name``, whose name or other name a receiver is.

    Systems that know no identifiers list their receivers by name.
    """
    key = fold(receiver)
    return offices.get(key, ()) if key else ()
