"""What a letter is about: *V/v …* of a công văn, the title of a named type of document."""

import re

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
_TITLE_OVER = re.compile(r"\n(?=[^\n]*[a-zà-ỹđ])|\n[ \t]*\n")
"""A title is printed in capitals."""

_LONGEST = 600


def read_subject(text: str) -> str | None:
    """Return the subject of one letter's whole text on one line; None when it names none."""
    whole = plain(text)
    label, over = _ABOUT.search(whole), _OVER
    if label is None:
        label, over = _TYPE.search(whole), _TITLE_OVER
    if label is None:
        return None
    rest = whole[label.end() : label.end() + _LONGEST]
    end = over.search(rest)
    words = " ".join(rest[: end.start() if end else len(rest)].split())
    return words.rstrip(" .;,") or None
