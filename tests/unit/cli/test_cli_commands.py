"""The command line as a script sees it: help, exit codes, one JSON document on standard output."""

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog

from tests.checkout import ROOT
from tests.unit.cli.command_runs import ran

CONFIGS = ROOT / "tests" / "data" / "config"
MINIMAL = CONFIGS / "minimal" / "dondoc.yaml"
BROKEN = CONFIGS / "bad" / "everything-at-once" / "dondoc.yaml"

COMMANDS = [
    ["demo"],
    ["init"],
    ["check"],
    ["doctor"],
    ["run"],
    ["status"],
    ["plan"],
    ["compile"],
    ["approve"],
    ["forward"],
    ["backup"],
    ["restore"],
    ["store", "move"],
    ["replay"],
    ["schema"],
    ["template"],
    ["version"],
    ["review", "list"],
    ["review", "show"],
    ["review", "resolve"],
    ["quarantine", "list"],
    ["quarantine", "release"],
    ["exchange", "agencies"],
    ["exchange", "units"],
    ["exchange", "waiting"],
    ["exchange", "count"],
    ["exchange", "download"],
    ["exchange", "register"],
    ["exchange", "delete"],
    ["campaign", "draft"],
    ["mail", "login"],
    ["read", "message"],
    ["simulate", "eoffice"],
    ["simulate", "lgsp"],
]

# Each of these takes longer to load than `dondoc --help` may take.
HEAVY = {"sqlalchemy", "pydantic", "structlog", "lxml", "holidays", "docx", "rich", "uvicorn"}

Capsys = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def _logging_restored() -> Iterator[None]:
    yield
    structlog.reset_defaults()


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_every_command_explains_itself_with_an_example(capsys: Capsys, command: list[str]) -> None:
    done = ran(capsys, *command, "--help")
    assert done.code == 0
    assert f"Example: dondoc {' '.join(command)}" in " ".join(done.out.split())


def test_the_list_of_commands_is_complete(capsys: Capsys) -> None:
    done = ran(capsys, "--help")
    assert done.code == 0
    for command in COMMANDS:
        assert f"\n  {command[0]} " in done.out
    assert "..." not in done.out.partition("Commands:")[2]


def test_help_loads_nothing_heavy() -> None:
    code = f"import sys, dondoc.cli; print(sorted({HEAVY!r} & sys.modules.keys()))"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout == "[]\n"


@pytest.mark.parametrize(
    "arguments",
    [
        ["nope"],
        ["status", "--nope"],
        ["plan", "--config", str(MINIMAL), "--at", "soon"],
        ["review", "resolve", "R-1", "accept"],
        ["review", "resolve", "R-1", "perhaps", "--by", "Lan"],
        ["approve", "nq47", "--by", "Lan"],
        ["schema", "nope"],
        ["simulate", "eoffice", "--state", "x", "--system", "A"],
        ["simulate", "eoffice", "--state", "x", *["--system", "A", "--secret", "s"] * 2],
    ],
    ids=" ".join,
)
def test_wrong_usage_ends_with_2_and_says_nothing_on_standard_output(
    capsys: Capsys, arguments: list[str]
) -> None:
    done = ran(capsys, *arguments)
    assert (done.code, done.out) == (2, "")
    assert "Error: " in done.err


def test_a_worker_of_a_sqlite_file_is_wrong_usage(capsys: Capsys, tmp_path: Path) -> None:
    shutil.copytree(MINIMAL.parent, tmp_path, dirs_exist_ok=True)
    before = sorted(tmp_path.iterdir())
    done = ran(capsys, "run", "--config", tmp_path, "--worker", "mot")
    assert (done.code, done.out) == (2, "")
    assert "a SQLite file has one; take --worker out" in done.err
    assert sorted(tmp_path.iterdir()) == before, "no lock is left under that name"


def test_the_version(capsys: Capsys) -> None:
    assert ran(capsys, "--version").out == ran(capsys, "version").out
    assert ran(capsys, "version").out.startswith("dondoc 0.")


def test_a_sound_configuration(capsys: Capsys) -> None:
    done = ran(capsys, "check", "--config", MINIMAL.parent)
    assert done.code == 0
    assert done.out.endswith("the configuration is sound: 2 offices, 1 campaign(s)\n")


def test_a_sound_configuration_as_json(capsys: Capsys) -> None:
    done = ran(capsys, "check", "--config", MINIMAL, "--json")
    found = json.loads(done.out)
    assert (done.code, found["ok"], found["errors"]) == (0, True, [])


def test_all_problems_one_per_line(capsys: Capsys) -> None:
    as_json = ran(capsys, "check", "--config", BROKEN, "--json")
    found = json.loads(as_json.out)
    assert (as_json.code, found["ok"]) == (2, False)
    assert len(found["errors"]) > 1
    assert {"file", "line", "column", "what", "advice"} == found["errors"][0].keys()
    done = ran(capsys, "check", "--config", BROKEN)
    assert done.code == 2
    assert done.out.splitlines() == [
        f"{e['file']}:{e['line']}:{e['column']}: {e['what']}; {e['advice']}"
        for e in found["errors"]
    ]
    assert done.err.startswith(f"{len(found['errors'])} error(s)")


@pytest.mark.parametrize(
    "command",
    [["status"], ["plan"], ["replay"], ["review", "list"], ["forward", "nq47"], ["run"]],
    ids=" ".join,
)
def test_a_broken_configuration_stops_every_command_with_2(
    capsys: Capsys, command: list[str]
) -> None:
    done = ran(capsys, *command, "--config", BROKEN)
    assert (done.code, done.out) == (2, "")
    assert "dondoc.yaml:" in done.err


def test_doctor_tells_a_broken_configuration(capsys: Capsys) -> None:
    done = ran(capsys, "doctor", "--config", BROKEN, "--json")
    found = json.loads(done.out)
    assert (done.code, found["ok"]) == (2, False)
    assert found["checks"][0]["name"] == "configuration"
    assert found["checks"][0]["advice"]


def test_doctor_tells_a_missing_store(capsys: Capsys, tmp_path: Path) -> None:
    for file in MINIMAL.parent.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    done = ran(capsys, "doctor", "--quick", "--config", tmp_path)
    assert done.code == 1
    assert "ok     configuration" in done.out
    assert "WRONG  store: there is no ledger at " in done.out


def test_schemas_are_printed(capsys: Capsys) -> None:
    assert "$schema" in json.loads(ran(capsys, "schema", "campaign").out)
    assert {"dondoc", "campaign"} <= json.loads(ran(capsys, "schema").out).keys()


def test_a_message_that_is_not_there(capsys: Capsys, tmp_path: Path) -> None:
    done = ran(capsys, "read", "message", tmp_path / "no.eml", "--config", MINIMAL)
    assert (done.code, done.out) == (2, "")
    assert "cannot be read" in done.err
