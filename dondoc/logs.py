"""How the program logs: structlog events with stable names, on standard error only.

No secret, address or letter text may reach a log. The fuses here are the last resort for a call
that forgets it: telling keys lose their value, addresses become a short digest, and a failure is
logged as its type and the places in the code, never with its text.
"""

import hashlib
import logging
import re
import sys
import traceback
from collections.abc import Sequence
from types import TracebackType
from typing import TextIO

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

_TELLING = frozenset(
    {"password", "secret", "token", "body", "text", "subject", "content", "summary"}
)
_ADDRESS = re.compile(r"[^\s@<>\"'(),;:]+@[^\s@<>\"'(),;:]+")
_LIBRARY_LEVEL = logging.WARNING


def configure(*, level: int = logging.INFO, lines: bool = True) -> None:
    """Send events of ``level`` and above to standard error, as JSON lines or for a person to read.

    Events of libraries that use ``logging`` go the same way from warnings upwards.
    """
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        without_failure_text,
        without_telling_keys,
        without_addresses,
    ]
    last = _lines() if lines else _readable()
    structlog.configure(
        processors=[*shared, last],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=_StandardError(),
        cache_logger_on_first_use=False,
    )
    _take_over_libraries(shared, last)


class _StandardError:
    """Makes loggers that write where standard error leads at that moment."""

    def __call__(self, *_: object) -> structlog.WriteLogger:
        stream: TextIO = sys.stderr
        return structlog.WriteLogger(stream)


def _lines() -> Processor:
    return structlog.processors.JSONRenderer(ensure_ascii=False, default=str)


def _readable() -> Processor:
    return structlog.processors.LogfmtRenderer(
        key_order=["timestamp", "level", "event"], bool_as_flag=False
    )


def _take_over_libraries(shared: Sequence[Processor], last: Processor) -> None:
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, last],
        )
    )
    logging.basicConfig(level=_LIBRARY_LEVEL, handlers=[handler], force=True)


def without_telling_keys(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Drop the value of each key that may hold a secret or the words of a letter."""
    return {key: "dropped" if key in _TELLING else value for key, value in event.items()}


def without_addresses(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Put a short digest in place of each mail address, the same for the same address."""
    return {
        key: _ADDRESS.sub(_digest, value) if isinstance(value, str) else value
        for key, value in event.items()
    }


def _digest(address: re.Match[str]) -> str:
    return f"address-{hashlib.sha256(address.group().lower().encode()).hexdigest()[:8]}"


def without_failure_text(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Describe a failure by its types and the places in the code: its text may quote a letter."""
    given = event.pop("exc_info", None)
    failure = sys.exc_info()[1] if given is True else given
    if isinstance(failure, tuple):
        failure = failure[1]
    if isinstance(failure, BaseException):
        event["failure"] = _chain(failure)
    return event


def _chain(failure: BaseException) -> list[str]:
    places = [type(failure).__qualname__, *_places(failure.__traceback__)]
    cause = failure.__cause__ or failure.__context__
    return places if cause is None else [*places, "caused by", *_chain(cause)]


def _places(trace: TracebackType | None) -> list[str]:
    return [f"{f.filename}:{f.lineno} {f.name}" for f in traceback.extract_tb(trace)]
