"""Every secret that the configuration refers to is tried, and none is shown."""

import shutil
from pathlib import Path

import pytest

from dondoc.settings.check_secrets import missing_secrets, references
from dondoc.settings.load import load_settings
from dondoc.settings.records import Settings
from tests.checkout import ROOT

WITH_ALL = """\
exchange: {url: http://127.0.0.1:1, system_id: x, secret: {env: DONDOC_TEST_EXCHANGE}}
"""


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    shutil.copytree(ROOT / "tests" / "data" / "config" / "minimal", tmp_path, dirs_exist_ok=True)
    path = tmp_path / "dondoc.yaml"
    text = path.read_text(encoding="utf-8").replace(
        "port: 2525,", "port: 2525, username: x, password: {env: DONDOC_TEST_SMTP},"
    )
    path.write_text(text + WITH_ALL, encoding="utf-8")
    return load_settings(path)


def test_each_missing_secret_is_told_at_its_place(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DONDOC_TOKEN_KEY", raising=False)
    found = missing_secrets(settings)
    assert len(found) == len(list(references(settings))) == 4
    names = ("DONDOC_TOKEN_KEY", "DONDOC_TEST_EXCHANGE", "mail.secret", "DONDOC_TEST_SMTP")
    assert all(name in problem.what for name, problem in zip(names, found, strict=True))
    assert all(problem.line and problem.column and problem.advice for problem in found)


def test_secrets_that_are_there_leave_no_trace(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DONDOC_TOKEN_KEY", "hunter2")
    monkeypatch.setenv("DONDOC_TEST_EXCHANGE", "hunter2")
    monkeypatch.setenv("DONDOC_TEST_SMTP", "hunter2")
    (tmp_path / "mail.secret").write_text("hunter2", encoding="utf-8")
    (problem,) = missing_secrets(settings)
    assert "has fewer than 16 octets" in problem.what
    assert "hunter2" not in str(problem)
