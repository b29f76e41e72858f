"""Large and hostile messages: time at twice the size beside time at the size itself.

Reading is linear or bounded, so the ratio is about 2 or less; a quadratic step would make it 4.
"""

from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial

from bench.arguments import nothing
from bench.measure import Pair, Result, report, side_by_side
from domain.errors import TooLarge
from mappings.mail.quoting import split_quoted
from mappings.mail.take_apart import take_apart
from mappings.text.extract import extract_text

SIZE = 8_000_000
"""Octets of a message at its smaller size."""

TEXT = 100_000
"""Characters of a hostile text at its smaller size."""

ROUNDS = 3

HEAD = b"From: a@xa.example\r\nSubject: x\r\nMIME-Version: 1.0\r\n"
PLAIN = HEAD + b"Content-Type: text/plain; charset=utf-8\r\n"
HTML = HEAD + b"Content-Type: text/html; charset=utf-8\r\n"
REPORT = HEAD + (
    b'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n\r\n'
    b"--b\r\nContent-Type: message/delivery-status\r\n\r\n"
)
PARTS = HEAD + b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n'
LINE = "Xã gửi báo cáo số 15/BC-UBND kết quả thực hiện.\r\n".encode()

MESSAGES = {
    "lines": (PLAIN + b"\r\n", LINE),
    "one line": (PLAIN + b"\r\n", b"a"),
    "quoted": (PLAIN + b"\r\n", "Từ: a\r\n> trích\r\n".encode()),
    "html": (HTML + b"\r\n", b"<p>" + LINE + b"</p>"),
    "padded base64": (PLAIN + b"Content-Transfer-Encoding: base64\r\n\r\n", b"ab=\r\n"),
    "report fields": (REPORT, b"A: b\r\n"),
    "parts": (PARTS, b'--b\r\nContent-Disposition: attachment; filename="a"\r\n\r\nx\r\n'),
}
TEXTS = ("Vào 1 ", "Từ: x\nx\n", "_____\n", "> ", "a <", "On 1\n\n")


def growth(work: Callable[[int], None], size: int) -> Pair:
    """Return the time at twice the size by the time at the size."""
    return side_by_side(partial(work, 2 * size), partial(work, size), ROUNDS)


def read_message(head: bytes, piece: bytes, size: int) -> None:
    """Take one message of about this size apart; a bound that it meets is an answer, too."""
    with suppress(TooLarge):
        take_apart(head + piece * (size // len(piece)))


def split(piece: str, size: int) -> None:
    """Split a hostile text of about this size."""
    split_quoted(piece * (size // len(piece)))


def extract(size: int) -> None:
    """Extract a long plain file."""
    with suppress(TooLarge):
        extract_text(b"So: 15/BC-UBND\r\n" * (size // 16))


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure every shape and write the result."""
    nothing("bench.bench_bounds", __doc__, arguments)
    messages = {
        f"message of {name}, twice the size": growth(partial(read_message, *shape), SIZE)
        for name, shape in MESSAGES.items()
    }
    texts = {
        f"text of {piece.strip()!r}, twice the size": growth(partial(split, piece), TEXT)
        for piece in TEXTS
    }
    files = {"plain file, twice the size": growth(extract, SIZE)}
    report(Result(name="bounds", figures={}, ratios=messages | texts | files))


if __name__ == "__main__":
    main()
