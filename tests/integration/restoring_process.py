"""A command that fills a store and kills itself at one of its steps, as a process of its own.

It is `dondoc restore` or `dondoc store move`. The steps are *contents*, after the first content was
stored, and *events before* and *events after* all events became durable.
"""

import os
import signal
import sys
from collections.abc import Iterable
from typing import Any
from unittest.mock import patch

from connector.store.evidence import FolderEvidence
from connector.store.ledger import SqlLedger
from domain.facts import Recorded
from dondoc.cli.main import main


def run(deadly: str, *command: str) -> None:
    """Run the command until the step."""

    def step(name: str) -> None:
        if name == deadly:
            os.kill(os.getpid(), signal.SIGKILL)

    receive, fill = FolderEvidence.receive, SqlLedger.fill

    def receiving(evidence: FolderEvidence, write: Any) -> Any:  # as it is called
        stored = receive(evidence, write)
        step("contents")
        return stored

    def filling(ledger: SqlLedger, events: Iterable[Recorded]) -> int:
        # Seen here, before they are written: an empty look at the ledger is no step.
        given = list(events)
        if given:
            step("events before")
        written = fill(ledger, given)
        if given:
            step("events after")
        return written

    with (
        patch.object(FolderEvidence, "receive", receiving),
        patch.object(SqlLedger, "fill", filling),
    ):
        main(list(command))


if __name__ == "__main__":
    run(*sys.argv[1:])
