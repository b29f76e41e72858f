"""Mail that comes twice, and mail that only seems to: one is a copy, the other must not be lost."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from email import message_from_bytes

import pytest

from connector.store.memory import MemoryEvidence
from domain.facts import Event, RawRead
from domain.kinds import ReplyKind, ReviewKind
from domain.reading import LiveRound
from domain.state import RawState
from domain.status import AssignmentStatus, RawStatus
from dondoc.app import App
from dondoc.demo import texts
from dondoc.services.read_mail import read_mail
from tests.integration.services.service_parts import MAILBOX, MINH_TIEN, YEN_SON
from tests.integration.services.service_world import World

HOUR = timedelta(hours=1)


def test_a_report_sent_twice_counts_once(begun: World) -> None:
    raw = begun.answer(MINH_TIEN, "Em gửi báo cáo ạ.", files=begun.report(MINH_TIEN))
    begun.arrive(raw)
    begun.turn(later=HOUR)
    assert len(begun.replies(MINH_TIEN)) == 1
    assert begun.latest_raw().outcome == "known already"
    begun.mail.renumber(MAILBOX)  # restored from a backup: everything is taken in again
    begun.turn(later=HOUR)
    assert len(begun.replies(MINH_TIEN)) == 1
    assert begun.latest_raw().status is RawStatus.READ


def _as_one(begun: World, first: bytes, second: bytes) -> None:
    """Put two messages in the mailbox, the second under the Message-ID and Date of the first."""
    fields = message_from_bytes(first), message_from_bytes(second)
    begun.mail.folder(MAILBOX).messages.pop()
    for name in ("Message-ID", "Date"):
        one, other = (str(message[name]).encode() for message in fields)
        assert second.count(other) == 1
        second = second.replace(other, one)
    begun.arrive(second)


def test_another_text_under_the_same_message_id_is_read_too(begun: World) -> None:
    first = begun.answer(MINH_TIEN, "Đã nhận.")
    _as_one(begun, first, begun.answer(MINH_TIEN, texts.NIL_REPORT))
    begun.turn(later=HOUR)
    assert {r.kind for r in begun.replies(MINH_TIEN)} == {
        ReplyKind.ACKNOWLEDGEMENT,
        ReplyKind.REPORT,
    }


def test_two_offices_may_use_one_message_id_and_the_same_words(begun: World) -> None:
    first = begun.answer(MINH_TIEN, "Đã nhận.")
    second = begun.answer(YEN_SON, "Đã nhận.")
    head, body = second.partition(b"\r\n\r\n")[0], first.partition(b"\r\n\r\n")[2]
    assert b"multipart" not in head
    _as_one(begun, first, head + b"\r\n\r\n" + body)
    begun.turn(later=HOUR)
    for office in (MINH_TIEN, YEN_SON):
        assert begun.assignment(office).status is AssignmentStatus.ACKNOWLEDGED


def _claiming(monkeypatch: pytest.MonkeyPatch, *names: tuple[str, str]) -> None:
    """Let the message at 1:4 lead to events of these sources and keys."""

    def reader(
        rounds: Sequence[LiveRound], app: App, raw: RawState, now: datetime
    ) -> Sequence[Event]:
        if raw.position != "1:4":
            return read_mail(rounds, app, raw, now)
        fact = RawRead(raw=raw.raw, outcome="report")
        return [
            Event(source=source, source_key=key, occurred_at=now, fact=fact, evidence=raw.digest)
            for source, key in names
        ]

    monkeypatch.setattr("dondoc.services.reading.read_mail", reader)


@pytest.mark.parametrize("names", [[("directive", "nq47")], [("mail", "twice"), ("mail", "twice")]])
def test_a_place_that_something_else_has_taken_is_shown_and_the_next_is_read(
    begun: World, monkeypatch: pytest.MonkeyPatch, names: list[tuple[str, str]]
) -> None:
    _claiming(monkeypatch, *names)
    begun.answer(MINH_TIEN, "Đã nhận.")
    begun.answer(YEN_SON, "Đã nhận.")
    begun.turn(later=HOUR)
    raw = begun.raws()["1:4"]
    assert raw.status is RawStatus.QUARANTINED
    assert " ".join(names[0]) in raw.outcome
    assert begun.review(ReviewKind.UNREADABLE).reason == raw.outcome
    assert begun.assignment(YEN_SON).status is AssignmentStatus.ACKNOWLEDGED


def test_a_copy_of_what_can_no_longer_be_looked_up_waits(begun: World) -> None:
    raw = begun.answer(MINH_TIEN, "Đã nhận.")
    begun.turn(later=HOUR)
    assert isinstance(begun.app.evidence, MemoryEvidence)
    del begun.app.evidence._contents[begun.latest_raw().digest]
    begun.arrive(b"Received: from relay.example\r\n" + raw)
    begun.turn(later=HOUR)
    assert begun.latest_raw().status is RawStatus.QUARANTINED
    assert len(begun.replies(MINH_TIEN)) == 1
