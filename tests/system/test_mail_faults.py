"""Dondoc's services on a real Dovecot and Postfix that fail in every way that servers do.

What counts is counted where it lies: in the recipients' mailboxes, in ours, and in the ledger.
"""

from collections import Counter
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest

from domain.ids import Address, OfficeId
from domain.kinds import ReplyKind, ReviewKind
from domain.state import RawState
from domain.status import AssignmentStatus, DispatchStatus
from dondoc.demo.office_mail import Received
from dondoc.demo.reports import report_files
from tests.integration.services.mail_world import MailWorld
from tests.integration.services.service_world import World
from tests.servers.postfix import Postfix

pytestmark = [pytest.mark.system]

OFFICES = [OfficeId(f"xa-{name}") for name in ("mot", "hai", "ba", "bon", "nam")]
ONE, TWO, THREE, *_ = OFFICES
OUT = {DispatchStatus.ACCEPTED, DispatchStatus.RELAYED}
TAKEN = "Đã nhận được văn bản."
_numbers = count(1)


@pytest.fixture
def mail(postfix: Postfix, tmp_path: Path) -> Iterator[MailWorld]:
    """Five offices with mailboxes of their own; the directive is not sent yet."""
    number = next(_numbers)
    targets = {
        office: Address(postfix.dovecot.add(f"{office}.{number}@donvi.example"))
        for office in OFFICES
    }
    world = World(output=tmp_path / "result")
    with MailWorld(world, postfix, targets) as mail:
        yield mail
        assert world.consistent() == []


@pytest.fixture
def begun(mail: MailWorld) -> MailWorld:
    """The directive lies in every office's mailbox, and its blind copy in ours."""
    mail.world.began()
    assert_each_has_one(mail)
    mail.turn()
    return mail


def assert_each_has_one(mail: MailWorld) -> None:
    """Nobody got the directive twice or not at all, and every dispatch says that it went out."""
    for office in OFFICES:
        letters = mail.letters(office)
        assert [Received.of(raw).message_id for raw in letters] == [
            mail.dispatch(office).message_id
        ], office
        assert mail.dispatch(office).status in OUT


def report(mail: MailWorld, office: OfficeId) -> bytes:
    files = report_files(f"Đơn vị {office}", OFFICES.index(office), mail.world.now)
    return mail.answer(office, "Gửi báo cáo kết quả thực hiện.", files=files)


def statuses(mail: MailWorld) -> dict[OfficeId, AssignmentStatus]:
    return {office: mail.world.assignment(office).status for office in OFFICES}


def assert_reported_once(mail: MailWorld) -> None:
    """Every office's one report is counted, once."""
    assert set(statuses(mail).values()) == {AssignmentStatus.REPORTED}
    assert {len(mail.world.replies(office)) for office in OFFICES} == {1}
    assert mail.world.reviews() == []


def assert_taken_once(mail: MailWorld) -> None:
    """Each message of our mailbox is one input of the ledger, and nothing else is."""
    lying = Counter(mail.own_mail())
    taken = [raw for raw in mail.world.app.ledger.select(RawState) if raw.account == "nq47"]
    assert Counter(mail.world.app.evidence.get(raw.digest) for raw in taken) == lying


