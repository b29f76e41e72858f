"""The shipped migrations make exactly the tables that the ledger uses."""

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, text

from connector.store.ledger import SqlLedger
from connector.store.migration import FOLDER, draft, upgrade
from connector.store.schema import METADATA, REVISION
from connector.store.sqlite import WRITING, sqlite_engine
from domain.directive import StoredFile
from domain.errors import StoreFailed
from domain.facts import About, Event, Fact, PortalCompared, PortalFileFetched
from domain.ids import CampaignId, Digest
from domain.portal import PortalComparison
from domain.state import CursorState, DirectiveState, DispatchState, PortalState
from tests.contract import ledger_story as story


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    engine = sqlite_engine(tmp_path / "ledger.db", busy_seconds=1, read_only=False)
    yield engine
    engine.dispose()


def tables(path: Path) -> set[str]:
    connection = sqlite3.connect(path)
    try:
        return {name for (name,) in connection.execute("SELECT name FROM sqlite_master")}
    finally:
        connection.close()


def test_the_newest_migration_is_the_one_that_the_code_asks_for() -> None:
    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    config.set_main_option("path_separator", "os")
    assert ScriptDirectory.from_config(config).get_heads() == [REVISION]


def test_migrations_make_the_tables_of_the_schema(engine: Engine) -> None:
    upgrade(engine)
    with engine.begin() as connection:
        found = compare_metadata(MigrationContext.configure(connection), METADATA)
    # When this fails: connector.store.migration.draft writes the migration that is missing.
    assert found == []


def triggers(path: Path) -> dict[str, str]:
    with closing(sqlite3.connect(path)) as connection:
        found = connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
        return dict(found.fetchall())


def test_migrations_make_the_triggers_of_the_schema(engine: Engine, tmp_path: Path) -> None:
    upgrade(engine)
    drawn = sqlite_engine(tmp_path / "drawn.db", busy_seconds=1, read_only=False)
    with drawn.begin() as connection:
        METADATA.create_all(connection)
    drawn.dispose()
    made = triggers(tmp_path / "ledger.db")
    assert made == triggers(tmp_path / "drawn.db")
    assert made.keys() == {"events_no_update", "events_no_delete"}


def test_upgrading_again_changes_nothing(engine: Engine, tmp_path: Path) -> None:
    upgrade(engine)
    before = tables(tmp_path / "ledger.db")
    upgrade(engine)
    assert tables(tmp_path / "ledger.db") == before
    assert {"events", "dispatches", "alembic_version"} <= before


def test_a_migration_that_fails_leaves_nothing_behind(engine: Engine, tmp_path: Path) -> None:
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE rounds (foreign_to_us INTEGER)")
    engine.dispose()
    with pytest.raises(StoreFailed, match="table rounds already exists"):
        SqlLedger.open(tmp_path / "ledger.db")
    assert tables(tmp_path / "ledger.db") == {"rounds"}


def test_a_store_of_a_newer_version_is_refused(engine: Engine, tmp_path: Path) -> None:
    upgrade(engine)
    with engine.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    engine.dispose()
    with pytest.raises(StoreFailed, match=r"9999.*use the Dondoc version that wrote it"):
        SqlLedger.open(tmp_path / "ledger.db")
    with pytest.raises(StoreFailed, match=f"revision 9999, not {REVISION}; start the daemon"):
        SqlLedger.open(tmp_path / "ledger.db", create=False)


def test_a_draft_holds_what_the_schema_has_and_the_store_lacks(
    engine: Engine, tmp_path: Path
) -> None:
    folder = tmp_path / "migrations"
    shutil.copytree(FOLDER, folder, ignore=shutil.ignore_patterns("[0-9]*_*", "__pycache__"))
    (folder / "versions").mkdir(exist_ok=True)
    draft(engine, revision="0001", message="Begin", folder=folder)
    text = (folder / "versions" / "0001_begin.py").read_text(encoding="utf-8")
    assert text.startswith('"""Begin."""')
    assert text.count("op.create_table") == len(METADATA.tables)
    assert "Kept" not in text


