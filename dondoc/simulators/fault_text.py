"""How a fault is written on the command line of every simulator: ``NAME[:N][@OPERATION]``."""

import re
from collections.abc import Collection
from dataclasses import dataclass

_FORM = re.compile(r"([\w-]+)(?::(\d{1,9}))?(?:@([\w-]+))?", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultText:
    """A fault by name, how often it happens, and to which operation; blank: the usual ones."""

    name: str
    times: int
    operation: str


def read_fault(text: str, known: Collection[str], operations: Collection[str]) -> FaultText:
    """Read one fault whose name is among the ``known``, and its operation among ``operations``.

    Raises ValueError with the text: a fault of an operation that is never asked never happens.
    """
    found = _FORM.fullmatch(text)
    if found is None or found[1] not in known:
        names = ", ".join(known)
        raise ValueError(f"fault {text!r}: write NAME[:N][@OPERATION] with NAME one of {names}")
    if found[3] and found[3] not in operations:
        names = ", ".join(operations)
        raise ValueError(f"fault {text!r}: there is no operation {found[3]}, write one of {names}")
    return FaultText(name=found[1], times=int(found[2] or "1"), operation=found[3] or "")
