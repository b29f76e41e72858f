"""Every test that the list of faults names exists, and each test of the suite is named there."""

import ast
from collections import Counter
from functools import cache

import pytest

from tests.checkout import ROOT
from tests.system.faults.faults import FAULTS
from tests.system.faults.table import table

_SUITE = ROOT / "tests" / "system" / "faults"
_NO_FAULT = {"test_a_store_that_was_moved_is_none_that_was_put_back"}
"""Tests beside the faults: of what must not be taken for one."""


@cache
def functions(path: str) -> frozenset[str]:
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    return frozenset(n.name for n in ast.walk(tree) if isinstance(n, ast.FunctionDef))


NODES = [node for fault in FAULTS for node in fault.tests]


@pytest.mark.parametrize("node", NODES)
def test_the_test_that_proves_it_exists(node: str) -> None:
    path, _, rest = node.partition("::")
    function, _, case = rest.rpartition("::")[2].partition("[")
    assert (ROOT / path).is_file()
    assert function in functions(path)
    if case:
        assert case.removesuffix("]") in (ROOT / path).read_text(encoding="utf-8")


def test_every_test_of_the_suite_is_of_a_fault() -> None:
    named = {node.rpartition("::")[2].partition("[")[0] for node in NODES}
    written = {
        name
        for path in _SUITE.glob("test_*.py")
        for name in functions(str(path.relative_to(ROOT)))
        if name.startswith("test_")
    }
    assert written - named == _NO_FAULT


def test_names_are_told_apart() -> None:
    assert len({fault.name for fault in FAULTS}) == len(FAULTS)


def test_a_row_has_what_was_counted() -> None:
    fault, other = FAULTS[0], FAULTS[1]
    counts = Counter(passed=2, sent=32, lost=0, duplicated=0, marked=3)
    old = f"| {other.name} | what | 1 |  |  |  |  | as before |"
    _, _, *rows = table({fault.name: counts}, old).splitlines()
    assert rows == [
        f"| {fault.name} | {fault.done} | 2 | 32 | 0 | 0 | 3 | {fault.outcome} |",
        old,
    ]


def test_a_test_that_counts_for_itself_has_no_figures() -> None:
    fault = FAULTS[0]
    *_, row = table({fault.name: Counter(passed=1)}, "").splitlines()
    assert row == f"| {fault.name} | {fault.done} | 1 |  |  |  |  | {fault.outcome} |"
