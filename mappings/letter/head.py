"""The head of an official letter: number, date, issuer, stamps (Nghị định 30/2020/NĐ-CP, Điều 8).

Text comes from Word and PDF files and from web pages: lines in any order, table cells joined by
bars, everything on one line. What cannot be read is None; only a part that is visibly left blank
makes a draft.
"""

import re
from dataclasses import dataclass
from datetime import date

from domain.directive import Secrecy, Urgency
from domain.reading import Reason
from mappings.letter.stamps import is_stamp, secrecy_stamp, urgency_stamp
from mappings.mail.text import clean

HEAD_LENGTH = 3_000
"""Characters of a text that may belong to its head, whatever stands before it on a web page."""

_SAME = str.maketrans("ÐƉ–—‑‐−\u00a0\u2007\u202f", "ĐĐ-----   ")
_END = re.compile(r"^[ \t]*[*_]{0,3}(?:Kính\s?g[ửở]i|KÍNH\s?G[ỬỞ]I)", re.MULTILINE)

_TOKEN = r"[A-ZĐ][A-Za-zĐđ&0-9,.]{0,24}"
_NOTATION = rf"(?:(?:19|20)\d\d/)?{_TOKEN}(?:[ ]{{0,2}}-[ ]{{0,2}}{_TOKEN}){{0,4}}-?"
_LABEL = r"(?:\bSố(?:[ ]hiệu)?|\bSỐ|\bSo(?=[ ]?:))[ \t]{0,9}[:.]?"
_BLANK = r"[ \t._…-]{0,60}"
_NUMBER = re.compile(
    rf"{_LABEL}(?P<before>{_BLANK})(?P<number>\d{{0,6}}[a-z]?)"
    rf"(?P<after>{_BLANK})/[ \t]{{0,9}}(?P<notation>{_NOTATION})"
)
_PARTY = re.compile(
    rf"{_LABEL}[ \t]{{0,9}}(?P<number>\d{{0,6}})[ \t._…]{{0,60}}-[ ]{{0,2}}"
    r"(?P<notation>[A-ZĐ][A-Za-zĐ]{0,3}[ ]?/[ ]?[A-ZĐ][A-ZĐ&-]{0,20})"
)
_UNLABELLED = re.compile(rf"^[ \t]*(?P<number>\d{{1,6}})/(?P<notation>{_NOTATION})[ \t]*$", re.M)
_CITED = re.compile(
    r"(?:công văn|văn bản|nghị quyết|kế hoạch|quyết định|chỉ thị|kết luận|thông báo|báo cáo|"
    r"nghị định|thông tư|hướng dẫn)\s*\Z",
    re.IGNORECASE,
)
_WRAPPED = re.compile(r"\n[ \t]*([A-ZĐ]{2,12})[ \t]*(?=\n)")

_DAY = r"[ \t._…]{0,30}(?P<day>\d{0,2})[ \t._…]{0,30}"
_MONTH = r"[ \t._…]{0,30}(?P<month>\d{0,2})[ \t._…]{0,30}"
_DATE = re.compile(
    rf"(?P<lead>[^\n|]{{0,60}}?)\b[Nn]gày\s?{_DAY}\s?tháng\s?{_MONTH}\s?năm\s{{0,3}}"
    r"(?P<year>\d{4})?"
)
_PLACE = re.compile(r"(?:[A-ZĐÀ-Ỹ][^\d,;:/]{1,60}),\s{0,3}\Z")
_DRAFT_MARK = re.compile(r"^[\W_]*DỰ THẢO[\W_]*$", re.MULTILINE)

