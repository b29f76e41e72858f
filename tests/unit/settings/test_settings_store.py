"""Where the ledger is kept, as the configuration says it."""

from pathlib import Path

import pytest

from domain.errors import ConfigError
from dondoc.settings.load import load_settings
from dondoc.settings.records import Settings
from dondoc.settings.store import PostgresqlSettings
from tests.unit.settings.test_settings_bad import overlay


def loaded(folder: Path, database: str, more: str = "") -> Settings:
    path = overlay("store-database", folder)
    text = path.read_text(encoding="utf-8")
    text = text.replace('"mysql://dondoc@db.example/dondoc"', f'"{database}"{more}')
    path.write_text(text, encoding="utf-8")
    return load_settings(path)


@pytest.mark.parametrize(
    ("address", "host", "port", "far"),
    [
        ("postgresql://dondoc@db.huulung.example/so", "db.huulung.example", None, True),
        ("postgresql://dondoc@db.huulung.example:5433/so", "db.huulung.example", 5433, True),
        ("postgresql://dondoc@[2001:db8::7]/so", "2001:db8::7", None, True),
        ("postgresql://dondoc@localhost/so", "localhost", None, False),
        ("postgresql://dondoc@127.0.0.1/so", "127.0.0.1", None, False),
        ("postgresql://dondoc@/so?host=/run/postgresql", "/run/postgresql", None, False),
    ],
)
def test_a_database_is_named_by_its_address(
    tmp_path: Path, address: str, host: str, port: int | None, far: bool
) -> None:
    store = loaded(tmp_path, address, ", password: {env: DB_PASSWORD}").store
    database = store.database
    assert isinstance(database, PostgresqlSettings)
    assert (database.host, database.port, database.far) == (host, port, far)
    assert (database.username, database.name) == ("dondoc", "so")
    assert database.password is not None
    assert store.folder == tmp_path


def test_what_an_address_cannot_hold_as_it_is_may_be_escaped(tmp_path: Path) -> None:
    database = loaded(tmp_path, "postgresql://c%C3%A1n%40b%E1%BB%99@db.example/s%E1%BB%95").store
    assert isinstance(database.database, PostgresqlSettings)
    assert (database.database.username, database.database.name) == ("cán@bộ", "sổ")


@pytest.mark.parametrize(
    "address",
    [
        "postgresql://db.example",
        "postgresql://db.example/",
        "postgresql:///so",
        "postgresql://db.example/so/khac",
        "postgresql://db.example:0/so",
        "postgresql://db.example:x/so",
        "postgresql://db.example/so?sslmode=disable",
        "postgresql://db.example/so?host=/run",
        "postgresql://db.example/so#x",
        "postgres://db.example/so",
        "sqlite:///so.sqlite",
    ],
)
def test_an_address_that_names_no_database_is_refused(tmp_path: Path, address: str) -> None:
    with pytest.raises(ConfigError, match=r"2:19: store\.database names no database"):
        loaded(tmp_path, address)


def test_a_file_is_kept_with_what_belongs_to_it(tmp_path: Path) -> None:
    store = loaded(tmp_path, "so/dondoc.sqlite").store
    assert store.database == tmp_path / "so" / "dondoc.sqlite"
    assert store.folder == tmp_path / "so"
