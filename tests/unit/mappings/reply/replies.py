"""Messages for the tests of judging and matching."""

import csv
from collections.abc import Iterable
from datetime import date
from pathlib import Path

from domain.content import Inline
from domain.ids import Address, Digest, MessageId, OfficeId, OrganId, digest_of
from domain.office import Directory, Office, Successor
from domain.reading import DeliveryReport, Judgement, MailContent, ReceivedFile
from mappings.reply.attachments import AttachmentText
from mappings.reply.classify import judge
from mappings.reply.machine import OwnIdentity
from mappings.reply.phrase_lists import default_phrases

DATA = Path(__file__).parents[3] / "data" / "replies"
OUR_LETTER = MessageId("<7@huulung.example>")
OUR_TOKEN = "abcdefghij234567abcd"
OWN = OwnIdentity(
    addresses=(Address("nq47@huulung.example"),), marks=frozenset({OUR_LETTER, OUR_TOKEN})
)
PAGE = b"\x00" * 50_000


def directory() -> Directory:
    """Return the district's offices of 2024 with their successors."""
    with (DATA / "offices.csv").open(encoding="utf-8", newline="") as file:
        return Directory([_office(row) for row in csv.DictReader(file)])


def _office(row: dict[str, str]) -> Office:
    heirs = [row["successor"]] if row["successor"] and " " not in row["successor"] else []
    return Office(
        id=OfficeId(row["id"]),
        name=row["name"],
        groups=(row["group"],),
        organ_id=OrganId(row["organ_id"]) if row["organ_id"] else None,
        emails=(Address(row["email"]),) if row["email"] else (),
        valid_from=_day(row["valid_from"]),
        valid_to=_day(row["valid_to"]),
        successors=tuple(Successor(office=OfficeId(heir)) for heir in heirs),
    )


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


def attached(name: str, content: bytes | None = None) -> ReceivedFile:
    """Return a file; by default each name has other bytes, as many as a scanned page."""
    octets = PAGE + name.encode() if content is None else content
    return ReceivedFile(
        name=name,
        media_type="application/octet-stream",
        digest=digest_of(octets),
        content=Inline(octets),
    )


def message(
    say: str = "",
    *,
    subject: str = "",
    quoted: str = "",
    files: Iterable[str | ReceivedFile] = (),
    headers: Iterable[tuple[str, str]] = (),
    sender: str | None = "xayenson@huulung.example",
    sender_name: str = "",
    message_id: str = "<1@client.example>",
    reports: Iterable[DeliveryReport] = (),
) -> MailContent:
    """Return a message taken apart."""
    attachments = (attached(file) if isinstance(file, str) else file for file in files)
    return MailContent(
        message_id=MessageId(message_id),
        body_digest="0" * 64,
        sender=Address(sender) if sender else None,
        sender_name=sender_name,
        recipients=(),
        subject=subject,
        date=None,
        thread=(),
        tokens=(),
        subject_tokens=(),
        headers=tuple(headers),
        new_text=say,
        quoted_text=quoted,
        attachments=tuple(attachments),
        reports=tuple(reports),
    )


def texts_of(content: MailContent, *texts: str) -> dict[Digest, AttachmentText]:
    """Return the texts of a message's attachments, in order."""
    pairs = zip(content.attachments, texts, strict=True)
    return {a.digest: AttachmentText(text=text) for a, text in pairs}


def judged(content: MailContent, *texts: str) -> Judgement:
    """Judge a message with the phrases that come with Dondoc."""
    known = texts_of(content, *texts) if texts else {}
    return judge(content, known, default_phrases(), OWN)
