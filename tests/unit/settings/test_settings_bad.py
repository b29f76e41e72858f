"""Broken configurations: each is refused with every problem at its exact place, and no other.

A case is a folder with the files that differ from the minimal configuration, and
``expected.txt`` with one ``file:line:column: what`` a line.
"""

import shutil
from pathlib import Path

import pytest

from domain.errors import ConfigError, Problem
from dondoc.settings.load import load_settings
from tests.checkout import ROOT

DATA = ROOT / "tests" / "data" / "config"
CASES = sorted(path.name for path in (DATA / "bad").iterdir())


def overlay(case: str, folder: Path) -> Path:
    """Return the main file of the minimal configuration with a case's files laid over it."""
    shutil.copytree(DATA / "minimal", folder, dirs_exist_ok=True)
    shutil.copytree(DATA / "bad" / case, folder, dirs_exist_ok=True)
    return folder / "dondoc.yaml"


def refused(path: Path) -> tuple[Problem, ...]:
    with pytest.raises(ConfigError) as caught:
        load_settings(path)
    return caught.value.problems


def test_there_are_enough_cases() -> None:
    assert len(CASES) >= 25


@pytest.mark.parametrize("case", CASES)
def test_every_problem_is_found_at_its_place(
    case: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(overlay(case, tmp_path).parent)
    errors = [problem for problem in refused(Path("dondoc.yaml")) if not problem.warning]
    found = [f"{p.file}:{p.line}:{p.column}: {p.what}" for p in errors]
    assert found == (tmp_path / "expected.txt").read_text(encoding="utf-8").splitlines()
    assert all(problem.advice for problem in errors)
    assert "hunter2" not in "".join(map(str, errors))
