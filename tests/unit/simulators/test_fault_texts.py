"""How faults are written for every simulator, and that one which never happens is refused."""

from collections.abc import Callable, Collection, Iterable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from dondoc.simulators.eoffice import faults as eoffice
from dondoc.simulators.eoffice.documents import Documents
from dondoc.simulators.eoffice.operations import Operations
from dondoc.simulators.eoffice.state import State
from dondoc.simulators.eoffice.units import Units
from dondoc.simulators.exchange import faults as exchange
from dondoc.simulators.ioffice import faults as ioffice
from dondoc.simulators.lgsp import faults as lgsp
from dondoc.simulators.lgsp.app import LOGIN
from dondoc.simulators.lgsp.operations import Operations as AxisOperations
from dondoc.simulators.portal import faults as portal

Arm = Callable[[Iterable[str]], None]
KNOWN: list[tuple[Arm, Collection[str]]] = [
    (eoffice.Faults().arm_all, eoffice.OPERATIONS),
    (lgsp.Faults().arm_all, lgsp.OPERATIONS),
    (ioffice.Faults().arm_all, ioffice.OPERATIONS),
    (portal.Faults().arm_all, portal.PLACES),
    (exchange.Faults(["SendItem", "GetItem"]).arm_all, ["SendItem", "GetItem"]),
]


@pytest.mark.parametrize(("arm_all", "operations"), KNOWN)
def test_a_fault_of_an_unknown_operation_is_refused(
    arm_all: Arm, operations: Collection[str]
) -> None:
    arm_all([f"drop:2@{name}" for name in operations])
    with pytest.raises(ValueError, match="'drop@sendEdok': there is no operation") as caught:
        arm_all(["drop@sendEdok"])
    assert all(name in str(caught.value) for name in operations)


@pytest.mark.parametrize(("arm_all", "operations"), KNOWN)
@pytest.mark.parametrize("text", ["fire", "drop:x", "drop:0", "drop:-1", "drop@", ":", ""])
def test_what_is_no_fault(arm_all: Arm, operations: Collection[str], text: str) -> None:
    with pytest.raises(ValueError, match="fault"):
        arm_all([text])


def test_a_fault_of_the_portal_befalls_its_place() -> None:
    faults = portal.Faults()
    faults.arm_all(["down:2@file", "login"])
    taken = [faults.take(place) for place in ("list", "detail", "file", "file")]
    assert taken == [portal.Fault.LOGIN, None, portal.Fault.DOWN, portal.Fault.DOWN]


def test_the_names_are_those_of_the_operations(tmp_path: Path) -> None:
    def now() -> datetime:
        return datetime(2024, 5, 8, tzinfo=UTC)

    state = State(tmp_path)
    try:
        units = Units(state, now)
        assert set(Operations(Documents(state), units, now).table()) == set(eoffice.OPERATIONS)
        axis = AxisOperations(state, units, now)
        assert {LOGIN, *axis.table()} == set(lgsp.OPERATIONS)
    finally:
        state.close()
