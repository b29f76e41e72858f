"""The files of a result that a process of its own makes, as the daemon has it."""

import pytest

from dondoc import rendering
from dondoc.rendering import RenderingFailed, rendered, rendered_apart
from tests.unit.mappings.render.compilations import compilation


def test_a_process_of_its_own_makes_the_same_files() -> None:
    made = compilation()
    assert rendered_apart(made, "Sở Thông tin và Truyền thông") == rendered(
        made, "Sở Thông tin và Truyền thông"
    )


def test_a_process_that_fails_is_told_of(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(rendering, "pickle", _Unreadable)
    with pytest.raises(RenderingFailed, match="ended with code 1"):
        rendered_apart(compilation(), "")
    assert "UnpicklingError" in capfd.readouterr().err


def test_a_process_that_hangs_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    # It cannot even have started by then.
    monkeypatch.setattr(rendering, "_PATIENCE_SECONDS", 0.01)
    with pytest.raises(RenderingFailed, match="was ended after"):
        rendered_apart(compilation(), "")


class _Unreadable:
    """Writes what no process can read."""

    @staticmethod
    def dumps(_: object) -> bytes:
        return b"x"
