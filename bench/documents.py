"""Documents and status messages drawn at random, as strange as a packet can be."""

import random
from datetime import UTC, date, datetime, timedelta

from domain.content import LONG, Inline
from domain.exchange import (
    Attachment,
    Business,
    Change,
    ChangedReceiver,
    ExchangeStatus,
    Hop,
    Organ,
    Packet,
    Replaced,
    ResponseFor,
    Signer,
    Staff,
    StatusPacket,
)
from domain.ids import OrganId
from mappings.edxml.attachment_names import content_type_of, safe_name
from mappings.edxml.values import read_text, write_text

_WORDS = (
    "Nghị quyết",
    "512/UBND-VH",
    "V/v triển khai <47/NQ-CP> & các văn bản",
    "dòng 1\r\ndòng 2",
    "a\rb\tc",
    "]]>",
    "<![CDATA[x]]>",
    "&amp;",
    "\"'",
    "dondoc",
    "🙂",
    "e\u0302\u0323",
    "\u00a0",
    "A" * 3_000,
    "--",
)
_ENDS = (".pdf", ".PDF", ".docx", ".xls", ".zip", ".7z", ".txt", ".lạ", "")
_STARTS = (b"", b"%PDF-1.7\n", b"PK\x03\x04", b"\xd0\xcf\x11\xe0", "Kính gửi".encode())


def text(draw: random.Random) -> str:
    """Return a text as reading leaves it: trimmed, in NFC, only characters of XML."""
    parts = [
        draw.choice(_WORDS) if draw.random() < 0.6 else chr(draw.randrange(0x110000))
        for _ in range(draw.choice((0, 1, 1, 2, 5)))
    ]
    return read_text(write_text(" ".join(parts)))


def word(draw: random.Random) -> str:
    """Return a text that is not empty."""
    return text(draw) or "512"


def random_packet(draw: random.Random) -> Packet:
    """Return a document that the writer can express."""
    return Packet(
        sender=_organ(draw),
        receivers=tuple(_organ(draw) for _ in range(draw.choice((1, 1, 2, 9)))),
        document_id=word(draw),
        code_number=text(draw),
        code_notation=text(draw),
        place=text(draw),
        promulgated_on=_day(draw),
        type_code=draw.randint(-99, 999_999),
        type_detail=draw.randint(-1, 32),
        type_name=text(draw),
        subject=text(draw),
        content=text(draw),
        signer=_signer(draw),
        due_on=_day(draw),
        priority=draw.randint(-1, 5),
        sphere=text(draw),
        typist=text(draw),
        copies=draw.randint(0, 99),
        page_amount=draw.randint(0, 99),
        reply_codes=text(draw),
        direction=draw.random() < 0.5,
        reference_codes=text(draw),
        appendixes=tuple(word(draw) for _ in range(draw.choice((0, 0, 2)))),
        response_for=tuple(_answered(draw) for _ in range(draw.choice((0, 0, 1, 3)))),
        steering_type=draw.randint(0, 2),
        task_codes=tuple(word(draw) for _ in range(draw.choice((0, 0, 2)))),
        application=text(draw),
        to_places=tuple(word(draw) for _ in range(draw.choice((0, 0, 2)))),
        business=draw.choice(list(Business)),
        business_reason=text(draw),
        business_document_id=text(draw),
        changes=tuple(_change(draw) for _ in range(draw.choice((0, 0, 1, 2)))),
        replaced=tuple(_replaced(draw) for _ in range(draw.choice((0, 0, 1, 3)))),
        staff=tuple(_staff(draw) for _ in range(draw.choice((0, 0, 1, 2)))),
        paper_follows=draw.random() < 0.5,
        sent_through=draw.choice((None, OrganId("000.00.00.G22"))),
        sent_at=_instant(draw),
        hops=tuple(_hop(draw) for _ in range(draw.choice((0, 0, 1, 2)))),
        attachments=tuple(_attachment(draw) for _ in range(draw.choice((0, 1, 1, 3)))),
    )


def random_status(draw: random.Random) -> StatusPacket:
    """Return a status message that the writer can express."""
    return StatusPacket(
        sender=_organ(draw),
        response_for=_answered(draw),
        code=draw.choice((*(each.value for each in ExchangeStatus), word(draw))),
        description=text(draw),
        staff=draw.choice((None, _staff(draw))),
        at=_instant(draw),
    )


def _organ(draw: random.Random) -> Organ:
    return Organ(
        organ_id=_organ_id(draw),
        name=text(draw),
        in_charge=text(draw),
        address=text(draw),
        email=text(draw),
        telephone=text(draw),
        fax=text(draw),
        website=text(draw),
    )


def _organ_id(draw: random.Random) -> OrganId:
    return OrganId(draw.choice(("H37.02.02", "000.00.13.H53", "H37.DN.001", word(draw))))


def _answered(draw: random.Random) -> ResponseFor:
    return ResponseFor(
        organ_id=draw.choice((None, _organ_id(draw))),
        code=word(draw),
        document_id=text(draw),
        promulgated_on=_day(draw),
    )


def _replaced(draw: random.Random) -> Replaced:
    organs = tuple(_organ_id(draw) for _ in range(draw.choice((0, 1, 3))))
    return Replaced(document_id=word(draw), receivers=organs)


def _change(draw: random.Random) -> Change:
    changed = tuple(
        ChangedReceiver(organ_id=_organ_id(draw), kind=text(draw))
        for _ in range(draw.choice((0, 1, 3)))
    )
    return Change(data=draw.random() < 0.5, receivers=draw.random() < 0.5, changed=changed)


def _staff(draw: random.Random) -> Staff:
    return Staff(
        name=word(draw),
        staff_id=text(draw),
        department=text(draw),
        department_id=text(draw),
        email=text(draw),
        mobile=text(draw),
    )


def _hop(draw: random.Random) -> Hop:
    since = datetime(1990, 1, 1, tzinfo=UTC)
    at = since + timedelta(seconds=draw.randrange(4_000_000_000))
    return Hop(organ_id=draw.choice((None, _organ_id(draw))), at=at)


def _signer(draw: random.Random) -> Signer | None:
    signer = Signer(competence=text(draw), position=text(draw), full_name=text(draw))
    return None if signer == Signer() else signer


def _day(draw: random.Random) -> date | None:
    return draw.choice((None, date(1990, 1, 1) + timedelta(days=draw.randrange(40_000))))


def _instant(draw: random.Random) -> datetime | None:
    since = datetime(1990, 1, 1, tzinfo=UTC)
    return draw.choice((None, since + timedelta(seconds=draw.randrange(4_000_000_000))))


def _attachment(draw: random.Random) -> Attachment:
    name = safe_name(text(draw) + draw.choice(_ENDS)) or "512"
    size = draw.choice((1, 9, 300, 5_000, *((LONG, 2 * LONG) if draw.random() < 0.1 else ())))
    return Attachment(
        name=name,
        content=Inline(draw.choice(_STARTS) + draw.randbytes(size)),
        content_type=content_type_of(name),
        description=text(draw),
    )
