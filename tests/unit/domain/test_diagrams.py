"""The page of state diagrams: fresh, complete, and drawn as Mermaid allows."""

import re
from pathlib import Path

import pytest

from domain.machine import ANSWER, ASSIGNMENT, DISPATCH, MEMBERSHIP, ROUND
from dondoc.diagrams import PAGE, main, page, picture


def test_the_page_is_fresh() -> None:
    assert main(["--check"]) == 0, "run python -m dondoc.diagrams"


def test_check_fails_when_stale_and_writing_mends_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "page.md"
    assert main(["--check"], path) == 1
    assert main([], path) == 0
    assert main(["--check"], path) == 0
    path.write_text(path.read_text() + "edited by hand\n")
    assert main(["--check"], path) == 1
    assert capsys.readouterr().err == ("page.md is stale; run `python -m dondoc.diagrams`\n" * 2)
    assert PAGE.name == "state-machines.md"


def test_every_cell_of_the_tables_is_on_the_page() -> None:
    drawn = (DISPATCH, ASSIGNMENT, MEMBERSHIP, ROUND, ANSWER)
    moves = sum(len(row) for table in drawn for row in table.values())
    tables = page().split("## Joint rules")[0]
    rows = [line.split(" | ") for line in tables.splitlines() if re.match(r"\| [a-z]", line)]
    cells = [cell.strip(" |") for row in rows if row[0] != "| status" for cell in row[1:]]
    assert sum(1 for cell in cells if cell) == moves


def test_no_arrow_joins_the_insides_of_two_frames() -> None:
    for block in re.findall(r"```mermaid\n(.*?)```", page(), re.S):
        frames = re.findall(r"state (\w+) \{\n(.*?)\}", block, re.S)
        frame_of = {member: name for name, inside in frames for member in inside.split()}
        for source, target in re.findall(r"(\w+) --> (\w+):", block):
            assert frame_of.get(source) in (None, target, frame_of.get(target)) or (
                target not in frame_of
            )
            assert source != target


def test_a_frame_stands_for_shared_events_only() -> None:
    table = {
        "new": {"try": "left", "drop": "gone"},
        "left": {"turn": "right", "end": "gone", "lose": "gone", "again": "left"},
        "right": {"end": "gone"},
        "gone": {},
    }
    assert picture(table, {"under_way": ("left", "right")}).splitlines() == [
        "```mermaid",
        "stateDiagram-v2",
        "    [*] --> new",
        "    state under_way {",
        "        left",
        "        right",
        "    }",
        "    new --> left: try",
        "    new --> gone: drop",
        "    left --> right: turn",
        "    under_way --> gone: end",
        "    left --> gone: lose",
        "```",
    ]
