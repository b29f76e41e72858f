"""`dondoc mail login` and the doctor, with a real issuer and a real mail server."""

import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest
import structlog

from tests.checkout import ROOT
from tests.servers.dovecot import Dovecot
from tests.servers.issuer import CLIENT, SECRET, USER_CODE, Issuer
from tests.unit.cli.command_runs import Ran, ran

MINIMAL = ROOT / "tests" / "data" / "config" / "minimal"
Capsys = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def _logging_restored() -> Iterator[None]:
    yield
    structlog.reset_defaults()


@pytest.fixture
def issuer(dovecot: Dovecot, new_account: Callable[[], str]) -> Iterator[Issuer]:
    with Issuer(dovecot.tokens.issue, new_account()) as running:
        yield running


@pytest.fixture
def folder(
    tmp_path: Path, dovecot: Dovecot, issuer: Issuer, monkeypatch: pytest.MonkeyPatch
) -> Path:
    """Return a configuration whose two servers are logged in to by one person."""
    for name in ("directory.yaml", "campaign.yaml"):
        (tmp_path / name).write_bytes((MINIMAL / name).read_bytes())
    monkeypatch.setenv("DONDOC_TOKEN_KEY", "k" * 32)
    monkeypatch.setenv("DONDOC_OAUTH_SECRET", SECRET)
    oauth = {
        "authority": issuer.authority,
        "client_id": CLIENT,
        "flow": "device_code",
        "ca_file": str(issuer.ca_file),
    }
    account = {"username": issuer.address, "ca_file": str(dovecot.ca_file)}
    main = {
        "unit": {"organ_id": "H37.99", "name": "UBND huyện Hữu Lũng", "place": "Hữu Lũng"},
        "store": {"database": "dondoc.sqlite", "evidence": "evidence", "output": "output"},
        "token_key": {"env": "DONDOC_TOKEN_KEY"},
        "directory": "directory.yaml",
        "campaigns": "campaign.yaml",
        "mail": {
            "address": "nq47@huulung.example",
            "smtp": {
                "host": "127.0.0.1",
                "port": 9,
                **account,
                "oauth": {**oauth, "scopes": ["send"]},
            },
            "imap": {
                "host": dovecot.host,
                "port": dovecot.imaps_port,
                **account,
                "oauth": {**oauth, "scopes": ["read"]},
            },
        },
    }
    _write(tmp_path, main)
    return tmp_path


# YAML holds JSON, and JSON has no narrower type in Python.
def _write(folder: Path, main: Mapping[str, object]) -> None:
    (folder / "dondoc.yaml").write_text(json.dumps(main, ensure_ascii=False), encoding="utf-8")


def _checks(done: Ran) -> dict[str, bool]:
    return {check["name"]: check["ok"] for check in json.loads(done.out)["checks"]}


def test_one_login_is_good_for_both_servers(capsys: Capsys, folder: Path, issuer: Issuer) -> None:
    before = ran(capsys, "doctor", "--config", folder, "--json")
    assert "nobody has logged in yet; run `dondoc mail login`" in before.out
    assert (_checks(before)["login of mail.imap"], _checks(before)["imap"]) == (False, False)
    done = ran(capsys, "mail", "login", "--config", folder)
    assert (done.code, done.err) == (0, "")
    assert USER_CODE in done.out
    assert f"{issuer.authority}/activate" in done.out
    assert done.out.endswith("logged in: mail.smtp and mail.imap\n")
    assert issuer.asked == ["device_code"]
    after = _checks(ran(capsys, "doctor", "--config", folder, "--json"))
    assert [after[name] for name in ("login of mail.smtp", "login of mail.imap", "imap")] == [
        True
    ] * 3
    kept = [path.name for path in folder.iterdir() if path.suffix == ".json"]
    assert len(kept) == 1


def test_a_login_that_was_refused_ends_with_1(capsys: Capsys, folder: Path, issuer: Issuer) -> None:
    issuer.broken = "access_denied"
    done = ran(capsys, "mail", "login", "--config", folder)
    assert done.code == 1
    assert "access_denied" in done.err


def test_where_nobody_needs_to_log_in_the_command_says_so(capsys: Capsys, folder: Path) -> None:
    main = json.loads((folder / "dondoc.yaml").read_text(encoding="utf-8"))
    for server in ("smtp", "imap"):
        main["mail"][server]["oauth"] |= {
            "flow": "client_credentials",
            "client_secret": {"env": "DONDOC_OAUTH_SECRET"},
        }
    _write(folder, main)
    done = ran(capsys, "mail", "login", "--config", folder)
    assert done.code == 1
    assert "no mail server asks for a person" in done.err
    checks = _checks(ran(capsys, "doctor", "--config", folder, "--json"))
    assert (checks["login of mail.imap"], checks["imap"]) == (True, True)
