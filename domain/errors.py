"""Errors that cross module borders, named by whose fault it is; retry rules read the type only."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Generic, TypeVar

from domain.words import say

T = TypeVar("T")


class DondocError(Exception):
    """Base of every error that Dondoc raises on purpose."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One thing that is wrong in a configuration file, with the place and the way out.

    ``line`` and ``column`` count from 1; 0 means that the whole file is meant.
    """

    file: str
    line: int
    column: int
    what: str
    advice: str
    warning: bool = False

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}: {self.what}; {self.advice}"


class ConfigError(DondocError):
    """The operator must correct the configuration; ``problems`` lists everything at once."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = problems


class PeerUnavailable(DondocError):
    """A server could not be reached or broke off before it took anything: trying again is safe."""

    def __init__(self, peer: str, detail: str) -> None:
        super().__init__(f"{peer} is not available: {detail}; it will be tried again")
        self.peer = peer
        self.detail = detail


class PeerRefused(DondocError):
    """A server answered with a refusal; repeating the same request will not help.

    ``code`` is the server's own code (SMTP reply, exchange ErrorCode, HTTP status) as text.
    """

    def __init__(self, peer: str, code: str, detail: str) -> None:
        super().__init__(f"{peer} refused with {code}: {detail}")
        self.peer = peer
        self.code = code
        self.detail = detail


class NotOffered(PeerRefused):
    """This door cannot do that; its abilities say so beforehand."""

    def __init__(self, peer: str, ability: str) -> None:
        super().__init__(peer, "not offered", f"this door cannot {ability}; see docs/doors.md")


class ListNotWhole(DondocError, Generic[T]):
    """A server gave a list that lacks something, by its own words or because rows are unusable.

    ``rows`` are the sound ones: they are to be used, and a person is to hear of the others.
    """

    def __init__(self, peer: str, detail: str, rows: Iterable[T]) -> None:
        super().__init__(f"{peer} gave a list that is not whole: {detail}")
        self.peer = peer
        self.detail = detail
        self.rows = tuple(rows)


class DeliveryUnknown(DondocError):
    """The connection broke after the content was handed over: it may or may not have been accepted.

    Look for evidence before sending again (RFC 5321 section 4.5.3.2.6, RFC 1047).
    """

    def __init__(self, peer: str, detail: str) -> None:
        super().__init__(f"{peer} did not say whether it accepted the content: {detail}")
        self.peer = peer
        self.detail = detail


class ChangeUnknown(DondocError):
    """The connection broke after a change was asked for: it may or may not have been made.

    It is never repeated by itself: look first.
    """

    def __init__(self, peer: str, operation: str, detail: str) -> None:
        super().__init__(f"{peer} did not say whether it carried out {operation}: {detail}")
        self.peer = peer
        self.operation = operation
        self.detail = detail


class MalformedDocument(DondocError):
    """Input from outside that cannot be read safely; it is set aside with this reason."""

    def __init__(self, what: str, reason: str) -> None:
        super().__init__(say("{what} cannot be read: {reason}", what=what, reason=reason))
        self.what = str(what)
        self.reason = str(reason)


class TooLarge(MalformedDocument):
    """Input from outside that is over a configured limit, whole or once expanded."""


class DuplicateEvent(DondocError):
    """This event's source and source key, or the sending it plans, are taken; nothing was written.

    What took them may be an earlier event or one of the same batch: ``Ledger.find`` tells.
    """

    def __init__(self, source: str, source_key: str) -> None:
        super().__init__(f"already recorded: {source} {source_key}")
        self.source = source
        self.source_key = source_key


class Conflict(DondocError):
    """The store is in use by another process or was changed underneath; nothing was written."""


class StoreFailed(DondocError):
    """The ledger or the evidence could not be read or written (disk full, rights, damage)."""


class Fenced(StoreFailed):
    """Other daemons took this one for dead and do its work: it may record nothing any more."""


class StoreMissing(StoreFailed):
    """There is no store yet where one is looked for."""


class EvidenceMissing(DondocError):
    """No bytes are stored under this digest, or they no longer have it."""

    def __init__(self, digest: str, reason: str) -> None:
        super().__init__(f"evidence {digest}: {reason}")
        self.digest = digest


class NotFound(DondocError):
    """The campaign, round, office, review or item that a command names does not exist."""


class NotAllowed(DondocError):
    """A command that the present state forbids, with the reason."""


class IllegalTransition(DondocError):
    """A state machine was given an event that its table lacks: our bug or a forged message."""

    def __init__(self, machine: str, status: str, event: str) -> None:
        super().__init__(f"{machine}: {event} is not possible in status {status}")
        self.machine = machine
        self.status = status
        self.event = event


class InvariantViolation(DondocError):
    """Recorded facts contradict each other: our bug."""
