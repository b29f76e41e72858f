"""Messages of one mailbox by UID: many small ones at once, large ones in slices to a file.

What the server does not give as asked for is asked for once more, through imapclient, then alone;
what it does not give at all comes as its header, if that.
"""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Protocol, TypeVar

import structlog

from connector.email.imap_fetch import Line, fetch_bodies, fetch_sizes
from connector.email.imap_place import placed
from connector.email.spooled import Spooled
from domain.errors import PeerRefused, PeerUnavailable
from domain.mail import MailArrival

log = structlog.get_logger(__name__)

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)

# Messages over this come in slices of it: few round trips, little memory.
SLICE_OCTETS = 512 * 1024
# What one fetch of many messages brings into memory at most.
BATCH_OCTETS = 8 * 1024 * 1024
# imaplib refuses lines over 1,000,000 octets, and a search answers in one line.
SEARCH_UIDS = 80_000
# Reads of a mailbox before the message at which the connection breaks every time is passed over.
TRIES = 5


class Ask(Protocol[T_co]):
    """A question to the server with a mailbox open; imapclient, which is asked, ships no types."""

    def __call__(self, client: Any, /) -> T_co:
        """Return the answer."""


class _Within(Protocol):
    def __call__(self, ask: Ask[T], *, fresh: bool = False) -> T:
        """Ask in the mailbox, as long as it has not been renumbered."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Most octets of one message, and most messages of one fetch."""

    octets: int
    batch: int


class Messages:
    """What lies in one mailbox under one UIDVALIDITY.

    ``tries`` counts by place how often the connection broke over a message.
    """

    def __init__(
        self,
        within: _Within,
        mailbox: str,
        validity: int,
        *,
        account: str,
        limits: Limits,
        spool: Path | None,
        tries: dict[tuple[str, int, int], int],
    ) -> None:
        self._in = within
        self._mailbox = mailbox
        self._validity = validity
        self._account = account
        self._limits = limits
        self._spool = spool
        self._tries = tries

    def all(self, uids: Sequence[int]) -> Iterator[MailArrival]:
        """Yield messages in order; those that were expunged meanwhile are missing."""
        for start in range(0, len(uids), self._limits.batch):
            some = uids[start : start + self._limits.batch]
            sizes = self._together(partial(_sizes, some))
            for group in self._groups(some, sizes):
                yield from self._group(group, sizes)

    def alone(self, uid: int) -> MailArrival | None:
        """Return one message, or None when it was expunged; raises ``PeerUnavailable`` at first.

        Some servers end the connection over a damaged message, so it is given up after a while.
        """
        found: MailArrival | None = None
        size: int | None = None
        place = (self._mailbox, self._validity, uid)
        try:
            size = self._in(partial(_sizes_slowly, [uid])).get(uid)
            found = None if size is None else self._given(uid, size)
        except PeerRefused:
            found = None
        except PeerUnavailable:
            self._tries[place] = self._tries.get(place, 0) + 1
            if self._tries[place] < TRIES:
                raise
        if found is None:
            return self._withheld(uid, size or 0)
        self._tries.pop(place, None)
        return found

    def _groups(self, uids: Sequence[int], sizes: dict[int, int]) -> Iterator[list[int]]:
        """Split a batch so that a fetch stays small; what is large or has no size stands alone."""
        group: list[int] = []
        octets = 0
        for uid in uids:
            size = sizes.get(uid, self._limits.octets + 1)
            if group and (self._is_large(size) or octets + size > BATCH_OCTETS):
                yield group
                group, octets = [], 0
            if self._is_large(size):
                yield [uid]
                continue
            group.append(uid)
            octets += size
        if group:
            yield group

    def _is_large(self, size: int) -> bool:
        return size > min(SLICE_OCTETS, self._limits.octets)

    def _group(self, uids: list[int], sizes: dict[int, int]) -> Iterator[MailArrival]:
        raw: dict[int, bytes] = {}
        if not self._is_large(sizes.get(uids[0], self._limits.octets + 1)):
            raw = self._together(partial(_raw, uids, self._limits.octets))
            left = [uid for uid in uids if uid not in raw]
            if len(left) > 1:
                raw |= self._together(partial(_raw_slowly, left))
        for uid in uids:
            if uid in raw and len(raw[uid]) <= self._limits.octets:
                yield self._arrival(uid, raw[uid])
            elif (alone := self.alone(uid)) is not None:
                yield alone

    def _together(self, ask: Ask[dict[int, T]]) -> dict[int, T]:
        """Ask for several messages; where that fails nothing is known, and each is asked alone."""
        try:
            return self._in(ask)
        except (PeerRefused, PeerUnavailable):
            return {}

    def _given(self, uid: int, size: int) -> MailArrival | None:
        if self._is_large(size) and size <= self._limits.octets:
            large = self._sliced(uid)
            if large is None or large.size <= self._limits.octets:
                return self._arrival(uid, b"", large=large) if large else None
            size = large.size
        over = size > self._limits.octets
        raw = self._in(self._section(uid, "BODY[HEADER]" if over else "BODY[]"))
        return None if raw is None else self._arrival(uid, raw, oversize=size if over else None)

    def _sliced(self, uid: int) -> Spooled | None:
        """Fetch a large message piece by piece; each goes on where a cut connection ended.

        The end is where a piece is short, for sizes that servers state are estimates at times. Over
        the limit it is not fetched on.
        """
        spooled = Spooled(self._spool)
        while spooled.size <= self._limits.octets:
            piece = self._in(partial(_slice, uid, spooled.size))
            if piece is None:
                return None
            spooled.add(piece)
            if len(piece) < SLICE_OCTETS:
                break
        return spooled

    def _withheld(self, uid: int, size: int) -> MailArrival | None:
        """Return what there is of a message that is listed and not given; None if not listed."""
        if uid not in self._in(lambda client: search(client, f"{uid}"), fresh=True):
            return None
        log.warning("message_not_given", account=self._account, mailbox=self._mailbox, uid=uid)
        raw: bytes | None = None
        with suppress(PeerRefused, PeerUnavailable):
            raw = self._in(self._section(uid, "BODY[HEADER]"))
        header = raw or b""
        return self._arrival(uid, header, oversize=max(size, len(header) + 1))

    def _section(self, uid: int, section: str) -> Ask[bytes | None]:
        return partial(_one, uid, section, section, self._limits.octets)

    def _arrival(
        self, uid: int, raw: bytes, *, oversize: int | None = None, large: Spooled | None = None
    ) -> MailArrival:
        return MailArrival(
            mailbox=self._mailbox,
            **placed(self._validity, uid),
            raw=raw,
            oversize=oversize,
            large=large,
        )


