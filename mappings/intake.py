"""From a packet of the exchange to a directive: which campaign takes it, and what forbids it.

Edge cases, decided once:

- A packet without a number is taken by a rule that names one when everything else agrees: it is a
  draft of the very directive and must be refused with that reason, not overlooked.
- A rule that names nothing takes nothing.
- Attached documents whose notation is another one (the resolution that the letter passes on) say
  nothing about the letter.
- An editable copy often keeps a blank number, which the signed copy has; so a blank file makes a
  draft only when no attached copy of the letter carries its number.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date

from domain.campaign import IntakeRule
from domain.directive import Citation, Directive, Secrecy, StoredFile, Urgency
from domain.exchange import Packet
from domain.ids import OrganId
from domain.kinds import ReviewKind
from mappings.letter.head import LetterHead, read_head
from mappings.letter.stamps import secrecy_stamp, secrecy_word
from mappings.mail.text import clean
from mappings.names.fold import fold
from mappings.reply.numbers import cited_numbers, own_numbers

SameOrgan = Callable[[OrganId, OrganId], bool]

_URGENCY = {1: Urgency.URGENT, 2: Urgency.VERY_URGENT, 3: Urgency.FLASH, 4: Urgency.FLASH}
"""Priority of OtherInfo; 4 is "hỏa tốc hẹn giờ", anything else is normal."""

_SUBJECT_MARK = re.compile(r"[\[(]([^\])]{1,20})[\])]|\A\s*([A-ZĐÀ-Ỹ ]{3,12})\s*[:–-]")
_TYPE_MARK = re.compile(r"\b(tuyệt mật|tối mật|(?<!bảo )(?<!bí )mật)\s*\Z", re.I)
_SECRET_NOTATION = re.compile(r"(?:\A|[-/(\s])(?:M|TM|TuM|MẬT|TỐI MẬT|TUYỆT MẬT)\)?\Z")
_GRADES = tuple(Secrecy)
_NAMED = 5
_AGAIN = "have it sent again with all its files"
_DRAFT_RULES = frozenset({"blank_number", "blank_day", "draft_mark"})
_CITED_DATE = re.compile(r"\s?,?\s{0,3}ngày\s{1,3}(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})")


def takes(rule: IntakeRule, packet: Packet, *, same_organ: SameOrgan) -> bool:
    """Tell whether a rule takes a packet: every member that it names must agree, compared folded.

    A draft without a number or a day may be any. ``subject_contains`` must all occur, one of
    ``type_names`` must be the type, and one of ``issuers`` must be the sender by ``same_organ``.
    """
    number, notation = _code(packet)
    tests = (
        (rule.number is not None, not number or _digits(rule.number or "") == _digits(number)),
        (rule.notation is not None, fold(rule.notation or "") == fold(notation)),
        (rule.issued_on is not None, packet.promulgated_on in (None, rule.issued_on)),
        (bool(rule.subject_contains), _contains_all(packet.subject, rule.subject_contains)),
        (bool(rule.type_names), fold(packet.type_name) in map(fold, rule.type_names)),
    )
    named = [agrees for given, agrees in tests if given]
    if not all(named):
        return False
    if not rule.issuers:
        return bool(named)
    # Asked last: what only the formula makes equal is noted, and must have been decisive.
    return any(same_organ(issuer, packet.sender.organ_id) for issuer in rule.issuers)


def secrecy_of(packet: Packet, texts: Iterable[str]) -> Secrecy:
    """Return the highest degree of secrecy in a packet's fields and in the attached texts."""
    found = [*_marked_fields(packet), *(read_head(text).secrecy for text in texts)]
    return max(found, key=_GRADES.index, default=Secrecy.NONE)


def to_directive(
    packet: Packet,
    files: tuple[StoredFile, ...],
    heads: Iterable[LetterHead],
    texts: Iterable[str] = (),
) -> Directive:
    """Return the directive of a packet; ``heads`` and ``texts`` are those of its attached files.

    Number and date are the metadata's: what only the file says must not make a draft complete.
    """
    number, notation = _code(packet)
    kept = tuple(heads)
    read = tuple(texts)
    letters = _letters(notation, kept)
    issuer = next((head.issuer for head in letters if head.issuer), "")
    secrecy = [secrecy_of(packet, read), *(head.secrecy for head in kept)]
    urgency = [_URGENCY.get(packet.priority, Urgency.NORMAL), *(head.urgency for head in letters)]
    return Directive(
        number=number or None,
        notation=notation,
        issued_on=packet.promulgated_on,
        issuer=packet.sender.name or issuer,
        issuer_organ=packet.sender.organ_id or None,
        subject=packet.subject,
        type_name=packet.type_name,
        document_id=packet.document_id,
        signer=(packet.signer.full_name or None) if packet.signer else None,
        secrecy=max(secrecy, key=_GRADES.index),
        urgency=max(urgency, key=tuple(Urgency).index),
        due_on=packet.due_on,
        files=files,
        citations=_citations(f"{number}/{notation}", packet.subject, read),
    )


