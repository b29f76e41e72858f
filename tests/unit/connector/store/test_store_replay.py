"""Row layouts, and comparing kept rows with rebuilt ones."""

from collections.abc import Callable
from dataclasses import fields, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from connector.store.disk_failures import of_disk
from connector.store.memory import MemoryLedger
from connector.store.memory_rows import MemoryRows
from connector.store.replay import differences, rebuild
from connector.store.rows import COLUMNS, LAYOUTS
from domain.errors import DuplicateEvent
from domain.facts import Recorded
from domain.state import STATES, CompilationState, DispatchState, State
from tests.contract import ledger_story as story
from tests.contract.ledger_story import NOW, OFFICES


def test_every_row_type_has_a_layout() -> None:
    assert set(LAYOUTS) == set(STATES)
    assert len({layout.table for layout in LAYOUTS.values()}) == len(STATES)


@pytest.mark.parametrize("kind", STATES)
def test_layouts_name_the_members_of_the_key(kind: type[State]) -> None:
    names = LAYOUTS[kind].key
    given = {field.name: field.name for field in fields(kind)}
    make: Callable[..., State] = kind
    row = make(**{**given, **({"version": 7} if kind is CompilationState else {})})
    expected = tuple("007" if name == "version" else name for name in names)
    assert row.key == expected
    assert {*names, *LAYOUTS[kind].unique} <= {column.name for column in COLUMNS[kind]}


def kept() -> tuple[MemoryRows, list[Recorded]]:
    ledger = MemoryLedger()
    events = ledger.append(story.beginning(), recorded_at=NOW)
    return rebuild(ledger.events()), events


def test_rows_rebuilt_from_the_same_events_do_not_differ() -> None:
    rows, events = kept()
    assert differences(rows, rebuild(events)) == []


def test_a_difference_names_type_key_column_and_both_values() -> None:
    rows, events = kept()
    dispatch = story.dispatch_id(OFFICES[0])
    row = rows.get(DispatchState, (dispatch,))
    assert row is not None
    rows.put(replace(row, attempts=3, due_at=datetime(2025, 1, 1, tzinfo=UTC)))
    assert differences(rows, rebuild(events)) == [
        f"DispatchState {dispatch}: attempts is kept as 3, rebuilt as 0",
        f"DispatchState {dispatch}: due_at is kept as {datetime(2025, 1, 1, tzinfo=UTC)!r}, "
        f"rebuilt as {row.due_at!r}",
    ]


def test_rows_on_one_side_only_are_named() -> None:
    rows, events = kept()
    fewer = rebuild(events[:-1])
    dispatch = story.dispatch_id(OFFICES[1])
    assert differences(rows, fewer) == [f"DispatchState {dispatch}: kept, but no event makes it"]
    assert differences(fewer, rows) == [
        f"DispatchState {dispatch}: made by the events, but not kept"
    ]


def test_replay_refuses_a_second_sending_of_the_same() -> None:
    rows, _ = kept()
    again = story.planned(OFFICES[0], key="again", dispatch="another-name")
    with pytest.raises(DuplicateEvent):
        rows.record(Recorded(sequence=99, recorded_at=NOW, event=again))


def test_a_disk_error_without_a_number_still_gives_advice() -> None:
    assert str(of_disk("evidence x", OSError("odd"))) == (
        "evidence x: OSError; the disk reported an error: look at the system log and at the free "
        "space"
    )
    assert "read-only" in str(of_disk(str(Path("x")), OSError(30, "Read-only file system")))
