"""How each simulated office behaves; the system test compares the result with this table."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from domain.ids import OfficeId, OrganId


class Way(StrEnum):
    """How a report travels."""

    THREAD = "thread"
    """As a reply to our letter, quoting it."""
    FRESH = "fresh"
    """In a new message that names the letter's number."""
    SILENT = "silent"
    """In a new message with a scan that names nothing: only the sender tells where it belongs."""
    PRIVATE = "private"
    """From an address that the directory does not know."""
    EXCHANGE = "exchange"


class Trait(StrEnum):
    """What an office does besides acknowledging and reporting."""

    QUESTION = "question"
    EXTENSION = "extension"
    OUT_OF_OFFICE = "out_of_office"
    WRONG_LETTER = "wrong_letter"
    REFUSAL = "refusal"
    READ_RECEIPT = "read_receipt"
    SENT_TWICE = "sent_twice"
    CORRECTED = "corrected"
    NIL = "nil"
    DISORDER = "disorder"
    """Statuses of the exchange come out of order and again."""
    BOUNCE = "bounce"
    REFUSED_AT_DOOR = "refused_at_door"
    GREYLISTED = "greylisted"


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """One office's year. ``report_on`` None means never, unless ``after_reminders`` says when.

    ``after_reminders`` counts the reminders that it takes. ``acknowledges`` is by mail.
    """

    office: OfficeId
    report_on: date | None = None
    after_reminders: int | None = None
    way: Way = Way.FRESH
    acknowledges: bool = False
    traits: frozenset[Trait] = field(default_factory=frozenset)

    @property
    def reports(self) -> bool:
        """Tell whether a report comes sooner or later."""
        return self.report_on is not None or self.after_reminders is not None


def _script(
    office: str,
    *traits: Trait,
    on: date | None = None,
    after: int | None = None,
    way: Way = Way.FRESH,
    ack: bool = False,
) -> Script:
    return Script(
        office=OfficeId(office),
        report_on=on,
        after_reminders=after,
        way=way,
        acknowledges=ack,
        traits=frozenset(traits),
    )


SPECIAL: tuple[Script, ...] = (
    _script("xa-cai-kinh-2024", Trait.DISORDER, on=date(2024, 10, 15), way=Way.THREAD, ack=True),
    _script("xa-dong-tan", on=date(2024, 10, 21), way=Way.FRESH, ack=True),
    _script("xa-dong-tien", Trait.DISORDER, on=date(2024, 10, 17), way=Way.EXCHANGE),
    _script("xa-hoa-binh", after=3, way=Way.EXCHANGE),
    _script("xa-minh-hoa"),
    _script("xa-hoa-lac", Trait.CORRECTED, on=date(2024, 10, 10), way=Way.THREAD, ack=True),
    _script("xa-hoa-son", Trait.NIL, on=date(2024, 10, 24), way=Way.THREAD),
    _script("xa-hoa-thang", Trait.QUESTION, on=date(2024, 11, 5), way=Way.THREAD),
    _script("xa-ho-son", Trait.EXTENSION, on=date(2024, 11, 14), way=Way.THREAD, ack=True),
    _script("xa-huu-lien-2024", Trait.OUT_OF_OFFICE, on=date(2024, 11, 1), way=Way.THREAD),
    _script("huyen-doan", Trait.BOUNCE),
    _script("toa-an-nhan-dan-huyen", Trait.REFUSED_AT_DOOR),
    _script("xa-yen-son", on=date(2024, 10, 30), way=Way.PRIVATE),
    _script("xa-yen-thinh", Trait.WRONG_LETTER, after=2, way=Way.THREAD),
    _script("ban-chi-huy-quan-su-huyen"),
    _script("hoi-nong-dan-huyen", Trait.SENT_TWICE, on=date(2024, 10, 8), way=Way.FRESH),
    _script("hat-kiem-lam-huu-lung", Trait.REFUSAL),
    _script("vien-kiem-sat-nhan-dan-huyen", Trait.READ_RECEIPT, on=date(2024, 9, 30), ack=True),
    _script("kho-bac-nha-nuoc-huu-lung", Trait.GREYLISTED, on=date(2024, 9, 18), way=Way.THREAD),
    _script("xa-van-nham-2024", after=3, way=Way.THREAD, ack=True),
    _script("phong-tu-phap", on=date(2024, 10, 2), way=Way.SILENT),
    _script("phong-van-hoa-va-thong-tin", ack=True),
    _script("thuong-truc-huyen-uy", Trait.READ_RECEIPT),
    _script("thuong-truc-hdnd-huyen"),
    _script("lanh-dao-ubnd-huyen-ct-cac-pct"),
    _script("lanh-dao-van-phong-hdnd-ubnd-huyen"),
    _script("so-thong-tin-va-truyen-thong", ack=True),
)
"""Every kind of behaviour that offices are known for."""

RENUMBERED: Mapping[OfficeId, OrganId] = {
    OfficeId("xa-dong-tien"): OrganId("000.21.75.H37"),
    OfficeId("xa-hoa-binh"): OrganId("000.22.75.H37"),
}
"""Offices whose programs still sign with the identifier from before they were renumbered.

Only the exchange's table knows it: the directory does not, and no formula leads there.
"""

_ORDINARY_WAYS = (Way.THREAD, Way.FRESH, Way.THREAD, Way.FRESH, Way.EXCHANGE)


def ordinary(office: OfficeId, index: int) -> Script:
    """Return the script of an office that does what it is asked, some of them only when reminded.

    ``index`` spreads days and ways, so that every run is the same.
    """
    if index % 7 == 3:
        return Script(office=office, after_reminders=1, way=_ORDINARY_WAYS[index % 5])
    day = date.fromordinal(date(2024, 9, 16).toordinal() + (index * 11) % 45)
    return Script(
        office=office,
        report_on=day,
        way=_ORDINARY_WAYS[index % 5],
        acknowledges=index % 2 == 0,
    )