def test_what_an_older_store_holds_is_the_first_version(engine: Engine, tmp_path: Path) -> None:
    """Rows of before a directive could be replaced; their events have no such members either."""
    ledger = SqlLedger.open(tmp_path / "new.db")
    ledger.append(story.beginning(), recorded_at=story.NOW)
    ledger.close()
    upgrade(engine)
    engine.dispose()
    with (
        closing(sqlite3.connect(tmp_path / "new.db")) as new,
        closing(sqlite3.connect(tmp_path / "ledger.db")) as old,
    ):
        for table in ("directives", "dispatches"):
            columns = [row[1] for row in new.execute(f"PRAGMA table_info({table})")]
            kept = ", ".join(f'"{c}"' for c in columns if c not in _LATER)
            rows = new.execute(f"SELECT {kept} FROM {table}").fetchall()
            marks = ", ".join("?" for _ in rows[0])
            old.executemany(f"INSERT INTO {table} ({kept}) VALUES ({marks})", rows)
        old.commit()
    older = SqlLedger.open(tmp_path / "ledger.db")
    (directive,) = older.select(DirectiveState)
    assert (directive.version, directive.former, directive.reason) == (1, (), "")
    assert {(d.edition, d.recalls) for d in older.select(DispatchState)} == {(1, None)}
    older.close()


_LATER = frozenset({"version", "former", "reason", "edition", "recalls"})


def test_rows_of_the_first_tables_are_carried_over(engine: Engine, tmp_path: Path) -> None:
    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    config.set_main_option("path_separator", "os")
    with engine.execution_options(**{WRITING: True}).begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
        columns = [row[1] for row in connection.exec_driver_sql("PRAGMA table_info(dispatches)")]
        # Any text will do: the tables keep everything but numbers and flags as text.
        values = {name: name for name in columns} | {"occurrence": 1, "attempts": 2, "marked": 1}
        names, marks = ", ".join(columns), ", ".join("?" for _ in columns)
        connection.exec_driver_sql(
            f"INSERT INTO dispatches ({names}) VALUES ({marks})",
            tuple(values[name] for name in columns),
        )
    upgrade(engine)
    with engine.begin() as connection:
        kept = connection.exec_driver_sql("SELECT * FROM dispatches").mappings().one()
    assert {name: kept[name] for name in columns} == values
    assert (kept["followed"], kept["edition"], kept["recalls"]) == (0, 1, None)


def test_a_file_that_joins_the_letters_goes_on_joining_them(engine: Engine, tmp_path: Path) -> None:
    """Rows as a store of before had them; a rebuilt one has the same."""
    about = About(campaign=CampaignId("nq47"))
    file = StoredFile(name="47-NQ-CP.pdf", digest=Digest("cd" * 32), size=9)
    fetched = PortalFileFetched(about=about, file=file, url="https://x.example/47", pages=())
    lacks = PortalCompared(about=about, outcome=PortalComparison.NOT_CARRIED, carried=())
    facts: list[Fact] = [fetched, lacks]
    events = [
        Event(source="portal", source_key=str(n), occurred_at=story.NOW, fact=fact, evidence=None)
        for n, fact in enumerate(facts)
    ]
    ledger = SqlLedger.open(tmp_path / "new.db")
    ledger.append(events, recorded_at=story.NOW)
    wanted = ledger.select(PortalState)
    ledger.close()
    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    config.set_main_option("path_separator", "os")
    with (
        closing(sqlite3.connect(tmp_path / "new.db")) as new,
        engine.execution_options(**{WRITING: True}).begin() as connection,
    ):
        config.attributes["connection"] = connection
        command.upgrade(config, "0006")
        columns = [row[1] for row in connection.exec_driver_sql("PRAGMA table_info(portals)")]
        names, marks = ", ".join(columns), ", ".join("?" for _ in columns)
        row = new.execute(f"SELECT {names} FROM portals").fetchone()
        connection.exec_driver_sql(f"INSERT INTO portals ({names}) VALUES ({marks})", row)
    upgrade(engine)
    engine.dispose()
    with closing(sqlite3.connect(tmp_path / "new.db")) as new:
        text = new.execute("SELECT lacking FROM portals").fetchone()
    with closing(sqlite3.connect(tmp_path / "ledger.db")) as old:
        assert old.execute("SELECT lacking FROM portals").fetchone() == text
    older = SqlLedger.open(tmp_path / "ledger.db")
    assert older.select(PortalState) == wanted
    assert wanted[0].joins(1, story.NOW) == file
    older.close()


def test_a_mailbox_is_read_on_from_where_an_older_store_left_it(
    engine: Engine, tmp_path: Path
) -> None:
    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    config.set_main_option("path_separator", "os")
    with engine.execution_options(**{WRITING: True}).begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0008")
        connection.execute(text("INSERT INTO cursors VALUES ('nq47', 'INBOX', 1715130000, 812)"))
    upgrade(engine)
    with closing(SqlLedger.open(tmp_path / "ledger.db")) as ledger:
        assert [(row.place, row.cursor) for row in ledger.select(CursorState)] == [
            ("INBOX", "1715130000:812")
        ]
