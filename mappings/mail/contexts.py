"""What the texts of mails need to know; one record per kind of mail."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import ClassVar

from domain.campaign import Expected
from domain.ids import Address


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """The directive as a mail names it. ``code`` is ``512/UBND-VH``, ``subject`` without "V/v"."""

    type_name: str
    code: str
    issued_on: date
    issuer: str
    subject: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """The unit that signs and whom to ask; empty members are left out of the text."""

    unit: str
    contact: str = ""
    phone: str = ""
    email: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deadline:
    """The day in the letter; ``before`` is its "trước ngày", ``last`` the last moment in time."""

    day: date
    before: bool = True
    last: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkedFile:
    """A file that is not enclosed, with the official address to fetch it from."""

    name: str
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Correspondence:
    """What every mail to an office says. ``code`` is the subject token, ``DD-…``.

    ``files`` are enclosed, ``linked`` are not; of a letter in several mails this one is ``part``
    of ``parts``, and ``elsewhere`` are the files that the others carry.
    """

    office: str
    letter: Letter
    sender: Sender
    code: str
    reply_to: Address
    possible_duplicate: bool = False
    files: tuple[str, ...] = ()
    linked: tuple[LinkedFile, ...] = ()
    elsewhere: tuple[str, ...] = ()
    part: int = 1
    parts: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class DirectiveMail(Correspondence):
    """The directive itself. ``deadline`` is None where the letter gives none."""

    template: ClassVar[str] = "directive"
    expected: Expected = Expected.REPORT
    deadline: Deadline | None = None
    period: str = ""
    """The reporting period as it is spoken of, ``năm 2024``; may be empty."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeMail(Correspondence):
    """The opening of a later round of a duty that returns."""

    template: ClassVar[str] = "notice"
    expected: Expected = Expected.REPORT
    deadline: Deadline
    period: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReminderBeforeMail(Correspondence):
    """A reminder before the deadline. ``days_left`` counts working days; 0 leaves them unsaid."""

    template: ClassVar[str] = "reminder_before"
    expected: Expected = Expected.REPORT
    deadline: Deadline
    period: str = ""
    days_left: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ReminderAfterMail(Correspondence):
    """A reminder after the deadline, which sets a new day. ``occurrence`` counts from 1."""

    template: ClassVar[str] = "reminder_after"
    expected: Expected = Expected.REPORT
    deadline: Deadline
    new_deadline: Deadline
    period: str = ""
    occurrence: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class ForwardMail(Correspondence):
    """The compilation on its way to the Department, which is ``office`` here."""

    template: ClassVar[str] = "forward"
    title: str
    """The report's subject, as in "Báo cáo về …"."""
    number: str = ""
    """``15/BC-UBND``; empty where the office gave none."""
    issued_on: date | None = None
    period: str = ""
    recipients: int
    reported: int
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RecallMail(Correspondence):
    """The directive is taken back. ``reason`` stands in a sentence, without a full stop."""

    template: ClassVar[str] = "recall"
    expected: Expected = Expected.REPORT
    reason: str
    sent_on: date | None = None
    """When the office got it; None where that is not known."""
    former: tuple[Letter, ...] = ()
    """Earlier versions that the office has as well: they must not come to life again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplacementMail(Correspondence):
    """The directive anew, to an office that had the version ``former``."""

    template: ClassVar[str] = "replacement"
    expected: Expected = Expected.REPORT
    former: Letter
    changes: tuple[str, ...] = ()
    """What changed, one line for each; empty where nothing that an office sees did."""
    reason: str = ""
    deadline: Deadline | None = None
    period: str = ""
    reported: bool = False
    """Its report was counted already and stays so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PartMail(Correspondence):
    """A further mail of a letter, or of the compilation where ``title`` is given."""

    template: ClassVar[str] = "part"
    title: str = ""
    """The report's subject, as in ``ForwardMail``, and likewise ``number`` and ``period``."""
    number: str = ""
    period: str = ""


AnyMail = (
    DirectiveMail
    | NoticeMail
    | ReminderBeforeMail
    | ReminderAfterMail
    | ForwardMail
    | RecallMail
    | ReplacementMail
    | PartMail
)
