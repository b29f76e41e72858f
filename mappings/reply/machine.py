"""Rules by which a machine's message is known, by its headers first, then by its wording.

RFC 3834 section 5 (Auto-Submitted), RFC 3464 and 8098 (reports), and the fields that mail programs
used before those. X-Auto-Response-Suppress alone proves nothing: Exchange puts it on people's mail.
"""

from collections.abc import Callable
from dataclasses import dataclass

from domain.ids import Address
from domain.reading import MailContent, MessageKind, Reason
from domain.status import DispatchEvent
from mappings.names.fold import fold
from mappings.reply.phrases import Phrases, Sentence, opens, prepare, search, strip_prefixes

OWN_HEADER = "x-dondoc-id"
_AUTO_HEADERS = ("x-autoreply", "x-autorespond", "x-autoresponder", "x-autoreply-from")
_AUTO_PRECEDENCE = frozenset({"auto_reply", "auto-reply"})
_BULK_PRECEDENCE = frozenset({"bulk", "junk"})
_NOBODY = "Return-Path: <>"
_DAEMONS = ("mailer-daemon@", "postmaster@", "mail-daemon@", "mdaemon@")


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnIdentity:
    """How our own mail is known: our mailboxes, and Message-IDs and tokens of letters of ours."""

    addresses: tuple[Address, ...]
    marks: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class MachineCase:
    """A message before anyone has read it as a person's; ``words`` are its new sentences."""

    content: MailContent
    words: tuple[Sentence, ...]
    phrases: Phrases
    own: OwnIdentity
    has_report: bool

    def header(self, name: str) -> str:
        """Return the first value of a header field, lower case; empty when there is none."""
        values = (value for key, value in self.content.headers if key == name)
        return next(values, "").strip().lower()


def machine_kind(case: MachineCase) -> tuple[MessageKind, Reason] | None:
    """Return what kind of machine wrote a message, and why; None for a person's message.

    What a machine says of itself does not outweigh a report that it brings: that is unclear.
    """
    for name, rule in RULES:
        found = rule(case)
        if found:
            kind, evidence = found
            return kind, Reason(rule=name, evidence=evidence)
    return None


_Found = tuple[MessageKind, str] | None


def _own_copy(case: MachineCase) -> _Found:
    # A person's program may copy our header fields, and a person may write from our mailbox.
    if case.content.sender not in case.own.addresses:
        return None
    for name, mark in (
        ("Message-ID", case.content.message_id),
        (OWN_HEADER, case.header(OWN_HEADER)),
    ):
        if mark in case.own.marks:
            return MessageKind.OWN_COPY, f"{name}: {mark}"
    return None


def _report(case: MachineCase) -> _Found:
    reports = case.content.reports
    media = case.header("content-type")
    if "disposition-notification" in media:
        return MessageKind.READ_RECEIPT, "multipart/report; disposition-notification (RFC 8098)"
    if not reports:
        told = "multipart/report; delivery-status that names no recipient (RFC 3464)"
        return (MessageKind.DELIVERY_STATUS, told) if "delivery-status" in media else None
    if "delivery-status" not in media and all(
        report.event in (DispatchEvent.DISPLAYED, None) for report in reports
    ):
        return MessageKind.READ_RECEIPT, reports[0].detail
    return MessageKind.DELIVERY_STATUS, reports[0].detail


def _daemon(case: MachineCase) -> _Found:
    daemon = (case.content.sender or "").startswith(_DAEMONS)
    if not daemon and not _null_sender(case):
        return None
    bounce = opens(_subject(case), case.phrases.bounce_subjects)
    if bounce:
        return MessageKind.DELIVERY_STATUS, f"Subject: {bounce}"
    # A bounce in words that nobody has listed; what it says is for a person.
    unknown = daemon and _null_sender(case) and not case.content.attachments
    return (MessageKind.DELIVERY_STATUS, f"{_NOBODY} from a mail system") if unknown else None


def _read_subject(case: MachineCase) -> _Found:
    label, colon, _ = case.content.subject.partition(":")
    receipts = {fold(phrase) for phrase in case.phrases.read_subjects}
    if colon and fold(label) in receipts and not case.content.attachments:
        return MessageKind.READ_RECEIPT, f"Subject: {case.content.subject}"
    return None


def _auto_submitted(case: MachineCase) -> _Found:
    value = case.header("auto-submitted").partition(";")[0].strip()
    if value in ("", "no"):
        return None
    # E-office gateways mark what people send through them as generated.
    if value == "auto-generated" and case.has_report:
        return None
    return _automatic(case, f"Auto-Submitted: {value}")


def _auto_headers(case: MachineCase) -> _Found:
    named = next((name for name in _AUTO_HEADERS if case.header(name) not in ("", "no")), None)
    return _automatic(case, f"{named}: {case.header(named)}") if named else None


def _precedence(case: MachineCase) -> _Found:
    value = case.header("precedence")
    bulk = value in _BULK_PRECEDENCE and _null_sender(case)
    if value in _AUTO_PRECEDENCE or bulk:
        return _automatic(case, f"Precedence: {value}")
    return None


def _null_return_path(case: MachineCase) -> _Found:
    # Programs answer so, and some gateways deliver people's mail so: nobody can tell which.
    if _null_sender(case) and not case.content.attachments:
        return MessageKind.UNCLEAR, f"{_NOBODY}, yet nothing else says that a program wrote it"
    return None


def _auto_subject(case: MachineCase) -> _Found:
    said = opens(_subject(case), case.phrases.auto_subjects)
    return _automatic(case, f"Subject: {said}") if said and not case.has_report else None


def _address_change(case: MachineCase) -> _Found:
    said = search(case.words, case.phrases.address_changes)
    return (MessageKind.ADDRESS_CHANGE, said) if said and not case.has_report else None


def _auto_body(case: MachineCase) -> _Found:
    said = search(case.words, case.phrases.auto_bodies)
    return (MessageKind.AUTO_REPLY, said) if said and not case.has_report else None


def _automatic(case: MachineCase, evidence: str) -> tuple[MessageKind, str]:
    if case.has_report:
        return MessageKind.UNCLEAR, f"{evidence}, yet a report is enclosed"
    moved = search(case.words, case.phrases.address_changes)
    if moved:
        return MessageKind.ADDRESS_CHANGE, f"{evidence}; {moved}"
    return MessageKind.AUTO_REPLY, evidence


def _null_sender(case: MachineCase) -> bool:
    return case.header("return-path") == "<>"


def _subject(case: MachineCase) -> tuple[Sentence, ...]:
    return prepare(strip_prefixes(case.content.subject, case.phrases)[0], case.phrases)


RULES: tuple[tuple[str, Callable[[MachineCase], _Found]], ...] = (
    ("own_copy", _own_copy),
    ("report", _report),
    ("daemon", _daemon),
    ("read_subject", _read_subject),
    ("auto_submitted", _auto_submitted),
    ("auto_header", _auto_headers),
    ("precedence", _precedence),
    ("auto_subject", _auto_subject),
    ("address_change", _address_change),
    ("auto_body", _auto_body),
    ("null_return_path", _null_return_path),
)
"""In this order the first rule that speaks decides."""