class TestSending:
    def test_a_server_that_is_killed_and_comes_back_gets_every_letter_once(
        self, mail: MailWorld
    ) -> None:
        mail.postfix.kill()
        mail.world.began()
        # After some failures the others are not tried; none is called sent.
        assert {mail.dispatch(o).status for o in OFFICES} == {
            DispatchStatus.DEFERRED,
            DispatchStatus.PLANNED,
        }
        mail.postfix.start()
        mail.turn_until(
            lambda: (
                {mail.dispatch(o).status for o in OFFICES}
                <= {
                    DispatchStatus.ACCEPTED,
                    DispatchStatus.RELAYED,
                }
            ),
            "all are accepted",
        )
        assert_each_has_one(mail)

    def test_a_line_cut_after_the_dot_mails_nobody_twice(self, mail: MailWorld) -> None:
        mail.postfix.behave(mail.targets[ONE], "drop_after_data")
        mail.postfix.behave(mail.targets[TWO], "lose_after_data")
        mail.world.began()
        assert mail.dispatch(ONE).status is mail.dispatch(TWO).status is DispatchStatus.UNCERTAIN
        assert len(mail.letters(ONE)) == 1
        assert mail.letters(TWO) == []
        mail.postfix.policy.forget()
        mail.turn_until(
            lambda: DispatchStatus.UNCERTAIN not in {mail.dispatch(o).status for o in OFFICES},
            "what was uncertain is known",
        )
        assert_each_has_one(mail)
        assert not mail.dispatch(ONE).marked
        # It was sent again, and says so.
        assert mail.dispatch(TWO).marked

    def test_a_server_killed_at_the_dot_mails_nobody_twice(self, mail: MailWorld) -> None:
        mail.postfix.behave(mail.targets[THREE], "lose_after_data")
        mail.postfix.policy.cut = mail.postfix.kill
        mail.world.began()
        assert mail.dispatch(THREE).status is DispatchStatus.UNCERTAIN
        mail.postfix.policy.forget()
        mail.postfix.start()
        mail.turn_until(
            lambda: {mail.dispatch(o).status for o in OFFICES} <= OUT, "all are accepted"
        )
        assert_each_has_one(mail)
        assert mail.dispatch(THREE).marked

    def test_servers_killed_before_what_was_lost_is_looked_for_mail_nobody_twice(
        self, mail: MailWorld
    ) -> None:
        mail.postfix.behave(mail.targets[ONE], "drop_after_data")
        mail.world.began()
        mail.postfix.policy.forget()
        mail.postfix.settle()
        mail.postfix.dovecot.kill()
        mail.postfix.kill()
        for _ in range(15):  # well past the wait before a probe
            mail.turn()
        assert mail.dispatch(ONE).status is DispatchStatus.UNCERTAIN
        mail.postfix.dovecot.start()
        mail.postfix.start()
        mail.turn_until(
            lambda: mail.dispatch(ONE).status is not DispatchStatus.UNCERTAIN, "it is known"
        )
        assert_each_has_one(mail)

    def test_a_full_mailbox_of_ours_repeats_nothing(self, mail: MailWorld) -> None:
        mail.postfix.dovecot.limit(mail.own, 10)
        mail.world.began()
        assert_each_has_one(mail)
        assert mail.own_mail() == []
        for _ in range(15):
            mail.turn()
        assert_each_has_one(mail)

    def test_a_full_mailbox_of_an_office_is_told_to_a_person(self, mail: MailWorld) -> None:
        mail.postfix.dovecot.limit(mail.targets[ONE], 10)
        mail.world.began()
        mail.turn_until(
            lambda: mail.dispatch(ONE).status is DispatchStatus.BOUNCED, "the bounce is read"
        )
        assert mail.world.review(ReviewKind.UNDELIVERABLE).office == ONE
        assert statuses(mail)[ONE] is AssignmentStatus.UNREACHED
        assert mail.letters(ONE) == []
        assert [len(mail.letters(office)) for office in OFFICES[1:]] == [1, 1, 1, 1]


