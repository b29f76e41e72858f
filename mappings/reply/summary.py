"""The gist of a report for one cell of the compiled table."""

import re
from collections.abc import Sequence

MAX_LENGTH = 400
"""Characters; more does not fit a row of the register. The whole text stays in the evidence."""

UNREAD = "(Bản quét hoặc tệp không đọc được nội dung; xem tệp báo cáo kèm theo)"
"""Stands for the gist of a report that no program could read."""

_RESULTS = re.compile(r"^\s*(?:[IVX]+|[0-9]+)\s*[.)]\s*.*kết quả.*$", re.IGNORECASE)
_HEADING = re.compile(r"^\s*(?:[IVX]+\s*[.)]|[0-9]+\s*[.)]\s*[A-ZÀ-Ỹ ]{4,}$)")
_SPACE = re.compile(r"\s+")


def summarise(reports: Sequence[str], new_text: str) -> str:
    """Return the part on results of the first report that has one, else the message's own words.

    ``reports`` are texts of report files, best first; the answer is one line of at most
    ``MAX_LENGTH`` characters, cut at a word and marked with an ellipsis.
    """
    for text in reports:
        results = _results(text)
        if results:
            return _short(results)
    return _short(new_text)


def _results(text: str) -> str:
    kept: list[str] = []
    inside = False
    for line in text.splitlines():
        if _RESULTS.match(line):
            inside = True
        elif inside and _HEADING.match(line):
            break
        elif inside:
            kept.append(line)
    return " ".join(kept).strip()


def _short(text: str) -> str:
    line = _SPACE.sub(" ", text).strip()
    if len(line) <= MAX_LENGTH:
        return line
    return line[:MAX_LENGTH].rsplit(" ", 1)[0].rstrip(" ,;.") + "…"
