"""Separating what a writer added from what their program quoted.

An own table of marks instead of mail-parser-reply: that library knows no Vietnamese, has to be
patched through a module global, and drops answers written under the quotation. Every pattern is
tried on single lines of bounded length, so the work is linear in the size of the text.

Nothing is lost: what is taken from the new text is in the quoted text, except the line by which a
telephone or program signs. Signatures of people stay, as they say which office writes.
"""

import re
from collections.abc import Iterable

MARK = "\ue002"
"""A line of its own where a quotation begins, and one more behind its heading, if it has any: for
whoever knows that from more than the text. Neither stands in what is returned."""

# How much of a line the patterns look at; attribution lines with name and address are shorter.
_LOOK = 400
_ATTRIBUTION_LINES = 4
_HEADER_BLOCK_LINES = 12
_HEADER_LABELS = 3
_HEADINGS_SOUGHT = 20_000
"""Lines, from the first, before which a quotation is looked for; no letter has as many."""

_SEPARATOR = re.compile(
    r"\s*[-_*]{2,}\s*(?:Thư gốc|Tin nhắn gốc|Thông điệp gốc|Thông báo gốc|Nội dung gốc"
    r"|Bắt đầu thư được chuyển tiếp"
    r"|(?:Tin nhắn|Thư|Thông điệp) (?:đã )?(?:được )?chuyển tiếp"
    r"|Thông điệp được chuyển tiếp|Forwarded message|Original Message|Original Appointment"
    r"|[^-_*\s][^-_*\n]{0,100}\s(?:wrote|đã viết))\s*:?\s*[-_*]{2,}\s*",
    re.IGNORECASE,
)
_FORWARD_OPENING = re.compile(
    r"\s*(?:Bắt đầu (?:thư|thông báo) (?:được |đã )?chuyển tiếp|Begin forwarded message)\s*:\s*",
    re.IGNORECASE,
)
_ATTRIBUTION_START = re.compile(r"\s*(?:Vào|Ngày|Lúc|On|At|Vào lúc)\s+\S", re.IGNORECASE)
_ATTRIBUTION_END = re.compile(r"(?:đã viết|viết|wrote)\s*:\s*$", re.IGNORECASE)
_WHO_WROTE = re.compile(
    r"[^:]{0,200}<[^<>\s]{3,254}>\s*(?:đã viết|da viet|viết|wrote)"
    r"(?:\s+(?:vào|vao|lúc|luc|ngày|ngay|on|at)\s[^\n]{0,100})?\s*:\s*",
    re.IGNORECASE,
)
# Without an address only a whole date with its time tells it from prose.
_WROTE_WHEN = re.compile(
    r"(?=.*\d[:h]\d\d)(?=.*(?:\d{4}-\d\d?-\d|\d[/.-]\d\d?[/.-]\d\d))"
    r"[^:]{1,200}\s(?:đã viết|da viet|viết|wrote)"
    r"(?:\s+(?:vào|vao|lúc|luc|ngày|ngay|on|at)(?:\s+[\d:h/.-]{4,20},?){1,2}){1,2}\s*:\s*",
    re.IGNORECASE,
)
_LABEL = re.compile(
    r"\s*\*?(Từ|From|Người gửi|Đã gửi|Ngày gửi|Gửi lúc|Ngày|Sent|Date|Đến|Tới|Gửi đến|To"
    r"|Người nhận|Cc|Bcc|Đồng gửi|Chủ đề|Tiêu đề|Subject|Trả lời đến|Reply-To|Gửi|Tu"
    r"|Nguoi gui|Da gui|Ngay gui|Gui luc|Gui|Ngay|Den|Toi|Gui den|Nguoi nhan|Dong gui|Chu de"
    r"|Tieu de|Tra loi den)\s*:\*?(?:\s|$)",
    re.IGNORECASE,
)
_OPENING_LABELS = frozenset({"từ", "tu", "from", "người gửi", "nguoi gui"})
_OPENS = re.compile(r"\s*[-_*=AaVvNnLlOoTtFf]")
"""What each of these begins with, but for those that end with a colon."""
_HEADING_LINES = 40
"""A list of recipients may be wrapped over many."""
_RULE = re.compile(r"\s*[_\-=]{5,}\s*")
# A second bar makes it a row of a table, which people write themselves.
_QUOTED = re.compile(r"\s{0,3}(?:>|\|[\s|>]*+[^|]*+\Z)")
_DEVICE = re.compile(
    r"\s*(?:(?:Đã gửi|Được gửi|Gửi) từ (?:iPhone|iPad|điện thoại|thiết bị|Outlook|Mail"
    r"|Thư (?:dành )?cho|Zimbra|Yahoo|Samsung|Galaxy|Android|máy|ứng dụng)[^\n]{0,80}"
    r"|Sent from (?:my |Mail|Outlook|Yahoo|Samsung|Galaxy|Zimbra)[^\n]{0,80}|Sent from my \w+"
    r"|(?:Tải|Nhận|Get) Outlook (?:cho|dành cho|for) [^\n]{0,40})\s*",
    re.IGNORECASE,
)


