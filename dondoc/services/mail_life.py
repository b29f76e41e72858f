"""Whether mail is still read: watches that wake, proofs of life of each folder, and their figures.

The proof is that a folder was read to its end. That a watch hears its server is a figure, too, but
proves only that there is somebody to ask.
"""

import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import structlog

from domain.ports import MailWatch
from dondoc.app import Inbox
from dondoc.services.doctor_check import Check

log = structlog.get_logger(__name__)

ANSWER = timedelta(seconds=40)
"""How long a mailbox may owe an answer: with what passes before it is asked, under a minute."""

_SECONDS_BETWEEN_FILES = 5.0
"""A busy mailbox would have the file written with every message."""

_MAY_WAIT = "; letters that may have left before it was started wait (letters_wait_for_mailbox)"

_FIGURES_MODE = 0o640
"""What gathers them is another user, of Dondoc's group."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MailLife:
    """When a folder was last read to its end, or, if it was not yet, when the daemon began."""

    account: str
    folder: str
    since: datetime
    heard: bool
    unanswered: datetime | None = None
    """Since when it owes an answer, if it does."""


def mail_lives(inboxes: Sequence[Inbox], began: datetime) -> list[MailLife]:
    """Return what is known of each folder that is read."""
    return [
        MailLife(
            account=inbox.name,
            folder=folder,
            since=inbox.heard.get(folder, began),
            heard=folder in inbox.heard,
            unanswered=inbox.unanswered.get(folder),
        )
        for inbox in inboxes
        for folder in inbox.folders
    ]


def examine_mail_life(lives: Sequence[MailLife], silence: timedelta, now: datetime) -> list[Check]:
    """Return a check for each folder that was not read for longer than ``silence``, or that was
    asked and does not answer.
    """
    return [
        *(_silent(life) for life in lives if now > life.since + silence),
        *(_mute(life, at) for life in lives if (at := life.unanswered) and now > at + ANSWER),
    ]


def _mute(life: MailLife, asked_at: datetime) -> Check:
    return Check(
        name="mailbox",
        ok=False,
        what=f"folder {life.folder} of {life.account} was asked at "
        f"{asked_at:%Y-%m-%d %H:%M:%S} UTC and has not answered",
        advice="its server hangs, cannot be reached, or sends a large message over a slow line; it "
        "is asked again with every turn",
    )


def _silent(life: MailLife) -> Check:
    since = f"{life.since:%Y-%m-%d %H:%M:%S} UTC"
    last = f"was last read at {since}" if life.heard else f"could not be read since {since}"
    return Check(
        name="mailbox",
        ok=False,
        what=f"folder {life.folder} of {life.account} {last}",
        advice="run `dondoc doctor`, which connects to it, and look for mailbox_unavailable in "
        f"the daemon's log{'' if life.heard else _MAY_WAIT}",
    )


class Watches:
    """Has every mail account that can be watched call ``wake`` when something may have come.

    Use it as a context manager: it ends with its block.
    """

    def __init__(self, wake: Callable[[], None]) -> None:
        self._wake = wake
        self._watches: list[MailWatch] = []

    def watch(self, inboxes: Sequence[Inbox]) -> None:
        """Watch these accounts from now on, and no others; those that are watched go on."""
        wanted = [inbox.watch for inbox in inboxes if inbox.watch]
        over = [one for one in self._watches if not any(one is other for other in wanted)]
        new = [one for one in wanted if not any(one is other for other in self._watches)]
        self._watches = wanted
        for watch in over:
            watch.stop()
        for watch in new:
            watch.start(self._wake)

    def __enter__(self) -> "Watches":
        return self

    def __exit__(self, *_: object) -> None:
        self.watch(())


class MailMetrics:
    """Writes the figures of mail as a file for Prometheus (text exposition format 0.0.4).

    ``refused`` counts the problems of a configuration that was refused.
    Counters begin with the process. A file that cannot be written is logged and keeps nobody from
    working.
    """

    def __init__(
        self,
        path: Path,
        inboxes: Callable[[], Sequence[Inbox]],
        refused: Callable[[], int] = lambda: 0,
    ) -> None:
        self._path = path
        self._inboxes = inboxes
        self._refused = refused
        self._written = 0.0

    def write(self, *, at_once: bool = False) -> None:
        """Write what is known now, unless that was done a moment ago and need not be at once."""
        if not at_once and time.monotonic() - self._written < _SECONDS_BETWEEN_FILES:
            return
        try:
            text = metrics_text(self._inboxes(), self._refused())
            replace_file(self._path, text, mode=_FIGURES_MODE)
        except OSError as error:
            log.warning("metrics_not_written", error=type(error).__name__)
        self._written = time.monotonic()


def metrics_text(inboxes: Sequence[Inbox], refused: int = 0) -> str:
    """Return the figures of the mail accounts, and of the configuration as it stands."""
    name = "dondoc_configuration_problems"
    lines = [
        f"# HELP {name} Problems for which the changed configuration was refused.",
        f"# TYPE {name} gauge",
        f"{name} {refused}",
    ]
    for name, kind, text, values in _families(inboxes):
        lines += [f"# HELP {name} {text}", f"# TYPE {name} {kind}"]
        lines += [f"{name}{{{labels}}} {value}" for labels, value in values]
    return "\n".join(lines) + "\n"


_Family = tuple[str, str, str, list[tuple[str, str]]]


def _families(inboxes: Sequence[Inbox]) -> Iterator[_Family]:
    folders = [(inbox, folder) for inbox in inboxes for folder in inbox.folders]
    yield (
        "dondoc_mail_read_timestamp_seconds",
        "gauge",
        "When a folder was last read to its end.",
        [
            (_labels(inbox, folder), _seconds(inbox.heard[folder]))
            for inbox, folder in folders
            if folder in inbox.heard
        ],
    )
    yield (
        "dondoc_mail_unanswered_since_timestamp_seconds",
        "gauge",
        "Since when a folder that was asked owes an answer; absent when it does not.",
        [
            (_labels(inbox, folder), _seconds(inbox.unanswered[folder]))
            for inbox, folder in folders
            if folder in inbox.unanswered
        ],
    )
    yield (
        "dondoc_mail_taken_total",
        "counter",
        "Messages taken in since the daemon began.",
        [(_labels(inbox, folder), str(inbox.taken.get(folder, 0))) for inbox, folder in folders],
    )
    watches = [(inbox, inbox.watch) for inbox in inboxes if inbox.watch]
    yield (
        "dondoc_mail_watch_timestamp_seconds",
        "gauge",
        "When the watch of an account last heard its server.",
        [
            (_labels(inbox), _seconds(watch.heard_at))
            for inbox, watch in watches
            if watch.heard_at is not None
        ],
    )
    yield (
        "dondoc_mail_watch_reconnects_total",
        "counter",
        "How often the watch of an account lost its connection or could not make one.",
        [(_labels(inbox), str(watch.reconnects)) for inbox, watch in watches],
    )


def _labels(inbox: Inbox, folder: str | None = None) -> str:
    more = "" if folder is None else f',folder="{_escaped(folder)}"'
    return f'account="{_escaped(inbox.name)}"{more}'


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def _seconds(instant: datetime) -> str:
    return f"{instant.timestamp():.3f}"


def replace_file(path: Path, text: str, *, mode: int) -> None:
    """Write a small file with these rights, whatever the umask, so that no reader sees half of it.

    Raises ``OSError``.
    """
    fresh = path.with_name(f"{path.name}.new")
    try:
        with open(fresh, "w", encoding="utf-8", opener=_private) as stream:
            # Also where one was left behind that had others.
            os.fchmod(stream.fileno(), mode)
            stream.write(text)
        fresh.replace(path)
    except OSError:
        with suppress(OSError):
            fresh.unlink()
        raise


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
