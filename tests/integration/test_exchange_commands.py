"""`dondoc exchange` against the simulated exchange: a person reads and changes the register."""

import hashlib
import json
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import structlog

from connector.eoffice.vxp import VxpExchange
from domain.content import Inline
from domain.exchange import PacketKind
from dondoc.simulators.eoffice import Agency, Exchange
from tests.checkout import ROOT
from tests.contract.door_documents import COMMUNE, DISTRICT, NAMES, NOW, document, status
from tests.unit.cli.command_runs import Ran, ran

SECRET = "a made-up secret of some length"
SYSTEM = "center.huulung"
OTHER = "center.yenson"


@dataclass
class Desk:
    """An administrator's configuration, and the exchange that it names."""

    exchange: Exchange
    config: Path
    run: Callable[..., Ran]

    def json(self, *arguments: object) -> Any:  # whatever a command prints
        done = self.run("exchange", *arguments, "--config", self.config, "--json")
        assert (done.code, done.err) == (0, "")
        return json.loads(done.out)

    def said(self, *arguments: object) -> Ran:
        return self.run("exchange", *arguments, "--config", self.config)

    def arrive(self, number: str) -> str:
        """Let the commune send us a document and a status."""
        with VxpExchange(
            self.exchange.url, system_id=OTHER, secret=SECRET, now=lambda: NOW
        ) as commune:
            doc_id = commune.send(
                Inline(document(number, DISTRICT, sender=COMMUNE)),
                kind=PacketKind.DOCUMENT,
                sender=COMMUNE,
                receivers=[DISTRICT],
            )
            commune.send(
                Inline(status(COMMUNE, DISTRICT, number)),
                kind=PacketKind.STATUS,
                sender=COMMUNE,
                receivers=[DISTRICT],
            )
            return doc_id


def configured(folder: Path, exchange: str) -> Path:
    path = folder / "dondoc.yaml"
    text = path.read_text(encoding="utf-8").partition("exchange:")[0]
    path.write_text(text + exchange, encoding="utf-8")
    return path


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("DONDOC_TEST_SECRET", SECRET)
    # Commands repeat a call after a pause that no test should wait for.
    defaults = VxpExchange.__init__.__kwdefaults__
    assert defaults is not None
    monkeypatch.setitem(defaults, "pause", 0.0)
    yield Path(shutil.copytree(ROOT / "tests" / "data" / "config" / "minimal", tmp_path / "c"))
    structlog.reset_defaults()  # a command configures the logs of its process


