"""Run every benchmark in a process of its own and print one table."""

import subprocess
import sys
from pathlib import Path

from bench.measure import OUT, machine, row


def main() -> int:
    """Return 1 if a benchmark failed, else 0. Results of earlier runs are removed first."""
    for left in OUT.glob("*.json"):
        left.unlink()
    print(", ".join(f"{name} {fact}" for name, fact in machine().items()))
    print(row("benchmark", "what", "value", "unit"), flush=True)
    failed = 0
    for file in sorted(Path(__file__).parent.glob("bench_*.py")):
        failed |= subprocess.call([sys.executable, "-m", f"bench.{file.stem}"]) != 0
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
