"""What is around a campaign to many offices: a mail server, a mailbox, and what the offices answer.

None of it is in the process that is measured: the server and whoever writes the answers have
processes of their own, and the mailbox is a file of which one message at a time is read.
"""

import asyncio
import io
import multiprocessing
import random
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime, timedelta
from multiprocessing.connection import Connection
from pathlib import Path

from connector.store.evidence import FolderEvidence
from connector.store.ledger import SqlLedger
from domain.ids import Address, MessageId
from domain.mail import MailArrival, MailCursor, MailPosition
from domain.state import DispatchState
from dondoc.demo.office_mail import OfficeMail, Received, read_receipt, write
from dondoc.simulators.mail.journal import Recipient, Transaction
from dondoc.simulators.mail.reports import report

KINDS = 5
"""Of so many offices one is silent, one only opens the letter, one confirms it, two report."""

_LENGTH = 8
_LARGEST = 64 * 1024 * 1024
_GREETING = (
    b"250-sink.example\r\n250-PIPELINING\r\n250-8BITMIME\r\n250-DSN\r\n250 SIZE %d\r\n" % _LARGEST
)
_TAKEN = (
    "Văn phòng xác nhận đã nhận được Công văn số 512/UBND-VH và sẽ tham mưu lãnh đạo triển khai "
    "thực hiện theo đúng nội dung chỉ đạo."
)
_REPORTING = (
    "Kính gửi quý phòng Báo cáo số {number}/BC-UBND về kết quả triển khai thực hiện Công văn số "
    "512/UBND-VH (bản ký số kèm theo)."
)
_QUOTED = "Kính gửi quý cơ quan,\nUBND huyện gửi Công văn số 512/UBND-VH để triển khai thực hiện.\n"


@contextmanager
def sink() -> Iterator[int]:
    """Yield the port of a mail server that takes everything and keeps nothing."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_serve, args=(theirs,), daemon=True)
    process.start()
    try:
        yield ours.recv()
    finally:
        process.terminate()
        process.join()


def _serve(told: Connection) -> None:
    async def serve() -> None:
        server = await asyncio.start_server(_session, "127.0.0.1", 0, limit=_LARGEST)
        told.send(server.sockets[0].getsockname()[1])
        await server.serve_forever()

    asyncio.run(serve())


async def _session(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"220 sink.example ESMTP\r\n")
    while line := await reader.readline():
        match line[:4].upper():
            case b"EHLO":
                writer.write(_GREETING)
            case b"DATA":
                writer.write(b"354 go on\r\n")
                await writer.drain()
                await reader.readuntil(b"\r\n.\r\n")
                writer.write(b"250 2.0.0 taken\r\n")
            case b"QUIT":
                writer.write(b"221 bye\r\n")
                break
            case _:
                writer.write(b"250 2.0.0 ok\r\n")
        await writer.drain()
    writer.close()


class FileBox:
    """A mailbox whose messages stand one after the other in a file, each behind its length."""

    def __init__(self, account: str, path: Path) -> None:
        self._account = account
        self._path = path

    @property
    def account(self) -> str:
        """Name of the account."""
        return self._account

    def arrivals(self, mailbox: str, after: MailCursor | None) -> Iterator[MailArrival]:
        """Yield messages in order, from a place in the file on."""
        if not self._path.exists():
            return
        with self._path.open("rb") as file:
            at = file.seek(int(after or 0))
            while length := int.from_bytes(file.read(_LENGTH)):
                raw = file.read(length)
                place, at = MailPosition(f"1:{at}"), file.tell()
                yield MailArrival(
                    mailbox=mailbox, position=place, cursor=MailCursor(str(at)), raw=raw
                )

    def message(self, mailbox: str, position: MailPosition) -> MailArrival | None:  # noqa: ARG002
        """Return nothing: nobody asks for a message again here."""
        return None

    def contains(self, mailbox: str, message_id: MessageId) -> bool:  # noqa: ARG002
        """Tell that there is none: no blind copies are asked for here."""
        return False


def put_answers(folder: Path, box: Path, at: datetime) -> int:
    """Write what the offices answer to the letters of a store into a box; return how much."""
    context = multiprocessing.get_context("spawn")
    with context.Pool(1) as pool:
        return pool.apply(_put_answers, (folder, box, at))


def _put_answers(folder: Path, box: Path, at: datetime) -> int:
    count = 0
    scan = _scan()
    with (
        closing(SqlLedger.open(folder / "ledger.sqlite", create=False, read_only=True)) as ledger,
        box.open("wb") as file,
    ):
        evidence = FolderEvidence(folder / "evidence")
        for number, letter in enumerate(ledger.select(DispatchState)):
            moment = at + timedelta(seconds=number)
            original = evidence.get(letter.content)
            for raw in _answers(number, letter, original, scan, moment):
                file.write(len(raw).to_bytes(_LENGTH) + raw)
                count += 1
    return count


def _answers(
    number: int, letter: DispatchState, original: bytes, scan: bytes, at: datetime
) -> Iterator[bytes]:
    yield _delivered(number, letter, original, at)
    received = Received(
        message_id=letter.message_id or "",
        sender=letter.reply_to or "",
        reply_to=letter.reply_to or "",
        subject=letter.subject,
        text=_QUOTED,
        automatic=False,
        report=False,
    )
    match number % KINDS:
        case 0:
            return
        case 1:
            yield read_receipt(received, letter.target, at)
        case 2:
            yield _answer(letter, received, _TAKEN, [], at)
        case _:
            name = f"BC_{number}_signed.pdf"
            file = (name, "application/pdf", scan + b"%% %d\n" % number)
            yield _answer(letter, received, _REPORTING.format(number=number), [file], at)


def _answer(
    letter: DispatchState,
    received: Received,
    words: str,
    files: list[tuple[str, str, bytes]],
    at: datetime,
) -> bytes:
    return write(
        OfficeMail(
            sender=letter.target,
            sender_name="Văn thư",
            to=received.reply_to,
            subject=f"Re: {received.subject}",
            text=f"Kính gửi: Phòng Văn hóa và Thông tin,\n\n{words}\n\nTrân trọng!",
            at=at,
            answers=received,
            files=files,
        )
    )


def _delivered(number: int, letter: DispatchState, original: bytes, at: datetime) -> bytes:
    place = Recipient(address=Address(letter.target))
    transaction = Transaction(
        sequence=number,
        at=at,
        sender=letter.reply_to or "",
        recipients=(place,),
        message_id=letter.message_id or "",
        envelope_id=letter.token,
    )
    return report(
        transaction,
        place,
        original,
        hostname="mx.example",
        message_id=f"<dsn.{number}@mx.example>",
        now=at,
    )


def _scan() -> bytes:
    """Return a page as a scanner makes it: one picture, no text; about 40 KB."""
    from PIL import Image  # noqa: PLC0415 - not where memory is measured

    draw = random.Random(47)
    page = Image.frombytes("L", (120, 170), draw.randbytes(120 * 170)).resize((480, 680))
    out = io.BytesIO()
    page.save(out, "PDF", quality=40)
    return out.getvalue()
