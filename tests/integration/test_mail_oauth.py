"""OAuth 2.0 logins: tokens of a real issuer over TLS, accepted and refused by a real Dovecot."""

import json
import os
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from connector.email import imap_login, oauth
from connector.email.imap import ImapMailbox
from connector.email.oauth import DeviceCode, Registration, Tokens
from connector.email.security import Secret
from domain.errors import PeerRefused, PeerUnavailable
from tests.checkout import ROOT
from tests.servers.dovecot import Dovecot
from tests.servers.issuer import CLIENT, SECRET, USER_CODE, Issuer

Made = Callable[..., Tokens]
SCOPES = ("mail",)


@pytest.fixture
def issuer(dovecot: Dovecot, new_account: Callable[[], str]) -> Iterator[Issuer]:
    with Issuer(dovecot.tokens.issue, new_account()) as running:
        yield running


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "mail-login.json"


@pytest.fixture
def tokens(issuer: Issuer, file: Path) -> Iterator[Made]:
    """Make token sources of the issuer's application; they are closed at the end."""
    made: list[Tokens] = []

    def make(flow: oauth.Flow = "client_credentials", secret: Secret = SECRET) -> Tokens:
        registration = Registration(
            authority=issuer.authority,
            microsoft=False,
            client_id=CLIENT,
            client_secret=secret if flow == "client_credentials" else None,
            flow=flow,
            scopes=SCOPES,
            ca_file=issuer.ca_file,
        )
        made.append(Tokens(registration, file, timeout=5))
        return made[-1]

    yield make
    for one in made:
        one.close()


def _mailbox(dovecot: Dovecot, issuer: Issuer, token: Tokens) -> ImapMailbox:
    return ImapMailbox(
        "nq47",
        dovecot.host,
        dovecot.imaps_port,
        username=issuer.address,
        token=token,
        ca_file=dovecot.ca_file,
        timeout=10,
    )


def test_the_application_logs_in_and_its_token_is_kept(
    dovecot: Dovecot, issuer: Issuer, tokens: Made, file: Path
) -> None:
    with _mailbox(dovecot, issuer, tokens()) as mailbox:
        assert mailbox.check("INBOX") > 0
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    with _mailbox(dovecot, issuer, tokens()) as mailbox:
        assert mailbox.check("INBOX") > 0
    assert issuer.asked == ["client_credentials"]
    assert SECRET not in file.read_text(encoding="utf-8")
    assert [p.name for p in file.parent.iterdir() if p.name.startswith(".")] == []


