"""`dondoc doctor` in front of a database that the engine may or may not use."""

import json
from pathlib import Path

import pytest
from sqlalchemy import create_engine

from connector.store.postgresql import Server
from tests.integration.test_store_commands import Capsys, configuration
from tests.servers.postgresql import PASSWORD, USER, Postgresql
from tests.unit.cli.command_runs import ran


def test_the_doctor_says_whether_the_engine_may_make_its_schema(
    capsys: Capsys, postgresql: Postgresql, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = postgresql.new_database()
    monkeypatch.setenv("DB_PASSWORD", PASSWORD)
    address = f"postgresql://{USER}@{server.host}:{server.port}/{server.name}"
    config = configuration(tmp_path / "office", address, ", password: {env: DB_PASSWORD}")

    def engine() -> dict[str, object]:
        done = ran(capsys, "doctor", "--quick", "--config", config, "--json")
        checks = {check["name"]: check for check in json.loads(done.out)["checks"]}
        return dict(checks["engine"])

    assert "will be made" in str(engine()["what"])
    text = config.read_text(encoding="utf-8")
    config.write_text(text.replace(f"//{USER}@", "//khach@"), encoding="utf-8")
    said(server, f"CREATE ROLE khach LOGIN PASSWORD '{PASSWORD}'")
    refused = engine()
    assert not refused["ok"]
    grant = str(refused["advice"]).rpartition(": ")[2]
    assert grant == f'GRANT CREATE ON DATABASE "{server.name}" TO "khach"'
    said(server, grant)
    assert engine()["ok"]
    said(server, "CREATE SCHEMA dbos")
    other = engine()
    assert (other["ok"], other["what"]) == (
        False,
        "its schema dbos belongs to another user than khach",
    )
    said(
        server,
        "ALTER SCHEMA dbos OWNER TO khach",
        f"REVOKE CREATE ON DATABASE {server.name} FROM khach",
    )
    assert engine()["ok"]


def said(server: Server, *statements: str) -> None:
    """Have the owner of a database say something to it."""
    made = create_engine(server.url.set(password=PASSWORD))
    with made.begin() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)
    made.dispose()
