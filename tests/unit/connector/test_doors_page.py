"""The page of doors: fresh, and every door in it."""

from pathlib import Path

import pytest

from domain.exchange import Ability
from dondoc.doors import DOORS, MEANINGS, PAGE, Door, main, page
from tests.checkout import ROOT


def test_the_page_is_fresh() -> None:
    assert main(["--check"]) == 0, "run python -m dondoc.doors"


def test_a_stale_page_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "page.md"
    assert main(["--check"], path) == 1
    path.write_text("old")
    assert main(["--check"], path) == 1
    assert capsys.readouterr().err == "page.md is stale; run `python -m dondoc.doors`\n" * 2
    assert main([], path) == 0
    assert main(["--check"], path) == 0
    assert PAGE.name == "doors.md"


def test_every_door_has_its_row() -> None:
    flagged = [
        path
        for path in (ROOT / "connector/eoffice").glob("*.py")
        if " ABILITIES" in path.read_text()
    ]
    assert len(DOORS) == len(flagged)
    assert set(MEANINGS) == set(Ability)


def test_a_row_is_what_the_flags_say() -> None:
    nothing = Door(name="wall", abilities=frozenset(), gives="", note="")
    some = Door(
        name="hatch",
        abilities=frozenset({Ability.RECEIVE, Ability.STATUSES}),
        gives="",
        note="",
    )
    lines = page([nothing, some]).splitlines()
    assert "| door | `send` | `receive` | `statuses` | `sent_list` | `agencies` |" in lines
    assert "| wall | – | – | – | – | – |" in lines
    assert "| hatch | – | yes | yes | – | – |" in lines
    assert "| hatch | – | status messages |" in lines
