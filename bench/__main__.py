"""Run every benchmark in a process of its own and print one table.

Those of mail need real servers and take minutes: `python -m bench email` runs them, and no others.
Each writes bench/out/NAME.json; results of earlier runs of the same kind are removed first.
"""

import argparse
import ast
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from bench.arguments import usage
from bench.measure import OUT, machine, row

MAIL = "bench_email_"


def main(arguments: Sequence[str] | None = None) -> int:
    """Return 1 if a benchmark failed, else 0."""
    mail = _parser().parse_args(arguments).kind == "email"
    for left in OUT.glob("*.json"):
        if left.name.startswith("email-") is mail:
            left.unlink()
    print(", ".join(f"{name} {fact}" for name, fact in machine().items()))
    print(row("benchmark", "what", "value", "unit"), flush=True)
    failed = 0
    for file in files(mail=mail):
        failed |= subprocess.call([sys.executable, "-m", f"bench.{file.stem}"]) != 0
    return int(failed)


def files(*, mail: bool) -> list[Path]:
    """Return the benchmarks of mail, or all the others."""
    found = sorted(Path(__file__).parent.glob("bench_*.py"))
    return [file for file in found if file.name.startswith(MAIL) is mail]


def _parser() -> argparse.ArgumentParser:
    parser = usage("bench", __doc__)
    parser.usage = "%(prog)s [-h] [email [-h]]"
    parser.epilog = f"without KIND:\n{_listed(mail=False)}\nemail:\n{_listed(mail=True)}\n"
    parser.epilog += "One alone, and what may be said to it: python -m bench.NAME --help"
    kinds = parser.add_subparsers(dest="kind", metavar="KIND", prog=parser.prog)
    email = kinds.add_parser(
        "email",
        help="those of mail, beside real servers and other programs",
        description="Run the benchmarks of mail one after the other; this takes minutes.\n"
        "Needed are Dovecot, Postfix, mbsync, fdm and getmail6; `make bench-email` installs them.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    email.epilog = _listed(mail=True)
    return parser


def _listed(*, mail: bool) -> str:
    return "".join(f"  {file.stem:<20} {_first_line(file)}\n" for file in files(mail=mail))


def _first_line(file: Path) -> str:
    text = ast.get_docstring(ast.parse(file.read_text(encoding="utf-8"))) or ""
    return text.partition("\n")[0].rstrip(".")


if __name__ == "__main__":
    sys.exit(main())
