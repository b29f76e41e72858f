"""The demo keeps its hands off what no demo made."""

from pathlib import Path

import pytest

from domain.errors import NotAllowed
from dondoc.demo.run import run_demo


def test_a_foreign_configuration_is_left_alone(tmp_path: Path) -> None:
    main = tmp_path / "dondoc.yaml"
    main.write_text("unit: {organ_id: H1}\n", encoding="utf-8")
    with pytest.raises(NotAllowed, match="no demo made"):
        run_demo(tmp_path)
    assert main.read_text(encoding="utf-8") == "unit: {organ_id: H1}\n"


def test_a_link_out_of_the_folder_is_refused(tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.mkdir()
    out = tmp_path / "out"
    out.mkdir()
    (out / "store").symlink_to(victim)
    with pytest.raises(NotAllowed, match="no demo made"):
        run_demo(out)
    assert list(victim.iterdir()) == []


def test_a_file_is_no_folder(tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.write_text("", encoding="utf-8")
    with pytest.raises(NotAllowed, match="no folder"):
        run_demo(out)
