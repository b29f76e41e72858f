"""Try out whether our mail server delivers ``box+anything@`` to ``box@`` (RFC 5233).

Nobody can know that without sending: servers accept such an address and drop the mail later. One
mail goes to our own mailbox and to nobody else; read again it is known as our own and causes
nothing.
"""

import secrets
from collections.abc import Callable
from datetime import datetime

from domain.assembled import Assembled
from domain.content import Content
from domain.errors import ConfigError, DeliveryUnknown, DondocError, PeerRefused, PeerUnavailable
from domain.ids import Address, MessageId
from domain.mail import Envelope
from dondoc.app import App, MailDoor
from dondoc.services.doctor_check import Check
from mappings.mail.compose import OutgoingMail, compose
from mappings.mail.tokens import message_id, probe_mark, probe_token, reply_address

LOOKS = 30
"""How often the mailbox is looked into before the mail counts as not delivered."""

PAUSE = 2.0
"""Seconds between two looks: a minute in all, as greylisting does not apply to ourselves."""

_NAME = "plus addressing"
_SWITCH_OFF = (
    "set mail.plus_addressing: false, or have the operator of the mail server switch "
    "sub-addressing on (Postfix: recipient_delimiter = +); without it answers are matched by "
    "their thread and by the code in the subject"
)
_SUBJECT = "Dondoc: kiểm tra địa chỉ nhận thư"
_TEXT = (
    "Dondoc tự gửi thư này đến hộp thư của chính mình để kiểm tra máy chủ thư có nhận thư gửi đến "
    "địa chỉ có phần mở rộng (dạng hopthu+ma@) hay không. Không cần trả lời; có thể xóa thư này."
)


def probe_mail(
    app: App, now: datetime, *, wait: Callable[[float], None], rehearsal: bool = False
) -> list[Check]:
    """Send the mail, look for it, and say what to configure; ``wait`` takes seconds.

    In a ``rehearsal`` nothing is sent: the mail would go to another mailbox.
    """
    door = app.mail
    if door is None:
        return [Check(name=_NAME, ok=True, what="no mail account is configured")]
    if rehearsal:
        return [
            Check(
                name=_NAME,
                ok=False,
                what="cannot be tried while mail.redirect_all sends everything elsewhere",
                advice="take mail.redirect_all out for the trial",
            )
        ]
    try:
        return [_tried(app, door, now, wait)]
    except (PeerUnavailable, PeerRefused, DeliveryUnknown, ConfigError) as error:
        return [_failed(error)]


def _tried(app: App, door: MailDoor, now: datetime, wait: Callable[[float], None]) -> Check:
    nonce = secrets.token_hex(8)
    token = probe_token(app.token_key(), nonce)
    tagged = reply_address(door.address, token, plus=True)
    if tagged == door.address:
        what = "the name of our mailbox is too long for a token behind it (64 octets, RFC 5321)"
        return _result(door, works=False, what=what)
    name = message_id(token, door.domain)
    mail = _mail(door, tagged, name, probe_mark(app.token_key(), nonce), now)
    try:
        door.transport.send(Envelope(sender=door.address, recipient=tagged), mail)
    except PeerRefused as error:
        return _result(door, works=False, what=f"our server refuses such an address: {error}")
    for _ in range(LOOKS):
        if any(door.inbox.mailbox.contains(folder, name) for folder in door.inbox.folders):
            return _result(door, works=True, what="a mail to an address with a token arrives")
        wait(PAUSE)
    what = (
        f"a mail to an address with a token did not arrive within {LOOKS * PAUSE:.0f} seconds in "
        f"{', '.join(door.inbox.folders)}"
    )
    return _result(door, works=False, what=what)


def _mail(door: MailDoor, to: Address, name: MessageId, mark: str, now: datetime) -> Content:
    pieces = compose(
        OutgoingMail(
            message_id=name,
            date=now,
            sender=door.address,
            sender_name=door.display_name,
            recipient=to,
            subject=_SUBJECT,
            text=_TEXT,
            html=f"<p>{_TEXT}</p>",
            dondoc_id=mark,
            automatic=True,
        )
    )
    return Assembled(pieces)


def _result(door: MailDoor, *, works: bool, what: str) -> Check:
    if works and not door.plus_addressing:
        what += "; mail.plus_addressing may be set to true"
    if not works and not door.plus_addressing:
        what += "; mail.plus_addressing is false already"
    return Check(name=_NAME, ok=works or not door.plus_addressing, what=what, advice=_SWITCH_OFF)


def _failed(error: DondocError) -> Check:
    advice = "mend what the lines about smtp and imap name, then try again"
    return Check(name=_NAME, ok=False, what=f"could not be tried: {error}", advice=advice)
