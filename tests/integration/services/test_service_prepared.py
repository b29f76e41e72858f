"""Messages are read before the block that records them, and few are held at one time."""

from collections import deque
from datetime import timedelta

import pytest

from domain.state import RawState
from domain.status import AssignmentStatus, RawStatus
from dondoc.services import prepared, reading
from dondoc.services.collect import collect
from dondoc.services.own_words import OwnWords, own_words
from mappings.reply.phrases import Phrases
from tests.integration.services.service_parts import MINH_TIEN, YEN_SON
from tests.integration.services.service_world import World

HOUR = timedelta(hours=1)


def waiting(world: World) -> deque[RawState]:
    world.now += HOUR
    collect(world.app, world.now)
    found = world.app.ledger.select(RawState, status=RawStatus.ARRIVED)
    return deque(sorted(found, key=lambda raw: raw.arrival))


def test_large_messages_are_recorded_in_blocks_of_their_own(
    begun: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    annex = ("phu-luc.bin", "application/octet-stream", b"x" * 300_000)
    for _ in range(5):
        begun.answer(MINH_TIEN, "Đã nhận.", files=[annex])
    monkeypatch.setattr(prepared, "_OCTETS", 1_000_000)
    rest = waiting(begun)
    blocks = []
    while rest:
        some, found = prepared.prepare_some(begun.app, rest, begun.now)
        assert set(found) == {raw.raw for raw in some}
        blocks.append(len(some))
    assert sum(blocks) >= 5
    assert max(blocks) < sum(blocks)
    assert len(blocks) >= 3


def test_what_one_message_does_to_us_is_told_in_its_place(
    begun: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun.answer(MINH_TIEN, "Đã nhận được văn bản. Hỏng.")
    begun.answer(YEN_SON, "Đã nhận được văn bản. Trân trọng.")

    def failing(raw: bytes, phrases: Phrases) -> OwnWords:
        read = own_words(raw, phrases)
        if "Hỏng" in read.content.new_text:
            raise KeyError("the part that nobody thought of")
        return read

    monkeypatch.setattr(prepared, "own_words", failing)
    begun.turn(later=HOUR)
    assert begun.assignment(YEN_SON).status is AssignmentStatus.ACKNOWLEDGED
    (aside,) = begun.app.ledger.select(RawState, status=RawStatus.QUARANTINED)
    assert "KeyError" in aside.outcome


def test_a_message_that_cannot_be_asked_for_with_others_costs_the_others_nothing(
    begun: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(*_: object) -> object:
        raise UnicodeEncodeError("utf-8", "\udc80", 0, 1, "surrogates not allowed")

    monkeypatch.setattr(reading, "pointed_at", failing)
    begun.answer(YEN_SON, "Đã nhận được văn bản. Trân trọng.")
    begun.turn(later=HOUR)
    assert begun.assignment(YEN_SON).status is AssignmentStatus.ACKNOWLEDGED


def test_nothing_is_read_while_the_store_is_held(
    begun: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    held: list[bool] = []
    real = begun.app.ledger.together

    def watched(raw: bytes, phrases: Phrases) -> OwnWords:
        held.append(inside[-1])
        return own_words(raw, phrases)

    inside = [False]

    class Block:
        def __enter__(self) -> object:
            inside.append(True)
            self.block = real()
            return self.block.__enter__()

        def __exit__(self, *error: object) -> bool | None:
            inside.append(False)
            return self.block.__exit__(*error)  # type: ignore[arg-type] # as they came

    monkeypatch.setattr(begun.app.ledger, "together", Block)
    monkeypatch.setattr(prepared, "own_words", watched)
    begun.answer(MINH_TIEN, "Đã nhận được văn bản. Trân trọng.")
    begun.turn(later=HOUR)
    assert begun.assignment(MINH_TIEN).status is AssignmentStatus.ACKNOWLEDGED
    assert held
    assert not any(held)
