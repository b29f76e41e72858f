"""Facts and column values as text, and back."""

import dataclasses
import types
import typing
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, timezone
from enum import Enum

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.store import codec
from connector.store.rows import COLUMNS
from domain.campaign import Channel
from domain.directive import StoredFile
from domain.errors import InvariantViolation, StoreFailed
from domain.facts import Event, Fact, RawRead, StoreRestored
from domain.ids import Digest, RawId
from domain.kinds import RestorationCause
from domain.state import STATES, State

NOW = datetime(2024, 11, 8, 10, 0, tzinfo=UTC)
PLAIN: dict[object, st.SearchStrategy[object]] = {
    str: st.text(max_size=20),
    int: st.integers(),
    bool: st.booleans(),
    date: st.dates(),
    # A day from either end of the calendar: an instant must exist in UTC, too.
    datetime: st.datetimes(
        datetime(1, 1, 2),  # noqa: DTZ001
        datetime(9999, 12, 30),  # noqa: DTZ001
        timezones=st.sampled_from([UTC, timezone(timedelta(hours=7))]),
    ),
    types.NoneType: st.none(),
}


def values(hint: typing.Any) -> st.SearchStrategy[object]:  # any type expression
    """Return a strategy for values of one type as the domain's records use it."""
    if isinstance(hint, typing.NewType):
        return values(hint.__supertype__)
    if hint in PLAIN:
        return PLAIN[hint]
    members = typing.get_args(hint)
    if typing.get_origin(hint) is tuple:
        return st.lists(values(members[0]), max_size=3).map(tuple)
    if members:
        return st.one_of(*map(values, members))
    if issubclass(hint, Enum):
        return st.sampled_from(hint)
    hints = typing.get_type_hints(hint)
    fields = {field.name: values(hints[field.name]) for field in dataclasses.fields(hint)}
    return st.builds(hint, **fields)


FACTS = st.one_of(*(values(kind) for kind in typing.get_args(Fact)))
ROWS = st.one_of(*(values(kind) for kind in STATES))


def recorded(happened: Fact, /, **changes: object) -> dict[str, object]:
    event = Event(source="mail", source_key="7:1", occurred_at=NOW, fact=happened)
    return {**codec.event_columns(event, NOW), "sequence": 1, **changes}


READ = RawRead(raw=RawId("mail|1"), outcome="báo cáo", warnings=("cắt bớt",))


@given(FACTS)
def test_every_fact_comes_back_as_it_was(fact: object) -> None:
    kept = recorded(typing.cast(Fact, fact))
    back = codec.recorded_of(kept).event.fact
    assert back == fact
    assert type(back) is type(fact)
    again = recorded(back)
    assert again["payload"] == kept["payload"]


@given(ROWS)
def test_every_column_of_a_row_comes_back_as_it_was(value: object) -> None:
    row = typing.cast(State, value)
    for column in COLUMNS[type(row)]:
        member = getattr(row, column.name)
        if member is not None and column.plain not in (str, int, bool):
            text = codec.column_text(column.hint, member)
            back = codec.column_value(column.hint, text)
            assert back == member
            assert type(back) is type(member)


def test_the_text_is_canonical() -> None:
    assert recorded(READ)["payload"] == (
        '{"about":{"campaign":null,"office":null,"round":null},"outcome":"báo cáo",'
        '"raw":"mail|1","warnings":["cắt bớt"]}'
    )


def test_columns_name_what_an_event_is_about() -> None:
    kept = recorded(READ, evidence="ab" * 32)
    assert kept == {
        "sequence": 1,
        "fact": "RawRead",
        "version": 1,
        "campaign": None,
        "round": None,
        "office": None,
        "dispatch": None,
        "source": "mail",
        "source_key": "7:1",
        "occurred_at": "2024-11-08T10:00:00.000000Z",
        "recorded_at": "2024-11-08T10:00:00.000000Z",
        "evidence": "ab" * 32,
        "payload": kept["payload"],
    }
    assert codec.recorded_of(kept).event.evidence == "ab" * 32


@given(st.lists(st.datetimes(timezones=st.just(UTC)), min_size=2, max_size=2))
def test_instants_are_ordered_as_their_texts(instants: list[datetime]) -> None:
    texts = [codec.instant_text(instant) for instant in instants]
    assert (texts[0] < texts[1]) == (instants[0] < instants[1])


def test_instants_come_back_in_utc_inside_facts_too() -> None:
    hanoi = datetime(2024, 11, 8, 17, tzinfo=timezone(timedelta(hours=7)))
    kind = tuple[datetime, ...]
    assert codec.dumps(kind, (hanoi,)) == '["2024-11-08T10:00:00.000000Z"]'
    (back,) = typing.cast(tuple[datetime], codec.loads(kind, codec.dumps(kind, (hanoi,))))
    assert back == hanoi
    assert back.tzinfo is UTC


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        ({"fact": "RawBurnt"}, "event 1: unknown fact RawBurnt version 1; use the Dondoc version"),
        ({"version": 2}, "event 1: unknown fact RawRead version 2; use the Dondoc version"),
        ({"payload": '{"raw":"mail|1"}'}, "RawRead.*cannot be read: outcome; use"),
        ({"payload": '{"raw":1,"outcome":""}'}, "RawRead.*cannot be read: raw; use"),
        ({"payload": '{"outcome":"","raw":"","spam":1}'}, "RawRead has unknown members spam"),
        ({"payload": "{"}, "damaged.*RawRead.*is no JSON"),
        ({"payload": "[]"}, "RawRead.*cannot be read"),
        ({"occurred_at": "yesterday"}, "damaged: 'yesterday' is no instant"),
    ],
)
def test_what_cannot_be_read_is_said_clearly(changes: dict[str, object], what: str) -> None:
    with pytest.raises(StoreFailed, match=what):
        codec.recorded_of(recorded(READ, **changes))


@pytest.mark.parametrize(
    ("hint", "text"),
    [(Channel, "pigeon"), (date, "today"), (datetime, "now"), (tuple[StoredFile, ...], "[1]")],
)
def test_a_column_that_cannot_be_read_is_said_clearly(hint: object, text: str) -> None:
    with pytest.raises(StoreFailed):
        codec.column_value(hint, text)


@pytest.mark.parametrize(
    ("write", "what"),
    [
        (lambda: codec.instant_text(datetime(2024, 1, 1)), "no time zone"),  # noqa: DTZ001
        (lambda: codec.dumps(tuple[Digest, ...], (1,)), "does not fit"),
        (lambda: codec.dumps(Digest, "\udc80"), "lone surrogate"),
        (lambda: codec.dumps(object, object()), "does not fit"),
    ],
)
def test_what_cannot_be_written_is_our_bug(write: Callable[[], str], what: str) -> None:
    with pytest.raises(InvariantViolation, match=what):
        write()


def test_a_restoration_of_before_causes_were_known_was_one_from_a_backup() -> None:
    kept = '{"made_at":"2024-05-08T15:00:00.000000Z"}'
    made_at = datetime(2024, 5, 8, 15, tzinfo=UTC)
    assert codec.loads(StoreRestored, kept) == StoreRestored(
        made_at=made_at, cause=RestorationCause.BACKUP
    )
