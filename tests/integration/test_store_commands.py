"""`dondoc backup`, `restore` and `store move`, as an administrator runs them."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
import structlog

from connector.store.ledger import SqlLedger
from domain.errors import Conflict, StoreFailed
from domain.facts import Event, StoreRestored
from domain.state import DispatchState, RestorationState
from dondoc.bootstrap import daemon_lock, open_ledger
from dondoc.settings.load import load_settings
from tests.checkout import ROOT
from tests.contract import ledger_story as story
from tests.sending_office import IN_THE_MORNING, opened, write_letters
from tests.servers.postgresql import PASSWORD, USER, Postgresql
from tests.unit.cli.command_runs import ran
from tests.unit.settings.test_settings_bad import overlay

Capsys = pytest.CaptureFixture[str]
COUNT = 5


@pytest.fixture(autouse=True)
def _logging_restored() -> Iterator[None]:
    yield
    structlog.reset_defaults()


def configuration(folder: Path, database: str, more: str = "") -> Path:
    path = overlay("store-database", folder)
    text = path.read_text(encoding="utf-8")
    text = text.replace('"mysql://dondoc@db.example/dondoc"', f'"{database}"{more}')
    path.write_text(text, encoding="utf-8")
    return path


@pytest.fixture
def config(tmp_path: Path, capsys: Capsys) -> Path:
    """Return a configuration whose store has letters that wait."""
    path = configuration(tmp_path / "office", "ledger.sqlite")
    with opened(path.parent, COUNT, 9) as app:
        write_letters(app, b"%PDF-1.7\n" * 5000)
    capsys.readouterr()
    return path


@pytest.fixture
def in_postgresql(
    postgresql: Postgresql, config: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Path:
    """Return a configuration of a store in PostgreSQL with the same evidence."""
    server = postgresql.new_database()
    monkeypatch.setenv("DB_PASSWORD", PASSWORD)
    path = configuration(
        tmp_path / "new",
        f"postgresql://{USER}@{server.host}:{server.port}/{server.name}",
        ", password: {env: DB_PASSWORD}",
    )
    text = path.read_text(encoding="utf-8")
    evidence = config.parent / "evidence"
    path.write_text(text.replace("evidence: evidence", f"evidence: {evidence}"), encoding="utf-8")
    return path


@contextmanager
def read_only(folder: Path) -> Iterator[None]:
    """Have nobody write in a folder; as root by a mount, whom rights do not hold."""
    if os.geteuid() == 0:
        for options in (["--bind"], ["-o", "remount,ro,bind"]):
            subprocess.run(["mount", *options, folder, folder], check=True)
    else:
        folder.chmod(0o500)
    try:
        yield
    finally:
        if os.geteuid() == 0:
            subprocess.run(["umount", folder], check=True)
        else:
            folder.chmod(0o700)


def dispatches(config: Path) -> list[DispatchState]:
    with closing(open_ledger(load_settings(config))) as ledger:
        assert ledger.differences() == []
        return ledger.select(DispatchState)


def test_a_backup_is_made_and_restored(capsys: Capsys, config: Path, tmp_path: Path) -> None:
    made = ran(capsys, "backup", tmp_path / "backup", "--config", config, "--json")
    assert made.code == 0
    assert json.loads(made.out)["missing"] == []
    again = ran(capsys, "backup", tmp_path / "backup", "--config", config)
    assert again.code == 0
    assert again.out.startswith("backed up: ")
    other = configuration(tmp_path / "other", "ledger.sqlite")
    done = ran(capsys, "restore", tmp_path / "backup", "--config", other)
    assert done.code == 0
    assert done.out.startswith("restored what was backed up at ")
    assert dispatches(other) == dispatches(config)
    refused = ran(capsys, "restore", tmp_path / "backup", "--config", other)
    assert refused.code == 1
    assert "holds events already" in refused.err


def killed_at(step: str, *command: str | Path) -> None:
    """Run a command that kills itself at a step."""
    module = "tests.integration.restoring_process"
    run = [sys.executable, "-m", module, step, *map(str, command)]
    killed = subprocess.run(run, cwd=ROOT, check=False)
    assert killed.returncode == -signal.SIGKILL


@pytest.mark.parametrize("step", ["contents", "events before", "events after"])
def test_a_restore_that_was_killed_is_done_again_or_was_done(
    capsys: Capsys, config: Path, tmp_path: Path, step: str
) -> None:
    assert ran(capsys, "backup", tmp_path / "backup", "--config", config).code == 0
    other = configuration(tmp_path / "other", "ledger.sqlite")
    killed_at(step, "restore", tmp_path / "backup", "--config", other)
    again = ran(capsys, "restore", tmp_path / "backup", "--config", other)
    if step == "events after":
        assert (again.code, "holds events already" in again.err) == (1, True)
    else:
        assert again.code == 0
    # Never is it a store that does not know that it lacks something.
    with closing(open_ledger(load_settings(other))) as ledger:
        assert len(ledger.select(RestorationState)) == 1
    assert dispatches(other) == dispatches(config)
    checked = ran(capsys, "doctor", "--quick", "--evidence", "--config", other, "--json")
    evidence = next(c for c in json.loads(checked.out)["checks"] if c["name"] == "evidence")
    assert evidence["ok"], evidence


def test_a_folder_that_is_no_backup_is_refused(
    capsys: Capsys, config: Path, tmp_path: Path
) -> None:
    done = ran(capsys, "restore", tmp_path, "--config", config)
    assert done.code == 1
    assert "holds no finished backup" in done.err


@pytest.mark.parametrize("command", ["backup", "restore"])
def test_a_folder_without_a_name_is_not_the_current_one(
    command: str, capsys: Capsys, config: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    monkeypatch.chdir(empty)
    done = ran(capsys, command, "", "--config", config)
    assert done.code == 2
    assert "name the folder of the backup" in done.err
    assert not list(empty.iterdir())


def test_a_backup_of_no_store_is_refused(capsys: Capsys, tmp_path: Path) -> None:
    other = configuration(tmp_path / "other", "ledger.sqlite")
    done = ran(capsys, "backup", tmp_path / "backup", "--config", other)
    assert done.code == 1
    assert "there is no ledger at" in done.err


def test_a_backup_takes_no_file_but_its_own_away(
    capsys: Capsys, config: Path, tmp_path: Path
) -> None:
    place = tmp_path / "backup"
    place.mkdir()
    (place / "ledger-nq47.sqlite").write_bytes(b"somebody else's")
    for _ in range(2):
        assert ran(capsys, "backup", place, "--config", config).code == 0
    assert (place / "ledger-nq47.sqlite").read_bytes() == b"somebody else's"
    assert len(list(place.glob("ledger-2*.sqlite"))) == 1


@pytest.mark.parametrize("name", [".", "..", "evidence", "evidence/sha256/backup"])
def test_a_backup_is_not_made_into_the_store_itself(
    capsys: Capsys, config: Path, name: str
) -> None:
    before = sorted(config.parent.rglob("*"))
    done = ran(capsys, "backup", config.parent / name, "--config", config)
    assert (done.code, "is no place for a backup" in done.err) == (1, True)
    assert sorted(config.parent.rglob("*")) == before


def test_a_backup_of_another_store_is_kept(capsys: Capsys, config: Path, tmp_path: Path) -> None:
    assert ran(capsys, "backup", tmp_path / "backup", "--config", config).code == 0
    listed = (tmp_path / "backup" / "backup.json").read_bytes()
    other = configuration(tmp_path / "other", "ledger.sqlite")
    with closing(open_ledger(load_settings(other), create=True)) as ledger:
        ledger.append([story.review("first")], recorded_at=IN_THE_MORNING)
    done = ran(capsys, "backup", tmp_path / "backup", "--config", other)
    assert (done.code, "the backup of another store" in done.err) == (1, True)
    assert (tmp_path / "backup" / "backup.json").read_bytes() == listed
    assert len(list((tmp_path / "backup").glob("ledger-*"))) == 1


def test_a_backup_is_restored_from_where_nobody_can_write(
    capsys: Capsys, config: Path, tmp_path: Path
) -> None:
    place = tmp_path / "backup"
    assert ran(capsys, "backup", place, "--config", config).code == 0
    before = sorted(place.rglob("*"))
    other = configuration(tmp_path / "other", "ledger.sqlite")
    with read_only(place):
        assert ran(capsys, "restore", place, "--config", other).code == 0
    assert dispatches(other) == dispatches(config)
    assert sorted(place.rglob("*")) == before


def test_a_pipe_in_the_place_of_a_content_is_not_waited_for(
    capsys: Capsys, config: Path, tmp_path: Path
) -> None:
    place = tmp_path / "backup"
    assert ran(capsys, "backup", place, "--config", config).code == 0
    content = next(file for file in (place / "evidence" / "sha256").rglob("*") if file.is_file())
    content.unlink()
    os.mkfifo(content)
    other = configuration(tmp_path / "other", "ledger.sqlite")
    done = ran(capsys, "restore", place, "--config", other)
    assert (done.code, "the backup is damaged" in done.err) == (1, True)


def test_a_second_daemon_is_refused_by_whatever_name(config: Path, tmp_path: Path) -> None:
    other = configuration(tmp_path / "other", "linked.sqlite")
    (other.parent / "linked.sqlite").symlink_to(config.parent / "ledger.sqlite")
    with (
        daemon_lock(load_settings(config)),
        pytest.raises(Conflict, match="is in use by process"),
        daemon_lock(load_settings(other)),
    ):
        pass
    (other.parent / "linked.sqlite").unlink()
    (other.parent / "linked.sqlite").hardlink_to(config.parent / "ledger.sqlite")
    with pytest.raises(StoreFailed, match="has a second name"):
        open_ledger(load_settings(other), create=True)


def test_evidence_that_is_missing_is_named(capsys: Capsys, config: Path, tmp_path: Path) -> None:
    contents = sorted((config.parent / "evidence" / "sha256").rglob("*/*/*"))
    next(path for path in contents if path.is_file()).unlink()
    done = ran(capsys, "backup", tmp_path / "backup", "--config", config)
    assert done.code == 1
    assert "\nmissing: evidence " in done.out


def test_a_store_moves_to_postgresql_with_what_is_under_way(
    capsys: Capsys, config: Path, in_postgresql: Path
) -> None:
    before = dispatches(config)
    done = ran(capsys, "store", "move", "--config", config, "--to", in_postgresql)
    assert done.code == 0, done.err
    assert done.out.startswith("moved to ")
    assert dispatches(in_postgresql) == before
    assert ran(capsys, "status", "--config", in_postgresql).code == 0
    for command in (["status"], ["replay"], ["run"], ["backup", str(config.parent / "b")]):
        refused = ran(capsys, *command, "--config", config)
        assert refused.code == 1
        assert "was moved to" in refused.err
    again = ran(capsys, "store", "move", "--config", config, "--to", in_postgresql)
    assert again.code == 1


def test_a_store_does_not_move_to_a_database_at_which_a_worker_is(
    capsys: Capsys, config: Path, in_postgresql: Path, tmp_path: Path
) -> None:
    old, new = load_settings(config), load_settings(in_postgresql)
    assert new.store.folder == old.store.folder
    elsewhere = replace(new, store=replace(new.store, own=tmp_path / "elsewhere"))
    before = dispatches(config)
    with daemon_lock(elsewhere, "w1"):
        refused = ran(capsys, "store", "move", "--config", config, "--to", in_postgresql)
    assert (refused.code, "is in use by dondoc w1" in refused.err) == (1, True)
    assert dispatches(config) == before
    assert ran(capsys, "store", "move", "--config", config, "--to", in_postgresql).code == 0


@pytest.mark.parametrize("step", ["contents", "events before", "events after"])
def test_a_move_that_was_killed_is_completed_by_giving_it_again(
    capsys: Capsys, config: Path, tmp_path: Path, step: str
) -> None:
    before = dispatches(config)
    other = configuration(tmp_path / "other", "ledger.sqlite")
    killed_at(step, "store", "move", "--config", config, "--to", other)
    old = ran(capsys, "status", "--config", config)
    if step == "contents":
        assert old.code == 0, "nothing is there yet that could be used in its place"
    else:
        assert (old.code, "is being moved to" in old.err) == (1, True)
        third = configuration(tmp_path / "third", "ledger.sqlite")
        refused = ran(capsys, "store", "move", "--config", config, "--to", third)
        assert (refused.code, "is being moved to" in refused.err) == (1, True)
    if step == "events after":
        worked_on(other)
    done = ran(capsys, "store", "move", "--config", config, "--to", other)
    assert done.code == 0, done.err
    assert dispatches(other) == before
    refused = ran(capsys, "status", "--config", config)
    assert (refused.code, "was moved to" in refused.err) == (1, True)
    assert not list(config.parent.glob("*.moving"))
    checked = ran(capsys, "doctor", "--quick", "--evidence", "--config", other, "--json")
    evidence = next(c for c in json.loads(checked.out)["checks"] if c["name"] == "evidence")
    assert evidence["ok"], evidence


def worked_on(config: Path) -> None:
    """Have something recorded, as a daemon does that was started meanwhile."""
    now = datetime(2024, 10, 1, 2, tzinfo=UTC)
    event = Event(source="test", source_key="1", occurred_at=now, fact=StoreRestored(made_at=now))
    with closing(open_ledger(load_settings(config))) as ledger:
        ledger.append([event], recorded_at=now)


def test_a_move_goes_on_only_into_a_ledger_that_has_all_of_it(
    capsys: Capsys, config: Path, tmp_path: Path
) -> None:
    """A note is there, and the ledger of that place is another one, or lacks the end."""
    other = configuration(tmp_path / "other", "ledger.sqlite")
    killed_at("events before", "store", "move", "--config", config, "--to", other)
    worked_on(other)
    refused = ran(capsys, "store", "move", "--config", config, "--to", other)
    assert (refused.code, "holds events already" in refused.err) == (1, True)


def test_a_note_that_was_cut_off_keeps_nobody(capsys: Capsys, config: Path) -> None:
    (config.parent / "ledger.sqlite.moving").touch()
    assert ran(capsys, "status", "--config", config).code == 0


def test_a_store_in_postgresql_is_backed_up_and_restored_into_a_file(
    capsys: Capsys, config: Path, in_postgresql: Path, tmp_path: Path
) -> None:
    before = dispatches(config)
    ran(capsys, "store", "move", "--config", config, "--to", in_postgresql)
    made = ran(capsys, "backup", tmp_path / "backup", "--config", in_postgresql)
    assert made.code == 0, made.err
    other = configuration(tmp_path / "other", "ledger.sqlite")
    assert ran(capsys, "restore", tmp_path / "backup", "--config", other).code == 0
    assert dispatches(other) == before
    refused = ran(capsys, "store", "move", "--config", in_postgresql, "--to", other)
    assert refused.code == 1
    assert "only a SQLite ledger is moved" in refused.err


def test_a_ledger_that_holds_events_is_not_moved_into(
    capsys: Capsys, config: Path, tmp_path: Path
) -> None:
    other = configuration(tmp_path / "other", "ledger.sqlite")
    with (
        closing(SqlLedger.open(other.parent / "ledger.sqlite")) as ledger,
        opened(other.parent, COUNT, 9) as app,
    ):
        write_letters(app, b"%PDF-1.7\n" * 5000)
        assert ledger.select(DispatchState)
    done = ran(capsys, "store", "move", "--config", config, "--to", other)
    assert done.code == 1
    assert "holds events already" in done.err
    assert dispatches(config)
