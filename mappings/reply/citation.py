"""Whether a reply speaks of a round's directive, or of another letter.

Offices cite a directive by its number ("Công văn số 512/UBND-VH", "CV 512"), by what it passes on
(47/NQ-CP) or by a short name (NQ47). A report usually opens with "Thực hiện Công văn số …".
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from domain.directive import Directive
from domain.reading import LiveRound
from mappings.names.fold import fold_loose
from mappings.reply.numbers import cited_numbers, notation_type, same_number

_ANSWERS = re.compile(
    r"\b(?:thực hiện|thuc hien|trả lời|tra loi|phúc đáp|phuc dap|theo|nhận|nhan|nhận được|"
    r"nhan duoc|tiếp nhận|tiep nhan|triển khai|trien khai)\s{1,3}"
    r"(?:nội dung |noi dung |yêu cầu |yeu cau |tại |tai )?"
    r"(?:công văn|cong van|cv|văn bản|van ban|vb|kế hoạch|ke hoach|chỉ thị|chi thi|thông báo|"
    r"thong bao|giấy mời|giay moi|nghị quyết|nghi quyet|quyết định|quyet dinh)"
    r"(?:\s{1,3}(?:số|so))?\s{0,3}:?\s{0,3}(?=\d)",
    re.IGNORECASE,
)
_OPENING = 4_000
_REFERENCE = 60
_LETTER_WORDS = (("cong", "van"), ("cv",), ("van", "ban"))
_PARTS = re.compile(r"[a-z]+|\d+")
_FILLERS = frozenset({"so"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What a message says of other documents: the numbers that it cites, and its own texts."""

    cites: tuple[str, ...]
    texts: tuple[str, ...]


def names_directive(said: Said, live: LiveRound) -> str | None:
    """Return the words by which a message speaks of a round's directive, or None.

    What counts is its number, a number in its subject (what it passes on) and the round's
    keywords; the other documents that the directive cites are too common.
    """
    # The newest version first: it is what offices should name.
    letters = live.versions[::-1]
    for number in dict.fromkeys(n for v in letters for n in (v.code, *cited_numbers(v.subject))):
        if any(same_number(number, cite) for cite in said.cites):
            return number
    return _named(said, live)


def answers_other(said: Said, rounds: Iterable[LiveRound]) -> str | None:
    """Return the letter that a message says it answers when it is none of these rounds' own.

    A message that also speaks of one of the directives, or answers a document which one of
    them cites, answers ours.
    """
    known = tuple(rounds)
    if any(names_directive(said, live) for live in known):
        return None
    letters = [letter for live in known for letter in live.versions]
    related = [cite.ref for letter in letters for cite in letter.citations]
    for number in _answered(said.texts):
        if not any(same_number(number, ref) for ref in related):
            return number
    return None


def _answered(texts: Iterable[str]) -> Iterable[str]:
    for text in texts:
        opening = text[:_OPENING]
        for cue in _ANSWERS.finditer(opening):
            yield from _first_number(opening[cue.end() : cue.end() + _REFERENCE])


def _first_number(reference: str) -> tuple[str, ...]:
    # "Công văn số" in front keeps a report's number from being taken for the message's own.
    return cited_numbers(f"Công văn số {reference}")[:1]


def _named(said: Said, live: LiveRound) -> str | None:
    wanted = [(keyword, _parts(keyword)) for keyword in live.keywords]
    forms = (form for letter in live.versions for form in _letter_forms(said, letter))
    wanted += [(" ".join(form), form) for form in forms]
    for text in said.texts:
        parts = f" {' '.join(_parts(text))} "
        for shown, words in wanted:
            if words and f" {' '.join(words)} " in parts:
                return shown
    return None


def _letter_forms(said: Said, directive: Directive) -> list[tuple[str, ...]]:
    """Return "cv 512" and the like, unless another letter of that number is cited."""
    number = directive.number
    if not number or any(_same_digits(number, cite) for cite in said.cites):
        return []
    return [(*words, *_parts(number)) for words in _LETTER_WORDS]


def _same_digits(number: str, cite: str) -> bool:
    digits = re.match(r"\d+", cite)
    letter = digits is not None and len(notation_type(cite)) > 1
    return letter and digits is not None and digits[0].lstrip("0") == number.lstrip("0")


@lru_cache(maxsize=64)  # every round and rule asks for the same few texts
def _parts(text: str) -> tuple[str, ...]:
    found = _PARTS.findall(fold_loose(text))
    return tuple(part for part in found if part not in _FILLERS)
