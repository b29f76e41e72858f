"""Judging what a message is by its own words: new text, subject and attached files.

Quoted text never counts, and neither does the subject of a reply, which is quoted too: both are
our own letter, full of the word "báo cáo". What says no wins over what says yes.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from domain.ids import Address, Digest
from domain.reading import (
    MACHINE,
    AttachmentRole,
    JudgedAttachment,
    Judgement,
    MailContent,
    MessageKind,
    Reason,
)
from mappings.mail.body import CUT
from mappings.reply.attachments import Announcement, AttachmentText, judge_attachments
from mappings.reply.doubt import doubtful, doubtful_nil, report_to_come
from mappings.reply.machine import ADDRESS_CHANGE, CHALLENGE, MachineCase, OwnIdentity, machine_kind
from mappings.reply.moved import labelled_address, new_addresses
from mappings.reply.numbers import REPORT_TYPE, cited_numbers, notation_type, own_numbers
from mappings.reply.phrases import (
    LONGEST,
    Phrases,
    Sentences,
    prepare,
    search,
    strip_prefixes,
    without_ignored,
)

_MARK = r"\?(?=[?!.,;)\]\"'”’…]{0,5}(?:\s|\Z))"
"""No mark in the address of a page."""
_QUESTION_MARK = re.compile(_MARK)
_ASKED_LENGTH = 150
_ASKED = re.compile(rf"[^.!\n]{{0,{_ASKED_LENGTH}}}{_MARK}")
_ACKNOWLEDGEMENT_WORDS = 150
_BODY_REPORT_WORDS = 25
"""A report written into the message itself says more than that it is one."""

_COUNTED = (AttachmentRole.REPORT, AttachmentRole.SIGNED_COPY)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Case:
    content: MailContent
    phrases: Phrases
    body: Sentences
    said: Sentences
    written: str
    attachments: tuple[JudgedAttachment, ...]
    numbers: tuple[str, ...]

    def find(self, phrases: tuple[str, ...]) -> str | None:
        return search(self.said, phrases)

    @property
    def report_file(self) -> str | None:
        """Return the name of a file that is the report; a filled form is one if announced so."""
        for attachment in self.attachments:
            form = attachment.role is AttachmentRole.FORM and self.find(self.phrases.announcements)
            if attachment.role in _COUNTED or form:
                return f"{attachment.file.name}: {attachment.why}"
        return None


def judge(
    content: MailContent,
    texts: Mapping[Digest, AttachmentText],
    phrases: Phrases,
    own: OwnIdentity,
) -> Judgement:
    """Return what a message is, with the rules that said so.

    ``texts`` holds what was read from the attachments, keyed by the SHA-256 of their octets;
    a file that is missing there is judged by its name.
    """
    case = _case(content, texts, phrases, own)
    machine = machine_kind(
        MachineCase(
            content=content,
            body=case.body,
            words=case.said,
            phrases=phrases,
            own=own,
            has_report=case.report_file is not None,
        )
    )
    kind, reason = machine or _person(case)
    return _judgement(case, kind, reason, own)


def _case(
    content: MailContent,
    texts: Mapping[Digest, AttachmentText],
    phrases: Phrases,
    own: OwnIdentity,
) -> _Case:
    subject, quoted = strip_prefixes(content.subject, phrases)
    written = content.new_text if quoted else f"{subject}\n\n{content.new_text}"
    body = prepare(content.new_text, phrases)
    told = body if quoted else prepare(written, phrases)
    said = without_ignored(told, phrases)
    announced = Announcement(
        report=search(said, phrases.announcements) is not None
        and search(said, phrases.intentions) is None,
        signed_copy=search(said, phrases.signed_mentions) is not None,
    )
    return _Case(
        content=content,
        phrases=phrases,
        body=body,
        said=said,
        written=written,
        attachments=judge_attachments(
            content.attachments, texts, announced, phrases, frozenset(own.addresses)
        ),
        numbers=own_numbers(written),
    )


def _judgement(case: _Case, kind: MessageKind, reason: Reason, own: OwnIdentity) -> Judgement:
    report = kind is MessageKind.REPORT
    nil = _nil(case) if report else None
    corrects = _corrects(case) if report else None
    extra = [
        Reason(rule=rule, evidence=evidence)
        for rule, evidence in (("nil", nil), ("corrects", corrects))
        if evidence and rule != reason.rule
    ]
    # People tell of it beside their answer, as in a signature; other machines' words prove nothing.
    moved = _moved(case, own) if kind not in MACHINE else None
    if moved:
        extra.append(Reason(rule=ADDRESS_CHANGE, evidence=moved))
    proposed = _proposed(case, own) if moved or kind is MessageKind.ADDRESS_CHANGE else ()
    extra += [Reason(rule="new_address", evidence=address) for address in proposed]
    extra += _left_out(case)
    numbers = [*case.numbers, *(n for a in case.attachments for n in a.numbers)]
    cites = [*cited_numbers(case.written), *(n for a in case.attachments for n in a.cites)]
    return Judgement(
        kind=kind,
        nil=nil is not None,
        corrects=corrects is not None,
        held=reason.rule == CHALLENGE,
        proposed=proposed,
        numbers=tuple(dict.fromkeys(numbers)),
        cites=tuple(dict.fromkeys(cite for cite in cites if cite not in numbers)),
        attachments=case.attachments,
        reasons=(reason, *extra),
    )


def _moved(case: _Case, own: OwnIdentity) -> str | None:
    said = case.find(case.phrases.address_changes)
    return said or labelled_address(case.content.new_text, case.phrases, _known(case, own))


def _proposed(case: _Case, own: OwnIdentity) -> tuple[Address, ...]:
    return new_addresses(case.content.new_text, case.phrases, _known(case, own))


def _known(case: _Case, own: OwnIdentity) -> set[str]:
    return {case.content.sender or "", *case.content.recipients, *own.addresses}


def _left_out(case: _Case) -> list[Reason]:
    """Say how much of a very long message played no part; the evidence keeps it whole."""
    found = [
        Reason(rule="text_cut", evidence=warning)
        for warning in case.content.warnings
        if CUT in warning
    ]
    if len(case.written) > LONGEST:
        evidence = f"of {len(case.written)} characters the words of the first {LONGEST} are judged"
        found.append(Reason(rule="beginning_judged", evidence=evidence))
    return found


def _corrects(case: _Case) -> str | None:
    said = case.find(case.phrases.corrections)
    names = [a.file.name for a in case.attachments if a.role in _COUNTED]
    named = (
        name for name in names if search(prepare(name, case.phrases), case.phrases.corrections)
    )
    return said or next(named, None)


def _person(case: _Case) -> tuple[MessageKind, Reason]:
    for name, kind, rule in RULES:
        evidence = rule(case)
        if evidence:
            return kind, Reason(rule=name, evidence=evidence)
    return MessageKind.UNCLEAR, Reason(rule="nothing_known", evidence=case.written.strip()[:200])


def _misdirected(case: _Case) -> str | None:
    said = case.find(case.phrases.misdirected)
    return None if case.find(case.phrases.corrections) and case.report_file else said


def _not_received(case: _Case) -> str | None:
    return case.find(case.phrases.not_received)


def _extension(case: _Case) -> str | None:
    return case.find(case.phrases.extension)


def _refusal(case: _Case) -> str | None:
    return case.find(case.phrases.refusal)


def _trouble(case: _Case) -> str | None:
    return None if case.report_file else case.find(case.phrases.trouble)


def _lateness(case: _Case) -> str | None:
    return None if case.report_file else case.find(case.phrases.lateness)


def _question(case: _Case) -> str | None:
    if case.report_file:
        return None
    return case.find(case.phrases.questions) or _asked(case.content.new_text[:LONGEST])


def _asked(text: str) -> str | None:
    """Return the first words that end with a question mark."""
    mark = _QUESTION_MARK.search(text)
    # What asks begins no further in front, and looking for that everywhere takes long.
    asked = _ASKED.search(text, max(0, mark.start() - _ASKED_LENGTH)) if mark else None
    return asked[0].strip() if asked else None


def _exemption(case: _Case) -> str | None:
    reported = case.report_file or _body_number(case) or _body(case)
    return None if reported else case.find(case.phrases.exemption)


def _doubtful(case: _Case) -> str | None:
    reported = case.report_file or _body_number(case)
    return None if reported else doubtful(case.said, case.phrases)


def _doubtful_nil(case: _Case) -> str | None:
    reported = case.report_file or _body_number(case)
    return None if reported else doubtful_nil(case.said, case.phrases)


def _report_to_come(case: _Case) -> str | None:
    reported = case.report_file or _body_number(case)
    return report_to_come(case.said, case.phrases) if reported else None


def _nil(case: _Case) -> str | None:
    said = case.find(case.phrases.nil)
    return None if said and doubtful_nil(case.said, case.phrases) else said


def _file(case: _Case) -> str | None:
    return case.report_file


def _unreadable(case: _Case) -> str | None:
    found = (a for a in case.attachments if a.role is AttachmentRole.UNREADABLE)
    return next((f"{a.file.name}: {a.why}" for a in found), None)


def _body_number(case: _Case) -> str | None:
    if case.find(case.phrases.intentions):
        return None
    return next((n for n in case.numbers if notation_type(n) == REPORT_TYPE), None)


def _body(case: _Case) -> str | None:
    short = len(case.written.split()) < _BODY_REPORT_WORDS
    enclosed = case.find(case.phrases.enclosures)
    if short or enclosed or _only_received(case):
        return None
    return case.find(case.phrases.results)


def _nothing_enclosed(case: _Case) -> str | None:
    """Return the words that send a report which did not come along."""
    if not case.find(case.phrases.announcements) or case.find(case.phrases.intentions):
        return None
    acknowledging = case.phrases.acknowledgements
    sent = Sentences(s for s in case.said if search(Sentences((s,)), acknowledging) is None)
    return search(sent, case.phrases.announcements)


def _only_received(case: _Case) -> bool:
    words = case.phrases
    return bool(case.find(words.intentions) or case.find(words.acknowledgements))


def _acknowledgement(case: _Case) -> str | None:
    words = len(case.written.split())
    # A report that also says what the office or its villages have received is one all the same.
    reports = words >= _BODY_REPORT_WORDS and case.find(case.phrases.results)
    if words > _ACKNOWLEDGEMENT_WORDS or (reports and not case.find(case.phrases.intentions)):
        return None
    return case.find(case.phrases.acknowledgements)


RULES: tuple[tuple[str, MessageKind, Callable[[_Case], str | None]], ...] = (
    ("misdirected", MessageKind.UNCLEAR, _misdirected),
    ("not_received", MessageKind.QUESTION, _not_received),
    ("extension", MessageKind.EXTENSION_REQUEST, _extension),
    ("refusal", MessageKind.REFUSAL, _refusal),
    ("trouble", MessageKind.QUESTION, _trouble),
    ("lateness", MessageKind.EXTENSION_REQUEST, _lateness),
    ("question", MessageKind.QUESTION, _question),
    ("exemption", MessageKind.REFUSAL, _exemption),
    ("receipt_in_doubt", MessageKind.QUESTION, _doubtful),
    ("nil_in_doubt", MessageKind.QUESTION, _doubtful_nil),
    ("report_to_come", MessageKind.UNCLEAR, _report_to_come),
    ("nil", MessageKind.REPORT, _nil),
    ("report_file", MessageKind.REPORT, _file),
    ("unreadable_file", MessageKind.UNCLEAR, _unreadable),
    ("report_number", MessageKind.REPORT, _body_number),
    ("report_in_body", MessageKind.REPORT, _body),
    ("nothing_enclosed", MessageKind.UNCLEAR, _nothing_enclosed),
    ("acknowledgement", MessageKind.ACKNOWLEDGEMENT, _acknowledgement),
)
"""In this order the first rule that speaks decides; what none of them knows is unclear."""
