"""The command line: `dondoc COMMAND`. One module per command or small group of commands."""

from dondoc.cli.main import main

__all__ = ["main"]
