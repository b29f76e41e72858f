"""Whether the evidence's folder is of a kind that several machines may share, as it is mounted."""

import re
from pathlib import Path

from dondoc.services.doctor_check import Check

MOUNTS = Path("/proc/self/mounts")
"""What is mounted here (proc(5)); other systems than Linux have no such file."""

_NFS = frozenset({"nfs", "nfs4"})
_OBJECTS = ("fuse.s3fs", "fuse.rclone", "fuse.goofys", "fuse.geesefs", "fuse.mount-s3")
_LOCAL = frozenset({"nolock", "local_lock=all", "local_lock=flock"})
_ESCAPED = re.compile(r"\\([0-7]{3})")


def examine_share(folder: Path, mounts: str) -> list[Check]:
    """Check the mount that a folder lies on; nothing is said of a disk of this machine.

    ``mounts`` is the content of ``MOUNTS``.
    """
    kind, options = _mount_of(folder.resolve(), mounts)
    if kind.startswith(_OBJECTS):
        return [
            _wrong(
                f"{folder} is a bucket that is mounted as a folder ({kind}), which does not move "
                "files whole",
                "let store.evidence name the bucket itself: s3://BUCKET/PREFIX, with store.s3",
            )
        ]
    local = sorted(_LOCAL & options) if kind in _NFS else sorted({"nobrl"} & options)
    if local:
        return [
            _wrong(
                f"{folder} is mounted with {local[0]}: other machines do not see its locks, and "
                "remove what is being written",
                f"mount it without {local[0]} if workers on several machines share it",
            )
        ]
    if kind in _NFS:
        return [Check(name="evidence share", ok=True, what=f"{kind}, locks hold for all machines")]
    return []


def _mount_of(folder: Path, mounts: str) -> tuple[str, frozenset[str]]:
    """Return the kind and options of the innermost mount that holds a folder."""
    found = (Path("/"), "", frozenset[str]())
    for line in mounts.splitlines():
        _, place, kind, options = line.split(" ")[:4]
        here = Path(_ESCAPED.sub(lambda code: chr(int(code[1], 8)), place))
        if folder.is_relative_to(here) and len(here.parts) >= len(found[0].parts):
            found = (here, kind, frozenset(options.split(",")))
    return found[1], found[2]


def _wrong(what: str, advice: str) -> Check:
    return Check(name="evidence share", ok=False, what=what, advice=advice)
