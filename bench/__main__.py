"""Run every benchmark in a process of its own and print one table.

Those of mail need real servers and take minutes: `python -m bench email` runs them, and no others.
"""

import subprocess
import sys
from pathlib import Path

from bench.measure import OUT, machine, row

MAIL = "bench_email_"


def main(*, mail: bool) -> int:
    """Return 1 if a benchmark failed, else 0. Results of their earlier runs are removed first."""
    for left in OUT.glob("*.json"):
        if left.name.startswith("email-") is mail:
            left.unlink()
    print(", ".join(f"{name} {fact}" for name, fact in machine().items()))
    print(row("benchmark", "what", "value", "unit"), flush=True)
    failed = 0
    for file in sorted(Path(__file__).parent.glob("bench_*.py")):
        if file.name.startswith(MAIL) is mail:
            failed |= subprocess.call([sys.executable, "-m", f"bench.{file.stem}"]) != 0
    return int(failed)


if __name__ == "__main__":
    sys.exit(main(mail=sys.argv[1:] == ["email"]))
