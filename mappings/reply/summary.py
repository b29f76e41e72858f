"""The gist of a report for one cell of the compiled table."""

import re
from collections.abc import Iterator, Sequence

MAX_LENGTH = 400
"""Characters; more does not fit a row of the register. The whole text stays in the evidence."""

UNREAD = "(Bản quét hoặc tệp không đọc được nội dung; xem tệp báo cáo kèm theo)"
"""Stands for the gist of a report that no program could read."""

_SCANNED = 200_000
"""Characters of a report in which its results are looked for."""

# Headings by the numbering that Nghị định 30/2020/NĐ-CP (Phụ lục I) gives them: I. above 1.
_ROMAN = re.compile(r"\s*[IVX]{1,5}\s*[.)]\s")
_ARABIC = re.compile(r"\s*(\d{1,2})\s*[.)](?!\d)\s*")
_RESULTS = re.compile(r"kết quả", re.IGNORECASE)
_LONGEST_HEADING = 150
# What stands below the last sentence of a report: places, signature.
_END = re.compile(
    r"\s*(?:[-–*]\s*)?(?:Nơi nhận|Trên đây là|Trân trọng|Xin (?:trân trọng )?cảm ơn"
    r"|(?:TM|KT|TL|TUQ|Q)\.\s*[A-ZÀ-Ỹ])"
)
_OPENING = re.compile(r"như sau\s*[:.]\s*$", re.IGNORECASE)
_GREETING = re.compile(r"\s*(?:Kính (?:gửi|chào|thưa)|Thưa|Gửi)\b", re.IGNORECASE)
_SPACE = re.compile(r"\s+")


def summarise(reports: Sequence[str], new_text: str) -> str:
    """Return the part on results of the first report that has one, else what a report tells.

    ``reports`` are texts of report files, best first; without any the message's own words count,
    but never its greeting and close. The answer is one line of at most ``MAX_LENGTH`` characters,
    cut at a word and marked with an ellipsis; it is empty where nothing is told.
    """
    texts = [text[:_SCANNED].splitlines() for text in reports]
    for part in (_results, _body):
        for lines in texts:
            if told := _line(part(lines)):
                return _short(told)
    return "" if reports else _short(_line(_own_words(new_text.splitlines())))


def _results(lines: Sequence[str]) -> Iterator[str]:
    """Yield the lines below the first heading that names results, to the next of its rank."""
    at = next((n for n, line in enumerate(lines) if _names_results(line)), None)
    if at is None:
        return
    own = _number(lines[at])
    inner = 0
    for line in _to_the_end(lines[at + 1 :]):
        number = _number(line)
        if _ROMAN.match(line) or (own and number and number != inner + 1):
            return
        inner = number or inner
        yield line


def _names_results(line: str) -> bool:
    numbered = _ROMAN.match(line) or _ARABIC.match(line)
    return bool(numbered) and len(line) <= _LONGEST_HEADING and _RESULTS.search(line) is not None


def _number(line: str) -> int:
    found = _ARABIC.match(line)
    return int(found.group(1)) if found else 0


def _body(lines: Sequence[str]) -> Iterator[str]:
    """Yield what follows "… báo cáo như sau:", where a report has no heading for its results."""
    at = next((n for n, line in enumerate(lines) if _OPENING.search(line)), None)
    return _to_the_end(lines[at + 1 :]) if at is not None else iter(())


def _own_words(lines: Sequence[str]) -> Iterator[str]:
    return (line for line in _to_the_end(lines) if not _GREETING.match(line))


def _to_the_end(lines: Sequence[str]) -> Iterator[str]:
    for line in lines:
        if _END.match(line):
            return
        yield line


def _line(lines: Iterator[str]) -> str:
    return _SPACE.sub(" ", " ".join(lines)).strip()


def _short(line: str) -> str:
    if len(line) <= MAX_LENGTH:
        return line
    return line[:MAX_LENGTH].rsplit(" ", 1)[0].rstrip(" ,;.") + "…"
