"""Files that no daemon may stand still for: each is refused with its place, and mended again."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import structlog

from connector.email.smtp import SmtpTransport
from domain.errors import ConfigError
from domain.facts import ConfigurationRefused
from dondoc import bootstrap_accounts
from dondoc.bootstrap_accounts import open_accounts
from dondoc.configurations import Configurations
from dondoc.settings import loaded
from dondoc.settings.kept_set import as_if_at, kept_settings
from dondoc.settings.loaded import load_set
from dondoc.settings.set_files import lies_at
from mappings.mail.rendering import SOURCES
from tests.checkout import ROOT
from tests.integration.changing_set import MORE, Clock, Folder, Running, running, written

LONG = "a" * 300
AUTHORITY = ROOT / "tests" / "data" / "tls" / "authority.pem"
TLS = (
    "port: 9, security: none, per_minute: 60}",
    "port: 9, security: starttls, ca_file: ca.pem, per_minute: 60}",
)


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return written(tmp_path)


@pytest.fixture
def daemon(folder: Folder) -> Iterator[Running]:
    with running(folder) as found:
        yield found


def refusals(daemon: Running) -> list[ConfigurationRefused]:
    facts = (one.event.fact for one in daemon.sets.app.ledger.events())
    return [fact for fact in facts if isinstance(fact, ConfigurationRefused)]


@pytest.mark.parametrize("key", ["phrases", "templates", "calendar", "directory_columns"])
@pytest.mark.parametrize(
    "value", [LONG, '"a\\0b"', '"a\\0*"', '"\\ud800"', '"\\ud800*"'], ids=ascii
)
def test_a_name_that_no_file_can_have_is_refused_at_its_place_and_mended(
    daemon: Running, key: str, value: str
) -> None:
    text = (daemon.folder.main).read_text(encoding="utf-8")
    daemon.folder.write("dondoc.yaml", f"{text}{key}: {value}\n")
    assert not daemon.settle()
    (fact,) = refusals(daemon)
    line = text.count("\n") + 1
    assert all(
        problem.startswith(f"{daemon.folder.main}:{line}:{len(key) + 3}: ")
        for problem in fact.problems
    )
    assert daemon.sets.refused == len(fact.problems)
    # Judged, and not again before something changes.
    assert not daemon.sets.look()
    daemon.folder.write("dondoc.yaml", text)
    daemon.settle()
    assert daemon.sets.refused == 0


def test_a_file_whose_name_is_no_text_is_refused_or_taken_like_every_other(
    daemon: Running,
) -> None:
    place = Path(os.fsdecode(bytes(daemon.folder.path / "directory") + b"/\xff.yaml"))
    place.write_text(MORE.replace("emails", "email"), encoding="utf-8")
    daemon.settle()
    (fact,) = refusals(daemon)
    assert "\\udcff.yaml:2:" in fact.problems[0]
    place.write_text(MORE, encoding="utf-8")
    assert daemon.settle()
    kept = kept_settings(daemon.folder.main, daemon.sets.app.evidence, daemon.sets.digest)
    assert kept is not None
    assert len(kept.directory.offices) == 3


@pytest.mark.parametrize("name", ["directory/pipe.yaml", "campaigns/nq47.yaml", "dondoc.yaml"])
def test_a_pipe_among_the_files_is_refused_and_nobody_waits_for_it(
    daemon: Running, name: str
) -> None:
    place, before = daemon.folder.path / name, daemon.sets.app
    text = place.read_text(encoding="utf-8") if place.exists() else None
    place.unlink(missing_ok=True)
    os.mkfifo(place)
    assert not daemon.settle()
    (fact,) = refusals(daemon)
    assert fact.problems[0].startswith(f"{place}:0:0: cannot be read: it is a pipe")
    assert daemon.sets.app is before
    place.unlink()
    if text is not None:
        daemon.folder.write(name, text)
    daemon.settle()
    assert daemon.sets.refused == 0


def raising(error: Exception) -> Callable[..., object]:
    def meet(*_args: object, **_named: object) -> object:
        raise error

    return meet


@pytest.mark.parametrize("error", [MemoryError(), KeyError("x")], ids=["MemoryError", "KeyError"])
def test_what_no_check_foresaw_is_a_refusal_and_the_daemon_goes_on(
    daemon: Running, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    before = daemon.sets.app
    monkeypatch.setattr(loaded, "load_settings", raising(error))
    daemon.folder.write("directory/more.yaml", MORE)
    with structlog.testing.capture_logs() as logs:
        assert not daemon.settle()
    (line,) = [one for one in logs if one["event"] == "configuration_not_judged"]
    assert line["error"] == type(error).__name__
    (fact,) = refusals(daemon)
    assert f"could not be judged: {type(error).__name__}" in fact.problems[0]
    assert fact.problems[0].startswith(f"{daemon.folder.main}:1:1: ")
    assert (daemon.sets.refused, daemon.sets.app) == (1, before)
    assert not daemon.sets.take_changes()


def test_what_fails_when_the_accounts_are_made_is_a_refusal_too(
    daemon: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bootstrap_accounts, "portal_sites", raising(RecursionError()))
    daemon.folder.change(
        "dondoc.yaml", "port: 9, security: none, per", "port: 8, security: none, per"
    )
    closed: list[str] = []
    monkeypatch.setattr(SmtpTransport, "close", lambda transport: closed.append(repr(transport)))
    assert not daemon.settle()
    (fact,) = refusals(daemon)
    assert "could not be judged: RecursionError" in fact.problems[0]
    # What was opened before it failed is closed.
    assert len(closed) == 1


def test_accounts_that_cannot_be_made_leave_nothing_open(
    folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed: list[str] = []
    monkeypatch.setattr(SmtpTransport, "close", lambda transport: closed.append(repr(transport)))
    accounts = open_accounts(load_set(folder.main).sound(), Clock(), None)
    assert not closed
    accounts.close()
    monkeypatch.setattr(bootstrap_accounts, "portal_sites", raising(OSError("full")))
    with pytest.raises(OSError, match="full"):
        open_accounts(load_set(folder.main).sound(), Clock(), None)
    assert len(closed) == 2


def test_a_file_of_authorities_belongs_to_the_set(folder: Folder) -> None:
    folder.write("ca.pem", AUTHORITY.read_text(encoding="utf-8"))
    folder.change("dondoc.yaml", *TLS)
    with running(folder) as daemon:
        good = daemon.sets.digest
        folder.write("ca.pem", "x")
        daemon.settle()
        (fact,) = refusals(daemon)
        assert fact.problems[0].startswith(f"{folder.path / 'ca.pem'}:1:1: ")
        # Mended without touching another file.
        folder.write("ca.pem", AUTHORITY.read_text(encoding="utf-8"))
        daemon.settle()
        assert daemon.sets.refused == 0
        (folder.path / "ca.pem").unlink()
        daemon.settle()
        assert len(refusals(daemon)) == 2
        # The set in force can be read, whatever became of its files.
        assert kept_settings(folder.main, daemon.sets.app.evidence, good) is not None


def test_what_an_editor_leaves_beside_a_template_is_not_read(daemon: Running) -> None:
    folder = daemon.folder
    text = folder.main.read_text(encoding="utf-8")
    folder.write("templates/notice.j2", SOURCES["notice.j2"])
    for name in ("notice.j2~", ".notice.j2.swp", "#notice.j2#", "notice.j2.bak"):
        folder.write(f"templates/{name}", "{{")
    folder.write("dondoc.yaml", f"{text}templates: templates\n")
    assert daemon.settle()
    folder.write("templates/notice.j3", "{{")
    assert not daemon.settle()
    assert daemon.sets.refused == 1


def test_who_asks_while_files_are_judged_is_answered_afterwards(
    daemon: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    sets = daemon.sets

    def asked(path: Path) -> object:
        found = load_set(path)
        sets.ask()
        return found

    monkeypatch.setattr("dondoc.configurations.load_set", asked)
    sets.ask()
    assert not sets.take_changes()
    assert sets.look()
    monkeypatch.undo()
    assert not sets.take_changes()
    assert not sets.look()


def test_who_asked_is_answered_though_the_store_failed(
    daemon: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Configurations, "_judge", raising(OSError("full")))
    daemon.sets.ask()
    with pytest.raises(OSError, match="full"):
        daemon.sets.take_changes()
    assert daemon.sets.look()


def test_an_empty_file_is_one_of_the_set(folder: Folder) -> None:
    folder.write("calendar.yaml", "")
    folder.change("dondoc.yaml", "token_key:", "calendar: calendar.yaml\ntoken_key:")
    with pytest.raises(ConfigError, match=r"calendar\.yaml:1:1: is empty"):
        as_if_at(load_set(folder.main), folder.main)


def test_a_name_that_no_file_can_have_is_that_of_no_file(tmp_path: Path) -> None:
    assert not lies_at(tmp_path / LONG)
    assert not lies_at(tmp_path / "a\0b")
    assert not lies_at(tmp_path)
