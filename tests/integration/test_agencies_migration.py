"""A store from before the table of units was kept goes on with all that it has."""

from datetime import timedelta
from pathlib import Path

from alembic import command
from alembic.config import Config

from connector.store.ledger import SqlLedger
from connector.store.migration import FOLDER
from connector.store.sqlite import WRITING, sqlite_engine
from domain.state import AgenciesState
from tests.contract import ledger_story as story
from tests.contract.ledger_story import NOW


def test_an_older_store_learns_to_keep_the_table(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    _make(path, "0001")
    opened = SqlLedger.open(path)
    opened.append(story.beginning(), recorded_at=NOW)
    assert opened.select(AgenciesState) == []
    later = NOW + timedelta(days=1)
    opened.append([story.agencies(3), story.agencies_again(later)], recorded_at=later)
    opened.close()
    again = SqlLedger.open(path, create=False, read_only=True)
    (row,) = again.select(AgenciesState)
    assert (row.units, row.confirmed_at) == (3, later)
    assert again.differences() == []
    again.close()


def _make(path: Path, revision: str) -> None:
    engine = sqlite_engine(path, busy_seconds=1, read_only=False)
    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    config.set_main_option("path_separator", "os")
    with engine.execution_options(**{WRITING: True}).begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
    engine.dispose()
