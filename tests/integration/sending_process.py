"""A process that sends what waits in a store, to be killed in the middle of it."""

import sys
from pathlib import Path

from connector.email.memory import MemoryHub
from dondoc.services.turn import turn
from tests.sending_office import IN_THE_MORNING, OWN, opened


def main(folder: str, count: str, port: str, connections: str) -> None:
    """Run one turn in the morning."""
    with opened(
        Path(folder),
        int(count),
        int(port),
        connections=int(connections),
        box=MemoryHub([OWN]),
    ) as app:
        turn(app, IN_THE_MORNING)


if __name__ == "__main__":
    main(*sys.argv[1:])
