"""Results in the output folder: what the evidence holds, whatever lies there already."""

import errno
import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from domain.kinds import ReviewKind
from domain.status import AssignmentStatus, RoundStatus
from dondoc.services import placing
from dondoc.services import turn as turning
from dondoc.services.compiling import approve, latest_version, paths, unplaced
from tests.integration.services.service_parts import MINH_TIEN
from tests.integration.services.service_world import World

HOUR = timedelta(hours=1)
COMPILING = datetime(2024, 11, 15, 1, 30, tzinfo=UTC)
WORD = "bao-cao-tong-hop-nq47-2024-v1.docx"


@pytest.fixture
def compiled(begun: World) -> World:
    begun.turn(to=COMPILING)
    return begun


def _right(world: World) -> bool:
    version = latest_version(world.app, world.round())
    return [p.read_bytes() for p in paths(world.app, version)] == [
        world.app.evidence.get(file.digest) for file in version.files
    ]


def _empty(path: Path) -> None:
    path.write_bytes(b"")


def _half(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1])


def _other(path: Path) -> None:
    content = path.read_bytes()
    path.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))


def _link_to_nowhere(path: Path) -> None:
    path.unlink()
    path.symlink_to("nowhere")


@pytest.mark.parametrize("harm", [_empty, _half, _other, _link_to_nowhere])
def test_what_differs_from_the_evidence_is_placed_anew(
    compiled: World, harm: Callable[[Path], None]
) -> None:
    harm(compiled.output / WORD)
    compiled.turn(later=HOUR)
    assert _right(compiled)


@pytest.mark.parametrize("content", [b"", b"of another year"])
def test_a_new_version_takes_the_place_of_an_old_file(begun: World, content: bytes) -> None:
    begun.output.mkdir()
    (begun.output / WORD).write_bytes(content)
    begun.turn(to=COMPILING)
    assert _right(begun)


def test_what_somebody_wrote_over_a_result_is_kept(compiled: World) -> None:
    path = compiled.output / WORD
    path.write_bytes(b"sua tay")
    for _ in range(2):
        compiled.turn(later=HOUR)
    (kept,) = compiled.output.glob("*.khac-*")
    assert kept.name == "bao-cao-tong-hop-nq47-2024-v1.khac-de503a6e.docx"
    assert kept.read_bytes() == b"sua tay"
    assert len(list(compiled.output.iterdir())) == 4


def test_of_a_large_file_only_the_size_is_compared_until_it_is_made(
    compiled: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(placing, "_CHEAP", 10)
    file = latest_version(compiled.app, compiled.round()).files[0]
    _other(compiled.output / file.name)
    assert placing.lies_in(compiled.output, file)
    assert not placing.lies_in(compiled.output, file, exactly=True)


def test_a_file_is_on_disk_before_it_takes_its_place(
    begun: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps: list[str] = []
    fsync, replace = os.fsync, Path.replace

    def synced(descriptor: int) -> None:
        name = Path(os.readlink(f"/proc/self/fd/{descriptor}")).name
        steps.append(f"sync {name}")
        fsync(descriptor)

    def replaced(path: Path, target: Path) -> Path:
        steps.append(f"replace {target.name}")
        return replace(path, target)

    monkeypatch.setattr(os, "fsync", synced)
    monkeypatch.setattr(Path, "replace", replaced)
    begun.turn(to=COMPILING)
    assert steps[:3] == [f"sync .{WORD}.new", f"replace {WORD}", "sync result"]


@pytest.fixture
def closed(compiled: World, monkeypatch: pytest.MonkeyPatch) -> World:
    """Take the right to look into the output folder away, also from root."""
    stat = Path.stat

    def refused(path: Path, *, follow_symlinks: bool = True) -> os.stat_result:
        if path.parent == compiled.output:
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))
        return stat(path, follow_symlinks=follow_symlinks)

    monkeypatch.setattr(Path, "stat", refused)
    return compiled


def test_a_folder_that_may_not_be_entered_ends_no_turn(closed: World) -> None:
    closed.answer(MINH_TIEN, "Đã nhận được văn bản. Trân trọng.")
    with capture_logs() as logged:
        closed.turn(later=HOUR)
    assert closed.assignment(MINH_TIEN).status is AssignmentStatus.ACKNOWLEDGED
    refused = [entry for entry in logged if entry["event"] == "output_not_written"]
    assert {entry["error"] for entry in refused} == {"Permission denied"}
    assert closed.reviews(ReviewKind.FAILED) == []


def test_an_approval_ends_well_where_nothing_can_be_placed(closed: World) -> None:
    made = approve(closed.app, "nq47", None, closed.now, by="Lan", number="88")
    assert (made.version, made.number) == (2, "88")
    assert closed.round().status is RoundStatus.APPROVED
    assert unplaced(closed.app, made) == paths(closed.app, made)


def test_what_is_placed_is_not_said_to_be_missing(compiled: World) -> None:
    assert unplaced(compiled.app, latest_version(compiled.app, compiled.round())) == []


def test_a_bug_in_placing_costs_no_turn(compiled: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise KeyError("a bug")

    monkeypatch.setattr(turning, "restore_output", broken)
    with capture_logs():
        compiled.turn(later=HOUR)
    assert "placing the results" in compiled.review(ReviewKind.FAILED).reason
