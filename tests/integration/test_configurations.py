"""Sets of configuration of a daemon: swapped in whole, refused whole, proved and visible."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
import structlog

from domain.errors import Conflict
from domain.facts import ConfigurationAdopted, ConfigurationRefused
from domain.ids import OfficeId, SetDigest, digest_of
from domain.state import ConfigurationState
from dondoc.services.configuration import examine_configuration, in_force
from dondoc.settings.kept_set import kept_settings
from dondoc.settings.loaded import load_set
from dondoc.watching_files import FileWatch
from tests.integration.changing_set import MORE, Folder, Running, running, written
from tests.system.crash.steps import SteppedLedger

MINH_TIEN = OfficeId("xa-minh-tien")


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return written(tmp_path)


@pytest.fixture
def daemon(folder: Folder) -> Iterator[Running]:
    with running(folder) as found:
        yield found


def row(daemon: Running) -> ConfigurationState:
    (found,) = daemon.sets.app.ledger.select(ConfigurationState)
    return found


def adopted(daemon: Running) -> list[ConfigurationAdopted]:
    facts = (one.event.fact for one in daemon.sets.app.ledger.events())
    return [fact for fact in facts if isinstance(fact, ConfigurationAdopted)]


def test_the_set_of_the_start_is_recorded_once_with_all_its_files(folder: Folder) -> None:
    for _ in range(2):
        with running(folder) as daemon:
            (fact,) = adopted(daemon)
            assert fact.digest == daemon.sets.digest == load_set(folder.main).digest
            kept = kept_settings(folder.main, daemon.sets.app.evidence, fact.digest)
    assert kept is not None
    assert set(fact.files) == {digest_of(content) for content in folder.contents()}
    assert [office.id for office in kept.directory.offices] == ["xa-yen-son", "xa-ho-son"]


def test_a_set_that_was_changed_while_no_daemon_ran_is_recorded_at_the_start(
    folder: Folder,
) -> None:
    with running(folder) as before:
        first = before.sets.digest
    folder.write("directory/more.yaml", MORE)
    with running(folder) as daemon:
        assert [fact.former for fact in adopted(daemon)] == [None, first]


def test_files_that_do_not_change_are_not_judged(daemon: Running) -> None:
    before = daemon.sets.app
    assert not daemon.settle()
    assert daemon.sets.app is before
    assert len(adopted(daemon)) == 1


def test_a_changed_set_comes_into_force_whole(daemon: Running) -> None:
    daemon.folder.write("directory/more.yaml", MORE)
    daemon.folder.change("campaigns/nq47.yaml", "title: Nghị quyết 47", "title: NQ 47")
    before = daemon.sets.app
    with structlog.testing.capture_logs() as logs:
        assert daemon.settle()
    app = daemon.sets.app
    assert app.directory.get(MINH_TIEN)
    assert [rule.title for rule in app.campaigns.values()] == ["NQ 47"]
    assert before.directory.get(MINH_TIEN) is None
    assert [line["event"] for line in logs] == ["configuration_adopted"]
    assert row(daemon).digest == daemon.sets.digest == load_set(daemon.folder.main).digest
    assert [fact.former for fact in adopted(daemon)] == [None, adopted(daemon)[0].digest]
    # Nothing connects anew, and what the process knows of its accounts goes on.
    assert app.mail is before.mail
    assert daemon.changed == [app]


@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_kill_as_a_set_is_refused(folder: Folder, moment: str) -> None:
    def reached(boundary: str) -> None:
        if boundary == f"ledger.append {ConfigurationRefused.__name__} {moment}":
            raise KeyboardInterrupt

    with running(folder) as daemon:
        in_force_before = daemon.sets.digest
        app = daemon.sets.app
        daemon.sets._now = replace(
            daemon.sets._now, app=replace(app, ledger=SteppedLedger(app.ledger, reached))
        )
        folder.change("campaigns/nq47.yaml", "id: nq47", "id: nq47\nrecipient: x")
        with pytest.raises(KeyboardInterrupt):
            daemon.settle()
    folder.change("campaigns/nq47.yaml", "\nrecipient: x", "")
    with running(folder) as again:
        assert again.sets.digest == in_force_before
        assert row(again).refused is None
        folder.write("directory/more.yaml", MORE)
        assert again.settle()


def test_a_half_saved_set_is_waited_for(daemon: Running) -> None:
    daemon.folder.change("campaigns/nq47.yaml", "Nghị quyết 47", "Nghị quyết")
    assert not daemon.sets.look()
    assert not daemon.sets.take_changes()
    daemon.folder.change("campaigns/nq47.yaml", "Nghị quyết", "Nghị quyết 47/NQ-CP")
    assert not daemon.sets.look()
    assert daemon.sets.look()
    assert daemon.sets.take_changes()
    assert len(adopted(daemon)) == 2


def test_what_changes_while_it_is_read_is_read_again(
    daemon: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    def meddled(path: Path) -> object:
        found = load_set(path)
        daemon.folder.write("directory/more.yaml", MORE)
        return found

    daemon.folder.change("campaigns/nq47.yaml", "Nghị quyết 47", "NQ 47")
    monkeypatch.setattr("dondoc.configurations.load_set", meddled)
    assert not daemon.settle()
    monkeypatch.undo()
    assert len(adopted(daemon)) == 1
    assert daemon.settle()
    assert daemon.sets.app.directory.get(MINH_TIEN)


def test_somebody_who_asks_need_not_wait(daemon: Running) -> None:
    daemon.folder.write("directory/more.yaml", MORE)
    daemon.sets.ask()
    assert daemon.sets.take_changes()
    assert not daemon.sets.take_changes()


@pytest.mark.parametrize("gone", ["directory/offices.yaml", "campaigns/nq47.yaml", "dondoc.yaml"])
def test_a_file_that_vanishes_is_noticed(daemon: Running, gone: str) -> None:
    text = (daemon.folder.path / gone).read_text(encoding="utf-8")
    (daemon.folder.path / gone).unlink()
    assert not daemon.settle()
    assert row(daemon).refused
    daemon.folder.write(gone, text)
    daemon.settle()
    assert not row(daemon).refused


def test_a_bad_set_is_refused_and_the_old_one_stays_in_force_visibly(daemon: Running) -> None:
    before, digest = daemon.sets.app, daemon.sets.digest
    daemon.folder.change("campaigns/nq47.yaml", "recipients:", "recipient:")
    daemon.folder.write("directory/more.yaml", MORE.replace("xa-minh-tien", "xa-yen-son"))
    with structlog.testing.capture_logs() as logs:
        assert not daemon.settle()
        # Told once, however often somebody looks.
        daemon.sets.ask()
        assert not daemon.sets.take_changes()
    assert daemon.sets.app is before
    assert daemon.sets.digest == digest
    (line,) = [one for one in logs if one["event"] == "configuration_refused"]
    assert any("campaigns/nq47.yaml" in problem for problem in line["problems"])
    assert any("directory/more.yaml" in problem for problem in line["problems"])
    found = row(daemon)
    assert (found.digest, found.refused) == (digest, load_set(daemon.folder.main).digest)
    assert daemon.sets.refused == len(found.problems) == len(line["problems"])
    (check,) = examine_configuration(daemon.sets.app.ledger, SetDigest("other"), running=True)
    assert not check.ok
    assert check.details == found.problems
    assert "stays in force" in check.what


def test_a_bad_set_that_is_mended_leaves_no_trace_but_the_record(daemon: Running) -> None:
    daemon.folder.change("campaigns/nq47.yaml", "recipients:", "recipient:")
    daemon.settle()
    daemon.folder.change("campaigns/nq47.yaml", "recipient:", "recipients:")
    before = daemon.sets.app
    assert not daemon.settle()
    assert daemon.sets.app is before
    assert (row(daemon).refused, row(daemon).problems) == (None, ())
    on_disk = load_set(daemon.folder.main).digest
    (check,) = examine_configuration(daemon.sets.app.ledger, on_disk, running=True)
    assert check.ok


def test_a_set_that_no_daemon_has_taken_in_yet_is_told(daemon: Running) -> None:
    ledger = daemon.sets.app.ledger
    (check,) = examine_configuration(ledger, SetDigest("other"), running=True)
    assert not check.ok
    (check,) = examine_configuration(ledger, SetDigest("other"), running=False)
    assert check.ok


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        ("database: store/ledger.sqlite", "database: other/ledger.sqlite", "store"),
        ("token_key:", "schedule: {poll_seconds: 5}\ntoken_key:", "schedule.poll_seconds"),
        ("token_key:", "schedule: {stop_seconds: 5}\ntoken_key:", "schedule.stop_seconds"),
        ("mail:\n", "mail:\n  name: other\n", "mail.name"),
        ("per_minute: 60", "connections: 4", "mail.smtp.connections"),
        ("mail:\n", "mail:\n  redirect_all: x@huulung.example\n", "mail.redirect_all"),
    ],
)
def test_what_only_a_restart_can_change_is_refused_and_said(
    daemon: Running, old: str, new: str, named: str
) -> None:
    daemon.folder.change("dondoc.yaml", old, new)
    before = daemon.sets.app
    assert not daemon.settle()
    assert daemon.sets.app is before
    (problem,) = row(daemon).problems
    assert problem.startswith(named)
    assert "restart" in problem or "start Dondoc" in problem


def test_a_set_that_needs_a_restart_is_in_force_after_it(folder: Folder) -> None:
    with running(folder) as daemon:
        folder.change("dondoc.yaml", "token_key:", "schedule: {poll_seconds: 5}\ntoken_key:")
        daemon.settle()
        assert row(daemon).refused
    with running(folder) as daemon:
        assert not row(daemon).refused


@dataclass
class Crew:
    """Daemons of a store; this one is ``b``."""

    own: str = "b.1"
    others: set[str] = field(default_factory=lambda: {"a.1"})

    def alive(self) -> frozenset[str]:
        return frozenset({self.own, *self.others})

    def beat(self) -> None:
        pass

    def bury(self) -> list[str]:
        return []

    def take(self, lease: str) -> bool:
        return bool(lease)

    def leave(self, lease: str) -> None:
        pass


def test_a_daemon_with_older_files_stands_still_while_one_with_newer_ones_lives(
    folder: Folder,
) -> None:
    crew = Crew()
    with running(folder, crew) as daemon:
        assert not daemon.sets.elsewhere()
        ledger = daemon.sets.app.ledger
        newer = load_set(folder.main)
        folder.write("directory/more.yaml", MORE)
        crew.own, crew.others = "a.1", {"b.1"}
        with running(folder, crew) as other:
            assert not other.sets.elsewhere()
        crew.own, crew.others = "b.1", {"a.1"}
        with structlog.testing.capture_logs() as logs:
            assert daemon.sets.elsewhere()
        assert [line["event"] for line in logs] == ["configuration_elsewhere"]
        checks = examine_configuration(ledger, newer.digest, running=True)
        assert [c.name for c in checks if not c.ok] == ["configuration of workers"]
        # The files come to this machine, too.
        assert daemon.settle()
        assert not daemon.sets.elsewhere()
        assert all(c.ok for c in examine_configuration(ledger, daemon.sets.digest, running=True))


def test_the_set_of_a_dead_daemon_holds_nobody_back(folder: Folder) -> None:
    crew = Crew()
    with running(folder, crew) as daemon:
        folder.write("directory/more.yaml", MORE)
        crew.own, crew.others = "a.1", {"b.1"}
        with running(folder, crew):
            pass
        crew.own, crew.others = "b.1", set()
        assert not daemon.sets.elsewhere()
        current = in_force(daemon.sets.app.ledger)
        assert current is not None
        assert (current.worker, current.digest) == ("b", daemon.sets.digest)


def test_a_store_of_a_rehearsal_is_not_used_for_the_real_letters(
    folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder.change("dondoc.yaml", "mail:\n", "mail:\n  redirect_all: x@huulung.example\n")
    with running(folder):
        pass
    folder.change("dondoc.yaml", "  redirect_all: x@huulung.example\n", "")
    with running(folder):
        pass
    folder.change("dondoc.yaml", "mail:\n", "mail:\n  redirect_all: x@huulung.example\n")
    monkeypatch.setattr("dondoc.configurations._has_sent", lambda _ledger: True)
    with pytest.raises(Conflict, match="what a rehearsal has sent counts as sent"), running(folder):
        pass


@pytest.mark.parametrize("told", [True, False])
def test_a_rehearsal_is_known_though_its_set_cannot_be_read_any_more(
    folder: Folder, monkeypatch: pytest.MonkeyPatch, told: bool
) -> None:
    redirected = "mail:\n  redirect_all: x@huulung.example\n"
    folder.change("dondoc.yaml", "mail:\n", redirected)
    with running(folder) as daemon:
        (fact,) = adopted(daemon)
        assert fact.redirected_to == "x@huulung.example"
    monkeypatch.setattr("dondoc.configurations._has_sent", lambda _ledger: True)
    monkeypatch.setattr("dondoc.configurations.kept_settings", lambda *_: None)
    if not told:
        # As the facts from before this was recorded.
        monkeypatch.setattr("dondoc.configurations.redirected_to", lambda *_: None)
    folder.change("dondoc.yaml", redirected, "mail:\n")
    words = "what a rehearsal has sent" if told else "cannot be told any more"
    with pytest.raises(Conflict, match=words), running(folder):
        pass
    monkeypatch.setattr("dondoc.configurations._has_sent", lambda _ledger: False)
    with running(folder):
        pass


def test_what_a_fact_does_not_tell_the_kept_set_does(
    folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    with running(folder) as daemon:
        assert [fact.redirected_to for fact in adopted(daemon)] == [""]
    monkeypatch.setattr("dondoc.configurations._has_sent", lambda _ledger: True)
    monkeypatch.setattr("dondoc.configurations.redirected_to", lambda *_: None)
    with running(folder):
        pass
    folder.change("dondoc.yaml", "mail:\n", "mail:\n  redirect_all: x@huulung.example\n")
    with pytest.raises(Conflict, match="what a rehearsal has sent"), running(folder):
        pass


def test_the_watch_tells_of_a_change_and_survives_a_file_system_that_fails() -> None:
    told: list[int] = []
    looks: Iterator[bool | OSError] = iter([OSError("gone"), False, True])

    def look() -> bool:
        found = next(looks, True)
        if isinstance(found, OSError):
            raise found
        return found

    with (
        structlog.testing.capture_logs() as logs,
        FileWatch(look, lambda: told.append(1), seconds=0.01),
    ):
        while len(told) < 2:
            pass
    assert [line["event"] for line in logs] == ["job_failed"]
