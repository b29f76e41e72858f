"""The text of a letter below its head, and the sentence in which something stands.

Web pages, tables and PDF files leave bars, asterisks and broken lines; these are taken away before
the parts of a letter are looked for.
"""

import re

from mappings.mail.text import clean

_SAME = str.maketrans("ÐƉ–—‑‐−\u00a0\u2007\u202f|", "ĐĐ-----    ")
_MARKS = re.compile(r"\*{2,}|_{3,}")
_END = re.compile(r"[.;](?=\s|\Z)|\./\.|\n[ \t]*\n|:\s*\n")
_WRAPPED = re.compile(r"[ \t]*\n(?![ \t]*(?:\n|[-+•*]|\d{1,2}[.)]|\Z))[ \t]*")
_LONGEST = 240
"""Characters of a sentence that is shown to a person."""


def plain(text: str) -> str:
    """Return the text with hyphens for dashes, blanks for bars, and no marks of layout."""
    return _MARKS.sub("", clean(text).translate(_SAME))


def unwrapped(text: str) -> str:
    """Return a plain text with each paragraph on one line: PDF files break lines anywhere."""
    return _WRAPPED.sub(_joint, text)


def _joint(end: re.Match[str]) -> str:
    # What follows a blank line begins a paragraph, and the blank line must stay one.
    return end[0] if end.string[: end.start()].endswith("\n") else " "


def sentence_at(text: str, start: int, end: int) -> tuple[int, int]:
    """Return where the sentence begins and ends that holds a place in a plain text."""
    begin = 0
    for match in _END.finditer(text, 0, start):
        begin = match.end()
    after = _END.search(text, end)
    return begin, after.start() if after else len(text)


def sentence_around(text: str, start: int, end: int) -> str:
    """Return the sentence that holds a place in a plain text, as it is shown to a person.

    Of a very long one that part is shown in which the place lies.
    """
    begin, over = sentence_at(text, start, end)
    if len(text[begin:over]) <= _LONGEST:
        return shown(text[begin:over])
    half = _LONGEST // 2
    first, last = max(begin, start - half), min(over, end + half)
    words = text[first:last].split()
    # A word that is cut is left out.
    words = ["…", *words[1:]] if first > begin else words
    words = [*words[:-1], "…"] if last < over else words
    return " ".join(words)


def shown(text: str) -> str:
    """Return words of a letter on one line, cut in the middle where they are very long."""
    line = " ".join(text.split())
    if len(line) <= _LONGEST:
        return line
    half = _LONGEST // 2
    return f"{line[:half].rstrip()} … {line[-half:].lstrip()}"
