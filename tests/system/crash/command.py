"""`dondoc` commands beside the daemon, which kill themselves at a boundary as that does."""

from collections.abc import Sequence
from pathlib import Path

from dondoc.cli.main import main
from tests.system.crash.daemon import aimed, speak_into, stepping

NAME = "command"
"""Stands before the names of a command's files."""
SAID = f"{NAME}.said"


def give(folder: Path, arguments: Sequence[str]) -> None:
    """Be one command, with the exit code that it has; what it says goes into ``SAID``."""
    speak_into(folder / SAID)
    with stepping(folder, aimed(folder, NAME)):
        main([*arguments, "--config", str(folder / "dondoc.yaml")])
