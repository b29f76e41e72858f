"""A daemon started as a process of its own, from the command that a user has."""

import subprocess
import sys
from pathlib import Path

from tests.checkout import clean_environment

DONDOC = Path(sys.executable).with_name("dondoc")


def start_daemon(config: Path, log: Path, *words: str) -> subprocess.Popen[bytes]:
    """Start ``dondoc run`` with ``words`` behind; its log is added to the file ``log``."""
    with log.open("ab") as into:
        return subprocess.Popen(
            [str(DONDOC), "run", "--config", str(config), *words],
            env=clean_environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=into,
        )
