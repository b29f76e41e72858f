"""Timing side by side, and the table and JSON file that a benchmark leaves."""

import json
import os
import platform
import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

OUT = Path(__file__).parent / "out"
ROUNDS = 5
"""Rounds of each measurement; the median is told."""


def seconds(work: Callable[[], None]) -> float:
    """Return how long one call takes."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def side_by_side(
    ours: Callable[[], None], bare: Callable[[], None], rounds: int = ROUNDS
) -> tuple[float, float]:
    """Return the median seconds of both, run in turn so that the machine's mood hits both."""
    pairs = [(seconds(ours), seconds(bare)) for _ in range(rounds)]
    return statistics.median(a for a, _ in pairs), statistics.median(b for _, b in pairs)


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """Figures (name → value and unit) and ratios of one benchmark."""

    name: str
    figures: Mapping[str, tuple[float, str]]
    ratios: Mapping[str, float]
    machine: Mapping[str, str] = field(
        default_factory=lambda: {
            "python": platform.python_version(),
            "system": platform.platform(),
            "cores": str(os.cpu_count()),
        }
    )


def report(result: Result) -> None:
    """Print the table and write ``bench/out/NAME.json``."""
    print(f"\n{result.name}")
    for name, (value, unit) in result.figures.items():
        print(f"  {name:<44} {value:>12,.1f} {unit}")
    for name, ratio in result.ratios.items():
        print(f"  {name:<44} {ratio:>12.2f} (ratio)")
    OUT.mkdir(exist_ok=True)
    content = {
        "name": result.name,
        "figures": {n: {"value": v, "unit": u} for n, (v, u) in result.figures.items()},
        "ratios": dict(result.ratios),
        "machine": dict(result.machine),
    }
    (OUT / f"{result.name}.json").write_text(json.dumps(content, indent=2), encoding="utf-8")