def split_quoted(text: str) -> tuple[str, str]:
    """Return (new text, quoted text) of a message body in NFC with line feeds.

    Answers above, between and under lines marked with ``>`` or ``|`` are new. Where a program
    quotes without marks, everything from its heading on is quoted, as nothing shows where it ends.
    """
    lines = text.split("\n")
    new: list[str] = []
    quoted: list[str] = []
    at = 0
    while at < len(lines):
        sought = at < _HEADINGS_SOUGHT and _may_introduce(lines[at])
        length = _heading(lines, at) if sought else 0
        marked = _marked(lines, at + length) if length else None
        if marked is not None:
            quoted.extend(lines[at:marked])
            at = marked
        elif length:
            quoted.extend(lines[at:])
            break
        else:
            (quoted if _QUOTED.match(lines[at]) else new).append(lines[at])
            at += 1
    said = (line for line in new if not _signs_device(line))
    return _tidy(said), _tidy(quoted)


def _signs_device(line: str) -> bool:
    return bool(line and _DEVICE.fullmatch(line[:_LOOK]))


def _tidy(lines: Iterable[str]) -> str:
    return re.sub(
        r"\n{3,}", "\n\n", "\n".join(line.rstrip() for line in lines if line != MARK)
    ).strip("\n")


def _marked(lines: list[str], at: int) -> int | None:
    """Return where the next line that is not blank is, if it carries the mark of a quotation."""
    ahead = next((n for n in range(at, min(at + 3, len(lines))) if lines[n].strip()), None)
    return ahead if ahead is not None and _QUOTED.match(lines[ahead]) else None


def _may_introduce(line: str) -> bool:
    """Tell whether a line may be a heading; at first sight nearly all of them are none."""
    return line == MARK or _OPENS.match(line) is not None or line[:_LOOK].rstrip().endswith(":")


def _heading(lines: list[str], at: int) -> int:
    """Return how many lines from here introduce a quotation, 0 when none does."""
    line = lines[at][:_LOOK]
    if line == MARK:
        behind = lines[at + 1 : at + _HEADING_LINES]
        return 2 + behind.index(MARK) if MARK in behind else 1
    if _SEPARATOR.fullmatch(line) or _FORWARD_OPENING.fullmatch(line):
        return 1
    if _RULE.fullmatch(line) and at + 1 < len(lines):
        # Outlook draws a line above its block; alone it may be anybody's ornament.
        return 1 if _header_block(lines, at + 1) else 0
    return _attribution(lines, at) or _header_block(lines, at)


def _attribution(lines: list[str], at: int) -> int:
    """Return the length of ``Vào … đã viết:``, which programs wrap over several lines."""
    line = lines[at][:_LOOK]
    if _WHO_WROTE.fullmatch(line) or _WROTE_WHEN.fullmatch(line):
        return 1
    if not _ATTRIBUTION_START.match(line):
        return 0
    for length in range(1, _ATTRIBUTION_LINES + 1):
        piece = lines[at + length - 1 : at + length]
        if not piece or not piece[0].strip() or _QUOTED.match(piece[0]):
            return 0
        if _ATTRIBUTION_END.search(piece[0][:_LOOK]):
            whole = " ".join(lines[at : at + length])
            return length if re.search(r"\d", whole) or "@" in whole else 0
    return 0


def _header_block(lines: list[str], at: int) -> int:
    """Return 1 where ``Từ: … Đã gửi: … Đến: … Chủ đề: …`` begins; two labels may be prose."""
    opening = _label(lines[at])
    if opening not in _OPENING_LABELS:
        return 0
    found = {opening}
    for line in lines[at + 1 : at + _HEADER_BLOCK_LINES]:
        label = _label(line)
        if label:
            found.add(label)
        elif not line.strip() and len(found) >= _HEADER_LABELS:
            break
    return 1 if len(found) >= _HEADER_LABELS else 0


def _label(line: str) -> str:
    found = _LABEL.match(line[:_LOOK])
    return found[1].lower() if found else ""
