"""The prepared answer: what a mail program makes of the link is counted, with one click."""

from dataclasses import dataclass, replace
from datetime import timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from html import escape
from urllib.parse import unquote

import pytest
from selectolax.lexbor import LexborHTMLParser

from domain.campaign import Channel
from domain.ids import OfficeId
from domain.kinds import DispatchKind, ReplyKind
from domain.status import AssignmentStatus, DispatchStatus
from dondoc.services.compiling import approve
from dondoc.services.recall import Order, take_back
from tests.integration.services.service_parts import MAILBOX, MINH_TIEN, SO
from tests.integration.services.service_world import World


@dataclass(frozen=True)
class Link:
    """A mailto link as a program reads it (RFC 6068)."""

    to: str
    subject: str
    body: str


def link_of(mail: EmailMessage) -> Link:
    body = mail.get_body(("html",))
    assert body is not None
    node = LexborHTMLParser(body.get_content()).css_first("td[bgcolor] > a")
    assert node is not None
    scheme, _, rest = str(node.attributes["href"]).partition(":")
    assert scheme == "mailto"
    to, _, query = rest.partition("?")
    fields = dict(member.split("=", 1) for member in query.split("&"))
    # A plus sign is itself here, unlike in web forms: whoever took it for a blank would write
    # to somebody else.
    assert "+" not in rest
    return Link(unquote(to), unquote(fields["subject"]), unquote(fields["body"]))


def newest(world: World, office: OfficeId) -> EmailMessage:
    raw = world.mail.mail_for(world.office(office).emails[0])[-1]
    return message_from_bytes(raw, policy=policy.default)


def plain(link: Link, office: str) -> EmailMessage:
    """Return what Zimbra, Gmail on a telephone or Thunderbird send: the body as it is."""
    del office
    mail = EmailMessage(policy=policy.SMTP)
    mail.set_content(link.body)
    return mail


def signed(link: Link, office: str) -> EmailMessage:
    """Return what a telephone with a signature sends."""
    del office
    mail = EmailMessage(policy=policy.SMTP)
    mail.set_content(f"{link.body}\r\n\r\nĐã gửi từ iPhone của tôi\r\n")
    return mail


def outlook(link: Link, office: str) -> EmailMessage:
    """Return what Outlook sends: HTML with the clerk's signature, and its text."""
    lines = link.body.strip().split("\r\n")
    signature = ("Trân trọng!", "Nguyễn Thị B", "Văn phòng HĐND và UBND", office)
    mail = EmailMessage(policy=policy.SMTP)
    mail.set_content("\r\n".join([*lines, "", *signature]))
    paragraphs = "".join(
        f'<p class="MsoNormal">{escape(line)}<o:p></o:p></p>' for line in (*lines, *signature)
    )
    mail.add_alternative(
        f'<html><body lang="VI"><div class="WordSection1">{paragraphs}</div></body></html>',
        subtype="html",
    )
    return mail


PROGRAMS = (plain, signed, outlook)


def click(
    world: World, office: OfficeId, program: object = plain, sender: str | None = None
) -> None:
    """Let a clerk click the link in the newest letter and send what opens: a new message."""
    assert callable(program)
    link = link_of(newest(world, office))
    entry = world.office(office)
    answer = program(link, entry.name)
    answer["From"] = sender or entry.emails[0]
    answer["To"] = link.to
    answer["Subject"] = link.subject
    answer["Date"] = world.now
    answer["Message-ID"] = f"<click.{world.letters}@mail.example>"
    world.letters += 1
    world.arrive(answer.as_bytes(), to=link.to, path=str(answer["From"]))


def plus(world: World, on: bool) -> None:
    assert world.app.mail is not None
    world.change(mail=replace(world.app.mail, plus_addressing=on))


@pytest.mark.parametrize("program", PROGRAMS)
@pytest.mark.parametrize("tagged", [True, False])
def test_one_click_on_the_letter_is_an_acknowledgement(
    world: World, tagged: bool, program: object
) -> None:
    plus(world, tagged)
    world.began()
    link = link_of(newest(world, MINH_TIEN))
    token = world.dispatch(MINH_TIEN, Channel.EMAIL).token
    assert link.to == (f"nq47+{token}@huulung.example" if tagged else MAILBOX)
    click(world, MINH_TIEN, program)
    world.turn()
    assert world.assignment(MINH_TIEN).status is AssignmentStatus.ACKNOWLEDGED
    (reply,) = world.replies(MINH_TIEN)
    assert reply.kind is ReplyKind.ACKNOWLEDGEMENT
    assert reply.dispatch == world.dispatch(MINH_TIEN, Channel.EMAIL).dispatch
    assert world.reviews() == []


