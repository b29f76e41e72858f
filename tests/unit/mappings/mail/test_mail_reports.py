import pytest

from domain.reading import DeliveryReport, MailContent
from domain.status import DispatchEvent
from mappings.mail.take_apart import take_apart
from tests.checkout import ROOT

MAIL = ROOT / "tests" / "data" / "mail"
TOKEN = "abcdefghijklmnop2345"


def sample(name: str) -> MailContent:
    return take_apart((MAIL / f"{name}.eml").read_bytes())


@pytest.mark.parametrize(
    ("name", "event", "recipient", "envelope", "original"),
    [
        ("dsn/postfix-delivered", "delivered", "agent@partner.test", "e1", "d1@acme.test"),
        (
            "dsn/postfix-relayed",
            "relayed",
            "agent@partner.test",
            "job-42-att-7",
            "deliver-ok.1795406777.7918243@acme.test",
        ),
        (
            "dsn/postfix-failed",
            "bounced",
            "nobody-here@partner.test",
            "job-43",
            "unknown-recipient.1795406777.8166244@acme.test",
        ),
        (
            "dsn/postfix-failed-full",
            "bounced",
            "nobody-2@acme.test",
            "job-44",
            "unknown-recipient-ret-full.1795406777.8360753@acme.test",
        ),
        (
            "dsn/postfix-delayed",
            "delayed",
            "x@remote.example",
            "job-45",
            "remote-tempfail.1795406777.854938@acme.test",
        ),
        (
            "dsn/postfix-expired",
            "bounced",
            "x@remote.example",
            "job-45",
            "remote-tempfail.1795406777.854938@acme.test",
        ),
    ],
)
def test_reports_of_a_real_server(
    name: str, event: str, recipient: str, envelope: str, original: str
) -> None:
    content = sample(name)
    (report,) = content.reports
    assert report.event == DispatchEvent(event)
    assert report.recipient == recipient
    assert report.envelope_id == envelope
    assert report.original_message_id == f"<{original}>"
    assert f"<{original}>" in content.thread
    assert content.attachments == ()
    assert report.detail.split()[0] in ("delivered", "relayed", "failed", "delayed")


def test_one_report_for_each_recipient() -> None:
    content = sample("dsn/several-recipients")
    assert [(report.event, report.recipient) for report in content.reports] == [
        (DispatchEvent.RELAYED, "van\ufffdthu@xa.example"),
        (DispatchEvent.BOUNCED, "full@xa.example"),
        (None, None),
        (DispatchEvent.DELAYED, "slow@xa.example"),
    ]
    assert {report.envelope_id for report in content.reports} == {"env-7"}
    assert {report.original_message_id for report in content.reports} == {"<own@huulung.example>"}
    assert content.tokens == (TOKEN,)
    assert content.attachments == ()


def receipt(disposition: str, original: str = "<m@huulung.example>") -> DeliveryReport:
    raw = (MAIL / "mdn/zimbra-displayed.eml").read_text(encoding="utf-8")
    raw = raw.replace("manual-action/MDN-sent-manually; displayed", disposition)
    raw = raw.replace(
        f"Original-Message-ID: <{TOKEN}@huulung.example>", f"Original-Message-ID: {original}"
    )
    (report,) = take_apart(raw.encode()).reports
    return report


def test_a_receipt_of_reading() -> None:
    content = sample("mdn/zimbra-displayed")
    assert content.reports == (
        DeliveryReport(
            event=DispatchEvent.DISPLAYED,
            recipient=content.sender,
            detail="manual-action/MDN-sent-manually; displayed",
            original_message_id=content.thread[0],
        ),
    )
    assert content.subject == "Đã đọc: [512/UBND-VH]"
    assert content.tokens == (TOKEN,)


