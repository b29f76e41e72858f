"""Every fault done to a daemon, and the table of docs/reliability.md that says what came of it.

``python -m tests.system.faults.table --runs 1`` runs the tests of the list so many times, writes
the table between its markers, and ends with one line.
"""

import argparse
import re
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest

from tests.checkout import ROOT
from tests.system.faults.faults import FAULTS, Fault

RELIABILITY = ROOT / "docs" / "reliability.md"
ACCOUNT = "account"
"""The property of a test that has its figures."""
_FIGURES = ("sent", "lost", "duplicated", "marked")
"""Letters and documents at their receivers, and which of them are not as they should be."""
_BEGIN, _END = "<!-- faults: begin -->", "<!-- faults: end -->"


@dataclass(eq=False)
class _Outcomes:
    """A plugin of pytest that counts outcomes by node id; a test that fails anywhere fails.

    ``counted`` has what the campaigns of tests came to.
    """

    by_node: dict[str, str] = field(default_factory=dict)
    counted: dict[str, dict[str, int]] = field(default_factory=dict)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.when == "call":
            # The last one counts: a store that was put back has an end before and one after that.
            last = dict(report.user_properties).get(ACCOUNT)
            if isinstance(last, dict):
                self.counted[report.nodeid] = last
        known = self.by_node.get(report.nodeid)
        if report.failed:
            self.by_node[report.nodeid] = "failed"
        elif known is None and (report.skipped or report.when == "call"):
            self.by_node[report.nodeid] = "skipped" if report.skipped else "passed"


def run(faults: Sequence[Fault], runs: int) -> dict[str, Counter[str]]:
    """Run the tests of some faults and return, by fault, how many passed, failed and skipped.

    Beside that are the sums of their figures, where they have such.
    """
    found: dict[str, Counter[str]] = {fault.name: Counter() for fault in faults}
    for _ in range(runs):
        outcomes = _Outcomes()
        nodes = [str(ROOT / node) for fault in faults for node in fault.tests]
        pytest.main(["-q", "--no-header", "-p", "no:cacheprovider", *nodes], plugins=[outcomes])
        for fault in faults:
            for node, outcome in outcomes.by_node.items():
                if any(_is_of(node, test) for test in fault.tests):
                    found[fault.name][outcome] += 1
                    found[fault.name].update(outcomes.counted.get(node, {}))
    return found


def _is_of(node: str, test: str) -> bool:
    return node == test or node.startswith(f"{test}[")


def table(found: dict[str, Counter[str]], before: str) -> str:
    """Return the table: fault, what is done, runs, their figures, outcome.

    Rows of what was not run now stay as they were ``before``.
    """
    kept = {line.split("|")[1].strip(): line for line in before.splitlines() if "|" in line}
    lines = [
        f"| fault | what is done | runs | {' | '.join(_FIGURES)} | outcome |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for fault in FAULTS:
        if fault.name in found:
            lines.append(_row(fault, found[fault.name]))
        elif fault.name in kept:
            lines.append(kept[fault.name])
    return "\n".join(lines)


def _row(fault: Fault, counts: Counter[str]) -> str:
    ran = counts["passed"] + counts["failed"]
    outcome = fault.outcome if ran else "**not run here**"
    if counts["failed"]:
        outcome = f"**{counts['failed']} failed**"
    kind = "" if fault.daemon else " (not a whole daemon)"
    numbers = " | ".join(str(counts[name]) if counts["sent"] else "" for name in _FIGURES)
    return f"| {fault.name} | {fault.done}{kind} | {ran} | {numbers} | {outcome} |"


def write_table(found: dict[str, Counter[str]]) -> None:
    """Put the table into its place in docs/reliability.md."""
    page = RELIABILITY.read_text(encoding="utf-8")
    place = re.compile(f"{re.escape(_BEGIN)}(.*){re.escape(_END)}", re.DOTALL)

    def made(there: re.Match[str]) -> str:
        return f"{_BEGIN}\n{table(found, there[1])}\n{_END}"

    RELIABILITY.write_text(place.sub(made, page), encoding="utf-8")


def main(arguments: Sequence[str] | None = None) -> int:
    """Return 0 when every test passed, else 1."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--runs", type=int, default=1)
    parser.add_argument("--fault", action="append", help="only this one of the list; repeatable")
    asked = parser.parse_args(arguments)
    chosen = [one for one in FAULTS if asked.fault is None or one.name in asked.fault]
    found = run(chosen, asked.runs)
    write_table(found)
    total = sum(found.values(), Counter[str]())
    failed = total["failed"] + sum(not counts for counts in found.values())
    line = (
        f"faults {len(chosen)} runs {total['passed'] + total['failed']} failed {failed} "
        f"lost {total['lost']} duplicated {total['duplicated']} marked {total['marked']}"
    )
    print(line)  # noqa: T201
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