def test_a_kept_login_has_a_durable_name(
    issuer: Issuer, tokens: Made, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synchronised: list[tuple[bool, bool]] = []
    real = os.fsync

    def fsync(descriptor: int) -> None:
        folder = stat.S_ISDIR(os.fstat(descriptor).st_mode)
        synchronised.append((folder, file.exists()))
        real(descriptor)

    monkeypatch.setattr(os, "fsync", fsync)
    tokens()()
    # First the content, then the folder in which it has its name by now.
    assert synchronised == [(False, False), (True, True)]
    assert len(issuer.issued) == 1


def test_a_refused_token_is_renewed_once(dovecot: Dovecot, issuer: Issuer, tokens: Made) -> None:
    source = tokens()
    dovecot.tokens.revoke(source())
    with _mailbox(dovecot, issuer, source) as mailbox:
        assert mailbox.check("INBOX") > 0
    assert len(issuer.issued) == 2
    stranger = Issuer(lambda _: "not known to Dovecot", issuer.address)
    issuer.issue = stranger.issue
    source.renew()
    with _mailbox(dovecot, issuer, source) as mailbox, pytest.raises(PeerRefused):
        mailbox.check("INBOX")
    assert len(issuer.issued) == 4
    with stranger:
        pass


def test_the_older_mechanism_is_used_where_the_other_is_not_offered(
    dovecot: Dovecot, issuer: Issuer, tokens: Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(imap_login, "_BEARER", b"AUTH=NOT-OFFERED")
    source = tokens()
    dovecot.tokens.revoke(source())
    with _mailbox(dovecot, issuer, source) as mailbox:
        assert mailbox.check("INBOX") > 0
    assert len(issuer.issued) == 2


def test_a_token_is_renewed_before_it_ends(
    issuer: Issuer, tokens: Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = tokens()
    first = source()
    assert source() == first
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + issuer.seconds - 299)
    assert source() != first
    assert len(issuer.issued) == 2


def test_a_person_logs_in_once_and_is_renewed_ever_after(
    dovecot: Dovecot, issuer: Issuer, tokens: Made, file: Path
) -> None:
    issuer.pending = ["authorization_pending"]
    shown: list[DeviceCode] = []
    tokens("device_code").log_in(shown.append, scopes=("send",))
    (code,) = shown
    assert (code.address, code.code) == (f"{issuer.authority}/activate", USER_CODE)
    assert code.seconds == 600
    assert issuer.asked == ["device_code", "device_code"]
    later = tokens("device_code")
    with _mailbox(dovecot, issuer, later) as mailbox:
        assert mailbox.check("INBOX") > 0
    # Each refresh token is good once, so what comes of it must have been kept.
    for _ in range(2):
        later.renew()
        tokens("device_code").renew()
    assert issuer.asked[2:] == ["refresh_token"] * len(issuer.asked[2:])
    assert len(issuer.refresh_tokens) == 1
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_second_login_takes_the_place_of_the_first(issuer: Issuer, tokens: Made) -> None:
    tokens("device_code").log_in(lambda _: None)
    issuer.refresh_tokens.clear()
    tokens("device_code").log_in(lambda _: None)
    assert tokens("device_code").renew() == issuer.issued[-1]


def test_a_login_that_has_ended_says_what_to_do(issuer: Issuer, tokens: Made) -> None:
    source = tokens("device_code")
    with pytest.raises(PeerUnavailable, match="nobody has logged in yet; run `dondoc mail login`"):
        source()
    source.log_in(lambda _: None)
    assert source() == issuer.issued[-1]
    issuer.refresh_tokens.clear()
    with pytest.raises(PeerUnavailable, match=r"\(invalid_grant\): the login has ended; run"):
        source.renew()


@pytest.mark.parametrize(
    ("error", "words"),
    [
        ("access_denied", r"access_denied, AADSTS70000\): the login has ended"),
        ("expired_token", "nobody logged in within the time"),
        ("invalid_scope", "check scopes"),
        ("unauthorized_client", "check client_id and client_secret"),
        ("Said <b>at length</b>", r"\(an error, AADSTS70000\)"),
    ],
)
def test_a_login_that_is_refused_says_why(
    issuer: Issuer, tokens: Made, file: Path, error: str, words: str
) -> None:
    issuer.broken = error
    with pytest.raises(PeerUnavailable, match=words) as caught:
        tokens("device_code").log_in(lambda _: None)
    assert "quoted by nobody" not in str(caught.value)
    assert not file.exists()


def test_a_login_that_names_nobody_is_not_kept(issuer: Issuer, tokens: Made, file: Path) -> None:
    issuer.names_person = False
    with pytest.raises(PeerUnavailable, match="does not say who logged in"):
        tokens("device_code").log_in(lambda _: None)
    assert not file.exists()


def test_a_wrong_secret_is_told_and_a_new_one_is_used(issuer: Issuer, tokens: Made) -> None:
    given = ["hunter2"]
    source = tokens(secret=lambda: given[0])
    with pytest.raises(PeerUnavailable, match="check client_id and client_secret") as caught:
        source()
    assert "hunter2" not in f"{caught.value}{source!r}"
    given[0] = SECRET
    assert source() == issuer.issued[-1]
    issuer.broken = "temporarily_unavailable"
    with pytest.raises(PeerUnavailable, match="check the registration"):
        source.renew()


def test_an_issuer_that_is_none_or_not_there(issuer: Issuer, tokens: Made, file: Path) -> None:
    sound = tokens()._registration
    cases = [
        (replace(sound, authority=issuer.authority + "/x"), "cannot be understood"),
        (replace(sound, authority="https://127.0.0.1:9/x"), "no answer"),
        (replace(sound, ca_file=None), "not trusted"),
    ]
    issuer.metadata = lambda: {"issuer": "x"}  # type: ignore[method-assign]
    for registration, words in cases:
        source = Tokens(registration, file, timeout=5)
        with pytest.raises(PeerUnavailable, match=words):
            source()
        source.close()


def test_nothing_goes_over_a_line_without_tls(issuer: Issuer, tokens: Made) -> None:
    sound = issuer.metadata()
    plain = {**sound, "token_endpoint": str(sound["token_endpoint"]).replace("https", "http")}
    issuer.metadata = lambda: plain  # type: ignore[method-assign]
    with pytest.raises(PeerUnavailable):
        tokens()()
    assert issuer.asked == []


def test_a_damaged_file_is_a_login_that_is_not_there(
    issuer: Issuer, tokens: Made, file: Path
) -> None:
    for damage in (b"{", b"[]", b"\xff", b""):
        file.write_bytes(damage)
        assert tokens()() == issuer.issued[-1]
        assert json.loads(file.read_text(encoding="utf-8"))


def test_a_folder_that_is_not_there_is_told(issuer: Issuer, tokens: Made, file: Path) -> None:
    file.parent.rmdir()
    with pytest.raises(PeerUnavailable, match="the login cannot be kept"):
        tokens()()


def test_a_file_that_cannot_be_written_costs_no_token(
    issuer: Issuer, tokens: Made, file: Path
) -> None:
    source = tokens()
    file.mkdir()
    assert source() == issuer.issued[-1]
    assert source() == issuer.issued[-1]
    assert len(issuer.issued) == 1


_RENEWING = """
import sys
from pathlib import Path
from connector.email.oauth import Registration, Tokens
from tests.servers.issuer import CLIENT, Issuer
registration = Registration(
    authority=sys.argv[1], microsoft=False, client_id=CLIENT, client_secret=None,
    flow="device_code", scopes=("mail",), ca_file=Issuer.ca_file,
)
source = Tokens(registration, Path(sys.argv[2]))
for _ in range(5):
    source.renew()
source.close()
"""


def test_processes_that_renew_at_once_never_use_one_token_twice(
    issuer: Issuer, tokens: Made, file: Path
) -> None:
    tokens("device_code").log_in(lambda _: None)
    command = [sys.executable, "-c", _RENEWING, issuer.authority, str(file)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    both = [subprocess.Popen(command, env=environment) for _ in range(2)]
    assert [process.wait(60) for process in both] == [0, 0]
    assert issuer.asked == ["device_code"] + ["refresh_token"] * 10
    assert len(issuer.refresh_tokens) == 1
