"""What a letter asks its addressees to hand in: by when, to whom, and where that one sends it.

Only deadlines of the addressees count: not from when something holds, nor the day of the data
("tính đến ngày"). Each is returned with the sentence that says it.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from mappings.letter.body import plain, sentence_at, shown, unwrapped

_REPORTS = re.compile(
    r"\b(?:báo cáo|gửi|gởi|nộp|kết quả|ý kiến|đăng ký|hoàn thành)\b", re.IGNORECASE
)
_DAY = (
    r"(?P<day>\d{1,2})(?:[ ]?[/.-][ ]?|\s+tháng\s+)(?P<month>\d{1,2})"
    r"(?:(?:[ ]?[/.-][ ]?|\s+năm\s+)(?P<year>\d{4}))?(?!\d)"
)
_DEADLINE = re.compile(
    r"(?P<how>trước|chậm nhất(?:\s+là)?(?:\s+(?:vào|đến|trước))?|hạn cuối(?:\s+là)?|đến hết|"
    r"xong trước|hạn)(?:\s+\d{1,2}\s?(?:giờ|h)(?:\s?\d{2})?(?:\s?phút)?,?)?\s+ngày\s+"
    + _DAY
    + r"(?P<yearly>\s+(?:hằng|hàng|mỗi)\s+năm)?",
    re.IGNORECASE,
)
_OTHER_RHYTHM = re.compile(
    r"\b(?:(?:hằng|hàng|mỗi|định kỳ)\s+(?:tuần|tháng|quý)|"
    r"(?:định kỳ\s+)?(?:6|06|sáu)\s+tháng|theo giai đoạn)\b",
    re.IGNORECASE,
)
_JOINS = re.compile(r"\A(?:[\s,;:]|và\b)+|(?:[\s,;:]|\bvà)+\Z")
_BODY = (
    r"(?:Phòng|Sở|Bộ|UBND|HĐND|Ủy ban|Uỷ ban|Văn phòng|Ban|Cục|Chi cục|Tổng cục|Trung tâm|Chủ tịch|"
    r"Thường trực|Huyện ủy|Huyện uỷ|Tỉnh ủy|Tỉnh uỷ|Thanh tra|Hội|Công an|Vụ)\b"
)
_NO_NAME = r"(?!\s+(?:trước|để|tổng hợp|theo|qua|chậm nhất|hạn cuối|vào ngày|đến hết)\b)"
_NAME = rf"(?P<body>{_BODY}(?:{_NO_NAME}[^.;:,(\n]){{0,90}})"
_WHAT = r"(?:\s+(?:về|cho|đến|tới|kết quả|ý kiến|báo cáo|hồ sơ)){0,4}"
_COLLECTOR = re.compile(rf"\b(?i:gửi|gởi|nộp|báo cáo|ý kiến|kết quả){_WHAT}\s+{_NAME}")
_COMPILED = re.compile(
    rf"(?i:tổng hợp),?(?:\s+và)?\s+(?:báo cáo|trình|tham mưu)(?:\s+(?:về|với))?\s+{_NAME}"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Deadline:
    """By when; with ``yearly`` the year of ``day`` means nothing. ``before``: trước ngày.

    ``guessed_year`` tells that the letter does not name the year. ``clause`` is that part of its
    ``sentence`` which no other deadline in it has.
    """

    day: date
    yearly: bool
    before: bool
    guessed_year: bool
    sentence: str
    clause: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """A body as the letter writes it, with its sentence."""

    words: str
    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Duties:
    """What addressees owe. ``rhythms`` are sentences with periods that no deadline here tells."""

    deadlines: tuple[Deadline, ...]
    rhythms: tuple[str, ...]
    collectors: tuple[Named, ...]
    departments: tuple[Named, ...]


def read_duties(text: str, issued_on: date | None) -> Duties:
    """Read one letter's whole text; ``issued_on`` gives the year to deadlines that have none."""
    whole = unwrapped(plain(text))
    return Duties(
        deadlines=tuple(_deadlines(whole, issued_on)),
        rhythms=tuple(_sentence(whole, match) for match in _OTHER_RHYTHM.finditer(whole)),
        collectors=tuple(_collectors(whole)),
        departments=tuple(_told(whole, match) for match in _COMPILED.finditer(whole)),
    )


def _deadlines(whole: str, issued_on: date | None) -> Iterator[Deadline]:
    for match in _DEADLINE.finditer(whole):
        sentence = _sentence(whole, match)
        if not _REPORTS.search(sentence):
            continue
        yearly = match["yearly"] is not None
        day = _day(match, issued_on, yearly=yearly)
        if day is not None:
            yield Deadline(
                day=day,
                yearly=yearly,
                before="trước" in match["how"].lower(),
                guessed_year=not yearly and match["year"] is None,
                sentence=sentence,
                clause=_clause(whole, match),
            )


def _clause(whole: str, match: re.Match[str]) -> str:
    """Return what a sentence says of one of its deadlines: the words before it, or those after.

    They stand after each where the sentence begins with one.
    """
    begin, end = sentence_at(whole, match.start(), match.end())
    every = list(_DEADLINE.finditer(whole, begin, end))
    at = [one.start() for one in every].index(match.start())
    last = at + 1 == len(every)
    if whole[begin : every[0].start()].strip():
        first, over = every[at - 1].end() if at else begin, end if last else match.end()
    else:
        first, over = match.start(), end if last else every[at + 1].start()
    return shown(_JOINS.sub("", whole[first:over]))


def _day(match: re.Match[str], issued_on: date | None, *, yearly: bool) -> date | None:
    """Return the day; without a year, the first one that is not before the letter."""
    month, day = int(match["month"]), int(match["day"])
    if match["year"] is None and issued_on is None and not yearly:
        return None
    year = int(match["year"] or (issued_on.year if issued_on else date.min.year))
    try:
        found = date(year, month, day)
        passed = match["year"] is None and issued_on is not None and found < issued_on
        return found.replace(year=year + 1) if passed else found
    except ValueError:
        return None


def _collectors(whole: str) -> Iterator[Named]:
    """Return to whom addressees report; what "tổng hợp, báo cáo" names comes after that."""
    compiled = {match.start("body") for match in _COMPILED.finditer(whole)}
    for match in _COLLECTOR.finditer(whole):
        if match.start("body") not in compiled:
            yield _told(whole, match)


def _told(whole: str, match: re.Match[str]) -> Named:
    return Named(words=" ".join(match["body"].split()), sentence=_sentence(whole, match))


def _sentence(whole: str, match: re.Match[str]) -> str:
    begin, end = sentence_at(whole, match.start(), match.end())
    return shown(whole[begin:end])
