"""What may be said to a benchmark on the command line; anything else ends with a message and 2."""

import argparse
import math
from collections.abc import Sequence


def usage(module: str, doc: str | None) -> argparse.ArgumentParser:
    """Return the parser of ``python -m MODULE``; the module's own text is its help."""
    return argparse.ArgumentParser(
        prog=f"python -m {module}",
        description=doc,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )


def nothing(module: str, doc: str | None, arguments: Sequence[str] | None) -> None:
    """Take no arguments but ``--help``."""
    usage(module, doc).parse_args(arguments)


def at_least_one(text: str) -> int:
    """Read a whole number of at least 1."""
    value = int(text) if text.isascii() and text.isdecimal() else 0
    if value < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number of 1 or more")
    return value


def duration(text: str) -> float:
    """Read seconds, more than none."""
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not (value > 0 and math.isfinite(value)):
        raise argparse.ArgumentTypeError(f"{text!r} is no number of seconds above 0")
    return value
