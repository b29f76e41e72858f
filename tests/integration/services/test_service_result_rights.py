"""Who can read the files of a result: their owner and the group of the folder, nobody else."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from stat import S_IMODE, S_ISGID

import pytest

from dondoc.services.compiling import restore_output
from tests.integration.services.service_world import World

COMPILING = datetime(2024, 11, 15, 1, 30, tzinfo=UTC)


@contextmanager
def umask(mask: int) -> Iterator[None]:
    before = os.umask(mask)
    try:
        yield
    finally:
        os.umask(before)


def rights(folder: Path) -> tuple[int, set[int]]:
    return S_IMODE(folder.stat().st_mode), {S_IMODE(p.stat().st_mode) for p in folder.iterdir()}


@pytest.mark.parametrize("mask", [0o022, 0o000, 0o077])
def test_the_group_reads_results_and_others_do_not(begun: World, mask: int) -> None:
    with umask(mask):
        begun.turn(to=COMPILING)
    assert rights(begun.output) == (0o750, {0o640})


def test_a_folder_that_stands_keeps_its_rights_and_files_that_come_back_have_theirs(
    begun: World,
) -> None:
    begun.output.mkdir()
    begun.output.chmod(0o700)
    with umask(0o022):
        begun.turn(to=COMPILING)
        for file in begun.output.iterdir():
            file.unlink()
        restore_output(begun.app, begun.now)
    assert rights(begun.output) == (0o700, {0o640})


def test_a_new_folder_inherits_the_group_of_its_parent(begun: World) -> None:
    parent = begun.output.parent
    parent.chmod(0o2750)
    if not parent.stat().st_mode & S_ISGID:
        pytest.skip("this file system keeps no group on folders")
    begun.turn(to=COMPILING)
    assert S_IMODE(begun.output.stat().st_mode) == 0o2750
