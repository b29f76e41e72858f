"""Run every benchmark in a process of its own and print one table.

Those of mail need real servers and take minutes, and so does a campaign to very many: `python -m
bench email` and `python -m bench scale` run them, and no others. Each writes bench/out/NAME.json;
results of earlier runs of the same kind are removed first.
"""

import argparse
import ast
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from bench.arguments import usage
from bench.measure import OUT, machine, row

KINDS = {"email": "bench_email_", "scale": "bench_scale"}
"""Those that take minutes: what is said for them, and how the names of their files begin."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Return 1 if a benchmark failed, else 0."""
    kind = _parser().parse_args(arguments).kind
    for left in OUT.glob("*.json"):
        if _kind(f"bench_{left.stem.replace('-', '_')}") == kind:
            left.unlink()
    print(", ".join(f"{name} {fact}" for name, fact in machine().items()))
    print(row("benchmark", "what", "value", "unit"), flush=True)
    failed = 0
    for file in files(kind):
        failed |= subprocess.call([sys.executable, "-m", f"bench.{file.stem}"]) != 0
    return int(failed)


def files(kind: str | None = None) -> list[Path]:
    """Return the benchmarks of a kind, or all those of none."""
    found = sorted(Path(__file__).parent.glob("bench_*.py"))
    return [file for file in found if _kind(file.stem) == kind]


def _kind(name: str) -> str | None:
    return next((kind for kind, begins in KINDS.items() if name.startswith(begins)), None)


def _parser() -> argparse.ArgumentParser:
    parser = usage("bench", __doc__)
    parser.usage = "%(prog)s [-h] [email [-h] | scale [-h]]"
    parser.epilog = f"without KIND:\n{_listed(None)}\n"
    parser.epilog += "".join(f"{kind}:\n{_listed(kind)}\n" for kind in KINDS)
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
    email.epilog = _listed("email")
    scale = kinds.add_parser(
        "scale",
        help="a campaign to very many recipients beside one to a few",
        description="Run the benchmark of many recipients; this takes minutes.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    scale.epilog = _listed("scale")
    return parser


def _listed(kind: str | None) -> str:
    return "".join(f"  {file.stem:<20} {_first_line(file)}\n" for file in files(kind))


def _first_line(file: Path) -> str:
    text = ast.get_docstring(ast.parse(file.read_text(encoding="utf-8"))) or ""
    return text.partition("\n")[0].rstrip(".")


if __name__ == "__main__":
    sys.exit(main())
