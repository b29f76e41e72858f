"""What a letter is about: *V/v …* of a công văn, the title of a named type of document."""

import re
from collections.abc import Iterator

from mappings.letter.body import plain

_ABOUT = re.compile(r"(?:\bV/v|\bVề việc|^[ \t]*Về)[ ]{0,3}:?[ ]{0,3}", re.MULTILINE)
_TYPE = re.compile(
    r"^[ \t]*(?:NGHỊ QUYẾT|QUYẾT ĐỊNH|CHỈ THỊ|KẾ HOẠCH|CHƯƠNG TRÌNH|HƯỚNG DẪN|THÔNG BÁO|BÁO CÁO|"
    r"TỜ TRÌNH|ĐỀ ÁN|PHƯƠNG ÁN|CÔNG ĐIỆN)[ \t]*\n\s*",
    re.MULTILINE,
)
_OVER = re.compile(
    r"\n[ \t]*\n|K(?:ính|ÍNH)[ ]?(?:g[ửở]i|G[ỬỞ]I)|\n[^\n]{0,40}\bngày[ .…\d]{0,9}tháng|"
    r"\n[ \t]*(?:CỘNG H|Thực hiện|Căn cứ|Số[ ]?:)"
)
_LONGEST = 600


def read_subject(text: str) -> str | None:
    """Return the subject of one letter's whole text on one line; None when it names none."""
    whole = plain(text)
    label = _ABOUT.search(whole)
    if label is not None:
        rest = whole[label.end() : label.end() + _LONGEST]
        over = _OVER.search(rest)
        words = rest[: over.start() if over else len(rest)]
    else:
        words = " ".join(_title(whole))
    return " ".join(words.split()).rstrip(" .;,") or None


def _title(whole: str) -> Iterator[str]:
    """Return the lines below a type of document: a title is printed in capitals."""
    kind = _TYPE.search(whole)
    for line in whole[kind.end() :].split("\n") if kind else ():
        if not line.strip() or line != line.upper():
            break
        yield line
