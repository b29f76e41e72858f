"""Bounces that a mail system writes for people only, without the parts of RFC 3464.

What is found here is a guess: it counts only for an address to which the letter in question was
sent, and that is decided where it is matched.
"""

import re
import unicodedata
from email.message import Message

from flufl.bounce import all_failures

from domain.ids import Address, MessageId
from domain.reading import DeliveryReport
from domain.status import DispatchEvent
from mappings.mail.headers import Fields, addresses
from mappings.mail.parts import Part
from mappings.mail.written_addresses import written_addresses

_ADDRESSES = 20
_READ = 20_000
"""Characters of a notice; what follows is the letter that it returns."""

_NOBODY = Address("mailer-daemon@sender.invalid")
_DAEMONS = ("mailer-daemon@", "postmaster@", "mail-daemon@", "mdaemon@", "mailerdaemon@")
_DAEMON_NAMES = re.compile(
    r"mailer-?daemon|mail delivery (?:sub)?system|mail administrator|he thong (?:thu|mail|email)",
    re.IGNORECASE,
)
_IDENTIFIER = re.compile(r"^\s{0,8}Message-ID:\s{0,8}(<[^<>\s]{3,250}>)", re.I | re.M)

# In the text without diacritics: some of these systems write without them.
_RETURNED = re.compile(
    r"^.{0,10}-{2,}.{0,60}(?:copy of|original message|message header|returned message|thu goc"
    r"|ban sao|noi dung thu).{0,80}$|^[ \t]{0,8}(?:Return-Path|Received|Message-ID):",
    re.IGNORECASE | re.MULTILINE,
)
_GIVEN_UP = re.compile(
    r"not going to try again|gave up|given up|retry time(?:out)? exceeded|too long"
    r"|khong (?:thu )?gui lai nua|da ngung gui|het thoi han gui|qua thoi gian gui",
    re.IGNORECASE,
)
_DELAY_WORDS = re.compile(
    r"warning only|will be retried|still being retried|delayed|not yet been delivered"
    r"|will (?:re)?try (?:again|for)|will keep trying|do not need to resend"
    r"|se (?:tiep tuc )?(?:thu )?(?:gui|chuyen) lai|dang (?:bi )?tri hoan|chua gui duoc",
    re.IGNORECASE,
)
_FAILURE_WORDS = re.compile(
    r"undeliver|could(?:n't| not) be delivered|not delivered|delivery .{0,40}failed"
    r"|failure notice|returned mail|permanent(?:ly)? (?:fatal )?(?:error|fail)|user unknown"
    r"|unknown user|does not exist|doesn't exist|wasn't able to deliver"
    r"|(?:mailbox|inbox|quota) (?:is )?(?:full|exceeded)|over quota|no such user|unable to deliver"
    r"|khong (?:the )?(?:gui|chuyen|phat) (?:duoc|thu|toi|den)|khong gui|khong ton tai|bi tra lai"
    r"|gui thu that bai|gui khong thanh cong|hop thu (?:\S+ ){0,6}?(?:da )?day|bi tu choi"
    r"|(?:het|vuot qua|vuot) dung luong|khong (?:hop le|con su dung)",
    re.IGNORECASE,
)


def bounces_in_words(root: Part, body: str, returned: MessageId | None) -> list[DeliveryReport]:
    """Read a bounce in prose: from a mail system, null return path, an address in the text.

    ``returned`` is the identifier of the letter that it encloses, if it does.
    """
    fields = root.fields
    if not _null_return_path(fields) or not _from_mail_system(fields):
        return []
    notice = body[:_READ]
    found = _listed(fields, notice) or _detected(fields, notice)
    own = {*addresses(fields.all("from", "to", "delivered-to"))}
    identifier = _IDENTIFIER.search(body)
    return [
        DeliveryReport(
            event=event,
            recipient=address,
            detail=" ".join(fields.text("subject").split())[:500],
            original_message_id=MessageId(identifier[1]) if identifier else returned,
            in_words=True,
        )
        for address, event in found.items()
        if address not in own
    ][:_ADDRESSES]


def _from_mail_system(fields: Fields) -> bool:
    sender = next(iter(addresses(fields.all("from"))), "")
    return sender.startswith(_DAEMONS) or bool(_DAEMON_NAMES.search(_bare(fields.text("from"))))


def _null_return_path(fields: Fields) -> bool:
    return any("".join(value.split()) in ("<>", "") for value in fields.all("return-path"))


def _listed(fields: Fields, notice: str) -> dict[Address, DispatchEvent]:
    bare = _bare(notice)
    event = _told(f"{_bare(fields.text('subject'))}\n{bare}")
    if event is None:
        return {}
    # What follows is the returned message, whose addresses are ours and everybody's.
    said = _RETURNED.split(bare, maxsplit=1)[0]
    named = addresses(fields.all("x-failed-recipients"))
    return dict.fromkeys(named or [address for address, _, _ in written_addresses(said)], event)


def _told(text: str) -> DispatchEvent | None:
    if _GIVEN_UP.search(text):
        return DispatchEvent.BOUNCED
    if _DELAY_WORDS.search(text):
        return DispatchEvent.DELAYED
    return DispatchEvent.BOUNCED if _FAILURE_WORDS.search(text) else None


def _detected(fields: Fields, notice: str) -> dict[Address, DispatchEvent]:
    """Ask flufl.bounce, which knows the wording of many systems that are rare by now."""
    message = Message()
    message["Content-Type"] = "text/plain"
    # Its detectors count on a sender that the standard library can read.
    message["From"] = next(iter(addresses(fields.all("from"))), _NOBODY)
    for name in ("subject", "x-mailer"):
        message[name] = fields.text(name)
    message.set_payload(notice)
    temporary, permanent = all_failures(message)
    return {
        address: event
        for raw, event in (
            *((raw, DispatchEvent.DELAYED) for raw in sorted(temporary)),
            *((raw, DispatchEvent.BOUNCED) for raw in sorted(permanent)),
        )
        for address, _, _ in written_addresses(raw.decode("ascii", "replace"))
    }


def _bare(text: str) -> str:
    """Return a text without diacritics."""
    apart = unicodedata.normalize("NFD", text.replace("đ", "d").replace("Đ", "D"))
    return "".join(letter for letter in apart if not unicodedata.combining(letter))
