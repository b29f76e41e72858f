"""Whether everything lies on the servers that should, and nothing twice, by their own state.

What the ledger believes plays as little part as possible: it says what should be there, and which
letters are known to have come back.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from domain.campaign import Channel
from domain.ids import Address, OfficeId
from domain.kinds import DispatchKind
from domain.machine import ENDED
from domain.state import DispatchState
from domain.status import DispatchStatus
from dondoc.simulators.eoffice import Exchange
from dondoc.simulators.mail.hub import MailHub
from mappings.mail.take_apart import take_apart

MARK = "Thư gửi lại do chưa xác định được lần gửi trước"
"""How a letter that is sent again says so; a test holds it against the letters' template."""

_NOT_ITS_TURN = frozenset({DispatchStatus.PLANNED, DispatchStatus.DEFERRED})

Planned = tuple[OfficeId, Channel]
"""An office that is to get the directive, and a channel by which it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """What a comparison found.

    ``lost`` are sendings that should lie at their receiver and do not, ``duplicated`` the copies
    beyond the first that do not say that they may be duplicates, ``marked`` the letters of which
    a copy that says so lies there.
    """

    lost: int
    duplicated: int
    marked: int


def account(
    hub: MailHub,
    exchange: Exchange,
    planned: Iterable[Planned],
    dispatches: Sequence[DispatchState],
) -> Account:
    """Compare the plan of the directive's distribution and all dispatches with both servers.

    A dispatch is accounted for when its receiver has it or when it is known to have failed (a
    bounce, a refusal, a cancellation). Anything but the directive may still wait for its turn, and
    a reminder that a stop cut off is not repeated once its office has answered.
    """
    servers = _Servers(hub, exchange)
    directives = {(d.office, d.channel) for d in dispatches if d.kind is DispatchKind.DIRECTIVE}
    never = sum(1 for one in planned if one not in directives)
    unmarked = [servers.taken(d) - servers.marked(d) for d in dispatches]
    return Account(
        lost=never + sum(_awaited(d) and not servers.reached(d) for d in dispatches),
        duplicated=sum(max(0, copies - 1) for copies in unmarked),
        marked=sum(servers.marked(d) > 0 for d in dispatches),
    )


def _awaited(dispatch: DispatchState) -> bool:
    waits = dispatch.status in _NOT_ITS_TURN and dispatch.kind is not DispatchKind.DIRECTIVE
    return not (waits or dispatch.status in ENDED or left_open(dispatch))


def left_open(dispatch: DispatchState) -> bool:
    """Tell whether it is a reminder of which nobody will learn whether it went out."""
    return (
        dispatch.kind is DispatchKind.REMINDER
        and dispatch.status is DispatchStatus.UNCERTAIN
        and dispatch.due_at is None
    )


class _Servers:
    """What mail system and exchange hold."""

    def __init__(self, hub: MailHub, exchange: Exchange) -> None:
        self._hub = hub
        deliveries = [(d.recipient, d.message_id, d.outcome) for d in hub.deliveries()]
        self._taken = Counter((to, name) for to, name, _ in deliveries)
        self._stored = Counter(
            (to, name) for to, name, outcome in deliveries if outcome != "failed"
        )
        self._packets = exchange.held()

    def taken(self, dispatch: DispatchState) -> int:
        """Return how often a server took it, returned copies included."""
        return self._count(dispatch, self._taken)

    def reached(self, dispatch: DispatchState) -> int:
        """Return how many copies lie at the receiver."""
        return self._count(dispatch, self._stored)

    def marked(self, dispatch: DispatchState) -> int:
        """Return how many copies in the receiver's mailbox say that they may be duplicates."""
        suspect = dispatch.marked or self.taken(dispatch) > 1
        if dispatch.channel is not Channel.EMAIL or not suspect:
            return 0
        letters = map(take_apart, self._hub.mail_for(Address(dispatch.target)))
        mine = (letter for letter in letters if letter.message_id == dispatch.message_id)
        return sum(MARK in " ".join(letter.new_text.split()) for letter in mine)

    def _count(self, dispatch: DispatchState, mails: Counter[tuple[Address, str]]) -> int:
        if dispatch.channel is Channel.EMAIL:
            return mails[Address(dispatch.target), dispatch.message_id or ""]
        return self._packets[dispatch.target, dispatch.document_id or ""]
