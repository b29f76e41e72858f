"""What every ledger keeps to when several appends are committed together."""

import pytest

from connector.store.memory import MemoryLedger
from domain.campaign import Channel
from domain.errors import DuplicateEvent, InvariantViolation
from domain.facts import Recorded
from domain.ports import Ledger
from domain.state import STATES, DispatchStanding, DispatchState, RawState, standing_of
from tests.contract import ledger_story as story
from tests.contract.ledger_story import NOW, OFFICES, dispatch_id

FIRST, SECOND = OFFICES


def contents(ledger: Ledger) -> tuple[list[Recorded], list[object]]:
    return list(ledger.events()), [row for kind in STATES for row in ledger.select(kind)]


class LedgerBlockContract:
    """Give a fixture ``ledger`` that is empty."""

    def test_what_is_appended_together_is_what_is_appended_one_by_one(self, ledger: Ledger) -> None:
        steps = [story.attempted(FIRST), story.accepted(FIRST), story.replied(FIRST)]
        events = [*story.beginning(), *steps]
        alone = MemoryLedger()
        with ledger.together() as block:
            for event in events:
                assert alone.append([event], recorded_at=NOW) == block.append(
                    [event], recorded_at=NOW
                )
            inside = contents(block)
            assert block.find(events[-1].source, events[-1].source_key) is not None
            named = block.select_any(DispatchState, dispatch=[dispatch_id(FIRST)], token=["none"])
            assert [row.dispatch for row in named] == [dispatch_id(FIRST)]
            assert list(block.events(office=FIRST)) == list(alone.events(office=FIRST))
        assert contents(ledger) == contents(alone) == inside
        assert ledger.differences() == []
        more = ledger.append([story.arrived(9)], recorded_at=NOW)
        assert more[0].sequence == len(events) + 1

    def test_an_append_that_is_refused_leaves_its_block_as_it_was(self, ledger: Ledger) -> None:
        ledger.append(story.beginning()[:2], recorded_at=NOW)
        with ledger.together() as block:
            block.append(story.beginning()[2:4], recorded_at=NOW)
            for again in (story.beginning()[0], story.beginning()[3]):
                with pytest.raises(DuplicateEvent) as caught:
                    block.append([story.arrived(7), again], recorded_at=NOW)
                assert (caught.value.source, caught.value.source_key) == (
                    again.source,
                    again.source_key,
                )
            assert block.select(RawState) == []
            block.append(story.beginning()[4:], recorded_at=NOW)
        assert [one.event for one in ledger.events()] == story.beginning()
        assert ledger.differences() == []

    def test_a_block_that_fails_records_nothing(self, ledger: Ledger) -> None:
        ledger.append(story.beginning()[:1], recorded_at=NOW)
        before = contents(ledger)
        with pytest.raises(DuplicateEvent), ledger.together() as block:
            # The second one repeats what the first one recorded, and nobody catches that.
            [block.append(story.beginning()[1:], recorded_at=NOW) for _ in range(2)]
        assert contents(ledger) == before
        ledger.append(story.beginning()[1:], recorded_at=NOW)
        assert ledger.differences() == []

    def test_rows_are_found_by_any_of_several_values(self, ledger: Ledger) -> None:
        ledger.append(story.beginning(), recorded_at=NOW)
        first = ledger.get(DispatchState, (dispatch_id(FIRST),))
        assert first is not None
        name = first.dispatch
        assert ledger.select_any(DispatchState, dispatch=[name, "no such"], token=[]) == [first]
        both = ledger.select_any(DispatchState, dispatch=[name], office=[SECOND])
        assert {row.office for row in both} == {FIRST, SECOND}
        assert [row.key for row in both] == sorted(row.key for row in both)
        assert ledger.select_any(DispatchState) == []

    def test_standings_are_the_sendings_without_their_letters(self, ledger: Ledger) -> None:
        ledger.append(story.beginning(), recorded_at=NOW)
        with ledger.together() as block:
            block.append([story.attempted(FIRST)], recorded_at=NOW)
            inside = block.standings()
        assert ledger.standings() == inside
        assert inside == [standing_of(row) for row in ledger.select(DispatchState)]
        assert [type(one) for one in inside] == [DispatchStanding] * len(inside)
        (one,) = ledger.standings(office=FIRST, channel=Channel.EMAIL)
        assert (one.dispatch, one.attempts) == (dispatch_id(FIRST), 1)
        with pytest.raises(InvariantViolation, match="cannot be selected"):
            ledger.standings(letter="none")
