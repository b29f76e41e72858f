"""The one place where errors become advice on standard error and an exit code.

Codes are a contract: 0 done, 1 failed, 2 wrong configuration or usage, 3 something waits for a
person.
"""

import sys
import traceback
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from enum import IntEnum

from domain.errors import (
    ChangeUnknown,
    ConfigError,
    Conflict,
    DeliveryUnknown,
    DondocError,
    DuplicateEvent,
    EvidenceMissing,
    IllegalTransition,
    InvariantViolation,
    ListNotWhole,
    MalformedDocument,
    NotAllowed,
    NotFound,
    PeerRefused,
    PeerUnavailable,
    StoreFailed,
)


class ExitCode(IntEnum):
    """What a command ends with."""

    DONE = 0
    FAILED = 1
    WRONG_USAGE = 2
    WAITING = 3


_OUR_FAULT = "this is a fault of Dondoc: run it again as `dondoc --debug …` and report what it says"

_ENDINGS: Mapping[type[DondocError], tuple[ExitCode, str]] = {
    ConfigError: (ExitCode.WRONG_USAGE, "correct that; `dondoc check` looks at every file"),
    NotFound: (ExitCode.WRONG_USAGE, ""),
    NotAllowed: (ExitCode.FAILED, ""),
    PeerUnavailable: (ExitCode.FAILED, "`dondoc doctor` looks at every connection"),
    PeerRefused: (ExitCode.FAILED, "`dondoc doctor` looks at every connection"),
    ListNotWhole: (ExitCode.FAILED, "ask the operator of the exchange: its list has to be mended"),
    DeliveryUnknown: (ExitCode.FAILED, "the daemon looks for evidence before it sends again"),
    ChangeUnknown: (
        ExitCode.FAILED,
        "it was not repeated: look with `dondoc exchange units` whether it was done",
    ),
    MalformedDocument: (ExitCode.FAILED, ""),
    EvidenceMissing: (ExitCode.FAILED, "restore the evidence from a backup"),
    DuplicateEvent: (ExitCode.FAILED, "somebody did the same at the same time; look again"),
    Conflict: (ExitCode.FAILED, ""),
    StoreFailed: (ExitCode.FAILED, ""),
    IllegalTransition: (ExitCode.FAILED, _OUR_FAULT),
    InvariantViolation: (ExitCode.FAILED, _OUR_FAULT),
}


@contextmanager
def advised(*, debug: bool = False) -> Iterator[None]:
    """Turn whatever a command raises into advice and an exit; ``debug`` adds the traceback."""
    try:
        yield
    except Exception as error:  # noqa: BLE001 - the edge of the program
        if debug:
            traceback.print_exc()
        code, lines = ending(error)
        for line in lines:
            sys.stderr.write(f"{line}\n")
        raise SystemExit(int(code)) from None


def ending(error: Exception) -> tuple[ExitCode, list[str]]:
    """Return the exit code for an error and what to say about it, line by line."""
    for kind in type(error).__mro__:
        if kind in _ENDINGS:
            code, advice = _ENDINGS[kind]
            return code, [*_words(error), *([f"advice: {advice}"] if advice else [])]
    return ExitCode.FAILED, [f"error: unexpected {type(error).__name__}", f"advice: {_OUR_FAULT}"]


def _words(error: Exception) -> list[str]:
    if isinstance(error, ConfigError):
        return [
            f"{'warning' if problem.warning else 'error'}: {problem}" for problem in error.problems
        ]
    if isinstance(error, PeerUnavailable):
        # Without the error's promise to try again: a command ends here.
        return [f"error: {error.peer} is not available: {error.detail}"]
    return [f"error: {error}"]
