"""A full mailbox is read in other processes: a message that ends them is set aside, no other."""

import os
import signal
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest

from connector.store.evidence import FolderEvidence
from domain.kinds import ReviewKind
from domain.status import AssignmentStatus, RawStatus
from dondoc.reading_ahead import MANY, ReadingAhead
from dondoc.services.collect_mail import collect_mail
from dondoc.services.own_words import OwnWords, own_words
from mappings.reply.phrases import Phrases
from tests.integration.services.service_parts import MINH_TIEN, YEN_SON
from tests.integration.services.service_world import World

HOUR = timedelta(hours=1)


def dies(raw: bytes, phrases: Phrases) -> OwnWords:
    if b"\nX-Poison:" in raw:
        os.kill(os.getpid(), signal.SIGKILL)
    return own_words(raw, phrases)


@pytest.fixture
def ahead(begun: World, tmp_path: Path) -> ReadingAhead:
    folder = FolderEvidence(tmp_path / "evidence")
    for digest in begun.app.evidence.digests():
        folder.put(begun.app.evidence.get(digest))
    opening = partial(FolderEvidence, tmp_path / "evidence", read_only=True)
    found = ReadingAhead(opening, processes=2, read=dies)
    begun.change(evidence=folder, ahead=found)
    return found


def test_a_message_that_ends_its_process_is_set_aside_and_all_others_are_read(
    begun: World, ahead: ReadingAhead
) -> None:
    begun.turn(later=HOUR)
    before = set(begun.raws())
    begun.answer(MINH_TIEN, "Đã nhận.", headers=[("X-Poison", "yes")])
    for number in range(MANY):
        begun.answer(YEN_SON, f"Đã nhận được công văn, lần {number}.")
    begun.turn(later=HOUR)
    came = [raw for position, raw in begun.raws().items() if position not in before]
    aside = [raw.outcome for raw in came if raw.status is not RawStatus.READ]
    assert len(came) == MANY + 1
    assert aside == ["the message cannot be read: the processes that read it crashed"]
    assert begun.assignment(MINH_TIEN).status is AssignmentStatus.SENT
    assert begun.assignment(YEN_SON).status is AssignmentStatus.ACKNOWLEDGED
    assert begun.app.ledger.differences() == []
    assert ahead.processes == ()


def test_what_an_earlier_daemon_left_unread_is_never_read_in_this_process(
    begun: World, ahead: ReadingAhead
) -> None:
    begun.answer(MINH_TIEN, "Đã nhận.", headers=[("X-Poison", "yes")])
    begun.answer(YEN_SON, "Đã nhận.")
    collect_mail(begun.app, begun.now)
    begun.turn(later=HOUR)
    aside = [raw.outcome for raw in begun.raws().values() if raw.status is RawStatus.QUARANTINED]
    assert aside == ["the message cannot be read: the processes that read it crashed"]
    assert begun.assignment(MINH_TIEN).status is AssignmentStatus.SENT
    assert begun.assignment(YEN_SON).status is AssignmentStatus.ACKNOWLEDGED
    assert ahead.processes == ()


def test_a_header_alone_that_was_left_says_that_it_is_one(
    begun: World, ahead: ReadingAhead
) -> None:
    scan = ("quet.pdf", "application/pdf", b"%PDF-1.4\n" + b"0" * 2_000_000)
    begun.answer(YEN_SON, "Em gửi ạ.", files=[scan], headers=[("X-Poison", "yes")])
    collect_mail(begun.app, begun.now)
    begun.turn(later=HOUR)
    assert "only its header was fetched" in begun.review(ReviewKind.UNREADABLE).reason


def test_a_single_message_is_read_in_this_process(begun: World, ahead: ReadingAhead) -> None:
    begun.answer(YEN_SON, "Đã nhận.")
    begun.turn(later=HOUR)
    assert begun.assignment(YEN_SON).status is AssignmentStatus.ACKNOWLEDGED
    assert ahead.processes == ()
