"""Broken configurations: each is told with every problem at its exact place, and no other.

A case is a folder with the files that differ from the minimal configuration, and ``expected.txt``
with one ``file:line:column: what; advice`` a line, those of warnings marked. ``expected.vi.txt``
has the same in Vietnamese. What git cannot hold is made by ``MADE``. After a change of texts or
keys: ``DONDOC_REGENERATE=1 python -m pytest tests/unit/settings/test_settings_bad.py``, then read
the difference.
"""

import os
import shutil
import socket
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from pathlib import Path

import pytest

from domain.errors import ConfigError, Problem
from domain.words import Words
from dondoc.languages import Language, told
from dondoc.settings.load import load_settings
from dondoc.settings.source import MAX_OCTETS, MAX_PARTS
from tests.minimal_configuration import CONFIGURATIONS, lay_out, write_secret

BAD = CONFIGURATIONS / "bad"
CASES = sorted(path.name for path in BAD.iterdir())
DAY = date(2024, 5, 8)
"""The day of the check: that of the directive in the example."""

WARNING = "warning: "
WRITTEN = {Language.EN: "expected.txt", Language.VI: "expected.vi.txt"}


def without(name: str) -> Callable[[Path], object]:
    return lambda folder: (folder / name).unlink()


def folder_for(name: str) -> Callable[[Path], object]:
    def make(folder: Path) -> None:
        (folder / name).unlink()
        (folder / name).mkdir()

    return make


def circle(folder: Path) -> None:
    """Let two links lead to one another, as a pattern finds them."""
    (folder / "a.link.yaml").symlink_to("b.link.yaml")
    (folder / "b.link.yaml").symlink_to("a.link.yaml")
    main = folder / "dondoc.yaml"
    text = main.read_text(encoding="utf-8")
    main.write_text(text.replace("directory.yaml", "[directory.yaml, '*.link.yaml']"), "utf-8")


def pipe(name: str) -> Callable[[Path], object]:
    """Lay a pipe that nobody writes into: whoever opens it as a file waits for good."""

    def make(folder: Path) -> None:
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).unlink(missing_ok=True)
        os.mkfifo(folder / name, 0o600)

    return make


def socket_for_holidays(folder: Path) -> None:
    """Lay a socket, by a name that is short enough wherever the folder lies."""
    with socket.socket(socket.AF_UNIX) as one:
        here = os.open(folder, os.O_RDONLY)
        one.bind(f"/proc/self/fd/{here}/holidays.yaml")
        os.close(here)


def device(folder: Path) -> None:
    (folder / "directory.yaml").unlink()
    (folder / "directory.yaml").symlink_to("/dev/zero")


MADE: Mapping[str, Callable[[Path], object]] = {
    "certificates-in-a-pipe": pipe("ca.pem"),
    "device-for-a-file": device,
    "file-too-large": lambda f: (f / "directory.yaml").write_bytes(b"#" * (MAX_OCTETS + 1)),
    "file-with-too-much": lambda f: (f / "directory.yaml").write_bytes(b"1,\n" * MAX_PARTS),
    "folder-for-a-file": folder_for("directory.yaml"),
    "folder-in-a-pattern": lambda f: (f / "campaigns" / "2024.yaml").mkdir(parents=True),
    "links-in-a-circle": circle,
    "main-file-is-a-folder": folder_for("dondoc.yaml"),
    "main-file-is-a-pipe": pipe("dondoc.yaml"),
    "main-file-missing": without("dondoc.yaml"),
    "nested-without-end": lambda f: (f / "campaign.yaml").write_text("a: " + "[" * 5000, "utf-8"),
    "phrases-in-a-pipe": pipe("phrases.yaml"),
    "pipe-in-a-pattern": pipe("campaigns/2024.yaml"),
    "secret-is-a-folder": folder_for("mail.secret"),
    "secret-is-a-pipe": pipe("mail.secret"),
    "secret-in-a-folder-of-all": lambda f: f.chmod(0o777),
    "secret-not-there": without("mail.secret"),
    "secret-is-empty": lambda f: (f / "mail.secret").write_text("\n"),
    "secret-is-no-text": lambda f: (f / "mail.secret").write_bytes(b"\xff\xfe"),
    "secret-that-others-may-change": lambda f: (f / "mail.secret").chmod(0o620),
    "secret-that-others-may-read": lambda f: (f / "mail.secret").chmod(0o640),
    "secret-too-short-for-a-key": lambda f: write_secret(f / "token.secret"),
    "socket-for-a-file": socket_for_holidays,
    "templates-in-a-pipe": pipe("templates/notice.j2"),
}


def overlay(case: str, folder: Path) -> Path:
    """Return the main file of the minimal configuration with a case's files laid over it."""
    main = lay_out(folder)
    shutil.copytree(BAD / case, folder, dirs_exist_ok=True)
    if case in MADE:
        MADE[case](folder)
    return main


def found(case: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Sequence[Problem]:
    """Return the problems of a case."""
    overlay(case, folder)
    monkeypatch.chdir(folder)
    try:
        return load_settings(Path("dondoc.yaml"), day=DAY).warnings
    except ConfigError as error:
        return error.problems


def lines(problems: Sequence[Problem], language: Language) -> list[str]:
    return [(WARNING if p.warning else "") + told(p, language) for p in problems]


def test_there_are_enough_cases_in_both_languages() -> None:
    assert len(CASES) >= 180
    assert len(list(BAD.glob(f"*/{WRITTEN[Language.VI]}"))) * 3 >= len(CASES)
    assert MADE.keys() <= set(CASES)


@pytest.mark.parametrize("case", CASES)
def test_every_problem_is_found_at_its_place(
    case: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    problems = found(case, tmp_path, monkeypatch)
    assert problems
    for language, name in WRITTEN.items():
        expected = BAD / case / name
        if language is Language.VI and not expected.exists():
            continue
        if os.environ.get("DONDOC_REGENERATE"):
            expected.write_text("\n".join(lines(problems, language)) + "\n", encoding="utf-8")
        assert lines(problems, language) == expected.read_text(encoding="utf-8").splitlines()


@pytest.mark.parametrize("case", CASES)
def test_every_problem_is_said_in_words_and_shows_no_secret(
    case: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    problems = found(case, tmp_path, monkeypatch)
    assert [p for p in problems if not isinstance(p.what, Words)] == []
    assert [p for p in problems if not isinstance(p.advice, Words)] == []
    assert "hunter2" not in "".join(map(str, problems))
    # 0 means the file as a whole: there is no line in what cannot be opened.
    placed = [(p.line, p.column) for p in problems]
    assert all(at == (0, 0) or min(at) > 0 for at in placed)


def test_every_kind_of_file_has_its_cases() -> None:
    named = {
        line.removeprefix(WARNING).partition(":")[0]
        for path in BAD.glob("*/expected.txt")
        for line in path.read_text(encoding="utf-8").splitlines()
    }
    campaign, holidays, rest, portal = "campaign.yaml", "holidays.yaml", "small.yaml", "cong.yaml"
    assert named >= {"dondoc.yaml", "directory.yaml", campaign, holidays, rest, portal}
