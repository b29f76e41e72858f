"""How the doctor judges the mount that the evidence's folder lies on."""

from pathlib import Path

import pytest

from dondoc.services.doctor_share import MOUNTS, examine_share

DISK = "/dev/sda1 / ext4 rw,relatime 0 0\nproc /proc proc rw 0 0\n"
FOLDER = Path("/srv/dondoc/evidence")


def mounted(kind: str, options: str, place: str = "/srv/dondoc") -> str:
    return f"{DISK}kho.huulung.example:/so {place} {kind} {options} 0 0\n"


def test_nothing_is_said_of_a_disk_of_this_machine() -> None:
    assert examine_share(FOLDER, DISK) == []
    assert examine_share(FOLDER, mounted("nfs4", "rw,local_lock=flock", "/srv/other")) == []
    assert examine_share(FOLDER, "") == []


@pytest.mark.parametrize("kind", ["nfs", "nfs4"])
def test_nfs_whose_locks_hold_for_all_is_fine(kind: str) -> None:
    (check,) = examine_share(FOLDER, mounted(kind, "rw,vers=4.2,hard,local_lock=none"))
    assert check.ok


@pytest.mark.parametrize(
    ("kind", "option"),
    [("nfs", "nolock"), ("nfs", "local_lock=flock"), ("nfs4", "local_lock=all"), ("cifs", "nobrl")],
)
def test_locks_that_only_this_machine_sees_are_wrong(kind: str, option: str) -> None:
    (check,) = examine_share(FOLDER, mounted(kind, f"rw,{option}"))
    assert not check.ok
    assert option in check.what
    assert option in check.advice


def test_a_bucket_that_is_mounted_is_wrong() -> None:
    (check,) = examine_share(FOLDER, mounted("fuse.s3fs", "rw"))
    assert not check.ok
    assert "s3://BUCKET/PREFIX" in check.advice


def test_the_innermost_mount_counts() -> None:
    inner = f"{mounted('nfs4', 'rw,local_lock=all')}/dev/sdb /srv/dondoc/evidence ext4 rw 0 0\n"
    assert examine_share(FOLDER, inner) == []
    spaced = mounted("nfs", "rw,nolock", "/srv/ban\\040giao")
    assert examine_share(Path("/srv/ban giao/so"), spaced) != []


def test_the_mounts_of_this_machine_can_be_read(tmp_path: Path) -> None:
    assert all(check.name == "evidence share" for check in examine_share(tmp_path, _here()))


def _here() -> str:
    return MOUNTS.read_text(encoding="utf-8") if MOUNTS.exists() else ""
