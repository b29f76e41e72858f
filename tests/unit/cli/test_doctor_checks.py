"""What the doctor finds, over adapters in memory that fail on cue."""

import shutil
import sys
from collections import namedtuple
from datetime import timedelta
from pathlib import Path

import pytest

from connector.email.memory import MemoryHub as MailHub
from domain.ids import OfficeId, OrganId
from domain.office import Office
from dondoc.app import SenderProof
from dondoc.services.doctor import examine_doors, examine_store
from dondoc.services.doctor_check import Check
from dondoc.services.doctor_senders import examine_senders
from mappings.mail.authentication.rules import SenderRules
from tests.unit.cli.memory_apps import MAILBOX, NOW, OWN, exchange_hub, memory_app


def named(checks: list[Check]) -> dict[str, Check]:
    return {check.name: check for check in checks}


def test_an_empty_store_is_in_order(tmp_path: Path) -> None:
    checks = examine_store(memory_app(tmp_path), {"output": tmp_path}, NOW)
    assert [check.name for check in checks] == ["ledger", "history", "evidence", "clock", "output"]
    assert all(check.ok for check in checks)


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    check = named(examine_store(memory_app(tmp_path), {"output": tmp_path / "file" / "x"}, NOW))
    assert not check["output"].ok
    assert "cannot be written" in check["output"].what


def test_a_folder_that_is_not_there_yet_is_judged_by_the_one_above(tmp_path: Path) -> None:
    places = {"output": tmp_path / "a" / "b"}
    assert named(examine_store(memory_app(tmp_path), places, NOW))["output"].ok
    assert list(tmp_path.iterdir()) == []


def test_little_room_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(10, 9, 1))
    check = named(examine_store(memory_app(tmp_path), {"output": tmp_path}, NOW))["output"]
    assert not check.ok
    assert check.advice.startswith("make room")


def test_doors_that_are_not_configured_are_no_fault(tmp_path: Path) -> None:
    checks = examine_doors(memory_app(tmp_path), NOW)
    assert [(check.name, check.ok, check.what) for check in checks] == [
        ("exchange", True, "none is configured"),
        ("mail", True, "none is configured"),
        ("archives", True, "RAR and 7z can be opened"),
    ]


def test_a_missing_library_for_archives_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "libarchive", None)
    check = named(examine_doors(memory_app(tmp_path), NOW))["archives"]
    assert not check.ok
    assert "libarchive13" in check.advice


def test_doors_that_answer(tmp_path: Path) -> None:
    office = Office(id=OfficeId("xa-yen-son"), name="UBND xã Yên Sơn", organ_id=OrganId("H37.99.1"))
    app = memory_app(
        tmp_path,
        offices=[office],
        exchange=exchange_hub([OWN, "H37.99.1"]),
        mail=MailHub([MAILBOX]),
    )
    checks = examine_doors(app, NOW)
    assert [check.name for check in checks] == [
        "exchange",
        "own unit",
        "recipients",
        "smtp",
        "senders",
        "imap",
        "archives",
    ]
    assert all(check.ok for check in checks)
    assert named(checks)["smtp"].what == "cannot be asked without sending"


@pytest.mark.parametrize(
    ("rules", "believed", "asked"),
    [
        (
            SenderRules(),
            "DKIM signatures that a mail bears, no server's statements (mail.authentication.auth",
            "an answer without any proof counts: an office's address and our letter's number",
        ),
        (
            SenderRules(signatures=False, unnamed=True, signing_domains=frozenset({"x.example"})),
            "believed: statements of a server without a name; ",
            "counts, except from x.example: ",
        ),
        (
            SenderRules(authserv_ids=frozenset({"b.example", "a.example"}), require=True),
            "statements of a.example, b.example, DKIM signatures",
            "an answer without a proof waits for a person",
        ),
    ],
)
def test_what_a_sender_is_believed_by_is_said(
    rules: SenderRules, believed: str, asked: str
) -> None:
    check = examine_senders(SenderProof(rules=rules))
    assert check.ok
    assert believed in check.what
    assert asked in check.what


def test_that_a_forged_statement_cannot_be_told_from_the_servers_own_is_said() -> None:
    named = SenderRules(authserv_ids=frozenset({"mx.huulung.example"}))
    for rules in (named, SenderRules(unnamed=True)):
        (told,) = examine_senders(SenderProof(rules=rules)).details
        assert "have the server that takes mail in from outside remove such fields" in told
    assert examine_senders(SenderProof(rules=SenderRules())).details == ()


def test_units_that_the_exchange_does_not_know(tmp_path: Path) -> None:
    offices = [
        Office(id=OfficeId(f"xa-{n}"), name=f"xã {n}", organ_id=OrganId(f"H37.99.{n}"))
        for n in range(7)
    ]
    ended = Office(
        id=OfficeId("xa-cu"),
        name="xã cũ",
        organ_id=OrganId("H37.98"),
        valid_to=(NOW - timedelta(days=9)).date(),
    )
    app = memory_app(tmp_path, offices=[*offices, ended], exchange=exchange_hub(["H37.99.0"]))
    checks = named(examine_doors(app, NOW))
    assert checks["exchange"].ok
    assert checks["own unit"].what == "the exchange has no unit H37.99"
    assert checks["recipients"].what.endswith("xa-1, xa-2, xa-3, xa-4, xa-5 and 1 more")
    assert "xa-cu" not in checks["recipients"].what


def test_servers_that_are_off_are_told_with_advice(tmp_path: Path) -> None:
    hub = MailHub([MAILBOX])
    hub.available = False
    checks = examine_doors(memory_app(tmp_path, mail=hub), NOW)
    imap = named(checks)["imap"]
    assert not imap.ok
    assert imap.what == "mail in memory is not available: it is switched off"
    assert "mail.imap" in imap.advice


def test_each_folder_is_opened(tmp_path: Path) -> None:
    app = memory_app(tmp_path, mail=MailHub([MAILBOX]), folders=("INBOX", "Junk"))
    found = [check.ok for check in examine_doors(app, NOW) if check.name == "imap"]
    assert found == [True, False]