def refusal_reason(
    directive: Directive, heads: Iterable[LetterHead], lost: Sequence[str] = ()
) -> tuple[ReviewKind, str] | None:
    """Return why a directive must not be distributed before a person has decided, or None.

    ``lost`` names files that it announces and that cannot be had.
    """
    kept = tuple(heads)
    secrecy = max((directive.secrecy, *(head.secrecy for head in kept)), key=_GRADES.index)
    if secrecy is not Secrecy.NONE:
        words = secrecy.value.replace("_", " ")
        return ReviewKind.SECRET, f"it is marked {words}; secret documents never travel here"
    letters = _letters(directive.notation, kept)
    blank = _blank(directive, letters)
    if blank:
        return ReviewKind.DRAFT, f"{blank}; have it issued with number and date, then send it again"
    for head in letters:
        difference = _difference(directive, head)
        if difference:
            return ReviewKind.CONTRADICTION, f"{difference}; ask the issuer which one holds"
    if lost:
        names = ", ".join(repr(name) for name in lost[:_NAMED])
        more = f" and {len(lost) - _NAMED} more" if len(lost) > _NAMED else ""
        return ReviewKind.INCOMPLETE, f"{names}{more} cannot be had from it; {_AGAIN}"
    if not directive.files:
        return ReviewKind.INCOMPLETE, f"it came without any file; {_AGAIN}"
    return None


def _code(packet: Packet) -> tuple[str, str]:
    """Return number and notation; some systems write both into the number."""
    number, slash, rest = packet.code_number.partition("/")
    notation = packet.code_notation.strip() or (rest.strip() if slash else "")
    return clean(number).strip(), clean(notation)


def _digits(number: str) -> str:
    return fold(number).lstrip("0")


def _contains_all(subject: str, wanted: Iterable[str]) -> bool:
    key = f" {fold(subject)} "
    return all(f" {fold(words)} " in key for words in wanted)


def _marked_fields(packet: Packet) -> Iterator[Secrecy]:
    yield secrecy_word(packet.sphere)
    yield from (secrecy_word(a.description) for a in packet.attachments)
    for mark in _SUBJECT_MARK.finditer(clean(packet.subject)):
        yield secrecy_word(mark[1] or mark[2])
    kind = _TYPE_MARK.search(clean(packet.type_name))
    yield secrecy_word(kind[1]) if kind else Secrecy.NONE
    subject = clean(packet.subject)
    yield secrecy_stamp(subject, "")[0]
    marked = _SECRET_NOTATION.search(clean(packet.code_notation))
    yield Secrecy.SECRET if marked else Secrecy.NONE


def _letters(notation: str, heads: Iterable[LetterHead]) -> tuple[LetterHead, ...]:
    return tuple(head for head in heads if head.notation and fold(head.notation) == fold(notation))


def _blank(directive: Directive, letters: tuple[LetterHead, ...]) -> str:
    if not directive.number:
        return "the metadata has no number"
    if directive.issued_on is None:
        return "the metadata has no issue date"
    issued = any(not head.draft and head.number for head in letters)
    drafts = [reason for head in letters if head.draft for reason in head.reasons]
    if issued or not drafts:
        return ""
    blank = next(reason for reason in drafts if reason.rule in _DRAFT_RULES)
    return f"the attached letter is a draft ({blank.evidence})"


def _difference(directive: Directive, head: LetterHead) -> str:
    if head.number and directive.number and _digits(head.number) != _digits(directive.number):
        return f"the metadata says number {directive.number}, the letter {head.number}"
    if head.issued_on and directive.issued_on and head.issued_on != directive.issued_on:
        return f"the metadata says {directive.issued_on}, the letter {head.issued_on}"
    return ""


def _citations(code: str, subject: str, texts: tuple[str, ...]) -> tuple[Citation, ...]:
    """Return what the letter cites: each document once, with the first date that is given."""
    found: dict[str, date | None] = {}
    for text in (subject, *(text for text in texts if code in own_numbers(text))):
        for ref in cited_numbers(text):
            if ref != code:
                found[ref] = found.get(ref) or _date_after(ref, text)
    return tuple(Citation(ref=ref, issued_on=day) for ref, day in found.items())


def _date_after(ref: str, text: str) -> date | None:
    at = text.find(ref)
    match = _CITED_DATE.match(text, at + len(ref)) if at >= 0 else None
    try:
        return date(int(match[3]), int(match[2]), int(match[1])) if match else None
    except ValueError:
        return None
