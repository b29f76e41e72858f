"""However large a message is, reading it ends in time: with a record or with a clear error."""

from base64 import b64encode
from collections.abc import Callable

import pytest

from domain.errors import TooLarge
from domain.reading import MessageKind, Reason
from mappings.mail.delivery_report import delivery_reports
from mappings.mail.parts import Budget, Limits, read_parts
from mappings.mail.take_apart import take_apart
from mappings.mail.text import decode_base64
from mappings.reply.phrases import LONGEST
from tests.unit.mappings.reply.replies import judged, message

HEAD = b"From: a@xa.example\r\nSubject: x\r\nMIME-Version: 1.0\r\n"
PLAIN = HEAD + b"Content-Type: text/plain; charset=utf-8\r\n"
OCTETS = 50_000_000
LINE = "Xã gửi báo cáo số 15/BC-UBND kết quả thực hiện Nghị quyết 47, kính gửi phòng.\r\n".encode()
REPORT = HEAD + (
    b'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n\r\n'
    b"--b\r\nContent-Type: message/delivery-status\r\n\r\n"
)
RETURNED = HEAD + (
    b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n'
    b"--b\r\nContent-Type: text/rfc822-headers\r\n\r\n"
)


def many(piece: bytes, octets: int = OCTETS) -> bytes:
    return piece * (octets // len(piece))


@pytest.mark.parametrize(
    "build",
    [
        lambda: PLAIN + b"\r\n" + many(LINE),
        lambda: PLAIN + b"\r\n" + b"a" * OCTETS,
        lambda: PLAIN + b"\r\n" + many(b"\r\n"),
        lambda: PLAIN + b"\r\n" + many("Từ: a\r\n> trích\r\n".encode()),
        lambda: PLAIN.replace(b"plain", b"html") + b"\r\n" + many(b"<p>" + LINE + b"</p>"),
        lambda: PLAIN + b"Content-Transfer-Encoding: base64\r\n\r\n" + many(b"ab=\r\n"),
        lambda: REPORT + many(b"A: b\r\n"),
        lambda: REPORT + many(b"A: b\r\n\r\n"),
        lambda: RETURNED + many(b"A: b\r\n"),
    ],
    ids=["lines", "one-line", "blank", "quoted", "html", "padded", "fields", "blocks", "returned"],
)
def test_fifty_megabytes_are_read_within_the_bounds(build: Callable[[], bytes]) -> None:
    """How long it takes is measured in bench/bench_bounds.py."""
    content = take_apart(build())
    assert judged(content).reasons
    assert len(content.new_text) <= Limits().text


def test_what_played_no_part_is_said() -> None:
    cut = judged(take_apart(PLAIN + b"\r\n" + many(LINE, 3_000_000)))
    assert cut.kind is MessageKind.REPORT
    assert cut.numbers == ("15/BC-UBND",)
    said = {r.rule: r.evidence for r in cut.reasons}
    assert "was cut at 1000000" in said["text_cut"]
    assert f"the first {LONGEST} are judged" in said["beginning_judged"]
    whole = judged(message("Đã nhận."))
    assert whole.reasons == (Reason(rule="acknowledgement", evidence="Đã nhận"),)


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (
            HEAD
            + b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n'
            + b'--b\r\nContent-Disposition: attachment; filename="a.pdf"\r\n\r\nx\r\n' * 10_000,
            "more than 500 parts",
        ),
        (b"X-Field: value\r\n" * 100_000 + HEAD + b"\r\nx", "a header of more than 262144 octets"),
        (many(b"A: b\r\n") + HEAD + b"\r\nx", "a header of more than 262144 octets"),
        (
            HEAD
            + b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n'
            + (b"--b\r\n" + b"A: b\r\n" * 30_000 + b"\r\nx\r\n") * 20,
            "headers of more than 2097152 octets together",
        ),
    ],
    ids=["attachments", "fields", "fifty megabytes of fields", "fields of parts"],
)
def test_too_much_of_anything_is_a_clear_error(raw: bytes, reason: str) -> None:
    with pytest.raises(TooLarge, match=reason):
        take_apart(raw)


@pytest.mark.parametrize("cut", range(16))
def test_a_long_header_is_refused_wherever_the_limit_cuts_it(cut: int) -> None:
    raw = HEAD + b"X-Field: value\r\n" * 100 + b"\r\nx"
    with pytest.raises(TooLarge, match="a header of more"):
        take_apart(raw, limits=Limits(header=800 + cut))


def test_a_long_line_after_the_header_is_no_field() -> None:
    content = take_apart(HEAD + b"x" * 5_000, limits=Limits(header=2_000))
    assert content.new_text == "x" * 5_000


def test_a_report_has_a_few_parts_only() -> None:
    part = b"--b\r\nContent-Type: message/delivery-status\r\n\r\nAction: failed\r\n\r\n"
    returned = b"--b\r\nContent-Type: text/rfc822-headers\r\n\r\nMessage-ID: <%d@x.example>\r\n\r\n"
    start, _, _ = REPORT.partition(b"--b\r\n")
    root, _, _ = read_parts(start + part * 30 + returned % 1 * 30 + b"--b--", Budget(Limits()))
    reports = delivery_reports(root, "")
    assert len(reports) == 10
    assert {r.original_message_id for r in reports} == {"<1@x.example>"}


def test_encodings_joined_line_by_line_are_read() -> None:
    assert decode_base64(b64encode(b"xa") + b"\r\n" + b64encode(b"yen")) == (b"xayen", True)
    content, _ = decode_base64(b"YQ==" * 150_000)
    assert content == b"a" * 100_000
