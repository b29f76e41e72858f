"""To whom a letter goes: *Kính gửi* (they act) and *Nơi nhận* (they are informed).

Nghị định 30/2020/NĐ-CP, Phụ lục I, mục II.5 b and II.9: one addressee behind the words, or several
below one another behind hyphens.
"""

import re
from collections.abc import Iterator

from mappings.letter.body import plain

_ACTION = re.compile(r"K(?:ính|ÍNH)[ ]{0,3}(?:g[ửở]i|G[ỬỞ]I)[ ]{0,3}:?", re.UNICODE)
_INFORMATION = re.compile(r"N(?:ơi|ƠI)[ ]{0,3}(?:nhận|NHẬN)[ ]{0,3}:")
_HYPHEN = re.compile(r"[ \t]*[-+][ \t]*")
_JOINED = re.compile(r"\s*;\s+-\s*")
"""Several addressees on one line, as a table or a PDF file leaves them."""
_FULL_STOP = re.compile(r"\.\s")
_SIGNATURE = re.compile(r"(?:TM|KT|TL|TUQ|Q)\.")
_FILED = re.compile(r"L(?:ưu|ƯU)\b")
"""The last item: where the letter is filed."""

_REMARK = "("
"""Begins a line that says more of the addressee above it: "(trừ xã Yên Bình)"."""
_GOES_ON = re.compile(r"(?:,|\bvà)\Z")


def action_addressees(text: str) -> tuple[str, ...] | None:
    """Return the items behind *Kính gửi*, as printed; None when the words are not there."""
    return _items(text, _ACTION)


def information_addressees(text: str) -> tuple[str, ...] | None:
    """Return the items below *Nơi nhận*, as printed; None when there is none to be read."""
    return _items(text, _INFORMATION) or None


def _items(text: str, label: re.Pattern[str]) -> tuple[str, ...] | None:
    whole = plain(text)
    found = label.search(whole)
    if found is None:
        return None
    first, *lines = whole[found.end() :].split("\n")
    beside = first.strip()
    if beside and not _HYPHEN.match(beside):
        return () if _is_title(beside) else (_trimmed(_whole_item(beside, lines)),)
    listed = [*([beside] if beside else []), *lines]
    return tuple(filter(None, map(_trimmed, _listed(listed))))


def _is_title(words: str) -> bool:
    """Tell whether words are the beginning of the signature, printed beside the list."""
    return _SIGNATURE.match(words) is not None or words == words.upper()


def _whole_item(beside: str, lines: list[str]) -> str:
    """Return a single addressee, whose name may go on in the next lines."""
    item = beside
    for line in lines:
        words = line.strip()
        goes_on = words[:1].islower() or words.startswith(_REMARK) or _GOES_ON.search(item)
        if not words or not goes_on:
            break
        item = f"{item} {words}"
    return item


def _listed(lines: list[str]) -> Iterator[str]:
    item = ""
    for line in lines:
        words = line.strip()
        hyphen = _HYPHEN.match(line)
        if hyphen and words != "-":
            yield from _apart(item)
            item = line[hyphen.end() :].strip()
        elif not words or (not item and _is_title(words)):
            if _FILED.match(item):
                break
        elif item and (words.startswith(_REMARK) or _is_unfinished(item, words)):
            item = f"{item} {words}"
        else:
            break
    yield from _apart(item)


def _is_unfinished(item: str, words: str) -> bool:
    if item.endswith(";"):
        return words[0].islower()
    return not item.endswith(".") and not _is_title(words)


def _apart(item: str) -> Iterator[str]:
    first, *more = _JOINED.split(item)
    if not more:
        yield first
        return
    yield from (first, *more[:-1], _FULL_STOP.split(more[-1])[0])


def _trimmed(item: str) -> str:
    return " ".join(item.split()).rstrip(" ;.,")
