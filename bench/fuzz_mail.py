"""Fuzz the reading of mail: ``python -m bench.fuzz_mail --seconds N [--seed N]``.

The corpus of ``tests/data/mail`` is damaged at random and read in two ways. Read alone, taken
apart, judged and matched, a message raises nothing but MalformedDocument or its kind TooLarge, and
keeps nobody busy for long. Put into the mailbox of a whole Dondoc in memory, it is read or set
aside, never by a bug of ours; the sound message behind it is read in the same turn, and what the
ledger holds afterwards is what its events make. Input that breaks one of these promises is kept in
``bench/out/``; then the exit code is 1.
"""

import logging
import random
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path

import structlog

from bench.fuzzing import Fuzzer, fuzz
from domain.errors import MalformedDocument
from domain.facts import RawQuarantined
from domain.state import RawState
from domain.status import RawStatus
from dondoc.services.read_command import message_view
from tests.integration.services.service_parts import MAILBOX
from tests.integration.services.service_world import World
from tests.mail_corpus import MAIL, district, now

SLOW = 20.0
"""Seconds of the processor that no message may take; on a busy machine the clock says nothing."""

_SHARE_IN_SERVICE = 0.3
"""Of the steps: a turn of the whole application over a batch takes as long as many readings."""

_BATCH = 12
_BATCHES_OF_A_WORLD = 20

_OUR_BUG = "Dondoc failed on it"

_TOKENS = (
    b"\n\n",
    b"\r\n.\r\n",
    b'\nContent-Type: multipart/mixed; boundary=""\n',
    b"\nContent-Type: multipart/report; report-type=delivery-status; boundary=x\n\n--x\n",
    b"\nContent-Type: message/delivery-status\n\n",
    b"\nContent-Type: message/disposition-notification\n\n",
    b"\nContent-Type: message/rfc822\n\n",
    b"\nContent-Type: application/ms-tnef\n\n",
    b"\nContent-Transfer-Encoding: base64\n",
    b"\nContent-Transfer-Encoding: quoted-printable\n",
    b"; charset=utf-7",
    b"; charset=x-vni",
    b'; charset="\x00"',
    b"; charset=idna",
    b"; filename*0*=utf-8''%FF; filename*1=a",
    b"=?utf-8?B?//79?=",
    b"=?utf-8?Q?=ZZ?=",
    b"=?windows-1258?Q?=D0=D2?=",
    b"\nOriginal-Recipient: utf-8;\\x{110000}\\x{D800}@x.example",
    b"\nFinal-Recipient: rfc822;",
    b"\nAction: failed\nStatus: 5.1.1\n",
    b"\nDisposition: automatic-action/MDN-sent-automatically; displayed/error\n",
    b"\nOriginal-Envelope-Id: abcdefghijklmnop2345\n",
    b"\nMessage-ID: <>\n",
    b"\nReturn-Path: <>\n",
    b"\nFrom: MAILER-DAEMON@x.example\n",
    b"\nDate: Fri, 31 Feb 99999999999 99:99:99 +9999\n",
    b"\nAuto-Submitted: auto-replied\n",
    b"nq47+abcdefghijklmnop2345@huulung.example",
    b"DD-ABCDEFGH",
    b"\x00",
    b"\xff\xfe",
    b"\xed\xa0\x80",
    b"\xf4\x90\x80\x80",
    b"(" * 3_000,
    b"<" * 3_000,
    b'"' * 999,
    b"a@" * 2_000,
    b"A" * 70_000,
    b" " * 70_000,
    b"\n" * 5_000,
    b"> " * 4_000,
    b"<div><blockquote>" * 2_000,
)

Change = Callable[["Corpus", bytes, random.Random], bytes]


class Corpus:
    """The sound messages, and one at random."""

    def __init__(self) -> None:
        self.messages = [path.read_bytes() for path in sorted(MAIL.glob("*/*.eml"))]

    def any(self, draw: random.Random) -> bytes:
        """Return one of the messages."""
        return draw.choice(self.messages)


def _flipped(_: Corpus, content: bytes, draw: random.Random) -> bytes:
    changed = bytearray(content)
    for _number in range(draw.randint(1, 8)):
        if changed:
            changed[draw.randrange(len(changed))] = draw.randrange(256)
    return bytes(changed)


def _cut_out(_: Corpus, content: bytes, draw: random.Random) -> bytes:
    start, end = _span(content, draw)
    return content[:start] + content[end:]


def _repeated(_: Corpus, content: bytes, draw: random.Random) -> bytes:
    start, end = _span(content, draw)
    return content[:end] + content[start:end] * draw.randint(1, 40) + content[end:]


def _with_token(_: Corpus, content: bytes, draw: random.Random) -> bytes:
    start, end = _span(content, draw)
    return content[:start] + draw.choice(_TOKENS) + content[draw.choice((start, end)) :]


def _lines(_: Corpus, content: bytes, draw: random.Random) -> bytes:
    """Drop, double or exchange whole lines, as gateways do."""
    lines = content.split(b"\n")
    one, two = draw.randrange(len(lines)), draw.randrange(len(lines))
    match draw.randrange(3):
        case 0:
            del lines[one]
        case 1:
            lines.insert(two, lines[one])
        case _:
            lines[one], lines[two] = lines[two], lines[one]
    return b"\n".join(lines)


