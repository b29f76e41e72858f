"""Units of the simulated exchange: lists, registering, changing, deleting."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from dondoc.simulators.eoffice import Agency, Exchange
from tests.unit.simulators.vxp_offices import (
    AGENCIES,
    MINH_SON,
    OTHER,
    SENDER,
    SYSTEMS,
    YEN_SON,
    Clock,
)
from tests.unit.simulators.vxp_requests import (
    Caller,
    calling,
    document,
)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def exchange(tmp_path: Path, clock: Clock) -> Iterator[Exchange]:
    with Exchange(tmp_path, SYSTEMS, AGENCIES, now=clock) as running:
        yield running


@pytest.fixture
def sender(exchange: Exchange) -> Iterator[Caller]:
    with calling(exchange.url, SENDER, SYSTEMS[SENDER]) as caller:
        yield caller


@pytest.fixture
def receiver(exchange: Exchange) -> Iterator[Caller]:
    with calling(exchange.url, OTHER, SYSTEMS[OTHER]) as caller:
        yield caller


def test_lists_of_units(sender: Caller) -> None:
    units = {row["code"]: row for row in sender.call("getAgenciesList", b"")["data"]}
    assert set(units) == {SENDER, OTHER, *(agency.code for agency in AGENCIES)}
    assert units[YEN_SON] == {
        "id": units[YEN_SON]["id"],
        "pid": units[SENDER]["id"],
        "code": YEN_SON,
        "oldCode": "001.01.27.H37",
        "name": "UBND xã Yên Sơn",
        "mail": "",
    }
    newer = sender.call("getAgenciesListQD20", b"", level="1")["data"]
    assert {row["code"]: row["code102"] for row in newer}[YEN_SON] == "001.01.27.H37"
    assert all(row.keys() == {"id", "code", "code102", "name", "mail"} for row in newer)
    synchronised = {row["code"]: row for row in sender.call("getSynchronizeUnit", b"")["data"]}
    assert synchronised[MINH_SON] == {
        "id": units[MINH_SON]["id"],
        "pid": "",
        "code": MINH_SON,
        "name": "UBND xã Minh Sơn",
        "mail": "minhson@huulung.example",
        "version": 1,
        "centerCode": OTHER,
        "deleted": False,
        "modifyDate": "08/05/2024 08:00:00",
        "isAgency": True,
    }


def registration(**fields: object) -> bytes:
    return json.dumps({"id": "", "pcode": "", "mobile": "", "fax": ""} | fields).encode()


def test_units_come_change_and_go(sender: Caller, receiver: Caller) -> None:
    new = registration(code="H37.27.09", name="UBND xã Đồng Tân", mail="a@b.example", pcode=SENDER)
    assert receiver.call("registerAgency", new)["ErrorCode"] == "0"
    rows = {row["code"]: row for row in sender.call("getAgenciesList", b"")["data"]}
    unit = rows["H37.27.09"]
    assert (unit["name"], unit["pid"]) == ("UBND xã Đồng Tân", rows[SENDER]["id"])
    assert sender.send(document(SENDER, "H37.27.09"))["ErrorCode"] == "0"

    renumbered = registration(id=unit["id"], code="H37.30.01", name="UBND xã Hữu Lũng")
    assert receiver.call("registerAgency", renumbered)["ErrorCode"] == "0"
    for code in ("H37.27.09", "H37.30.01"):
        assert sender.send(document(SENDER, code, document_id=code))["ErrorCode"] == "0"
    assert len(receiver.listed()) == 3

    assert sender.call("deleteAgency", AgencyCode="H37.30.01")["ErrorCode"] == "19"
    assert receiver.call("deleteAgency", AgencyCode="H37.30.01")["ErrorCode"] == "0"
    assert receiver.call("deleteAgency", AgencyCode="H37.30.01")["ErrorCode"] == "18"
    assert sender.send(document(SENDER, "H37.27.09", document_id="x"))["ErrorCode"] == "18"
    assert receiver.send(document("H37.30.01", SENDER), "H37.30.01")["ErrorCode"] == "19"
    assert "H37.30.01" not in {row["code"] for row in sender.call("getAgenciesList", b"")["data"]}
    gone = {row["code"]: row for row in sender.call("getSynchronizeUnit", b"")["data"]}
    assert (gone["H37.30.01"]["deleted"], gone["H37.30.01"]["version"]) == (True, 3)
    assert receiver.call("registerAgency", registration(code="H37.30.01"))["ErrorCode"] == "0"
    assert sender.send(document(SENDER, "H37.27.09", document_id="x"))["ErrorCode"] == "0"


def test_two_units_do_not_become_one(receiver: Caller) -> None:
    units = {row["code"]: row for row in receiver.call("getAgenciesList", b"")["data"]}
    merged = registration(id=units[MINH_SON]["id"], code=YEN_SON)
    assert receiver.call("registerAgency", merged)["ErrorCode"] == "21"


@pytest.mark.parametrize(
    ("body", "error"),
    [
        (b"", "21"),
        (b"[]", "21"),
        (b'{"name":"no code"}', "21"),
        (b'{"code":"\\ud800"}', "21"),
        (b'{"code":"A","id":"999"}', "18"),
        (registration(code=YEN_SON), "19"),
        (registration(id="1", code=YEN_SON), "19"),
        (b"[" * 100_000, "21"),
    ],
)
def test_bad_registrations(sender: Caller, body: bytes, error: str) -> None:
    before = sender.call("getSynchronizeUnit", b"")
    assert sender.call("registerAgency", body)["ErrorCode"] == error
    assert sender.call("getSynchronizeUnit", b"") == before


def test_a_unit_registered_by_the_program(exchange: Exchange, sender: Caller) -> None:
    exchange.register(Agency(code="H37.50", system=OTHER))
    assert sender.send(document(SENDER, "H37.50"))["ErrorCode"] == "0"
