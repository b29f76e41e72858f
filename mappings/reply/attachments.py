"""What each attached file of a reply is: the report, its signed copy, a form, something else.

Two copies are usual: the editable file "để tổng hợp" and the signed PDF. They are one report.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from domain.content import Content
from domain.directive import StoredFile
from domain.ids import Address, Digest
from domain.reading import BETWEEN, AttachmentRole, JudgedAttachment, ReceivedFile
from mappings.reply.numbers import (
    REPORT_TYPE,
    cited_numbers,
    file_number,
    notation_type,
    own_numbers,
)
from mappings.reply.pages import is_page
from mappings.reply.phrases import Phrases, Sentences, place, prepare, search
from mappings.text.picture import picture_size

_EDITABLE = frozenset({"doc", "docx", "odt", "rtf", "xls", "xlsx", "ods"})
_PICTURES = frozenset({"jpg", "jpeg", "png", "tif", "tiff", "heic", "bmp"})
_READ_HERE = frozenset({"docx", "xlsx", "pdf", "txt", ""})
"""Endings of files that can be read; that another kind cannot be read says nothing."""

_PACKAGE_ENDINGS = frozenset({"doc", "docm", "xls", "xlsm"})
_PACKAGE = b"PK\x03\x04"
"""Word opens a DOCX that is named DOC as what it is; so what is wrong with it counts."""

_SIGNATURES = frozenset({"p7s", "asc", "sig"})

_OURS = AttachmentRole.OTHER, "it is a letter of ours, or was in one"
_PROGRAMS = frozenset({"exe", "com", "scr", "bat", "cmd", "msi", "js", "vbs", "jar", "lnk", "hta"})
_PROGRAM = b"MZ"
_FEWEST = 10
"""Octets of a text that could be a report of anything."""
_BEGINNING = 64 * 1024
_ASK = "ask the office to send it again"
_LETTER_WORDS = 25
"""A report written into an attached message says more than that it is one."""

_NAMELESS = AttachmentRole.OTHER, "neither its name nor its text shows a report"

_TITLE = re.compile(r"^[\W_]*(?:BÁO CÁO|BAO CAO)\b", re.MULTILINE)
_HEAD = 1_500
_NUMBERED = 100_000


@dataclass(frozen=True, slots=True, kw_only=True)
class AttachmentText:
    """Text of an attached file, or why it could not be read; neither when nobody tried."""

    text: str | None = None
    problem: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Announcement:
    """What the message says about its files, in its own words."""

    report: bool
    signed_copy: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class _File:
    file: StoredFile
    received: ReceivedFile
    ending: str
    name: Sentences
    text: str
    problem: str
    """Why it could not be read, if that was to be expected of its kind."""
    numbers: tuple[str, ...]
    cites: tuple[str, ...]

    @property
    def paged(self) -> bool:
        """Tell whether a signed original may have been scanned or printed into it."""
        return self.ending == "pdf" or self.ending in _PICTURES

    @property
    def other_type(self) -> str | None:
        """Return the number of a file whose number is known to be no report's."""
        return self.numbers[0] if self.numbers else None


def judge_attachments(
    attachments: tuple[ReceivedFile, ...],
    texts: Mapping[Digest, AttachmentText],
    announced: Announcement,
    phrases: Phrases,
    ours: frozenset[Address] = frozenset(),
) -> tuple[JudgedAttachment, ...]:
    """Return every attachment with its role, in order; ``texts`` are keyed by ``digest``.

    ``ours`` are the addresses of our mailboxes: a letter from there is no answer.
    """
    found = [_file(attachment, texts, phrases) for attachment in attachments]
    alone = [(file, _by_itself(file, phrases, ours)) for file in found]
    sure = any(role is AttachmentRole.REPORT for _, (role, _) in alone)
    boxed = [(file, _by_archive(file, own, sure, phrases)) for file, own in alone]
    sure = any(role is AttachmentRole.REPORT for _, (role, _) in boxed)
    settled = [(file, _by_company(file, own, announced, sure)) for file, own in boxed]
    editable = any(
        role is AttachmentRole.REPORT and file.ending in _EDITABLE for file, (role, _) in settled
    )
    return tuple(
        _judged(file, *_signed(file, role, why, editable, phrases)) for file, (role, why) in settled
    )