@pytest.mark.parametrize("tagged", [True, False])
def test_one_click_on_a_reminder_counts_too(world: World, tagged: bool) -> None:
    plus(world, tagged)
    world.began()
    world.turn(to=world.assignment(MINH_TIEN).due_at)
    world.turn(later=timedelta(days=2))
    assert newest(world, MINH_TIEN)["Auto-Submitted"] == "auto-generated"
    click(world, MINH_TIEN)
    world.turn()
    assert world.assignment(MINH_TIEN).acknowledged_at is not None
    (reply,) = world.replies(MINH_TIEN)
    assert reply.dispatch in {d.dispatch for d in world.reminders(MINH_TIEN)}


def test_one_click_on_a_recall_confirms_it(begun: World) -> None:
    order = Order(round=None, offices=(MINH_TIEN,), reason="sai thẩm quyền", by="an")
    take_back(begun.app, "nq47", order, begun.now)
    begun.turn(later=timedelta(minutes=1))
    click(begun, MINH_TIEN)
    begun.turn(later=timedelta(minutes=1))
    assert begun.dispatch(MINH_TIEN, Channel.EMAIL).status is DispatchStatus.RECALLED
    assert begun.reviews() == []


def forwarded(world: World) -> None:
    """Bring the result of the round to the Department."""
    world.began()
    world.turn(to=world.round().compile_at)
    approve(world.app, "nq47", None, world.now, by="Nguyễn Thị Lan", number="88")
    world.turn(later=timedelta(hours=1))


def test_one_click_by_the_department_confirms_the_result(world: World) -> None:
    forwarded(world)
    click(world, SO)
    world.turn(later=timedelta(minutes=1))
    sent = world.dispatch(SO, Channel.EMAIL, DispatchKind.COMPILATION)
    assert sent.status is DispatchStatus.REGISTERED


def test_a_click_from_another_address_is_shown_to_a_person(begun: World) -> None:
    click(begun, MINH_TIEN, sender="nguyen.van.ban@thucanhan.example")
    begun.turn()
    assert begun.assignment(MINH_TIEN).status is AssignmentStatus.SENT
    (review,) = begun.reviews()
    assert review.candidates == (MINH_TIEN,)


@pytest.mark.parametrize("outcome", ["stored", "failed"])
@pytest.mark.parametrize("names_envelope", [True, False])
def test_without_plus_addressing_reports_are_matched_by_what_else_they_name(
    world: World, outcome: str, names_envelope: bool
) -> None:
    plus(world, False)
    world.began()
    letter = world.dispatch(MINH_TIEN, Channel.EMAIL)
    raw = world.dsn(letter, outcome).replace(f"nq47+{letter.token}".encode(), b"nq47")
    envelope = f"Original-Envelope-Id: {letter.token}\r\n".encode()
    assert envelope in raw
    kept = raw if names_envelope else raw.replace(envelope, b"")
    world.mail.folder(MAILBOX).messages[-1] = b"Delivered-To: nq47@huulung.example\r\n" + kept
    world.turn()
    expected = DispatchStatus.DELIVERED if outcome == "stored" else DispatchStatus.BOUNCED
    assert world.dispatch(MINH_TIEN, Channel.EMAIL).status is expected


def test_without_plus_addressing_a_reply_is_matched_by_its_thread(world: World) -> None:
    plus(world, False)
    world.began()
    world.answer(MINH_TIEN, "Đã nhận ạ.", subject="(không có tiêu đề)")
    world.turn()
    assert world.assignment(MINH_TIEN).status is AssignmentStatus.ACKNOWLEDGED


def test_without_plus_addressing_and_thread_the_code_in_the_subject_will_do(world: World) -> None:
    plus(world, False)
    world.began()
    code = world.dispatch(MINH_TIEN, Channel.EMAIL).subject_token
    report = world.report(MINH_TIEN)
    world.answer(MINH_TIEN, "Gửi báo cáo.", files=report, thread=False, subject=f"BC [{code}]")
    world.turn()
    assert world.assignment(MINH_TIEN).status is AssignmentStatus.REPORTED
