"""Mails as they may be, for trying out templates: every kind, with and without what may be absent.

All names, numbers and addresses are made up.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import TypedDict, assert_never

from domain.campaign import Expected
from domain.ids import Address
from mappings.mail.contexts import (
    AnyMail,
    Deadline,
    DirectiveMail,
    ForwardMail,
    Letter,
    LinkedFile,
    NoticeMail,
    PartMail,
    RecallMail,
    ReminderAfterMail,
    ReminderBeforeMail,
    ReplacementMail,
    Sender,
)


class _Usual(TypedDict):
    """What every mail has."""

    office: str
    letter: Letter
    sender: Sender
    code: str
    reply_to: Address


_OFFICE = "UBND xã Yên Sơn"
_LETTER = Letter(
    type_name="Công văn",
    code="512/UBND-VH",
    issued_on=date(2024, 5, 8),
    issuer="UBND huyện Hữu Lũng",
    subject="triển khai thực hiện Nghị quyết số 47/NQ-CP",
)
_BARE = Sender(unit="UBND huyện Hữu Lũng")
_WHOLE = Sender(
    unit="UBND huyện Hữu Lũng",
    contact="Phòng Văn hóa và Thông tin",
    phone="0205 000 000",
    email="nq47@huulung.example",
)
_CODE = "DD-ABCDEFGH"
_REPLY_TO = Address("nq47+abc@huulung.example")
_DUE = Deadline(day=date(2024, 11, 10), last=datetime(2024, 11, 8, 10, tzinfo=UTC))
_LATER = Deadline(day=date(2024, 11, 15), before=False)
_PERIOD = "năm 2024"
_LINKED = (LinkedFile(name="Phụ lục 2.pdf", url="https://sotttt.langson.example/47/pl2.pdf"),)


def samples(sender: Sender = _BARE) -> tuple[AnyMail, ...]:
    """Return one mail of each kind, with nothing that may be left out."""
    usual = _Usual(office=_OFFICE, letter=_LETTER, sender=sender, code=_CODE, reply_to=_REPLY_TO)
    return (
        DirectiveMail(**usual),
        NoticeMail(
            **usual,
            deadline=_DUE,
            period=_PERIOD,
        ),
        ReminderBeforeMail(
            **usual,
            deadline=_DUE,
        ),
        ReminderAfterMail(
            **usual,
            deadline=_DUE,
            new_deadline=_LATER,
        ),
        ForwardMail(
            **usual,
            title="kết quả thực hiện Nghị quyết số 47/NQ-CP",
            recipients=67,
            reported=67,
        ),
        RecallMail(
            **usual,
            reason="ban hành nhầm thẩm quyền",
        ),
        ReplacementMail(
            **usual,
            former=replace(_LETTER, code="498/UBND-VH"),
        ),
        PartMail(
            **usual,
            part=2,
            parts=3,
        ),
    )


def all_samples() -> Iterator[AnyMail]:
    """Yield every kind of mail in every state that our own templates tell apart."""
    for bare in samples():
        for mail in (bare, *_more_of(bare)):
            yield from _expecting(mail)
    for full in full_samples():
        for mail in (full, replace(full, possible_duplicate=True), replace(full, parts=1)):
            yield from _expecting(mail)


def full_samples() -> tuple[AnyMail, ...]:
    """Return one mail of each kind with all that it may say, the first of two parts."""
    return tuple(map(_full, samples(_WHOLE)))


def _expecting(mail: AnyMail) -> Iterator[AnyMail]:
    if isinstance(mail, ForwardMail | PartMail):
        yield mail
        return
    for expected in Expected:
        yield replace(mail, expected=expected)


def _full(mail: AnyMail) -> AnyMail:
    """Return a mail with files of all three kinds, and all that its kind may say."""
    mail = replace(
        mail,
        files=("Công văn 512.pdf", "Phụ lục <1>.docx"),
        linked=_LINKED,
        elsewhere=("Phụ lục 3.pdf",),
        parts=2,
    )
    return next(iter(_more_of(mail)), mail)


def _more_of(mail: AnyMail) -> Iterator[AnyMail]:
    match mail:
        case DirectiveMail():
            yield replace(mail, deadline=_DUE, period=_PERIOD)
        case NoticeMail():
            yield replace(mail, deadline=_LATER)
        case ReminderBeforeMail():
            yield replace(mail, period=_PERIOD, days_left=3)
        case ReminderAfterMail():
            yield replace(mail, period=_PERIOD, occurrence=2)
        case ForwardMail():
            yield replace(
                mail,
                number="15/BC-UBND",
                issued_on=date(2024, 11, 18),
                period=_PERIOD,
                reported=65,
                missing=("UBND xã Hòa Bình", "UBND xã Minh Hòa"),
            )
        case RecallMail():
            former = replace(_LETTER, code="498/UBND-VH")
            yield replace(mail, sent_on=date(2024, 5, 9), former=(former, former))
        case ReplacementMail():
            yield replace(
                mail,
                changes=("Bổ sung tệp: Phụ lục.docx",),
                reason="điều chỉnh thời hạn",
                deadline=_DUE,
                period=_PERIOD,
            )
            yield replace(mail, reported=True)
        case PartMail():
            title = "kết quả thực hiện Nghị quyết số 47/NQ-CP"
            yield replace(mail, title=title, number="15/BC-UBND", period=_PERIOD)
        case _:
            assert_never(mail)