def _file(
    attachment: ReceivedFile, texts: Mapping[Digest, AttachmentText], phrases: Phrases
) -> _File:
    read = texts.get(attachment.digest, AttachmentText())
    text = (read.text or "")[:_NUMBERED]
    stem, dot, suffix = attachment.name.rpartition(".")
    ending = suffix.lower() if dot else ""
    package = ending in _PACKAGE_ENDINGS and _is_package(attachment.content)
    named = "" if attachment.is_letter else file_number(attachment.name)
    own = own_numbers(text[: 4 * _HEAD])
    numbers = own or ((named,) if named else ())
    return _File(
        file=StoredFile(
            name=attachment.full_name,
            digest=attachment.digest,
            size=attachment.content.size,
            media_type=attachment.media_type,
        ),
        received=attachment,
        ending=ending,
        name=prepare(stem if dot else attachment.name, phrases),
        text=text,
        problem=read.problem if package or ending in _READ_HERE else "",
        numbers=numbers,
        cites=tuple(number for number in cited_numbers(text) if number not in numbers),
    )


def _is_package(content: Content) -> bool:
    with content.open() as stream:
        return stream.read(len(_PACKAGE)) == _PACKAGE


def _by_itself(
    file: _File, phrases: Phrases, ours: frozenset[Address]
) -> tuple[AttachmentRole, str]:
    """Return what a file shows to be, by its name and its text alone."""
    return _by_carrier(file, phrases, ours) or _by_content(file, phrases)


def _by_carrier(
    file: _File, phrases: Phrases, ours: frozenset[Address]
) -> tuple[AttachmentRole, str] | None:
    """Return what a file is that is no document of its own, or lies in a letter of ours."""
    letter = file.received.letter
    if letter is not None and (letter.ours or letter.sender in ours):
        return _OURS
    if file.received.problem:
        return AttachmentRole.UNREADABLE, file.received.problem
    if file.received.wrapper:
        return AttachmentRole.OTHER, "it was opened, and what it held follows it"
    if file.received.is_letter:
        return _by_words(file, phrases)
    if file.ending in _SIGNATURES:
        return AttachmentRole.OTHER, "a signature of the message"
    if file.received.inline and not is_page(file.received):
        return AttachmentRole.OTHER, "a picture in the text, too small or too narrow for a page"
    return None


def _by_content(file: _File, phrases: Phrases) -> tuple[AttachmentRole, str]:
    if file.problem:
        return AttachmentRole.UNREADABLE, file.problem
    shown = _no_document(file, phrases)
    if shown is not None:
        return shown
    if any(notation_type(number) == REPORT_TYPE for number in file.numbers):
        return AttachmentRole.REPORT, f"it carries the number {file.numbers[0]}"
    reading = _reads_like_report(file, phrases)
    if reading:
        return AttachmentRole.REPORT, reading
    if file.other_type:
        return AttachmentRole.OTHER, f"it carries the number {file.other_type}"
    return _by_name(file.name, phrases)


def _no_document(file: _File, phrases: Phrases) -> tuple[AttachmentRole, str] | None:
    """Return what a file is whose octets are not what its name says, whatever that promises."""
    with file.received.content.open() as stream:
        beginning = stream.read(_BEGINNING)
    if file.ending in _PROGRAMS or beginning.startswith(_PROGRAM):
        return AttachmentRole.OTHER, "a program, no document"
    if file.ending == "txt" and file.received.content.size < _FEWEST:
        return AttachmentRole.UNREADABLE, f"there is next to nothing in it; {_ASK}"
    named = place(file.name, phrases.report_names) is not None
    if named and file.ending in ("jpg", "jpeg", "png") and _damaged(beginning):
        return AttachmentRole.UNREADABLE, f"it is no picture, or a damaged one; {_ASK}"
    return None


