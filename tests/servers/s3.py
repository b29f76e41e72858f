"""An S3-compatible store on a loopback port: a process of its own, objects as files in a folder.

It knows puts under a condition, and does not look at keys; ``S3Door`` does.
"""

import sys
from importlib.util import find_spec
from itertools import count
from pathlib import Path

from tests.servers.needed import missing
from tests.servers.process import HOST, Process, Server, free_ports, new_folder, remove_folder

_PROGRAM = "localbucket"
HOW = "the development requirements have it (requirements-dev.lock)"

# It writes head and body one after the other, and would wait in between until the client's
# system has acknowledged the head, which takes 40 ms.
_AT_ONCE = (
    "import runpy, socketserver;"
    "socketserver.StreamRequestHandler.disable_nagle_algorithm = True;"
    f"runpy.run_module({_PROGRAM!r}, run_name='__main__', alter_sys=True)"
)


class S3(Server):
    """A store of its own; a context manager, or ``start`` and ``close``."""

    def __init__(self) -> None:
        if find_spec(_PROGRAM) is None:
            missing(f"this test needs the package '{_PROGRAM}'", HOW)
        self.folder = new_folder()
        (self.port,) = free_ports(1)
        self._numbers = count(1)
        command = [sys.executable, "-c", _AT_ONCE, "--host", HOST, "--port", str(self.port)]
        self.process = Process([*command, str(self.folder / "buckets")], self.folder / "log")

    @property
    def address(self) -> str:
        """The endpoint of the store."""
        return f"http://{HOST}:{self.port}"

    def start(self) -> None:
        """Start, also after ``stop`` or ``kill``: with the same port and the same objects."""
        self.process.start([self.port])

    def close(self) -> None:
        """Stop and remove everything."""
        self.process.stop()
        remove_folder(self.folder)

    def new_bucket(self) -> Path:
        """Make a bucket, and return the folder with its objects; its name is the bucket's."""
        bucket = self.folder / "buckets" / f"bang-chung-{next(self._numbers)}"
        bucket.mkdir(parents=True)
        return bucket