@pytest.fixture
def desk(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Iterator[Desk]:
    units = [
        Agency(code=DISTRICT, old_code="H37.99", name=NAMES[DISTRICT], system=SYSTEM),
        Agency(code=COMMUNE, name=NAMES[COMMUNE], parent=DISTRICT, system=OTHER),
    ]
    with Exchange(
        tmp_path / "state", {SYSTEM: SECRET, OTHER: SECRET}, units, now=lambda: NOW
    ) as exchange:
        entry = f"url: {exchange.url}, system_id: {SYSTEM}, secret: {{env: DONDOC_TEST_SECRET}}"
        config = configured(folder, f"exchange: {{{entry}}}\n")

        def run(*arguments: object) -> Ran:
            capsys.readouterr()  # what our own client logged before a command configures the logs
            return ran(capsys, *arguments)

        yield Desk(exchange, config, run)


def test_agencies_are_listed_in_both_forms(desk: Desk) -> None:
    listed = {row["code"]: row for row in desk.json("agencies")["agencies"]}
    assert listed[DISTRICT]["old_code"] == "H37.99"
    assert listed[COMMUNE]["parent_id"] == listed[DISTRICT]["id"]
    (row,) = [r for r in desk.json("agencies", "--qd20")["agencies"] if r["code"] == DISTRICT]
    assert (row["old_code"], row["parent_id"]) == ("H37.99", "")
    assert NAMES[COMMUNE] in desk.said("agencies").out


def test_what_waits_is_listed_counted_and_left(desk: Desk) -> None:
    doc_id = desk.arrive("15")
    assert desk.json("count") == {"documents": 1, "statuses": 1}
    assert desk.said("count").out == "1 document(s) and 1 status message(s) wait\n"
    (packet,) = desk.json("waiting")["waiting"]
    assert (packet["doc_id"], packet["sender"]) == (doc_id, COMMUNE)
    (message,) = desk.json("waiting", "--kind", "status")["waiting"]
    assert message["kind"] == "status"
    assert doc_id in desk.said("waiting").out
    day = "2024-05-08"
    assert len(desk.json("waiting", "--from", day, "--until", day)["waiting"]) == 1
    assert desk.json("waiting", "--from", "2024-05-09")["waiting"] == []
    assert desk.json("waiting", "--until", "2024-05-07")["waiting"] == []


@pytest.mark.parametrize(
    ("operation", "command", "shown", "row"),
    [
        ("getReceivedEdocList", "waiting", COMMUNE, 2),
        ("getAgenciesList", "agencies", NAMES[DISTRICT], 4),
    ],
)
def test_the_sound_rows_are_shown_and_then_the_flaw(
    desk: Desk, operation: str, command: str, shown: str, row: int
) -> None:
    desk.arrive("15")
    desk.arrive("16")
    desk.exchange.faults.arm("blank", 2, operation=operation)
    done = desk.said(command)
    assert done.code == 1
    assert shown in done.out
    assert f"row {row} of member data cannot be used: it is no object" in done.err
    assert done.err.count("error: ") == 1
    done = desk.said(command, "--json")
    assert (done.code, len(json.loads(done.out)[command])) == (1, row - 1)


def test_a_packet_is_downloaded_whole(desk: Desk, tmp_path: Path) -> None:
    doc_id, target = desk.arrive("15"), tmp_path / "packet.edxml"
    target.write_text("an older download", encoding="utf-8")
    content = document("15", DISTRICT, sender=COMMUNE)
    assert desk.json("download", doc_id, target) == {
        "doc_id": doc_id,
        "file": str(target),
        "size": len(content),
        "sha256": hashlib.sha256(content).hexdigest(),
    }
    assert target.read_bytes() == content
    assert desk.json("count")["documents"] == 1
    assert str(target) in desk.said("download", doc_id, target).out


@pytest.mark.parametrize("fault", ["html", "empty", "truncated"])
def test_an_error_page_is_not_written_as_a_packet(desk: Desk, tmp_path: Path, fault: str) -> None:
    doc_id, target = desk.arrive("15"), tmp_path / "packet.edxml"
    target.write_text("an older download", encoding="utf-8")
    desk.exchange.faults.arm(fault, 3, operation="downloadEdoc")
    done = desk.said("download", doc_id, target)
    assert (done.code, done.out) == (1, "")
    assert "not available" in done.err
    assert "tried again" not in done.err
    assert target.read_text(encoding="utf-8") == "an older download"
    assert {path.name for path in tmp_path.iterdir()} == {"c", "state", "packet.edxml"}


def test_a_packet_that_is_not_ours_is_refused(desk: Desk, tmp_path: Path) -> None:
    done = desk.said("download", "no-such-packet", tmp_path / "packet.edxml")
    assert done.code == 1
    assert not (tmp_path / "packet.edxml").exists()


def test_a_file_that_cannot_be_written_is_wrong_usage(desk: Desk, tmp_path: Path) -> None:
    doc_id = desk.arrive("15")
    assert desk.said("download", doc_id, tmp_path / "missing" / "packet.edxml").code == 2
    assert desk.said("download", doc_id, tmp_path).code == 2
    assert {path.name for path in tmp_path.iterdir()} == {"c", "state"}


def unit(desk: Desk, code: str) -> dict[str, Any]:
    (found,) = [row for row in desk.json("units")["units"] if row["code"] == code]
    return dict(found)


def test_a_unit_is_registered_changed_and_deleted(desk: Desk) -> None:
    new = ("register", "H37.99.7", "--name", "UBND xã Mới", "--parent", DISTRICT)
    assert desk.json(*new, "--mail", "vt@moi.example") == {"registered": "H37.99.7"}
    made = unit(desk, "H37.99.7")
    assert (made["name"], made["mail"]) == ("UBND xã Mới", "vt@moi.example")
    assert (made["center"], made["deleted"], made["version"]) == (SYSTEM, False, 1)
    assert made["parent_id"] == unit(desk, DISTRICT)["id"]
    changed = ("register", "H37.99.8", "--name", "UBND xã Đổi tên", "--id", made["id"])
    assert "H37.99.8 is registered" in desk.said(*changed).out
    assert unit(desk, "H37.99.8")["id"] == made["id"]
    assert desk.json("delete", "H37.99.8") == {"deleted": "H37.99.8"}
    assert unit(desk, "H37.99.8")["deleted"] is True
    assert "deleted" in desk.said("units").out
    assert "does not exist" in desk.said("delete", "H37.99.8").err


@pytest.mark.parametrize(
    ("operation", "arguments"),
    [
        ("registerAgency", ("register", "H37.99.7", "--name", "UBND xã Mới")),
        ("deleteAgency", ("delete", DISTRICT)),
    ],
)
def test_a_change_whose_answer_is_lost_is_made_once_and_told(
    desk: Desk, operation: str, arguments: tuple[str, ...]
) -> None:
    desk.exchange.faults.arm("drop", operation=operation)
    done = desk.said(*arguments)
    assert (done.code, done.out) == (1, "")
    assert "did not say whether it carried out" in done.err
    assert "dondoc exchange units" in done.err
    found = unit(desk, arguments[1])
    assert (found["version"], found["deleted"]) == (
        (1, False) if arguments[0] == "register" else (2, True)
    )


def test_a_change_of_a_unit_is_repeated(desk: Desk) -> None:
    desk.json("register", "H37.99.7", "--name", "UBND xã Mới")
    number = unit(desk, "H37.99.7")["id"]
    desk.exchange.faults.arm("drop", operation="registerAgency")
    done = desk.said("register", "H37.99.7", "--name", "UBND xã Đổi tên", "--id", number)
    assert done.code == 0
    assert "exchange_call_retried" in done.err
    assert unit(desk, "H37.99.7")["name"] == "UBND xã Đổi tên"


def test_a_unit_of_another_system_is_not_ours_to_change(desk: Desk) -> None:
    done = desk.said("delete", COMMUNE)
    assert done.code == 1
    assert "19" in done.err
    assert unit(desk, COMMUNE)["deleted"] is False


@pytest.mark.parametrize(
    "arguments", [("register", " ", "--name", "x"), ("register", "a", "--name", ""), ("delete", "")]
)
def test_blanks_are_wrong_usage(desk: Desk, arguments: tuple[str, ...]) -> None:
    assert desk.said(*arguments).code == 2


LGSP = """\
exchange:
  protocol: lgsp
  url: http://127.0.0.1:9
  system_id: ours
  secret: {env: DONDOC_TEST_SECRET}
  lgsp: {username: dondoc, password: {env: DONDOC_TEST_SECRET}, application_code: DONDOC}
"""


@pytest.mark.parametrize(
    ("exchange", "said"), [("", "no exchange is configured"), (LGSP, "protocol is lgsp")]
)
def test_other_doors_have_no_register(
    folder: Path, capsys: pytest.CaptureFixture[str], exchange: str, said: str
) -> None:
    config = configured(folder, exchange)
    done = ran(capsys, "exchange", "agencies", "--config", config)
    assert (done.code, done.out) == (2, "")
    assert said in done.err
    assert "protocol: vxp" in done.err
