"""The daemon's sign of life: a small file beside the store, for whoever asks from outside.

The lock tells that a process holds the store; only the sign tells that it gets on with its work.
It is replaced whole, so that no reader sees half of it, and not forced to disk: after a power
failure there is no daemon that it could speak for.
"""

import json
import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from threading import Lock
from typing import Any, BinaryIO

import structlog

from domain.assembled import Piece
from domain.content import Content, Stored
from domain.ids import Digest
from domain.ports import EvidenceStore
from domain.workers import WorkerSeen
from dondoc.services.doctor_check import Check
from dondoc.services.mail_life import MailLife, replace_file

log = structlog.get_logger(__name__)

SILENCE = timedelta(minutes=20)
"""Longest single piece of work: a mail server may take 10 minutes for its last answer alone
(RFC 5321 section 4.5.3.2.6) and 5 for each one before it."""

_SECONDS_BETWEEN_SIGNS = 5.0
_SECONDS_AS_GOOD_AS_NOW = 1.0
"""A sign is read by people and by checks that allow for 40 seconds and more."""
_CLOCK_SLACK = timedelta(minutes=5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sign:
    """What the daemon last said. ``next_turn`` is None while a turn is under way."""

    process: int
    at: datetime
    turn_finished: datetime | None = None
    next_turn: datetime | None = None
    failed: bool = False
    """Whether the last turn ended with an error; the cause is in the log."""
    mail: tuple[MailLife, ...] = ()
    """When the folders of each mail account were last read."""


class SignOfLife:
    """Writes the sign of one daemon from its start to its end; use it as a context manager.

    A sign that cannot be written is logged and keeps nobody from working.
    """

    def __init__(self, path: Path, now: Callable[[], datetime], pause: timedelta) -> None:
        self._path = path
        self._now = now
        self._pause = pause
        self._finished: datetime | None = None
        self._failed = False
        self._written = 0.0
        self._writing = Lock()
        self._next_turn: datetime | None = None
        self._mail: Callable[[], Sequence[MailLife]] = tuple
        self._said: tuple[datetime | None, frozenset[tuple[str, str]]] | None = None

    def tell_of(self, mail: Callable[[], Sequence[MailLife]]) -> None:
        """Say from now on when mail was last read, too."""
        self._mail = mail

    def at_work(self) -> None:
        """Say that the turn in hand gets on; cheap enough to be said at every step."""
        # Several threads send letters at the same time, and each of them says so.
        if self._writing.acquire(blocking=False):
            try:
                if time.monotonic() - self._written >= _SECONDS_BETWEEN_SIGNS:
                    self._write(next_turn=None)
            finally:
                self._writing.release()

    def say(self) -> bool:
        """Say at once what there is to say now: what comes next may take long.

        False where the last sign is of this second and says as much: that the daemon is at work,
        and which folders owe an answer. Each message of a full mailbox asks for it.
        """
        with self._writing:
            recent = time.monotonic() - self._written < _SECONDS_AS_GOOD_AS_NOW
            if recent and self._said == (None, self._owing()):
                return False
            self._write(next_turn=None)
            return True

    def _owing(self) -> frozenset[tuple[str, str]]:
        return frozenset((life.account, life.folder) for life in self._mail() if life.unanswered)

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Say when a turn ends, how, and when the next one is due."""
        self._write(next_turn=None)
        self._failed = True
        try:
            yield
            self._failed = False
            self._finished = self._now()
        finally:
            self._next_turn = self._now() + self._pause
            self._write(next_turn=self._next_turn)

    @contextmanager
    def between(self) -> Iterator[None]:
        """Say when something between two turns has ended; the next turn is due as before."""
        try:
            yield
        finally:
            self._write(next_turn=self._next_turn)

    def __enter__(self) -> "SignOfLife":
        self._write(next_turn=None)
        return self

    def __exit__(self, *_: object) -> None:
        # A sign that stays behind misleads nobody: it counts only while its process has the lock.
        with suppress(OSError):
            self._path.unlink()

    def _write(self, *, next_turn: datetime | None) -> None:
        sign = {
            "process": os.getpid(),
            "at": self._now().isoformat(),
            "turn_finished": self._finished.isoformat() if self._finished else None,
            "next_turn": next_turn.isoformat() if next_turn else None,
            "failed": self._failed,
            "mail": [
                [
                    life.account,
                    life.folder,
                    life.since.isoformat(),
                    life.heard,
                    life.unanswered.isoformat() if life.unanswered else None,
                ]
                for life in self._mail()
            ],
        }
        try:
            replace_file(self._path, json.dumps(sign), mode=0o600)
        except OSError as error:
            log.warning("sign_of_life_not_written", error=type(error).__name__)
            self._said = None
        else:
            self._said = (next_turn, self._owing())
        self._written = time.monotonic()


def read_sign(path: Path) -> Sign | None:
    """Return the sign in a file; None when there is none that can be read."""
    try:
        found = json.loads(path.read_bytes())
        return Sign(
            process=int(found["process"]),
            at=_instant(found["at"]),
            turn_finished=_perhaps(found["turn_finished"]),
            next_turn=_perhaps(found["next_turn"]),
            failed=bool(found["failed"]),
            mail=tuple(map(_life, found.get("mail", ()))),
        )
    except (OSError, ValueError, TypeError, KeyError):
        return None


def _instant(text: str) -> datetime:
    instant = datetime.fromisoformat(text)
    if instant.tzinfo is None:
        raise ValueError("an instant has its zone")
    return instant


def _life(found: list[Any]) -> MailLife:  # JSON has no narrower type
    account, folder, since, heard, *unanswered = found
    return MailLife(
        account=str(account),
        folder=str(folder),
        since=_instant(since),
        heard=bool(heard),
        unanswered=_perhaps(unanswered[0]) if unanswered else None,
    )


def _perhaps(text: str | None) -> datetime | None:
    return None if text is None else _instant(text)


def examine_life(
    holder: str | None, sign: Sign | None, silence: timedelta, now: datetime, *, wanted: bool
) -> Check:
    """Judge the daemon by the process that holds its lock and by its last sign.

    ``silence`` is how long it may say nothing beyond its own pause; without a daemon all is well
    unless one is ``wanted``.
    """
    if holder is None:
        return Check(
            name="daemon",
            ok=not wanted,
            what="no daemon works on this store now",
            advice="start it, and look at the end of its log if it does not stay",
        )
    if sign is None or str(sign.process) != holder:
        return Check(
            name="daemon",
            ok=False,
            what=f"process {holder} holds the store and gives no sign of life",
            advice="ask again: a daemon may be starting, or a command be at work; else restart it",
        )
    return _judged(sign, silence, now)


def examine_worker(seen: WorkerSeen, silence: timedelta) -> Check:
    """Judge one of several daemons by its last sign of life in the database."""
    seconds = round(seen.silent.total_seconds())
    name = f"daemon {seen.name}"
    if seen.silent <= silence:
        return Check(name=name, ok=True, what=f"life {seen.life} spoke {seconds} s ago")
    return Check(
        name=name,
        ok=False,
        what=f"life {seen.life} has given no sign of life for {seconds} s, and nobody took it over",
        advice="start it again under its name: it then takes up what it had in hand",
    )


def _judged(sign: Sign, silence: timedelta, now: datetime) -> Check:
    process = f"process {sign.process}"
    if now > max(sign.at, sign.next_turn or sign.at) + silence:
        what = f"{process} has given no sign of life since {_utc(sign.at)}"
        advice = "look at the end of its log, then restart it: that is safe at any moment"
        return Check(name="daemon", ok=False, what=what, advice=advice)
    if sign.at > now + _CLOCK_SLACK:
        what = f"{process} gave its sign of life at {_utc(sign.at)}, which is yet to come"
        advice = "set the machine's clock and keep it with a time service"
        return Check(name="daemon", ok=False, what=what, advice=advice)
    if sign.failed and sign.next_turn:
        advice = "look for job_failed in its log; the turn is tried again by itself"
        what = f"the last turn of {process} failed"
        return Check(name="daemon", ok=False, what=what, advice=advice)
    finished = f"finished a turn at {_utc(sign.turn_finished)}" if sign.turn_finished else "works"
    next_turn = f", the next is due at {_utc(sign.next_turn)}" if sign.next_turn else ""
    return Check(name="daemon", ok=True, what=f"{process} {finished}{next_turn}")


def _utc(instant: datetime) -> str:
    return f"{instant:%Y-%m-%d %H:%M:%S} UTC"


class WatchedEvidence:
    """Evidence that tells of every use: each message and each sending of a long turn needs it."""

    def __init__(self, evidence: EvidenceStore, used: Callable[[], None]) -> None:
        self._evidence = evidence
        self._used = used

    def put(self, content: bytes) -> Digest:
        """Store bytes; see ``EvidenceStore``."""
        self._used()
        return self._evidence.put(content)

    def assemble(self, pieces: Sequence[Piece]) -> Digest:
        """Store a content in pieces; see ``EvidenceStore``."""
        self._used()
        return self._evidence.assemble(pieces)

    def get(self, digest: Digest) -> bytes:
        """Return bytes; see ``EvidenceStore``."""
        self._used()
        return self._evidence.get(digest)

    def receive(self, write: Callable[[BinaryIO], None]) -> Stored:
        """Store what is written; see ``EvidenceStore``."""
        self._used()
        return self._evidence.receive(write)

    def content(self, digest: Digest) -> Content:
        """Return stored bytes to be read where they lie; see ``EvidenceStore``."""
        self._used()
        return self._evidence.content(digest)

    @contextmanager
    def together(self) -> Iterator["WatchedEvidence"]:
        """Yield a store whose bytes are durable when the block ends; see ``EvidenceStore``."""
        with self._evidence.together() as evidence:
            yield WatchedEvidence(evidence, self._used)

    def digests(self) -> Iterator[Digest]:
        """Yield every stored digest."""
        return self._evidence.digests()
