"""Lines and servers that fail under a working daemon."""

import time

import pytest

from tests.servers.postfix import Postfix
from tests.servers.postgresql import Postgresql
from tests.system.faults.conftest import Begin
from tests.system.faults.played import Played, assert_each_once

pytestmark = [pytest.mark.system, pytest.mark.timeout(300)]

_OCTETS = {"smtp": 3_000, "imap": 6_000, "exchange": 6_000, "database": 60_000}
"""Octets of answers after which a line falls silent: in the middle of the work."""
_SILENCE_SECONDS = 3.0


def fall_silent(campaign: Played, name: str) -> None:
    """Let a line fall silent while the daemon works, then end its connections, as a router does."""
    wire = campaign.place.lines.wires[name]
    wire.hold_after(_OCTETS[name])
    campaign.start()
    campaign.until(lambda: wire.silent, f"the line to {name} is silent")
    time.sleep(_SILENCE_SECONDS)
    assert campaign.place.fleet.running
    wire.cut()
    wire.release()


@pytest.mark.parametrize("name", ["smtp", "imap", "exchange"])
def test_a_line_that_falls_silent_in_both_directions(begin: Begin, name: str) -> None:
    campaign = begin(wired=True)
    fall_silent(campaign, name)
    assert_each_once(campaign.end())


def test_a_line_to_postgresql_that_falls_silent(begin: Begin, postgresql: Postgresql) -> None:
    campaign = begin(postgresql, wired=True)
    fall_silent(campaign, "database")
    assert_each_once(campaign.end())


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
    assert_each_once(account)


def test_a_server_that_hangs_after_the_final_dot(begin: Begin, postfix: Postfix) -> None:
    campaign = begin(wired=True)
    wire = campaign.place.lines.wires["smtp"]
    postfix.policy.cut = wire.hold
    postfix.behave(campaign.place.recipients[0].emails[0], "drop_after_data")
    campaign.start()
    campaign.until(lambda: wire.silent, "the server does not answer the dot")
    time.sleep(_SILENCE_SECONDS)
    assert campaign.place.fleet.running
    postfix.policy.forget()
    wire.cut()
    wire.release()
    assert_each_once(campaign.end())