def search(client: Any, uids: str) -> list[int]:
    """Return which UIDs of a set there are."""
    return list(client.search(["UID", uids]))


def _line(client: Any) -> Line:
    # imapclient has no public way to what it reads from; its version is pinned.
    line: Line = client._imap
    return line


def _sizes(uids: Sequence[int], client: Any) -> dict[int, int]:
    return fetch_sizes(_line(client), uids)


def _sizes_slowly(uids: Sequence[int], client: Any) -> dict[int, int]:
    answer = client.fetch(uids, ["RFC822.SIZE"])
    size = b"RFC822.SIZE"
    return {uid: int(item[size]) for uid, item in answer.items() if size in item}


def _raw(uids: Sequence[int], most: int, client: Any) -> dict[int, bytes]:
    return fetch_bodies(_line(client), uids, b"BODY.PEEK[]", most=most)


def _raw_slowly(
    uids: Sequence[int], client: Any, *, section: str = "BODY[]", given: str | None = None
) -> dict[int, bytes]:
    answer = client.fetch(uids, [section.replace("BODY", "BODY.PEEK")])
    key = (given or section).encode()
    # A message may vanish after its size was asked, and stray FETCH lines carry flags only.
    return {uid: item[key] for uid, item in answer.items() if isinstance(item.get(key), bytes)}


def _slice(uid: int, start: int, client: Any) -> bytes | None:
    section, given = f"BODY[]<{start}.{SLICE_OCTETS}>", f"BODY[]<{start}>"
    return _one(uid, section, given, SLICE_OCTETS, client)


def _one(uid: int, section: str, given: str, most: int, client: Any) -> bytes | None:
    """Return a section of one message, which the server gives under a name of its own."""
    asked = section.replace("BODY", "BODY.PEEK").encode()
    line = _line(client)
    found = fetch_bodies(line, [uid], asked, most=most, given=given.encode()).get(uid)
    if found is None:
        found = _raw_slowly([uid], client, section=section, given=given).get(uid)
    return found
