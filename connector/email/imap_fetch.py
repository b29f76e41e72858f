"""FETCH answers read straight off the line, in the few forms in which servers give them.

imapclient takes ten times as long over a message as the line itself. So this reads what is asked
for most: sizes, whole messages, headers and slices, by UID. Every answer is framed (RFC 9051
section 4.3: a line goes on after a literal that its end announces), so whatever else a server says
in between is passed over whole. A FETCH answer in a form that is not known here is left out; its
message is then asked for alone, through imapclient.

Nothing is kept besides what the caller is given, and no literal is read that is longer than the
caller expects. Answers that are no IMAP raise ``imaplib.IMAP4.abort``: where the next answer
begins is unknown then, and the connection must be given up.
"""

import imaplib
import re
from collections.abc import Sequence
from typing import Protocol

_TAG = b"X1"
"""imaplib's own tags begin with letters from A to P."""

LINE_OCTETS = 1_000_000
"""Longest line, as in imaplib."""
_PIECE = 1024 * 1024
_PASSED_OVER = 64 * 1024
"""Octets of an answer that nobody asked for; letters of an ALERT, names of folders."""

_SIZE = re.compile(
    rb"\* \d+ FETCH \((?:UID (\d{1,10}) RFC822\.SIZE (\d{1,19})|"
    rb"RFC822\.SIZE (\d{1,19}) UID (\d{1,10}))\)\r\n"
)
_LITERAL = re.compile(rb"~?\{(\d{1,19})\+?\}\r\n\Z")
_END = re.compile(rb"(?: (?:UID (\d{1,10})|MODSEQ \(\d{1,20}\)|FLAGS \([^()\r\n]*\)))*\)\r\n")


class Line(Protocol):
    """The connection; imaplib's object is one."""

    def send(self, data: bytes) -> None:
        """Send octets."""

    def readline(self) -> bytes:
        """Return one line with its end; empty when the connection has ended."""

    def read(self, size: int) -> bytes:
        """Return so many octets; fewer only when the connection has ended."""


def fetch_sizes(line: Line, uids: Sequence[int]) -> dict[int, int]:
    """Return the sizes in octets that the server states for messages of the open mailbox."""
    asked = _Asked(line, 0)
    found: dict[int, int] = {}
    for start in asked.answers(b"UID FETCH %b (RFC822.SIZE)" % uid_set(uids)):
        if given := _SIZE.fullmatch(start):
            found[int(given[1] or given[4])] = int(given[2] or given[3])
        else:
            asked.pass_over(start)
    return found


def fetch_bodies(
    line: Line, uids: Sequence[int], section: bytes, *, most: int, given: bytes | None = None
) -> dict[int, bytes]:
    """Return what stands under ``section``, such as ``BODY.PEEK[]``, of each message.

    ``most`` octets are read of one message; more raises ``imaplib.IMAP4.abort``. ``given`` is how
    the server names the section in its answers, if not without PEEK.
    """
    name = given or section.replace(b".PEEK", b"")
    begins = re.compile(
        rb"\* \d+ FETCH \((?:UID (\d{1,10}) )?" + re.escape(name) + rb" \{(\d{1,19})\}\r\n"
    )
    asked = _Asked(line, most)
    found: dict[int, bytes] = {}
    for start in asked.answers(b"UID FETCH %b (%b)" % (uid_set(uids), section)):
        if not (head := begins.fullmatch(start)):
            asked.pass_over(start)
            continue
        body = asked.literal(int(head[2]))
        rest = asked.line()
        if end := _END.fullmatch(rest):
            uid = head[1] or end[1]
            if uid:
                found[int(uid)] = body
        else:
            asked.pass_over(rest)
    return found


def uid_set(uids: Sequence[int]) -> bytes:
    """Return ascending UIDs as a set of RFC 9051 section 9: runs as ``from:to``."""
    runs: list[list[int]] = []
    for uid in uids:
        if runs and uid == runs[-1][1] + 1:
            runs[-1][1] = uid
        else:
            runs.append([uid, uid])
    return b",".join(b"%d" % a if a == b else b"%d:%d" % (a, b) for a, b in runs)


class _Asked:
    """One command on the line, and its answers."""

    def __init__(self, line: Line, most: int) -> None:
        self._line = line
        self._most = most

    def answers(self, command: bytes) -> "_Answers":
        """Send a command; the untagged answers' first lines can then be had one by one."""
        self._line.send(_TAG + b" " + command + b"\r\n")
        return _Answers(self)

    def line(self) -> bytes:
        """Return one line with its end."""
        line = self._line.readline()
        if not line.endswith(b"\r\n") or len(line) > LINE_OCTETS:
            raise imaplib.IMAP4.abort("the connection ended within an answer")
        return line

    def literal(self, size: int) -> bytes:
        """Return the octets of a literal."""
        if size > self._most:
            raise imaplib.IMAP4.abort("a message is longer than the server said")
        body = self._line.read(size)
        if len(body) != size:
            raise imaplib.IMAP4.abort("the connection ended within a message")
        return body

    def pass_over(self, line: bytes) -> None:
        """Read to the end of an answer whose line this is."""
        allowed = self._most + _PASSED_OVER
        while literal := _LITERAL.search(line):
            left = int(literal[1])
            allowed -= left
            if allowed < 0:
                raise imaplib.IMAP4.abort("an answer is longer than anything asked for")
            while left:
                piece = self._line.read(min(left, _PIECE))
                if not piece:
                    raise imaplib.IMAP4.abort("the connection ended within an answer")
                left -= len(piece)
            line = self.line()


class _Answers:
    """Yields the first line of each untagged answer up to the tagged one."""

    def __init__(self, asked: _Asked) -> None:
        self._asked = asked

    def __iter__(self) -> "_Answers":
        return self

    def __next__(self) -> bytes:
        line = self._asked.line()
        if line.startswith(b"* "):
            if line[2:5].upper() == b"BYE":
                raise imaplib.IMAP4.abort(f"the server says goodbye: {_words(line[6:])}")
            return line
        if line.startswith(_TAG + b" "):
            _completed(line[len(_TAG) + 1 :])
            raise StopIteration
        raise imaplib.IMAP4.abort("its answer cannot be understood")


def _completed(words: bytes) -> None:
    verdict, _, text = words.partition(b" ")
    match verdict.upper():
        case b"OK":
            return
        case b"NO":
            # The words that imapclient has for a refusal.
            raise imaplib.IMAP4.error(f"fetch failed: {_words(text)}")
        case _:
            raise imaplib.IMAP4.error(f"fetch command error: {_words(words)}")


def _words(text: bytes) -> str:
    return text.strip().decode("ascii", "replace")[:200]