def _damaged(beginning: bytes) -> bool:
    # Telephones name HEIC and WebP pictures so, too.
    foreign = beginning[4:8] == b"ftyp" or beginning.startswith((b"RIFF", b"II*", b"MM", b"%PDF-"))
    return not foreign and picture_size(beginning) is None


def _by_words(file: _File, phrases: Phrases) -> tuple[AttachmentRole, str]:
    """Return what an attached message without files is: its name and subject are often ours."""
    if any(notation_type(number) == REPORT_TYPE for number in file.numbers):
        return AttachmentRole.REPORT, f"it carries the number {file.numbers[0]}"
    said = prepare(file.text, phrases)
    told = search(said, phrases.results) if len(file.text.split()) >= _LETTER_WORDS else None
    only = search(said, (*phrases.intentions, *phrases.acknowledgements, *phrases.enclosures))
    if _TITLE.search(file.text[:_HEAD]) or (told and not only):
        return AttachmentRole.REPORT, "its text is a report"
    return AttachmentRole.OTHER, "a message whose text is no report"


def _reads_like_report(file: _File, phrases: Phrases) -> str:
    head = file.text[:_HEAD]
    sentences = prepare(head, phrases)
    title = _TITLE.search(head)
    if title and not file.other_type:
        return "its title is BÁO CÁO"
    subject = search(sentences, phrases.report_subjects)
    if subject:
        return "its subject is a report"
    if not file.other_type and search(sentences, phrases.report_texts):
        return "its first page reads like a report"
    return ""


def _by_name(name: Sentences, phrases: Phrases) -> tuple[AttachmentRole, str]:
    report = place(name, phrases.report_names)
    form = place(name, phrases.form_names)
    letter = place(name, phrases.letter_names)
    first = min((at for at in (report, form, letter) if at is not None), default=None)
    if first is not None and first == report:
        return AttachmentRole.REPORT, "it is named as a report"
    if first is not None and first == form:
        return AttachmentRole.FORM, "it is named as a form or annex"
    if first is not None:
        return AttachmentRole.OTHER, "it is named as another kind of document"
    return _NAMELESS


def _by_archive(
    file: _File, own: tuple[AttachmentRole, str], sure: bool, phrases: Phrases
) -> tuple[AttachmentRole, str]:
    """Return what a nameless file in an archive is by the archive's name, if nothing is surer."""
    if sure or own != _NAMELESS or not file.received.within or not _suited(file):
        return own
    stem = file.received.within.rpartition(BETWEEN)[2].rpartition(".")[0]
    role, _ = _by_name(prepare(stem, phrases), phrases)
    if role is not AttachmentRole.REPORT:
        return own
    return role, "it is in an archive that is named as a report"


def _suited(file: _File) -> bool:
    photo = file.ending in _PICTURES and is_page(file.received)
    return file.ending == "pdf" or photo or file.ending in _EDITABLE


def _by_company(
    file: _File, own: tuple[AttachmentRole, str], announced: Announcement, sure: bool
) -> tuple[AttachmentRole, str]:
    """Return what a nameless file such as ``scan0012.pdf`` is beside the words it came with."""
    if own != _NAMELESS:
        return own
    photo = file.ending in _PICTURES and is_page(file.received)
    page = file.ending == "pdf" or photo
    if sure and page and not file.text.strip() and (announced.report or announced.signed_copy):
        return AttachmentRole.SIGNED_COPY, "a scan that came with the report"
    if not sure and _suited(file) and announced.report:
        return AttachmentRole.REPORT, "the message says that it sends a report"
    return own


def _signed(
    file: _File, role: AttachmentRole, why: str, editable: bool, phrases: Phrases
) -> tuple[AttachmentRole, str]:
    if role is not AttachmentRole.REPORT or not file.paged:
        return role, why
    if search(file.name, phrases.signed_names):
        return AttachmentRole.SIGNED_COPY, f"{why}, and its name says that it is signed"
    if editable:
        return AttachmentRole.SIGNED_COPY, f"{why}, beside its editable copy"
    return role, why


def _judged(file: _File, role: AttachmentRole, why: str) -> JudgedAttachment:
    return JudgedAttachment(
        file=file.file, role=role, why=why, numbers=file.numbers, cites=file.cites
    )
