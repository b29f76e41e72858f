"""The frame of every benchmark: timing side by side, and the rows and file that it leaves.

A ratio is always time by time, so 1 means equal and more means slower than what it is beside.
"""

import json
import os
import platform
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

OUT = Path(__file__).parent / "out"
ROUNDS = 7
"""Rounds of each measurement; odd, so that the median is one of them."""

_CPU_FACTS = Path("/proc/cpuinfo")


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """Two workloads that ran in turn: median seconds of each, and how their rounds compare.

    ``ratio`` is the median of the first's time by the second's, round by round; ``lowest`` and
    ``highest`` are its extremes.
    """

    first: float
    second: float
    ratio: float
    lowest: float
    highest: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What one benchmark found: figures (name to value and unit) and ratios (name to pair)."""

    name: str
    figures: Mapping[str, tuple[float, str]]
    ratios: Mapping[str, Pair]


def seconds(work: Callable[[], object]) -> float:
    """Return how long one call takes."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def side_by_side(
    first: Callable[[], None], second: Callable[[], None], rounds: int = ROUNDS
) -> Pair:
    """Run both once to warm up, then in turn, and compare them.

    Who begins changes from round to round: what one leaves behind, such as pages that the disk
    still writes, burdens both alike.
    """
    first()
    second()
    times: list[tuple[float, float]] = []
    for number in range(rounds):
        if number % 2:
            later, sooner = seconds(second), seconds(first)
            times.append((sooner, later))
        else:
            times.append((seconds(first), seconds(second)))
    ratios = [one / other for one, other in times]
    return Pair(
        first=statistics.median(one for one, _ in times),
        second=statistics.median(other for _, other in times),
        ratio=statistics.median(ratios),
        lowest=min(ratios),
        highest=max(ratios),
    )


def scratch() -> AbstractContextManager[str]:
    """Return a folder that goes away again, on the disk of the checkout.

    The system's folder for temporary files may be in memory, where being durable costs nothing.
    """
    OUT.mkdir(exist_ok=True)
    return tempfile.TemporaryDirectory(dir=OUT)


def report(result: Result) -> None:
    """Print the rows of the table and write ``bench/out/NAME.json``."""
    for name, (value, unit) in result.figures.items():
        print(row(result.name, name, f"{value:,.1f}", unit))
    for name, pair in result.ratios.items():
        spread = f"times ({pair.lowest:.2f} to {pair.highest:.2f})"
        print(row(result.name, name, f"{pair.ratio:.2f}", spread))
    OUT.mkdir(exist_ok=True)
    content = json.dumps(_content(result), indent=2, ensure_ascii=False)
    (OUT / f"{result.name}.json").write_text(content + "\n", encoding="utf-8")


def row(benchmark: str, what: str, value: str, unit: str) -> str:
    """Return one line of the table."""
    return f"{benchmark:<14}{what:<58}{value:>10}  {unit}".rstrip()


def machine() -> dict[str, str]:
    """Return what the figures depend on, the load of the last minute included."""
    return {
        "processor": _processor(),
        "cores": str(os.cpu_count()),
        "load": f"{os.getloadavg()[0]:.2f}",
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
    }


def _content(result: Result) -> dict[str, object]:
    return {
        "name": result.name,
        "figures": {n: {"value": v, "unit": u} for n, (v, u) in result.figures.items()},
        "ratios": {name: p.ratio for name, p in result.ratios.items()},
        "spread": {name: [p.lowest, p.highest] for name, p in result.ratios.items()},
        "machine": machine(),
    }


def _processor() -> str:
    if _CPU_FACTS.exists():
        for line in _CPU_FACTS.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()
