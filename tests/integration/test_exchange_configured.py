"""mail.exchange of a configuration, wired and asked: what `dondoc run` and `dondoc doctor` use."""

import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest

from domain.ids import Address, MessageId
from domain.mail import OwnCopy
from domain.ports import SentTrace
from dondoc.bootstrap import SystemClock, open_app
from dondoc.services.doctor import examine_doors
from dondoc.settings.load import load_settings
from dondoc.simulators.exchange import Exchange
from tests.checkout import ROOT

MINIMAL = ROOT / "tests" / "data" / "config" / "minimal"
TLS = ROOT / "tests" / "data" / "tls"
OWN = "nq47@huulung.example"
NOW = datetime(2024, 5, 8, 2, 0, tzinfo=UTC)


def configured(folder: Path, exchange: str) -> Path:
    """Write the minimal configuration with mail.exchange instead of smtp and imap."""
    shutil.copytree(MINIMAL, folder)
    path = folder / "dondoc.yaml"
    text = path.read_text(encoding="utf-8")
    start = text.index("  smtp:")
    path.write_text(f"{text[:start]}  exchange: {exchange}\n", encoding="utf-8")
    (folder / "mail.secret").write_text("mật khẩu", encoding="utf-8")
    (folder / "mail.secret").chmod(0o600)
    return path


@pytest.mark.parametrize("auth", ["basic", "ntlm"])
def test_the_configured_mailbox_is_read_and_sent_from(tmp_path: Path, auth: str) -> None:
    with Exchange(
        tmp_path / "exchange",
        {OWN: "mật khẩu"},
        schemes=("basic",) if auth == "basic" else ("ntlm",),
    ) as exchange:
        entry = (
            f"{{url: '{exchange.url}', auth: {auth}, username: {OWN}, "
            "password: {file: mail.secret}, folders: [inbox, junkemail]}"
        )
        settings = load_settings(configured(tmp_path / "config", entry))
        exchange.deliver(OWN, b"Message-ID: <1@yenson.example>\r\n\r\nx\r\n")
        with open_app(settings, SystemClock(), may_lack_store=True) as app:
            assert app.mail is not None
            assert app.mail.own_copy is OwnCopy.NEVER
            assert app.mail.inbox.source("inbox") == "ews:mail/inbox"
            (arrival,) = app.mail.inbox.mailbox.arrivals("inbox", None)
            assert arrival.raw.endswith(b"\r\nx\r\n")
            assert isinstance(app.mail.transport, SentTrace)
            checks = [check for check in examine_doors(app, NOW) if check.name == "ews"]
            assert [check.ok for check in checks] == [True, True, True]
            assert app.mail.inbox.addresses == (Address(OWN),)
            assert not app.mail.inbox.mailbox.contains("inbox", MessageId("<2@x.example>"))


def test_the_doctor_says_which_folder_is_missing(tmp_path: Path) -> None:
    with Exchange(tmp_path / "exchange", {OWN: "mật khẩu"}) as exchange:
        entry = (
            f"{{url: '{exchange.url}', auth: basic, username: {OWN}, "
            "password: {file: mail.secret}, folders: [inbox, Không có]}"
        )
        settings = load_settings(configured(tmp_path / "config", entry))
        with open_app(settings, SystemClock(), may_lack_store=True) as app:
            wrong = [check for check in examine_doors(app, NOW) if not check.ok]
    (folder,) = wrong
    assert folder.name == "ews"
    assert "ErrorFolderNotFound" in folder.what
    assert "mail.exchange" in folder.advice
