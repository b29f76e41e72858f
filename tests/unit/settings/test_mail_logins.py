"""Which OAuth 2.0 login belongs to which mail server."""

import shutil
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

import pytest

from dondoc.bootstrap_mail import MailWiring, mail_logins
from dondoc.services.doctor_logins import examine_logins
from dondoc.settings.load import load_settings
from dondoc.settings.records import Settings
from tests.checkout import ROOT

MINIMAL = ROOT / "tests" / "data" / "config" / "minimal"
PASSWORD = "password: {file: mail.secret}"
NAMES = ("imap", "smtp", "exchange")


def login(client: str) -> str:
    issuer = "authority: https://127.0.0.1:9, flow: device_code, scopes: [mail]"
    return f"oauth: {{{issuer}, client_id: {client}}}"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Return a configuration whose further mailboxes are named as our own servers are."""
    path = Path(shutil.copytree(MINIMAL, tmp_path / "config")) / "dondoc.yaml"
    text = path.read_text(encoding="utf-8").replace(PASSWORD, login("ours"))
    boxes = "".join(
        f"  - name: {name}\n    address: box{number}@huulung.example\n"
        f"    imap: {{host: imap.example, username: box{number}, {login(f'box{number}')}}}\n"
        for number, name in enumerate(NAMES)
    )
    path.write_text(f"{text}\nmailboxes:\n{boxes}", encoding="utf-8")
    return load_settings(path)


def test_a_further_mailbox_never_takes_the_login_of_our_own_servers(settings: Settings) -> None:
    with ExitStack() as stack:
        found = mail_logins(settings, stack)
        kept = {name: tokens.kept_in for name, tokens in found.items()}
    assert list(kept) == ["mail.imap", *(f"mailboxes[{name}].imap" for name in NAMES)]
    assert len(set(kept.values())) == len(kept)


class Standing:
    def now(self) -> datetime:
        return datetime(2024, 5, 8, 2, 0, tzinfo=UTC)


def test_the_doctor_names_the_key_where_each_login_stands(settings: Settings) -> None:
    assert settings.mail is not None
    with ExitStack() as stack:
        door = MailWiring(settings, Standing(), None, stack).door(settings.mail)
        checks = examine_logins(door)
    assert [check.ok for check in checks] == [False] * 4
    for check in checks:
        assert f"look at {check.name.removeprefix('login of ')}.oauth" in check.advice
