"""`dondoc check`: errors, then warnings apart; in English or Vietnamese; as of a day."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog

from tests.minimal_configuration import lay_out
from tests.unit.cli.command_runs import ran
from tests.unit.settings.test_settings_bad import overlay

Capsys = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def _logging_restored() -> Iterator[None]:
    yield
    structlog.reset_defaults()


@pytest.fixture
def mixed(tmp_path: Path) -> Path:
    """Return a configuration with one error and, on a day of 2024, one warning."""
    main = overlay("deadline-on-a-holiday", tmp_path)
    text = main.read_text(encoding="utf-8")
    main.write_text(text.replace("port: 2525", "port: 0"), encoding="utf-8")
    return main


def test_warnings_stand_apart_below_the_errors(capsys: Capsys, mixed: Path) -> None:
    done = ran(capsys, "check", "--config", mixed)
    error, blank, heading, warning, end = done.out.splitlines()
    assert (done.code, blank, end, heading) == (2, "", "", "warnings, which stop nothing:")
    assert error.startswith(f"{mixed}:8:33: mail.smtp.port is out of bounds; ")
    assert warning.startswith(f"{mixed.parent / 'campaign.yaml'}:7:16: the deadline 2024-09-02")
    assert done.err == "1 error(s), 1 warning(s); nothing is used before they are corrected\n"


def test_the_whole_answer_is_vietnamese(capsys: Capsys, mixed: Path) -> None:
    done = ran(capsys, "check", "--lang", "vi", "--config", mixed)
    error, _, heading, warning, _ = done.out.splitlines()
    assert (done.code, heading) == (2, "cảnh báo, không ngăn Dondoc chạy:")
    assert error == f"{mixed}:8:33: mail.smtp.port nằm ngoài giới hạn; ghi số từ 1 trở lên"
    assert warning == (
        f"{mixed.parent / 'campaign.yaml'}:7:16: hạn 2024-09-02 rơi vào ngày nghỉ (Thứ Hai); "
        "ngày làm việc cuối cùng còn đúng hạn là 2024-08-30"
    )
    assert done.err == "1 lỗi, 1 cảnh báo; cấu hình chỉ được dùng sau khi sửa hết lỗi\n"


def test_warnings_alone_do_not_count(capsys: Capsys, tmp_path: Path) -> None:
    done = ran(capsys, "check", "--config", overlay("deadline-on-a-holiday", tmp_path))
    assert (done.code, done.err) == (0, "")
    assert done.out.endswith("\n\nthe configuration is sound: 2 offices, 1 campaign(s)\n")


def test_the_language_may_stand_in_the_environment(
    capsys: Capsys, mixed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DONDOC_LANG", "vi")
    found = json.loads(ran(capsys, "check", "--json", "--config", mixed).out)
    assert [e["what"] for e in found["errors"]] == ["mail.smtp.port nằm ngoài giới hạn"]
    assert [w["advice"] for w in found["warnings"]] == [
        "ngày làm việc cuối cùng còn đúng hạn là 2024-08-30"
    ]
    english = json.loads(ran(capsys, "check", "--json", "--lang", "en", "--config", mixed).out)
    assert [e["what"] for e in english["errors"]] == ["mail.smtp.port is out of bounds"]


def test_a_language_that_is_not_spoken(capsys: Capsys, mixed: Path) -> None:
    done = ran(capsys, "check", "--lang", "fr", "--config", mixed)
    assert (done.code, done.out) == (2, "")
    assert "'en', 'vi'" in done.err


def test_groups_are_looked_at_for_the_day_that_is_asked_for(capsys: Capsys, tmp_path: Path) -> None:
    main = lay_out(tmp_path)
    directory = tmp_path / "directory.yaml"
    text = directory.read_text(encoding="utf-8")
    directory.write_text(
        text.replace("    groups", "    valid_to: 2024-12-31\n    groups"), encoding="utf-8"
    )
    last = ran(capsys, "check", "--at", "2024-12-31", "--config", main)
    # In UTC this is still the day before.
    after = ran(capsys, "check", "--at", "2025-01-01T06:00", "--config", main)
    assert (last.code, after.code) == (0, 0)
    assert "warnings" not in last.out
    assert 'nobody is in the group "các xã" on 2025-01-01' in after.out
