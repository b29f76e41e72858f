"""Document numbers in running text: those that a text carries as its own, and those it cites.

State form ``15/BC-UBND``, with a year ``30/2020/NĐ-CP``, and the Party's ``57-KL/TW`` (Nghị định
30/2020/NĐ-CP, Phụ lục III; Party usage). Numbers are returned without inner blanks, with hyphens
for dashes and with Đ for its look-alikes. Every pattern is bounded: reading takes linear time.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

from mappings.names.fold import fold

# fmt: off
TYPES = frozenset(
    {"NQ", "QĐ", "CT", "QC", "QYĐ", "TC", "TB", "HD", "CTR", "KH", "PA", "ĐA", "DA", "BC", "BB",
     "TTR", "HĐ", "CĐ", "BGN", "BTT", "GUQ", "GM", "GGT", "GNP", "PG", "PC", "PB", "TT", "NĐ",
     "KL", "CV", "L", "PL"}
)
"""Abbreviations of types (Phụ lục III, and those of laws and of the Party), in upper case."""

REPORT_TYPE = "BC"

_PARTY_ORGANS = frozenset(
    {"TU", "TW", "HU", "ĐU", "ĐUK", "BTGTW", "BTGTU", "BTGHU", "VPTU", "VPTW", "VPHU", "BTCTW",
     "BTCHU"}
)

# fmt: on

_SAME = str.maketrans("ÐƉ–—‑‐−\u00a0\u2007\u202f", "ĐĐ-----   ")
_UNLIKE = re.compile(f"[{''.join(map(chr, _SAME))}]")
_TOKEN = r"[A-ZĐ][A-Za-zĐđ&0-9]{0,24}"
_CAPITALS = r"[A-ZĐ&][A-ZĐ&0-9]{1,24}"
_STATE = (
    rf"(?P<number>\d{{1,5}}[a-z]?)[ ]{{0,3}}/[ ]{{0,3}}(?:(?P<year>(?:19|20)\d\d)[ ]?/[ ]?)?"
    rf"(?P<notation>{_TOKEN}(?:-{_TOKEN}|[ ]{{0,2}}-[ ]{{0,2}}{_CAPITALS}(?![a-zà-ỹ])){{0,4}})"
)
_PARTY = (
    rf"(?P<party>\d{{1,5}})[ ]?-[ ]?(?P<kind>[A-ZĐ][A-Za-zĐ]{{0,3}})[ ]?/[ ]?"
    rf"(?P<organ>{_TOKEN}(?:-{_TOKEN})?)"
)
# People in a hurry type no capitals; then only known types are believed.
_LOWER_TYPES = "|".join(sorted(t.lower() for t in TYPES if len(t) > 1))
_LOWER = (
    rf"(?P<small>\d{{1,5}})/(?P<lower>(?:{_LOWER_TYPES}|qd|nd|ubnd|hdnd|hđnd)-[a-zđ]{{2,12}})"
    r"(?![a-zđ-])"
)
_DIGITS = re.compile(r"\d+")
_NUMBER = re.compile(rf"(?<![\w/.])(?:{_STATE}|{_PARTY}|{_LOWER})")

_HEAD = re.compile(r"(?:\bSố(?: hiệu)?|\bSỐ|\bSo(?=\s?:))[ \t]{0,9}[:.]?[ \t]{0,9}\Z")
_HEAD_ZONE = 4000
_CLAUSE = re.compile(r"[.;!?](?=\s)|\n")
_REACH = 90
"""How many characters before a number may say whose it is."""

_REPORT_WORD = r"(?:báo cáo|bao cao|bc)"
_NAMED = re.compile(rf"\b{_REPORT_WORD}(?: (?:số|so))? ?\Z")
_SENT = re.compile(
    r"\b(?:gửi|gởi|gui|nộp|nop|trình|kèm|kem|ban hành|ban hanh|có|co)\b(?P<rest>[^/]{0,60})\Z"
)
_REFERRED = re.compile(
    r"\b(?:thực hiện|thuc hien|căn cứ|can cu|theo|tại|tai|trả lời|tra loi|phúc đáp|phuc dap|"
    r"triển khai|trien khai|nhận|nhan|thay|thế|the|chưa|chua|đề nghị|de nghi|nhờ|nho|"
    r"yêu cầu|yeu cau|của|cua|về|ve|tiếp|tiep)\b"
)
_REQUESTS = frozenset({"đề nghị", "de nghi", "nhờ", "nho", "yêu cầu", "yeu cau", "chưa", "chua"})
_OWN_SENTENCE = re.compile(rf"\A\W{{0,5}}(?:v/v |về việc )?{_REPORT_WORD}(?: (?:số|so))? ?\Z")

_FILE_NAME = re.compile(
    r"(?P<number>\d{1,5})[ ._-]{1,3}(?:(?P<year>(?:19|20)\d\d)[ ._-])?"
    r"(?P<first>[A-Za-zĐđ&]{2,10})(?P<mark>[ ._-])(?P<second>[A-Za-zĐđ&]{2,12})"
    r"(?=[ ._(-]|\Z)"
)
_YEAR = re.compile(r"(?:19|20)\d\d")
_SMALL_ORGANS = frozenset({"ubnd", "hđnd", "hdnd", "mttq"})


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    number: str
    start: int
    end: int

    @property
    def report(self) -> bool:
        return notation_type(self.number) == REPORT_TYPE


def own_numbers(text: str) -> tuple[str, ...]:
    """Return the numbers that a document or message carries as its own, each once.

    That is the number in the head of a document ("Số: 15/BC-UBND"), or the report that a
    message says it sends ("gửi Báo cáo số 15/BC-UBND").
    """
    return tuple(_split(text)[0])


def cited_numbers(text: str) -> tuple[str, ...]:
    """Return the numbers of other documents that a text refers to, each once, in order."""
    return tuple(_split(text)[1])


def cited_places(text: str) -> tuple[tuple[str, int, int], ...]:
    """Return what ``cited_numbers`` does, each with where it stands first in a text in NFC."""
    return tuple((found.number, found.start, found.end) for found in _split(text)[1].values())


def file_number(name: str) -> str | None:
    """Return the number that a file name begins with, such as ``15_BC-UBND_signed.pdf``.

    A number without a type or an issuing office after it is none: ``BC-47-xa-Cai-Kinh.docx``.
    """
    match = _FILE_NAME.match(_plain(name))
    if match is None:
        return None
    first, second = match["first"], match["second"]
    number = match["number"]
    known = first.upper() in TYPES
    offices = first.isupper() and second.isupper() and match["mark"] != " "
    if not (known and (second.isupper() or second in _SMALL_ORGANS)) and not offices:
        return None
    if _YEAR.fullmatch(number) and not match["year"]:
        return None  # a year, as in 2024_BC-UBND.docx
    if known and second.upper() in _PARTY_ORGANS:
        return f"{number}-{_printed(first)}/{second.upper()}"
    return f"{number}/{_printed(first)}-{second.upper()}"


def notation_type(number: str) -> str:
    """Return the type in a number: BC of ``15/BC-UBND``, KL of ``57-KL/TW``; UBND of a công văn."""
    party = re.match(r"\d+-([^/]+)/", number)
    return (party[1] if party else number.rpartition("/")[2].partition("-")[0]).upper()


def same_number(a: str, b: str) -> bool:
    """Tell whether two numbers are one, whatever their case, blanks and leading zeros."""
    return _key(a) == _key(b)


@lru_cache(maxsize=1_024)  # the numbers of our own letters are compared with every citation
def _key(number: str) -> str:
    return fold(number).lstrip("0")


@lru_cache(maxsize=64)  # a text is asked for its own numbers and for those that it cites
def _split(text: str) -> tuple[Mapping[str, _Found], Mapping[str, _Found]]:
    plain = _plain(text)
    own: dict[str, _Found] = {}
    cited: dict[str, _Found] = {}
    head = False
    for found in _find(plain):
        before = plain[max(0, found.start - _REACH) : found.start]
        if not head and found.start < _HEAD_ZONE and _in_head(before):
            head = True
            own.setdefault(found.number, found)
        elif found.report and _sent_along(before):
            own.setdefault(found.number, found)
        else:
            cited.setdefault(found.number, found)
    return own, {number: found for number, found in cited.items() if number not in own}


def _plain(text: str) -> str:
    composed = unicodedata.normalize("NFC", text)
    return composed.translate(_SAME) if _UNLIKE.search(composed) else composed


def _find(plain: str) -> Iterator[_Found]:
    end = 0
    # Every number begins with digits, and of those a text has few.
    for digits in _DIGITS.finditer(plain):
        match = _NUMBER.match(plain, digits.start()) if digits.start() >= end else None
        if match:
            end = match.end()
            yield _Found(number=_written(match), start=match.start(), end=end)


def _written(match: re.Match[str]) -> str:
    if match["party"]:
        return f"{match['party']}-{match['kind']}/{match['organ']}"
    if match["small"]:
        kind, _, organ = match["lower"].partition("-")
        return f"{match['small']}/{_printed(kind)}-{organ.upper()}"
    year = f"{match['year']}/" if match["year"] else ""
    return f"{match['number']}/{year}{match['notation'].replace(' ', '')}"


def _printed(kind: str) -> str:
    """Return a type as Phụ lục III prints it."""
    upper = kind.upper()
    printed = {"TTR": "TTr", "CTR": "CTr", "QYĐ": "QyĐ", "QD": "QĐ", "ND": "NĐ", "HDND": "HĐND"}
    return printed.get(upper, upper)


def _in_head(before: str) -> bool:
    """Tell whether the label of the head stands before: "Số" as a label, not "Công văn số"."""
    label = _HEAD.search(before)
    if label is None:
        return False
    lead = before[: label.start()].rstrip(" \t|*")
    return not lead or lead.endswith("\n") or ":" in label[0]


def _sent_along(before: str) -> bool:
    """Tell whether a report's number is named as what is being sent."""
    clause = _CLAUSE.split(before)[-1].lower()
    if not _NAMED.search(clause):
        return False
    if _OWN_SENTENCE.fullmatch(clause):
        return True
    sent = _SENT.search(clause)
    if sent is None:
        return False
    requested = _REFERRED.search(clause[: sent.start()])
    asked = requested is not None and requested[0] in _REQUESTS
    return not asked and not _REFERRED.search(sent["rest"])
