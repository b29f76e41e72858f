"""What one packet costs does not grow with the offices: counted in rows read and comparisons."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from domain.campaign import Channel, ExchangeMode
from domain.facts import DispatchFollowed, ReplyRecorded
from domain.ids import OfficeId, OrganId
from domain.office import Directory, Office
from domain.organs import OrganTable
from domain.state import DirectiveState, DispatchState, ReviewState
from dondoc.services.collect import collect
from dondoc.services.following import follow
from dondoc.services.reading import read_arrived
from dondoc.services.turn import mail_turn
from tests.integration.services.follow_parts import row
from tests.integration.services.service_parts import MINH_TIEN, OFFICES, RULES, Y_TE
from tests.integration.services.service_world import World

FEW, MANY = 20, 120
FIRST = 100
"""The further offices have the identifiers H37.99.100 and so on."""


class _Counting:
    """A ledger that counts the rows which it is asked for, and its questions."""

    def __init__(self, ledger: Any) -> None:
        self._ledger, self.cost = ledger, 0

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._ledger, name)
        if name not in {"get", "find", "select", "select_any", "standings", "dispatches_of"}:
            return found

        def counted(*given: Any, **named: Any) -> Any:
            answer = found(*given, **named)
            self.cost += 1 + (len(answer) if isinstance(answer, list) else 0)
            return answer

        return counted


@pytest.fixture
def compared(monkeypatch: pytest.MonkeyPatch) -> list[OrganId]:
    """Gather what identifiers are compared with."""
    found: list[OrganId] = []
    compare = OrganTable.compare

    def counted(table: OrganTable, a: OrganId, b: OrganId, *formula: Any) -> Any:
        found.append(b)
        return compare(table, a, b, *formula)

    monkeypatch.setattr(OrganTable, "compare", counted)
    return found


def organ(number: int) -> OrganId:
    return OrganId(f"H37.99.{FIRST + number}")


def world_of(folder: Path, others: int, mode: ExchangeMode) -> World:
    world = World(output=folder / f"result-{others}", rules=replace(RULES, exchange=mode))
    further = [
        Office(
            id=OfficeId(f"xa-{n}"), name=f"UBND xã Hòa Lạc {n}", groups=("xa",), organ_id=organ(n)
        )
        for n in range(others)
    ]
    world.change(directory=Directory([*OFFICES, *further]))
    return world.began()


def costs_of_reading(world: World, compared: list[OrganId]) -> tuple[int, int]:
    """Read what waits on the exchange; return what was asked of the ledger, and compared."""
    collect(world.app, world.now)
    ledger, before = _Counting(world.app.ledger), len(compared)
    read_arrived(replace(world.app, ledger=ledger), world.now)
    return ledger.cost, len(compared) - before


def added_by_three_more(
    make: Callable[[], World], put: Callable[[World, int], object], compared: list[OrganId]
) -> tuple[int, int]:
    """Return what three packets cost beyond the first one, which asks for what lasts."""
    costs = []
    for packets in (1, 4):
        world = make()
        for number in range(packets):
            put(world, number)
        costs.append(costs_of_reading(world, compared))
        assert world.consistent() == []
    (one_asked, one_compared), (four_asked, four_compared) = costs
    return four_asked - one_asked, four_compared - one_compared


def test_a_status_that_proves_a_sending_of_the_e_office(
    tmp_path: Path, compared: list[OrganId]
) -> None:
    def put(world: World, number: int) -> None:
        (taken,) = world.app.ledger.select(DirectiveState)
        some = world.dispatch(MINH_TIEN, Channel.EMAIL)
        world.put_status(some, "03", sender=organ(number), document_id=taken.document_id)

    few, many = (
        added_by_three_more(
            partial(world_of, tmp_path, others, ExchangeMode.FOLLOW),
            put,
            compared,
        )
        for others in (FEW, MANY)
    )
    assert few == many
    assert max(many) < 4 * FEW


def test_a_document_that_points_at_nothing(tmp_path: Path, compared: list[OrganId]) -> None:
    def put(world: World, number: int) -> None:
        world.put_answer(
            world.dispatch(Y_TE, Channel.EXCHANGE), number=str(number + 1), response_for=()
        )

    few, many = (
        added_by_three_more(
            partial(world_of, tmp_path, others, ExchangeMode.SEND),
            put,
            compared,
        )
        for others in (FEW, MANY)
    )
    assert few == many
    assert max(many) < 5 * FEW


def test_an_identifier_that_only_our_letter_bears(tmp_path: Path, compared: list[OrganId]) -> None:
    def renamed(others: int) -> World:
        world = world_of(tmp_path, others, ExchangeMode.SEND)
        offices = (
            replace(o, organ_id=OrganId("H37.99.77")) if o.id == Y_TE else o
            for o in world.app.directory.offices
        )
        world.change(directory=Directory(offices))
        return world

    def put(world: World, number: int) -> None:
        world.put_answer(
            world.dispatch(Y_TE, Channel.EXCHANGE), number=str(number + 1), response_for=()
        )

    few, many = (
        added_by_three_more(partial(renamed, others), put, compared) for others in (FEW, MANY)
    )
    assert few == many
    world = renamed(FEW)
    put(world, 0)
    world.turn()
    facts = [recorded.event.fact for recorded in world.app.ledger.events(office=Y_TE)]
    counted = any(isinstance(fact, ReplyRecorded) for fact in facts)
    assert counted or any(r.office == Y_TE for r in world.app.ledger.select(ReviewState))


def test_a_mail_that_comes_alone(tmp_path: Path) -> None:
    def cost(others: int) -> int:
        world = world_of(tmp_path, others, ExchangeMode.SEND)
        costs = []
        for text in ("Đã nhận được văn bản.", "Xin cảm ơn, đã nhận được."):
            world.answer(MINH_TIEN, text)
            ledger = _Counting(world.app.ledger)
            assert mail_turn(replace(world.app, ledger=ledger), world.now).read > 0
            costs.append(ledger.cost)
        return costs[-1]

    assert cost(FEW) == cost(MANY)


def test_the_rows_of_a_sent_list(tmp_path: Path, compared: list[OrganId]) -> None:
    def cost(others: int) -> tuple[float, float]:
        world = world_of(tmp_path, others, ExchangeMode.FOLLOW)
        world.exchange.listed = [row(organ(n), "done") for n in range(others)]
        world.app.doors[0].sent_list.asked_at = None
        ledger, before = _Counting(world.app.ledger), len(compared)
        follow(replace(world.app, ledger=ledger), world.now)
        followed = [d for d in world.app.ledger.select(DispatchState) if d.followed]
        assert len(followed) == others
        facts = (one.event.fact for one in world.app.ledger.events())
        assert sum(isinstance(fact, DispatchFollowed) for fact in facts) == others
        return ledger.cost / others, (len(compared) - before) / others

    (few_asked, few_compared), (many_asked, many_compared) = cost(FEW), cost(MANY)
    assert many_asked <= few_asked
    assert many_compared == few_compared == 1
