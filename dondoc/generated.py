"""Pages of the documentation that are made from the code: written, or compared with it."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path


def markdown_table(head: Sequence[str], body: Sequence[Sequence[str]]) -> str:
    """Return a table in Markdown."""
    lines = [head, ["---"] * len(head), *body]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"


def write_or_check(
    wanted: str, path: Path, arguments: Sequence[str] | None, *, module: str, about: str | None
) -> int:
    """Write a page, or compare it with ``--check``; return the exit code.

    ``arguments`` None are those of the process; ``module`` is what makes the page.
    """
    command = f"python -m {module}"
    parser = argparse.ArgumentParser(prog=command, description=about)
    parser.add_argument("--check", action="store_true", help="write nothing, fail when stale")
    if not parser.parse_args(arguments).check:
        path.write_text(wanted, encoding="utf-8")
        return 0
    if path.is_file() and path.read_text(encoding="utf-8") == wanted:
        return 0
    sys.stderr.write(f"{path.name} is stale; run `{command}`\n")
    return 1
