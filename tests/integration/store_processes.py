"""Python processes of their own that use, lock or fill a store, and can be killed."""

import signal
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.checkout import ROOT

HOLD_WRITE_LOCK = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("BEGIN IMMEDIATE")
print("held", flush=True)
sys.stdin.read()
"""

HOLD_DAEMON_LOCK = """
import sys
from pathlib import Path
from connector.store.lock import StoreLock
with StoreLock(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""

APPEND_FOR_EVER = """
import sys
from pathlib import Path
from connector.store.evidence import FolderEvidence
from connector.store.ledger import SqlLedger
from tests.contract import ledger_story as story
ledger = SqlLedger.open(Path(sys.argv[1]) / "ledger.db")
evidence = FolderEvidence(Path(sys.argv[1]) / "evidence")
done = len(list(ledger.events()))
while True:
    digest = evidence.put(str(done).encode() * 1000)
    ledger.append([story.arrived(done + 1), story.arrived(done + 2)], recorded_at=story.NOW)
    done += 2
    print(done, digest, flush=True)
"""

LIMIT = 600_000
UNDER_FILE_LIMIT = f"""
import resource
resource.setrlimit(resource.RLIMIT_FSIZE, ({LIMIT}, {LIMIT}))
"""

APPEND_UNTIL_REFUSED = (
    UNDER_FILE_LIMIT
    + """
import sys
from pathlib import Path
from connector.store.ledger import SqlLedger
from domain.errors import StoreFailed
from tests.contract import ledger_story as story
ledger = SqlLedger.open(Path(sys.argv[1]))
done = 0
try:
    while True:
        ledger.append([story.review(f"{done} " + "x" * 5000)], recorded_at=story.NOW)
        done += 1
except StoreFailed as error:
    print(done, error, flush=True)
"""
)

PUT_TOO_MUCH = (
    UNDER_FILE_LIMIT
    + f"""
import sys
from pathlib import Path
from connector.store.evidence import FolderEvidence
from domain.errors import StoreFailed
evidence = FolderEvidence(Path(sys.argv[1]))
evidence.put(b"small")
try:
    evidence.put(b"x" * {LIMIT + 1})
except StoreFailed as error:
    print(error, flush=True)
"""
)


class Script:
    """A process that runs one of the scripts above on a path; killed on exit at the latest."""

    def __init__(self, text: str, path: Path) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", text, str(path)],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def line(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline()

    def kill(self) -> str:
        """Kill the process at once and return what it had printed and nobody had read."""
        self.process.send_signal(signal.SIGKILL)
        return self.process.communicate(timeout=30)[0]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self.process.poll() is None:
            self.kill()
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None:
                pipe.close()


def run(text: str, path: Path) -> str:
    """Run a script to its end and return what it printed."""
    with Script(text, path) as script:
        output, _ = script.process.communicate(timeout=60)
        assert script.process.returncode == 0
    return output