def _spliced(corpus: Corpus, content: bytes, draw: random.Random) -> bytes:
    """Let one message go on as another."""
    other = corpus.any(draw)
    return content[: draw.randint(0, len(content))] + other[draw.randint(0, len(other)) :]


def _enclosed(_: Corpus, content: bytes, draw: random.Random) -> bytes:
    """Attach a message to another, several levels deep."""
    for level in range(draw.randint(1, 20)):
        mark = b"=_%d" % level
        head = b"From: a@b.example\nContent-Type: multipart/mixed; boundary=" + mark
        part = b"\n\n--" + mark + b"\nContent-Type: message/rfc822\n\n"
        content = head + part + content + b"\n--" + mark + b"--\n"
    return content


def _in_crlf(_: Corpus, content: bytes, draw: random.Random) -> bytes:
    return content.replace(b"\n", draw.choice((b"\r\n", b"\r", b"\r\r\n", b"\n\r")))


def _cut_short(_: Corpus, content: bytes, draw: random.Random) -> bytes:
    return content[: draw.randint(0, len(content))]


_CHANGES: Sequence[Change] = (
    *(_with_token,) * 6,
    *(_lines,) * 5,
    *(_flipped, _cut_out, _repeated, _spliced) * 2,
    _enclosed,
    _in_crlf,
    _cut_short,
)


def _span(content: bytes, draw: random.Random) -> tuple[int, int]:
    start = draw.randint(0, len(content))
    return start, min(len(content), start + int(draw.expovariate(1 / 60)))


class MailFuzzer(Fuzzer):
    """Damages mail, and reads it alone or in the whole application."""

    suffix = ".eml"

    def __init__(self, seed: int, output: Path) -> None:
        super().__init__(seed)
        self._corpus = Corpus()
        self._app = district()
        self._output = output
        self._world = self._new_world()
        self._batches = 0

    def step(self) -> None:
        """Try one message by itself, or a batch of them in the whole application."""
        if self.draw.random() < _SHARE_IN_SERVICE / _BATCH:
            self._turn([self._damaged() for _ in range(_BATCH)])
        else:
            self._read(self._damaged())

    def _damaged(self) -> bytes:
        content = self._corpus.any(self.draw)
        for _ in range(self.draw.choice((1, 1, 1, 2, 3, 6))):
            content = self.draw.choice(_CHANGES)(self._corpus, content, self.draw)
        return content

    def _read(self, content: bytes) -> None:
        began = time.process_time()
        try:
            view = message_view(self._app, content, now(), now())
        except MalformedDocument as error:
            self.counts[f"refused, {type(error).__name__}"] += 1
        except BaseException as error:
            self.found(f"reading raised {type(error).__name__}", content)
            if isinstance(error, KeyboardInterrupt):
                raise
        else:
            self.counts[f"read as {view['kind']}"] += 1
        took = time.process_time() - began
        self.slowest = max(self.slowest, took)
        if took > SLOW:
            self.found("reading was slow", content)

    def _turn(self, batch: Sequence[bytes]) -> None:
        """Let a turn take in damaged messages, and a sound one behind them."""
        self._batches += 1
        if self._batches % _BATCHES_OF_A_WORLD == 0:
            self._world = self._new_world()
        world, sound = self._world, b"Message-ID: <%d@sound.example>\n" % self._batches
        known = set(world.raws())
        folder = world.mail.folder(MAILBOX)
        folder.messages += [*batch, b"From: a@sound.example\n" + sound + b"\nTin."]
        try:
            world.turn(later=timedelta(minutes=5))
        except BaseException as error:
            self.found(f"a turn raised {type(error).__name__}", b"\n\n".join(batch))
            self._world = self._new_world()
            if isinstance(error, KeyboardInterrupt):
                raise
            return
        raws = [raw for place, raw in world.raws().items() if place not in known]
        mails = sorted((raw for raw in raws if ":" in raw.position), key=lambda raw: raw.arrival)
        self.counts["messages taken in by turns"] += len(mails)
        for content, raw in zip(batch, mails, strict=False):
            self._judged(world, content, raw)
        last = mails[-1].status if len(mails) > len(batch) else None
        if last is not RawStatus.READ:
            self.found("the sound message behind was not read", b"\n\n".join(batch))
        if world.consistent():
            self.found("the rows are not what the events make", b"\n\n".join(batch))

    def _judged(self, world: World, content: bytes, raw: RawState) -> None:
        if raw.status is RawStatus.READ:
            self.counts["read in turns"] += 1
            return
        self.counts["set aside in turns"] += 1
        facts = (recorded.event.fact for recorded in world.app.ledger.events())
        reasons = [f.reason for f in facts if isinstance(f, RawQuarantined) and f.raw == raw.raw]
        if raw.status is not RawStatus.QUARANTINED or any(_OUR_BUG in r for r in reasons):
            self.found(f"set aside by a bug: {'; '.join(reasons)}", content)

    def _new_world(self) -> World:
        return World(output=self._output).began()


def main(arguments: Sequence[str] | None = None) -> int:
    """Return 1 if a promise was broken, else 0."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    with tempfile.TemporaryDirectory() as output:

        def begin(seed: int) -> MailFuzzer:
            return MailFuzzer(seed, Path(output))

        return fuzz("fuzz-mail", "bench.fuzz_mail", __doc__, begin, arguments)


if __name__ == "__main__":
    sys.exit(main())