class TestReading:
    def test_a_line_cut_while_fetching_loses_and_doubles_nothing(self, begun: MailWorld) -> None:
        largest = 0
        for office in OFFICES:
            raw = report(begun, office)
            largest = max(largest, len(raw))
            begun.arrive(raw, office)
        # The line breaks within the login, within a message, between two, and again.
        for octets in (2_000, largest // 2, largest + 5_000, 3 * largest):
            begun.imap.cut_after(octets, again=True)
            begun.turn()
        assert begun.imap.cuts >= 4
        begun.imap.cut_after(None)
        begun.turn()
        assert_reported_once(begun)
        assert_taken_once(begun)

    def test_a_server_killed_while_it_is_read_loses_and_doubles_nothing(
        self, begun: MailWorld
    ) -> None:
        for office in OFFICES:
            begun.arrive(report(begun, office), office)
        inbox = begun.world.app.mail.inbox if begun.world.app.mail else None
        assert inbox is not None
        reading = inbox.mailbox.arrivals("INBOX", None)
        next(reading)
        begun.postfix.dovecot.kill()
        begun.turn()
        assert AssignmentStatus.REPORTED not in statuses(begun).values()
        begun.postfix.dovecot.start()
        begun.turn()
        assert_reported_once(begun)
        assert_taken_once(begun)

    def test_a_mailbox_that_is_numbered_anew_is_read_again_and_counted_once(
        self, begun: MailWorld
    ) -> None:
        for office in OFFICES[:3]:
            begun.arrive(report(begun, office), office)
        begun.turn()
        begun.postfix.dovecot.renumber(begun.own)
        for office in OFFICES[3:]:
            begun.arrive(report(begun, office), office)
        begun.turn()
        begun.turn()
        assert_reported_once(begun)
        assert_each_has_one(begun)

    def test_a_mailbox_that_is_made_anew_loses_nothing_that_was_read(
        self, begun: MailWorld
    ) -> None:
        early = [report(begun, office) for office in OFFICES[:3]]
        for raw, office in zip(early, OFFICES, strict=False):
            begun.arrive(raw, office)
        begun.turn()
        begun.postfix.dovecot.recreate(begun.own)
        # Somebody puts one back from a backup, and the others answer only now.
        begun.arrive(early[1], TWO)
        for office in OFFICES[3:]:
            begun.arrive(report(begun, office), office)
        begun.turn()
        assert_reported_once(begun)
        assert_each_has_one(begun)

    def test_a_message_delivered_twice_counts_once(self, begun: MailWorld) -> None:
        for office in OFFICES:
            raw = report(begun, office)
            begun.arrive(raw, office)
            begun.arrive(raw, office)
        begun.turn()
        assert_reported_once(begun)
        assert_taken_once(begun)

    def test_a_message_id_with_other_content_is_another_message(self, begun: MailWorld) -> None:
        begun.arrive(begun.answer(ONE, TAKEN, message_id="<1@may.example>"), ONE)
        begun.arrive(begun.answer(TWO, TAKEN, message_id="<1@may.example>"), TWO)
        begun.turn()
        assert statuses(begun)[ONE] is statuses(begun)[TWO] is AssignmentStatus.ACKNOWLEDGED
        assert len(begun.world.replies(ONE)) == len(begun.world.replies(TWO)) == 1

    def test_an_office_that_uses_a_message_id_twice_loses_nothing(self, begun: MailWorld) -> None:
        files = report_files("Đơn vị", 0, begun.world.now)
        same = "<may-quet@donvi.example>"
        begun.arrive(begun.answer(ONE, TAKEN, message_id=same), ONE)
        begun.turn()
        begun.arrive(begun.answer(ONE, "Gửi báo cáo.", files=files, message_id=same), ONE)
        begun.turn()
        kinds = [reply.kind for reply in begun.world.replies(ONE)]
        assert kinds == [ReplyKind.ACKNOWLEDGEMENT, ReplyKind.REPORT]
        assert statuses(begun)[ONE] is AssignmentStatus.REPORTED
        assert begun.world.reviews() == []
        assert_taken_once(begun)

    def test_flags_that_people_set_and_remove_hide_and_repeat_nothing(
        self, begun: MailWorld
    ) -> None:
        for office in OFFICES[:2]:
            begun.arrive(report(begun, office), office)
        begun.turn()
        for office in OFFICES[2:]:
            begun.arrive(report(begun, office), office)
        with begun.postfix.dovecot.imap(begun.own) as client:
            client.select_folder("INBOX")
            uids = client.search()
            client.remove_flags(uids[:-3], [b"\\Seen"])
            client.add_flags(uids[-3:], [b"\\Seen", b"\\Flagged"])
        begun.turn()
        with begun.postfix.dovecot.imap(begun.own) as client:
            client.select_folder("INBOX")
            client.add_flags(uids, [b"\\Seen"])
            client.remove_flags(uids, [b"\\Seen"])
        begun.turn()
        assert_reported_once(begun)
        assert_taken_once(begun)

    def test_a_full_mailbox_of_ours_loses_no_answer_unseen(self, begun: MailWorld) -> None:
        for office in OFFICES[1:]:
            begun.arrive(report(begun, office), office)
        raw = report(begun, ONE)
        begun.postfix.dovecot.limit(begun.own, 10)
        begun.send_as(ONE, raw)
        begun.turn()
        assert statuses(begun)[ONE] is not AssignmentStatus.REPORTED
        # The office learns of it from the mail system, and sends again.
        assert [Received.of(letter).report for letter in begun.letters(ONE)] == [False, True]
        begun.postfix.dovecot.limit(begun.own, 0)
        begun.send_as(ONE, raw)
        begun.turn()
        assert_reported_once(begun)
        assert_taken_once(begun)
