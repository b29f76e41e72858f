"""What the shared options understand."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest
import typer

from dondoc.cli.options import day, instant, located


def test_a_day_means_its_end_in_viet_nam() -> None:
    assert instant("2024-11-10") == datetime(2024, 11, 10, 16, 59, 59, tzinfo=UTC)


@pytest.mark.parametrize(
    "text", ["2024-11-10T08:00", "2024-11-10T01:00Z", "2024-11-10T08:00:00+07:00"]
)
def test_a_minute_is_local_unless_it_says_otherwise(text: str) -> None:
    assert instant(text) == datetime(2024, 11, 10, 1, 0, tzinfo=UTC)


@pytest.mark.parametrize("text", ["", "yesterday", "2024-13-01", "10/11/2024"])
def test_what_is_no_instant_is_refused(text: str) -> None:
    with pytest.raises(typer.BadParameter, match="YYYY-MM-DD"):
        instant(text)


def test_a_day_is_a_day() -> None:
    assert day("2024-11-20") == date(2024, 11, 20)
    with pytest.raises(typer.BadParameter, match="YYYY-MM-DD"):
        day("20/11/2024")


def test_a_configuration_is_named_by_file_or_folder(tmp_path: Path) -> None:
    assert located(tmp_path) == tmp_path / "dondoc.yaml"
    assert located(tmp_path / "other.yaml") == tmp_path / "other.yaml"
