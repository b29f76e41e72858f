"""Delivery reports that a real Postfix writes, sent for by our own transport and read by us."""

from collections.abc import Iterator
from itertools import count

import pytest

from domain.ids import Address, OfficeId
from domain.kinds import ReviewKind
from domain.status import AssignmentStatus, DispatchEvent, DispatchStatus
from mappings.mail.take_apart import take_apart
from tests.integration.services.mail_world import MailWorld
from tests.integration.services.service_world import World
from tests.servers.dovecot import Dovecot
from tests.servers.postfix import Postfix

STORED = OfficeId("stored")
PASSED_ON = OfficeId("passed-on")
REMOTE = OfficeId("remote")
UNKNOWN = OfficeId("unknown")
FULL = OfficeId("full")
BUSY = OfficeId("busy")
EXPECTED = {
    STORED: [DispatchEvent.DELIVERED],
    PASSED_ON: [DispatchEvent.RELAYED],
    REMOTE: [DispatchEvent.RELAYED],
    UNKNOWN: [DispatchEvent.BOUNCED],
    FULL: [DispatchEvent.BOUNCED],
    BUSY: [DispatchEvent.DELAYED, DispatchEvent.BOUNCED],
}
CODES = {UNKNOWN: "5.1.1", FULL: "5.2.2", BUSY: "4.3.0"}
STATUSES = {
    STORED: DispatchStatus.DELIVERED,
    PASSED_ON: DispatchStatus.RELAYED,
    REMOTE: DispatchStatus.RELAYED,
    UNKNOWN: DispatchStatus.BOUNCED,
    FULL: DispatchStatus.BOUNCED,
    BUSY: DispatchStatus.BOUNCED,
}
_numbers = count(1)


@pytest.fixture(scope="module")
def impatient(dovecot_of_the_worker: Dovecot) -> Iterator[Postfix]:
    """A Postfix that warns after one second, and gives up after three."""
    with Postfix(dovecot_of_the_worker, impatient=True) as server:
        yield server


@pytest.fixture(params=[True, False], ids=["sub-addresses", "no sub-addresses"])
def sent(
    world: World, impatient: Postfix, dovecot: Dovecot, request: pytest.FixtureRequest
) -> Iterator[MailWorld]:
    """The directive went out to an office of each kind."""
    number = next(_numbers)
    targets = {
        STORED: Address(f"stored{number}@delivered.test"),
        PASSED_ON: Address(dovecot.add(f"passedon{number}@donvi.example")),
        REMOTE: Address(f"remote{number}@donvi.test"),
        UNKNOWN: Address(f"unknown{number}@donvi.example"),
        FULL: Address(dovecot.add(f"full{number}@donvi.example", quota_octets=10)),
        BUSY: Address(f"busy{number}@donvi.test"),
    }
    impatient.remote.behave(targets[BUSY], "450 4.3.0 try again later")
    with MailWorld(world, impatient, targets, plus_addressing=request.param) as mail:
        world.began()
        yield mail


def test_each_report_is_read_as_what_it_says_about_the_right_dispatch(sent: MailWorld) -> None:
    sent.turn_until(
        lambda: {office: sent.dispatch(office).status for office in EXPECTED} == STATUSES,
        "every dispatch has the status of its report",
    )
    events: dict[OfficeId, list[DispatchEvent | None]] = {office: [] for office in EXPECTED}
    for content in map(take_apart, sent.own_mail()):
        for report in content.reports:
            (office,) = [o for o in EXPECTED if sent.dispatch(o).token == report.envelope_id]
            dispatch = sent.dispatch(office)
            events[office].append(report.event)
            assert report.recipient == sent.targets[office]
            assert report.original_message_id == dispatch.message_id
            assert CODES.get(office, "2.") in report.detail
            assert (dispatch.token in content.tokens) is sent.plus_addressing
    assert events == EXPECTED


def test_reports_reach_what_the_office_is_shown_as_and_a_person(sent: MailWorld) -> None:
    sent.turn_until(
        lambda: sent.dispatch(BUSY).status is DispatchStatus.DELAYED, "a delay is reported"
    )
    assert sent.world.assignment(BUSY).status is AssignmentStatus.SENT
    sent.turn_until(
        lambda: sent.dispatch(BUSY).status is DispatchStatus.BOUNCED, "its end is reported"
    )
    reviews = sent.world.reviews(ReviewKind.UNDELIVERABLE)
    assert {review.office for review in reviews} == {UNKNOWN, FULL, BUSY}
    assert sent.world.assignment(STORED).status is AssignmentStatus.DELIVERED
    assert sent.world.assignment(UNKNOWN).status is AssignmentStatus.UNREACHED
    # What machines write causes no mail: each office that can be reached got the one letter.
    assert len(sent.letters(PASSED_ON)) == 1
    assert len(sent.postfix.delivered(sent.targets[STORED])) == 1
    taken = [address for address, _ in sent.postfix.remote.taken]
    assert taken.count(sent.targets[REMOTE]) == 1
    assert sent.targets[BUSY] not in taken
