"""The table of units over real sockets: both lists of an exchange, and the one of the axis."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from connector.eoffice.lgsp import LgspExchange
from connector.eoffice.vxp import VxpExchange
from domain.ids import OrganId
from domain.ports import DocumentExchange
from domain.state import AgenciesState
from dondoc.app import App, ExchangeDoor
from dondoc.services.agencies import take_agencies
from dondoc.services.organs import same_organ
from dondoc.simulators.eoffice import Agency, Exchange
from dondoc.simulators.lgsp import Account, Axis
from tests.unit.cli.memory_apps import NOW, OWN, SYSTEM, memory_app

UNITS = [
    Agency(code=OWN, name="UBND huyện Hữu Lũng", system=SYSTEM),
    Agency(code="H37.99.1", old_code="000.21.75.H37", name="UBND xã Yên Sơn", system=SYSTEM),
]
NEW, OLD = OrganId("H37.99.1"), OrganId("000.21.75.H37")
GUESSED = OrganId("1.99.H37")


def with_door(app: App, exchange: DocumentExchange) -> App:
    return replace(app, exchange=ExchangeDoor(name="truc", exchange=exchange))


def in_force(app: App) -> AgenciesState:
    (found,) = app.ledger.select(AgenciesState)
    return found


def test_both_lists_of_an_exchange_are_asked_and_a_change_is_known_the_day_after(
    tmp_path: Path,
) -> None:
    app, system = memory_app(tmp_path), {SYSTEM: "made-up"}
    renumbered = [UNITS[0], replace(UNITS[1], old_code="000.22.75.H37")]
    with (
        Exchange(tmp_path / "a", system, UNITS, now=lambda: NOW) as first,
        Exchange(tmp_path / "b", system, renumbered, now=lambda: NOW) as second,
    ):
        for exchange, day in ((first, 0), (first, 1), (second, 2)):
            url = exchange.url
            with VxpExchange(url, system_id=SYSTEM, secret="made-up", now=lambda: NOW) as client:
                app = with_door(app, client)
                take_agencies(app, NOW + timedelta(days=day))
            assert same_organ(app, NEW, OLD) is (day < 2)
    assert (in_force(app).units, in_force(app).pairs) == (3, 1)
    assert in_force(app).taken_at == NOW + timedelta(days=2)
    assert not same_organ(app, NEW, GUESSED)
    assert app.ledger.differences() == []


def test_the_axis_gives_a_table_without_old_identifiers(tmp_path: Path) -> None:
    account = Account(username="dondoc", password="made-up", application_code="DONDOC")
    with (
        Axis(tmp_path, {SYSTEM: "made-up"}, [account], UNITS, now=lambda: NOW) as axis,
        LgspExchange(
            axis.url,
            username=account.username,
            password=account.password,
            application_code=account.application_code,
            system_id=SYSTEM,
            secret_key="made-up",
            now=lambda: NOW,
            spool=tmp_path,
        ) as client,
    ):
        app = with_door(memory_app(tmp_path), client)
        take_agencies(app, NOW)
    assert (in_force(app).units, in_force(app).pairs) == (3, 0)
    assert not same_organ(app, NEW, OLD)
    assert same_organ(app, NEW, GUESSED)  # by the formula: no old form says otherwise
