"""What every ledger keeps to, whatever it is kept in."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeAlias

import pytest

from connector.store.postgresql import Server
from connector.store.replay import differences, rebuild
from domain.campaign import Channel
from domain.directive import Directive
from domain.errors import DuplicateEvent, IllegalTransition, InvariantViolation
from domain.facts import DirectiveTaken, RawRead
from domain.ids import CampaignId, OfficeId, RawId
from domain.mail import MailCursor
from domain.ports import Ledger
from domain.state import (
    AgenciesState,
    AssignmentState,
    CursorState,
    DirectiveState,
    DispatchState,
    RawState,
    RecallState,
    ReplyState,
    ReviewState,
    RevocationState,
    RevokedName,
    RoundState,
)
from domain.status import AssignmentStatus, DispatchStatus, RawStatus
from tests.contract import ledger_story as story
from tests.contract.ledger_block_contract import LedgerBlockContract, contents
from tests.contract.ledger_story import CAMPAIGN, HANOI, NOW, OFFICES, ROUND, dispatch_id

FIRST, SECOND = OFFICES
Place: TypeAlias = Path | Server


class LedgerContract(LedgerBlockContract):
    """Give a fixture ``ledger`` that is empty."""

    def test_is_empty_at_first(self, ledger: Ledger) -> None:
        assert contents(ledger) == ([], [])
        assert ledger.get(RawState, ("nothing",)) is None
        assert ledger.dispatches_of(CAMPAIGN, ROUND, FIRST) == []

    def test_events_come_back_in_order_and_whole(self, ledger: Ledger) -> None:
        events = story.beginning()
        first = ledger.append(events[:2], recorded_at=NOW)
        second = ledger.append(events[2:], recorded_at=NOW + timedelta(microseconds=1))
        assert list(ledger.events()) == first + second
        assert [recorded.event for recorded in first + second] == events
        sequences = [recorded.sequence for recorded in first + second]
        assert sequences == sorted(set(sequences))
        assert min(sequences) > 0
        assert {recorded.recorded_at for recorded in first} == {NOW}

    def test_appending_nothing_changes_nothing(self, ledger: Ledger) -> None:
        assert ledger.append([], recorded_at=NOW) == []
        assert contents(ledger) == ([], [])

    def test_what_came_of_a_directive_is_kept_whole(self, ledger: Ledger) -> None:
        events = [
            *story.beginning(),
            *story.what_came_of_the_directive(),
            story.recall(FIRST),
        ]
        ledger.append(events, recorded_at=NOW)
        state = ledger.get(DirectiveState, (CAMPAIGN,))
        assert state is not None
        assert [one.code for one in state.versions] == ["512/UBND-VH", "600/UBND-VH"]
        assert (state.version, state.reason) == (2, "sửa lỗi")
        whole, of_office = ledger.select(RecallState, campaign=CAMPAIGN)
        assert (whole.whole, whole.reason) == (True, "sai thẩm quyền")
        assert (of_office.round, of_office.office) == (ROUND, FIRST)
        (revocation,) = ledger.select(RevocationState)
        assert (revocation.codes, revocation.agreed) == (("512/UBND-VH",), True)
        (named,) = ledger.select(RevokedName, name="code 512 ubnd vh")
        assert named.revocation == revocation.revocation
        assert ledger.select(RevokedName, name="code 512") == []
        letter, request = ledger.dispatches_of(CAMPAIGN, ROUND, FIRST)
        assert (request.recalls, request.edition) == (letter.dispatch, 2)
        assert (letter.recalls, letter.edition) == (None, 1)
        assert [recorded.event for recorded in ledger.events()] == events
        assert ledger.differences() == []

    def test_events_can_be_read_from_a_place_and_by_subject(self, ledger: Ledger) -> None:
        recorded = ledger.append(story.beginning(), recorded_at=NOW)
        assert list(ledger.events(after=recorded[2].sequence)) == recorded[3:]
        assert list(ledger.events(after=recorded[-1].sequence)) == []
        assert list(ledger.events(campaign=CAMPAIGN)) == recorded
        assert list(ledger.events(campaign=CampaignId("other"))) == []
        assert list(ledger.events(campaign=CAMPAIGN, office=SECOND)) == recorded[4:]
        assert list(ledger.events(office=FIRST, after=recorded[2].sequence)) == [recorded[3]]

    def test_a_reader_may_pause_while_the_ledger_grows(self, ledger: Ledger) -> None:
        ledger.append([story.arrived(uid) for uid in range(1, 4)], recorded_at=NOW)
        reader = ledger.events()
        assert next(reader).event == story.arrived(1)
        ledger.append([story.arrived(4)], recorded_at=NOW)
        rest = [recorded.event for recorded in reader]
        assert rest[:2] == [story.arrived(2), story.arrived(3)]
        del reader

    def test_many_events_are_read_page_by_page(self, ledger: Ledger) -> None:
        events = [story.arrived(uid) for uid in range(1, 1102)]
        ledger.append(events, recorded_at=NOW)
        assert [recorded.event for recorded in ledger.events()] == events

    def test_rows_are_there_when_append_returns(self, ledger: Ledger) -> None:
        ledger.append(story.beginning(), recorded_at=NOW)
        (directive,) = ledger.select(DirectiveState)
        fact = story.taken().fact
        assert isinstance(fact, DirectiveTaken)
        assert directive.directive == fact.directive
        assert isinstance(directive.directive, Directive)
        assignment = ledger.get(AssignmentState, (CAMPAIGN, ROUND, FIRST))
        assert assignment is not None
        assert assignment.status is AssignmentStatus.WAITING
        assert assignment.due_at == NOW + timedelta(days=184)
        dispatch = ledger.get(DispatchState, (dispatch_id(FIRST),))
        assert dispatch is not None
        assert dispatch.channel is Channel.EMAIL
        assert dispatch.reply_to is None

    def test_a_batch_sees_itself(self, ledger: Ledger) -> None:
        steps = [story.attempted(FIRST), story.accepted(FIRST), story.replied(FIRST)]
        ledger.append([*story.beginning(), *steps], recorded_at=NOW)
        dispatch = ledger.get(DispatchState, (dispatch_id(FIRST),))
        assert dispatch is not None
        assert (dispatch.status, dispatch.attempts) == (DispatchStatus.ACCEPTED, 1)
        (reply,) = ledger.select(ReplyState, office=FIRST)
        assert reply.attachments == (story.FILE,)
        (reported,) = ledger.select(AssignmentState, status=AssignmentStatus.REPORTED)
        assert reported.office == FIRST

    def test_later_rows_take_the_place_of_earlier_ones(self, ledger: Ledger) -> None:
        ledger.append([story.arrived(1)], recorded_at=NOW)
        read = RawRead(raw=RawId("mail|1"), outcome="report", warnings=("cắt bớt",))
        ledger.append([story.event("read", read), story.arrived(2)], recorded_at=NOW)
        assert [row.status for row in ledger.select(RawState)] == [
            RawStatus.READ,
            RawStatus.ARRIVED,
        ]
        assert ledger.select(CursorState) == [
            CursorState(account="nq47", place="INBOX", cursor=MailCursor("7:2"))
        ]

    def test_a_known_source_key_undoes_the_whole_batch(self, ledger: Ledger) -> None:
        ledger.append(story.beginning(), recorded_at=NOW)
        before = contents(ledger)
        with pytest.raises(DuplicateEvent) as caught:
            ledger.append([story.arrived(1), story.opened(), story.arrived(2)], recorded_at=NOW)
        assert (caught.value.source, caught.value.source_key) == ("test", "opened")
        assert contents(ledger) == before

    def test_a_source_key_twice_in_one_batch_undoes_it(self, ledger: Ledger) -> None:
        with pytest.raises(DuplicateEvent, match="test arrived 1"):
            ledger.append([story.arrived(1), story.arrived(1)], recorded_at=NOW)
        assert contents(ledger) == ([], [])

    def test_the_same_key_of_another_source_is_new(self, ledger: Ledger) -> None:
        ledger.append([story.review("a")], recorded_at=NOW)
        ledger.append([replace(story.review("a"), source="other")], recorded_at=NOW)
        assert len(list(ledger.events())) == 2

    def test_nothing_is_sent_twice_under_another_name(self, ledger: Ledger) -> None:
        ledger.append(story.beginning(), recorded_at=NOW)
        before = contents(ledger)
        again = story.planned(FIRST, key="again", dispatch="another-name")
        with pytest.raises(DuplicateEvent, match="again xa-yen-son"):
            ledger.append([story.arrived(1), again], recorded_at=NOW)
        assert contents(ledger) == before

    def test_an_illegal_transition_undoes_the_whole_batch(self, ledger: Ledger) -> None:
        ledger.append(story.beginning(), recorded_at=NOW)
        before = contents(ledger)
        with pytest.raises(IllegalTransition):
            ledger.append([story.arrived(1), story.accepted(FIRST)], recorded_at=NOW)
        assert contents(ledger) == before

    def test_what_was_undone_can_be_recorded_later(self, ledger: Ledger) -> None:
        with pytest.raises(InvariantViolation):
            ledger.append([story.arrived(1), story.attempted(FIRST)], recorded_at=NOW)
        recorded = ledger.append([story.arrived(1)], recorded_at=NOW)
        assert list(ledger.events()) == recorded

    def test_rows_are_selected_by_any_text_or_truth_in_key_order(self, ledger: Ledger) -> None:
        events = [story.review(name) for name in ("b", "đ", "a", "Z", "é")]
        ledger.append([*story.beginning(), *events], recorded_at=NOW)
        assert [row.review for row in ledger.select(ReviewState, open=True)] == list("Zabéđ")
        assert ledger.select(ReviewState, open=False) == []
        assert [row.office for row in ledger.select(AssignmentState)] == [SECOND, FIRST]
        chosen = ledger.select(DispatchState, status="planned", office=FIRST)
        assert [row.dispatch for row in chosen] == [dispatch_id(FIRST)]
        assert ledger.select(DispatchState, token="t0", status="accepted") == []
        assert ledger.select(DispatchState, status="no such status") == []

    @pytest.mark.parametrize("equals", [{"nothing": "x"}, {"planned_at": "x"}, {"marked": "x"}])
    def test_selecting_by_what_cannot_be_selected_is_our_bug(
        self, ledger: Ledger, equals: dict[str, str]
    ) -> None:
        with pytest.raises(InvariantViolation, match="cannot be selected by"):
            ledger.select(DispatchState, **equals)

    def test_dispatches_of_an_assignment_come_oldest_first(self, ledger: Ledger) -> None:
        late, early = story.planned(FIRST, 2), story.planned(FIRST, 1)
        ledger.append([*story.beginning(), late, early], recorded_at=NOW)
        found = ledger.dispatches_of(CAMPAIGN, ROUND, FIRST)
        assert [row.occurrence for row in found] == [0, 1, 2]
        assert [row.office for row in ledger.dispatches_of(CAMPAIGN, ROUND, SECOND)] == [SECOND]
        assert ledger.dispatches_of(CAMPAIGN, ROUND, OfficeId("nobody")) == []

    def test_dispatches_planned_at_one_instant_come_by_their_ids(self, ledger: Ledger) -> None:
        names = ["nq47/b", "nq47/đ", "nq47/a", "nq47/Z"]
        facts = [story.planned(FIRST, n, dispatch=name) for n, name in enumerate(names, start=1)]
        together = [replace(event, occurred_at=NOW) for event in facts]
        ledger.append([*story.beginning(), *together], recorded_at=NOW)
        found = ledger.dispatches_of(CAMPAIGN, ROUND, FIRST)
        assert [row.dispatch for row in found] == sorted([*names, dispatch_id(FIRST)])

    def test_an_event_is_found_by_what_it_came_from(self, ledger: Ledger) -> None:
        recorded = ledger.append(story.beginning(), recorded_at=NOW)
        for one in recorded:
            assert ledger.find(one.event.source, one.event.source_key) == one
        assert ledger.find("test", "nothing") is None
        assert ledger.find("other", "opened") is None

    def test_the_newest_event_is_the_one_recorded_last(self, ledger: Ledger) -> None:
        assert ledger.newest() is None
        recorded = ledger.append(story.beginning(), recorded_at=NOW)
        assert ledger.newest() == recorded[-1]
        with ledger.together() as block:
            assert block.newest() == recorded[-1]
            (later,) = block.append([story.arrived(1)], recorded_at=NOW)
            assert block.newest() == later
        assert ledger.newest() == later

    def test_what_was_undone_is_not_found(self, ledger: Ledger) -> None:
        with pytest.raises(DuplicateEvent):
            ledger.append([story.arrived(1), story.arrived(1)], recorded_at=NOW)
        assert ledger.find("test", "arrived 1") is None

    def test_text_comes_back_letter_by_letter(self, ledger: Ledger) -> None:
        composed = story.review("Hữu Lũng “đ”\u2028\\ '; DROP TABLE events; -- 📄")
        decomposed = story.review("Hu\u031b\u0303u Lu\u0303ng")
        ledger.append([composed, decomposed], recorded_at=NOW)
        assert [recorded.event for recorded in ledger.events()] == [composed, decomposed]
        names = {row.review for row in ledger.select(ReviewState)}
        assert names == {
            composed.source_key.removeprefix("review "),
            decomposed.source_key.removeprefix("review "),
        }

    def test_broken_text_is_refused_before_anything_is_written(self, ledger: Ledger) -> None:
        with pytest.raises(InvariantViolation, match="surrogate"):
            ledger.append([story.arrived(1), story.review("\udcff")], recorded_at=NOW)
        assert contents(ledger) == ([], [])

    def test_instants_come_back_exactly_and_in_utc(self, ledger: Ledger) -> None:
        ledger.append([story.opened()], recorded_at=datetime(2024, 1, 1, 7, tzinfo=HANOI))
        (recorded,) = ledger.events()
        assert recorded.recorded_at == datetime(2024, 1, 1, tzinfo=UTC)
        assert recorded.recorded_at.tzinfo is UTC
        assert recorded.event.occurred_at == NOW
        (row,) = ledger.select(RoundState)
        assert row.due_at == datetime(2024, 11, 8, 10, tzinfo=UTC)
        assert row.opened_at.microsecond == 123456

    def test_naive_instants_are_our_bug(self, ledger: Ledger) -> None:
        naive = NOW.replace(tzinfo=None)
        with pytest.raises(InvariantViolation, match="no time zone"):
            ledger.append([story.arrived(1)], recorded_at=naive)
        with pytest.raises(InvariantViolation, match="no time zone"):
            ledger.append([replace(story.arrived(1), occurred_at=naive)], recorded_at=NOW)
        assert contents(ledger) == ([], [])

    def test_the_table_of_units_is_the_last_one_taken(self, ledger: Ledger) -> None:
        later = NOW + timedelta(days=1)
        ledger.append([story.agencies(5), story.agencies_again(later)], recorded_at=later)
        (row,) = ledger.select(AgenciesState)
        assert (row.units, row.pairs, row.digest) == (5, 1, story.DIGEST)
        assert (row.taken_at, row.confirmed_at) == (NOW, later)
        ledger.append([story.agencies(7, at=later)], recorded_at=later)
        assert ledger.get(AgenciesState, ("truc",)) == replace(row, units=7, taken_at=later)
        assert ledger.differences() == []

    def test_a_table_that_was_never_taken_is_not_confirmed(self, ledger: Ledger) -> None:
        with pytest.raises(InvariantViolation, match="AgenciesState truc was never recorded"):
            ledger.append([story.agencies_again(NOW)], recorded_at=NOW)
        assert contents(ledger) == ([], [])

    def test_of_threads_that_append_at_once_each_fails_alone(self, ledger: Ledger) -> None:
        ledger.append([*story.beginning(), story.review("taken")], recorded_at=NOW)

        def append(number: int) -> list[int]:
            events = [story.review(f"r{number}")]
            if number % 4 == 0:
                events.append(story.review("taken"))
            try:
                return [one.sequence for one in ledger.append(events, recorded_at=NOW)]
            except DuplicateEvent:
                return []

        with ThreadPoolExecutor(8) as pool:
            found = list(pool.map(append, range(80)))
        assert [bool(sequences) for sequences in found] == [bool(n % 4) for n in range(80)]
        kept = {one.event.source_key: one.sequence for one in ledger.events()}
        assert {f"review r{n}": found[n][0] for n in range(80) if n % 4}.items() <= kept.items()
        assert not {f"review r{n}" for n in range(0, 80, 4)} & kept.keys()
        assert ledger.differences() == []

    def test_replay_gives_the_same_rows(self, ledger: Ledger) -> None:
        steps = [story.attempted(FIRST), story.accepted(FIRST), story.replied(FIRST)]
        ledger.append([*story.beginning(), *steps, story.review("a")], recorded_at=NOW)
        assert differences(ledger, rebuild(ledger.events())) == []
        assert ledger.differences() == []