_STATE_NAME = re.compile(r"CỘNG\s+H[ÒO][ÀA]?\s+XÃ\s+HỘI.*|Độc lập\s*-.*|ĐẢNG CỘNG SẢN VIỆT NAM.*")
_BODY = re.compile(
    r"(?:UBND|HĐND|[ỦU][ỶY] BAN|BỘ|SỞ|TỔNG CỤC|CHI CỤC|CỤC|PHÒNG|VĂN PHÒNG|BAN|TRƯỜNG|HỘI|"
    r"HUYỆN [ỦU][ỶY]|TỈNH [ỦU][ỶY]|ĐẢNG [ỦU][ỶY]|THÀNH [ỦU][ỶY]|HUYỆN ĐOÀN|TRUNG TÂM|CÔNG AN|"
    r"THANH TRA|VIỆN|TÒA ÁN|KHO BẠC|BẢO HIỂM|LIÊN ĐOÀN|HẠT|ĐOÀN|CHÍNH PHỦ|THỦ TƯỚNG)\b"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterHead:
    """What the head of a letter says. ``notation`` is without blanks: ``UBND-VH``, ``KL/TW``.

    ``place`` is the one before the date, as "Hữu Lũng"; None where none stands there.
    ``draft`` means a number or day left blank, or the words DỰ THẢO. ``number_words`` and
    ``day_words`` are what the letter has there, empty where it has nothing.
    """

    number: str | None
    notation: str | None
    issued_on: date | None
    issuer: str | None
    place: str | None = None
    secrecy: Secrecy = Secrecy.NONE
    urgency: Urgency = Urgency.NORMAL
    draft: bool = False
    number_words: str = ""
    day_words: str = ""
    reasons: tuple[Reason, ...] = ()


def read_head(text: str) -> LetterHead:
    """Read the head of one letter's whole text; nothing is raised, missing parts are None."""
    whole = clean(text).translate(_SAME)
    end = _END.search(whole)
    head = whole[: min(end.start() if end else HEAD_LENGTH, HEAD_LENGTH)]
    number, notation, where = _number(head)
    issued_on, blank_day, day_words = _date(head)
    place = next((m for found in _DATE.finditer(head) if (m := _PLACE.search(found["lead"]))), None)
    secrecy = secrecy_stamp(whole, head)
    urgency = urgency_stamp(whole, head)
    mark = _DRAFT_MARK.search(head)
    reasons = {
        "blank_number": where[0] if where and not number else "",
        "blank_day": day_words if blank_day else "",
        "draft_mark": mark[0].strip() if mark else "",
        "secrecy": secrecy[1],
        "urgency": urgency[1],
    }
    return LetterHead(
        number=number,
        notation=notation,
        issued_on=issued_on,
        issuer=_issuer(head),
        place=" ".join(place[0].rstrip(" ,").split()) if place else None,
        secrecy=secrecy[0],
        urgency=urgency[0],
        draft=any(reasons[rule] for rule in ("blank_number", "blank_day", "draft_mark")),
        number_words=" ".join(where[0].split()) if where else "",
        day_words=" ".join(day_words.split()),
        reasons=tuple(
            Reason(rule=rule, evidence=" ".join(words.split()))
            for rule, words in reasons.items()
            if words
        ),
    )


def _number(head: str) -> tuple[str | None, str | None, re.Match[str] | None]:
    found = [m for p in (_NUMBER, _PARTY) for m in p.finditer(head) if not _cited(head, m)]
    match = min(found, key=lambda m: m.start(), default=None) or _UNLABELLED.search(head)
    if match is None:
        return None, None, None
    notation = match["notation"].replace(" ", "").rstrip(".,")
    if notation.endswith("-"):
        rest = _WRAPPED.search(head, match.end())
        notation = notation + rest[1] if rest else notation.rstrip("-")
    return match["number"] or None, notation, match


def _cited(head: str, label: re.Match[str]) -> bool:
    return _CITED.search(head[max(0, label.start() - 20) : label.start()]) is not None


def _date(head: str) -> tuple[date | None, bool, str]:
    """Return the date, whether its day or month is left blank, and its words.

    The date of the letter follows its place, which has no digits; a date without a place is
    taken only when no other stands in the head.
    """
    found = list(_DATE.finditer(head))
    placed = [match for match in found if _PLACE.search(match["lead"])]
    alone = [match for match in found if not match["lead"].strip(" \t*|")]
    match = next(iter(placed or alone), None)
    if match is None:
        return None, False, ""
    if not (match["day"] and match["month"] and match["year"]):
        return None, True, match[0]
    try:
        return date(int(match["year"]), int(match["month"]), int(match["day"])), False, match[0]
    except ValueError:
        return None, False, match[0]


def _issuer(head: str) -> str | None:
    """Return the last body named in capitals above the number: the parent stands before it.

    A web page repeats the number ("Số hiệu: …") above the letter, so the last one counts.
    """
    bodies: list[str] = []
    above = head[: max((m.start() for m in _NUMBER.finditer(head)), default=len(head))]
    for line in above.split("\n"):
        for cell in line.split("|"):
            words = " ".join(_STATE_NAME.sub("", cell).strip(" \t*-_").split())
            if _BODY.match(words) and words == words.upper():
                bodies.append(words)
            elif bodies and _continues(words):
                bodies[-1] = f"{bodies[-1]} {words}"
    return bodies[-1] if bodies else None


def _continues(words: str) -> bool:
    """Tell whether a line goes on with the name of the body above it."""
    return words[:1].isalpha() and words == words.upper() and not is_stamp(words)
