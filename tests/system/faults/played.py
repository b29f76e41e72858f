"""A campaign that a fault befalls: distributed, answered, and counted."""

import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from domain.campaign import Channel
from domain.errors import Conflict, StoreFailed
from domain.office import Office
from domain.state import DispatchState, ReplyState
from domain.status import DispatchStatus
from tests.servers.postfix import Postfix
from tests.system.crash.count import Account, all_taken, counted
from tests.system.crash.impatience import FILE
from tests.system.crash.offices import Offices
from tests.system.crash.place import OFFICES_SYSTEM, Place, Variant, opened_place
from tests.system.crash.story import PHASES, Phase, unsettled

RECIPIENTS = 8
_ACT_SECONDS = 0.2
_PATIENCE = 60.0


class NotSettled(AssertionError):
    """The campaign does not come to its end."""


@dataclass(kw_only=True)
class Played:
    """One campaign with its offices. Its distribution is played, for which no time has to pass,
    unless it is told another ``phase``, to which the offices act.
    """

    place: Place
    offices: Offices
    phase: Phase = PHASES[0]
    told: Callable[[Account], None] = lambda _account: None
    """Gets what was counted at each end."""

    def start(self, patience: float | None = None) -> None:
        """Start the daemon, with a ``patience`` of so many seconds with servers if given."""
        if patience is not None:
            (self.place.folder / FILE).write_text(str(patience), encoding="ascii")
        self.place.start({})

    def until(self, true: Callable[[], bool], what: str) -> None:
        """Have the offices go on until something holds; raises ``NotSettled``."""
        end = time.monotonic() + _PATIENCE
        while not true():
            if time.monotonic() > end or not self.place.fleet.running:
                raise NotSettled(f"{what}: {self.waits()}\n{self.place.log_end()}")
            self.offices.act(_ACT_SECONDS, self.phase.letters)
            time.sleep(0.05)

    def logged(self, event: str) -> int:
        """Return how often the daemons have logged an event."""
        log = self.place.folder / "log"
        text = log.read_text(encoding="utf-8", errors="replace") if log.exists() else ""
        return text.count(f'"event": "{event}"')

    def failed_turns(self) -> int:
        """Return how many turns have failed."""
        return self.logged("job_failed")

    def sign(self) -> str:
        """Return what the daemon says of itself, in its own time."""
        sign = self.place.folder / "store" / "daemon.alive"
        return sign.read_text(encoding="utf-8") if sign.exists() else ""

    @contextmanager
    def letters_leaving(self) -> Iterator[None]:
        """Do something while letters are on their way, of which nobody knows yet what became.

        The line to the mail server, which must be wired, is held from the final dot of the next
        letter on, which the server takes. Raises ``AssertionError`` where no letter is there.
        """
        wire, policy = self.place.lines.wires["smtp"], self.place.postfix.policy
        policy.cut = wire.hold
        for office in self.place.recipients:
            for address in office.emails:
                policy.behave(address, "drop_after_data")
        self.until(lambda: wire.silent, "a letter comes to its final dot")
        policy.forget()
        statuses = [one.status for one in self.by_channel()[0]]
        assert DispatchStatus.SENDING in statuses, statuses
        yield
        wire.release()

    def some_left(self) -> bool:
        """Tell whether a letter has left."""
        return any(one.attempts for one in self.dispatches())

    def dispatches(self) -> list[DispatchState]:
        """Return all dispatches; none while the store cannot be read."""
        try:
            with self.place.opened() as app:
                return app.ledger.select(DispatchState)
        except (StoreFailed, Conflict):
            return []

    def replies_wait(self) -> bool:
        """Tell whether offices have sent replies that are not recorded."""
        sent = sum(replies.total() for replies in self.offices.replies().values())
        with self.place.opened() as app:
            return sent > len(app.ledger.select(ReplyState))

    def by_channel(self) -> tuple[list[DispatchState], list[DispatchState]]:
        """Return the letters by mail, and the documents on the exchange."""
        found = self.dispatches()
        mail = [one for one in found if one.channel is Channel.EMAIL]
        return mail, [one for one in found if one.channel is Channel.EXCHANGE]

    def letters(self, office: Office) -> int:
        """Return how many letters lie in an office's mailbox."""
        return sum(1 for _ in self.place.postfix.dovecot.messages(office.emails[0]))

    def waits(self, phase: Phase | None = None) -> str:
        """Say what is not settled yet; empty when all is quiet."""
        if not self.offices.finished(self.phase.letters):
            return "offices that await letters"
        try:
            with self.place.opened() as app:
                return unsettled(app, phase or self.phase, self.offices)
        except (StoreFailed, Conflict) as error:
            return f"the store: {error}"

    def end(
        self,
        *,
        read_anew: bool = False,
        phase: Phase | None = None,
        forgotten: Sequence[DispatchState] = (),
    ) -> Account:
        """Play to the end, have the daemon end in order, and count; see ``counted``.

        ``forgotten`` is what left, once each, before the ledger was put back to an older one.
        """
        self.until(lambda: not self.waits(phase), "all is settled")
        self.place.postfix.settle()
        # Offices go on meanwhile: what they send now must be recorded, too.
        self.until(lambda: all_taken(self.place) and not self.waits(phase), "our mailbox is read")
        self.place.stop()
        ends = (phase or self.phase).status
        account = counted(self.place, self.offices, ends=ends, read_anew=read_anew)
        unknown = Counter(f"{one.office} has {one.message_id}: no intent" for one in forgotten)
        account.duplicated = list((Counter(account.duplicated) - unknown).elements())
        self.told(account)
        return account


@contextmanager
def played(
    folder: Path, postfix: Postfix, variant: Variant, recipients: int = RECIPIENTS
) -> Iterator[Played]:
    """Make everything for a campaign; no daemon has run."""
    with (
        opened_place(folder, postfix, recipients, variant) as place,
        place.client(OFFICES_SYSTEM) as client,
    ):
        yield Played(place=place, offices=Offices(place, client))


def assert_each_once(account: Account) -> None:
    """See that nothing was lost, doubled or counted wrongly."""
    assert_each_once_or_marked(account)
    assert account.marked == []


def assert_each_once_or_marked(account: Account) -> None:
    """See that nothing was lost, doubled without a mark or need, or counted wrongly."""
    assert account.lost == []
    assert account.duplicated == []
    assert account.wrong == []
    assert account.letters
    assert account.packets
    assert account.replies
