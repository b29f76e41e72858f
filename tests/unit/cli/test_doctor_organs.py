"""What the doctor says of the directory's identifiers beside the exchange's table of units."""

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

import pytest

from connector.eoffice.memory import MemoryHub
from domain.exchange import Agency
from domain.ids import OfficeId, OrganId
from domain.office import Office
from dondoc.services.agencies import take_agencies
from dondoc.services.doctor import examine_doors, examine_store
from dondoc.services.doctor_check import Check
from tests.unit.cli.memory_apps import NOW, OWN, SYSTEM, memory_app

COMMUNE = "UBND xã Yên Sơn"


def office(organ: str, old: str | None = None, number: int = 0) -> Office:
    return Office(
        id=OfficeId(f"xa-{number}" if number else "xa-yen-son"),
        name=f"UBND xã Số {number}" if number else COMMUNE,
        organ_id=OrganId(organ),
        organ_id_old=OrganId(old) if old else None,
    )


def hub(units: Mapping[str, tuple[str | None, str]]) -> MemoryHub:
    found = MemoryHub(now=lambda: NOW)
    for code, (old, name) in {OWN: (None, "UBND huyện Hữu Lũng"), **units}.items():
        former = OrganId(old) if old else None
        agency = Agency(id=code, code=OrganId(code), old_code=former, name=name)
        found.register(agency, system_id=SYSTEM)
    return found


def examined(
    tmp_path: Path, offices: list[Office], units: Mapping[str, tuple[str | None, str]]
) -> dict[str, Check]:
    app = memory_app(tmp_path, offices=offices, exchange=hub(units))
    return {check.name: check for check in examine_doors(app, NOW)}


def told(check: Check) -> str:
    (line,) = check.details
    return line


def test_a_directory_that_agrees_gives_nothing_to_say(tmp_path: Path) -> None:
    units: Mapping[str, tuple[str | None, str]] = {
        "H37.99.1": ("000.01.99.H37", "Ủy ban nhân dân xã Yên Sơn, huyện Hữu Lũng"),
        "H37.99.2": (None, ""),
    }
    offices = [office("h37.99.1", "000.01.99.H37"), office("H37.99.2", number=2)]
    checks = examined(tmp_path, offices, units)
    assert (checks["recipients"].ok, checks["recipients"].details) == (True, ())
    assert (checks["own unit"].ok, checks["own unit"].details) == (True, ())


@pytest.mark.parametrize(
    ("entry", "units", "ok", "words"),
    [
        (
            office("H37.99.1", "000.01.99.H37"),
            {"H37.50": ("000.01.99.H37", COMMUNE)},
            False,
            "has no H37.99.1, but knows 000.01.99.H37 as H37.50 (UBND xã Yên Sơn)",
        ),
        (
            office("000.01.99.H37"),
            {"H37.50": ("000.01.99.H37", COMMUNE)},
            True,
            "has H37.50 in place of 000.01.99.H37; write that as organ_id",
        ),
        (
            office("H37.99.1", "000.01.99.H37"),
            {"H37.99.1": ("000.77.77.H37", COMMUNE)},
            True,
            "organ_id_old 000.01.99.H37 is no other form of it",
        ),
        (
            office("H37.99.1", "000.01.99.H37"),
            {"H37.99.1": (None, COMMUNE), "H37.5": ("000.01.99.H37", "Sở Y tế")},
            True,
            "organ_id_old 000.01.99.H37 is H37.5 (Sở Y tế) there",
        ),
        (
            office("H37.99.1"),
            {"H37.99.1": (None, "Trạm Khuyến nông")},
            True,
            "the exchange calls H37.99.1 'Trạm Khuyến nông'",
        ),
        (
            office("H37.99.1"),
            {"H37.99.1": (None, COMMUNE), "H37.6": ("H37.99.1", "UBND xã khác")},
            True,
            "H37.99.1 names several units",
        ),
    ],
)
def test_an_office_that_the_exchange_has_otherwise(
    tmp_path: Path,
    entry: Office,
    units: Mapping[str, tuple[str | None, str]],
    ok: bool,
    words: str,
) -> None:
    check = examined(tmp_path, [entry], units)["recipients"]
    assert check.ok is ok
    assert told(check).startswith("xa-yen-son: ")
    assert words in told(check)


def test_our_own_unit_under_its_old_identifier(tmp_path: Path) -> None:
    app = memory_app(tmp_path, exchange=MemoryHub(now=lambda: NOW))
    renumbered = Agency(id="1", code=OrganId("H37.20"), old_code=OWN, name="")
    assert app.exchange is not None
    exchange = MemoryHub(now=lambda: NOW)
    exchange.register(renumbered, system_id=SYSTEM)
    app = memory_app(tmp_path, exchange=exchange)
    check = {c.name: c for c in examine_doors(app, NOW)}["own unit"]
    assert check.ok
    assert "has H37.20 in place of H37.99; write that as unit.organ_id" in told(check)


def test_a_long_list_is_cut(tmp_path: Path) -> None:
    offices = [office(f"H37.99.{n}", number=n) for n in range(1, 31)]
    units = {str(o.organ_id): (None, "Trạm Khuyến nông") for o in offices}
    details = examined(tmp_path, offices, units)["recipients"].details
    assert len(details) == 21
    assert details[-1] == "and 10 more"


def table_check(tmp_path: Path, *, taken: bool, days: float = 0) -> Check:
    app = memory_app(tmp_path, exchange=hub({"H37.1": ("000.00.01.H37", COMMUNE)}))
    if taken:
        take_agencies(app, NOW)
    later = NOW + timedelta(days=days)
    (found,) = [check for check in examine_store(app, {}, later) if check.name == "units"]
    return found


def test_the_table_in_force_is_shown_with_its_age(tmp_path: Path) -> None:
    check = table_check(tmp_path, taken=True, days=2.5)
    assert check.what == (
        "the table of 2024-05-10, confirmed 2024-05-10 (2 day(s) ago): 2 units, 1 old identifiers"
    )
    assert (check.ok, check.details) == (True, ())


def test_an_old_table_is_told(tmp_path: Path) -> None:
    check = table_check(tmp_path, taken=True, days=8)
    assert "has not confirmed it for long" in told(check)
    assert check.ok


def test_before_the_first_table_the_formula_is_named(tmp_path: Path) -> None:
    assert "compared by the formula only" in table_check(tmp_path, taken=False).what