@pytest.mark.parametrize(
    ("disposition", "event"),
    [
        ("automatic-action/MDN-sent-automatically;displayed", DispatchEvent.DISPLAYED),
        ("manual-action/MDN-sent-manually; Displayed/warning", DispatchEvent.DISPLAYED),
        ("displayed", DispatchEvent.DISPLAYED),
        ("manual-action/MDN-sent-manually; displayed/error", DispatchEvent.DELIVERED),
        ("manual-action/MDN-sent-manually; displayed/warning,failure", DispatchEvent.DELIVERED),
        ("manual-action/MDN-sent-manually; deleted", DispatchEvent.DELIVERED),
        ("manual-action/MDN-sent-manually; denied", DispatchEvent.DELIVERED),
        ("automatic-action/MDN-sent-automatically; dispatched", DispatchEvent.DELIVERED),
        ("automatic-action/MDN-sent-automatically; processed/error", DispatchEvent.DELIVERED),
        ("automatic-action/MDN-sent-automatically; deleted/expired", DispatchEvent.DELIVERED),
        ("x; deleted/Mailbox-Terminated", DispatchEvent.BOUNCED),
        ("manual-action/MDN-sent-manually; failed", None),
        ("manual-action/MDN-sent-manually; read", None),
        ("", None),
    ],
)
def test_a_receipt_proves_that_it_was_displayed_or_has_arrived(
    disposition: str, event: DispatchEvent | None
) -> None:
    assert receipt(disposition).event == event


def test_a_receipt_without_identifier_is_known_by_the_returned_header() -> None:
    assert receipt("x; displayed", "").original_message_id == f"<{TOKEN}@huulung.example>"


def test_a_cut_off_report_is_read_as_prose() -> None:
    raw = (MAIL / "dsn/postfix-failed.eml").read_bytes()
    (report,) = take_apart(raw[: raw.index(b"Reporting-MTA")]).reports
    assert (report.event, report.recipient) == (DispatchEvent.BOUNCED, "nobody-here@partner.test")
    assert report.envelope_id is None


def test_a_successful_report_cut_off_says_nothing() -> None:
    raw = (MAIL / "dsn/postfix-delivered.eml").read_bytes()
    assert take_apart(raw[: raw.index(b"Reporting-MTA")]).reports == ()


def test_a_vietnamese_bounce_in_prose() -> None:
    (report,) = sample("bounce/mdaemon-vi").reports
    assert report.event == DispatchEvent.BOUNCED
    assert report.recipient == "vanthu@xa.example"
    assert report.original_message_id == "<own2@huulung.example>"


def prose(
    body: str, *, sender: str = "MAILER-DAEMON@mx.example", extra: str = "Return-Path: <>\n"
) -> MailContent:
    head = f"{extra}From: {sender}\nTo: nq47@huulung.example\nSubject: Thông báo\n\n"
    return take_apart((head + body).encode())


def test_bounces_in_prose_name_the_address() -> None:
    body = "nq47@huulung.example wrote to Van.Thu@xa.example: delivery has failed"
    assert [r.recipient for r in prose(body).reports] == ["van.thu@xa.example"]
    failed = prose("User unknown", extra="Return-Path: <>\nX-Failed-Recipients: a@x.example\n")
    assert [r.recipient for r in failed.reports] == ["a@x.example"]
    assert failed.reports[0].original_message_id is None


@pytest.mark.parametrize(
    ("body", "event"),
    [
        ("x@y.example: THIS IS A WARNING ONLY", DispatchEvent.DELAYED),
        ("Thư tới x@y.example chưa gửi được, sẽ tiếp tục gửi lại", DispatchEvent.DELAYED),
        ("x@y.example hộp thư đã đầy", DispatchEvent.BOUNCED),
    ],
)
def test_delays_in_prose_are_not_bounces(body: str, event: DispatchEvent) -> None:
    assert [report.event for report in prose(body).reports] == [event]


@pytest.mark.parametrize(
    "content",
    [
        prose("x@y.example: hello"),
        prose("x@y.example: user unknown", sender="lan@xa.example"),
        prose("x@y.example: user unknown", extra="Return-Path: <a@b.example>\n"),
        prose("x@y.example: user unknown", extra=""),
        prose("user unknown"),
        prose("x@y.example: user unknown", sender=""),
    ],
)
def test_other_messages_are_no_bounces(content: MailContent) -> None:
    assert content.reports == ()


def test_a_bounce_whose_sender_is_no_address_is_read() -> None:
    content = prose("Intended recipient: x@y.example\n", sender="Mail Delivery System")
    assert [report.recipient for report in content.reports] == ["x@y.example"]
