"""Lines and servers that fail under a working daemon."""

from collections.abc import Callable, Sequence

import pytest

from domain.facts import DispatchAccepted
from domain.ids import OfficeId
from domain.state import DispatchState
from domain.status import DispatchStatus
from tests.servers.postfix import Postfix
from tests.servers.postgresql import Postgresql
from tests.system.faults.conftest import Begin
from tests.system.faults.played import Played, assert_each_once_or_marked

pytestmark = [pytest.mark.system, pytest.mark.timeout(300)]

_OCTETS = {"smtp": 3_000, "imap": 6_000, "exchange": 6_000, "database": 60_000}
"""Octets of answers after which a line falls silent: in the middle of the work."""
_WAITING = {DispatchStatus.DEFERRED, DispatchStatus.UNCERTAIN}
_PATIENCE_SECONDS = 2.0
"""The daemon's limits, of seconds to minutes in an office; nothing else ends a silence here."""


def break_off(campaign: Played, name: str, goes_on: Callable[[Played], bool]) -> None:
    """Let packets be lost on a line within the work, until the daemon went on by itself."""
    wire = campaign.place.lines.wires[name]
    wire.break_after(_OCTETS[name])
    campaign.start(patience=_PATIENCE_SECONDS)
    campaign.until(lambda: wire.silent, f"the line to {name} is silent")
    campaign.until(lambda: goes_on(campaign), "it goes on while the line is silent")
    assert wire.silent
    assert campaign.place.fleet.running
    wire.cut()
    wire.release()


def _without_smtp(campaign: Played) -> bool:
    """Tell whether letters were put off or are uncertain, and all documents have left."""
    letters, documents = campaign.by_channel()
    return _wait(letters) and _have_left(documents)


def _without_imap(campaign: Played) -> bool:
    """Tell whether turns ended without the mailbox, and all has left but what waits for a look.

    A mailbox that was not looked through yet keeps letters: they may have left before.
    """
    letters, documents = campaign.by_channel()
    unread = campaign.logged("mailbox_unavailable") > 1
    waits = campaign.logged("letters_wait_for_mailbox") > 0
    return unread and _have_left(documents) and (waits or _have_left(letters))


def _without_exchange(campaign: Played) -> bool:
    """Tell whether documents were put off or are uncertain, and all letters have left."""
    letters, documents = campaign.by_channel()
    return _wait(documents) and _have_left(letters)


def _wait(dispatches: Sequence[DispatchState]) -> bool:
    return any(one.status in _WAITING for one in dispatches)


def _have_left(dispatches: Sequence[DispatchState]) -> bool:
    return bool(dispatches) and all(one.accepted_at is not None for one in dispatches)


@pytest.mark.parametrize(
    ("name", "goes_on"),
    [("smtp", _without_smtp), ("imap", _without_imap), ("exchange", _without_exchange)],
)
def test_a_line_that_falls_silent_in_both_directions(
    begin: Begin, name: str, goes_on: Callable[[Played], bool]
) -> None:
    campaign = begin(wired=True)
    break_off(campaign, name, goes_on)
    assert_each_once_or_marked(campaign.end())


def test_a_line_to_postgresql_that_falls_silent(begin: Begin, postgresql: Postgresql) -> None:
    campaign = begin(postgresql, wired=True)
    break_off(campaign, "database", lambda one: one.failed_turns() > 1)
    assert_each_once_or_marked(campaign.end())


@pytest.mark.parametrize("behaviour", ["drop_after_data", "lose_after_data"])
def test_a_server_that_takes_the_letter_and_drops_the_connection(
    begin: Begin, postfix: Postfix, behaviour: str
) -> None:
    campaign = begin(wired=True)
    postfix.policy.cut = campaign.place.lines.wires["smtp"].cut
    for office in campaign.place.recipients:
        for address in office.emails:
            postfix.behave(address, behaviour)  # type: ignore[arg-type]  # one of its words
    campaign.start()
    campaign.until(lambda: campaign.place.lines.wires["smtp"].cuts > 0, "a connection is dropped")
    postfix.policy.forget()
    account = campaign.end()
    assert_each_once_or_marked(account)
    # What was kept is found by its blind copy; what was lost goes once more, with the mark.
    assert bool(account.marked) is (behaviour == "lose_after_data")


def test_a_server_that_hangs_after_the_final_dot(begin: Begin, postfix: Postfix) -> None:
    campaign = begin(wired=True)
    wire = campaign.place.lines.wires["smtp"]
    postfix.policy.cut = wire.hold
    postfix.behave(campaign.place.recipients[0].emails[0], "drop_after_data")
    campaign.start(patience=_PATIENCE_SECONDS)
    campaign.until(lambda: wire.silent, "the server does not answer the dot")
    office = campaign.place.recipients[0].id
    campaign.until(lambda: _proved(campaign, office), "the letter is looked for, and found")
    assert wire.silent
    assert campaign.place.fleet.running
    postfix.policy.forget()
    wire.cut()
    wire.release()
    assert_each_once_or_marked(campaign.end())


def _proved(campaign: Played, office: OfficeId) -> bool:
    """Tell whether an office's letter counts as sent because its blind copy was found."""
    with campaign.place.opened() as app:
        facts = [one.event.fact for one in app.ledger.events(office=office)]
    return any(isinstance(fact, DispatchAccepted) and fact.probed for fact in facts)
